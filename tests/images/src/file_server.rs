//! Hands one file to the board, by HTTP, at the address at which it sees the host (10.0.2.2).

use std::fs::File;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use crate::{Error, Result};

/// Serves as long as the test's process runs.
#[derive(Debug)]
pub struct FileServer {
    port: u16,
}

impl FileServer {
    /// # Errors
    /// When no port is free.
    pub fn start(file: &Path) -> Result<Self> {
        let wrong = |source| Error::Connection("the file server", source);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).map_err(wrong)?;
        let port = listener.local_addr().map_err(wrong)?.port();
        let file: PathBuf = file.to_owned();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                // Who hangs up in the middle asks again.
                let _ = serve(stream, &file);
            }
        });
        Ok(Self { port })
    }

    /// Where the board finds a bundle.
    #[must_use]
    pub fn address(&self) -> String {
        format!("http://10.0.2.2:{}/update.raucb", self.port)
    }
}

fn serve(mut stream: TcpStream, path: &Path) -> std::io::Result<()> {
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    while lines
        .next()
        .transpose()?
        .is_some_and(|line| !line.is_empty())
    {}
    let mut file = File::open(path)?;
    let length = file.metadata()?.len();
    write!(
        stream,
        "HTTP/1.1 200 OK\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n"
    )?;
    std::io::copy(&mut file, &mut stream).map(drop)
}
