//! Two questions to a video node, as the kernel's `videodev2.h` has them: what it does, and
//! which picture formats it has.
//!
//! The crates for V4L2 generate their bindings with clang at build time, which a cross build of
//! the image would need for these two structures alone.
#![allow(unsafe_code, reason = "ioctl; each use says why it is sound")]

use std::fs::File;
use std::io;
use std::path::Path;

use board_api::{BoardError, Format};
use rustix::io::Errno;
use rustix::ioctl::{Getter, Opcode, Updater, ioctl, opcode};

/// `V4L2_CAP_VIDEO_CAPTURE` and `V4L2_CAP_VIDEO_CAPTURE_MPLANE`.
const CAPTURE: u32 = 0x0000_0001;
const CAPTURE_PLANES: u32 = 0x0000_1000;
/// `V4L2_CAP_STREAMING`.
const STREAMING: u32 = 0x0400_0000;
/// Most formats asked for.
const MAX_FORMATS: u32 = 64;

/// `struct v4l2_capability`.
#[repr(C)]
struct Capability {
    driver: [u8; 16],
    card: [u8; 32],
    bus_info: [u8; 32],
    version: u32,
    capabilities: u32,
    device_caps: u32,
    reserved: [u32; 3],
}

/// `struct v4l2_fmtdesc`.
#[repr(C)]
struct Description {
    index: u32,
    kind: u32,
    flags: u32,
    description: [u8; 32],
    pixelformat: u32,
    mbus_code: u32,
    reserved: [u32; 3],
}

/// `VIDIOC_QUERYCAP` and `VIDIOC_ENUM_FMT`.
const QUERYCAP: Opcode = opcode::read::<Capability>(b'V', 0);
const ENUM_FMT: Opcode = opcode::read_write::<Description>(b'V', 2);

fn open(node: &Path) -> Result<File, BoardError> {
    crate::node::open(node).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => BoardError::Unplugged,
        io::ErrorKind::PermissionDenied => BoardError::NotAllowed,
        _ => kind(Errno::from_io_error(&error).unwrap_or(Errno::IO)),
    })
}

fn kind(error: Errno) -> BoardError {
    match error {
        Errno::NODEV | Errno::NXIO => BoardError::Unplugged,
        Errno::BUSY => BoardError::Busy,
        _ => BoardError::Failed,
    }
}

fn capabilities(file: &File) -> Result<u32, BoardError> {
    // SAFETY: `Capability` has the layout of `struct v4l2_capability`, which this call fills;
    // every bit pattern is a valid value of its fields.
    let answer = unsafe { ioctl(file, Getter::<QUERYCAP, Capability>::new()) };
    answer.map(|answer| answer.device_caps).map_err(kind)
}

/// Whether the node captures pictures.
pub(crate) fn captures(node: &Path) -> Result<bool, BoardError> {
    let capabilities = capabilities(&open(node)?)?;
    Ok(capabilities & (CAPTURE | CAPTURE_PLANES) != 0 && capabilities & STREAMING != 0)
}

/// The node's picture formats, in its own order.
pub(crate) fn formats(node: &Path) -> Result<Vec<Format>, BoardError> {
    let file = open(node)?;
    // `V4L2_BUF_TYPE_VIDEO_CAPTURE`, or the same in planes.
    let kind_of_buffer = if capabilities(&file)? & CAPTURE != 0 {
        1
    } else {
        9
    };
    let mut formats = Vec::new();
    for index in 0..MAX_FORMATS {
        let mut description = Description {
            index,
            kind: kind_of_buffer,
            flags: 0,
            description: [0; 32],
            pixelformat: 0,
            mbus_code: 0,
            reserved: [0; 3],
        };
        // SAFETY: `Description` has the layout of `struct v4l2_fmtdesc`, which this call reads
        // and fills; every bit pattern is a valid value of its fields.
        let asked = unsafe {
            ioctl(
                &file,
                Updater::<ENUM_FMT, Description>::new(&mut description),
            )
        };
        match asked {
            Ok(()) => formats.push(Format {
                fourcc: description.pixelformat.to_le_bytes(),
                description: text(&description.description),
            }),
            // The end of the list.
            Err(Errno::INVAL) => break,
            Err(error) => return Err(kind(error)),
        }
    }
    Ok(formats)
}

fn text(bytes: &[u8]) -> String {
    let bytes = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn structures_have_the_kernels_size() {
        assert_eq!(size_of::<Capability>(), 104);
        assert_eq!(size_of::<Description>(), 64);
    }

    #[test]
    fn what_is_no_video_node_is_an_error() {
        assert_eq!(captures(Path::new("/nowhere")), Err(BoardError::Unplugged));
        assert_eq!(captures(Path::new("/dev/null")), Err(BoardError::Failed));
    }
}
