//! The NBD protocol, as far as QEMU's client speaks it: fixed newstyle negotiation with one
//! export, simple replies (https://github.com/NetworkBlockDevice/nbd/blob/master/doc/proto.md).

use std::io::{self, Read, Write};
use std::os::unix::net::UnixStream;
use std::sync::Mutex;

use super::cache::Cache;
use super::lock;

const MAGIC: u64 = 0x4e42_444d_4147_4943;
const OPTION_MAGIC: u64 = 0x4948_4156_454f_5054;
const REPLY_MAGIC: u64 = 0x0003_e889_0455_65a9;
const REQUEST: u32 = 0x2560_9513;
const SIMPLE_REPLY: u32 = 0x6744_6698;

const OPTION_ABORT: u32 = 2;
const OPTION_INFO: u32 = 6;
const OPTION_GO: u32 = 7;
const ACK: u32 = 1;
const INFO: u32 = 3;
const UNSUPPORTED: u32 = (1 << 31) | 1;
/// Has flags, takes flush, force unit access, trim and write-zeroes.
const TRANSMISSION: u16 = 1 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 6;
const FORCE_UNIT_ACCESS: u16 = 1;
/// More than QEMU ever sends at once.
const LARGEST: u32 = 64 << 20;

/// Serves until the client leaves.
pub(super) fn serve(mut stream: UnixStream, cache: &Mutex<Cache>) -> io::Result<()> {
    stream.write_all(&MAGIC.to_be_bytes())?;
    stream.write_all(&OPTION_MAGIC.to_be_bytes())?;
    // Fixed newstyle; no zeroes.
    stream.write_all(&3_u16.to_be_bytes())?;
    let _flags = u32::from_be_bytes(take(&mut stream)?);
    let size = lock(cache).disk().size().map_err(io::Error::other)?;
    if negotiate(&mut stream, size)? {
        while transmit(&mut stream, cache)? {}
    }
    Ok(())
}

fn negotiate(stream: &mut UnixStream, size: u64) -> io::Result<bool> {
    loop {
        if u64::from_be_bytes(take(stream)?) != OPTION_MAGIC {
            return Err(io::ErrorKind::InvalidData.into());
        }
        let option = u32::from_be_bytes(take(stream)?);
        let length = u32::from_be_bytes(take(stream)?);
        bytes(stream, length)?;
        match option {
            OPTION_GO | OPTION_INFO => {
                let mut export = vec![0, 0];
                export.extend(size.to_be_bytes());
                export.extend(TRANSMISSION.to_be_bytes());
                answer(stream, option, INFO, &export)?;
                answer(stream, option, ACK, &[])?;
                if option == OPTION_GO {
                    return Ok(true);
                }
            }
            OPTION_ABORT => return Ok(false),
            _ => answer(stream, option, UNSUPPORTED, &[])?,
        }
    }
}

fn answer(stream: &mut UnixStream, option: u32, kind: u32, data: &[u8]) -> io::Result<()> {
    let mut all = REPLY_MAGIC.to_be_bytes().to_vec();
    all.extend(option.to_be_bytes());
    all.extend(kind.to_be_bytes());
    all.extend((data.len() as u32).to_be_bytes());
    all.extend(data);
    stream.write_all(&all)
}

/// One request; whether more may come.
fn transmit(stream: &mut UnixStream, cache: &Mutex<Cache>) -> io::Result<bool> {
    if u32::from_be_bytes(take(stream)?) != REQUEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let flags = u16::from_be_bytes(take(stream)?);
    let kind = u16::from_be_bytes(take(stream)?);
    let handle: [u8; 8] = take(stream)?;
    let at = u64::from_be_bytes(take(stream)?);
    let length = u32::from_be_bytes(take(stream)?);
    let force = flags & FORCE_UNIT_ACCESS != 0;
    let result = match kind {
        0 => lock(cache).read(at, length.min(LARGEST) as usize),
        1 => {
            let data = bytes(stream, length)?;
            write(&mut lock(cache), at, data, force)
        }
        2 => return Ok(false),
        3 => lock(cache).flush().map(|()| Vec::new()),
        // What is trimmed may keep its old bytes.
        4 => Ok(Vec::new()),
        6 => {
            let zeroes = vec![0; length.min(LARGEST) as usize];
            write(&mut lock(cache), at, zeroes, force)
        }
        _ => return Err(io::ErrorKind::InvalidData.into()),
    };
    let (error, data) = result.map_or((5_u32, Vec::new()), |data| (0, data));
    let mut reply = SIMPLE_REPLY.to_be_bytes().to_vec();
    reply.extend(error.to_be_bytes());
    reply.extend(handle);
    reply.extend(data);
    stream.write_all(&reply)?;
    Ok(true)
}

fn write(cache: &mut Cache, at: u64, data: Vec<u8>, force: bool) -> crate::Result<Vec<u8>> {
    cache.write(at, data)?;
    if force {
        // Makes more lasting than was asked for: order among overlapping writes stays simple.
        cache.flush()?;
    }
    Ok(Vec::new())
}

fn take<const N: usize>(stream: &mut UnixStream) -> io::Result<[u8; N]> {
    let mut data = [0; N];
    stream.read_exact(&mut data)?;
    Ok(data)
}

fn bytes(stream: &mut UnixStream, length: u32) -> io::Result<Vec<u8>> {
    if length > LARGEST {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut data = vec![0; length as usize];
    stream.read_exact(&mut data)?;
    Ok(data)
}
