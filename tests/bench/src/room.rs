//! A room as people use it: from a press to the picture that answers it and to the order in the
//! room's mind, from the start of `paneld` to its first picture, and memory.
//!
//! Beside each figure stand its limit and the figure as a part of it. The way to the mind is beside
//! that of the bare control API in the same run, since both end with an event from `roomd`.

use std::fmt;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use room_messages::api::{Phase, Status};
use salle_hand::Hand;
use salle_peers::{Usage, processes};
use salle_scenarios::{Error, Room, Scene, SceneOptions, binary};
use tokio::sync::mpsc;
use tokio::time::timeout;

use crate::figures::Series;
use crate::measured;

type Result<T, E = Error> = std::result::Result<T, E>;
type Changes = mpsc::Receiver<(Instant, Status)>;

const LIMIT: Duration = Duration::from_secs(60);
const TIMES: usize = 30;
/// Each is started and ended so often.
const STARTS: usize = 5;
/// A call, and what it needs, has settled.
const SETTLED: Duration = Duration::from_secs(5);

/// Milliseconds and megabytes.
#[derive(Debug, Default)]
pub struct Found {
    picture: Series,
    order: Series,
    order_by_api: Series,
    start: Series,
    idle: Memory,
    in_call: Memory,
}

/// PSS in megabytes.
#[derive(Clone, Debug, Default)]
struct Memory {
    room: f64,
    panel: f64,
}

pub async fn measure() -> Result<Found> {
    let scene = Scene::start(SceneOptions::default()).await?;
    let room = measured::waiting_room(scene.room_options()).await?;
    let folder = tempfile::tempdir().map_err(failed)?;
    let start = starts(folder.path())?;
    let shown = Shown::start(&room.runtime_directory(), folder.path())?;
    shown.drawn()?;
    tokio::time::sleep(SETTLED).await;
    let idle = shown.memory(&room);
    room.join(&scene.room_id).await?;
    tokio::time::sleep(SETTLED).await;
    let in_call = shown.memory(&room);
    drop(shown);

    let hand = Hand::before(&room.runtime_directory()).map_err(not_pressed)?;
    let (order, picture) = presses(&room, hand).await?;
    let order_by_api = by_api(&room).await?;
    room.leave(LIMIT).await?;
    Ok(Found {
        picture,
        order,
        order_by_api,
        start,
        idle,
        in_call,
    })
}

/// From the press on the microphone's button: until the mind has it, and until the panel has drawn.
async fn presses(room: &Room, hand: &Hand) -> Result<(Series, Series)> {
    let mut changes = room.changes().await?;
    let (mut orders, mut pictures) = (Vec::new(), Vec::new());
    for time in 0..TIMES {
        let muted = time % 2 == 0;
        let label = if muted {
            "Microphone: On"
        } else {
            "Microphone: Muted"
        };
        hand.sees(label, LIMIT).await.map_err(not_pressed)?;
        let begun = Instant::now();
        pictures.push(hand.taps(label, LIMIT).await.map_err(not_pressed)?);
        orders.push(arrives(&mut changes, muted).await? - begun);
    }
    Ok((milliseconds(&orders), milliseconds(&pictures)))
}

async fn by_api(room: &Room) -> Result<Series> {
    let mut changes = room.changes().await?;
    let mut orders = Vec::new();
    for time in 0..TIMES {
        let muted = time % 2 == 0;
        let begun = Instant::now();
        room.set_microphone(muted).await?;
        orders.push(arrives(&mut changes, muted).await? - begun);
    }
    Ok(milliseconds(&orders))
}

/// When the room first says so.
async fn arrives(changes: &mut Changes, muted: bool) -> Result<Instant> {
    let says = async {
        while let Some((at, status)) = changes.recv().await {
            if status.call.phase == Phase::InCall && status.microphone.muted == muted {
                return Some(at);
            }
        }
        None
    };
    let said = timeout(LIMIT, says).await.ok().flatten();
    said.ok_or_else(|| Error::Api("the room does not say that it is muted or open".to_owned()))
}

fn milliseconds(all: &[Duration]) -> Series {
    Series::new(all.iter().map(|one| Some(one.as_secs_f64() * 1000.0)))
}

#[allow(
    clippy::cast_precision_loss,
    reason = "no computer has memory that a float cannot count"
)]
fn megabytes(usage: &Usage) -> f64 {
    usage.pss_kib as f64 * 1024.0 / 1e6
}

fn failed(error: std::io::Error) -> Error {
    Error::Api(format!("paneld cannot be measured: {error}"))
}

fn not_pressed(error: salle_hand::Error) -> Error {
    Error::Api(error.to_string())
}

/// `paneld` as a process of its own, drawing into memory. It says that it is ready when its loop
/// turns, which draws first.
struct Shown {
    child: Child,
    begun: Instant,
    notified: UnixDatagram,
}

impl Shown {
    fn start(runtime: &Path, folder: &Path) -> Result<Self> {
        let socket = folder.join("notify");
        let _ = std::fs::remove_file(&socket);
        let notified = UnixDatagram::bind(&socket).map_err(failed)?;
        notified.set_read_timeout(Some(LIMIT)).map_err(failed)?;
        let begun = Instant::now();
        let child = Command::new(binary("paneld")?)
            .arg("--headless")
            .arg("--runtime")
            .arg(runtime)
            .arg("--state")
            .arg(folder)
            .env("NOTIFY_SOCKET", &socket)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(failed)?;
        Ok(Self {
            child,
            begun,
            notified,
        })
    }

    fn drawn(&self) -> Result<Duration> {
        let mut text = [0; 64];
        self.notified.recv(&mut text).map_err(failed)?;
        Ok(self.begun.elapsed())
    }

    fn memory(&self, room: &Room) -> Memory {
        Memory {
            room: megabytes(&room.usage()),
            panel: megabytes(&processes::usage(&[self.child.id()])),
        }
    }
}

impl Drop for Shown {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn starts(folder: &Path) -> Result<Series> {
    let mut all = Vec::new();
    for _ in 0..STARTS {
        all.push(Shown::start(folder, folder)?.drawn()?);
    }
    Ok(milliseconds(&all))
}

impl fmt::Display for Found {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<38} {:>9} {:>9} {:>9} {:>7}",
            "", "median", "worst", "to reach", "part"
        )?;
        for (name, series, limit) in [
            ("press to picture, ms", &self.picture, 100.0),
            ("press to order in the mind, ms", &self.order, 10.0),
            ("start of paneld to picture, ms", &self.start, 1000.0),
        ] {
            line(f, name, series, limit)?;
        }
        let (panel, api) = (self.order.median(), self.order_by_api.median());
        if let (Some(panel), Some(api)) = (panel, api) {
            writeln!(
                f,
                "the same order by the control API: {api:.1} ms; the panel takes {:.2} times that",
                panel / api
            )?;
        }
        for (name, memory) in [("idle", &self.idle), ("in a call", &self.in_call)] {
            let all = memory.room + memory.panel;
            writeln!(
                f,
                "memory {name}, MB: roomd and mediad {:.1}, paneld {:.1}, together {all:.1}",
                memory.room, memory.panel
            )?;
        }
        let all = self.idle.room + self.idle.panel;
        write!(f, "idle, of the 250 MB for all daemons: {:.2}", all / 250.0)
    }
}

fn line(f: &mut fmt::Formatter<'_>, name: &str, series: &Series, limit: f64) -> fmt::Result {
    let median = series.median().unwrap_or(f64::NAN);
    let worst = series.range().map_or(f64::NAN, |(_, worst)| worst);
    let part = median / limit;
    writeln!(
        f,
        "{name:<38} {median:>9.1} {worst:>9.1} {limit:>9.0} {part:>7.2}"
    )
}
