//! What lies over the edge of a tile: round corners, and a ring around who speaks.
//!
//! Only the edge is drawn anew with each picture: the middle would cost too much.

use super::canvas::{Canvas, Colour, Round};
use super::layout::Place;

/// Of a tile's corners, in pixels.
pub(super) const RADIUS: f32 = 14.0;
/// Width of the ring, in pixels; even, as are places.
const RING: u32 = 4;
/// Side of a corner's square: holds the radius; even.
const CORNER: u32 = 16;
const ACCENT: Colour = Colour::solid(112, 150, 255);

/// Canvases with their places within the tile.
pub(super) struct Frame(pub(super) Vec<(Canvas, u32, u32)>);

impl Frame {
    /// For a tile at `place` on `ground`, which shows beside the corners.
    pub(super) fn new(ground: &Canvas, place: Place, ring: bool) -> Self {
        let (right, lower) = (place.width - CORNER, place.height - CORNER);
        let corners = [(0, 0), (right, 0), (0, lower), (right, lower)];
        let mut parts: Vec<_> = corners
            .into_iter()
            .map(|(left, top)| (corner(ground, place, (left, top), ring), left, top))
            .collect();
        if ring {
            let (wide, high) = (place.width - 2 * CORNER, place.height - 2 * CORNER);
            for top in [0, place.height - RING] {
                parts.push((bar(wide, RING), CORNER, top));
            }
            for left in [0, place.width - RING] {
                parts.push((bar(RING, high), left, CORNER));
            }
        }
        Self(parts)
    }
}

fn bar(width: u32, height: u32) -> Canvas {
    Canvas::gradient(width, height, ACCENT, ACCENT)
}

fn corner(ground: &Canvas, place: Place, (left, top): (u32, u32), ring: bool) -> Canvas {
    let mut canvas = Canvas::new(CORNER, CORNER);
    let outer = tile(place, 0.0);
    let inner = tile(place, RING as f32);
    for y in 0..CORNER {
        for x in 0..CORNER {
            let (cover, hole) = (
                outer.cover(left + x, top + y),
                inner.cover(left + x, top + y),
            );
            let dot = (x.cast_signed(), y.cast_signed());
            if ring {
                canvas.dot(dot.0, dot.1, ACCENT, (cover - hole).max(0.0));
            }
            let under = ground.at(place.x + left + x, place.y + top + y);
            canvas.dot(dot.0, dot.1, under, 1.0 - cover);
        }
    }
    canvas
}

/// The tile's shape, `inset` pixels smaller on each side.
fn tile(place: Place, inset: f32) -> Round {
    Round {
        x: inset,
        y: inset,
        width: place.width as f32 - 2.0 * inset,
        height: place.height as f32 - 2.0 * inset,
        radius: RADIUS - inset,
    }
}
