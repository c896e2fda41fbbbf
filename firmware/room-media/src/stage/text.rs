//! Text: shaped, with fallback between the bundled fonts, and rasterised.
//!
//! Fonts are Inter (OFL) and, for scripts it lacks, DejaVu Sans; their licences lie beside
//! them. No font of the system is used, so every room shows the same.

use std::borrow::Cow;
use std::sync::Arc;

use cosmic_text::{
    Attrs, Buffer, Color, Ellipsize, EllipsizeHeightLimit, Family, FontSystem, Metrics, Shaping,
    SwashCache, Weight, Wrap, fontdb,
};

use super::canvas::{Canvas, Colour};

const REGULAR: &[u8] = include_bytes!("../../assets/Inter-Regular.otf");
const STRONG: &[u8] = include_bytes!("../../assets/Inter-SemiBold.otf");
const FALLBACK: &[u8] = include_bytes!("../../assets/DejaVuSans.ttf");
/// Rasterised glyphs kept; more than a few calls' names need.
const MAX_GLYPHS: usize = 4000;

/// How a text looks.
#[derive(Clone, Copy, Debug)]
pub(super) struct Style {
    /// In pixels.
    pub(super) size: f32,
    pub(super) strong: bool,
    pub(super) colour: Colour,
    /// In pixels; what does not fit ends in an ellipsis.
    pub(super) width: u32,
    pub(super) lines: usize,
}

pub(super) struct Writer {
    fonts: FontSystem,
    glyphs: SwashCache,
}

impl Writer {
    pub(super) fn new() -> Self {
        let mut fonts = fontdb::Database::new();
        for font in [REGULAR, STRONG, FALLBACK] {
            fonts.load_font_source(fontdb::Source::Binary(Arc::new(font)));
        }
        fonts.set_sans_serif_family("Inter");
        Self {
            fonts: FontSystem::new_with_locale_and_db("en".into(), fonts),
            glyphs: SwashCache::new(),
        }
    }

    /// Whether all of the text fits, so that [`Writer::write`] need not cut it.
    pub(super) fn fits(&mut self, text: &str, style: Style) -> bool {
        let buffer = self.shape(text, style, Wrap::WordOrGlyph, Ellipsize::None);
        buffer.layout_runs().count() <= style.lines.max(1)
    }

    /// The text on a canvas just large enough.
    pub(super) fn write(&mut self, text: &str, style: Style) -> Canvas {
        if self.glyphs.image_cache.len() > MAX_GLYPHS {
            self.glyphs = SwashCache::new();
        }
        let line = line_height(style);
        let mut buffer = if style.lines <= 1 {
            let cut = Ellipsize::End(EllipsizeHeightLimit::Lines(1));
            self.shape(text, style, Wrap::None, cut)
        } else {
            let text = self.cut(text, style);
            self.shape(&text, style, Wrap::WordOrGlyph, Ellipsize::None)
        };
        let (mut width, mut lines) = (0.0_f32, 0_u32);
        for run in buffer.layout_runs() {
            width = width.max(run.line_w);
            lines += 1;
        }
        let width = (width.ceil() as u32 + 2).min(style.width + 2);
        let mut canvas = Canvas::new(width, lines.max(1) * line as u32);
        let Colour(red, green, blue, _) = style.colour;
        buffer.draw(
            &mut self.fonts,
            &mut self.glyphs,
            Color::rgb(red, green, blue),
            |x, y, w, h, colour| {
                let shown = Colour(colour.r(), colour.g(), colour.b(), colour.a());
                for dy in 0..h.cast_signed() {
                    for dx in 0..w.cast_signed() {
                        canvas.dot(x + dx, y + dy, shown, 1.0);
                    }
                }
            },
        );
        canvas
    }

    /// As much of the text as its lines hold, and an ellipsis. cosmic-text's own begins lines with the
    /// space they were broken at.
    fn cut<'a>(&mut self, text: &'a str, style: Style) -> Cow<'a, str> {
        if self.fits(text, style) {
            return Cow::Borrowed(text);
        }
        let buffer = self.shape(text, style, Wrap::WordOrGlyph, Ellipsize::None);
        let last = buffer.layout_runs().nth(style.lines - 1);
        let end = last.and_then(|run| Some(run.glyphs.last()?.end));
        let mut kept = text.get(..end.unwrap_or_default()).unwrap_or_default();
        loop {
            let cut = format!("{}…", kept.trim_end());
            let mut rest = kept.chars();
            if rest.next_back().is_none() || self.fits(&cut, style) {
                return Cow::Owned(cut);
            }
            kept = rest.as_str();
        }
    }

    fn shape(&mut self, text: &str, style: Style, wrap: Wrap, cut: Ellipsize) -> Buffer {
        let metrics = Metrics::new(style.size.max(1.0), line_height(style));
        let mut buffer = Buffer::new(&mut self.fonts, metrics);
        buffer.set_wrap(wrap);
        buffer.set_ellipsize(cut);
        buffer.set_size(Some(style.width as f32), None);
        let weight = if style.strong {
            Weight::SEMIBOLD
        } else {
            Weight::NORMAL
        };
        let attrs = Attrs::new().family(Family::Name("Inter")).weight(weight);
        buffer.set_text(text, &attrs, Shaping::Advanced, None);
        buffer.shape_until_scroll(&mut self.fonts, false);
        buffer
    }
}

/// In pixels.
fn line_height(style: Style) -> f32 {
    (style.size * 1.3).round().max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    const STYLE: Style = Style {
        size: 46.0,
        strong: true,
        colour: Colour(255, 255, 255, 255),
        width: 0,
        lines: 4,
    };

    const TEXT: &str =
        "The homeserver https://matrix.invalid cannot be reached. It is tried again without end.";

    #[test]
    fn no_line_begins_with_the_space_it_was_broken_at() {
        let mut writer = Writer::new();
        for width in (200..1200).step_by(7) {
            let style = Style { width, ..STYLE };
            let text = writer.cut(TEXT, style);
            let buffer = writer.shape(&text, style, Wrap::WordOrGlyph, Ellipsize::None);
            for run in buffer.layout_runs() {
                let first = run.glyphs.first().unwrap();
                assert_ne!(&text[first.start..first.end], " ", "{width}: {text}");
            }
        }
    }

    #[test]
    fn what_does_not_fit_ends_in_an_ellipsis_on_the_last_line() {
        let mut writer = Writer::new();
        let (narrow, wide) = (
            Style {
                width: 300,
                ..STYLE
            },
            Style {
                width: 1200,
                ..STYLE
            },
        );
        let cut = writer.cut(TEXT, narrow).into_owned();
        assert!(
            cut.ends_with('…') && cut.len() > 20 && TEXT.starts_with(cut.trim_end_matches('…'))
        );
        assert!(writer.fits(&cut, narrow));
        assert_eq!(writer.cut(TEXT, wide), TEXT);
    }
}
