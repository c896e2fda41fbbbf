//! The control API: HTTP and JSON on the Unix socket, and on TCP where the settings say so.
//!
//! Invariant: every error is a [`Problem`](room_messages::api::Problem) in JSON; bodies are
//! bounded; a handler waits for the mind or `mediad` only for a bounded time. Deliberately
//! absent: authentication, which is the socket's mode and the network's affair.

mod answer;
mod calls;
mod devices;
mod events;
mod openapi;
mod readiness;
mod simulation;
mod views;

use std::net::SocketAddr;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::{StatusCode, Uri};
use axum::routing::{get, post, put};
use board_sim::Controls;
use room_core::problem::Issue;
use tokio::net::{TcpListener, UnixListener};

use crate::media::Questions;
use crate::mind::Mind;
use answer::Refusal;

/// Longest body, in bytes: a target of 2048 characters fits in every spelling of JSON.
const MAX_BODY: usize = 32 * 1024;

/// What the handlers share.
#[derive(Clone, Debug)]
pub struct App {
    pub mind: Mind,
    pub media: Questions,
    /// The hand that moves the board of profile `sim`.
    pub simulation: Option<Controls>,
}

fn router(app: App) -> Router {
    Router::new()
        .route("/v1/status", get(views::status))
        .route("/v1/readiness", get(readiness::readiness))
        .route("/v1/events", get(events::events))
        .route("/v1/stage.png", get(views::stage))
        .route("/v1/openapi.json", get(openapi::document))
        .route("/v1/call/join", post(calls::join))
        .route("/v1/call/leave", post(calls::leave))
        .route("/v1/call/hand", put(calls::hand))
        .route("/v1/call/statistics", get(views::statistics))
        .route("/v1/microphone", put(devices::microphone))
        .route("/v1/camera", put(devices::camera))
        .route("/v1/speaker", put(devices::speaker))
        .route("/v1/simulation/board", post(simulation::board))
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
    let routes = router(app);
    if let Some(address) = listen {
        tokio::spawn(serve_tcp(routes.clone(), address));
    }
    if let Err(error) = axum::serve(socket, routes).await {
        tracing::error!(%error, "the control socket is closed");
    }
}

async fn serve_tcp(routes: Router, address: SocketAddr) {
    match TcpListener::bind(address).await {
        Ok(listener) => {
            tracing::info!(%address, "control API on TCP");
            if let Err(error) = axum::serve(listener, routes).await {
                tracing::error!(%error, "the control API on TCP is closed");
            }
        }
        Err(error) => tracing::error!(%address, %error, "the control API cannot listen on TCP"),
    }
}
