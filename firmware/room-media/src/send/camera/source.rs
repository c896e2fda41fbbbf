//! Where the picture comes from; every source ends in I420 of the wanted size.

use std::path::Path;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_video::VideoInfo;
use room_messages::{Source, VideoFormat, VideoInput};

use super::super::capture::OpenError;
use super::super::source::{Rigged, link};
use super::y4m::Y4m;
use super::{CameraOptions, draw};

/// Adds the source and returns the element that gives I420 of the wanted size.
pub(super) fn add(rigged: &Rigged, options: &CameraOptions) -> Result<gst::Element, OpenError> {
    let format = options.format;
    let raw = match &options.input {
        VideoInput::None => return Err(OpenError::new("camera", "none is named")),
        VideoInput::Board(_) => return Err(OpenError::new("camera", "none is plugged in")),
        VideoInput::Test => return add_test(rigged, options),
        VideoInput::File(path) => add_file(rigged, path)?,
        VideoInput::Device(path) => add_device(rigged, path, format)?,
    };
    let convert = rigged.add("videoconvert")?;
    let scale = rigged.add("videoscale")?;
    scale.set_property("add-borders", true);
    let filter = rigged.add_filter(size_caps(format.width & !1, format.height & !1))?;
    link(&raw, &convert)?;
    link(&convert, &scale)?;
    link(&scale, &filter)?;
    Ok(filter)
}

/// I420 of one size.
pub(super) fn size_caps(width: u32, height: u32) -> gst::Caps {
    gst::Caps::builder("video/x-raw")
        .field("format", "I420")
        .field("width", i32::try_from(width).unwrap_or(i32::MAX))
        .field("height", i32::try_from(height).unwrap_or(i32::MAX))
        .field("pixel-aspect-ratio", gst::Fraction::new(1, 1))
        .build()
}

/// A camera sees full-height colour bars (white, yellow, cyan, green, magenta, red, blue), what is
/// shared is black at the top and white at the bottom; on both a square moves.
fn add_test(rigged: &Rigged, options: &CameraOptions) -> Result<gst::Element, OpenError> {
    let format = options.format;
    let pattern = match options.source {
        Source::ScreenShare => "gradient",
        _ => "smpte100",
    };
    let source = rigged.add("videotestsrc")?;
    source.set_property("is-live", true);
    source.set_property_from_str("pattern", pattern);
    let mut caps = size_caps(format.width & !1, format.height & !1);
    let rate = i32::try_from(format.frames_per_second.clamp(1, 120)).unwrap_or(30);
    caps.make_mut()
        .set("framerate", gst::Fraction::new(rate, 1));
    let filter = rigged.add_filter(caps)?;
    link(&source, &filter)?;
    let pad = filter
        .static_pad("src")
        .ok_or_else(|| OpenError::new("capsfilter", "no pad"))?;
    pad.add_probe(gst::PadProbeType::BUFFER, |pad, probe| {
        let info = pad
            .current_caps()
            .and_then(|caps| VideoInfo::from_caps(&caps).ok());
        if let (Some(info), Some(gst::PadProbeData::Buffer(buffer))) = (info, &mut probe.data) {
            let time = buffer.pts().map_or(0, gst::ClockTime::nseconds);
            draw::moving_square(buffer.make_mut(), &info, time);
        }
        gst::PadProbeReturn::Ok
    });
    Ok(filter)
}

fn add_file(rigged: &Rigged, path: &Path) -> Result<gst::Element, OpenError> {
    let failed = |error| OpenError::new("video file", format!("{}: {error}", path.display()));
    let mut file = Y4m::open(path).map_err(failed)?;
    let caps = file.caps().map_err(failed)?;
    rigged.add_feed(&caps, move || file.next_frame())
}

/// A V4L2 camera in the mode that gives the wanted size at the wanted rate.
fn add_device(
    rigged: &Rigged,
    path: &Path,
    format: VideoFormat,
) -> Result<gst::Element, OpenError> {
    let source = rigged.add("v4l2src")?;
    source.set_property("device", path.to_string_lossy().as_ref());
    // Its modes are known once the device is open.
    source
        .set_state(gst::State::Ready)
        .map_err(|error| OpenError::new("camera", error))?;
    let modes = source
        .static_pad("src")
        .map_or_else(gst::Caps::new_any, |pad| pad.query_caps(None));
    let wanted = mode_caps(&modes, format);
    let compressed = wanted
        .structure(0)
        .is_some_and(|mode| mode.name() == "image/jpeg");
    let filter = rigged.add_filter(wanted)?;
    link(&source, &filter)?;
    if !compressed {
        return Ok(filter);
    }
    let decoder = rigged.add("jpegdec")?;
    link(&filter, &decoder)?;
    Ok(decoder)
}

/// Raw pictures at full rate are best (no decoding); USB 2 cameras have them only for small
/// sizes, and MJPEG for the others. When neither fits, whatever the camera prefers.
fn mode_caps(modes: &gst::CapsRef, format: VideoFormat) -> gst::Caps {
    let wanted = |name: &str, rate: u32| {
        gst::Caps::builder(name.to_owned())
            .field("width", i32::try_from(format.width).unwrap_or(i32::MAX))
            .field("height", i32::try_from(format.height).unwrap_or(i32::MAX))
            .field(
                "framerate",
                gst::FractionRange::new(
                    gst::Fraction::new(i32::try_from(rate).unwrap_or(30), 1),
                    gst::Fraction::new(120, 1),
                ),
            )
            .build()
    };
    let rate = format.frames_per_second.clamp(1, 120);
    // Half the rate is a picture still; 29.97 is not less than 30 to a person.
    let rates = [rate.saturating_sub(1).max(1), (rate / 2).max(1)];
    let names = ["video/x-raw", "image/jpeg"];
    rates
        .into_iter()
        .flat_map(|rate| names.map(|name| wanted(name, rate)))
        .find(|caps| modes.can_intersect(caps))
        .unwrap_or_else(|| modes.intersect(&any_mode()))
}

fn any_mode() -> gst::Caps {
    gst::Caps::builder_full()
        .structure(gst::Structure::new_empty("video/x-raw"))
        .structure(gst::Structure::new_empty("image/jpeg"))
        .build()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn chosen(modes: &str) -> String {
        gst::init().unwrap();
        let modes = gst::Caps::from_str(modes).unwrap();
        let caps = mode_caps(&modes, VideoFormat::default());
        assert!(modes.can_intersect(&caps));
        caps.structure(0).unwrap().name().to_string()
    }

    #[test]
    fn raw_pictures_are_taken_at_full_rate_and_mjpeg_where_they_are_too_slow() {
        let slow = "video/x-raw,format=YUY2,width=1280,height=720,framerate=10/1";
        let jpeg = "image/jpeg,width=1280,height=720,framerate={30/1,15/1}";
        let fast = "video/x-raw,format=NV12,width=1280,height=720,framerate=30/1";
        assert_eq!(chosen(&format!("{slow};{jpeg}")), "image/jpeg");
        assert_eq!(chosen(&format!("{jpeg};{fast}")), "video/x-raw");
        assert_eq!(
            chosen("video/x-raw,format=YUY2,width=640,height=480"),
            "video/x-raw"
        );
    }
}
