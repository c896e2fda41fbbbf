//! What a participant sent and decoded meanwhile: figures compare only when this does.

use std::fmt;

use room_messages::Source;
use room_messages::api::{NamedTrack, Statistics};
use salle_peers::{Observation, OutboundVideo, Remote};

/// One video track or layer.
#[derive(Clone, Debug, PartialEq)]
pub struct Video {
    /// `q`, `h`, `f`, or empty.
    pub layer: String,
    pub width: u32,
    pub height: u32,
    pub frames_per_second: f64,
    pub kilobits_per_second: f64,
}

#[derive(Clone, Debug, Default, PartialEq)]
pub struct Work {
    pub sent: Vec<Video>,
    pub decoded: Vec<Video>,
}

impl Work {
    /// Between two looks `seconds` apart; the bit rate is that of the last second.
    pub fn of_room(before: &Statistics, after: &Statistics, seconds: f64) -> Self {
        let mut work = Self::default();
        for track in after
            .tracks
            .iter()
            .filter(|t| t.source == Some(Source::Camera))
        {
            let mut earlier = before.tracks.iter();
            let earlier = earlier.find(|other| is_same(track, other));
            let frames = earlier.map_or(0, |earlier| earlier.figures.frames);
            let figures = &track.figures;
            let video = Video {
                layer: figures.rid.clone().unwrap_or_default(),
                width: figures.width,
                height: figures.height,
                frames_per_second: rate(frames, figures.frames, seconds),
                kilobits_per_second: figures.bits_per_second as f64 / 1000.0,
            };
            work.add(track.user.is_none(), video);
        }
        work
    }

    pub fn of_element_call(before: &Observation, after: &Observation, seconds: f64) -> Self {
        let mut work = Self::default();
        for layer in &after.outbound {
            let mut earlier = before.outbound.iter();
            let earlier = earlier.find(|other| other.rid == layer.rid);
            work.add(true, sent(layer, earlier, seconds));
        }
        for remote in &after.remotes {
            let mut earlier = before.remotes.iter();
            let earlier = earlier.find(|other| other.identity == remote.identity);
            if let Some(video) = decoded(remote, earlier, seconds) {
                work.add(false, video);
            }
        }
        work
    }

    fn add(&mut self, own: bool, video: Video) {
        // A layer nobody watches, or a camera that is off.
        if video.frames_per_second > 0.0 {
            let list = if own {
                &mut self.sent
            } else {
                &mut self.decoded
            };
            list.push(video);
        }
    }
}

fn is_same(track: &NamedTrack, other: &NamedTrack) -> bool {
    let key = |track: &NamedTrack| {
        let figures = &track.figures;
        (figures.identity.clone(), track.source, figures.rid.clone())
    };
    key(track) == key(other)
}

fn sent(layer: &OutboundVideo, earlier: Option<&OutboundVideo>, seconds: f64) -> Video {
    let (frames, bytes) = earlier.map_or((0, 0), |earlier| (earlier.frames, earlier.bytes));
    Video {
        layer: layer.rid.clone().unwrap_or_default(),
        width: layer.width,
        height: layer.height,
        frames_per_second: rate(frames, layer.frames, seconds),
        kilobits_per_second: rate(bytes, layer.bytes, seconds) * 8.0 / 1000.0,
    }
}

fn decoded(remote: &Remote, earlier: Option<&Remote>, seconds: f64) -> Option<Video> {
    let video = remote.video.as_ref()?;
    let earlier = earlier.and_then(|earlier| earlier.video.as_ref());
    let (frames, bytes) = earlier.map_or((0, 0), |earlier| (earlier.frames, earlier.bytes));
    Some(Video {
        layer: String::new(),
        width: video.width,
        height: video.height,
        frames_per_second: rate(frames, video.frames, seconds),
        kilobits_per_second: rate(bytes, video.bytes, seconds) * 8.0 / 1000.0,
    })
}

fn rate(before: u64, after: u64, seconds: f64) -> f64 {
    after.saturating_sub(before) as f64 / seconds
}

impl fmt::Display for Video {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            width,
            height,
            frames_per_second: rate,
            kilobits_per_second: bits,
            ..
        } = self;
        write!(f, "{width}x{height} at {rate:.0} ({bits:.0} kbit/s)")
    }
}

impl fmt::Display for Work {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let list = |videos: &[Video]| {
            let texts: Vec<String> = videos.iter().map(Video::to_string).collect();
            if texts.is_empty() {
                "nothing".to_owned()
            } else {
                texts.join(", ")
            }
        };
        write!(
            f,
            "sent {}; decoded {}",
            list(&self.sent),
            list(&self.decoded)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(frames: u64, bytes: u64) -> Observation {
        Observation {
            outbound: vec![OutboundVideo {
                rid: Some("h".into()),
                width: 640,
                height: 360,
                frames,
                bytes,
                ..OutboundVideo::default()
            }],
            ..Observation::default()
        }
    }

    #[test]
    fn rates_are_what_counters_grew_by() {
        let work = Work::of_element_call(&seen(100, 1000), &seen(300, 251_000), 10.0);
        assert_eq!(
            work.to_string(),
            "sent 640x360 at 20 (200 kbit/s); decoded nothing"
        );
    }

    #[test]
    fn a_layer_that_stands_still_is_not_work() {
        assert_eq!(
            Work::of_element_call(&seen(7, 9), &seen(7, 9), 10.0),
            Work::default()
        );
    }
}
