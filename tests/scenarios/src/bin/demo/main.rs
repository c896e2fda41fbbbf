//! The main job, to look at: a homeserver, an SFU and a room in a call, and a link at which a
//! person meets it in their own browser; or, with `--headless`, Element Call meets it by
//! itself and a report says who saw and heard whom.
//!
//! Ctrl-C leaves the call cleanly and stops everything that was started.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "it talks to a person"
)]

mod meeting;
mod report;

use std::process::ExitCode;

use meeting::Meeting;
use salle_scenarios::Error;

const HELP: &str = "Usage: demo [--headless]";

#[tokio::main]
async fn main() -> ExitCode {
    let options: Vec<String> = std::env::args().skip(1).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let shown = match options.as_slice() {
        [] => for_a_person().await,
        ["--headless"] => until_interrupted(headless()).await,
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match shown {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("The demo cannot go on: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// Runs `demo` until it is done or the person presses Ctrl-C. Whatever it started is dropped,
/// and so ended, on the way out.
async fn until_interrupted(demo: impl Future<Output = Result<bool, Error>>) -> Result<bool, Error> {
    tokio::select! {
        done = demo => done,
        _ = tokio::signal::ctrl_c() => Ok(true),
    }
}

async fn for_a_person() -> Result<bool, Error> {
    let mut meeting = tokio::select! {
        started = Meeting::start() => started?,
        _ = tokio::signal::ctrl_c() => return Ok(true),
    };
    let (link, _pages) = meeting.link().await?;
    println!(
        "\nThe room is in the call. Meet it in your browser (Chrome or Firefox on this machine):\n"
    );
    println!("    {link}\n");
    let picture = meeting.stage_file();
    if meeting.has_window() {
        println!("The window shows what the screen in the room shows.");
    } else {
        println!(
            "No display here: what the screen in the room shows is written to {}",
            picture.display()
        );
    }
    println!("Ctrl-C leaves the call and stops everything.\n");
    tokio::select! {
        followed = meeting.tell_changes() => followed?,
        _ = tokio::signal::ctrl_c() => println!("\nLeaving the call …"),
    }
    meeting.end().await?;
    println!("The room has left the call; everything is stopped.");
    Ok(true)
}

async fn headless() -> Result<bool, Error> {
    let meeting = Meeting::start().await?;
    println!("Element Call joins in headless Chromium …");
    let report = report::of(&meeting).await?;
    println!("\n{report}");
    println!(
        "The stage in the call:    {}",
        meeting.stage_file().display()
    );
    println!(
        "Element Call in the call: {}\n",
        meeting.browser_file().display()
    );
    meeting.end().await?;
    println!("The room has left the call; everything is stopped.");
    Ok(report.is_good())
}

fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(next) = cause {
        text.push_str(&format!(": {next}"));
        cause = next.source();
    }
    text
}
