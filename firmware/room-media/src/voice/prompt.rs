//! The sounds of what the room says aloud: Opus in Ogg (RFC 7845), made by `cargo xtask prompts`.
//!
//! Decoded when they are said: that takes some milliseconds, and most rooms say nothing.

use std::io::Cursor;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app::{AppSink, AppSrc};
use ogg::PacketReader;
use room_messages::Prompt;
use room_messages::api::Language;

use crate::gst::make;

/// Of every packet: opusenc makes no others unless told.
const PACKET_MS: u64 = 20;
/// Silence after each, in samples: a pause before the next, and time for a speaker that is closed
/// behind it to play to its end.
const PAUSE: usize = 14_400;
/// The header and the comments come before any sound.
const HEADERS: usize = 2;

macro_rules! sounds {
    ($prompt:expr, $language:expr, $($variant:ident $name:literal),+) => {
        match ($prompt, $language) {
            $(
                (Prompt::$variant, Language::En) => {
                    include_bytes!(concat!("../../prompts/en/", $name, ".opus"))
                }
                (Prompt::$variant, Language::Fr) => {
                    include_bytes!(concat!("../../prompts/fr/", $name, ".opus"))
                }
            )+
        }
    };
}

fn file(prompt: Prompt, language: Language) -> &'static [u8] {
    sounds!(
        prompt,
        language,
        Joining "joining",
        Waiting "waiting",
        InCall "in_call",
        Reconnecting "reconnecting",
        Left "left",
        Failed "failed",
        NothingToJoin "nothing_to_join",
        Muted "muted",
        Unmuted "unmuted",
        HeldMuted "held_muted",
        CameraOff "camera_off",
        CameraOn "camera_on",
        Ringing "ringing",
        HelpCalled "help_called",
        HelpEnded "help_ended"
    )
}

/// All of them one after the other, mono at 48 kHz.
///
/// # Errors
/// When GStreamer cannot decode Opus.
pub(super) fn samples(prompts: &[Prompt], language: Language) -> Result<Vec<i16>, glib::BoolError> {
    let mut all = Vec::new();
    for prompt in prompts {
        all.extend(decode(file(*prompt, language))?);
        all.resize(all.len() + PAUSE, 0);
    }
    Ok(all)
}

fn decode(file: &[u8]) -> Result<Vec<i16>, glib::BoolError> {
    let caps = gst::Caps::builder("audio/x-opus")
        .field("channel-mapping-family", 0)
        .field("channels", 1)
        .field("rate", 48_000)
        .build();
    let source = AppSrc::builder()
        .caps(&caps)
        .format(gst::Format::Time)
        .build();
    let wanted = gst::Caps::builder("audio/x-raw")
        .field("format", "S16LE")
        .field("channels", 1)
        .field("rate", 48_000)
        .build();
    let sink = AppSink::builder().caps(&wanted).sync(false).build();
    let pipeline = gst::Pipeline::new();
    let decoder = make("opusdec")?;
    pipeline.add_many([source.upcast_ref(), &decoder, sink.upcast_ref()])?;
    gst::Element::link_many([source.upcast_ref(), &decoder, sink.upcast_ref()])?;
    let started = pipeline.set_state(gst::State::Playing);
    let sound = match started {
        Ok(_) => run(file, &source, &sink),
        Err(_) => Err(glib::bool_error!("the decoder does not start")),
    };
    let _ = pipeline.set_state(gst::State::Null);
    sound
}

fn run(file: &[u8], source: &AppSrc, sink: &AppSink) -> Result<Vec<i16>, glib::BoolError> {
    let mut reader = PacketReader::new(Cursor::new(file));
    let mut place = 0_u64;
    for number in 0.. {
        let packet = reader
            .read_packet()
            .map_err(|error| glib::bool_error!("{error}"))?;
        let Some(packet) = packet else { break };
        if number < HEADERS {
            continue;
        }
        let mut buffer = gst::Buffer::from_mut_slice(packet.data);
        if let Some(buffer) = buffer.get_mut() {
            buffer.set_pts(gst::ClockTime::from_mseconds(place * PACKET_MS));
            buffer.set_duration(gst::ClockTime::from_mseconds(PACKET_MS));
        }
        place += 1;
        let pushed = source.push_buffer(buffer);
        pushed.map_err(|_| glib::bool_error!("the decoder takes no packet"))?;
    }
    let _ = source.end_of_stream();
    let mut all = Vec::new();
    while let Ok(sample) = sink.pull_sample() {
        let buffer = sample
            .buffer()
            .and_then(|buffer| buffer.map_readable().ok());
        let bytes = buffer.ok_or_else(|| glib::bool_error!("a block without samples"))?;
        all.extend(bytes.chunks_exact(2).filter_map(|pair| {
            let pair = pair.first_chunk()?;
            Some(i16::from_le_bytes(*pair))
        }));
    }
    Ok(all)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A second at least, twelve at most, as loud as a voice, and no two alike.
    #[test]
    fn every_prompt_is_a_sentence_in_both_languages() {
        crate::gst::init().unwrap();
        let mut lengths = Vec::new();
        for prompt in Prompt::ALL {
            for language in [Language::En, Language::Fr] {
                let sound = samples(&[prompt], language).unwrap();
                let seconds = sound.len() / 48_000;
                let loudest = sound.iter().map(|sample| sample.unsigned_abs()).max();
                assert!((1..12).contains(&seconds), "{prompt:?}: {seconds} s");
                assert!(loudest.unwrap() > 6000, "{prompt:?}: {loudest:?}");
                lengths.push((file(prompt, language).len(), file(prompt, language)));
            }
        }
        lengths.sort_unstable();
        lengths.dedup();
        assert_eq!(lengths.len(), 2 * Prompt::ALL.len());
    }

    #[test]
    fn several_are_said_one_after_the_other() {
        crate::gst::init().unwrap();
        let alone = |prompt| samples(&[prompt], Language::Fr).unwrap().len();
        let both = samples(&[Prompt::InCall, Prompt::Muted], Language::Fr).unwrap();
        assert_eq!(both.len(), alone(Prompt::InCall) + alone(Prompt::Muted));
    }
}
