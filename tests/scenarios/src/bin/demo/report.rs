//! Who saw and heard whom, encrypted how, and how long joining took.

use std::fmt;
use std::path::Path;
use std::time::{Duration, Instant};

use room_messages::Source;
use room_messages::api::{Encryption, NamedTrack, SecurityLevel, Statistics};
use salle_peers::{ElementCall, Observation};
use salle_scenarios::Error;

use crate::meeting::Meeting;

const MEET_LIMIT: Duration = Duration::from_secs(60);
/// The tone of Element Call's fake microphone.
const TONE_HZ: u32 = 1000;

/// See the module.
pub struct Report {
    element_call: Observation,
    room_user: String,
    room: Statistics,
    level: SecurityLevel,
    sender: Option<Encryption>,
    /// The SFU's own word on each track: kind of encryption.
    sfu: Vec<String>,
}

/// Lets Element Call join, waits until both see and hear each other, and takes notes.
pub async fn of(meeting: &Meeting) -> Result<Report, Error> {
    let room_user = meeting.scene.account.user_id.clone();
    let peer = ElementCall::join(meeting.scene.peer_options(0, TONE_HZ)).await?;
    let element_call = peer
        .wait_until(
            "the room's picture and sound",
            |seen| seen.remote(&room_user).is_some_and(met),
            MEET_LIMIT,
        )
        .await?;
    let status = meeting
        .room
        .wait_until(
            "Element Call's media, decrypted",
            |status| status.call.security.level == SecurityLevel::Encrypted,
            MEET_LIMIT,
        )
        .await?;
    let room = heard_and_seen(meeting).await?;
    keep(&meeting.stage_file(), &meeting.room.stage().await?)?;
    keep(&meeting.browser_file(), &peer.screenshot().await?)?;
    let tracks = meeting
        .scene
        .site()
        .participants(&meeting.scene.room_id)
        .await?;
    let report = Report {
        element_call,
        room_user,
        room,
        level: status.call.security.level,
        sender: status.call.participants.first().map(|p| p.encryption.state),
        sfu: tracks
            .iter()
            .flat_map(|participant| participant.tracks.iter())
            .map(|track| track.encryption.clone())
            .collect(),
    };
    peer.leave().await?;
    Ok(report)
}

/// The room's figures, once it decodes Element Call's picture and recognises its tone.
async fn heard_and_seen(meeting: &Meeting) -> Result<Statistics, Error> {
    let end = Instant::now() + MEET_LIMIT;
    loop {
        let figures = meeting.room.statistics().await?;
        let others = || figures.tracks.iter().filter(|track| track.user.is_some());
        let seen = others().any(|track| track.figures.frames_per_second >= 15.0);
        let heard = others().any(|track| track.figures.tone_hz.is_some());
        if (seen && heard) || Instant::now() > end {
            return Ok(figures);
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
}

fn keep(path: &Path, picture: &[u8]) -> Result<(), Error> {
    std::fs::write(path, picture).map_err(|cause| Error::File {
        path: path.to_owned(),
        cause,
    })
}

fn met(room: &salle_peers::Remote) -> bool {
    let picture = room
        .video
        .as_ref()
        .is_some_and(|video| video.frames_per_second >= 20.0);
    let sound = room
        .audio
        .as_ref()
        .is_some_and(|audio| audio.tone_hz.is_some());
    picture && sound && room.decrypting
}

impl Report {
    /// Everybody saw and heard everybody, encrypted.
    pub fn is_good(&self) -> bool {
        let encrypted = !self.sfu.is_empty() && self.sfu.iter().all(|kind| kind == "GCM");
        encrypted
            && self.level == SecurityLevel::Encrypted
            && self.received(Source::Camera).is_some()
    }

    fn received(&self, source: Source) -> Option<&NamedTrack> {
        let mut tracks = self.room.tracks.iter();
        tracks.find(|track| track.user.is_some() && track.source == Some(source))
    }

    fn step(&self, name: &str) -> String {
        let steps = &self.room.timeline;
        let step = steps.iter().find(|milestone| milestone.step == name);
        step.map_or("not seen".to_owned(), |step| {
            format!("{} ms", step.after_ms)
        })
    }
}

impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "Who saw and heard whom")?;
        self.what_element_call_got(f)?;
        self.what_the_room_got(f)?;
        writeln!(f, "\nEncryption")?;
        writeln!(
            f,
            "  tracks as the SFU lists them    {}",
            self.sfu.join(", ")
        )?;
        writeln!(f, "  the call, as the room shows it  {}", text(&self.level))?;
        writeln!(
            f,
            "  Element Call's media            {}",
            text(&self.sender)
        )?;
        writeln!(f, "\nHow long joining took the room (from the order)")?;
        for name in [
            "resolved",
            "token",
            "sfu_connected",
            "membership",
            "in_call",
        ] {
            writeln!(f, "  {name:<31} {}", self.step(name))?;
        }
        writeln!(f, "\nHow long it took Element Call (from its button)")?;
        let line = &self.element_call.timeline;
        let since = |at: Option<f64>| match (line.pressed_ms, at) {
            (Some(pressed), Some(at)) => format!("{:.0} ms", at - pressed),
            _ => "not seen".to_owned(),
        };
        writeln!(
            f,
            "  the room's first picture        {}",
            since(line.first_picture_ms)
        )?;
        writeln!(
            f,
            "  the room's first sound          {}",
            since(line.first_sound_ms)
        )
    }
}

impl Report {
    fn what_element_call_got(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let remote = self.element_call.remote(&self.room_user);
        if let Some(video) = remote.and_then(|remote| remote.video.as_ref()) {
            let (width, height, fps) = (video.width, video.height, video.frames_per_second);
            writeln!(
                f,
                "  Element Call saw the room       {width}x{height} at {fps:.0} frames/s, {}",
                video.codec
            )?;
        }
        let tone = remote.and_then(|remote| remote.audio.as_ref()?.tone_hz);
        writeln!(f, "  Element Call heard the room     {}", heard(tone))
    }

    fn what_the_room_got(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(video) = self.received(Source::Camera).map(|track| &track.figures) {
            let (width, height, fps) = (video.width, video.height, video.frames_per_second);
            writeln!(
                f,
                "  the room saw Element Call       {width}x{height} at {fps:.0} frames/s, {}",
                video.codec
            )?;
        }
        let tone = self
            .received(Source::Microphone)
            .and_then(|track| track.figures.tone_hz);
        writeln!(f, "  the room heard Element Call     {}", heard(tone))
    }
}

fn heard(tone: Option<f64>) -> String {
    tone.map_or("nothing at this moment".to_owned(), |hz| {
        format!("a tone of {hz:.0} Hz")
    })
}

fn text(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.trim_matches('"').to_owned()
}
