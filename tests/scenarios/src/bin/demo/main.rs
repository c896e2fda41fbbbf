//! The main job, to look at: a homeserver, an SFU and a room in a call, and a link at which a
//! person meets it in their own browser; or, with `--headless`, Element Call meets it by
//! itself and a report says who saw and heard whom.
//!
//! Invariant: however it ends (done, failed, Ctrl-C, a closed terminal), the room leaves its
//! call first, and everything that was started is stopped. Exit codes: 0 when all went well,
//! 1 when not, 2 for a wrong command line, 130 for a `--headless` that was interrupted before its
//! report.
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
use tokio::signal::unix::{Signal, SignalKind, signal};

const HELP: &str = "Usage: demo [--headless]";
const INTERRUPTED: u8 = 130;

#[tokio::main]
async fn main() -> ExitCode {
    let options: Vec<String> = std::env::args().skip(1).collect();
    let options: Vec<&str> = options.iter().map(String::as_str).collect();
    let headless = match options.as_slice() {
        [] => false,
        ["--headless"] => true,
        _ => {
            eprintln!("{HELP}");
            return ExitCode::from(2);
        }
    };
    match demo(headless).await {
        Ok(code) => code,
        Err(error) => {
            eprintln!("The demo cannot go on: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// Shows the meeting until it is over or somebody has seen enough, then leaves and stops
/// everything.
async fn demo(headless: bool) -> Result<ExitCode, Error> {
    let mut enough = Enough::listen()?;
    let mut meeting = Meeting::default();
    let shown = tokio::select! {
        shown = show(&mut meeting, headless) => shown,
        () = enough.said() => {
            println!("\nLeaving the call …");
            let code = if headless { INTERRUPTED } else { 0 };
            Ok(ExitCode::from(code))
        }
    };
    let ended = meeting.end().await;
    if let (Err(error), Err(_)) = (&ended, &shown) {
        // What went wrong first is what to look at.
        eprintln!("And it did not end well: {}", chain(error));
    }
    let code = shown?;
    if ended? {
        println!("The room has left the call; everything is stopped.");
    } else {
        println!("Everything is stopped.");
    }
    Ok(code)
}

async fn show(meeting: &mut Meeting, headless: bool) -> Result<ExitCode, Error> {
    meeting.start().await?;
    if headless {
        meet_by_itself(meeting).await
    } else {
        meet_a_person(meeting).await
    }
}

/// Until somebody has seen enough.
async fn meet_a_person(meeting: &Meeting) -> Result<ExitCode, Error> {
    let (link, _pages) = meeting.link().await?;
    println!("\nThe room is in the call. Meet it in Chrome or Chromium on this machine:\n");
    println!("    {link}\n");
    if meeting.has_display() {
        println!("A window shows what the screen in the room shows.");
    }
    println!(
        "A picture of the room's screen is written every few seconds to {}",
        meeting.stage_file().display()
    );
    println!("Ctrl-C leaves the call and stops everything.\n");
    match meeting.tell_changes().await? {}
}

async fn meet_by_itself(meeting: &Meeting) -> Result<ExitCode, Error> {
    println!("Element Call joins in headless Chromium …");
    let report = report::of(meeting).await?;
    println!("\n{report}");
    println!(
        "The stage in the call:    {}",
        meeting.stage_file().display()
    );
    println!(
        "Element Call in the call: {}\n",
        meeting.browser_file().display()
    );
    let missing = report.missing();
    for sentence in &missing {
        eprintln!("{sentence}");
    }
    Ok(if missing.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// Ctrl-C, a polite kill, or the end of the terminal. Heard from the beginning: none of them
/// ends this process before the room has left.
struct Enough([Signal; 3]);

impl Enough {
    fn listen() -> Result<Self, Error> {
        let listen = |kind| {
            signal(kind).map_err(|cause| Error::File {
                path: "the signals of this process".into(),
                cause,
            })
        };
        Ok(Self([
            listen(SignalKind::interrupt())?,
            listen(SignalKind::terminate())?,
            listen(SignalKind::hangup())?,
        ]))
    }

    async fn said(&mut self) {
        let [interrupt, terminate, hangup] = &mut self.0;
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
            _ = hangup.recv() => {}
        }
    }
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
