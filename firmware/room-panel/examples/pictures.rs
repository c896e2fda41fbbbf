//! Draws every screen in both languages, three themes and three sizes:
//! `cargo run -p room-panel --example pictures -- FOLDER [PART-OF-NAME]`.

#[path = "../tests/common/mod.rs"]
mod common;

use std::error::Error;
use std::fs::File;
use std::path::{Path, PathBuf};

use common::{platform, samples};
use room_messages::api::Language;
use room_panel::Screen;
use room_panel_model::{Choices, Theme};
use slint::{ComponentHandle as _, PhysicalSize, Rgb8Pixel};

const SIZES: [(u32, u32); 3] = [(1280, 800), (800, 480), (800, 1280)];
const THEMES: [(Theme, &str); 3] = [
    (Theme::Light, "light"),
    (Theme::Dark, "dark"),
    (Theme::HighContrast, "contrast"),
];

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let folder = arguments.next().ok_or("give a folder for the pictures")?;
    let folder = PathBuf::from(folder);
    let part = arguments.next().unwrap_or_default();
    let part = part.to_string_lossy();
    std::fs::create_dir_all(&folder)?;
    let window = platform::window();
    let screen = Screen::new(|_| {})?;
    screen.window().show()?;
    for (width, height) in SIZES {
        let size = PhysicalSize::new(width, height);
        window.set_size(size);
        for name in samples::SCREENS {
            for (theme, language, large, label) in styles() {
                let file = format!("{name}-{width}x{height}-{label}.png");
                if !file.contains(&*part) {
                    continue;
                }
                let choices = Choices {
                    theme,
                    language: Some(language),
                    large_text: large,
                };
                let panel = samples::panel(name, choices);
                screen.show(&panel.view(samples::MORNING, samples::PARIS));
                save(&folder.join(file), size, &platform::draw(&window, size))?;
            }
        }
    }
    Ok(())
}

fn styles() -> Vec<(Theme, Language, bool, String)> {
    let languages = [(Language::En, "en"), (Language::Fr, "fr")];
    let mut styles = Vec::new();
    for (theme, theme_name) in THEMES {
        for (language, language_name) in languages {
            let label = format!("{theme_name}-{language_name}");
            styles.push((theme, language, false, label));
        }
    }
    styles.push((Theme::Dark, Language::Fr, true, "large-fr".to_owned()));
    styles
}

fn save(path: &Path, size: PhysicalSize, pixels: &[Rgb8Pixel]) -> Result<(), Box<dyn Error>> {
    let mut encoder = png::Encoder::new(File::create(path)?, size.width, size.height);
    encoder.set_color(png::ColorType::Rgb);
    encoder.set_depth(png::BitDepth::Eight);
    encoder.set_compression(png::Compression::Fast);
    let bytes: Vec<u8> = pixels.iter().flat_map(|p| [p.r, p.g, p.b]).collect();
    encoder.write_header()?.write_image_data(&bytes)?;
    Ok(())
}
