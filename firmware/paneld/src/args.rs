//! The command line.

use std::path::PathBuf;
use std::str::FromStr;

use clap::Parser;

/// The room's touch panel.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// Directory where roomd has its sockets.
    #[arg(long, value_name = "DIR", default_value = "/run/salle")]
    pub runtime: PathBuf,
    /// Directory for what is chosen on the panel: theme, language, size of text.
    #[arg(long, value_name = "DIR", default_value = "/var/lib/salle-panel")]
    pub state: PathBuf,
    /// File with the digits that open the settings page; without one the page is open, with one that
    /// cannot be read it stays closed.
    #[arg(long, value_name = "FILE")]
    pub pin_file: Option<PathBuf>,
    /// Size of the window in pixels, e.g. 1280x800; without it the whole display.
    #[arg(long, value_name = "WxH")]
    pub size: Option<Size>,
    /// Draw into memory, for machines without a display.
    #[arg(long)]
    pub headless: bool,
}

/// Width and height in pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size(pub u32, pub u32);

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || format!("“{text}” is no size; write it as 1280x800");
        let (width, height) = text.split_once('x').ok_or_else(wrong)?;
        let pixels = |text: &str| {
            text.parse::<u32>()
                .ok()
                .filter(|n| (320..=8192).contains(n))
        };
        Ok(Self(
            pixels(width).ok_or_else(wrong)?,
            pixels(height).ok_or_else(wrong)?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_size_is_two_numbers_a_display_can_have() {
        assert_eq!("1280x800".parse(), Ok(Size(1280, 800)));
        for wrong in ["1280", "1280x", "0x0", "ax800", "100000x800"] {
            assert!(wrong.parse::<Size>().is_err(), "{wrong}");
        }
    }
}
