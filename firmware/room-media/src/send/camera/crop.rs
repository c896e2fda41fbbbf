//! Cuts the wanted part out of the camera's picture and brings it to full size.

use gstreamer as gst;
use gstreamer::prelude::*;
use room_messages::VideoFormat;
use room_messages::api::View;

use super::super::capture::OpenError;
use super::super::source::{Rigged, link};
use super::source::size_caps;

/// The part of the running pipeline that cuts.
pub(super) struct Crop {
    cutter: gst::Element,
    size: (u32, u32),
}

impl Crop {
    /// Adds it behind `above`, which gives pictures of `format`'s size, and returns the element
    /// that gives the part in that size.
    pub fn add(
        rigged: &Rigged,
        above: &gst::Element,
        format: VideoFormat,
        view: View,
    ) -> Result<(Self, gst::Element), OpenError> {
        let size = (format.width & !1, format.height & !1);
        let cutter = rigged.add("videocrop")?;
        let scale = rigged.add("videoscale")?;
        // A part is a pixel off the shape at most: bars would be wider than that.
        scale.set_property("add-borders", false);
        let filter = rigged.add_filter(size_caps(size.0, size.1))?;
        link(above, &cutter)?;
        link(&cutter, &scale)?;
        link(&scale, &filter)?;
        let crop = Self { cutter, size };
        crop.look(view);
        Ok((crop, filter))
    }

    /// Shows this part from the next picture on.
    pub fn look(&self, view: View) {
        let (left, right) = cut(self.size.0, view.zoom, i32::from(view.pan));
        // Pictures begin at the top.
        let (top, bottom) = cut(self.size.1, view.zoom, -i32::from(view.tilt));
        for (side, pixels) in [
            ("left", left),
            ("right", right),
            ("top", top),
            ("bottom", bottom),
        ] {
            self.cutter.set_property(side, pixels);
        }
    }
}

/// Pixels cut off before and behind, both even, as 4:2:0 pictures need.
fn cut(side: u32, zoom: u16, place: i32) -> (i32, i32) {
    let side = i32::try_from(side).unwrap_or(i32::MAX / 1000);
    let shown = (side * 100 / i32::from(zoom.clamp(100, 400))).max(2) & !1;
    let hidden = side - shown;
    let before = (hidden * (1000 + place.clamp(-1000, 1000)) / 2000) & !1;
    (before, hidden - before)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_view_is_even_inside_and_as_large_as_its_zoom_says() {
        for side in [2, 90, 720, 1280, 1920] {
            for zoom in [0, 100, 144, 250, 400, u16::MAX] {
                for place in [-5000, -1000, -333, 0, 1, 1000] {
                    let (before, behind) = cut(side, zoom, place);
                    assert!(before >= 0 && behind >= 0);
                    assert_eq!((before % 2, behind % 2), (0, 0));
                    assert!(before + behind < side.cast_signed());
                }
            }
        }
        assert_eq!(cut(1280, 100, 1000), (0, 0));
        assert_eq!(cut(1280, 400, 0), (480, 480));
        assert_eq!(cut(1280, 400, -1000), (0, 960));
        assert_eq!(cut(1280, 400, 1000), (960, 0));
    }
}
