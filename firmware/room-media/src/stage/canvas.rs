//! A small picture with transparency, and what is drawn on it.

/// Colour with opacity, 0 to 255 each, not multiplied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Colour(pub(super) u8, pub(super) u8, pub(super) u8, pub(super) u8);

impl Colour {
    pub(super) const fn solid(red: u8, green: u8, blue: u8) -> Self {
        Self(red, green, blue, 255)
    }
}

/// RGBA, red, green and blue multiplied by opacity.
#[derive(Clone, Debug)]
pub(super) struct Canvas {
    pub(super) width: u32,
    pub(super) height: u32,
    pub(super) pixels: Vec<[u8; 4]>,
}

/// A rectangle with round corners; with a radius of half its side, a circle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Round {
    pub(super) x: f32,
    pub(super) y: f32,
    pub(super) width: f32,
    pub(super) height: f32,
    pub(super) radius: f32,
}

impl Round {
    /// Share of the pixel at `x`, `y` that is covered.
    pub(super) fn cover(&self, x: u32, y: u32) -> f32 {
        let (half_w, half_h) = (self.width / 2.0, self.height / 2.0);
        let dx = (x as f32 + 0.5 - self.x - half_w).abs() - half_w + self.radius;
        let dy = (y as f32 + 0.5 - self.y - half_h).abs() - half_h + self.radius;
        let outside = dx.max(0.0).hypot(dy.max(0.0));
        let distance = outside + dx.max(dy).min(0.0) - self.radius;
        (0.5 - distance).clamp(0.0, 1.0)
    }
}

impl Canvas {
    /// Transparent.
    pub(super) fn new(width: u32, height: u32) -> Self {
        let size = width as usize * height as usize;
        Self {
            width,
            height,
            pixels: vec![[0; 4]; size],
        }
    }

    /// Opaque, from one colour in the upper left to another in the lower right.
    pub(super) fn gradient(width: u32, height: u32, from: Colour, to: Colour) -> Self {
        let mut canvas = Self::new(width, height);
        let length = (width + height).max(1) as f32;
        for (at, pixel) in (0_u32..).zip(canvas.pixels.iter_mut()) {
            let (x, y) = (at % width.max(1), at / width.max(1));
            // A step of the pattern, or the few shades of a dark gradient show as bands.
            let noise = f32::from(((x * 7 + y * 13) % 16) as u8) / 16.0 - 0.5;
            let part = (x + y) as f32 / length;
            let mix = |a: u8, b: u8| {
                let value = f32::from(a) + (f32::from(b) - f32::from(a)) * part;
                (value + 0.5 + noise).clamp(0.0, 255.0) as u8
            };
            *pixel = [mix(from.0, to.0), mix(from.1, to.1), mix(from.2, to.2), 255];
        }
        canvas
    }

    /// The colour of an opaque canvas; black outside.
    pub(super) fn at(&self, x: u32, y: u32) -> Colour {
        let at = y as usize * self.width as usize + x as usize;
        let pixel = self.pixels.get(at).filter(|_| x < self.width);
        pixel.map_or(Colour::solid(0, 0, 0), |&[r, g, b, _]| {
            Colour::solid(r, g, b)
        })
    }

    /// Puts `colour` over a pixel, as much as `cover` (0 to 1) says. Outside is ignored.
    pub(super) fn dot(&mut self, x: i32, y: i32, colour: Colour, cover: f32) {
        let (Ok(x), Ok(y)) = (u32::try_from(x), u32::try_from(y)) else {
            return;
        };
        if x >= self.width {
            return;
        }
        let at = y as usize * self.width as usize + x as usize;
        if let Some(pixel) = self.pixels.get_mut(at) {
            let alpha = f32::from(colour.3) * cover / 255.0;
            let part = |over: f32, under: u8| {
                (over * alpha + f32::from(under) * (1.0 - alpha)).round() as u8
            };
            *pixel = [
                part(f32::from(colour.0), pixel[0]),
                part(f32::from(colour.1), pixel[1]),
                part(f32::from(colour.2), pixel[2]),
                part(255.0, pixel[3]),
            ];
        }
    }

    pub(super) fn fill(&mut self, shape: Round, colour: Colour) {
        let bound = |value: f32, limit: u32| (value.max(0.0) as u32).min(limit);
        let right = bound(shape.x + shape.width + 1.0, self.width);
        let lower = bound(shape.y + shape.height + 1.0, self.height);
        for y in bound(shape.y - 1.0, self.height)..lower {
            for x in bound(shape.x - 1.0, self.width)..right {
                let cover = shape.cover(x, y);
                if cover > 0.0 {
                    self.dot(x.cast_signed(), y.cast_signed(), colour, cover);
                }
            }
        }
    }

    /// A copy of what lies there; what is outside is left out.
    pub(super) fn part(&self, left: u32, top: u32, width: u32, height: u32) -> Self {
        let mut part = Self::new(width, height);
        let rows = self.pixels.chunks_exact(self.width.max(1) as usize);
        let onto = part.pixels.chunks_exact_mut(width.max(1) as usize);
        for (to, from) in onto.zip(rows.skip(top as usize)) {
            for (to, from) in to.iter_mut().zip(from.iter().skip(left as usize)) {
                *to = *from;
            }
        }
        part
    }

    /// Puts another canvas over this one.
    pub(super) fn put(&mut self, other: &Self, left: u32, top: u32) {
        let (width, inner) = (self.width as usize, other.width.max(1) as usize);
        let rows = self.pixels.chunks_exact_mut(width.max(1));
        let sources = other.pixels.chunks_exact(inner);
        for (row, source) in rows.skip(top as usize).zip(sources) {
            for (pixel, over) in row.iter_mut().skip(left as usize).zip(source) {
                let rest = 255 - u32::from(over[3]);
                for (under, over) in pixel.iter_mut().zip(over) {
                    let sum = u32::from(*over) + (u32::from(*under) * rest + 127) / 255;
                    *under = sum.min(255) as u8;
                }
            }
        }
    }
}
