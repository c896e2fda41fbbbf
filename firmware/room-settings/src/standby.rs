//! When the room sleeps, when it is not to disturb, and how loud it may be.

use std::time::Duration;

use room_messages::api::Text;

use crate::reader::{Findings, Section};
use crate::values::Refusal;

/// When the room sleeps and wakes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StandbySettings {
    /// After somebody last did something, 1 minute to a day; `None`: never.
    pub after: Option<Duration>,
    /// Presence alone lights the display.
    pub half_wake: bool,
    pub quiet_hours: Option<QuietHours>,
    /// Without a movement before the board's own sensor, after which the room counts as empty, 1
    /// to 120 minutes.
    pub empty_after: Duration,
}

impl Default for StandbySettings {
    /// What a silent file says (`defaults.toml`).
    fn default() -> Self {
        Self {
            after: Some(minutes(10)),
            half_wake: true,
            quiet_hours: None,
            empty_after: minutes(10),
        }
    }
}

/// In minutes since midnight, 0 to 1439; the end may be on the next day. Never the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    pub from: u16,
    pub to: u16,
}

impl QuietHours {
    fn new(text: &str) -> Result<Self, Refusal> {
        let hours = text.trim().split_once('-');
        let hours = hours.and_then(|(from, to)| Some((minute(from)?, minute(to)?)));
        match hours {
            Some((from, to)) if from != to => Ok(Self { from, to }),
            _ => Err((
                Text::new(
                    "these are not two different times of the day",
                    "ce ne sont pas deux heures différentes de la journée",
                ),
                Text::new(
                    "write for example \"20:00-07:30\"",
                    "écrivez par exemple \"20:00-07:30\"",
                ),
            )),
        }
    }
}

/// `07:30`, two digits each.
fn minute(text: &str) -> Option<u16> {
    let (hour, minute) = text.trim().split_once(':')?;
    let figure = |text: &str, below: u16| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let figure = digits.then(|| text.parse::<u16>().ok())??;
        (figure < below).then_some(figure)
    };
    Some(figure(hour, 24)? * 60 + figure(minute, 60)?)
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AudioSettings {
    /// The loudest that voices are played, 10 to 100.
    pub maximum_volume: u8,
    /// How loud a call rings, 0 to 100; never louder than voices may be.
    pub ring_volume: u8,
    /// Whether what happens is said aloud, for those who see neither panel nor display.
    pub spoken_prompts: bool,
}

pub(crate) fn standby(
    mut section: Section<'_>,
    findings: &mut Findings<'_>,
) -> Option<StandbySettings> {
    let after = section.number("after", 0..=1440, findings);
    let half_wake = section.flag("half_wake", findings);
    let quiet_hours = section.text("quiet_hours", QuietHours::new, findings);
    let empty_after = section.number("empty_after", 1..=120, findings);
    section.close(findings);
    Some(StandbySettings {
        after: Some(minutes(after?)).filter(|after| !after.is_zero()),
        half_wake: half_wake?,
        quiet_hours,
        empty_after: minutes(empty_after?),
    })
}

pub(crate) fn audio(
    mut section: Section<'_>,
    findings: &mut Findings<'_>,
) -> Option<AudioSettings> {
    let maximum = section.number("maximum_volume", 10..=100, findings);
    let ring = section.number("ring_volume", 0..=100, findings);
    let spoken = section.flag("spoken_prompts", findings);
    section.close(findings);
    Some(AudioSettings {
        maximum_volume: u8::try_from(maximum?).ok()?,
        ring_volume: u8::try_from(ring?).ok()?,
        spoken_prompts: spoken?,
    })
}

fn minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fields, settings};

    #[test]
    fn a_silent_file_has_a_room_that_sleeps_after_ten_minutes_and_is_never_quiet() {
        let settings = settings("");
        assert_eq!(settings.standby, StandbySettings::default());
        let audio = settings.audio;
        assert_eq!((audio.maximum_volume, audio.ring_volume), (100, 60));
        assert!(!audio.spoken_prompts);
    }

    #[test]
    fn everything_can_be_written() {
        let settings = settings(
            "[standby]\nafter = 0\nhalf_wake = false\nquiet_hours = \"20:00 - 07:30\"\nempty_after = 5\n[audio]\nmaximum_volume = 70\nring_volume = 0\nspoken_prompts = true\n",
        );
        let standby = settings.standby;
        assert_eq!((standby.after, standby.half_wake), (None, false));
        let quiet = QuietHours {
            from: 1200,
            to: 450,
        };
        assert_eq!(standby.quiet_hours, Some(quiet));
        assert_eq!(standby.empty_after, Duration::from_secs(300));
        let audio = settings.audio;
        assert_eq!((audio.maximum_volume, audio.ring_volume), (70, 0));
        assert!(audio.spoken_prompts);
    }

    #[test]
    fn what_is_no_time_of_the_day_is_refused() {
        for hours in [
            "",
            "20:00",
            "7:00-20:00",
            "24:00-07:00",
            "20:60-07:00",
            "+1:00-07:00",
            "07:00-07:00",
            "07:00-20:00-21:00",
        ] {
            let text = format!("[standby]\nquiet_hours = \"{hours}\"\n");
            let wrong = [(7, "standby.quiet_hours".to_owned())];
            assert_eq!(fields(&text), wrong, "{hours}");
        }
        let text = "[standby]\nafter = 1441\nempty_after = 0\n[audio]\nmaximum_volume = 9\nring_volume = 101\n";
        let wrong = [
            (7, "standby.after".to_owned()),
            (8, "standby.empty_after".to_owned()),
            (10, "audio.maximum_volume".to_owned()),
            (11, "audio.ring_volume".to_owned()),
        ];
        assert_eq!(fields(text), wrong);
    }
}
