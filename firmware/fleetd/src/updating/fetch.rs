//! Brings a bundle onto the data partition, so that nothing outside is needed any more once the
//! installation begins.
//!
//! Invariant: one bundle is kept at a time, and never more bytes than fit beside a reserve.

use std::path::{Path, PathBuf};
use std::time::Duration;

use futures_util::StreamExt as _;
use room_fleet::Refusal;
use tokio::fs::{self, File};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWriteExt as _};

use crate::disks;

/// Left free for settings and logs, in bytes.
const RESERVE: u64 = 32 * 1024 * 1024;
/// A server that sends nothing for so long is gone.
const SILENCE: Duration = Duration::from_secs(60);
const CONNECT: Duration = Duration::from_secs(30);
/// Times a broken download is taken up where it stopped.
const RESUMES: u32 = 5;
const CHUNK: usize = 256 * 1024;

/// Told how many bytes there are, and of how many.
pub type Progress<'a> = &'a (dyn Fn(u64, Option<u64>) + Send + Sync);

/// Free bytes for a bundle in `folder`.
#[must_use]
pub fn free_for_bundle(folder: &Path) -> u64 {
    disks::free(folder).saturating_sub(RESERVE)
}

/// The bundle in `folder`; what lay there before is gone.
///
/// # Errors
/// What stands against it.
pub async fn fetch(
    source: &str,
    folder: &Path,
    progress: Progress<'_>,
) -> Result<PathBuf, Refusal> {
    let kept = folder.join("bundle.raucb");
    if Path::new(source) == kept {
        return Ok(kept);
    }
    let failed = |error: std::io::Error| Refusal::fetch(&error.to_string());
    fs::create_dir_all(folder).await.map_err(failed)?;
    let part = folder.join("bundle.part");
    for old in [&kept, &part] {
        // There need not be one.
        let _ = fs::remove_file(old).await;
    }
    if Path::new(source).parent() == Some(folder) {
        // Put there by whoever looked at a stick.
        fs::rename(source, &kept)
            .await
            .map_err(|_| Refusal::NotFound)?;
        return Ok(kept);
    }
    let room = free_for_bundle(folder);
    let mut file = File::create(&part).await.map_err(failed)?;
    let got = if source.starts_with("https://") || source.starts_with("http://") {
        download(source, &mut file, room, progress).await
    } else {
        copy(Path::new(source), &mut file, room, progress).await
    };
    let done = match got {
        Ok(()) => file.sync_all().await.map_err(failed),
        Err(refusal) => Err(refusal),
    };
    if let Err(refusal) = done {
        let _ = fs::remove_file(&part).await;
        return Err(refusal);
    }
    fs::rename(&part, &kept).await.map_err(failed)?;
    Ok(kept)
}

async fn copy(
    source: &Path,
    file: &mut File,
    room: u64,
    progress: Progress<'_>,
) -> Result<(), Refusal> {
    if !source.is_absolute() {
        return Err(Refusal::NotFound);
    }
    let from = File::open(source)
        .await
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => Refusal::NotFound,
            _ => Refusal::fetch(&error.to_string()),
        })?;
    let meta = from
        .metadata()
        .await
        .ok()
        .filter(std::fs::Metadata::is_file);
    let size = meta.ok_or(Refusal::NotFound)?.len();
    if size > room {
        return Err(Refusal::NoSpace {
            need: size,
            free: room,
        });
    }
    pour(from, file, room, size, progress).await
}

async fn pour(
    mut from: impl AsyncRead + Unpin,
    file: &mut File,
    room: u64,
    size: u64,
    progress: Progress<'_>,
) -> Result<(), Refusal> {
    let mut buffer = vec![0; CHUNK];
    let mut have: u64 = 0;
    loop {
        let failed = |error: std::io::Error| Refusal::fetch(&error.to_string());
        let read = from.read(&mut buffer).await.map_err(failed)?;
        if read == 0 {
            return Ok(());
        }
        have += read as u64;
        if have > room {
            return Err(Refusal::NoSpace {
                need: have,
                free: room,
            });
        }
        let chunk = buffer.get(..read).unwrap_or_default();
        file.write_all(chunk).await.map_err(failed)?;
        progress(have, Some(size));
    }
}

async fn download(
    address: &str,
    file: &mut File,
    room: u64,
    progress: Progress<'_>,
) -> Result<(), Refusal> {
    let client = reqwest::Client::builder()
        .connect_timeout(CONNECT)
        .read_timeout(SILENCE)
        .build()
        .map_err(|error| Refusal::fetch(&error.to_string()))?;
    let mut have = 0;
    let mut left = RESUMES;
    loop {
        match part(&client, address, file, &mut have, room, progress).await {
            Ok(()) => return Ok(()),
            Err(Broken::For(refusal)) => return Err(refusal),
            Err(Broken::Off(why)) if left == 0 => return Err(Refusal::fetch(&why)),
            Err(Broken::Off(_)) => {
                left -= 1;
                tokio::time::sleep(Duration::from_secs(2)).await;
            }
        }
    }
}

/// How a download ends early.
enum Broken {
    /// Taken up again where it stopped.
    Off(String),
    /// Nothing to be done.
    For(Refusal),
}

async fn part(
    client: &reqwest::Client,
    address: &str,
    file: &mut File,
    have: &mut u64,
    room: u64,
    progress: Progress<'_>,
) -> Result<(), Broken> {
    let mut request = client.get(address);
    if *have > 0 {
        request = request.header("range", format!("bytes={have}-"));
    }
    let off = |error: reqwest::Error| Broken::Off(error.without_url().to_string());
    let response = request.send().await.map_err(off)?;
    let status = response.status().as_u16();
    match (status, *have) {
        (206, _) | (200, 0) => {}
        // It knows no ranges, or what there is has changed: from the beginning.
        (200 | 416, _) => {
            *have = 0;
            let failed = |error: std::io::Error| Broken::For(Refusal::fetch(&error.to_string()));
            file.set_len(0).await.map_err(failed)?;
            use tokio::io::AsyncSeekExt as _;
            file.rewind().await.map_err(failed)?;
            if status == 416 {
                return Err(Broken::Off("the server has less than before".to_owned()));
            }
        }
        (404 | 410, _) => return Err(Broken::For(Refusal::NotFound)),
        (400..=499, _) => {
            return Err(Broken::For(Refusal::fetch(&format!(
                "the server answers {status}"
            ))));
        }
        _ => return Err(Broken::Off(format!("the server answers {status}"))),
    }
    let size = response.content_length().map(|rest| rest + *have);
    if let Some(need) = size.filter(|size| *size > room) {
        return Err(Broken::For(Refusal::NoSpace { need, free: room }));
    }
    let mut body = response.bytes_stream();
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(off)?;
        if *have + chunk.len() as u64 > room {
            let need = *have + chunk.len() as u64;
            return Err(Broken::For(Refusal::NoSpace { need, free: room }));
        }
        let written = file.write_all(&chunk).await;
        written.map_err(|error| Broken::For(Refusal::fetch(&error.to_string())))?;
        *have += chunk.len() as u64;
        progress(*have, size);
    }
    match size {
        Some(size) if *have < size => Err(Broken::Off("the connection was cut".to_owned())),
        _ => Ok(()),
    }
}
