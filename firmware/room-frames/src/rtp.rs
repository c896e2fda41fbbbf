//! RTP headers (RFC 3550) with one-byte header extensions (RFC 8285).
//!
//! Deliberately absent: RTCP and SRTP, which are the transport's.

const VERSION: u8 = 2 << 6;
const ONE_BYTE: u16 = 0xbede;
/// Longest value of a one-byte extension.
const LONGEST_VALUE: usize = 16;

/// Extension ids as negotiated, 1 to 14; those `None` or out of range are neither written nor
/// read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExtensionIds {
    /// `urn:ietf:params:rtp-hdrext:sdes:mid`
    pub mid: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id`
    pub rid: Option<u8>,
    /// `http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01`
    pub twcc: Option<u8>,
    /// `urn:ietf:params:rtp-hdrext:ssrc-audio-level`
    pub audio_level: Option<u8>,
}

/// Extension values of one packet.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Extensions {
    /// At most 16 bytes; longer ones are not written.
    pub mid: Option<String>,
    /// At most 16 bytes; longer ones are not written.
    pub rid: Option<String>,
    /// Transport-wide sequence number; the transport fills it in, the place must be there.
    pub twcc: Option<u16>,
    /// As RFC 6464 has it: top bit voice, the rest level below full scale in dB.
    pub audio_level: Option<u8>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Header {
    /// 0 to 127.
    pub payload_type: u8,
    pub marker: bool,
    pub sequence: u16,
    pub timestamp: u32,
    pub ssrc: u32,
}

impl Header {
    /// The packet: header, extensions that have both id and value, payload.
    #[must_use]
    pub fn packet(&self, ids: &ExtensionIds, values: &Extensions, payload: &[u8]) -> Vec<u8> {
        let extension = extension_block(ids, values);
        let mut packet = Vec::with_capacity(12 + extension.len() + payload.len());
        let flag = if extension.is_empty() { 0 } else { 0x10 };
        packet.push(VERSION | flag);
        packet.push(u8::from(self.marker) << 7 | self.payload_type & 0x7f);
        packet.extend_from_slice(&self.sequence.to_be_bytes());
        packet.extend_from_slice(&self.timestamp.to_be_bytes());
        packet.extend_from_slice(&self.ssrc.to_be_bytes());
        packet.extend_from_slice(&extension);
        packet.extend_from_slice(payload);
        packet
    }
}

fn extension_block(ids: &ExtensionIds, values: &Extensions) -> Vec<u8> {
    let mut block = Vec::new();
    let twcc = values.twcc.map(u16::to_be_bytes);
    let level = values.audio_level.map(|level| [level]);
    let all = [
        (ids.mid, values.mid.as_deref().map(str::as_bytes)),
        (ids.rid, values.rid.as_deref().map(str::as_bytes)),
        (ids.twcc, twcc.as_ref().map(<[u8; 2]>::as_slice)),
        (ids.audio_level, level.as_ref().map(<[u8; 1]>::as_slice)),
    ];
    for (id, value) in all {
        let (Some(id @ 1..=14), Some(value @ [_, ..])) = (id, value) else {
            continue;
        };
        if value.len() <= LONGEST_VALUE {
            block.push(id << 4 | (value.len() - 1) as u8);
            block.extend_from_slice(value);
        }
    }
    if block.is_empty() {
        return block;
    }
    block.resize(block.len().next_multiple_of(4), 0);
    // Four values of 17 bytes at most: 17 words.
    let words = (block.len() / 4) as u16;
    let [p0, p1] = ONE_BYTE.to_be_bytes();
    let [w0, w1] = words.to_be_bytes();
    block.splice(0..0, [p0, p1, w0, w1]);
    block
}

/// A packet taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packet<'a> {
    pub header: Header,
    pub extensions: Extensions,
    /// Without padding; empty for packets that only probe or keep alive.
    pub payload: &'a [u8],
}

/// Takes a packet apart; `None` when it is not RTP.
#[must_use]
pub fn parse<'a>(packet: &'a [u8], ids: &ExtensionIds) -> Option<Packet<'a>> {
    let (fixed, rest) = packet.split_first_chunk::<12>()?;
    let [flags, kind, s0, s1, t0, t1, t2, t3, i0, i1, i2, i3] = *fixed;
    if flags & 0xc0 != VERSION {
        return None;
    }
    let mut rest = rest.get(usize::from(flags & 0x0f) * 4..)?;
    let mut extensions = Extensions::default();
    if flags & 0x10 != 0 {
        let (&[p0, p1, w0, w1], tail) = rest.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([w0, w1])) * 4;
        let (block, tail) = tail.split_at_checked(length)?;
        if u16::from_be_bytes([p0, p1]) == ONE_BYTE {
            read_extensions(block, ids, &mut extensions);
        }
        rest = tail;
    }
    if flags & 0x20 != 0 {
        let padding = usize::from(*rest.last()?);
        rest = rest.get(..rest.len().checked_sub(padding)?)?;
    }
    let header = Header {
        payload_type: kind & 0x7f,
        marker: kind & 0x80 != 0,
        sequence: u16::from_be_bytes([s0, s1]),
        timestamp: u32::from_be_bytes([t0, t1, t2, t3]),
        ssrc: u32::from_be_bytes([i0, i1, i2, i3]),
    };
    Some(Packet {
        header,
        extensions,
        payload: rest,
    })
}

fn read_extensions(mut block: &[u8], ids: &ExtensionIds, values: &mut Extensions) {
    while let Some((&head, rest)) = block.split_first() {
        let id = head >> 4;
        match id {
            0 => {
                block = rest;
                continue;
            }
            15 => return,
            _ => {}
        }
        let Some((value, rest)) = rest.split_at_checked(usize::from(head & 0x0f) + 1) else {
            return;
        };
        block = rest;
        let id = Some(id);
        if id == ids.mid {
            values.mid = text(value);
        } else if id == ids.rid {
            values.rid = text(value);
        } else if id == ids.twcc {
            values.twcc = value.first_chunk().map(|bytes| u16::from_be_bytes(*bytes));
        } else if id == ids.audio_level {
            values.audio_level = value.first().copied();
        }
    }
}

fn text(value: &[u8]) -> Option<String> {
    std::str::from_utf8(value).ok().map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    const IDS: ExtensionIds = ExtensionIds {
        mid: Some(1),
        rid: Some(4),
        twcc: Some(3),
        audio_level: Some(14),
    };

    #[test]
    fn headers_and_extensions_survive() {
        let header = Header {
            payload_type: 96,
            marker: true,
            sequence: 0xfffe,
            timestamp: 0x8000_0001,
            ssrc: 0xdead_beef,
        };
        let extensions = Extensions {
            mid: Some("video0".into()),
            rid: Some("q".into()),
            twcc: Some(513),
            audio_level: Some(0x80 | 30),
        };
        let packet = header.packet(&IDS, &extensions, b"payload");
        assert_eq!((packet.len() - 12 - 4 - 7) % 4, 0);
        let parsed = parse(&packet, &IDS).unwrap();
        assert_eq!(parsed.header, header);
        assert_eq!(parsed.extensions, extensions);
        assert_eq!(parsed.payload, b"payload");
        let plain = header.packet(&ExtensionIds::default(), &extensions, b"");
        assert_eq!(plain.len(), 12);
    }

    #[test]
    fn padding_contributing_sources_and_other_extensions_are_skipped() {
        let mut packet = vec![0x80 | 0x20 | 0x10 | 1, 0x60, 0, 1, 0, 0, 0, 2, 0, 0, 0, 3];
        packet.extend([0, 0, 0, 9]);
        packet.extend([0x10, 0x00, 0, 1, 1, 1, 7, 0]);
        packet.extend([0xaa, 0xbb, 0, 2]);
        let parsed = parse(&packet, &IDS).unwrap();
        assert_eq!(parsed.payload, [0xaa, 0xbb]);
        assert_eq!(parsed.extensions, Extensions::default());
        packet.pop();
        packet.push(200);
        assert_eq!(parse(&packet, &IDS), None);
    }
}
