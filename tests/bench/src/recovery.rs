//! How long until a call is whole again after something in it died.
//!
//! Two rooms are in a call. `mediad` of one is killed, the SFU is killed for 3 s, the homeserver
//! is away for 60 s. Beside each figure stand the limit of the product and the same figure as a
//! part of what an ordinary join to the first picture took in this run.

use std::fmt;
use std::time::{Duration, Instant};

use room_messages::Source;
use room_messages::api::{Homeserver, Phase, Statistics, Status};
use salle_scenarios::{Error, Room, RoomOptions, Scene, SceneOptions};
use salle_stack::Account;
use tokio::time::sleep;

use crate::measured;

type Result<T, E = Error> = std::result::Result<T, E>;

const LIMIT: Duration = Duration::from_secs(120);
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Longer than a frame of the slowest camera, so that a live picture moves between two looks.
const A_MOMENT: Duration = Duration::from_millis(250);
const SFU_AWAY: Duration = Duration::from_secs(3);
const HOMESERVER_AWAY: Duration = Duration::from_secs(60);

/// Seconds.
#[derive(Debug, Default)]
pub struct Recovery {
    pub join: f64,
    pub mediad: f64,
    pub sfu: f64,
    pub homeserver: f64,
    /// Longest stretch without a new picture while the homeserver was away.
    pub longest_still: f64,
}

/// Who is met: a room with the account of the first person.
fn guest(scene: &Scene) -> &Account {
    scene.people.first().unwrap_or(&scene.account)
}

struct Pair {
    scene: Scene,
    one: Room,
    other: Room,
}

pub async fn measure() -> Result<Recovery> {
    let scene = Scene::start(SceneOptions::default()).await?;
    let other = measured::waiting_room(RoomOptions::new(guest(&scene))).await?;
    other.join(&scene.room_id).await?;
    let one = measured::waiting_room(scene.room_options()).await?;
    let joined = measured::join_room(&one, &scene.room_id).await?;
    let pair = Pair { scene, one, other };
    pair.both_see().await?;
    let mut found = Recovery {
        join: joined.picture.unwrap_or_default() / 1000.0,
        mediad: pair.mediad_dies().await?,
        sfu: pair.sfu_dies().await?,
        ..Recovery::default()
    };
    (found.homeserver, found.longest_still) = pair.homeserver_goes().await?;
    pair.end().await?;
    Ok(found)
}

impl Pair {
    async fn mediad_dies(&self) -> Result<f64> {
        self.one.kill_mediad();
        let died = Instant::now();
        self.both_see().await?;
        Ok(died.elapsed().as_secs_f64())
    }

    async fn sfu_dies(&self) -> Result<f64> {
        let site = self.scene.site();
        site.kill_sfu().await?;
        sleep(SFU_AWAY).await;
        site.start_sfu().await?;
        let back = Instant::now();
        self.both_see().await?;
        Ok(back.elapsed().as_secs_f64())
    }

    async fn homeserver_goes(&self) -> Result<(f64, f64)> {
        let site = self.scene.site();
        site.stop_homeserver().await?;
        let still = self.longest_still(HOMESERVER_AWAY).await;
        site.start_homeserver().await?;
        let back = Instant::now();
        for (room, user) in [
            (&self.one, &self.scene.account.user_id),
            (&self.other, &guest(&self.scene).user_id),
        ] {
            room.wait_until("online and in the call", whole, LIMIT)
                .await?;
            self.is_a_member(user).await?;
        }
        Ok((back.elapsed().as_secs_f64(), still))
    }

    /// Until both rooms decode moving pictures and sound of each other.
    async fn both_see(&self) -> Result<()> {
        sees(&self.one, &guest(&self.scene).user_id).await?;
        sees(&self.other, &self.scene.account.user_id).await
    }

    /// Longest time in seconds between two new pictures that `one` decodes.
    async fn longest_still(&self, stretch: Duration) -> f64 {
        let user = &guest(&self.scene).user_id;
        let (begun, mut longest) = (Instant::now(), Duration::ZERO);
        let (mut last, mut since) = (0, Instant::now());
        while begun.elapsed() < stretch {
            let seen = self.one.statistics().await.ok();
            let now = seen.and_then(|seen| decoded(&seen, user, Source::Camera));
            // Before the new picture counts: a look that took long hides a still one.
            longest = longest.max(since.elapsed());
            if now.is_some_and(|frames| frames != last) {
                (last, since) = (now.unwrap_or_default(), Instant::now());
            }
            sleep(LOOK_EVERY).await;
        }
        longest.as_secs_f64()
    }

    async fn is_a_member(&self, user: &str) -> Result<()> {
        let begun = Instant::now();
        while begun.elapsed() < LIMIT {
            let members = self.scene.account.call_members(&self.scene.room_id).await;
            let there = members.is_ok_and(|members| {
                let mut members = members.iter();
                members.any(|(key, content)| {
                    key.contains(user) && content.get("application").is_some()
                })
            });
            if there {
                return Ok(());
            }
            sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn end(mut self) -> Result<()> {
        self.one.terminate().await?;
        self.other.terminate().await?;
        self.scene.stack.stop().await?;
        Ok(())
    }
}

fn whole(status: &Status) -> bool {
    status.room.homeserver == Homeserver::Online && status.call.phase == Phase::InCall
}

/// Until this room decodes moving pictures and sound of the user.
async fn sees(room: &Room, user: &str) -> Result<()> {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        if moves(room, user).await {
            return Ok(());
        }
        sleep(LOOK_EVERY).await;
    }
    // Ends with the room's last status and log.
    let what = format!("picture and sound of {user}");
    room.wait_until(&what, |_| false, Duration::ZERO)
        .await
        .map(drop)
}

async fn moves(room: &Room, user: &str) -> bool {
    let frames = async || {
        let seen = room.statistics().await.ok()?;
        let camera = decoded(&seen, user, Source::Camera)?;
        Some((camera, decoded(&seen, user, Source::Microphone)?))
    };
    let Some(before) = frames().await else {
        return false;
    };
    sleep(A_MOMENT).await;
    let after = frames().await;
    after.is_some_and(|after| after.0 > before.0 && after.1 > before.1)
}

fn decoded(seen: &Statistics, user: &str, source: Source) -> Option<u64> {
    let mut tracks = seen.tracks.iter();
    let track = tracks.find(|t| t.user.as_deref() == Some(user) && t.source == Some(source))?;
    Some(track.figures.frames)
}

impl fmt::Display for Recovery {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "order to first picture, an ordinary join     {:6.2} s",
            self.join
        )?;
        for (name, seconds, limit) in [
            (
                "mediad killed, both see and hear again   ",
                self.mediad,
                5.0,
            ),
            ("SFU killed for 3 s, after its return     ", self.sfu, 10.0),
            (
                "homeserver away 60 s, after its return   ",
                self.homeserver,
                10.0,
            ),
        ] {
            let part = seconds / self.join;
            let word = if seconds <= limit {
                "reached"
            } else {
                "missed"
            };
            writeln!(
                f,
                "{name}    {seconds:6.2} s  {part:5.2} of a join  to reach {limit:4.1} s  {word}"
            )?;
        }
        writeln!(
            f,
            "longest still picture while it was away      {:6.2} s",
            self.longest_still
        )
    }
}
