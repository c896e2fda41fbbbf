//! A square that moves over the test picture, so that a frozen picture is seen to be frozen.
//! It stays in the lowest eighth: the colour bars above it are for receivers to recognise.

use gstreamer as gst;
use gstreamer_video::VideoFrameRef;
use gstreamer_video::prelude::*;

/// A way across the picture takes this long.
const CROSSING_NS: u64 = 4_000_000_000;

/// Draws the square into an I420 picture taken at `time_ns`.
pub(super) fn moving_square(
    buffer: &mut gst::BufferRef,
    info: &gstreamer_video::VideoInfo,
    time_ns: u64,
) {
    let Ok(mut frame) = VideoFrameRef::from_buffer_ref_writable(buffer, info) else {
        return;
    };
    for (plane, value) in [(0, 16), (1, 128), (2, 128)] {
        let width = frame.comp_width(plane) as usize;
        let height = frame.comp_height(plane) as usize;
        let stride = frame.plane_stride().get(plane as usize).copied();
        let (Some(stride), Ok(data)) = (stride, frame.plane_data_mut(plane)) else {
            return;
        };
        paint(
            data,
            stride.unsigned_abs() as usize,
            width,
            height,
            time_ns,
            value,
        );
    }
}

fn paint(data: &mut [u8], stride: usize, width: usize, height: usize, time_ns: u64, value: u8) {
    let side = (height / 8).min(width);
    let way = (width - side) as u64;
    let left = (way * (time_ns % CROSSING_NS) / CROSSING_NS) as usize;
    let rows = data
        .chunks_mut(stride.max(1))
        .take(height)
        .skip(height - side);
    for row in rows {
        if let Some(part) = row.get_mut(left..left + side) {
            part.fill(value);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_square_moves_and_leaves_the_bars_alone() {
        let picture = |time_ns| {
            let mut data = vec![200; 64 * 40];
            paint(&mut data, 64, 60, 40, time_ns, 16);
            data
        };
        let (start, later) = (picture(0), picture(CROSSING_NS / 2));
        assert_ne!(start, later);
        assert_eq!(start.iter().filter(|value| **value == 16).count(), 25);
        assert!(start[..64 * 35].iter().all(|value| *value == 200));
    }

    #[test]
    fn strange_sizes_do_no_harm() {
        for (stride, width, height) in [(0, 0, 0), (1, 8, 8), (8, 8, 0), (4, 100, 100)] {
            paint(&mut [0; 64], stride, width, height, u64::MAX, 1);
        }
    }
}
