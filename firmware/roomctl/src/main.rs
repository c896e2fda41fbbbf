//! `roomctl`: the installer's and integrator's command line. Exit code 0 only on success.

mod args;
mod client;
mod explain;
mod fleet;
mod orders;
mod show;
mod watch;

use std::convert::Infallible;
use std::io::Write as _;
use std::path::Path;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser as _;
use hyper::Method;
use room_messages::api::directory::{self, Directory};
use room_messages::api::{Language, Statistics, Status};

use args::{Cli, Command, Tongue};
use client::{ClientError, request, text};
use orders::Order;

#[tokio::main(flavor = "current_thread")]
async fn main() -> ExitCode {
    let cli = Cli::parse();
    match run(&cli).await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let room = room_language(&cli, &error).await;
            fail(&cli, &error, room);
            ExitCode::FAILURE
        }
    }
}

/// The room's own language, when it refused something and none was asked for.
async fn room_language(cli: &Cli, error: &ClientError) -> Option<Language> {
    if cli.language.is_some() || !matches!(error, ClientError::Refused(_)) {
        return None;
    }
    let status = ask(&cli.runtime, Method::GET, "/v1/status", None, false).await;
    status.ok().map(|(_, status)| status.room.language)
}

/// The error on standard error; the problem itself as JSON when JSON is asked for.
fn fail(cli: &Cli, error: &ClientError, room: Option<Language>) {
    let message = match error {
        ClientError::Refused(problem) if cli.json => serde_json::to_string(problem).ok(),
        _ => None,
    };
    let message = message.unwrap_or_else(|| explain::explain(error, spoken(cli, room)));
    // Nobody reads it when standard error is closed.
    let _ = writeln!(std::io::stderr(), "{message}");
}

/// The language asked for, else the room's, else that of the environment.
fn spoken(cli: &Cli, room: Option<Language>) -> Language {
    let environment = || {
        let french = std::env::var("LANG").is_ok_and(|lang| lang.starts_with("fr"));
        if french { Language::Fr } else { Language::En }
    };
    match cli.language {
        Some(Tongue::En) => Language::En,
        Some(Tongue::Fr) => Language::Fr,
        None => room.unwrap_or_else(environment),
    }
}

async fn run(cli: &Cli) -> Result<(), ClientError> {
    let runtime = cli.runtime.as_path();
    let order = match &cli.command {
        Command::Watch => match watch_status(cli).await? {},
        Command::Stats => return statistics(cli).await,
        Command::Meetings => return meetings(cli).await,
        Command::Search { text } => return search(cli, text).await,
        Command::Update { command } => return fleet::update(cli, command).await,
        Command::FactoryReset { yes } => return fleet::factory_reset(cli, *yes).await,
        command => orders::of(command),
    };
    let Order {
        method,
        path,
        body,
        wait,
    } = order;
    let status = ask(runtime, method, path, body, wait).await?;
    print_status(cli, &status.0, &status.1);
    Ok(())
}

/// The status that answers, as text and value.
async fn ask(
    runtime: &Path,
    method: Method,
    path: &str,
    body: Option<String>,
    wait: bool,
) -> Result<(String, Status), ClientError> {
    let path = if wait {
        format!("{path}?wait=true")
    } else {
        path.to_owned()
    };
    let bytes = text(request(runtime, method, &path, body).await?).await?;
    let status = serde_json::from_slice(&bytes).map_err(|_| ClientError::Unreadable)?;
    Ok((String::from_utf8_lossy(&bytes).into_owned(), status))
}

async fn meetings(cli: &Cli) -> Result<(), ClientError> {
    let (json, status) = ask(&cli.runtime, Method::GET, "/v1/status", None, false).await?;
    if cli.json {
        print(&json);
    } else {
        let language = spoken(cli, Some(status.room.language));
        print(&show::meetings(&status.meetings, language, unix_ms()));
    }
    Ok(())
}

async fn search(cli: &Cli, text: &str) -> Result<(), ClientError> {
    let path = directory::request(text);
    let answer = request(&cli.runtime, Method::GET, &path, None).await?;
    let bytes = client::text(answer).await?;
    if cli.json {
        print(&String::from_utf8_lossy(&bytes));
        return Ok(());
    }
    let found: Directory = serde_json::from_slice(&bytes).map_err(|_| ClientError::Unreadable)?;
    print(&show::directory(&found, spoken(cli, None)));
    Ok(())
}

async fn watch_status(cli: &Cli) -> Result<Infallible, ClientError> {
    watch::watch(&cli.runtime, |json, status| {
        print_status(cli, json, status);
        if !cli.json {
            print("");
        }
    })
    .await
}

async fn statistics(cli: &Cli) -> Result<(), ClientError> {
    let answer = request(&cli.runtime, Method::GET, "/v1/call/statistics", None).await?;
    let bytes = text(answer).await?;
    if cli.json {
        print(&String::from_utf8_lossy(&bytes));
        return Ok(());
    }
    let figures: Statistics =
        serde_json::from_slice(&bytes).map_err(|_| ClientError::Unreadable)?;
    print(&show::statistics(&figures, spoken(cli, None)));
    Ok(())
}

fn print_status(cli: &Cli, json: &str, status: &Status) {
    if cli.json {
        return print(json);
    }
    let language = spoken(cli, Some(status.room.language));
    print(&show::status(status, language, unix_ms()));
}

fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    let since = since.unwrap_or_default().as_millis();
    u64::try_from(since).unwrap_or(u64::MAX)
}

/// Writes a line; a reader that went away (`| head`) is no error.
fn print(line: &str) {
    let _ = writeln!(std::io::stdout(), "{line}");
}
