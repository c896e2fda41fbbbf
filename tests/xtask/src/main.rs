//! `cargo xtask`: everything a developer runs, in one place.
//!
//! Purpose: set-up, tests, demo and bench, each one command from a fresh clone. Small
//! dependencies only, so that it compiles in seconds. Deliberately absent: what the tests, the
//! demo and the bench do; those are crates of their own.
#![allow(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command line tool speaks on the terminal"
)]

mod build;
mod checks;
mod claim;
mod image;
mod lock_file;
mod places;
mod prompts;
mod run;
mod setup;
mod summary;
mod targets;
mod yocto;

use std::process::ExitCode;

const USAGE: &str = "\
cargo xtask COMMAND

  demo [--headless]   Start the local stack and a room, and print a link at which your
                      browser joins a call with it. --headless lets Element Call in
                      Chromium join by itself and reports who saw and heard whom.
  test [FILTER...]    All checks and tests. With FILTER only the tests whose names contain
                      one of them, without the checks of format and lints.
  test images [FILTER...]
                      Build the image twice, compare, hold its lists against what went into
                      it, and test it in a virtual board.
  test devices        Hold the drivers of real boards to their contract, in a small guest.
  bench call          Measure a room against Element Call in the same call.
  bench recovery      Measure how soon a call is whole again after something died.
  bench room          Measure a room as people use it: press to picture and to order, start
                      of the panel, memory.
  bench boot          Measure a start against an empty system in the same image.
  bench powercut N    Pull the virtual board's plug N times, at random instants.
  pictures FOLDER [PART]
                      Draw every screen of the touch panel in both languages, three themes
                      and three sizes; only those with PART in their names.
  pictures keep       Keep them as they are now: tests hold the screens to it.
  prompts             Speak what a room says aloud (firmware/room-media/prompts/words.toml).
  yocto               Write the crates of Cargo.lock into the Yocto recipe.
  image               Build the reference board's image: a disk for QEMU's `virt`.
  image run [--headless] [--fresh]
                      Build it and start it, with a window or on the terminal; --fresh
                      forgets what the unit had on its disk.
  image commission [--to FOLDER | --image DISK.img | --virtual]
                      Ask for the settings of a room unit and write its salle.toml: here,
                      to FOLDER (a mounted stick), into a disk image, or for the unit that
                      `image run` starts.
  image again         Build it twice and compare; names the files that differ.
  image bundle        Pack the image as an update, signed with a development key.
  image sbom          List what it is made of, with licences, in CycloneDX, and check the lists.
  image packages      Move the image on to what Debian has now.
  setup               Install what the others need; they do so themselves.
  help                This text.

Everything that is installed goes to the cache ($SALLE_CACHE, else ~/.cache/salle), except
Debian packages. Builds go to its folder target unless CARGO_TARGET_DIR is set;
set it when two checkouts build at the same time.
";

/// What ends a command: a text for the person at the terminal, with the next step in it.
type Result<T, E = String> = std::result::Result<T, E>;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match command(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn command(arguments: &[String]) -> Result<()> {
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["setup"] => setup::run(),
        ["yocto"] => yocto::write(),
        ["prompts"] => prompts::make(),
        ["test", "images", filters @ ..] => {
            setup::run()?;
            image::test(filters)
        }
        ["test", "devices"] => image::devices::run(),
        ["test", filters @ ..] if filters.iter().all(|f| !f.starts_with('-')) => {
            setup::run()?;
            checks::run(filters)
        }
        ["demo", rest @ ..] if matches!(rest, [] | ["--headless"]) => {
            setup::run()?;
            build::demo(rest)
        }
        ["pictures", "keep"] => build::pictures(&[("SALLE_KEEP_PICTURES", "yes")]),
        ["pictures", folder, rest @ ..] if rest.len() <= 1 => {
            let folder =
                std::path::absolute(folder).map_err(|error| format!("{folder}: {error}"))?;
            let part = rest.first().copied().unwrap_or_default();
            let folder = folder.to_string_lossy();
            build::pictures(&[("SALLE_PICTURES", &folder), ("SALLE_PICTURES_PART", part)])
        }
        ["bench", kind @ ("call" | "recovery" | "room"), rest @ ..] => {
            setup::run()?;
            build::bench(kind, rest)
        }
        ["bench", "boot"] => image::bench(),
        ["bench", "powercut", times] => {
            setup::run()?;
            image::cut_power(times)
        }
        ["image", rest @ ..] => image::command(rest),
        [] | ["help" | "--help" | "-h"] => {
            print!("{USAGE}");
            Ok(())
        }
        other => Err(format!(
            "xtask does not know `{}`.\n\n{USAGE}",
            other.join(" ")
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_command_shows_how_to_call_it() {
        let error = command(&["tset".to_owned()]).unwrap_err();
        assert!(error.contains("`tset`"));
        assert!(error.contains("cargo xtask COMMAND"));
    }

    #[test]
    fn an_unknown_option_is_not_taken_for_a_filter() {
        assert!(command(&["test".to_owned(), "--fast".to_owned()]).is_err());
    }
}
