//! One room: `roomd` with its `mediad`, and its control API.

use std::fs::{File, OpenOptions, Permissions};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use hyper::Method;
use room_messages::api::{
    BoardEvent, Decline, Hand, Join, Mute, Phase, React, Reaction, SetShare, Statistics, Status,
    Switch, Volume,
};
use rustix::process::{Pid, Signal, kill_process};
use salle_peers::{Usage, processes};
use serde::Serialize;
use serde::de::DeserializeOwned;
use tempfile::TempDir;
use tokio::process::{Child, Command};
use tokio::sync::mpsc;
use tokio::time::Instant;

use crate::{Error, Result, RoomOptions, api, binary, changes};

const LOOK_EVERY: Duration = Duration::from_millis(100);
/// Until the control API answers.
const START_LIMIT: Duration = Duration::from_secs(30);
/// A clean end leaves the call first.
const STOP_LIMIT: Duration = Duration::from_secs(30);
const NOTHING: Option<&()> = None;
/// Lines of the log in an error.
const LOG_LINES: usize = 80;

/// Ended with everything it started when dropped.
#[derive(Debug)]
pub struct Room {
    roomd: Child,
    folder: TempDir,
    options: RoomOptions,
}

impl Room {
    /// Starts `roomd` and waits until its control API answers.
    ///
    /// # Errors
    /// When it is not built, ends by itself, or does not answer within 30 s.
    pub async fn start(options: RoomOptions) -> Result<Self> {
        let folder = tempfile::Builder::new().prefix("salle-room-").tempdir();
        let folder = folder.map_err(file(&std::env::temp_dir()))?;
        write(&folder.path().join("password"), &options.password)?;
        let settings = options.text(&folder.path().join("password"));
        write(&folder.path().join("room.toml"), &settings)?;
        for name in ["state", "run"] {
            let path = folder.path().join(name);
            std::fs::create_dir(&path).map_err(file(&path))?;
        }
        let roomd = spawn(folder.path(), &options)?;
        let mut room = Self {
            roomd,
            folder,
            options,
        };
        room.answering().await?;
        Ok(room)
    }

    /// Starts `roomd` again on the same settings and state, after [`Room::kill`] or
    /// [`Room::terminate`].
    ///
    /// # Errors
    /// As [`Room::start`].
    pub async fn start_again(&mut self) -> Result<()> {
        self.roomd = spawn(self.folder.path(), &self.options)?;
        self.answering().await
    }

    /// Writes other settings over those of this room, as an installer does.
    ///
    /// # Errors
    /// When the file cannot be written.
    pub fn rewrite_settings(&mut self, options: RoomOptions) -> Result<()> {
        self.options = options;
        let folder = self.folder.path();
        let settings = self.options.text(&folder.join("password"));
        write(&folder.join("room.toml"), &settings)
    }

    async fn answering(&mut self) -> Result<()> {
        let end = Instant::now() + START_LIMIT;
        loop {
            if let Ok(Some(status)) = self.roomd.try_wait() {
                return Err(Error::Ended {
                    status: status.to_string(),
                    log: self.log(),
                });
            }
            match self.status().await {
                Ok(_) => return Ok(()),
                Err(error) if Instant::now() > end => return Err(error),
                Err(_) => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }

    /// Kills `roomd` alone, as a crash does; `mediad` is left to itself.
    pub async fn kill(&mut self) {
        // An error means that it has ended already.
        let _ = self.roomd.kill().await;
    }

    /// Ends it as systemd does, and waits.
    ///
    /// # Errors
    /// When it has not ended after 30 s.
    pub async fn terminate(&mut self) -> Result<ExitStatus> {
        if let Some(pid) = self.roomd.id() {
            signal(pid, Signal::TERM);
        }
        match tokio::time::timeout(STOP_LIMIT, self.roomd.wait()).await {
            Ok(Ok(status)) => Ok(status),
            _ => Err(Error::NotSeen {
                what: "the end of roomd".into(),
                limit: STOP_LIMIT,
                last: String::new(),
                log: self.log(),
            }),
        }
    }

    /// Kills `mediad`, as a crash does.
    pub fn kill_mediad(&self) {
        if let Some(pid) = self.mediad_pid() {
            signal(pid, Signal::KILL);
        }
    }

    #[must_use]
    pub fn mediad_pid(&self) -> Option<u32> {
        self.pids().into_iter().find(|pid| {
            let name = std::fs::read_to_string(format!("/proc/{pid}/comm"));
            name.is_ok_and(|name| name.trim() == "mediad")
        })
    }

    /// Process ids of `roomd` and all it started.
    #[must_use]
    pub fn pids(&self) -> Vec<u32> {
        self.roomd.id().map(processes::tree).unwrap_or_default()
    }

    /// CPU time and memory of all its daemons.
    #[must_use]
    pub fn usage(&self) -> Usage {
        processes::usage(&self.pids())
    }

    /// `--state` of this room.
    #[must_use]
    pub fn state_directory(&self) -> PathBuf {
        state_of(self.folder.path(), &self.options)
    }

    /// `--settings` of this room.
    #[must_use]
    pub fn settings_file(&self) -> PathBuf {
        self.folder.path().join("room.toml")
    }

    /// From the next start on, the daemons see the mounts of this process.
    pub fn see_mounts_of(&mut self, process: u32) {
        self.options.mounts_of = Some(process);
    }

    /// `--runtime` of this room, for `roomctl`.
    #[must_use]
    pub fn runtime_directory(&self) -> PathBuf {
        self.folder.path().join("run")
    }

    /// The end of what the daemons logged.
    #[must_use]
    pub fn log(&self) -> String {
        let text = self.whole_log();
        let lines: Vec<&str> = text.lines().collect();
        lines
            .split_at(lines.len().saturating_sub(LOG_LINES))
            .1
            .join("\n")
    }

    /// Everything the daemons logged since the first start.
    #[must_use]
    pub fn whole_log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default()
    }

    /// # Errors
    /// When the control API does not answer.
    pub async fn status(&self) -> Result<Status> {
        self.ask(Method::GET, "/v1/status", NOTHING).await?.json()
    }

    /// Every status from now on, with the moment it arrived.
    ///
    /// # Errors
    /// When the control API does not answer.
    pub async fn changes(&self) -> Result<mpsc::Receiver<(std::time::Instant, Status)>> {
        changes::follow(self.runtime_directory().join("roomd.sock")).await
    }

    /// Looks until `condition` holds, and returns that status.
    ///
    /// # Errors
    /// [`Error::NotSeen`] after `limit`. A control API that does not answer meanwhile is
    /// asked again.
    pub async fn wait_until(
        &self,
        what: &str,
        condition: impl Fn(&Status) -> bool,
        limit: Duration,
    ) -> Result<Status> {
        let end = Instant::now() + limit;
        loop {
            let seen = self.status().await;
            match seen {
                Ok(status) if condition(&status) => return Ok(status),
                seen if Instant::now() > end => return Err(self.not_seen(what, limit, seen)),
                _ => tokio::time::sleep(LOOK_EVERY).await,
            }
        }
    }

    fn not_seen(&self, what: &str, limit: Duration, seen: Result<Status>) -> Error {
        let last = match seen {
            Ok(status) => serde_json::to_string(&status).unwrap_or_default(),
            Err(error) => error.to_string(),
        };
        Error::NotSeen {
            what: what.to_owned(),
            limit,
            last,
            log: self.log(),
        }
    }

    /// Orders to join and waits until the room is in the call or has failed.
    ///
    /// # Errors
    /// [`Error::Problem`] when it failed.
    pub async fn join(&self, target: &str) -> Result<Status> {
        self.join_at("/v1/call/join?wait=true", target).await
    }

    /// Orders to join and does not wait.
    ///
    /// # Errors
    /// [`Error::Problem`] when the order was refused.
    pub async fn order_join(&self, target: &str) -> Result<Status> {
        self.join_at("/v1/call/join", target).await
    }

    async fn join_at(&self, path: &str, target: &str) -> Result<Status> {
        let target = target.to_owned();
        let answer = self.ask(Method::POST, path, Some(&Join { target })).await?;
        answer.json()
    }

    /// Asks for something about a meeting: `join`, `book`, `extend` or `end`.
    ///
    /// # Errors
    /// [`Error::Problem`] when it was refused.
    pub async fn meeting(&self, what: &str, body: &impl Serialize) -> Result<Status> {
        self.post(&format!("/v1/meetings/{what}"), body).await
    }

    /// # Errors
    /// [`Error::Problem`] when it was refused.
    pub async fn post(&self, path: &str, body: &impl Serialize) -> Result<Status> {
        self.ask(Method::POST, path, Some(body)).await?.json()
    }

    /// # Errors
    /// [`Error::Problem`] when it was refused.
    pub async fn get<T: DeserializeOwned>(&self, path: &str) -> Result<T> {
        self.ask(Method::GET, path, NOTHING).await?.json()
    }

    /// Leaves, and waits until the room is idle.
    ///
    /// # Errors
    /// When it is not idle within `limit`.
    pub async fn leave(&self, limit: Duration) -> Result<Status> {
        let answer = self.ask(Method::POST, "/v1/call/leave", NOTHING).await?;
        answer.json::<Status>()?;
        self.wait_until("idle", |status| status.call.phase == Phase::Idle, limit)
            .await
    }

    /// # Errors
    /// When the control API refuses.
    pub async fn set_microphone(&self, muted: bool) -> Result<Status> {
        self.put("/v1/microphone", &Mute { muted }).await
    }

    /// # Errors
    /// When the control API refuses.
    pub async fn set_camera(&self, on: bool) -> Result<Status> {
        self.put("/v1/camera", &Switch { on }).await
    }

    /// # Errors
    /// When the control API refuses.
    pub async fn set_speaker(&self, volume: u8) -> Result<Status> {
        self.put("/v1/speaker", &Volume { volume }).await
    }

    /// # Errors
    /// When the control API refuses.
    pub async fn share(&self, active: bool) -> Result<Status> {
        self.put("/v1/share", &SetShare { active }).await
    }

    /// # Errors
    /// When the control API refuses.
    pub async fn raise_hand(&self, raised: bool) -> Result<Status> {
        self.put("/v1/call/hand", &Hand { raised }).await
    }

    /// # Errors
    /// When the control API refuses.
    pub async fn react(&self, reaction: Reaction) -> Result<Status> {
        self.post("/v1/call/react", &React { reaction }).await
    }

    /// # Errors
    /// When the control API refuses.
    pub async fn decline(&self, room_id: &str) -> Result<Status> {
        let room_id = room_id.to_owned();
        self.post("/v1/call/decline", &Decline { room_id }).await
    }

    /// # Errors
    /// When the control API refuses.
    pub async fn board(&self, event: &BoardEvent) -> Result<()> {
        let path = "/v1/simulation/board";
        let answer = self.ask(Method::POST, path, Some(event)).await?;
        if answer.status.is_success() {
            Ok(())
        } else {
            Err(answer.problem())
        }
    }

    /// # Errors
    /// When the control API refuses, e.g. without a call.
    pub async fn statistics(&self) -> Result<Statistics> {
        let path = "/v1/call/statistics";
        self.ask(Method::GET, path, NOTHING).await?.json()
    }

    /// The stage as PNG.
    ///
    /// # Errors
    /// When the control API refuses.
    pub async fn stage(&self) -> Result<Vec<u8>> {
        let answer = self.ask(Method::GET, "/v1/stage.png", NOTHING).await?;
        if answer.status.is_success() {
            Ok(answer.body.to_vec())
        } else {
            Err(answer.problem())
        }
    }

    /// Every text on the stage, a line each: what its picture says of itself.
    ///
    /// # Errors
    /// As [`Self::stage`]; when the picture cannot be read.
    pub async fn stage_text(&self) -> Result<String> {
        let picture = self.stage().await?;
        text_of(&picture).map_err(|error| Error::Api(format!("the stage's picture: {error}")))
    }

    /// Waits until the text on the stage is `right`.
    ///
    /// # Errors
    /// When it is not within `limit`.
    pub async fn stage_until(
        &self,
        what: &str,
        right: impl Fn(&str) -> bool,
        limit: Duration,
    ) -> Result<()> {
        let end = Instant::now() + limit;
        loop {
            // A busy `mediad` may be too late with an answer.
            let last = self.stage_text().await.unwrap_or_else(|e| e.to_string());
            if right(&last) {
                return Ok(());
            }
            if Instant::now() > end {
                return Err(Error::NotSeen {
                    what: what.to_owned(),
                    limit,
                    last,
                    log: self.log(),
                });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// # Errors
    /// [`Error::Problem`] when it was refused.
    pub async fn put(&self, path: &str, body: &impl Serialize) -> Result<Status> {
        self.ask(Method::PUT, path, Some(body)).await?.json()
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<api::Answer> {
        let socket = self.runtime_directory().join("roomd.sock");
        api::ask(&socket, method, path, body).await
    }
}

impl Drop for Room {
    fn drop(&mut self) {
        if let Some(pid) = self.roomd.id() {
            processes::end(pid);
        }
    }
}

/// The texts of a picture (iTXt).
fn text_of(picture: &[u8]) -> std::result::Result<String, png::DecodingError> {
    let reader = png::Decoder::new(std::io::Cursor::new(picture)).read_info()?;
    let texts = reader.info().utf8_text.iter();
    let texts: std::result::Result<Vec<_>, _> = texts.map(|text| text.get_text()).collect();
    Ok(texts?.join("\n"))
}

fn state_of(folder: &Path, options: &RoomOptions) -> PathBuf {
    let own = || folder.join("state");
    options.state.clone().unwrap_or_else(own)
}

fn spawn(folder: &Path, options: &RoomOptions) -> Result<Child> {
    let log = folder.join("log");
    let opened: std::io::Result<File> = OpenOptions::new().create(true).append(true).open(&log);
    let output = opened.map_err(file(&log))?;
    let errors = output.try_clone().map_err(file(&log))?;
    let roomd = binary("roomd")?;
    let mut command = mortal(options.mounts_of);
    if let Some(group) = options.group {
        command.args(["--regid", &group.to_string(), "--keep-groups"]);
    }
    if let Some(file) = &options.authorities {
        command.env("SSL_CERT_FILE", file);
    }
    command
        .arg(&roomd)
        .arg("--settings")
        .arg(folder.join("room.toml"))
        .arg("--state")
        .arg(state_of(folder, options))
        .arg("--runtime")
        .arg(folder.join("run"))
        .arg("--mediad")
        .arg(binary("mediad")?)
        .env("SALLE_LOG", &options.log)
        .stdin(Stdio::null())
        .stdout(output)
        .stderr(errors)
        // A group of its own: Ctrl-C at the terminal is for whoever started the room.
        .process_group(0)
        .kill_on_drop(true)
        .spawn()
        .map_err(file(&roomd))
}

/// A program that the kernel ends when the test dies, with the mounts of another process.
fn mortal(mounts_of: Option<u32>) -> Command {
    let mut command = Command::new("setpriv");
    let Some(pid) = mounts_of else {
        command.args(["--pdeathsig", "KILL"]);
        return command;
    };
    command = Command::new("nsenter");
    command.arg(format!("--mount=/proc/{pid}/ns/mnt"));
    if !rustix::process::geteuid().is_root() {
        command.arg(format!("--user=/proc/{pid}/ns/user"));
        command.arg("--preserve-credentials");
    }
    command.args(["setpriv", "--pdeathsig", "KILL"]);
    command
}

fn signal(pid: u32, signal: Signal) {
    if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
        // An error means that it has ended already.
        let _ = kill_process(pid, signal);
    }
}

/// Secrets may be read by their owner only.
fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(file(path))?;
    std::fs::set_permissions(path, Permissions::from_mode(0o600)).map_err(file(path))
}

fn file(path: &Path) -> impl Fn(std::io::Error) -> Error {
    let path = path.to_owned();
    move |cause| Error::File {
        path: path.clone(),
        cause,
    }
}
