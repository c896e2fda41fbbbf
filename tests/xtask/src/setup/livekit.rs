//! LiveKit, built by Go from its module.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, places, run};

/// The same as in `salle-stack`. Later ones do not build this way: their go.mod points to
/// forks.
const VERSION: &str = "1.13.5";
/// From this on Go fetches the newer one that LiveKit needs by itself.
const OLDEST_GO: (u32, u32) = (1, 21);

/// Where it goes.
pub fn folder() -> PathBuf {
    places::cache().join(format!("livekit-{VERSION}"))
}

pub fn install() -> Result<()> {
    if is_there() {
        return Ok(());
    }
    let folder = folder();
    check_go()?;
    println!("LiveKit {VERSION}");
    // Go writes the program bit by bit; what is not renamed does not count.
    let part = places::cache().join(format!("livekit-{VERSION}.part"));
    let _ = fs::remove_dir_all(&part);
    build(&part)?;
    let _ = fs::remove_dir_all(&folder);
    fs::rename(&part, &folder).map_err(|e| format!("cannot rename {}: {e}", part.display()))
}

fn build(into: &Path) -> Result<()> {
    fs::create_dir_all(into).map_err(|e| format!("cannot create {}: {e}", into.display()))?;
    let mut go = Command::new("go");
    go.args([
        "install",
        &format!("github.com/livekit/livekit-server/cmd/server@v{VERSION}"),
    ]);
    // Debian's Go is set to `local`, which refuses to fetch the one that is needed.
    go.env("GOBIN", into).env("GOTOOLCHAIN", "auto");
    run::quietly("go install livekit-server, one to five minutes", &mut go)
}

fn is_there() -> bool {
    folder().join("server").exists()
}

/// Whether LiveKit is still to be built and what is there cannot do it: no Go, or one too old to
/// fetch the one it takes.
pub fn lacks_go() -> bool {
    !is_there() && check_go().is_err()
}

fn check_go() -> Result<()> {
    let said = run::output(
        Command::new("go")
            .arg("version")
            .env("GOTOOLCHAIN", "local"),
    );
    judge(said.as_deref())
}

/// What `go version` said, or that there is none.
fn judge(said: Option<&str>) -> Result<()> {
    match said.map(version) {
        Some(Some(found)) if found >= OLDEST_GO => Ok(()),
        Some(_) => Err(advice("Go is too old; 1.21 or newer is needed")),
        None => Err(advice("Go is missing; it builds LiveKit")),
    }
}

fn advice(what: &str) -> String {
    let list = "/etc/apt/sources.list.d/backports.list";
    format!(
        "{what}. On Debian 12:\n  echo 'deb http://deb.debian.org/debian bookworm-backports main' \
         | sudo tee {list}\n  sudo apt-get update && sudo apt-get install -t bookworm-backports \
         golang-go\nor without root from https://go.dev/dl, with its bin folder in PATH."
    )
}

/// `go version go1.23.4 linux/amd64` to (1, 23).
fn version(said: &str) -> Option<(u32, u32)> {
    let number = said
        .split_whitespace()
        .find_map(|word| word.strip_prefix("go1."))?;
    let minor: String = number.chars().take_while(char::is_ascii_digit).collect();
    Some((1, minor.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_go_is_read_in_all_its_forms() {
        for (said, expected) in [
            ("go version go1.19.8 linux/amd64\n", Some((1, 19))),
            ("go version go1.26 linux/arm64\n", Some((1, 26))),
            ("go version go1.27rc1 linux/amd64", Some((1, 27))),
            ("no such thing", None),
        ] {
            assert_eq!(version(said), expected);
        }
        let judged = |said| judge(said).is_ok();
        assert!(judged(Some("go version go1.21.0 linux/amd64")));
        // Debian 12's own counts as little as none.
        assert!(!judged(Some("go version go1.19.8 linux/amd64")) && !judged(None));
    }
}
