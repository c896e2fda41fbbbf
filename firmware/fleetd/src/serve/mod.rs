//! `fleetd serve`: answers the API, carries out updates, and tells the room what is wrong.
//!
//! Tasks: the API; one that looks at the unit every few seconds, writes `faults.json` and
//! `activity.json` for `roomd` and feeds the watchdog; one while an update runs.

mod api;
mod view;

use std::sync::Arc;
use std::time::Duration;

use room_fleet::Release;
use room_fleet::api::Activity;
use tokio::net::UnixListener;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{Mutex, watch};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::args::Places;
use crate::outcome::Failure;
use crate::room::Room;
use crate::slots::{Rauc, Slots as _};
use crate::store::{Store, boot_id, write_whole};
use crate::updating::Updating;

/// How often the unit is looked at; also the watchdog's food.
const LOOK: Duration = Duration::from_secs(5);
/// RAUC is started by the bus when it is first asked, on a slow board after a while.
const FIRST_ANSWER: Duration = Duration::from_secs(30);

/// Runs until asked to end.
///
/// # Errors
/// When the image is wrong, or directories or the bus cannot be used.
pub async fn run(places: Places) -> Result<(), Failure> {
    let release = read_release(&places.release)?;
    let slots = Rauc::connect(places.bus.as_deref()).await;
    let slots = slots.map_err(|source| Failure::Bus { source })?;
    let listener = listen(&places)?;
    let (activity, _) = watch::channel(Activity::Idle);
    let updating = Arc::new(Updating {
        slots,
        room: Room::new(&places.room),
        store: Store::new(&places.state),
        release,
        boot: boot_id(places.boot.as_deref())?,
        blocks: places.blocks.clone(),
        runtime: places.runtime.clone(),
        start_faults: places.data_report.with_file_name("start-faults.json"),
        activity,
        busy: Arc::new(Mutex::new(())),
    });
    let resumed = resume(&updating).await;
    let viewer = Arc::new(view::Viewer {
        updating: Arc::clone(&updating),
        places: places.clone(),
    });
    tokio::spawn(api::serve(Arc::clone(&viewer), listener));
    // Without a service manager nobody hears it.
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Ready]);
    tokio::select! {
        () = look(&viewer, resumed) => {}
        () = asked_to_end() => {}
    }
    let _ = sd_notify::notify(&[sd_notify::NotifyState::Stopping]);
    Ok(())
}

/// What the image says of itself.
///
/// # Errors
/// When it does not.
pub fn read_release(path: &std::path::Path) -> Result<Release, Failure> {
    let text = std::fs::read_to_string(path).map_err(|source| Failure::File {
        path: path.to_owned(),
        source,
    })?;
    Release::parse(&text).map_err(|source| Failure::Release { source })
}

fn listen(places: &Places) -> Result<UnixListener, Failure> {
    use std::os::unix::fs::PermissionsExt as _;
    let unusable = |path: &std::path::Path, source| Failure::File {
        path: path.to_owned(),
        source,
    };
    for folder in [&places.state, &places.runtime] {
        std::fs::create_dir_all(folder).map_err(|error| unusable(folder, error))?;
    }
    let socket = places.runtime.join("fleetd.sock");
    // Left behind by an earlier fleetd; systemd runs one at a time.
    let _ = std::fs::remove_file(&socket);
    let listener = UnixListener::bind(&socket).map_err(|error| unusable(&socket, error))?;
    let group = std::fs::Permissions::from_mode(0o660);
    std::fs::set_permissions(&socket, group).map_err(|error| unusable(&socket, error))?;
    Ok(listener)
}

/// Whether RAUC could be asked what became of the trial there was.
async fn resume(updating: &Arc<Updating<Rauc>>) -> bool {
    match timeout(FIRST_ANSWER, updating.slots.state()).await {
        Ok(Ok(state)) => {
            Arc::clone(updating).resume(&state);
            true
        }
        Ok(Err(error)) => {
            tracing::warn!(error = %crate::outcome::chain(&error), "the slots are not known");
            false
        }
        Err(_) => false,
    }
}

async fn look(viewer: &Arc<view::Viewer>, mut resumed: bool) {
    let mut ticks = interval(LOOK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        ticks.tick().await;
        if !resumed {
            resumed = resume(&viewer.updating).await;
        }
        let folder = &viewer.places.runtime;
        tell(&folder.join("faults.json"), &viewer.faults().await);
        let activity = *viewer.updating.activity.borrow();
        tell(&folder.join("activity.json"), &activity);
        let _ = sd_notify::notify(&[sd_notify::NotifyState::Watchdog]);
    }
}

/// Writes what the room reads, when it is another text than before.
fn tell(path: &std::path::Path, what: &impl serde::Serialize) {
    let text = serde_json::to_vec(what).unwrap_or_default();
    let written = std::fs::read(path).is_ok_and(|old| old == text);
    if !written && let Err(error) = write_whole(path, &text, 0o640) {
        tracing::warn!(%error, "the room cannot be told of the unit");
    }
}

/// SIGTERM, or Ctrl-C.
async fn asked_to_end() {
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        // Without signals only a kill ends the process.
        return std::future::pending().await;
    };
    tokio::select! {
        _ = terminate.recv() => {}
        _ = tokio::signal::ctrl_c() => {}
    }
}
