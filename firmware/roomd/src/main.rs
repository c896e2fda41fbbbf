//! `roomd`: wiring only. Settings, the mind and its shells are put together here.
#![recursion_limit = "512"]

mod api;
mod args;
mod board;
mod calendar;
mod character;
mod clock;
mod fleet;
mod logging;
mod matrix;
mod media;
mod mind;
mod network;
mod sockets;
mod state;
mod told;
mod visio;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use clap::Parser as _;
use room_core::input::Input;
use room_core::matrix::MatrixFact;
use room_core::problem::Issue;
use room_core::room::Room;
use room_matrix::Network;
use room_messages::api::{Language, Problem, Text};
use room_settings::Board;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio::time::timeout;

use args::Args;
use state::StateDirectory;
use told::Told;

/// Longest clean end.
const END_LIMIT: Duration = Duration::from_secs(6);

fn main() -> ExitCode {
    let args = Args::parse();
    logging::start();
    match start(args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            report(&text);
            ExitCode::FAILURE
        }
    }
}

/// The last words, for whoever started this by hand and for the journal.
#[allow(clippy::print_stderr, reason = "a binary's own message")]
fn report(text: &Text) {
    eprintln!("{}", text.en);
    eprintln!("{}", text.fr);
}

fn start(args: Args) -> Result<(), Text> {
    let told = Told::read(&args.settings).map_err(|error| error.text())?;
    let board = board::find(told.profile(), &args.profiles);
    if args.fail_safe {
        return board::make_safe(&board).map_err(|error| {
            let text = format!("the lamps cannot be darkened: {error}");
            Text::new(text.clone(), text)
        });
    }
    let state = StateDirectory::open(&args.state);
    let _runtime = sockets::take(&args.runtime).map_err(|problem| {
        // Where both are taken, it is the same room's.
        sentence(state.as_ref().err().unwrap_or(&problem))
    })?;
    if let Err(problem) = &state {
        report(&sentence(problem));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .worker_threads(2)
        // Polling the Matrix session in debug builds takes a deep stack.
        .thread_stack_size(8 * 1024 * 1024)
        .build()
        .map_err(|error| sentence(&Issue::StateUnusable.about(&error.to_string())))?;
    let done = runtime.block_on(Box::pin(run(args, told, board, state)));
    runtime.shutdown_timeout(Duration::from_secs(1));
    match done.map_err(|problem| sentence(&problem))? {
        End::Asked => Ok(()),
        End::Mended => {
            let error = told::start_anew();
            Err(sentence(&Issue::StateUnusable.about(&error.to_string())))
        }
    }
}

fn sentence(problem: &Problem) -> Text {
    let line = |language: Language| {
        let (what, next) = (&problem.what, &problem.next);
        format!(
            "{}: {} {}",
            problem.code,
            what.in_language(language),
            next.in_language(language)
        )
    };
    Text::new(line(Language::En), line(Language::Fr))
}

/// Why the process is to end.
enum End {
    Asked,
    /// What stood against a start has changed.
    Mended,
}

/// What a room waits for that cannot have a session. It runs meanwhile: screen, status and
/// `roomctl` say what to mend.
enum Hindrance {
    /// Settings that were like this.
    Settings(told::Stamp),
    State,
}

async fn run(
    args: Args,
    told: Told,
    board: Result<Board, Problem>,
    state: Result<StateDirectory, Problem>,
) -> Result<End, Problem> {
    let unusable = |path: &std::path::Path, error: std::io::Error| {
        Issue::StateUnusable.about(&format!("{}: {error}", path.display()))
    };
    let media_socket = args.runtime.join("mediad.sock");
    let origin = args.mediad.clone();
    let origin = origin.unwrap_or_else(|| media::Origin::Program(media::beside_us()));
    let media_listener =
        media::listen(&media_socket, &origin).map_err(|error| unusable(&media_socket, error))?;
    let control_socket = args.runtime.join("roomd.sock");
    let control =
        sockets::bind(&control_socket, 0o660).map_err(|error| unusable(&control_socket, error))?;

    let clock = clock::Clock::new();
    let room = Room::new(told.character(&board), Box::new(clock::SystemEntropy));
    let (media_orders, to_media) = mpsc::unbounded_channel();
    let (matrix_orders, to_matrix) = mpsc::unbounded_channel();
    let (visio_orders, to_visio) = mpsc::unbounded_channel();
    let questions = media::Questions::new(media_orders.clone());
    let outlets = mind::Outlets {
        media: media_orders,
        matrix: matrix_orders,
        visio: visio_orders,
    };
    let (state, stateless) = match state {
        Ok(state) => (Some(state), None),
        Err(problem) => (None, Some(problem)),
    };
    let kept = state.as_ref().and_then(StateDirectory::day);
    let (agenda, changes) = calendar::agenda(&told, kept, clock);
    let wake = told.wake(clock.now());
    let mind = mind::start(room, agenda, wake, clock, state, outlets);

    let (stop, stopping) = watch::channel(false);
    let supervisor = media::Supervisor {
        origin,
        socket: media_socket,
        orders: to_media,
        questions: questions.clone(),
        mind: mind.clone(),
        stop: stopping,
    };
    let supervising = tokio::spawn(supervisor.run(media_listener));
    tokio::spawn(visio::serve(to_visio, mind.clone()));
    tokio::spawn(fleet::watch(args.fleet.clone(), mind.clone()));
    let simulation = board::open(&board).and_then(|(board, controls)| {
        board::start(board, &mind);
        controls
    });
    if let Err(problem) = board {
        mind.tell(Input::BoardFault(problem)).await;
    }
    let (directory, searches) = matrix::directory(told.homeserver());
    let app = api::App {
        mind: mind.clone(),
        media: questions,
        directory,
        simulation,
    };
    tokio::spawn(api::serve(app, control, told.listen()));
    let hindrance = match (told, stateless) {
        (Told::Sound(settings), None) => {
            let settings = Arc::new(*settings);
            let (day, of_day) = (Arc::clone(&settings), mind.clone());
            tokio::spawn(async move { calendar::follow(&day, changes, of_day).await });
            let shell = matrix::Shell {
                settings,
                state: args.state.clone(),
                mind: mind.clone(),
                clock,
                orders: to_matrix,
                searches,
                network: Network::new(network::changes()),
            };
            tokio::spawn(Box::pin(shell.run()));
            None
        }
        (Told::Sound(_), Some(problem)) => Some((problem, Hindrance::State)),
        (Told::Nothing { problem, file, .. }, _) => Some((problem, Hindrance::Settings(file))),
    };
    let hindrance = match hindrance {
        Some((problem, hindrance)) => {
            let lasting = true;
            mind.tell(Input::Matrix(MatrixFact::LoginFailed { problem, lasting }))
                .await;
            Some(hindrance)
        }
        None => None,
    };
    // Without a service manager nobody hears it.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);

    let mended = async {
        match hindrance {
            Some(Hindrance::Settings(file)) => told::changed(&args.settings, file).await,
            Some(Hindrance::State) => state::usable(&args.state).await,
            None => std::future::pending().await,
        }
    };
    let end = tokio::select! {
        () = asked_to_end() => End::Asked,
        () = mended => End::Mended,
    };
    tracing::info!("ending");
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    mind.tell(Input::ShutDown).await;
    let mut snapshots = mind.snapshots();
    if timeout(END_LIMIT, snapshots.wait_for(|snapshot| snapshot.finished))
        .await
        .is_err()
    {
        tracing::warn!("the call could not be left in time; the homeserver ends it by itself");
    }
    // The supervisor ends `mediad` before it ends itself.
    let _ = stop.send(true);
    let _ = timeout(Duration::from_secs(4), supervising).await;
    let _ = std::fs::remove_file(&control_socket);
    Ok(end)
}

/// SIGTERM, or Ctrl-C.
async fn asked_to_end() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without signals only a kill ends the process.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
