//! SHA-256, of files and of what a step is made from.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::Result;

/// Of one file, in hexadecimal.
pub fn of_file(path: &Path) -> Result<String> {
    let output = Command::new("sha256sum").arg(path).output();
    let output = output.map_err(|e| format!("sha256sum: {e}"))?;
    first_word(&output.stdout).ok_or_else(|| format!("cannot read {}", path.display()))
}

/// Names a step's result: changes when any of its inputs does. Short enough for a folder.
pub fn key(inputs: &[&[u8]]) -> Result<String> {
    let mut text = Vec::new();
    for input in inputs {
        // With its length, so that no two lists of inputs read the same.
        text.extend_from_slice(format!("{}:", input.len()).as_bytes());
        text.extend_from_slice(input);
    }
    let mut long = of_bytes(&text)?;
    long.truncate(16);
    Ok(long)
}

/// Of bytes, in hexadecimal.
pub fn of_bytes(bytes: &[u8]) -> Result<String> {
    let wrong = |e: std::io::Error| format!("sha256sum: {e}");
    let mut child = Command::new("sha256sum")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(wrong)?;
    if let Some(mut input) = child.stdin.take() {
        input.write_all(bytes).map_err(wrong)?;
    }
    let output = child.wait_with_output().map_err(wrong)?;
    first_word(&output.stdout).ok_or_else(|| "sha256sum says nothing".to_owned())
}

fn first_word(said: &[u8]) -> Option<String> {
    let said = String::from_utf8_lossy(said);
    let word = said.split_whitespace().next()?;
    (word.len() == 64).then(|| word.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_tells_apart_what_is_divided_differently() {
        let one = key(&[b"ab", b"c"]).unwrap();
        let other = key(&[b"a", b"bc"]).unwrap();
        assert_ne!(one, other);
        assert_eq!(one.len(), 16);
    }
}
