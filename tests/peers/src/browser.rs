//! One headless Chromium with its own driver, port and profile.
//!
//! Invariant: both end with this value, and with this process: the kernel kills the driver
//! when its parent dies, and Chromium when the driver dies.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use fantoccini::{Client, ClientBuilder};
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::io::{AsyncBufReadExt as _, BufReader};
use tokio::process::{Child, Command};

use crate::{Error, Result, processes};

/// The binary itself: the wrapper in /usr/bin reads the user's own flags.
const CHROMIUM: [&str; 2] = ["/usr/lib/chromium/chromium", "/usr/bin/chromium"];
const DRIVER_LIMIT: Duration = Duration::from_secs(60);
const DRIVER_TRIES: u32 = 5;

/// Whether WebRTC may use 127.0.0.1 for its own end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Loopback {
    /// Needed where there is no other network.
    Offered,
    /// As in everybody's browser.
    Hidden,
}

#[derive(Debug)]
pub struct Browser {
    pub client: Client,
    driver: Child,
    driver_pid: u32,
    /// Profile and start script; removed at the end.
    _folder: TempDir,
}

impl Browser {
    /// Starts with a camera and a microphone that play these files in a loop.
    pub async fn start(camera: &Path, microphone: &Path, loopback: Loopback) -> Result<Self> {
        let folder = tempfile::Builder::new()
            .prefix("salle-peer-")
            .tempdir()
            .map_err(|cause| Error::File {
                path: std::env::temp_dir(),
                cause,
            })?;
        let (driver, port) = start_driver().await?;
        let driver_pid = driver.id().unwrap_or_default();
        let binary = start_script(folder.path())?;
        let guard = EndOnDrop(driver_pid);
        let client = session(port, &binary, folder.path(), camera, microphone, loopback).await?;
        std::mem::forget(guard);
        Ok(Self {
            client,
            driver,
            driver_pid,
            _folder: folder,
        })
    }

    /// Chromium's processes, without the driver's.
    pub fn pids(&self) -> Vec<u32> {
        let mut pids = processes::tree(self.driver_pid);
        pids.remove(0);
        pids
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        processes::end(self.driver_pid);
        // Reaped here when it is quick, else by the runtime.
        let _ = self.driver.try_wait();
    }
}

/// Between the start of the driver and the first moment a [`Browser`] owns it.
struct EndOnDrop(u32);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        processes::end(self.0);
    }
}

/// A program that the kernel kills when its parent dies.
fn mortal(program: &str) -> Command {
    let mut command = Command::new("setpriv");
    command.args(["--pdeathsig", "KILL", program]);
    command
}

/// The driver picks a free port and says which. It looks for one that is free on every address,
/// and gives up when another driver is quicker; so it gets some more tries.
async fn start_driver() -> Result<(Child, u16)> {
    let mut said = String::new();
    for _ in 0..DRIVER_TRIES {
        let mut driver = spawn_driver()?;
        if let Some(port) = driver_port(&mut driver, &mut said).await {
            return Ok((driver, port));
        }
    }
    Err(Error::Silent {
        program: "chromedriver",
        limit: DRIVER_LIMIT,
        detail: said,
    })
}

fn spawn_driver() -> Result<Child> {
    if !on_path("chromedriver") {
        return Err(Error::Missing {
            what: "chromedriver",
            next: "install Chromium and its driver (Debian: apt install chromium chromium-driver)",
        });
    }
    mortal("chromedriver")
        .arg("--port=0")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        // A group of its own: Ctrl-C at the terminal is for whoever drives the browser.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(|cause| Error::Start {
            program: "chromedriver",
            cause,
        })
}

fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

/// `None` when the driver ends or stays silent; what it said is in `said`.
async fn driver_port(driver: &mut Child, said: &mut String) -> Option<u16> {
    let mut lines = BufReader::new(driver.stdout.take()?).lines();
    let read = async {
        while let Ok(Some(line)) = lines.next_line().await {
            let port = line
                .split("successfully on port ")
                .nth(1)
                .map(|rest| rest.trim_end_matches('.'));
            if let Some(port) = port.and_then(|port| port.parse().ok()) {
                return Some(port);
            }
            said.push_str(&line);
            said.push('\n');
        }
        None
    };
    let port = tokio::time::timeout(DRIVER_LIMIT, read).await.ok()??;
    // It would block on a full pipe.
    tokio::spawn(async move { while let Ok(Some(_)) = lines.next_line().await {} });
    Some(port)
}

fn start_script(folder: &Path) -> Result<PathBuf> {
    let chromium = CHROMIUM
        .into_iter()
        .find(|path| Path::new(path).exists())
        .ok_or(Error::Missing {
            what: "Chromium",
            next: "install it (Debian: apt install chromium chromium-driver)",
        })?;
    let path = folder.join("chromium");
    let script = format!("#!/bin/sh\nexec setpriv --pdeathsig KILL {chromium} \"$@\"\n");
    let write = || -> std::io::Result<()> {
        std::fs::write(&path, script)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o700))
    };
    write().map_err(|cause| Error::File {
        path: path.clone(),
        cause,
    })?;
    Ok(path)
}

async fn session(
    port: u16,
    binary: &Path,
    folder: &Path,
    camera: &Path,
    microphone: &Path,
    loopback: Loopback,
) -> Result<Client> {
    let mut arguments: Vec<String> = ARGUMENTS.map(str::to_owned).to_vec();
    arguments.push(format!(
        "--user-data-dir={}",
        folder.join("profile").display()
    ));
    if rustix::process::geteuid().is_root() {
        arguments.push("--no-sandbox".into());
    }
    for (flag, file) in [("video", camera), ("audio", microphone)] {
        arguments.push(format!(
            "--use-file-for-fake-{flag}-capture={}",
            file.display()
        ));
    }
    if loopback == Loopback::Offered {
        arguments.push("--allow-loopback-in-peer-connection".into());
    }
    let wanted = json!({
        "browserName": "chrome",
        "pageLoadStrategy": "eager",
        "timeouts": { "script": 60_000, "pageLoad": 120_000 },
        "goog:chromeOptions": { "binary": binary, "args": arguments },
    });
    let Value::Object(wanted) = wanted else {
        unreachable!("written as an object above")
    };
    ClientBuilder::new(hyper_connector())
        .capabilities(wanted)
        .connect(&format!("http://127.0.0.1:{port}"))
        .await
        .map_err(|cause| Error::Session(Box::new(cause)))
}

fn hyper_connector() -> hyper_util::client::legacy::connect::HttpConnector {
    hyper_util::client::legacy::connect::HttpConnector::new()
}

const ARGUMENTS: [&str; 19] = [
    "--headless=new",
    // The page itself gets 1280x720; the rest is the window's frame.
    "--window-size=1280,863",
    "--lang=en-US",
    "--mute-audio",
    "--no-first-run",
    "--no-default-browser-check",
    "--no-proxy-server",
    "--disable-extensions",
    "--disable-sync",
    "--disable-component-update",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
    "--disable-gpu",
    "--disable-background-timer-throttling",
    "--disable-backgrounding-occluded-windows",
    "--disable-renderer-backgrounding",
    "--use-fake-ui-for-media-stream",
    "--use-fake-device-for-media-stream",
    "--autoplay-policy=no-user-gesture-required",
];
