//! Pictures of screens: drawn, made small, kept and compared.

use std::fs::{self, File};
use std::io::BufReader;
use std::path::Path;
use std::rc::Rc;

use room_messages::api::Language;
use room_panel::Screen;
use room_panel_model::{Choices, Theme};
use slint::platform::software_renderer::MinimalSoftwareWindow;
use slint::{ComponentHandle as _, PhysicalSize};

use super::{platform, samples};

const THEMES: [(Theme, &str); 3] = [
    (Theme::Light, "light"),
    (Theme::Dark, "dark"),
    (Theme::HighContrast, "contrast"),
];
/// A kept picture has this part of each side: every size of panel divides by it.
const PART: u32 = 5;
/// Levels of a colour that are kept as one: what nobody sees is not kept, nor takes room.
const LEVELS: u8 = 8;

/// How a screen is shown.
pub struct Style {
    pub label: String,
    choices: Choices,
}

/// Both languages in three themes, and the longest texts large.
pub fn styles() -> Vec<Style> {
    let mut styles = Vec::new();
    for (theme, name) in THEMES {
        styles.push(style(theme, Language::En, false, format!("{name}-en")));
        styles.push(style(theme, Language::Fr, false, format!("{name}-fr")));
    }
    styles.push(style(
        Theme::Dark,
        Language::Fr,
        true,
        "large-fr".to_owned(),
    ));
    styles
}

fn style(theme: Theme, language: Language, large_text: bool, label: String) -> Style {
    let choices = Choices {
        theme,
        language: Some(language),
        large_text,
    };
    Style { label, choices }
}

/// A panel of one size.
pub struct Gallery {
    window: Rc<MinimalSoftwareWindow>,
    screen: Screen,
    size: PhysicalSize,
}

impl Gallery {
    /// Once a thread.
    pub fn open(width: u32, height: u32) -> Self {
        let window = platform::still_window();
        let screen = Screen::new(|_| {}).unwrap();
        screen.window().show().unwrap();
        let size = PhysicalSize::new(width, height);
        window.set_size(size);
        Self {
            window,
            screen,
            size,
        }
    }

    pub fn draw(&self, name: &str, style: &Style) -> Picture {
        let panel = samples::panel(name, style.choices);
        self.screen
            .show(&panel.view(samples::MORNING, samples::PARIS));
        let pixels = platform::draw(&self.window, self.size);
        Picture {
            width: self.size.width,
            height: self.size.height,
            pixels: pixels.iter().map(|p| [p.r, p.g, p.b]).collect(),
        }
    }
}

/// Red, green and blue, row by row.
pub struct Picture {
    width: u32,
    height: u32,
    pixels: Vec<[u8; 3]>,
}

impl Picture {
    /// Each side a fifth as long, each colour the mean of what it stands for.
    pub fn fifth(&self) -> Self {
        let (width, height) = (self.width / PART, self.height / PART);
        let places = (0..height).flat_map(|y| (0..width).map(move |x| (x * PART, y * PART)));
        let pixels = places.map(|(x, y)| self.mean(x, y)).collect();
        Self {
            width,
            height,
            pixels,
        }
    }

    fn mean(&self, left: u32, top: u32) -> [u8; 3] {
        let mut sums = [0_u32; 3];
        for y in top..top + PART {
            for x in left..left + PART {
                let pixel = self.pixels[(y * self.width + x) as usize];
                sums.iter_mut()
                    .zip(pixel)
                    .for_each(|(sum, of)| *sum += u32::from(of));
            }
        }
        sums.map(|sum| (sum / (PART * PART)) as u8 / LEVELS * LEVELS)
    }

    /// Pictures of one size beside one another.
    pub fn side_by_side(parts: impl Iterator<Item = Self>) -> Self {
        let parts: Vec<_> = parts.collect();
        let (width, height) = (parts[0].width, parts[0].height);
        let rows = (0..height).flat_map(|y| parts.iter().map(move |part| (part, y)));
        let pixels = rows.flat_map(|(part, y)| {
            let begin = (y * width) as usize;
            part.pixels[begin..begin + width as usize].iter().copied()
        });
        Self {
            width: width * parts.len() as u32,
            height,
            pixels: pixels.collect(),
        }
    }

    /// Whether anybody would see it. A colour on the edge of two levels may fall on either.
    pub fn differs(&self, other: &Self) -> bool {
        let far = |(one, two): (&[u8; 3], &[u8; 3])| {
            let mut colours = one.iter().zip(two);
            colours.any(|(one, two)| one.abs_diff(*two) > LEVELS)
        };
        (self.width, self.height) != (other.width, other.height)
            || self.pixels.iter().zip(&other.pixels).any(far)
    }

    pub fn read(from: &Path) -> Option<Self> {
        let decoder = png::Decoder::new(BufReader::new(File::open(from).ok()?));
        let mut reader = decoder.read_info().ok()?;
        let mut bytes = vec![0; reader.output_buffer_size()?];
        let about = reader.next_frame(&mut bytes).ok()?;
        let (pixels, _) = bytes.as_chunks();
        Some(Self {
            width: about.width,
            height: about.height,
            pixels: pixels.to_vec(),
        })
    }

    pub fn save(&self, to: &Path) {
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        let mut encoder = png::Encoder::new(File::create(to).unwrap(), self.width, self.height);
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.set_compression(png::Compression::High);
        let mut writer = encoder.write_header().unwrap();
        writer.write_image_data(self.pixels.as_flattened()).unwrap();
    }
}
