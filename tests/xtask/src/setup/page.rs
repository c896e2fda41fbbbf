//! Element Call and the page it runs in, by the script that lies beside that page. It knows
//! by itself whether all is there, and then only takes some milliseconds.

use std::process::Command;

use crate::{Result, places, run};

pub fn install() -> Result<()> {
    let script = places::checkout().join("tests/peers/host/install.sh");
    let mut command = Command::new("sh");
    run::quietly(
        "Element Call from npm, and bundling its page",
        command.arg(&script).env("SALLE_CACHE", places::cache()),
    )
}
