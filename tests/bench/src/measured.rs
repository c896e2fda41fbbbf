//! The participant that is measured: first a room, then Element Call in its place.

use std::time::{Duration, Instant};

use room_messages::Source;
use room_messages::api::{Homeserver, Statistics};
use salle_peers::{ElementCall, Observation, Peer, PeerOptions};
use salle_scenarios::{Error, Room, RoomOptions};
use tokio::time::sleep;

use crate::load::Load;
use crate::work::Work;

type Result<T, E = Error> = std::result::Result<T, E>;

const LIMIT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(15);
/// After the start, until what only a start brings is over (key uploads, first syncs).
const CALM: Duration = Duration::from_secs(3);
/// After the join, until bit rates and layers have settled.
const SETTLE: Duration = Duration::from_secs(5);
const STRETCH: Duration = Duration::from_secs(15);

/// Milliseconds from the order (the room) or the pressed button (Element Call).
#[derive(Clone, Debug, Default)]
pub struct Joined {
    /// A member for the others, and connected to the SFU.
    pub in_call: Option<f64>,
    /// The first remote picture was decoded.
    pub picture: Option<f64>,
    /// The first remote sound was decoded.
    pub sound: Option<f64>,
    /// The room's own account of its steps.
    pub steps: Vec<(String, f64)>,
}

impl Joined {
    fn whole(&self) -> bool {
        self.in_call.is_some() && self.picture.is_some() && self.sound.is_some()
    }
}

/// A stretch of a call that has settled.
#[derive(Clone, Debug, Default)]
pub struct Stretch {
    pub load: Load,
    pub work: Work,
}

/// A room that has logged in, has synced and waits.
pub async fn waiting_room(options: RoomOptions) -> Result<Room> {
    let room = Room::start(options).await?;
    let online = |status: &room_messages::api::Status| status.room.homeserver == Homeserver::Online;
    room.wait_until("logged in", online, LIMIT).await?;
    sleep(CALM).await;
    Ok(room)
}

/// Gives the order and looks until picture and sound of somebody are there.
pub async fn join_room(room: &Room, room_id: &str) -> Result<Joined> {
    let begun = Instant::now();
    room.order_join(room_id).await?;
    let mut joined = Joined::default();
    while !joined.whole() {
        if begun.elapsed() > LIMIT {
            return room
                .wait_until("picture and sound", |_| false, Duration::ZERO)
                .await
                .map(|_| joined);
        }
        // Before there is a call there are no statistics.
        if let Ok(seen) = room.statistics().await {
            note(&mut joined, &seen, begun.elapsed().as_secs_f64() * 1000.0);
        }
        sleep(LOOK_EVERY).await;
    }
    Ok(joined)
}

fn note(joined: &mut Joined, seen: &Statistics, now: f64) {
    let in_call = seen.timeline.iter().find(|step| step.step == "in_call");
    joined.in_call = in_call.map(|step| step.after_ms as f64);
    let steps = seen.timeline.iter();
    joined.steps = steps
        .map(|step| (step.step.clone(), step.after_ms as f64))
        .collect();
    let decoded = |source: Source| {
        let mut tracks = seen.tracks.iter();
        tracks.any(|t| t.user.is_some() && t.source == Some(source) && t.figures.frames > 0)
    };
    for (source, at) in [
        (Source::Camera, &mut joined.picture),
        (Source::Microphone, &mut joined.sound),
    ] {
        if at.is_none() && decoded(source) {
            *at = Some(now);
        }
    }
}

/// Measures a room that has just joined.
pub async fn room_stretch(room: &Room) -> Result<Stretch> {
    sleep(SETTLE).await;
    let (before, begun) = (room.statistics().await?, Instant::now());
    let load = Load::of(&room.pids(), STRETCH).await;
    let seconds = begun.elapsed().as_secs_f64();
    let work = Work::of_room(&before, &room.statistics().await?, seconds);
    Ok(Stretch { load, work })
}

/// Opens Element Call, lets it rest in its lobby, and presses its button.
pub async fn join_element_call(options: PeerOptions) -> Result<(Peer, Joined)> {
    let peer = ElementCall::open(options).await?;
    sleep(CALM).await;
    peer.join(LIMIT).await?;
    let whole = |seen: &Observation| times(seen).whole();
    let seen = peer.wait_until("picture and sound", whole, LIMIT).await?;
    Ok((peer, times(&seen)))
}

fn times(seen: &Observation) -> Joined {
    let line = &seen.timeline;
    let since = |at: Option<f64>| Some(at? - line.pressed_ms?);
    Joined {
        in_call: since(line.connected_ms),
        picture: since(line.first_picture_ms),
        sound: since(line.first_sound_ms),
        steps: Vec::new(),
    }
}

/// Measures an Element Call that has just joined. Nobody asks its page anything meanwhile.
pub async fn element_call_stretch(peer: &Peer) -> Result<Stretch> {
    sleep(SETTLE).await;
    let (before, begun) = (peer.observe().await?, Instant::now());
    let load = Load::of(&peer.pids(), STRETCH).await;
    let seconds = begun.elapsed().as_secs_f64();
    let work = Work::of_element_call(&before, &peer.observe().await?, seconds);
    Ok(Stretch { load, work })
}
