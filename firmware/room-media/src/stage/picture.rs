//! The stage's picture: one I420 frame that is drawn on again and again.
//!
//! Colours are taken as BT.601 on both sides, as WebRTC's encoders make them, so pictures are
//! scaled but never converted.

use std::sync::LazyLock;

use gstreamer as gst;
use gstreamer_video as gst_video;
use gstreamer_video::prelude::*;
use gstreamer_video::{
    VideoColorimetry, VideoConverter, VideoConverterConfig, VideoFormat, VideoFrame, VideoInfo,
};

use super::StageError;
use super::canvas::Canvas;
use super::layout::Place;
use super::slot::Shot;

static COLOURS: LazyLock<Option<VideoColorimetry>> =
    LazyLock::new(|| "bt601".parse::<VideoColorimetry>().ok());

fn info(width: u32, height: u32) -> Result<VideoInfo, StageError> {
    let mut builder = VideoInfo::builder(VideoFormat::I420, width, height);
    if let Some(colours) = COLOURS.as_ref() {
        builder = builder.colorimetry(colours);
    }
    builder
        .fps(gst::Fraction::new(0, 1))
        .build()
        .map_err(StageError::Picture)
}

pub(super) struct Picture {
    pub(super) info: VideoInfo,
    frame: Option<VideoFrame<gst_video::video_frame::Writable>>,
}

/// Scales pictures of one size into one place.
pub(super) struct Scaler {
    converter: VideoConverter,
    from: (u32, u32),
}

impl Scaler {
    pub(super) fn new(from: (u32, u32), onto: &Picture, place: Place) -> Result<Self, StageError> {
        let mut config = VideoConverterConfig::new();
        config.set_dest_x(place.x.cast_signed());
        config.set_dest_y(place.y.cast_signed());
        config.set_dest_width(Some(place.width.cast_signed()));
        config.set_dest_height(Some(place.height.cast_signed()));
        config.set_fill_border(false);
        config.set_matrix_mode(gst_video::VideoMatrixMode::None);
        config.set_resampler_method(gst_video::VideoResamplerMethod::Linear);
        config.set_threads(1);
        let converter = VideoConverter::new(&info(from.0, from.1)?, &onto.info, Some(config))
            .map_err(StageError::Picture)?;
        Ok(Self { converter, from })
    }

    pub(super) fn fits(&self, shot: &Shot) -> bool {
        self.from == (shot.info.width(), shot.info.height())
    }
}

impl Picture {
    /// Black.
    pub(super) fn new(width: u32, height: u32) -> Result<Self, StageError> {
        let info = info(width, height)?;
        let mut bytes = vec![128; info.size()];
        if let Some(luma) = bytes.get_mut(..width as usize * height as usize) {
            luma.fill(16);
        }
        let buffer = gst::Buffer::from_mut_slice(bytes);
        let frame =
            VideoFrame::from_buffer_writable(buffer, &info).map_err(|_| StageError::Memory)?;
        Ok(Self {
            info,
            frame: Some(frame),
        })
    }

    /// Draws a video picture where the scaler puts it.
    pub(super) fn draw(&mut self, shot: &Shot, scaler: &Scaler) -> Result<(), StageError> {
        let source = VideoFrame::from_buffer_readable(shot.buffer.clone(), &shot.info)
            .map_err(|_| StageError::Memory)?;
        let target = self.frame.as_mut().ok_or(StageError::Memory)?;
        scaler.converter.frame(&source, target);
        Ok(())
    }

    /// Puts a canvas over the picture; `left` and `top` are made even.
    pub(super) fn put(&mut self, canvas: &Canvas, left: u32, top: u32) {
        let Some(frame) = &mut self.frame else {
            return;
        };
        let (left, top) = (left as usize & !1, top as usize & !1);
        let strides: Vec<usize> = frame
            .plane_stride()
            .iter()
            .map(|stride| usize::try_from(*stride).unwrap_or(0))
            .collect();
        let [luma, blue, red, _] = frame.planes_data_mut();
        let (Some(&wide), Some(&half)) = (strides.first(), strides.get(1)) else {
            return;
        };
        put_luma(canvas, luma, wide, left, top);
        put_chroma(canvas, blue, half, left / 2, top / 2, [-38, -74, 112]);
        put_chroma(canvas, red, half, left / 2, top / 2, [112, -94, -18]);
    }

    /// A copy of the picture, to be shown elsewhere.
    pub(super) fn copy(&self) -> Result<gst::Buffer, StageError> {
        let frame = self.frame.as_ref().ok_or(StageError::Memory)?;
        frame.buffer().copy_deep().map_err(StageError::Picture)
    }

    /// Red, green and blue, row by row.
    pub(super) fn rgb(&self) -> Vec<u8> {
        let Some(frame) = &self.frame else {
            return Vec::new();
        };
        let (width, height) = (self.info.width() as usize, self.info.height() as usize);
        let [luma, blue, red, _] = frame.planes_data();
        let stride = |plane: usize| {
            let stride = frame.plane_stride().get(plane).copied().unwrap_or(0);
            usize::try_from(stride).unwrap_or(0)
        };
        let (wide, half) = (stride(0), stride(1));
        let at = |plane: &[u8], at: usize| i32::from(plane.get(at).copied().unwrap_or(128));
        let mut out = Vec::with_capacity(3 * width * height);
        for y in 0..height {
            for x in 0..width {
                let chroma = y / 2 * half + x / 2;
                let luma = 298 * (at(luma, y * wide + x) - 16) + 128;
                let (b, r) = (at(blue, chroma) - 128, at(red, chroma) - 128);
                let all = [luma + 409 * r, luma - 100 * b - 208 * r, luma + 516 * b];
                out.extend(all.map(|value| (value >> 8).clamp(0, 255) as u8));
            }
        }
        out
    }
}

/// `under` covered by a premultiplied value, with 255 meaning opaque.
fn over(under: u8, value: i32, alpha: i32) -> u8 {
    let rest = i32::from(under) * (255 - alpha) + 127;
    (value + rest / 255).clamp(0, 255) as u8
}

fn put_luma(canvas: &Canvas, plane: &mut [u8], stride: usize, left: usize, top: usize) {
    let rows = plane.chunks_exact_mut(stride.max(1)).skip(top);
    let sources = canvas.pixels.chunks_exact(canvas.width.max(1) as usize);
    for (row, source) in rows.zip(sources) {
        for (pixel, &[r, g, b, a]) in row.iter_mut().skip(left).zip(source) {
            let [r, g, b, a] = [r, g, b, a].map(i32::from);
            let value = (66 * r + 129 * g + 25 * b + 128) / 256 + 16 * a / 255;
            *pixel = over(*pixel, value, a);
        }
    }
}

fn put_chroma(
    canvas: &Canvas,
    plane: &mut [u8],
    stride: usize,
    left: usize,
    top: usize,
    weights: [i32; 3],
) {
    let width = canvas.width.max(1) as usize;
    let rows = plane.chunks_exact_mut(stride.max(1)).skip(top);
    for (y, (row, pair)) in (0_i32..).zip(rows.zip(canvas.pixels.chunks(2 * width))) {
        let (upper, lower) = pair.split_at(width.min(pair.len()));
        let lower = if lower.is_empty() { upper } else { lower };
        let columns = upper.chunks(2).zip(lower.chunks(2));
        let pixels = row.iter_mut().skip(left).zip(columns);
        for (x, (pixel, (above, below))) in (0_i32..).zip(pixels) {
            let mut sums = [0; 4];
            for dot in above.iter().chain(below) {
                for (sum, value) in sums.iter_mut().zip(dot) {
                    *sum += i32::from(*value);
                }
            }
            let count = (above.len() + below.len()).max(1) as i32;
            let [r, g, b, a] = sums.map(|sum| sum / count);
            let [wr, wg, wb] = weights;
            // Dark gradients have few shades of colour: a fine pattern instead of wide bands.
            let pattern = (5 * x + 11 * y) % 16 * 16 + 8;
            let value = (wr * r + wg * g + wb * b + pattern).div_euclid(256) + 128 * a / 255;
            *pixel = over(*pixel, value, a);
        }
    }
}
