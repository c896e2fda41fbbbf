//! Edits of session descriptions, as text: pure, bounded, line by line.
//!
//! Three are needed between LiveKit and `webrtcbin`:
//!
//! * [`name_tracks`]: the server matches media sections to announced tracks by the second word
//!   of `a=msid`, which `webrtcbin` does not write;
//! * [`keep_codecs`]: `webrtcbin` answers with the first codec of a section, LiveKit offers
//!   eighteen; without the edit another codec yields no pad and no error;
//! * [`sections`]: which section is which; [`ssrcs`]: what they carry.

use std::collections::{BTreeMap, BTreeSet};

/// Longest description accepted, in bytes. A call of a hundred tracks takes about 300 kB.
pub const MAX_SDP: usize = 2 << 20;

/// One media section.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub mid: String,
    /// `audio`, `video` or `application`.
    pub kind: String,
    /// Refused or ended: port 0 or `a=inactive`.
    pub inactive: bool,
    /// Second word of `a=msid`, if there is one.
    pub track: Option<String>,
}

/// How a media section of our offer is announced.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TrackName {
    pub stream: String,
    /// The id given in LiveKit's `AddTrack`.
    pub cid: String,
}

/// The media sections of a description, in order.
#[must_use]
pub fn sections(sdp: &str) -> Vec<Section> {
    split(sdp).1.iter().map(|lines| section(lines)).collect()
}

/// SSRCs of all sections that are not [`Section::inactive`], those of retransmissions too.
#[must_use]
pub fn ssrcs(sdp: &str) -> BTreeSet<u32> {
    let media = split(sdp).1.into_iter();
    let active = media.filter(|lines| !section(lines).inactive);
    let named = active.flatten().filter_map(|line| {
        let rest = line.strip_prefix("a=ssrc:")?;
        rest.split(' ').next()?.parse().ok()
    });
    named.collect()
}

fn section(lines: &[&str]) -> Section {
    let first = lines.first().copied().unwrap_or_default();
    let mut words = first.trim_start_matches("m=").split(' ');
    let kind = words.next().unwrap_or_default().to_owned();
    let port = words.next().unwrap_or_default();
    Section {
        mid: attribute(lines, "a=mid:").unwrap_or_default().to_owned(),
        kind,
        inactive: port == "0" || lines.contains(&"a=inactive"),
        track: attribute(lines, "a=msid:")
            .and_then(|msid| msid.split(' ').nth(1))
            .map(str::to_owned),
    }
}

/// Writes `a=msid` into the sections of `names` (by mid), and the same name into the `msid` of
/// their SSRCs.
#[must_use]
pub fn name_tracks(sdp: &str, names: &BTreeMap<String, TrackName>) -> String {
    let (session, media) = split(sdp);
    let mut out = Lines::default();
    session.iter().for_each(|line| out.push(line));
    for lines in media {
        let mid = attribute(&lines, "a=mid:").unwrap_or_default();
        let Some(name) = names.get(mid) else {
            lines.iter().for_each(|line| out.push(line));
            continue;
        };
        for line in lines {
            out.push_named(line, name);
        }
    }
    out.0
}

/// Keeps only the codec of each section named in `codecs` (mid to codec name as in SDP, any
/// case), with its retransmission. Sections not named, or without that codec, stay as they are.
#[must_use]
pub fn keep_codecs(sdp: &str, codecs: &BTreeMap<String, String>) -> String {
    let (session, media) = split(sdp);
    let mut out = Lines::default();
    session.iter().for_each(|line| out.push(line));
    for lines in media {
        let mid = attribute(&lines, "a=mid:").unwrap_or_default();
        let kept = codecs
            .get(mid)
            .map(|codec| payload_types(&lines, codec))
            .unwrap_or_default();
        for line in lines {
            if kept.is_empty() {
                out.push(line);
            } else {
                out.push_kept(line, &kept);
            }
        }
    }
    out.0
}

/// Payload types of `codec` in a section, and those of their retransmissions.
fn payload_types<'a>(lines: &[&'a str], codec: &str) -> Vec<&'a str> {
    let mut kept: Vec<&str> = rtpmaps(lines)
        .filter(|(_, name)| name.eq_ignore_ascii_case(codec))
        .map(|(payload, _)| payload)
        .collect();
    let retransmissions: Vec<&str> = rtpmaps(lines)
        .filter(|(_, name)| name.eq_ignore_ascii_case("rtx"))
        .map(|(payload, _)| payload)
        .filter(|payload| {
            let prefix = format!("a=fmtp:{payload} apt=");
            attribute(lines, &prefix).is_some_and(|apt| kept.contains(&apt))
        })
        .collect();
    kept.extend(retransmissions);
    kept
}

fn rtpmaps<'a>(lines: &[&'a str]) -> impl Iterator<Item = (&'a str, &'a str)> {
    lines
        .iter()
        .filter_map(|line| line.strip_prefix("a=rtpmap:"))
        .filter_map(|rest| rest.split_once(' '))
        .map(|(payload, codec)| (payload, codec.split('/').next().unwrap_or_default()))
}

/// Session lines, then the lines of each media section.
fn split(sdp: &str) -> (Vec<&str>, Vec<Vec<&str>>) {
    let mut session = Vec::new();
    let mut media: Vec<Vec<&str>> = Vec::new();
    for line in sdp.lines().filter(|line| !line.is_empty()) {
        if line.starts_with("m=") {
            media.push(vec![line]);
        } else if let Some(section) = media.last_mut() {
            section.push(line);
        } else {
            session.push(line);
        }
    }
    (session, media)
}

fn attribute<'a>(lines: &[&'a str], prefix: &str) -> Option<&'a str> {
    lines.iter().find_map(|line| line.strip_prefix(prefix))
}

#[derive(Default)]
struct Lines(String);

impl Lines {
    fn push(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push_str("\r\n");
    }

    fn push_named(&mut self, line: &str, name: &TrackName) {
        let msid = format!("{} {}", name.stream, name.cid);
        if line.starts_with("a=msid:") {
            return;
        }
        match line.split_once(" msid:") {
            Some((ssrc, _)) if ssrc.starts_with("a=ssrc:") => {
                self.push(&format!("{ssrc} msid:{msid}"));
            }
            _ => self.push(line),
        }
        if line.starts_with("a=mid:") {
            self.push(&format!("a=msid:{msid}"));
        }
    }

    fn push_kept(&mut self, line: &str, kept: &[&str]) {
        if line.starts_with("m=") {
            let words = line.split(' ').enumerate();
            let words = words.filter(|(place, word)| *place < 3 || kept.contains(word));
            let words: Vec<&str> = words.map(|(_, word)| word).collect();
            return self.push(&words.join(" "));
        }
        let payload = ["a=rtpmap:", "a=fmtp:", "a=rtcp-fb:"]
            .iter()
            .find_map(|prefix| line.strip_prefix(prefix))
            .and_then(|rest| rest.split(' ').next());
        if payload.is_none_or(|payload| payload == "*" || kept.contains(&payload)) {
            self.push(line);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const OFFER: &str = "v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\na=group:BUNDLE 0 1\r\n\
        m=application 9 UDP/DTLS/SCTP webrtc-datachannel\r\na=mid:0\r\n\
        m=video 9 UDP/TLS/RTP/SAVPF 96 97 108 109 35\r\na=mid:1\r\na=sendrecv\r\n\
        a=rtpmap:96 VP8/90000\r\na=rtcp-fb:96 nack pli\r\na=rtpmap:97 rtx/90000\r\na=fmtp:97 apt=96\r\n\
        a=rtpmap:108 H264/90000\r\na=fmtp:108 packetization-mode=1\r\n\
        a=rtpmap:109 rtx/90000\r\na=fmtp:109 apt=108\r\na=rtpmap:35 AV1/90000\r\n\
        a=msid:PA_x|TR_y TR_y\r\na=ssrc:1 cname:c\r\n";

    fn map<T>(mid: &str, value: T) -> BTreeMap<String, T> {
        BTreeMap::from([(mid.to_owned(), value)])
    }

    #[test]
    fn an_offer_is_trimmed_to_the_published_codec_and_its_retransmission() {
        let trimmed = keep_codecs(OFFER, &map("1", "h264".into()));
        assert!(trimmed.contains("m=video 9 UDP/TLS/RTP/SAVPF 108 109\r\n"));
        assert!(trimmed.contains("a=fmtp:109 apt=108\r\n"));
        for gone in ["VP8", "AV1", "apt=96", "rtcp-fb:96"] {
            assert!(!trimmed.contains(gone), "{gone}");
        }
        assert!(trimmed.contains("webrtc-datachannel"));
    }

    #[test]
    fn a_codec_that_is_not_offered_changes_nothing() {
        assert_eq!(keep_codecs(OFFER, &map("1", "VP9".into())), OFFER);
        assert_eq!(keep_codecs(OFFER, &map("7", "VP8".into())), OFFER);
    }

    #[test]
    fn tracks_are_named_once_for_the_section_and_for_its_ssrcs() {
        let offer = "v=0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\na=mid:audio0\r\n\
            a=ssrc:7 msid:user1 webrtctransceiver0\r\na=ssrc:7 cname:user1\r\n";
        let name = TrackName {
            stream: "room".into(),
            cid: "mic-1".into(),
        };
        let named = name_tracks(offer, &map("audio0", name.clone()));
        assert!(named.contains("a=mid:audio0\r\na=msid:room mic-1\r\n"));
        assert!(named.contains("a=ssrc:7 msid:room mic-1\r\n"));
        assert!(!named.contains("transceiver"));
        assert_eq!(name_tracks(&named, &map("audio0", name)), named);
    }

    #[test]
    fn sections_tell_mid_kind_and_track() {
        let sections = sections(OFFER);
        assert_eq!(sections.len(), 2);
        assert_eq!(
            (sections[1].mid.as_str(), sections[1].kind.as_str()),
            ("1", "video")
        );
        assert_eq!(sections[1].track.as_deref(), Some("TR_y"));
        assert!(!sections[1].inactive);
    }

    #[test]
    fn only_sections_that_are_not_ended_have_ssrcs() {
        let offer = "m=audio 9 X 111\r\na=mid:0\r\na=sendonly\r\na=ssrc:7 cname:a\r\n\
            a=ssrc:7 msid:a b\r\na=ssrc:4294967295 cname:a\r\n\
            m=video 9 X 96\r\na=mid:1\r\na=inactive\r\na=ssrc:8 cname:a\r\n";
        assert_eq!(ssrcs(offer), BTreeSet::from([7, u32::MAX]));
    }

    #[test]
    fn broken_descriptions_do_no_harm() {
        for text in [
            "",
            "m=",
            "\r\n\r\n",
            "a=mid:",
            "m=video\r\na=rtpmap:\r\na=ssrc: msid:",
        ] {
            let _ = (sections(text), ssrcs(text));
            let _ = keep_codecs(text, &map("", "VP8".into()));
            let _ = name_tracks(
                text,
                &map(
                    "",
                    TrackName {
                        stream: "s".into(),
                        cid: "c".into(),
                    },
                ),
            );
        }
    }
}
