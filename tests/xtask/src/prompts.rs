//! `cargo xtask prompts`: the sounds of what a room says aloud, from their words.
//!
//! espeak-ng speaks them: free, the same on every machine, and the voice many who cannot see know
//! from their screen reader. The sounds are kept in the repository, so that no build needs it.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::{Result, places, setup};

const FOLDER: &str = "firmware/room-media/prompts";
/// Language of the prompts, and the voice that speaks it.
const VOICES: [(&str, &str); 2] = [("en", "en-gb"), ("fr", "fr-fr")];
/// Words per minute; espeak's own 175 is fast for a room.
const PACE: &str = "150";
/// Bits per second, in thousands.
const RATE: &str = "20";

pub fn make() -> Result<()> {
    setup::debian_packages(&["espeak-ng", "opus-tools"])?;
    let folder = places::checkout().join(FOLDER);
    let path = folder.join("words.toml");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let words: toml::Table =
        toml::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    for (name, sentence) in &words {
        for (language, voice) in VOICES {
            let said = sentence.get(language).and_then(toml::Value::as_str);
            let said =
                said.ok_or_else(|| format!("{}: [{name}] has no `{language}`", path.display()))?;
            let to = folder.join(language).join(format!("{name}.opus"));
            speak(said, voice, &to)?;
        }
    }
    println!("{} prompts in {}", words.len(), folder.display());
    Ok(())
}

fn speak(said: &str, voice: &str, to: &Path) -> Result<()> {
    let wrong = |what: &str| format!("{}: {what}", to.display());
    let mut voice = Command::new("espeak-ng")
        .args(["-v", voice, "-s", PACE, "--stdout", said])
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| wrong(&error.to_string()))?;
    let sound = voice.stdout.take().ok_or_else(|| wrong("no sound"))?;
    let encoded = Command::new("opusenc")
        .args([
            "--quiet",
            "--serial",
            "1",
            "--discard-comments",
            "--padding",
            "0",
        ])
        .args(["--bitrate", RATE, "-"])
        .arg(to)
        .stdin(sound)
        .status();
    let spoken = voice.wait().map_err(|error| wrong(&error.to_string()))?;
    match encoded {
        Ok(status) if status.success() && spoken.success() => Ok(()),
        Ok(_) => Err(wrong("espeak-ng or opusenc failed")),
        Err(error) => Err(wrong(&error.to_string())),
    }
}
