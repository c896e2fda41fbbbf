//! `fleetd commission`: takes a new `salle.toml` from the boot partition, settles which settings
//! are used, and writes what they say of network, time and firewall for this boot.
//!
//! Nothing here ends the boot: a unit whose settings are wrong still starts, and says so.

use std::fs;
use std::io;
use std::path::Path;

use room_commissioning::files::{self, Trouble};
use room_commissioning::{read, without_secrets};
use room_fleet::Version;
use room_messages::api::{Language, Problem, Text};
use room_settings::{SecretFile, Settings, SettingsProblems};

use super::console;
use super::settings::{Folder, Standing, overwrite};
use crate::args::{Commission, Target};
use crate::outcome::{Failure, chain};
use crate::serve::read_release;
use crate::store::{read_bounded, write_whole};

/// Beside `salle.toml`, for whoever puts the stick back into a computer. FAT's old form of names.
const ERRORS: &str = "ERRORS.TXT";

/// What became of one `salle.toml`.
#[derive(Debug)]
pub enum Taken {
    /// There is none, or it was taken before.
    Nothing,
    Applied,
    Refused(Vec<Problem>),
}

/// See the module.
///
/// # Errors
/// When the image does not say what it is.
pub fn run(args: &Commission) -> Result<(), Failure> {
    let version = read_release(&args.target.release)?.version;
    let folder = Folder::new(&args.target.config, &args.target.owner);
    let taken = take(&args.from, &args.target, &folder);
    settle(&args.target, &folder, &version, &taken);
    Ok(())
}

/// Takes `salle.toml` when it is new and sound.
pub fn take(from: &Path, target: &Target, folder: &Folder) -> Taken {
    let most = room_commissioning::MAX_FILE as u64;
    let text = match read_bounded(from, most).map(String::from_utf8) {
        Ok(Ok(text)) => text,
        Ok(Err(_)) => return refuse(from, target, vec![not_text()]),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Taken::Nothing,
        Err(error) => return refuse(from, target, vec![unusable(&error)]),
    };
    if folder.has_taken(&text) {
        return Taken::Nothing;
    }
    let commission = match read(&text, &folder.secrets()) {
        Ok(commission) => commission,
        Err(problems) => return refuse(from, target, problems_of("salle.toml", &problems)),
    };
    if !folder.admits(commission.settings.service.key.as_ref()) {
        return refuse(from, target, vec![another_service_key()]);
    }
    if let Err(error) = folder.apply(&commission) {
        return refuse(from, target, vec![unusable(&error)]);
    }
    let wiped = commission.wipe.then(|| without_secrets(&text)).flatten();
    let mut known = vec![text.as_str()];
    known.extend(wiped.as_deref());
    // Before the copy is wiped: after a power cut in between, either text is known.
    if let Err(error) = folder.take(&known) {
        tracing::error!(%error, "salle.toml will be taken again");
    }
    if let Some(wiped) = &wiped
        && let Err(error) = overwrite(from, wiped)
    {
        tracing::error!(%error, "the secrets are still in salle.toml");
    }
    let _ = fs::remove_file(from.with_file_name(ERRORS));
    tracing::info!("salle.toml is taken");
    Taken::Applied
}

fn refuse(from: &Path, target: &Target, problems: Vec<Problem>) -> Taken {
    let lines = |language: Language| {
        let each = problems.iter().map(|p| {
            let (what, next) = (p.what.in_language(language), p.next.in_language(language));
            format!("{what} {next}")
        });
        each.collect::<Vec<_>>().join("\r\n  ")
    };
    let text = Text::new(
        format!("salle.toml cannot be used:\r\n  {}", lines(Language::En)),
        format!("salle.toml est inutilisable :\r\n  {}", lines(Language::Fr)),
    );
    console::show_text(&target.console, &text);
    let file = format!("{}\r\n\r\n{}\r\n", text.fr, text.en);
    if let Err(error) = fs::write(from.with_file_name(ERRORS), file) {
        tracing::warn!(%error, "the mistakes cannot be written beside salle.toml");
    }
    Taken::Refused(problems)
}

/// Line, reason, and what to write instead.
fn problems_of(file: &str, problems: &SettingsProblems) -> Vec<Problem> {
    let each = problems.0.iter().take(20).map(|problem| Problem {
        code: "SET-03".to_owned(),
        what: Text::new(
            format!(
                "{file}, line {}, {}: {}.",
                problem.line, problem.field, problem.reason.en
            ),
            format!(
                "{file}, ligne {}, {} : {}.",
                problem.line, problem.field, problem.reason.fr
            ),
        ),
        next: Text::new(
            format!("{}.", capital(&problem.instead.en)),
            format!("{}.", capital(&problem.instead.fr)),
        ),
    });
    each.collect()
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    let first = chars.next().map(char::to_uppercase);
    first.into_iter().flatten().chain(chars).collect()
}

fn not_text() -> Problem {
    Problem {
        code: "SET-04".to_owned(),
        what: Text::new("salle.toml is not text.", "salle.toml n'est pas du texte."),
        next: Text::new("Save it as UTF-8.", "Enregistrez-le en UTF-8."),
    }
}

fn unusable(error: &io::Error) -> Problem {
    Problem {
        code: "SET-05".to_owned(),
        what: Text::new(
            format!("salle.toml could not be taken: {error}."),
            format!("salle.toml n'a pu être pris en compte : {error}."),
        ),
        next: Text::new(
            "Try another stick; if it stays so, reset the unit to factory state.",
            "Essayez une autre clé ; si cela persiste, remettez l'unité à l'état d'usine.",
        ),
    }
}

fn another_service_key() -> Problem {
    Problem {
        code: "SET-08".to_owned(),
        what: Text::new(
            "salle.toml has another service key than this unit.",
            "salle.toml a une autre clé de service que cette unité.",
        ),
        next: Text::new(
            "Remove [service] key or write the one this unit has; for a new one, reset the unit to factory state first.",
            "Retirez [service] key ou écrivez celle de cette unité ; pour une nouvelle, remettez d'abord l'unité à l'état d'usine.",
        ),
    }
}

fn restored(problems: &SettingsProblems) -> Problem {
    let first = |language| {
        let first = problems.0.first().map(|p| p.sentence(language));
        first.unwrap_or_default()
    };
    Problem {
        code: "SET-06".to_owned(),
        what: Text::new(
            format!(
                "The settings could not be read; the last good ones are used. {}",
                first(Language::En)
            ),
            format!(
                "Les réglages étaient illisibles ; les derniers bons sont utilisés. {}",
                first(Language::Fr)
            ),
        ),
        next: Text::new(
            "Commission the unit again if something is missing.",
            "Remettez l'unité en service si quelque chose manque.",
        ),
    }
}

/// Settles which settings are used, and writes their files and problems below `/run`.
pub fn settle(target: &Target, folder: &Folder, version: &Version, taken: &Taken) {
    let mut problems = match taken {
        Taken::Refused(problems) => problems.clone(),
        Taken::Nothing | Taken::Applied => Vec::new(),
    };
    match folder.settle(version) {
        Standing::Sound(settings) => write_run_files(target, &settings, &mut problems),
        Standing::Restored(settings, mistakes) => {
            problems.push(restored(&mistakes));
            write_run_files(target, &settings, &mut problems);
        }
        Standing::Unreadable(mistakes) => problems.extend(problems_of("room.toml", &mistakes)),
        Standing::Nothing if problems.is_empty() => {
            console::show(&target.console, &console::WAITING)
        }
        Standing::Nothing => {}
    }
    let text = serde_json::to_vec(&problems).unwrap_or_default();
    // Read by fleetd, who has no business among the keys of the network beside it.
    let path = target.run.join("salle-commission/problems.json");
    if let Err(error) = write_below(&path, &text, 0o644) {
        tracing::error!(%error, "fleetd cannot be told of mistakes in the settings");
    }
}

fn write_run_files(target: &Target, settings: &Settings, problems: &mut Vec<Problem>) {
    let made = files::run_files(settings, SecretFile::read);
    problems.extend(made.troubles.iter().map(without_secret));
    for path in files::ALL {
        let place = target.run.join(path);
        let written = match made.files.iter().find(|file| file.path == path) {
            Some(file) => write_below(&place, file.text.as_bytes(), file.mode),
            None => match fs::remove_file(&place) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            },
        };
        if let Err(error) = written {
            tracing::error!(path, %error, "a file for this boot cannot be written");
        }
    }
}

fn without_secret(trouble: &Trouble) -> Problem {
    let (code, what) = match trouble {
        Trouble::Login(error) => (
            "SET-07",
            Text::new(
                format!("The network login cannot be used: {}.", chain(error)),
                format!(
                    "La connexion au réseau est inutilisable : {}.",
                    chain(error)
                ),
            ),
        ),
        Trouble::Pin(error) => (
            "SET-09",
            Text::new(
                format!("The panel's settings stay closed: {}.", chain(error)),
                format!("Les réglages du panneau restent fermés : {}.", chain(error)),
            ),
        ),
    };
    Problem {
        code: code.to_owned(),
        what,
        next: Text::new("Commission the unit again.", "Remettez l'unité en service."),
    }
}

fn write_below(path: &Path, bytes: &[u8], mode: u32) -> io::Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder)?;
    }
    write_whole(path, bytes, mode)?;
    // The mask of this service is narrower than what other daemons' files need.
    fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(mode))
}
