//! What is negotiated for our own media sections.
//!
//! Header extension ids are the same in all sections: they share one RTP session.

use gstreamer as gst;
use room_frames::Codec;
use room_frames::rtp::ExtensionIds;

use super::super::ladder::Layer;

/// Ids of our offer. LiveKit takes them as they are.
pub(super) const IDS: ExtensionIds = ExtensionIds {
    mid: Some(4),
    rid: Some(5),
    twcc: Some(3),
    audio_level: Some(1),
};

const MID: &str = "urn:ietf:params:rtp-hdrext:sdes:mid";
const RID: &str = "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id";
const TWCC: &str = "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01";
const AUDIO_LEVEL: &str = "urn:ietf:params:rtp-hdrext:ssrc-audio-level";

/// Payload types as LiveKit itself offers them.
pub(super) const fn payload_type(codec: Codec) -> u8 {
    match codec {
        Codec::Opus => 111,
        Codec::Vp8 => 96,
        Codec::H264 => 108,
    }
}

pub(super) fn sound(ssrc: u32) -> gst::Caps {
    gst::Caps::builder("application/x-rtp")
        .field("media", "audio")
        .field("encoding-name", "OPUS")
        .field("encoding-params", "2")
        .field("clock-rate", 48_000_i32)
        .field("payload", i32::from(payload_type(Codec::Opus)))
        .field("minptime", "10")
        .field("useinbandfec", "1")
        .field("usedtx", "1")
        .field("ssrc", ssrc)
        .field("extmap-1", AUDIO_LEVEL)
        .field("extmap-4", MID)
        .field("rtcp-fb-nack", true)
        .build()
}

pub(super) fn video(codec: Codec, layers: &[Layer], ssrc: u32) -> gst::Caps {
    let mut caps = gst::Caps::builder("application/x-rtp")
        .field("media", "video")
        .field("encoding-name", codec.name())
        .field("clock-rate", 90_000_i32)
        .field("payload", i32::from(payload_type(codec)))
        .field("extmap-3", TWCC)
        .field("extmap-4", MID)
        .field("rtcp-fb-nack", true)
        .field("rtcp-fb-nack-pli", true)
        .field("rtcp-fb-ccm-fir", true)
        .field("rtcp-fb-transport-cc", true);
    if codec == Codec::H264 {
        caps = caps
            .field("packetization-mode", "1")
            .field("profile-level-id", "42e01f")
            .field("level-asymmetry-allowed", "1");
    }
    let rids: Vec<&str> = layers.iter().filter_map(|layer| layer.rid).collect();
    if rids.is_empty() {
        return caps.field("ssrc", ssrc).build();
    }
    for rid in &rids {
        caps = caps.field(format!("rid-{rid}"), "send");
    }
    caps.field("extmap-5", RID)
        .field("a-simulcast", format!("send {}", rids.join(";")))
        .build()
}
