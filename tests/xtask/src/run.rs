//! Running other programs: quietly with signs of life, or in full view.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::claim::claim;
use crate::{Result, places};

/// How often a long step says that it is still at it.
const SIGN_OF_LIFE: Duration = Duration::from_secs(10);
/// What is quicker is not worth a word.
const NOTICEABLE: Duration = Duration::from_millis(500);

/// Runs a program with its output in a log. Says what it does and that it still does it, but
/// only when it takes noticeable time; shows the end of the log when it fails.
pub fn quietly(what: &str, command: &mut Command) -> Result<()> {
    let log = log_file(what)?;
    let mut child = spawn(what, command, &log)?;
    let mut signs = Signs::new(what);
    let status = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) => std::thread::sleep(Duration::from_millis(20)),
            Err(error) => return Err(format!("{what}: {error}")),
        }
        signs.give();
    };
    signs.end(status.success());
    if status.success() {
        return Ok(());
    }
    Err(format!(
        "{what} failed ({status}). The end of {}:\n{}",
        log.display(),
        tail(&log)
    ))
}

/// Signs of life of a step.
struct Signs<'a> {
    what: &'a str,
    started: Instant,
    next: Duration,
}

impl<'a> Signs<'a> {
    fn new(what: &'a str) -> Self {
        Self {
            what,
            started: Instant::now(),
            next: NOTICEABLE,
        }
    }

    fn give(&mut self) {
        let elapsed = self.started.elapsed();
        if elapsed < self.next {
            return;
        }
        if self.next == NOTICEABLE {
            println!("  {}", self.what);
            self.next = SIGN_OF_LIFE;
        } else {
            println!("  … {} s", elapsed.as_secs());
            self.next = elapsed + SIGN_OF_LIFE;
        }
    }

    fn end(&self, well: bool) {
        if well && self.next != NOTICEABLE {
            println!("  done in {:.1} s", self.started.elapsed().as_secs_f32());
        }
    }
}

/// What a program prints, if it succeeds.
pub fn output(command: &mut Command) -> Option<String> {
    let output = command
        .stderr(Stdio::null())
        .stdin(Stdio::null())
        .output()
        .ok()?;
    output
        .status
        .success()
        .then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// `cargo` as this was called with, in the checkout, building to the shared folder.
pub fn cargo(arguments: &[&str]) -> Command {
    if let Err(error) = claim(&places::target(), &places::checkout()) {
        eprintln!("What another checkout built may be taken for this one's: {error}");
    }
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command
        .args(arguments)
        .current_dir(places::checkout())
        .env("CARGO_TARGET_DIR", places::target());
    command
}

fn log_file(what: &str) -> Result<std::path::PathBuf> {
    let folder = places::cache().join("logs");
    std::fs::create_dir_all(&folder)
        .map_err(|e| format!("cannot create {}: {e}", folder.display()))?;
    let name: String = what
        .chars()
        .map(|c| if c.is_ascii_alphanumeric() { c } else { '-' })
        .collect();
    Ok(folder.join(name.to_lowercase() + ".log"))
}

fn spawn(what: &str, command: &mut Command, log: &Path) -> Result<std::process::Child> {
    let wrong = |error: std::io::Error| format!("{what}: {error}");
    let out = File::create(log).map_err(wrong)?;
    let err = out.try_clone().map_err(wrong)?;
    command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .map_err(wrong)
}

fn tail(path: &Path) -> String {
    let mut bytes = Vec::new();
    // An unreadable log is an empty one: the caller's message stands by itself.
    let _ = File::open(path).and_then(|mut file| file.read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes);
    let lines: Vec<&str> = text.lines().collect();
    let from = lines.len().saturating_sub(20);
    lines.get(from..).unwrap_or_default().join("\n")
}
