//! What a display shows, as a file to look at and as a number of what is on it.

use std::collections::HashMap;
use std::fs::File;
use std::io::BufReader;
use std::path::Path;

use serde_json::{Value, json};

use crate::{Error, Qmp, Result};

/// The least brightness of writing, of 255.
const BRIGHT: u8 = 160;
/// Of each colour; less is no other picture.
const NOTICEABLE: u8 = 24;

/// A stage covers more of a picture than this, in thousandths: it is no flat colour anywhere, and the
/// kernel's own writing is much less.
const STAGE: usize = 300;

/// One picture of a display.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Picture {
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// Of the device with this identifier, or of the board's first; kept as `to` too. `None`: it
    /// shows nothing yet.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn take(qmp: &mut Qmp, device: Option<&str>, to: &Path) -> Result<Option<Self>> {
        let mut order = json!({ "filename": to, "format": "png" });
        if let (Some(device), Value::Object(order)) = (device, &mut order) {
            order.insert("device".to_owned(), device.into());
        }
        match qmp.order("screendump", &order) {
            Ok(_) => Ok(Self::read(to)),
            Err(Error::Answer(..)) => Ok(None),
            Err(other) => Err(other),
        }
    }

    fn read(from: &Path) -> Option<Self> {
        let decoder = png::Decoder::new(BufReader::new(File::open(from).ok()?));
        let mut reader = decoder.read_info().ok()?;
        let mut bytes = vec![0; reader.output_buffer_size()?];
        let about = reader.next_frame(&mut bytes).ok()?;
        let pixels = bytes.chunks(about.color_type.samples());
        let pixels = pixels.filter_map(|pixel| pixel.first_chunk().copied());
        Some(Self {
            pixels: pixels.collect(),
        })
    }

    /// How much of it is bright, in thousandths.
    #[must_use]
    pub fn bright(&self) -> usize {
        self.share(
            self.pixels
                .iter()
                .filter(|pixel| pixel[1] >= BRIGHT)
                .count(),
        )
    }

    /// How much of it is not of the colour that most of it has, in thousandths.
    #[must_use]
    pub fn drawn(&self) -> usize {
        let mut colours: HashMap<[u8; 3], usize> = HashMap::new();
        for pixel in &self.pixels {
            *colours.entry(*pixel).or_default() += 1;
        }
        let ground = colours.into_values().max().unwrap_or_default();
        self.share(self.pixels.len() - ground)
    }

    /// Whether a stage is on it, whatever it says.
    #[must_use]
    pub fn is_stage(&self) -> bool {
        self.drawn() > STAGE
    }

    /// How much of it is another colour than in the other, in thousandths.
    #[must_use]
    pub fn differs(&self, other: &Self) -> usize {
        let pairs = self.pixels.iter().zip(&other.pixels);
        let other = pairs.filter(|(one, two)| {
            let mut colours = one.iter().zip(*two);
            colours.any(|(one, two)| one.abs_diff(*two) > NOTICEABLE)
        });
        self.share(other.count())
    }

    fn share(&self, pixels: usize) -> usize {
        pixels * 1000 / self.pixels.len().max(1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pictures_are_compared_by_what_a_person_sees() {
        let picture = |colours: [u8; 4]| Picture {
            pixels: colours.map(|colour| [colour; 3]).to_vec(),
        };
        let one = picture([0, 0, 0, 200]);
        assert_eq!((one.bright(), one.drawn()), (250, 250));
        assert_eq!(one.differs(&picture([10, 0, 200, 200])), 250);
    }
}
