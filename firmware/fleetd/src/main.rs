//! `fleetd`: care of the unit. Never touches a call.
//!
//! Invariant: it holds no secret of the room, and no right but to ask RAUC and, by files, systemd.
//! The subcommands that run as root before the room starts (`data`, `commission`, `stick`) or before an
//! update (`seal`) are their own processes and end at once; so is `service`, which runs only on a unit
//! whose button was held at power-on, and `login`, which has the network's keys where the switch asks.

mod args;
mod boot_good;
mod client;
mod disks;
mod early;
mod login;
mod outcome;
mod room;
mod serve;
mod service;
mod slots;
mod store;
mod updating;

use std::process::ExitCode;

use clap::Parser as _;
use tracing_subscriber::EnvFilter;

use args::{Cli, Command};
use outcome::Failure;

fn main() -> ExitCode {
    let cli = Cli::parse();
    let filter = EnvFilter::try_from_env("SALLE_LOG").unwrap_or_else(|_| EnvFilter::new("info"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false)
        .init();
    match start(cli.command) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            tracing::error!(error = %outcome::chain(&failure), "fleetd ends");
            ExitCode::FAILURE
        }
    }
}

fn start(command: Command) -> Result<(), Failure> {
    match command {
        Command::Data(args) => early::data(&args),
        Command::Commission(args) => early::commission(&args),
        Command::Seal(args) => early::seal(&args),
        Command::Login(args) => login::run(&args),
        Command::Card(args) => early::card(&args),
        Command::Service(args) => service::run(&args),
        Command::Serve(places) => on_runtime(serve::run(places)),
        Command::BootGood(args) => on_runtime(boot_good::run(args)),
        Command::Stick(args) => on_runtime(async move { early::stick(&args).await }),
    }
}

fn on_runtime(work: impl Future<Output = Result<(), Failure>>) -> Result<(), Failure> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|source| Failure::Start {
            what: "the tasks cannot be started",
            source,
        })?
        .block_on(Box::pin(work))
}
