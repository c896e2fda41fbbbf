//! From what the server sent to own types, bounded. What is too long is left out as a whole:
//! a shortened id or identity could be taken for somebody else's.

use std::collections::{BTreeMap, HashMap};

use livekit_protocol as proto;
use room_messages::api::ConnectionQuality;
use room_messages::{Identity, Source};

use crate::{Encryption, IceServer, Kind, LayerWanted, Quality, Track};

/// Participants of one SFU room; more are not seen.
pub const MAX_PARTICIPANTS: usize = 1000;
/// Tracks of one participant.
const MAX_TRACKS: usize = 16;
/// `PA_…`, `TR_…`, media line ids, client track ids.
const MAX_ID: usize = 128;
/// A Matrix user id has at most 255 bytes, a device id is of the same order.
const MAX_IDENTITY: usize = 512;
const MAX_SDP: usize = 1024 * 1024;
const MAX_CANDIDATE: usize = 4096;
const MAX_MEDIA_LINES: usize = 4096;
const MAX_ICE_SERVERS: usize = 16;
const MAX_ICE_URLS: usize = 8;
const MAX_ICE_TEXT: usize = 1024;
const MAX_TOKEN: usize = 16 * 1024;
const MAX_SIF_TRAILER: usize = 256;
/// Characters; a name is shown and compared with nothing, so its beginning will do.
const MAX_NAME: usize = 256;
const MAX_ATTRIBUTES: usize = 16;
const MAX_KEY: usize = 64;
const MAX_VALUE: usize = 256;

fn short(text: String, most: usize) -> Option<String> {
    (!text.is_empty() && text.len() <= most).then_some(text)
}

pub fn id(text: String) -> Option<String> {
    short(text, MAX_ID)
}

pub fn sdp(text: String) -> Option<String> {
    short(text, MAX_SDP)
}

pub fn candidate(text: String) -> Option<String> {
    short(text, MAX_CANDIDATE)
}

pub fn token(text: String) -> Option<String> {
    short(text, MAX_TOKEN)
}

pub fn identity(text: String) -> Option<Identity> {
    let text = short(text, MAX_IDENTITY)?;
    (!text.is_empty()).then_some(Identity(text))
}

pub fn name(text: &str) -> String {
    text.chars().take(MAX_NAME).collect()
}

/// Of too many the first by name.
pub fn attributes(map: HashMap<String, String>) -> BTreeMap<String, String> {
    let fits = |(key, value): &(String, String)| key.len() <= MAX_KEY && value.len() <= MAX_VALUE;
    let all: BTreeMap<_, _> = map.into_iter().filter(fits).collect();
    all.into_iter().take(MAX_ATTRIBUTES).collect()
}

/// What may be published; without a word about it everything, as LiveKit has it.
pub fn may_publish(permission: Option<&proto::ParticipantPermission>) -> Vec<Source> {
    let all = || {
        vec![
            Source::Microphone,
            Source::Camera,
            Source::ScreenShare,
            Source::ScreenShareAudio,
        ]
    };
    match permission {
        None => all(),
        Some(permission) if !permission.can_publish => Vec::new(),
        Some(permission) if permission.can_publish_sources.is_empty() => all(),
        Some(permission) => {
            let mut named: Vec<Source> = permission
                .can_publish_sources()
                .take(MAX_TRACKS)
                .filter_map(source)
                .collect();
            named.dedup();
            named
        }
    }
}

pub fn sif_trailer(bytes: Vec<u8>) -> Vec<u8> {
    if bytes.len() <= MAX_SIF_TRAILER {
        bytes
    } else {
        Vec::new()
    }
}

pub fn ice_servers(servers: Vec<proto::IceServer>) -> Vec<IceServer> {
    servers
        .into_iter()
        .take(MAX_ICE_SERVERS)
        .filter(|s| s.username.len() <= MAX_ICE_TEXT && s.credential.len() <= MAX_ICE_TEXT)
        .map(|server| IceServer {
            urls: server
                .urls
                .into_iter()
                .filter(|url| url.len() <= MAX_ICE_TEXT)
                .take(MAX_ICE_URLS)
                .collect(),
            username: server.username,
            credential: server.credential,
        })
        .collect()
}

pub fn media_lines(map: HashMap<String, String>) -> HashMap<String, String> {
    map.into_iter()
        .filter(|(mid, sid)| mid.len() <= MAX_ID && sid.len() <= MAX_ID)
        .take(MAX_MEDIA_LINES)
        .collect()
}

pub fn tracks(tracks: Vec<proto::TrackInfo>) -> Vec<Track> {
    tracks
        .into_iter()
        .filter_map(track)
        .take(MAX_TRACKS)
        .collect()
}

fn track(info: proto::TrackInfo) -> Option<Track> {
    let kind = match info.r#type() {
        proto::TrackType::Audio => Kind::Audio,
        proto::TrackType::Video => Kind::Video,
        proto::TrackType::Data => return None,
    };
    Some(Track {
        kind,
        source: source(info.source()),
        muted: info.muted,
        encryption: encryption(info.encryption),
        mime: mime(&info),
        width: info.width,
        height: info.height,
        sid: id(info.sid)?,
    })
}

fn source(source: proto::TrackSource) -> Option<Source> {
    match source {
        proto::TrackSource::Camera => Some(Source::Camera),
        proto::TrackSource::Microphone => Some(Source::Microphone),
        proto::TrackSource::ScreenShare => Some(Source::ScreenShare),
        proto::TrackSource::ScreenShareAudio => Some(Source::ScreenShareAudio),
        proto::TrackSource::Unknown => None,
    }
}

fn encryption(value: i32) -> Encryption {
    match proto::encryption::Type::try_from(value) {
        Ok(proto::encryption::Type::None) => Encryption::None,
        Ok(proto::encryption::Type::Gcm) => Encryption::Gcm,
        Ok(proto::encryption::Type::Custom) | Err(_) => Encryption::Other,
    }
}

fn mime(info: &proto::TrackInfo) -> String {
    let listed = info.codecs.first().map_or("", |codec| &codec.mime_type);
    let mime = if info.mime_type.is_empty() {
        listed
    } else {
        &info.mime_type
    };
    if mime.len() > 64 {
        return String::new();
    }
    mime.to_ascii_lowercase()
}

pub fn layers(codecs: Vec<proto::SubscribedCodec>) -> Vec<LayerWanted> {
    codecs
        .into_iter()
        .take(8)
        .filter(|codec| codec.codec.len() <= 64)
        .flat_map(|codec| {
            let name = codec.codec.to_ascii_lowercase();
            let name = name.strip_prefix("video/").unwrap_or(&name).to_owned();
            codec
                .qualities
                .into_iter()
                .take(4)
                .filter_map(move |wanted| {
                    Some(LayerWanted {
                        codec: name.clone(),
                        quality: quality(wanted.quality())?,
                        enabled: wanted.enabled,
                    })
                })
        })
        .collect()
}

fn quality(quality: proto::VideoQuality) -> Option<Quality> {
    match quality {
        proto::VideoQuality::Low => Some(Quality::Low),
        proto::VideoQuality::Medium => Some(Quality::Medium),
        proto::VideoQuality::High => Some(Quality::High),
        proto::VideoQuality::Off => None,
    }
}

pub fn connection_quality(quality: proto::ConnectionQuality) -> ConnectionQuality {
    match quality {
        proto::ConnectionQuality::Poor => ConnectionQuality::Poor,
        proto::ConnectionQuality::Good => ConnectionQuality::Good,
        proto::ConnectionQuality::Excellent => ConnectionQuality::Excellent,
        proto::ConnectionQuality::Lost => ConnectionQuality::Lost,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_is_too_long_removes_the_track_not_only_its_end() {
        let info = |sid: &str| proto::TrackInfo {
            sid: sid.to_owned(),
            ..proto::TrackInfo::default()
        };
        let list = tracks(vec![info(&"T".repeat(200)), info(""), info("TR_a")]);
        assert_eq!(list.len(), 1);
        assert_eq!(list[0].sid, "TR_a");
    }

    #[test]
    fn a_track_without_a_mime_type_takes_that_of_its_first_codec() {
        let info = proto::TrackInfo {
            sid: "TR_a".into(),
            r#type: 1,
            codecs: vec![proto::SimulcastCodecInfo {
                mime_type: "video/VP8".into(),
                ..Default::default()
            }],
            ..Default::default()
        };
        assert_eq!(tracks(vec![info])[0].mime, "video/vp8");
    }

    #[test]
    fn rights_are_read_as_livekit_means_them() {
        let rights = |can_publish, sources: &[i32]| {
            may_publish(Some(&proto::ParticipantPermission {
                can_publish,
                can_publish_sources: sources.to_vec(),
                ..Default::default()
            }))
        };
        assert_eq!(may_publish(None).len(), 4);
        assert_eq!(rights(true, &[]).len(), 4);
        assert_eq!(rights(false, &[1, 2]), []);
        assert_eq!(rights(true, &[2, 2, 77]), [Source::Microphone]);
        assert!(rights(true, &[2; 5000]).len() <= MAX_TRACKS);
    }

    #[test]
    fn attributes_and_names_are_bounded() {
        let many = (0..100).map(|n| (format!("k{n:03}"), "v".to_owned()));
        let long = ("a".to_owned(), "v".repeat(300));
        let kept = attributes(many.chain([long]).collect());
        assert_eq!(kept.len(), MAX_ATTRIBUTES);
        assert!(kept.contains_key("k000") && !kept.contains_key("a"));
        assert_eq!(name(&"é".repeat(3000)).chars().count(), MAX_NAME);
    }

    #[test]
    fn an_encryption_we_do_not_know_is_not_taken_for_none() {
        assert_eq!(encryption(2), Encryption::Other);
        assert_eq!(encryption(77), Encryption::Other);
        assert_eq!(encryption(0), Encryption::None);
    }
}
