//! Sizes, rates and names of simulcast layers, as Element Call publishes them.

use room_messages::VideoFormat;

/// LiveKit's names of layers, smallest first.
pub const RIDS: [&str; 3] = ["q", "h", "f"];

/// Pixels of a picture and the bits per second a good VP8 picture of that size takes.
const RATES: [(u64, u64); 5] = [
    (0, 30_000),
    (320 * 180, 160_000),
    (640 * 360, 450_000),
    (1280 * 720, 1_700_000),
    (1920 * 1080, 3_000_000),
];

/// One simulcast layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Layer {
    /// LiveKit's name; `None` when there is only one layer.
    pub rid: Option<&'static str>,
    pub width: u32,
    pub height: u32,
    pub frames_per_second: u32,
    /// Bits per second at most.
    pub bitrate: u32,
}

/// Layers of a format, smallest first, each half the size of the next. `low_frames_per_second`
/// limits all but the largest. Sizes are even; layers that would be smaller than 64 pixels on a
/// side are left out.
#[must_use]
pub fn layers(format: VideoFormat, low_frames_per_second: u32) -> Vec<Layer> {
    let count = u32::from(format.layers.clamp(1, 3));
    let top = format.frames_per_second.clamp(1, 120);
    let sizes: Vec<(u32, u32)> = (0..count)
        .rev()
        .map(|halvings| {
            (
                even(format.width >> halvings),
                even(format.height >> halvings),
            )
        })
        .filter(|(width, height)| (*width >= 64 && *height >= 64) || count == 1)
        .collect();
    let sizes = if sizes.is_empty() {
        vec![(even(format.width.max(16)), even(format.height.max(16)))]
    } else {
        sizes
    };
    let last = sizes.len() - 1;
    let named = sizes.into_iter().zip(RIDS).enumerate();
    named
        .map(|(place, ((width, height), rid))| Layer {
            rid: (last > 0).then_some(rid),
            width,
            height,
            frames_per_second: if place == last {
                top
            } else {
                top.min(low_frames_per_second.max(1))
            },
            bitrate: bitrate(width, height),
        })
        .collect()
}

/// Frame rate of the lower layers: 20 when there are three, as Element Call does, else as the
/// largest.
#[must_use]
pub fn low_frames_per_second(format: VideoFormat) -> u32 {
    if format.layers >= 3 {
        format.frames_per_second.min(20)
    } else {
        format.frames_per_second
    }
}

fn even(side: u32) -> u32 {
    side & !1
}

/// Interpolated between the table's rows; the last row is the most.
fn bitrate(width: u32, height: u32) -> u32 {
    let pixels = u64::from(width) * u64::from(height);
    let between = RATES.windows(2).find_map(|rows| match rows {
        &[(below, slow), (above, fast)] if pixels <= above => {
            Some(slow + (fast - slow) * (pixels - below) / (above - below))
        }
        _ => None,
    });
    // The table's rates fit easily.
    between.unwrap_or(3_000_000) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn format(width: u32, height: u32, layers: u8) -> VideoFormat {
        VideoFormat {
            width,
            height,
            frames_per_second: 30,
            layers,
        }
    }

    #[test]
    fn three_layers_of_720p_are_those_of_element_call() {
        let layers = layers(format(1280, 720, 3), 20);
        let figures: Vec<_> = layers
            .iter()
            .map(|l| (l.rid, l.width, l.height, l.frames_per_second, l.bitrate))
            .collect();
        assert_eq!(
            figures,
            [
                (Some("q"), 320, 180, 20, 160_000),
                (Some("h"), 640, 360, 20, 450_000),
                (Some("f"), 1280, 720, 30, 1_700_000),
            ]
        );
    }

    #[test]
    fn a_single_layer_has_no_name_and_strange_formats_still_have_one() {
        assert_eq!(layers(format(640, 360, 1), 20)[0].rid, None);
        assert_eq!(layers(format(640, 360, 1), 20)[0].frames_per_second, 30);
        for (width, height, count) in [(0, 0, 0), (1, 1, 9), (63, 4000, 3), (u32::MAX, 2, 3)] {
            let layers = layers(format(width, height, count), 0);
            assert!(!layers.is_empty());
            assert!(
                layers
                    .iter()
                    .all(|l| l.width % 2 == 0 && l.frames_per_second > 0)
            );
        }
        assert_eq!(layers(format(200, 120, 3), 20).len(), 1);
    }

    #[test]
    fn two_layers_keep_the_full_frame_rate() {
        assert_eq!(low_frames_per_second(format(640, 360, 2)), 30);
        assert_eq!(low_frames_per_second(format(1280, 720, 3)), 20);
    }
}
