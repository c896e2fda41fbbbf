//! The shortest sound settings, for tests of what may follow them.

use crate::Settings;

/// Five lines; what a test adds begins on the sixth.
pub const ROOM: &str =
    "version = 1\n[matrix]\nhomeserver = \"example.org\"\nuser = \"r\"\npassword_file = \"/p\"\n";

pub fn settings(more: &str) -> Settings {
    Settings::parse(&format!("{ROOM}{more}")).unwrap()
}

/// Line and field of each mistake.
pub fn fields(more: &str) -> Vec<(usize, String)> {
    let found = Settings::parse(&format!("{ROOM}{more}")).unwrap_err();
    found.0.into_iter().map(|p| (p.line, p.field)).collect()
}
