//! `commission [--to FOLDER | --image DISK]`: the terminal around the dialogue.
//!
//! Answers are read line by line, so that a script can give them as well; only a terminal is
//! asked not to show secrets.
#![allow(
    clippy::print_stderr,
    reason = "a command line tool speaks on the terminal"
)]

mod place;
mod terminal;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::PathBuf;
use std::process::{Command, ExitCode};

use room_messages::api::Language;
use room_settings::Secret;
use salle_commission::{Dialogue, FileTrouble, Input, Prompt, Step, Words};

use place::Place;
use terminal::{ask, show};

const ENDED: Words = Words::new(
    "The answers ended before the questions did. Nothing is written.",
    "Les réponses se sont arrêtées avant les questions. Rien n'est écrit.",
);
const LEFT: Words = Words::new(
    "It stays as it is. Nothing is written.",
    "Il reste tel quel. Rien n'est écrit.",
);
const AGAIN: Words = Words::new(
    "Enter tries again, Ctrl-C ends without writing. > ",
    "Entrée réessaie, Ctrl-C arrête sans écrire. > ",
);
const WRITTEN: Words = Words::new("Written:", "Écrit :");
const SECRETS: Words = Words::new(
    "It holds the secrets as they are: keep it away from others until they are wiped.",
    "Il contient les secrets tels quels : gardez-le à l'abri jusqu'à leur effacement.",
);

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match run(&words) {
        Ok(()) => ExitCode::SUCCESS,
        Err(text) => {
            eprintln!("{text}");
            ExitCode::FAILURE
        }
    }
}

fn run(arguments: &[&str]) -> Result<(), String> {
    let place = Place::of(arguments)?;
    let occupied = place.occupied()?;
    let mut dialogue = Dialogue::new(language(), &place.name(), occupied, &now());
    let Some(text) = talk(&mut dialogue)? else {
        return Err(LEFT.of(dialogue.language()).to_owned());
    };
    let language = dialogue.language();
    while let Err(why) = place.write(text.expose(), occupied) {
        // The answers are worth another try: a stick may have been pulled out.
        ask(&format!("\n  ! {why}\n{}", AGAIN.of(language)), false)
            .map_err(|e| ended(&e, language))?;
    }
    let (written, next) = (WRITTEN.of(language), place.what_next().of(language));
    let secrets = SECRETS.of(language);
    show(&format!(
        "\n{written} {}\n{next}\n{secrets}\n",
        place.name()
    ))
    .map_err(|e| e.to_string())
}

/// Until there is a file to write; `None` when the one that is there is to stay.
fn talk(dialogue: &mut Dialogue) -> Result<Option<Secret>, String> {
    loop {
        match dialogue.step() {
            Step::Write(text) => return Ok(Some(text)),
            Step::Leave => return Ok(None),
            Step::Ask(prompt) => {
                let input = typed(&prompt).map_err(|e| ended(&e, dialogue.language()))?;
                dialogue.answer(input);
            }
        }
    }
}

fn typed(prompt: &Prompt) -> io::Result<Input> {
    let line = ask(&prompt.text, prompt.hidden)?;
    if !prompt.file {
        return Ok(Input::Line(line));
    }
    let text = text_of(&at_home(line.trim()));
    Ok(Input::File { path: line, text })
}

fn ended(error: &io::Error, language: Language) -> String {
    match error.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::Interrupted => {
            format!("\n{}", ENDED.of(language))
        }
        _ => format!("\n{error}"),
    }
}

/// `~/` is the shell's word for the home folder, and no shell is here.
fn at_home(path: &str) -> PathBuf {
    match (path.strip_prefix("~/"), std::env::home_dir()) {
        (Some(rest), Some(home)) => home.join(rest),
        _ => PathBuf::from(path),
    }
}

fn text_of(path: &PathBuf) -> Result<String, FileTrouble> {
    let most = room_commissioning::MAX_FILE as u64;
    let mut bytes = Vec::new();
    File::open(path)
        .and_then(|file| file.take(most).read_to_end(&mut bytes))
        .map_err(|error| FileTrouble::Unreadable(error.to_string()))?;
    String::from_utf8(bytes).map_err(|_| FileTrouble::NotText)
}

/// Of whoever sits here, as the C library would choose it.
fn language() -> Language {
    let set = |name| std::env::var(name).ok().filter(|value| !value.is_empty());
    let chosen = ["LC_ALL", "LC_MESSAGES", "LANG"].into_iter().find_map(set);
    match chosen {
        Some(chosen) if chosen.starts_with("fr") => Language::Fr,
        _ => Language::En,
    }
}

/// As whoever sits here writes it.
fn now() -> String {
    let output = Command::new("date").arg("+%F %T %Z").output();
    let said = output.map(|output| output.stdout).unwrap_or_default();
    String::from_utf8_lossy(&said).trim().to_owned()
}
