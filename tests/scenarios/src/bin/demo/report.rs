//! Who saw and heard whom, encrypted how, and how long joining took.
//!
//! Invariant: nothing counts as seen or heard that was not measured; what is missing is said in
//! a sentence of its own.

use std::fmt;
use std::time::{Duration, Instant};

use room_messages::Source;
use room_messages::api::{NamedTrack, SecurityLevel, Statistics, Status};
use salle_peers::{ElementCall, Observation, Peer, VideoObservation};
use salle_scenarios::Error;

use crate::meeting::{Meeting, PICTURE, keep};

const MEET_LIMIT: Duration = Duration::from_secs(60);
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// The tone of Element Call's fake microphone, and that of the room's test microphone.
const THEIR_HZ: u32 = 1000;
const OUR_HZ: f64 = 440.0;
/// The tones are found with this precision.
const HZ: f64 = 25.0;
/// A moving picture, also on a machine that is busy with everything else here.
const FRAMES_PER_SECOND: f64 = 10.0;

/// One look at both sides.
pub struct Report {
    element_call: Observation,
    room_user: String,
    figures: Statistics,
    status: Status,
    /// The SFU's own word on each track: kind of encryption.
    sfu: Vec<String>,
}

/// Lets Element Call join, looks until both see and hear each other, and takes notes.
pub async fn of(meeting: &Meeting) -> Result<Report, Error> {
    let peer = ElementCall::join(meeting.scene()?.peer_options(0, THEIR_HZ)).await?;
    let end = Instant::now() + MEET_LIMIT;
    let report = loop {
        let report = Report::look(meeting, &peer).await?;
        if report.missing().is_empty() || Instant::now() > end {
            break report;
        }
        tokio::time::sleep(LOOK_EVERY).await;
    };
    keep(&meeting.stage_file(), &meeting.room()?.stage().await?)?;
    keep(&meeting.browser_file(), &peer.screenshot().await?)?;
    peer.leave().await?;
    Ok(report)
}

impl Report {
    async fn look(meeting: &Meeting, peer: &Peer) -> Result<Self, Error> {
        let (scene, room) = (meeting.scene()?, meeting.room()?);
        let on_sfu = scene.site().participants(&scene.room_id).await?;
        let tracks = on_sfu.iter().flat_map(|one| one.tracks.iter());
        Ok(Self {
            sfu: tracks.map(|track| track.encryption.clone()).collect(),
            element_call: peer.observe().await?,
            room_user: scene.account.user_id.clone(),
            figures: room.statistics().await?,
            status: room.status().await?,
        })
    }

    /// What both sides should have and have not, a sentence each.
    pub fn missing(&self) -> Vec<&'static str> {
        let remote = self.element_call.remote(&self.room_user);
        let call = &self.status.call;
        let table = [
            (
                self.they_see() >= FRAMES_PER_SECOND,
                "Element Call does not see the room's picture moving.",
            ),
            (
                self.their_video()
                    .is_some_and(|video| (video.width, video.height) == PICTURE),
                "Element Call does not get the room's largest picture.",
            ),
            (
                is(self.they_hear(), OUR_HZ),
                "Element Call does not hear the room's tone.",
            ),
            (
                self.we_see() >= FRAMES_PER_SECOND,
                "The room does not see Element Call's picture moving.",
            ),
            (
                is(self.we_hear(), f64::from(THEIR_HZ)),
                "The room does not hear Element Call's tone.",
            ),
            (
                self.sfu.len() >= 4 && self.sfu.iter().all(|kind| kind == "GCM"),
                "The SFU does not list camera and microphone of both as encrypted.",
            ),
            (
                remote.is_some_and(|remote| remote.decrypting),
                "Element Call does not decrypt the room's media.",
            ),
            (
                call.security.level == SecurityLevel::Encrypted && call.participants.len() == 1,
                "The room does not find the call encrypted from end to end.",
            ),
        ];
        let lacking = table.into_iter().filter(|(there, _)| !there);
        lacking.map(|(_, sentence)| sentence).collect()
    }

    /// What Element Call gets of the room's camera.
    fn their_video(&self) -> Option<&VideoObservation> {
        self.element_call.remote(&self.room_user)?.video.as_ref()
    }

    fn they_see(&self) -> f64 {
        self.their_video()
            .map_or(0.0, |video| video.frames_per_second)
    }

    fn they_hear(&self) -> Option<f64> {
        let remote = self.element_call.remote(&self.room_user)?;
        remote.audio.as_ref()?.tone_hz
    }

    fn we_see(&self) -> f64 {
        let video = self.received(Source::Camera);
        video.map_or(0.0, |track| track.figures.frames_per_second)
    }

    fn we_hear(&self) -> Option<f64> {
        self.received(Source::Microphone)?.figures.tone_hz
    }

    fn received(&self, source: Source) -> Option<&NamedTrack> {
        let mut tracks = self.figures.tracks.iter();
        tracks.find(|track| track.user.is_some() && track.source == Some(source))
    }

    fn step(&self, name: &str) -> String {
        let steps = &self.figures.timeline;
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
        let call = &self.status.call;
        let theirs = call.participants.first().map(|one| one.encryption.state);
        let level = text(&call.security.level);
        let (sfu, theirs) = (self.sfu.join(", "), text(&theirs));
        writeln!(f, "\nEncryption")?;
        writeln!(f, "  tracks as the SFU lists them    {sfu}")?;
        writeln!(f, "  the call, as the room shows it  {level}")?;
        writeln!(f, "  Element Call's media            {theirs}")?;
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
        if let Some(video) = self.their_video() {
            let (width, height, fps) = (video.width, video.height, video.frames_per_second);
            writeln!(
                f,
                "  Element Call saw the room       {width}x{height} at {fps:.0} frames/s, {}",
                video.codec
            )?;
        }
        let tone = heard(self.they_hear());
        writeln!(f, "  Element Call heard the room     {tone}")
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
        let tone = heard(self.we_hear());
        writeln!(f, "  the room heard Element Call     {tone}")
    }
}

fn heard(tone: Option<f64>) -> String {
    tone.map_or("nothing".to_owned(), |hz| format!("a tone of {hz:.0} Hz"))
}

fn is(tone: Option<f64>, hz: f64) -> bool {
    tone.is_some_and(|tone| (tone - hz).abs() < HZ)
}

fn text(value: &impl serde::Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    text.trim_matches('"').to_owned()
}
