//! Small signs, drawn from shapes: the bundled fonts have none.

use super::canvas::{Canvas, Colour};

type Point = (f32, f32);

/// A microphone crossed out, `side` pixels wide and high.
pub(super) fn microphone_off(side: u32, colour: Colour) -> Canvas {
    let mut canvas = Canvas::new(side, side);
    let scale = side.max(1) as f32;
    for y in 0..side {
        for x in 0..side {
            let point = ((x as f32 + 0.5) / scale, (y as f32 + 0.5) / scale);
            let cover = (0.5 - crossed(point) * scale).clamp(0.0, 1.0);
            canvas.dot(x.cast_signed(), y.cast_signed(), colour, cover);
        }
    }
    canvas
}

/// Distance from the sign's edge in a square of side 1, negative inside.
fn crossed(point: Point) -> f32 {
    let middle = distance(point, (0.5, 0.24), (0.5, 0.46));
    let below = if point.1 < 0.46 { 1.0 } else { 0.0 };
    let bow = ((middle - 0.28).abs() - 0.045).max(below);
    let stem = distance(point, (0.5, 0.78), (0.5, 0.93)) - 0.045;
    let stroke = distance(point, (0.13, 0.1), (0.87, 0.92));
    let microphone = (middle - 0.16).min(bow).min(stem);
    // A gap beside the stroke, or both would be one blot.
    microphone.max(0.13 - stroke).min(stroke - 0.05)
}

/// Between a point and a line from `a` to `b`.
fn distance(point: Point, a: Point, b: Point) -> f32 {
    let (px, py) = (point.0 - a.0, point.1 - a.1);
    let (bx, by) = (b.0 - a.0, b.1 - a.1);
    let along = ((px * bx + py * by) / (bx * bx + by * by)).clamp(0.0, 1.0);
    (px - bx * along).hypot(py - by * along)
}
