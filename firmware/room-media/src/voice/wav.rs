//! A WAV file that is valid at any moment, also after the process was killed.

use std::fs::File;
use std::io::{self, Seek, SeekFrom, Write};
use std::path::Path;

use room_audio::RATE;

const HEADER: u32 = 44;
const CHANNELS: u16 = 2;
/// Lengths in the header are renewed after this many bytes: half a second.
const RENEW: u32 = RATE * 2;
/// The format counts in 32 bits: about 6 hours. What comes later is not kept.
const LONGEST: u32 = u32::MAX - HEADER - 2 * RENEW;

pub(super) struct WavFile {
    file: File,
    length: u32,
    renewed: u32,
    bytes: Vec<u8>,
}

impl WavFile {
    pub(super) fn create(path: &Path) -> io::Result<Self> {
        let mut wav = Self {
            file: File::create(path)?,
            length: 0,
            renewed: 0,
            bytes: Vec::new(),
        };
        wav.renew()?;
        Ok(wav)
    }

    pub(super) fn write(&mut self, samples: &[i16]) -> io::Result<()> {
        if self.length > LONGEST {
            return Ok(());
        }
        self.bytes.clear();
        self.bytes
            .extend(samples.iter().flat_map(|s| s.to_le_bytes()));
        self.file.write_all(&self.bytes)?;
        self.length += self.bytes.len() as u32;
        if self.length - self.renewed >= RENEW {
            self.renew()?;
        }
        Ok(())
    }

    fn renew(&mut self) -> io::Result<()> {
        self.renewed = self.length;
        let frame = CHANNELS * 2;
        let mut header = Vec::with_capacity(HEADER as usize);
        header.extend_from_slice(b"RIFF");
        header.extend_from_slice(&(self.length + HEADER - 8).to_le_bytes());
        header.extend_from_slice(b"WAVEfmt \x10\0\0\0\x01\0");
        header.extend_from_slice(&CHANNELS.to_le_bytes());
        header.extend_from_slice(&RATE.to_le_bytes());
        header.extend_from_slice(&(RATE * u32::from(frame)).to_le_bytes());
        header.extend_from_slice(&frame.to_le_bytes());
        header.extend_from_slice(&16_u16.to_le_bytes());
        header.extend_from_slice(b"data");
        header.extend_from_slice(&self.length.to_le_bytes());
        self.file.seek(SeekFrom::Start(0))?;
        self.file.write_all(&header)?;
        self.file.seek(SeekFrom::End(0))?;
        Ok(())
    }
}

impl Drop for WavFile {
    fn drop(&mut self) {
        if let Err(error) = self.renew() {
            tracing::warn!(%error, "the end of the sound file is missing");
        }
    }
}
