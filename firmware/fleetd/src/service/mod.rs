//! `fleetd service`: a root shell on the serial console, for whoever stands before the unit and
//! has the private half of the key in the settings. Whether it opens is
//! [`room_fleet::service`]'s to decide; here are clock, chance and terminal.
//!
//! Invariants: the mark of the held button is gone before anything else happens, so that neither a
//! crash nor a second start gives a second opportunity; no shell runs without its fault in the
//! unit's status. Deliberately absent: a network, a password, and a way in for a unit without a key.

mod shell;
mod terminal;
mod words;

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use room_fleet::service::{Door, Heard, Unit, Why};
use room_messages::api::{Language, Text};
use room_settings::Settings;

use crate::args::Service;
use crate::outcome::{Failure, chain};
use crate::serve::read_release;
use crate::store::boot_id;
use shell::Ended;
use terminal::Terminal;

/// The kernel's consoles, the main one last.
const CONSOLES: &str = "/sys/class/tty/console/active";
const MACHINE_ID: &str = "/etc/machine-id";
const LOOK: Duration = Duration::from_secs(1);

/// See the module.
///
/// # Errors
/// When the button was not held, or the board has no serial console.
pub fn run(args: &Service) -> Result<(), Failure> {
    fs::remove_file(&args.asked).map_err(failed(
        "the join button was not held at power-on: hold it for five seconds while the power comes",
    ))?;
    let release = read_release(&args.release)?;
    let mut terminal = open(args.console.as_deref())?;
    let settings = settings(&args.settings);
    let language = settings
        .as_ref()
        .map_or_else(Language::default, |s| s.room.language);
    let key = settings.as_ref().and_then(|s| s.service.key.as_ref());
    let (Some(settings), Some(key)) = (&settings, key) else {
        tracing::warn!("there is no service key in the settings, hence no service shell");
        return say(&mut terminal, &words::no_key(), language);
    };
    let name = settings.room.name.as_str();
    say(
        &mut terminal,
        &words::greeting(name, &release.version, key),
        language,
    )?;
    let door = Door::new(key.public().clone(), this_unit()?);
    match ask(door, &mut terminal, language)? {
        Some(why) => {
            tracing::warn!(why = why.text().en, "the service console is shut");
            say(&mut terminal, &words::shut(why), language)
        }
        None => let_in(args, &mut terminal, language),
    }
}

fn failed(what: &'static str) -> impl Fn(io::Error) -> Failure {
    move |source| Failure::Start { what, source }
}

fn say(terminal: &mut Terminal, text: &Text, language: Language) -> Result<(), Failure> {
    let said = terminal.say(text.in_language(language));
    said.map_err(failed("the serial console cannot be written to"))
}

fn settings(path: &Path) -> Option<Settings> {
    let read = Settings::load(path);
    read.inspect_err(|error| tracing::error!(error = %chain(error), "no settings, no service key"))
        .ok()
}

fn this_unit() -> Result<Unit, Failure> {
    Ok(Unit {
        machine: fs::read_to_string(MACHINE_ID).unwrap_or_default(),
        boot: boot_id(None)?,
    })
}

fn open(console: Option<&Path>) -> Result<Terminal, Failure> {
    let found = match console {
        Some(path) => Some(path.to_owned()),
        None => serial(&fs::read_to_string(CONSOLES).unwrap_or_default()),
    };
    let path = found.ok_or_else(|| {
        let none = io::Error::new(io::ErrorKind::NotFound, "the kernel has none");
        failed("there is no serial console: name one by console= on the kernel's command line")(
            none,
        )
    })?;
    Terminal::open(&path).map_err(|source| Failure::File { path, source })
}

/// The last of the kernel's consoles that is no screen: `tty0 ttyAMA0` → `/dev/ttyAMA0`.
fn serial(consoles: &str) -> Option<PathBuf> {
    let is_screen = |name: &str| {
        let number = name.strip_prefix("tty");
        number.is_some_and(|number| number.bytes().all(|b| b.is_ascii_digit()))
    };
    let found = consoles.split_whitespace().rfind(|name| !is_screen(name));
    found.map(|name| Path::new("/dev").join(name))
}

/// `None`: the right answer came.
fn ask(
    mut door: Door,
    terminal: &mut Terminal,
    language: Language,
) -> Result<Option<Why>, Failure> {
    let began = Instant::now();
    let mut bytes = [0; 4096];
    challenge(&mut door, terminal, language)?;
    loop {
        let heard = terminal.hear(LOOK, &mut bytes);
        let heard = heard.map_err(failed("the serial console cannot be read"))?;
        match door.hear(began.elapsed(), heard) {
            Heard::Wait => {}
            Heard::Wrong { left } => {
                tracing::warn!(left, "a wrong answer at the service console");
                say(terminal, &words::wrong(left), language)?;
                challenge(&mut door, terminal, language)?;
            }
            Heard::Open => return Ok(None),
            Heard::Shut(why) => return Ok(Some(why)),
        }
    }
}

fn challenge(door: &mut Door, terminal: &mut Terminal, language: Language) -> Result<(), Failure> {
    let mut random = [0; 32];
    getrandom::fill(&mut random).map_err(|error| {
        failed("there is no chance to be had")(io::Error::other(error.to_string()))
    })?;
    // What was typed before is no answer to this.
    terminal.forget_input();
    say(terminal, &words::challenge(&door.ask(random)), language)
}

fn let_in(args: &Service, terminal: &mut Terminal, language: Language) -> Result<(), Failure> {
    // Who cannot be seen does not come in.
    fs::write(&args.open, b"").map_err(|source| Failure::File {
        path: args.open.clone(),
        source,
    })?;
    let began = Instant::now();
    tracing::warn!("the service shell is open");
    // What came behind the answer is no command.
    terminal.forget_input();
    let quiet = Duration::from_secs(args.quiet);
    let ended = say(terminal, &words::open(args.quiet / 60), language)
        .and_then(|()| shell::run(terminal, quiet).map_err(failed("the shell does not run")));
    let seconds = began.elapsed().as_secs();
    let how = ended.as_ref().map_or("by a failure", |ended| ended.text());
    tracing::warn!(seconds, how, "the service shell is closed");
    if let Err(error) = fs::remove_file(&args.open) {
        tracing::error!(%error, "the status says that it is still open");
    }
    match ended? {
        Ended::Left => terminal.take_back(),
        // A terminal that somebody left in whatever state may stand still for ever.
        Ended::Quiet => return Ok(()),
    }
    say(terminal, &words::closed(), language)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_console_that_is_no_screen_is_the_serial_one() {
        for (consoles, found) in [
            ("tty0 ttyAMA0\n", Some("/dev/ttyAMA0")),
            ("ttyS0 ttymxc1 tty0", Some("/dev/ttymxc1")),
            ("tty0\n", None),
            ("tty tty12", None),
            ("", None),
        ] {
            assert_eq!(
                serial(consoles).as_deref(),
                found.map(Path::new),
                "{consoles}"
            );
        }
    }
}
