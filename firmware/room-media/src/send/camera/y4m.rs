//! YUV4MPEG2 files, read frame by frame and from the start again at their end.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read, Seek, SeekFrom};
use std::path::Path;

use gstreamer as gst;
use gstreamer_video::{VideoFormat, VideoInfo};

/// Longest header line accepted, in bytes.
const MAX_LINE: u64 = 1024;
/// Largest side of a picture.
const MAX_SIDE: u32 = 8192;

/// What a file's first line says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Header {
    width: u32,
    height: u32,
    rate: (i32, i32),
    format: VideoFormat,
}

/// An open file.
#[derive(Debug)]
pub(super) struct Y4m {
    file: BufReader<File>,
    header: Header,
    first_frame: u64,
    frame_size: usize,
    frames: u64,
}

impl Y4m {
    /// # Errors
    /// When the file cannot be read or is not 8-bit Y4M.
    pub fn open(path: &Path) -> io::Result<Self> {
        let mut file = BufReader::with_capacity(1 << 18, File::open(path)?);
        let line = line(&mut file)?;
        let header = parse(&line).ok_or_else(|| invalid("not an 8-bit Y4M file"))?;
        let frame_size = header.info()?.size();
        Ok(Self {
            first_frame: line.len() as u64 + 1,
            file,
            header,
            frame_size,
            frames: 0,
        })
    }

    /// # Errors
    /// Never for a header that was accepted.
    pub fn caps(&self) -> io::Result<gst::Caps> {
        self.header.info()?.to_caps().map_err(io::Error::other)
    }

    /// The next frame, with its time from the start of reading; the first again after the last.
    ///
    /// # Errors
    /// When the file cannot be read or holds no whole frame.
    pub fn next_frame(&mut self) -> io::Result<gst::Buffer> {
        let data = match self.read_frame() {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof && self.frames > 0 => {
                self.file.seek(SeekFrom::Start(self.first_frame))?;
                self.read_frame()?
            }
            other => other?,
        };
        let mut buffer = gst::Buffer::from_mut_slice(data);
        if let Some(buffer) = buffer.get_mut() {
            let start = self.header.time_of(self.frames);
            let end = self.header.time_of(self.frames + 1);
            buffer.set_pts(start);
            buffer.set_duration(end - start);
        }
        self.frames += 1;
        Ok(buffer)
    }

    fn read_frame(&mut self) -> io::Result<Vec<u8>> {
        if !line(&mut self.file)?.starts_with("FRAME") {
            return Err(invalid("a Y4M frame does not begin with FRAME"));
        }
        // Y4M rows are not padded; those of an even-sized I420 picture are not either when the
        // width is a multiple of 8, and `info` says so for every other.
        let mut packed = vec![0; self.header.packed_size()];
        self.file.read_exact(&mut packed)?;
        if packed.len() == self.frame_size {
            return Ok(packed);
        }
        self.header.pad(&packed)
    }
}

impl Header {
    fn info(&self) -> io::Result<VideoInfo> {
        VideoInfo::builder(self.format, self.width, self.height)
            .fps(gst::Fraction::new(self.rate.0, self.rate.1))
            .build()
            .map_err(io::Error::other)
    }

    /// Width and height of the luma plane and of each of the two others.
    fn planes(&self) -> [(usize, usize); 3] {
        let (width, height) = (self.width as usize, self.height as usize);
        let colour = match self.format {
            VideoFormat::Y444 => (width, height),
            VideoFormat::Y42b => (width.div_ceil(2), height),
            _ => (width.div_ceil(2), height.div_ceil(2)),
        };
        [(width, height), colour, colour]
    }

    fn packed_size(&self) -> usize {
        self.planes()
            .iter()
            .map(|(width, height)| width * height)
            .sum()
    }

    /// The picture with the row lengths GStreamer expects.
    fn pad(&self, packed: &[u8]) -> io::Result<Vec<u8>> {
        let info = self.info()?;
        let mut padded = vec![0; info.size()];
        let mut rest = packed;
        for (plane, (width, height)) in self.planes().into_iter().enumerate() {
            let (Some(stride), Some(offset)) = (info.stride().get(plane), info.offset().get(plane))
            else {
                return Err(invalid("a Y4M picture has three planes"));
            };
            let rows = padded
                .get_mut(*offset..)
                .map(|data| data.chunks_mut(stride.unsigned_abs() as usize));
            for row in rows.into_iter().flatten().take(height) {
                let (from, after) = rest.split_at_checked(width).unwrap_or((rest, &[]));
                if let Some(part) = row.get_mut(..from.len()) {
                    part.copy_from_slice(from);
                }
                rest = after;
            }
        }
        Ok(padded)
    }

    fn time_of(&self, frame: u64) -> gst::ClockTime {
        let (rate, per) = (self.rate.0.max(1) as u64, self.rate.1.max(1) as u64);
        let time = u128::from(frame) * u128::from(per) * 1_000_000_000 / u128::from(rate);
        gst::ClockTime::from_nseconds(u64::try_from(time).unwrap_or(u64::MAX / 2))
    }
}

fn line(file: &mut impl BufRead) -> io::Result<String> {
    let mut line = Vec::new();
    file.take(MAX_LINE).read_until(b'\n', &mut line)?;
    match line.pop() {
        Some(b'\n') => String::from_utf8(line).map_err(|_| invalid("not a Y4M file")),
        None => Err(io::ErrorKind::UnexpectedEof.into()),
        Some(_) if (line.len() as u64) + 1 < MAX_LINE => Err(io::ErrorKind::UnexpectedEof.into()),
        Some(_) => Err(invalid("not a Y4M file")),
    }
}

fn parse(line: &str) -> Option<Header> {
    let mut words = line.split(' ');
    if words.next()? != "YUV4MPEG2" {
        return None;
    }
    let (mut width, mut height, mut rate) = (0, 0, (30, 1));
    let mut format = VideoFormat::I420;
    for word in words.filter(|word| !word.is_empty()) {
        let (tag, value) = word.split_at_checked(1)?;
        match tag {
            "W" => width = value.parse().ok()?,
            "H" => height = value.parse().ok()?,
            "F" => {
                let (rate_part, per) = value.split_once(':')?;
                rate = (rate_part.parse().ok()?, per.parse().ok()?);
            }
            "C" => format = colour(value)?,
            _ => {}
        }
    }
    let sides = 1..=MAX_SIDE;
    let good_rate = rate.1 > 0 && rate.0 > 0 && rate.0 / rate.1 <= 240;
    (sides.contains(&width) && sides.contains(&height) && good_rate).then_some(Header {
        width,
        height,
        rate,
        format,
    })
}

fn colour(value: &str) -> Option<VideoFormat> {
    match value {
        "420" | "420jpeg" | "420paldv" | "420mpeg2" => Some(VideoFormat::I420),
        "422" => Some(VideoFormat::Y42b),
        "444" => Some(VideoFormat::Y444),
        _ => None,
    }
}

fn invalid(text: &'static str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn file(name: &str, content: &[u8]) -> std::path::PathBuf {
        let path = std::env::temp_dir().join(format!("salle-{}-{name}", std::process::id()));
        File::create(&path).unwrap().write_all(content).unwrap();
        path
    }

    #[test]
    fn headers_are_read_and_strange_ones_refused() {
        let header = parse("YUV4MPEG2 W640 H360 F30000:1001 Ip A1:1 C420jpeg XYSCSS=420").unwrap();
        assert_eq!((header.width, header.height), (640, 360));
        assert_eq!(header.rate, (30_000, 1001));
        for bad in [
            "",
            "YUV4MPEG2",
            "YUV4MPEG2 W0 H9",
            "YUV4MPEG2 W99999 H9",
            "YUV4MPEG2 W9 H9 F0:0",
            "YUV4MPEG2 W9 H9 F9000:1",
            "YUV4MPEG2 W9 H9 C420p10",
            "YUV4MPEG2 W9 H9 \u{e9}",
        ] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn a_file_is_read_in_a_loop_with_steady_times() {
        gst::init().unwrap();
        let mut content = b"YUV4MPEG2 W6 H4 F25:1\n".to_vec();
        for value in [1, 2] {
            content.extend(b"FRAME\n");
            content.extend(std::iter::repeat_n(value, 6 * 4 * 3 / 2));
        }
        let path = file("loop.y4m", &content);
        let mut y4m = Y4m::open(&path).unwrap();
        for (count, value) in [1, 2, 1, 2, 1].into_iter().enumerate() {
            let buffer = y4m.next_frame().unwrap();
            assert_eq!(buffer.pts().unwrap().mseconds(), 40 * count as u64);
            assert_eq!(buffer.map_readable().unwrap()[0], value);
        }
        std::fs::remove_file(path).unwrap();
    }

    #[test]
    fn files_without_a_whole_frame_are_errors() {
        gst::init().unwrap();
        for (name, content) in [
            ("short.y4m", &b"YUV4MPEG2 W6 H4 F25:1\nFRAME\n12"[..]),
            ("other.y4m", b"YUV4MPEG2 W6 H4 F25:1\nPICTURE\n12"),
            ("none.y4m", b"YUV4MPEG2 W6 H4 F25:1\n"),
        ] {
            let path = file(name, content);
            assert!(Y4m::open(&path).unwrap().next_frame().is_err(), "{name}");
            std::fs::remove_file(path).unwrap();
        }
        let path = file("text.y4m", &[b'a'; 5000]);
        assert!(Y4m::open(&path).is_err());
        std::fs::remove_file(path).unwrap();
    }
}
