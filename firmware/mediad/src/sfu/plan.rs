//! From what signalling says to what media needs, and back: pure.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use room_livekit::{Command, Encryption, Kind, LayerWanted, Own, Participant, Quality, Track};
use room_media::peer::{Candidate, RemoteTrack};
use room_media::receive::TrackInfo;
use room_media::send::Layer;
use room_messages::api::Layout;
use room_messages::{Arrangement, Fact, Identity, SfuId, SfuPerson, Source};

/// The stage's full size; tiles share it.
const STAGE: (u32, u32) = (1920, 1080);
/// A tile of the strip beside a large one.
const BESIDE: (u32, u32) = (STAGE.0 / 5, STAGE.1 / 5);

/// Codec as SDP names it. Unknown until the first packet, it is what everybody sends. What the
/// room cannot decode is asked for as VP8: who sends VP9 or AV1, as La Suite's web client does,
/// adds a VP8 copy as soon as somebody takes nothing else (LiveKit's backup codec).
pub fn codec(track: &Track) -> String {
    match (track.mime.as_str(), track.kind) {
        ("audio/opus" | "audio/red", _) | ("", Kind::Audio) => "opus".into(),
        ("video/vp8" | "", Kind::Video) => "VP8".into(),
        ("video/vp9" | "video/av1", _) => "VP8".into(),
        (mime, _) => mime
            .split_once('/')
            .map_or(mime, |(_, codec)| codec)
            .to_ascii_uppercase(),
    }
}

fn all_tracks(participants: &[Participant]) -> impl Iterator<Item = (&Identity, &Track)> {
    participants
        .iter()
        .flat_map(|one| one.tracks.iter().map(move |track| (&one.identity, track)))
}

/// Every track of others that can be received.
pub fn track_infos(participants: &[Participant]) -> Vec<TrackInfo> {
    all_tracks(participants)
        .filter_map(|(identity, track)| {
            Some(TrackInfo {
                sid: track.sid.clone(),
                identity: identity.clone(),
                source: track.source?,
                codec: codec(track),
                encrypted: track.encryption == Encryption::Gcm,
                muted: track.muted,
            })
        })
        .collect()
}

/// La Suite's attribute of a raised hand: when it was raised; empty or absent while it is down.
const HAND: &str = "handRaisedAt";

/// Who is there by the SFU's own word.
pub fn people(sfu: SfuId, identity: &Identity, own: &Own, others: &[Participant]) -> Fact {
    let person = |identity: &Identity, name: &str, attributes: &BTreeMap<String, String>| {
        let hand = attributes.get(HAND).filter(|at| !at.is_empty());
        SfuPerson {
            identity: identity.clone(),
            name: name.to_owned(),
            hand_raised_at: hand.cloned(),
        }
    };
    let others = others.iter();
    Fact::People {
        sfu,
        own: person(identity, &own.name, &own.attributes),
        may_publish: own.may_publish.clone(),
        others: others
            .map(|one| person(&one.identity, &one.name, &one.attributes))
            .collect(),
    }
}

/// What the media lines of an offer carry.
pub fn remote_tracks(
    lines: &HashMap<String, String>,
    participants: &[Participant],
) -> Vec<RemoteTrack> {
    let codecs: BTreeMap<&str, String> = all_tracks(participants)
        .map(|(_, track)| (track.sid.as_str(), codec(track)))
        .collect();
    let mut tracks: Vec<RemoteTrack> = lines
        .iter()
        .map(|(mid, sid)| RemoteTrack {
            mid: mid.clone(),
            sid: sid.clone(),
            codec: codecs.get(sid.as_str()).cloned().unwrap_or_default(),
        })
        .collect();
    tracks.sort_by(|a, b| a.mid.cmp(&b.mid));
    tracks
}

/// The size others' video is drawn in here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Drawn {
    pub disabled: bool,
    pub width: u32,
    pub height: u32,
}

/// How every video track is drawn when `tiles` members share the stage, which lies as `how` says.
/// Video of those who are no members is not drawn at all.
pub fn drawn(
    participants: &[Participant],
    members: &BTreeSet<Identity>,
    tiles: usize,
    how: &Arrangement,
) -> BTreeMap<String, Drawn> {
    all_tracks(participants)
        .filter(|(_, track)| track.kind == Kind::Video)
        .map(|(identity, track)| {
            let disabled = !members.contains(identity);
            let (width, height) = size(identity, track, tiles, how);
            let drawn = Drawn {
                disabled,
                width: if disabled { 0 } else { width },
                height: if disabled { 0 } else { height },
            };
            (track.sid.clone(), drawn)
        })
        .collect()
}

/// What is large gets the stage's whole size: it fills most of it, and may fill all.
fn size(who: &Identity, track: &Track, tiles: usize, how: &Arrangement) -> (u32, u32) {
    let is = |one: &Option<Identity>| one.as_ref() == Some(who);
    let large = match how.layout {
        Layout::Grid => return tile(tiles),
        // Before anybody spoke the stage picks somebody, who may be on another SFU.
        Layout::Speaker => is(&how.speaker) || how.speaker.is_none(),
        Layout::Content => is(&how.content) && track.source == Some(Source::ScreenShare),
    };
    if large { STAGE } else { BESIDE }
}

/// Size of one of `tiles` tiles in a grid as square as can be.
fn tile(tiles: usize) -> (u32, u32) {
    let count = u32::try_from(tiles.clamp(1, 1000)).unwrap_or(1000);
    let columns = (1..=count).find(|n| n * n >= count).unwrap_or(count);
    let rows = count.div_ceil(columns);
    (STAGE.0 / columns, STAGE.1 / rows)
}

/// Commands that lead from one condition to the next, one for each size.
pub fn settings(old: &BTreeMap<String, Drawn>, new: &BTreeMap<String, Drawn>) -> Vec<Command> {
    let mut groups: BTreeMap<Drawn, Vec<String>> = BTreeMap::new();
    for (sid, drawn) in new
        .iter()
        .filter(|(sid, drawn)| old.get(*sid) != Some(drawn))
    {
        groups.entry(*drawn).or_default().push(sid.clone());
    }
    groups
        .into_iter()
        .map(|(drawn, sids)| Command::TrackSettings {
            sids,
            disabled: drawn.disabled,
            width: drawn.width,
            height: drawn.height,
        })
        .collect()
}

const QUALITIES: [Quality; 3] = [Quality::Low, Quality::Medium, Quality::High];

/// A layer's quality as it is announced: a lone layer is the high one.
pub fn quality(layers: &[Layer], place: usize) -> Quality {
    if layers.len() == 1 {
        return Quality::High;
    }
    QUALITIES.get(place).copied().unwrap_or(Quality::High)
}

/// Which own layers somebody watches. The largest also serves those who ask for more. Without
/// a word about our codec everything is.
pub fn watched(layers: &[Layer], wanted: &[LayerWanted], codec: &str) -> Vec<bool> {
    let ours: Vec<&LayerWanted> = wanted.iter().filter(|one| one.codec == codec).collect();
    if ours.is_empty() {
        return vec![true; layers.len()];
    }
    let asked = |from: Quality, to: Quality| {
        let mut asked = ours.iter().filter(|one| one.enabled);
        asked.any(|one| (from..=to).contains(&one.quality))
    };
    let last = layers.len().saturating_sub(1);
    (0..layers.len())
        .map(|place| {
            let own = quality(layers, place);
            let from = if last == 0 { Quality::Low } else { own };
            let to = if place == last { Quality::High } else { own };
            asked(from, to)
        })
        .collect()
}

/// `RTCIceCandidateInit`.
pub fn candidate_to_json(candidate: &Candidate) -> String {
    serde_json::json!({
        "candidate": candidate.candidate,
        "sdpMLineIndex": candidate.sdp_mline_index,
        "sdpMid": candidate.sdp_mline_index.to_string(),
    })
    .to_string()
}

pub fn candidate_from_json(json: &str) -> Option<Candidate> {
    let value: serde_json::Value = serde_json::from_str(json).ok()?;
    let index = value.get("sdpMLineIndex").and_then(|index| index.as_u64());
    Some(Candidate {
        candidate: value.get("candidate")?.as_str()?.to_owned(),
        sdp_mline_index: u32::try_from(index.unwrap_or(0)).ok()?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_media::send::ladder;
    use room_messages::VideoFormat;

    fn track(sid: &str, kind: Kind, mime: &str) -> Track {
        Track {
            sid: sid.into(),
            kind,
            source: Some(Source::Camera),
            muted: false,
            encryption: Encryption::Other,
            mime: mime.into(),
            width: 0,
            height: 0,
        }
    }

    fn person(identity: &str, tracks: Vec<Track>) -> Participant {
        Participant {
            sid: format!("PA_{identity}"),
            identity: Identity(identity.into()),
            name: format!("Mr {identity}"),
            attributes: BTreeMap::from([(HAND.to_owned(), String::new())]),
            tracks,
        }
    }

    fn want(quality: Quality, enabled: bool) -> LayerWanted {
        LayerWanted {
            codec: "vp8".into(),
            quality,
            enabled,
        }
    }

    fn layers(count: u8) -> Vec<Layer> {
        let format = VideoFormat {
            layers: count,
            ..VideoFormat::default()
        };
        ladder::layers(format, 20)
    }

    #[test]
    fn codecs_are_named_as_in_sdp() {
        for (mime, kind, name) in [
            ("", Kind::Audio, "opus"),
            ("", Kind::Video, "VP8"),
            ("audio/red", Kind::Audio, "opus"),
            ("video/vp8", Kind::Video, "VP8"),
            ("video/h264", Kind::Video, "H264"),
            ("video/vp9", Kind::Video, "VP8"),
            ("video/av1", Kind::Video, "VP8"),
        ] {
            assert_eq!(codec(&track("t", kind, mime)), name);
        }
    }

    #[test]
    fn only_gcm_counts_as_encrypted() {
        let people = [person("a", vec![track("t", Kind::Video, "")])];
        assert!(!track_infos(&people)[0].encrypted);
    }

    #[test]
    fn people_are_told_as_the_sfu_has_them_and_an_empty_hand_is_down() {
        let own = Own {
            name: "Salle".into(),
            attributes: BTreeMap::from([(HAND.to_owned(), "2026-11-22".to_owned())]),
            may_publish: vec![Source::Camera],
        };
        let me = Identity("me".into());
        let told = people(SfuId::OWN, &me, &own, &[person("a", Vec::new())]);
        let Fact::People { own, others, .. } = told else {
            panic!("no people");
        };
        assert_eq!(own.hand_raised_at.as_deref(), Some("2026-11-22"));
        assert_eq!(
            (others[0].name.as_str(), &others[0].hand_raised_at),
            ("Mr a", &None)
        );
    }

    #[test]
    fn members_share_the_stage_and_strangers_get_nothing() {
        let people = [
            person("a", vec![track("t1", Kind::Video, "")]),
            person("b", vec![track("t2", Kind::Video, "")]),
        ];
        let members = BTreeSet::from([Identity("a".into())]);
        let drawn = drawn(&people, &members, 4, &Arrangement::default());
        assert_eq!((drawn["t1"].width, drawn["t1"].height), (960, 540));
        assert!(drawn["t2"].disabled);
        assert_eq!(settings(&BTreeMap::new(), &drawn).len(), 2);
        assert!(settings(&drawn, &drawn).is_empty());
        assert_eq!(tile(0), (1920, 1080));
        assert_eq!(tile(5), (640, 540));
    }

    #[test]
    fn what_is_large_is_asked_for_in_full_and_what_is_beside_it_small() {
        let screen = Track {
            source: Some(Source::ScreenShare),
            ..track("screen", Kind::Video, "")
        };
        let people = [
            person("a", vec![track("a", Kind::Video, ""), screen]),
            person("b", vec![track("b", Kind::Video, "")]),
        ];
        let members = ["a", "b"].map(|who| Identity(who.into())).into();
        let asked = |layout, speaker: &str, sid: &str| {
            let how = Arrangement {
                layout,
                speaker: Some(Identity(speaker.into())),
                content: Some(Identity("a".into())),
            };
            drawn(&people, &members, 2, &how)[sid].width
        };
        for (layout, widths) in [
            (Layout::Grid, [960, 960, 960]),
            (Layout::Speaker, [384, 384, 1920]),
            (Layout::Content, [384, 1920, 384]),
        ] {
            let found = ["a", "screen", "b"].map(|sid| asked(layout, "b", sid));
            assert_eq!(found, widths, "{layout:?}");
        }
    }

    #[test]
    fn layers_somebody_watches_are_found_for_every_number_of_layers() {
        use Quality::{High, Low, Medium};
        let all = [want(Low, true), want(Medium, false), want(High, true)];
        assert_eq!(watched(&layers(3), &all, "vp8"), [true, false, true]);
        assert_eq!(watched(&layers(2), &all, "vp8"), [true, true]);
        assert_eq!(watched(&layers(1), &all[..1], "vp8"), [true]);
        assert_eq!(
            watched(&layers(2), &[want(Low, false)], "vp8"),
            [false, false]
        );
        assert_eq!(watched(&layers(2), &all, "h264"), [true, true]);
    }

    #[test]
    fn candidates_survive_the_way_and_rubbish_does_not() {
        let candidate = Candidate {
            candidate: "candidate:1 1 UDP 1 127.0.0.1 9 typ host".into(),
            sdp_mline_index: 2,
        };
        let json = candidate_to_json(&candidate);
        assert_eq!(candidate_from_json(&json), Some(candidate));
        for json in [
            "",
            "[]",
            "{}",
            r#"{"candidate":7}"#,
            r#"{"candidate":"","sdpMLineIndex":1e99}"#,
        ] {
            let read = candidate_from_json(json);
            assert!(read.is_none_or(|read| read.sdp_mline_index == 0), "{json}");
        }
    }
}
