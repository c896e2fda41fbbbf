//! The control API: HTTP and JSON on the Unix socket, and on TCP where the settings say so.
//!
//! Invariant: every error is a [`Problem`](room_messages::api::Problem) in JSON; bodies are
//! bounded; a handler waits for the mind or `mediad` only for a bounded time. Deliberately
//! absent: authentication, which is the socket's mode and the network's affair.

mod answer;
mod calls;
mod camera;
mod devices;
mod directory;
mod events;
mod gestures;
mod help;
mod meetings;
mod openapi;
mod presence;
mod reached;
mod readiness;
mod simulation;
mod stage;
mod standby;
mod views;

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri};
use axum::routing::{MethodRouter, get, post, put};
use board_sim::Controls;
use room_core::input::Input;
use room_core::problem::Issue;
use tokio::net::{TcpListener, UnixListener};

use crate::matrix::Directory;
use crate::media::Questions;
use crate::mind::Mind;
use answer::Refusal;

/// Longest body, in bytes: a target of 2048 characters fits in every spelling of JSON.
const MAX_BODY: usize = 32 * 1024;

/// How often an address that cannot be had is tried again.
const LISTEN_AGAIN: Duration = Duration::from_secs(5);

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct App {
    pub mind: Mind,
    pub media: Questions,
    pub directory: Directory,
    /// The hand that moves the board of profile `sim`.
    pub simulation: Option<Controls>,
}

/// Everything that is served; the API's description is held to it.
fn routes() -> Vec<(&'static str, MethodRouter<App>)> {
    vec![
        ("/v1/status", get(views::status)),
        ("/v1/readiness", get(readiness::readiness)),
        ("/v1/events", get(events::events)),
        ("/v1/stage.png", get(views::stage)),
        ("/v1/stage", put(stage::arrange)),
        ("/v1/openapi.json", get(openapi::document)),
        ("/v1/call/join", post(calls::join)),
        ("/v1/call/leave", post(calls::leave)),
        ("/v1/call/hand", put(gestures::hand)),
        ("/v1/call/react", post(gestures::react)),
        ("/v1/call/decline", post(gestures::decline)),
        ("/v1/call/add", post(gestures::add)),
        ("/v1/directory", get(directory::directory)),
        ("/v1/meetings/now", post(meetings::now)),
        ("/v1/meetings/join", post(meetings::join)),
        ("/v1/meetings/book", post(meetings::book)),
        ("/v1/meetings/extend", post(meetings::extend)),
        ("/v1/meetings/end", post(meetings::end)),
        ("/v1/call/statistics", get(views::statistics)),
        ("/v1/standby", put(standby::standby)),
        ("/v1/help", put(help::help)),
        ("/v1/presence", put(presence::presence)),
        ("/v1/microphone", put(devices::microphone)),
        ("/v1/camera", put(devices::camera)),
        ("/v1/camera/move", post(camera::turn)),
        ("/v1/camera/preset", put(camera::recall)),
        ("/v1/camera/presets", post(camera::keep)),
        ("/v1/camera/presets/remove", post(camera::forget)),
        ("/v1/speaker", put(devices::speaker)),
        ("/v1/share", put(devices::share)),
        ("/v1/simulation/board", post(simulation::board)),
    ]
}

fn router(app: App) -> Router {
    let served = routes()
        .into_iter()
        .fold(Router::new(), |router, (path, methods)| {
            router.route(path, methods)
        });
    served
        .method_not_allowed_fallback(no_such_path)
        .fallback(no_such_path)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(app)
}

async fn no_such_path(uri: Uri) -> Refusal {
    let problem = Issue::NoSuchPath.about(uri.path());
    Refusal(StatusCode::NOT_FOUND, Box::new(problem))
}

/// Serves until the process ends.
pub async fn serve(app: App, socket: UnixListener, listen: Option<SocketAddr>) {
    let mind = app.mind.clone();
    let routes = router(app);
    if let Some(address) = listen {
        tokio::spawn(serve_tcp(routes.clone(), address, mind));
    }
    if let Err(error) = axum::serve(socket, routes).await {
        tracing::error!(%error, "the control socket is closed");
    }
}

async fn serve_tcp(routes: Router, address: SocketAddr, mind: Mind) {
    let listener = bind(address, &mind).await;
    tracing::info!(%address, "control API on TCP");
    if let Err(error) = axum::serve(listener, routes).await {
        tracing::error!(%error, "the control API on TCP is closed");
    }
}

/// An address that is taken, or that no network has brought yet, is a fault until it can be had.
async fn bind(address: SocketAddr, mind: &Mind) -> TcpListener {
    let mut told = false;
    loop {
        let error = match TcpListener::bind(address).await {
            Ok(listener) => {
                if told {
                    mind.tell(Input::ApiFault(None)).await;
                }
                return listener;
            }
            Err(error) => error,
        };
        if !told {
            tracing::error!(%address, %error, "the control API cannot listen on TCP");
            let problem = Issue::NoTcp.about(&format!("{address} ({error})"));
            mind.tell(Input::ApiFault(Some(problem))).await;
            told = true;
        }
        tokio::time::sleep(LISTEN_AGAIN).await;
    }
}
