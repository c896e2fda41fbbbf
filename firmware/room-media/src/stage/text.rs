//! Text: shaped, with fallback between the bundled fonts, and rasterised.
//!
//! Fonts are Inter (OFL) and, for scripts it lacks, DejaVu Sans; their licences lie beside
//! them. No font of the system is used, so every room shows the same.

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
        let one = style.lines <= 1;
        let wrap = if one { Wrap::None } else { Wrap::WordOrGlyph };
        let limit = EllipsizeHeightLimit::Lines(style.lines.max(1));
        let mut buffer = self.shape(text, style, wrap, Ellipsize::End(limit));
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
