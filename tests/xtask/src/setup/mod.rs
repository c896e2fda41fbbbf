//! Installing what tests and demo need.
//!
//! Invariant: a half-finished installation never counts as done, two set-ups at once do not
//! meet, and when all is there it takes no noticeable time. What may not be installed here
//! is reported all together, each with the command that gets it.

pub mod cyclonedx;
mod livekit;
pub mod oelint;
mod packages;
mod page;
mod python;
mod radicale;
mod synapse;

use std::fs::{self, File};

use crate::{Result, places};

pub use packages::install_more as debian_packages;

/// A name and what installs it.
type Step = (&'static str, fn() -> Result<()>);

pub fn run() -> Result<()> {
    let cache = places::cache();
    fs::create_dir_all(&cache).map_err(|e| format!("cannot create {}: {e}", cache.display()))?;
    let _lock = lock()?;
    // The packages come first: the others need Python, Go and npm from them.
    let steps: [Step; 7] = [
        ("Debian packages", packages::install),
        ("Synapse", synapse::install),
        ("LiveKit", livekit::install),
        ("Radicale", radicale::install),
        ("Element Call", page::install),
        ("oelint-adv", oelint::install),
        ("CycloneDX", cyclonedx::install),
    ];
    let missing: Vec<String> = steps
        .iter()
        .filter_map(|(name, install)| Some(format!("{name}: {}", install().err()?)))
        .collect();
    if missing.is_empty() {
        Ok(())
    } else {
        Err(report(&missing))
    }
}

fn report(missing: &[String]) -> String {
    let mut text = String::from("The set-up is not complete. What is missing:\n");
    for item in missing {
        text.push_str("\n- ");
        text.push_str(&item.trim_end().replace('\n', "\n  "));
        text.push('\n');
    }
    text.push_str("\nThen run the same command again; what is there already stays.");
    text
}

/// Held until the file is closed, also when the process is killed.
fn lock() -> Result<File> {
    let path = places::cache().join("setup.lock");
    let wrong = |error: std::io::Error| format!("cannot lock {}: {error}", path.display());
    let file = File::create(&path).map_err(wrong)?;
    if file.try_lock().is_err() {
        println!("Waiting for another set-up to finish");
        file.lock().map_err(wrong)?;
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_installed_is_what_the_stack_looks_for() {
        let stack = places::checkout().join("tests/stack/src/places.rs");
        let text = fs::read_to_string(stack).unwrap();
        for folder in [synapse::folder(), livekit::folder(), radicale::folder()] {
            let name = folder.file_name().unwrap().to_string_lossy().into_owned();
            assert!(text.contains(&format!("\"{name}\"")), "{name}");
        }
    }

    #[test]
    fn the_report_names_everything_that_is_missing_at_once() {
        let text = report(&[
            "LiveKit: no Go.\nGet it:\n  apt".into(),
            "Element Call: no npm".into(),
        ]);
        assert!(text.contains("- LiveKit: no Go.\n  Get it:\n    apt"));
        assert!(text.contains("- Element Call: no npm"));
    }
}
