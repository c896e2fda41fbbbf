//! WAV files of whole-number or floating-point samples, read block by block and from the start
//! again at their end.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use gstreamer as gst;
use gstreamer_audio::{AudioFormat, AudioInfo};

/// Most chunks looked at before the samples.
const MAX_CHUNKS: usize = 64;
/// Frames (samples of all channels) per block: 20 ms at 48 kHz.
const BLOCK: usize = 960;

/// An open file.
#[derive(Debug)]
pub(super) struct Wav {
    file: BufReader<File>,
    info: AudioInfo,
    start: u64,
    length: u64,
    at: u64,
    frames: u64,
}

impl Wav {
    /// # Errors
    /// When the file cannot be read or is not such a WAV file.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::new(File::open(path)?);
        let size = file.get_ref().metadata()?.len();
        let mut head = [0; 12];
        file.read_exact(&mut head)?;
        if !head.starts_with(b"RIFF") || !head.ends_with(b"WAVE") {
            return Err(invalid());
        }
        let mut info = None;
        for _ in 0..MAX_CHUNKS {
            let (name, length) = chunk(&mut file)?;
            let start = file.stream_position()?;
            match (&name, info.take()) {
                (b"fmt ", _) => info = Some(format(&mut file, length)?),
                (b"data", Some(info)) => {
                    // Recorders that were cut off leave a length of zero or too much.
                    let rest = size.saturating_sub(start);
                    let length = if length == 0 {
                        rest
                    } else {
                        u64::from(length).min(rest)
                    };
                    return Self::new(file, info, start, length);
                }
                (_, kept) => info = kept,
            }
            file.seek(SeekFrom::Start(
                start + u64::from(length).next_multiple_of(2),
            ))?;
        }
        Err(invalid())
    }

    fn new(file: BufReader<File>, info: AudioInfo, start: u64, length: u64) -> io::Result<Self> {
        let length = length - length % u64::from(info.bpf());
        if length == 0 {
            return Err(invalid());
        }
        Ok(Self {
            file,
            info,
            start,
            length,
            at: 0,
            frames: 0,
        })
    }

    /// # Errors
    /// Never for a file that was accepted.
    pub fn caps(&self) -> io::Result<gst::Caps> {
        self.info.to_caps().map_err(io::Error::other)
    }

    /// The next block, with its time from the start of reading.
    ///
    /// # Errors
    /// When the file cannot be read any more.
    pub fn next_block(&mut self) -> io::Result<gst::Buffer> {
        if self.at == self.length {
            self.at = 0;
            self.file.seek(SeekFrom::Start(self.start))?;
        }
        let bytes_per_frame = self.info.bpf() as usize;
        let left = usize::try_from(self.length - self.at).unwrap_or(usize::MAX);
        let mut data = vec![0; (BLOCK * bytes_per_frame).min(left)];
        self.file.read_exact(&mut data)?;
        self.at += data.len() as u64;
        let frames = (data.len() / bytes_per_frame) as u64;
        let mut buffer = gst::Buffer::from_mut_slice(data);
        if let Some(buffer) = buffer.get_mut() {
            let start = self.time_of(self.frames);
            buffer.set_pts(start);
            buffer.set_duration(self.time_of(self.frames + frames) - start);
        }
        self.frames += frames;
        Ok(buffer)
    }

    fn time_of(&self, frames: u64) -> gst::ClockTime {
        let ns = u128::from(frames) * 1_000_000_000 / u128::from(self.info.rate().max(1));
        gst::ClockTime::from_nseconds(u64::try_from(ns).unwrap_or(u64::MAX / 2))
    }
}

fn chunk(file: &mut impl Read) -> io::Result<([u8; 4], u32)> {
    let (mut name, mut length) = ([0; 4], [0; 4]);
    file.read_exact(&mut name)?;
    file.read_exact(&mut length)?;
    Ok((name, u32::from_le_bytes(length)))
}

fn format(file: &mut impl Read, length: u32) -> io::Result<AudioInfo> {
    let mut fields = [0; 16];
    if length < 16 {
        return Err(invalid());
    }
    file.read_exact(&mut fields)?;
    let [k0, k1, c0, c1, r0, r1, r2, r3, .., b0, b1] = fields;
    let mut kind = u16::from_le_bytes([k0, k1]);
    if kind == 0xfffe && length >= 40 {
        // WAVE_FORMAT_EXTENSIBLE: the kind follows 8 bytes later.
        let mut more = [0; 10];
        file.read_exact(&mut more)?;
        let [.., e0, e1] = more;
        kind = u16::from_le_bytes([e0, e1]);
    }
    let channels = u32::from(u16::from_le_bytes([c0, c1]));
    let rate = u32::from_le_bytes([r0, r1, r2, r3]);
    let format = match (kind, u16::from_le_bytes([b0, b1])) {
        (1, 8) => AudioFormat::U8,
        (1, 16) => AudioFormat::S16le,
        (1, 24) => AudioFormat::S24le,
        (1, 32) => AudioFormat::S32le,
        (3, 32) => AudioFormat::F32le,
        _ => return Err(invalid()),
    };
    if !(1..=2).contains(&channels) || !(8_000..=192_000).contains(&rate) {
        return Err(invalid());
    }
    AudioInfo::builder(format, rate, channels)
        .build()
        .map_err(io::Error::other)
}

fn invalid() -> io::Error {
    let text = "not a WAV file of one or two channels that can be played";
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wav(kind: u16, channels: u16, bits: u16, data: &[u8]) -> Vec<u8> {
        let mut file = b"RIFF\0\0\0\0WAVELIST\x03\0\0\0abc\0fmt \x10\0\0\0".to_vec();
        file.extend(kind.to_le_bytes());
        file.extend(channels.to_le_bytes());
        file.extend(48_000_u32.to_le_bytes());
        file.extend([0; 6]);
        file.extend(bits.to_le_bytes());
        file.extend(b"data");
        file.extend((data.len() as u32).to_le_bytes());
        file.extend(data);
        file
    }

    fn open(name: &str, content: &[u8]) -> io::Result<Wav> {
        gst::init().unwrap();
        let path = std::env::temp_dir().join(format!("salle-{}-{name}.wav", std::process::id()));
        std::fs::write(&path, content).unwrap();
        let wav = Wav::open(&path);
        std::fs::remove_file(path).unwrap();
        wav
    }

    #[test]
    fn a_file_is_read_in_a_loop_with_steady_times() {
        let mut wav = open("loop", &wav(1, 1, 16, &[5; 1440 * 2])).unwrap();
        let times: Vec<u64> = (0..5)
            .map(|_| wav.next_block().unwrap().pts().unwrap().mseconds())
            .collect();
        assert_eq!(times, [0, 20, 30, 50, 60]);
    }

    #[test]
    fn files_that_cannot_be_played_are_errors() {
        for (name, content) in [
            ("empty", Vec::new()),
            ("text", b"RIFF, said the dog, WAVE".to_vec()),
            ("none", wav(1, 1, 16, &[])),
            ("kind", wav(85, 1, 16, &[0; 64])),
            ("channels", wav(1, 9, 16, &[0; 64])),
            ("cut", wav(1, 1, 16, &[0; 64])[..30].to_vec()),
        ] {
            assert!(open(name, &content).is_err(), "{name}");
        }
    }
}
