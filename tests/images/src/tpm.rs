//! A TPM beside the board: what it keeps outlives the board's power, what was measured does not.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::{Error, Result};

const PROGRAM: &str = "swtpm";
/// For it to open its socket.
const SOCKET: Duration = Duration::from_secs(30);

/// A running TPM, its state in a folder of the test.
#[derive(Debug)]
pub struct Tpm {
    child: Child,
    socket: PathBuf,
}

impl Tpm {
    /// Where a TPM keeps its state: another folder is another TPM.
    #[must_use]
    pub fn state(folder: &Path) -> PathBuf {
        folder.join("tpm")
    }

    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let state = Self::state(folder);
        std::fs::create_dir_all(&state).map_err(Error::file("create", &state))?;
        let socket = folder.join("tpm.sock");
        let _ = std::fs::remove_file(&socket);
        let child = Command::new(PROGRAM)
            .args(["socket", "--tpm2", "--terminate", "--tpmstate"])
            .arg(format!("dir={}", state.display()))
            .arg("--ctrl")
            .arg(format!("type=unixio,path={}", socket.display()))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .spawn();
        let child = child.map_err(|source| Error::Start {
            program: PROGRAM,
            source,
        })?;
        let tpm = Self { child, socket };
        tpm.wait()?;
        Ok(tpm)
    }

    fn wait(&self) -> Result<()> {
        let began = Instant::now();
        while !self.socket.exists() {
            if began.elapsed() > SOCKET {
                return Err(Error::Ended(format!("{PROGRAM} opens no socket")));
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    pub(crate) fn arguments(&self) -> Vec<String> {
        let socket = format!("socket,id=tpm,path={}", self.socket.display());
        [
            "-chardev",
            &socket,
            "-tpmdev",
            "emulator,id=tpm0,chardev=tpm",
        ]
        .into_iter()
        .chain(["-device", "tpm-tis-device,tpmdev=tpm0"])
        .map(str::to_owned)
        .collect()
    }
}

impl Drop for Tpm {
    fn drop(&mut self) {
        // It has ended by itself when the board has.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
