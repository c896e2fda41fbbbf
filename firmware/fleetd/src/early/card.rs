//! Whose a graphics card is, for udev: the touch panel's belongs to the compositor alone.

use std::io::Write;
use std::path::Path;

use super::profile::{self, PROFILES};
use crate::args::Card;
use crate::outcome::Failure;

pub fn run(args: &Card) -> Result<(), Failure> {
    let profile = profile::of(&profile::tree(), Path::new(PROFILES));
    let panels = profile.is_some_and(|profile| board_linux::is_panels_card(&profile, &args.card));
    let word = if panels { "panel" } else { "stage" };
    let written = writeln!(std::io::stdout(), "{word}");
    written.map_err(|source| Failure::Start {
        what: "the answer cannot be written",
        source,
    })
}
