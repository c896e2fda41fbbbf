//! Media watched while something happens: did it stand still, and when was it back?
//!
//! Invariant: a standstill is as long as two looks prove it to be. A look that a busy machine
//! answers late never makes one, and what was counted before the watch is worth nothing.

use std::cell::Cell;
use std::fmt;
use std::time::Duration;

use room_messages::Source;
use salle_peers::{Observation, Peer};
use salle_scenarios::Room;
use tokio::time::{Instant, sleep};

use crate::meet::track;

const LOOK_EVERY: Duration = Duration::from_millis(150);
/// Longer than the pause of a tone, and two looks.
const STANDS: Duration = Duration::from_secs(1);
/// Longer than a busy machine halts everything; what is lost for good stands longer.
const HALTED: Duration = Duration::from_secs(4);
/// What `totalAudioEnergy` gains in a twentieth of a second of a tone.
const HEARD: f64 = 1e-3;

/// Somebody who gets somebody's picture and sound.
pub enum Eye<'a> {
    Peer(&'a Peer, String),
    Room(&'a Room, String),
}

/// Frames decoded and sound heard so far, each in units of the least that is new and not noise of
/// the counter, and frames that could not be decrypted.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Counts {
    picture: f64,
    sound: f64,
    refused: u64,
}

/// `None`: nothing arrived yet, or nobody answers.
struct Look {
    asked: Instant,
    answered: Instant,
    counts: Option<Counts>,
}

/// Everything that was seen during a watch.
pub struct Film {
    begun: Instant,
    /// One list of looks for each eye.
    looks: Vec<(String, Vec<Look>)>,
}

/// A time without a new frame, or without sound.
pub struct Standstill {
    what: String,
    since: Instant,
    /// The last look that found nothing new.
    proved: Instant,
    /// The look that found something.
    over: Instant,
    /// Frames did come meanwhile, which could not be decrypted.
    refused: bool,
}

/// Looks until `during` is done, and once more.
pub async fn watching<T>(eyes: &[Eye<'_>], during: impl Future<Output = T>) -> (T, Film) {
    let over = Cell::new(false);
    let happening = async {
        let done = during.await;
        over.set(true);
        done
    };
    let filming = async {
        let mut film = Film::new(eyes);
        loop {
            let last = over.get();
            film.look(eyes).await;
            if last {
                return film;
            }
            sleep(LOOK_EVERY).await;
        }
    };
    tokio::join!(happening, filming)
}

/// Waits until every eye has decoded so many more frames than now.
pub async fn more_frames(eyes: &[Eye<'_>], frames: u64, limit: Duration) {
    for eye in eyes {
        let mut last = eye.counts().await.map_or(0.0, |now| now.picture);
        let (mut left, end) = (frames as f64, Instant::now() + limit);
        while left > 0.0 {
            assert!(Instant::now() < end, "{eye}: {left} frames are missing");
            sleep(LOOK_EVERY).await;
            let now = eye.counts().await.map_or(last, |now| now.picture);
            // A counter that begins anew has no frames of before.
            left -= if now >= last { now - last } else { now };
            last = now;
        }
    }
}

impl Eye<'_> {
    async fn counts(&self) -> Option<Counts> {
        match self {
            Self::Peer(peer, user) => of_peer(&peer.observe().await.ok()?, user),
            Self::Room(room, user) => {
                let seen = room.statistics().await.ok()?;
                let picture = &track(&seen, user, Source::Camera)?.figures;
                let sound = track(&seen, user, Source::Microphone).map(|t| &t.figures);
                let refused =
                    picture.decrypt_failures + sound.map_or(0, |sound| sound.decrypt_failures);
                (picture.frames + refused > 0).then_some(Counts {
                    picture: picture.frames as f64,
                    sound: sound.map_or(0.0, |sound| sound.frames as f64),
                    refused,
                })
            }
        }
    }
}

fn of_peer(seen: &Observation, user: &str) -> Option<Counts> {
    let remote = seen.remote(user)?;
    let video = remote.video.as_ref().map_or(0, |video| video.frames);
    let refused = remote.keys.missing_key + remote.keys.invalid_key + remote.keys.other;
    (video + refused > 0).then_some(Counts {
        picture: video as f64,
        sound: remote
            .audio
            .as_ref()
            .map_or(0.0, |audio| audio.energy / HEARD),
        refused,
    })
}

impl fmt::Display for Eye<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Peer(_, user) => write!(f, "{user} at Element Call"),
            Self::Room(_, user) => write!(f, "{user} at a room"),
        }
    }
}

impl Film {
    fn new(eyes: &[Eye<'_>]) -> Self {
        Self {
            begun: Instant::now(),
            looks: eyes
                .iter()
                .map(|eye| (eye.to_string(), Vec::new()))
                .collect(),
        }
    }

    async fn look(&mut self, eyes: &[Eye<'_>]) {
        for (eye, (_, looks)) in eyes.iter().zip(&mut self.looks) {
            let asked = Instant::now();
            let counts = eye.counts().await;
            let answered = Instant::now();
            looks.push(Look {
                asked,
                answered,
                counts,
            });
        }
    }

    /// All of them, the shortest too.
    fn standstills(&self) -> Vec<Standstill> {
        let each = self.looks.iter().flat_map(|(what, looks)| {
            let picture = standstills(&format!("picture of {what}"), looks, |c| c.picture);
            let sound = standstills(&format!("sound of {what}"), looks, |c| c.sound);
            picture.into_iter().chain(sound)
        });
        each.collect()
    }

    /// Nobody missed picture or sound for longer than `limit` because it could not be decrypted,
    /// nor for so long that it was not the machine that halted.
    pub fn never_stood_longer_than(&self, limit: Duration) {
        self.has_something_of_everybody();
        let mut all = self.standstills();
        all.retain(|still| still.length() > if still.refused { limit } else { HALTED });
        let told: Vec<String> = all.iter().map(|still| still.told(self.begun)).collect();
        assert!(told.is_empty(), "stood longer than {limit:?}: {told:#?}");
    }

    /// Everybody had picture and sound again `limit` after `since` at the latest: no look that was
    /// asked later than that found nothing new.
    pub fn was_back_within(&self, limit: Duration, since: Instant) {
        self.has_something_of_everybody();
        let mut all = self.standstills();
        all.retain(|still| still.proved > since && still.length() > STANDS);
        for still in &all {
            let after = still.over.saturating_duration_since(since);
            eprintln!("{}; {after:?} after", still.told(self.begun));
        }
        all.retain(|still| still.proved > since + limit);
        let told: Vec<String> = all.iter().map(|still| still.told(self.begun)).collect();
        let since = since - self.begun;
        assert!(
            told.is_empty(),
            "not within {limit:?} of {since:?}: {told:#?}"
        );
    }

    fn has_something_of_everybody(&self) {
        for (what, looks) in &self.looks {
            let last = looks.iter().rev().find_map(|look| look.counts);
            let both = last.is_some_and(|last| last.picture > 0.0 && last.sound > 0.0);
            assert!(both, "nothing of {what} was ever seen and heard: {last:?}");
        }
    }
}

impl Standstill {
    fn length(&self) -> Duration {
        self.proved.saturating_duration_since(self.since)
    }

    fn told(&self, begun: Instant) -> String {
        let from = (self.since - begun).as_secs_f32();
        let length = self.length().as_secs_f32();
        let over = (self.over - begun).as_secs_f32();
        format!(
            "{} from {from:.1} s for {length:.1} s or more, to {over:.1} s",
            self.what
        )
    }
}

fn standstills(what: &str, looks: &[Look], count: impl Fn(Counts) -> f64) -> Vec<Standstill> {
    let mut found = Vec::new();
    let mut last: Option<(Counts, Instant)> = None;
    let mut still: Option<Standstill> = None;
    for look in looks {
        let Some((before, since)) = last else {
            // Before the first of it nothing stands: a microphone may come after the camera, and the
            // key of somebody new after the first packets.
            let begun = look.counts.filter(|now| count(*now) > 0.0);
            last = begun.map(|now| (now, look.answered));
            continue;
        };
        // A counter that begins anew has counted only what is new.
        let new = |now: f64, before: f64| if now >= before { now - before } else { now };
        let is_new = |now: &Counts| new(count(*now), count(before)) >= 1.0;
        if let Some(now) = look.counts.filter(is_new) {
            last = Some((now, look.answered));
            found.extend(still.take().map(|still| Standstill {
                over: look.answered,
                ..still
            }));
            continue;
        }
        let refused = look.counts.is_some_and(|now| now.refused > before.refused);
        still = Some(Standstill {
            what: what.to_owned(),
            since,
            proved: look.asked,
            over: look.asked,
            refused: refused || still.is_some_and(|still| still.refused),
        });
    }
    found.extend(still);
    found
}
