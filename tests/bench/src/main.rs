//! The bench: a room against Element Call in the same call, on one machine, in one run.
//!
//! Purpose: for every case of [`case`] an Element Call (and in larger calls some rooms) stays
//! in a call on a real homeserver and SFU, and the one who joins it is measured: first a
//! room, then Element Call in the room's place. Times to join, CPU, memory, their ratios,
//! and what the figures are made of.
//!
//! Invariant: nobody asks the measured participant anything while its CPU is measured, and
//! both play the same camera and microphone files.
//!
//! Deliberately absent: passing or failing. A missed target is a result, not an error.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    clippy::cast_precision_loss,
    reason = "it prints figures; none is larger than a float holds"
)]

mod case;
mod figures;
mod load;
mod measured;
mod meeting;
mod recovery;
mod report;
mod room;
mod work;

use std::process::ExitCode;

use salle_scenarios::Error;

const HELP: &str = "\
Usage: salle-bench call [--quick | --case NUMBER]
       salle-bench recovery
       salle-bench room

Measures a room against Element Call in the same call. --quick: only the first case;
--case: only that one, 1 to 4.
recovery: how long until a call is whole again after mediad, SFU or homeserver were gone.
room: from a press on the panel to picture and order, start of paneld, memory.
Wants an otherwise idle machine.";

/// Per case, read before comparing: see docs/measured.md.
const LEGEND: &str = "\
How to read it. Same call, same others, same noisy moving camera; only the measured participant
changes. Joining: the room waits logged in and synced, Element Call in its lobby; medians, and
ranges in brackets. CPU: over 15 s, 5 s after joining. Memory: PSS. Stage drawn: 1280x720 in
software, as Element Call draws; for want of a screen it is written to a file, and the thread
that encodes this file is left out of the CPU figure (not of the memory). Cores: CPU seconds
per second. Element Call: all of its Chromium, without the driver.";

#[tokio::main]
async fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    if words == ["recovery"] {
        return until_ctrl_c(recovery()).await;
    }
    if words == ["room"] {
        return until_ctrl_c(used()).await;
    }
    let cases = match words.as_slice() {
        ["call"] => case::ALL.as_slice(),
        ["call", "--quick"] => only("1"),
        ["call", "--case", number] => only(number),
        _ => &[],
    };
    if cases.is_empty() {
        eprintln!("{HELP}");
        return ExitCode::from(2);
    }
    until_ctrl_c(bench(cases)).await
}

async fn until_ctrl_c(work: impl Future<Output = Result<(), Error>>) -> ExitCode {
    // Whatever was started is dropped, and so ended, on the way out.
    let done = tokio::select! {
        done = work => done,
        _ = tokio::signal::ctrl_c() => return ExitCode::from(130),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("The bench cannot go on: {}", chain(&error));
            ExitCode::FAILURE
        }
    }
}

/// Nothing when there is no case of this number.
fn only(number: &str) -> &'static [case::Case] {
    let place: usize = number.parse().unwrap_or_default();
    case::ALL
        .get(place.wrapping_sub(1)..place)
        .unwrap_or_default()
}

async fn bench(cases: &[case::Case]) -> Result<(), Error> {
    println!("{LEGEND}\n");
    for case in cases {
        eprintln!("Measuring {case} …");
        // A future of this size would not fit the stack of everybody who holds it.
        let outcome = Box::pin(meeting::hold(*case)).await?;
        println!("{outcome}");
    }
    Ok(())
}

async fn recovery() -> Result<(), Error> {
    eprintln!("Measuring what comes back, about two minutes …");
    let found = Box::pin(recovery::measure()).await?;
    println!("{found}");
    Ok(())
}

async fn used() -> Result<(), Error> {
    eprintln!("Measuring a room as people use it, about a minute …");
    let found = Box::pin(room::measure()).await?;
    println!("{found}");
    Ok(())
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
