//! `paneld`: see the library.

use std::process::ExitCode;

use clap::Parser as _;
use paneld::args::Cli;
use tracing_subscriber::EnvFilter;

fn main() -> ExitCode {
    let cli = Cli::parse();
    start_log();
    match paneld::run(&cli) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            tracing::error!(%error, cause, "paneld ends");
            ExitCode::FAILURE
        }
    }
}

/// Standard error, structured; it names no person and no call.
fn start_log() {
    let wanted = std::env::var("SALLE_LOG").unwrap_or_else(|_| "info".to_owned());
    // The window looks for a clipboard, a desktop's colours and a pointer's shape, which a kiosk does
    // not have.
    let quiet = "arboard=off,sctk_adwaita=off,winit=error";
    let filter = EnvFilter::builder().parse_lossy(format!("{wanted},{quiet}"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
}
