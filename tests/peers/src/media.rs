//! Made-up camera and microphone: pictures of known colours, tones of known pitch.
//!
//! Files are kept beside the installed packages and made once per kind.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::{CameraPicture, Colour, Error, Pattern, Result, Tone, install};

/// The bars from left to right, each an eighth of the width.
pub const BARS: [Colour; 8] = [
    Colour(200, 200, 200),
    Colour(190, 190, 20),
    Colour(20, 190, 190),
    Colour(20, 190, 20),
    Colour(190, 20, 190),
    Colour(190, 20, 20),
    Colour(20, 20, 190),
    Colour(60, 60, 60),
];

/// Samples per second of microphone files.
pub const SAMPLE_RATE: u32 = 48_000;

const TONE_MS: u32 = 700;
const PERIOD_MS: u32 = 1000;
const FADE_SAMPLES: u32 = SAMPLE_RATE / 200;
/// Of full scale: about -13 dBFS while it sounds.
const LOUDNESS: f64 = 0.3;
/// Luma noise of [`Pattern::Noise`] to either side, as a small camera has in a dim room.
const NOISE: u8 = 6;
/// Long enough that noise does not repeat within what an encoder remembers.
const NOISE_SECONDS: u32 = 2;

/// The folder in the cache where peers keep these files.
///
/// # Errors
/// As [`install::ensure`].
pub async fn folder() -> Result<PathBuf> {
    Ok(install::ensure().await?.with_file_name("media"))
}

/// A Y4M file of `picture` in `folder`, made when it is not there.
///
/// # Errors
/// When the folder cannot be written.
pub fn camera_file(folder: &Path, picture: CameraPicture) -> Result<PathBuf> {
    let CameraPicture {
        width,
        height,
        frames_per_second,
        pattern,
    } = picture;
    let kind = match pattern {
        Pattern::Bars => "bars",
        Pattern::Noise => "noise",
    };
    let name = format!("camera-{kind}-{width}x{height}-{frames_per_second}.y4m");
    make(&folder.join(name), |file| write_y4m(file, picture))
}

/// A WAV file of `tone` in `folder`, made when it is not there.
///
/// # Errors
/// When the folder cannot be written.
pub fn microphone_file(folder: &Path, tone: Tone) -> Result<PathBuf> {
    let name = format!("microphone-{}.wav", tone.hz);
    make(&folder.join(name), |file| file.write_all(&wav(tone)))
}

/// Written beside and renamed, so that several peers may make the same file at once.
fn make(
    path: &Path,
    write: impl FnOnce(&mut std::io::BufWriter<&std::fs::File>) -> std::io::Result<()>,
) -> Result<PathBuf> {
    if path.exists() {
        return Ok(path.to_owned());
    }
    let fill = || -> std::io::Result<()> {
        let folder = path.parent().unwrap_or(Path::new("."));
        std::fs::create_dir_all(folder)?;
        let part = tempfile::NamedTempFile::new_in(folder)?;
        let mut file = std::io::BufWriter::new(part.as_file());
        write(&mut file)?;
        file.flush()?;
        drop(file);
        part.persist(path).map_err(|error| error.error)?;
        Ok(())
    };
    fill().map_err(|cause| Error::File {
        path: path.to_owned(),
        cause,
    })?;
    Ok(path.to_owned())
}

fn write_y4m(file: &mut impl std::io::Write, picture: CameraPicture) -> std::io::Result<()> {
    let CameraPicture {
        width,
        height,
        frames_per_second: rate,
        pattern,
    } = picture;
    writeln!(
        file,
        "YUV4MPEG2 W{width} H{height} F{rate}:1 Ip A1:1 C420jpeg"
    )?;
    let frames = match pattern {
        Pattern::Bars => rate,
        Pattern::Noise => rate * NOISE_SECONDS,
    };
    let mut noise = Noise(0x2545_f491_4f6c_dd1d);
    for frame in 0..frames {
        file.write_all(b"FRAME\n")?;
        file.write_all(&match pattern {
            Pattern::Bars => bars(picture, frame),
            Pattern::Noise => noisy(picture, frame, frames, &mut noise),
        })?;
    }
    Ok(())
}

/// One I420 frame of upright bars, with the white square.
fn bars(picture: CameraPicture, frame: u32) -> Vec<u8> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let square = height / 16;
    let left = (width - square) * frame as usize / picture.frames_per_second as usize;
    plane(width, height, |x, y| {
        let in_square = y >= height - square && (left..left + square).contains(&x);
        if in_square { 235 } else { yuv(bar(x, width)).0 }
    })
    .chain(plane(width / 2, height / 2, |x, _| {
        yuv(bar(x, width / 2)).1
    }))
    .chain(plane(width / 2, height / 2, |x, _| {
        yuv(bar(x, width / 2)).2
    }))
    .collect()
}

/// One I420 frame of bars that move to the left under noise.
fn noisy(picture: CameraPicture, frame: u32, frames: u32, noise: &mut Noise) -> Vec<u8> {
    let (width, height) = (picture.width as usize, picture.height as usize);
    let moved = width * frame as usize / frames as usize;
    let row: Vec<_> = (0..width)
        .map(|x| yuv(bar((x + moved) % width, width)))
        .collect();
    let at = |x: usize| row.get(x).copied().unwrap_or_default();
    let mut frame = Vec::with_capacity(width * height * 3 / 2);
    for _ in 0..height {
        frame.extend((0..width).map(|x| noise.on(at(x).0)));
    }
    frame.extend(plane(width / 2, height / 2, |x, _| at(2 * x).1));
    frame.extend(plane(width / 2, height / 2, |x, _| at(2 * x).2));
    frame
}

fn plane(
    width: usize,
    height: usize,
    pixel: impl Fn(usize, usize) -> u8,
) -> impl Iterator<Item = u8> {
    (0..width * height).map(move |at| pixel(at % width, at / width))
}

fn bar(x: usize, width: usize) -> Colour {
    BARS.get(x * BARS.len() / width)
        .copied()
        .unwrap_or_default()
}

/// BT.601, studio range: what browsers take 4:2:0 cameras for.
fn yuv(Colour(r, g, b): Colour) -> (u8, u8, u8) {
    let (r, g, b) = (i32::from(r), i32::from(g), i32::from(b));
    let clamp = |value: i32| u8::try_from(value.clamp(0, 255)).unwrap_or_default();
    (
        clamp(((66 * r + 129 * g + 25 * b + 128) >> 8) + 16),
        clamp(((-38 * r - 74 * g + 112 * b + 128) >> 8) + 128),
        clamp(((112 * r - 94 * g - 18 * b + 128) >> 8) + 128),
    )
}

/// xorshift: the same picture on every machine.
struct Noise(u64);

impl Noise {
    fn on(&mut self, luma: u8) -> u8 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        let span = u64::from(NOISE) * 2 + 1;
        let step = u8::try_from((self.0 >> 40) % span).unwrap_or_default();
        luma.saturating_add(step).saturating_sub(NOISE)
    }
}

/// One period, looped by the browser: 16 bits, mono.
fn wav(tone: Tone) -> Vec<u8> {
    let count = SAMPLE_RATE / 1000 * PERIOD_MS;
    let bytes = count * 2;
    let mut file = Vec::with_capacity(bytes as usize + 44);
    file.extend(b"RIFF");
    file.extend((bytes + 36).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(1_u16.to_le_bytes());
    file.extend(SAMPLE_RATE.to_le_bytes());
    file.extend((SAMPLE_RATE * 2).to_le_bytes());
    file.extend(2_u16.to_le_bytes());
    file.extend(16_u16.to_le_bytes());
    file.extend(b"data");
    file.extend(bytes.to_le_bytes());
    for at in 0..count {
        file.extend(sample(tone, at).to_le_bytes());
    }
    file
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "the product is at most 0.3 of full scale"
)]
fn sample(tone: Tone, at: u32) -> i16 {
    let end = SAMPLE_RATE / 1000 * TONE_MS;
    let edge = at.min(end.saturating_sub(at)).min(FADE_SAMPLES);
    let fade = f64::from(edge) / f64::from(FADE_SAMPLES);
    let turns = f64::from(tone.hz) * f64::from(at) / f64::from(SAMPLE_RATE);
    ((turns * std::f64::consts::TAU).sin() * fade * LOUDNESS * f64::from(i16::MAX)) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_file_holds_whole_frames_of_the_bars() {
        let folder = tempfile::tempdir().unwrap();
        let picture = CameraPicture {
            width: 64,
            height: 32,
            frames_per_second: 5,
            pattern: Pattern::Bars,
        };
        let bytes = std::fs::read(camera_file(folder.path(), picture).unwrap()).unwrap();
        let header = bytes.iter().position(|b| *b == b'\n').unwrap() + 1;
        assert_eq!(bytes.len() - header, 5 * (6 + 64 * 32 * 3 / 2));
        // Pure green is bright, dark grey is not.
        assert!(bytes[header + 6 + 3 * 8 + 4] > bytes[header + 6 + 7 * 8 + 4]);
    }

    #[test]
    fn a_tone_is_silent_for_the_rest_of_its_period() {
        assert_eq!(sample(Tone { hz: 1000 }, SAMPLE_RATE * 9 / 10), 0);
        let loudest = (0..SAMPLE_RATE)
            .map(|at| sample(Tone { hz: 1000 }, at))
            .max();
        assert!(loudest.unwrap() > 9000);
    }
}
