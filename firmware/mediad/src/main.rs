//! `mediad`: the room's eyes, ears and screen.
//!
//! Started by `roomd`, which listens on the socket named on the command line: takes
//! [`Order`](room_messages::Order)s from it and answers with [`Fact`](room_messages::Fact)s. When
//! the socket ends, or `roomd` dies, this process ends at once, and with it camera, microphone
//! and every key.
//!
//! Exit codes: 0 `roomd` closed the socket · 2 wrong command line · 3 the socket cannot be
//! reached · 4 GStreamer, a device thread or the stage cannot be started · 5 `roomd` said
//! something this version does not understand.
//!
//! Deliberately absent: any Matrix credential, any file but those the settings name.

mod devices;
mod outcome;
mod room;
mod sfu;
mod socket;
mod told;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;
use rustix::process::{Signal, set_parent_process_death_signal};
use tracing_subscriber::EnvFilter;

#[derive(Debug, Parser)]
#[command(version, about = "Salle's media process; started by roomd")]
struct Arguments {
    /// Socket on which roomd waits.
    #[arg(long, value_name = "PATH")]
    socket: PathBuf,
}

fn main() -> ExitCode {
    // Before anything is opened: if roomd is killed, the camera goes off.
    let tied = set_parent_process_death_signal(Some(Signal::KILL));
    let arguments = Arguments::parse();
    log();
    if let Err(error) = tied {
        tracing::warn!(%error, "cannot tie this process to roomd's life");
    }
    let done = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(outcome::Failure::Runtime)
        .and_then(|runtime| runtime.block_on(room::run(&arguments.socket)));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tracing::error!(error = %outcome::chain(&failure), "mediad ends");
            ExitCode::from(failure.exit_code())
        }
    }
}

fn log() {
    let filter = EnvFilter::try_from_env("SALLE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
