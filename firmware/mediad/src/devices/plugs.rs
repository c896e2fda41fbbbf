//! What is plugged in, from the board to the devices that capture and play.
//!
//! In: the board's word that something changed, and time. Out: device names to camera, content,
//! microphone and speaker. Runs on a thread of its own, which ends with the process. Nothing is
//! opened here but to ask a video node what it is.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use board_api::profile::{Rule, Rules, Text};
use board_api::{BoardError, Ports};
use board_linux::Sought;
use room_media::voice::Voice;
use room_messages::{AudioInput, AudioOutput, Configuration, DeviceRule, VideoInput};

use super::Capture;

/// Looked at this often even when nothing is said.
const LOOK: Duration = Duration::from_secs(10);
/// Looked at again this soon when something could not be read.
const AGAIN: Duration = Duration::from_secs(1);

/// Starts the thread when any device is the board's.
///
/// # Errors
/// When the system gives no thread.
pub fn start(
    configuration: &Configuration,
    capture: &Arc<Capture>,
    voice: &Voice,
) -> std::io::Result<()> {
    let Some(ports) = ports(configuration) else {
        return Ok(());
    };
    let mut watch = Watch {
        camera: matches!(configuration.camera, VideoInput::Board(_)).then(Known::default),
        content: matches!(configuration.content, VideoInput::Board(_)).then(Known::default),
        microphone: matches!(configuration.microphone, AudioInput::Board(_)).then(Known::default),
        speaker: matches!(configuration.speaker, AudioOutput::Board(_)).then(Known::default),
        capture: Arc::clone(capture),
        voice: voice.clone(),
        ports,
    };
    std::thread::Builder::new()
        .name("plugs".into())
        .spawn(move || watch.run())
        .map(|_| ())
}

/// The board's ports, when the configuration asks for any.
fn ports(configuration: &Configuration) -> Option<Ports> {
    let pictures = |input: &VideoInput| match input {
        VideoInput::Board(rules) => Some(self::rules(rules)),
        _ => None,
    };
    let camera = pictures(&configuration.camera);
    let content = pictures(&configuration.content);
    let microphone = match &configuration.microphone {
        AudioInput::Board(rules) => Some(self::rules(rules)),
        _ => None,
    };
    let speaker = match &configuration.speaker {
        AudioOutput::Board(rules) => Some(self::rules(rules)),
        _ => None,
    };
    let sought = [&camera, &content, &microphone, &speaker];
    if sought.iter().all(|rules| rules.is_none()) {
        return None;
    }
    Some(board_linux::ports_by(Sought {
        camera: &camera.unwrap_or_default(),
        content: &content.unwrap_or_default(),
        microphone: &microphone.unwrap_or_default(),
        speaker: &speaker.unwrap_or_default(),
    }))
}

/// A rule that cannot be one is left out.
fn rules(rules: &[DeviceRule]) -> Rules {
    let text = |text: &Option<String>| text.clone().map(Text::try_from).transpose();
    let rules = rules.iter().filter_map(|rule| {
        Some(Rule {
            name: text(&rule.name).ok()?,
            driver: text(&rule.driver).ok()?,
            path: text(&rule.path).ok()?,
            device: rule.device,
        })
    });
    Rules::try_from(rules.collect::<Vec<_>>()).unwrap_or_default()
}

/// What was said of a device last; `None` before the first look.
type Known<T> = Option<Option<T>>;

struct Watch {
    ports: Ports,
    capture: Arc<Capture>,
    voice: Voice,
    /// `None`: not the board's.
    camera: Option<Known<PathBuf>>,
    content: Option<Known<PathBuf>>,
    microphone: Option<Known<String>>,
    speaker: Option<Known<String>>,
}

impl Watch {
    fn run(&mut self) {
        // Noted once: it is looked every second.
        let mut wrong = None;
        loop {
            let error = self.look().err();
            match error {
                Some(error) if wrong != Some(error) => {
                    tracing::warn!(%error, "the board cannot be looked at");
                }
                None if wrong.is_some() => tracing::info!("the board can be looked at"),
                _ => {}
            }
            wrong = error;
            let wait = if wrong.is_none() { LOOK } else { AGAIN };
            if self.ports.hotplug.next(wait).is_err() {
                std::thread::sleep(AGAIN);
            }
        }
    }

    /// Looks at every device; the first error counts.
    fn look(&mut self) -> Result<(), BoardError> {
        let Self {
            ports,
            capture,
            voice,
            camera,
            content,
            microphone,
            speaker,
        } = self;
        let seen = settle(
            "camera",
            camera,
            || Ok(ports.camera.camera()?.map(|camera| camera.node)),
            |node| capture.camera.set_device(node),
        );
        let shared = settle(
            "content",
            content,
            || Ok(ports.content.camera()?.map(|camera| camera.node)),
            |node| capture.content.set_device(node),
        );
        let heard = settle(
            "microphone",
            microphone,
            || Ok(ports.microphone.sound()?.map(|sound| sound.pcm)),
            |pcm| capture.microphone.set_device(pcm),
        );
        let played = settle(
            "speaker",
            speaker,
            || Ok(ports.speaker.sound()?.map(|sound| sound.pcm)),
            |pcm| voice.set_device(pcm),
        );
        seen.and(shared).and(heard).and(played)
    }
}

/// Hands on what changed.
fn settle<T: Clone + PartialEq + std::fmt::Debug>(
    device: &str,
    known: &mut Option<Known<T>>,
    look: impl FnOnce() -> Result<Option<T>, BoardError>,
    tell: impl FnOnce(Option<T>),
) -> Result<(), BoardError> {
    let Some(known) = known else {
        return Ok(());
    };
    let now = look()?;
    if known.as_ref() != Some(&now) {
        tracing::info!(device, plugged_in = ?now, "what is plugged in");
        *known = Some(now.clone());
        tell(now);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_changed_is_handed_on_and_an_unreadable_board_changes_nothing() {
        let told = std::cell::RefCell::new(Vec::new());
        let mut known = Some(Known::default());
        let mut hand_on = |now| {
            settle(
                "camera",
                &mut known,
                || now,
                |it| told.borrow_mut().push(it),
            )
        };
        for now in [
            Ok(None),
            Ok(None),
            Ok(Some(1)),
            Err(BoardError::Failed),
            Ok(Some(1)),
            Ok(Some(2)),
        ] {
            assert_eq!(hand_on(now), now.map(|_| ()));
        }
        assert_eq!(told.into_inner(), [None, Some(1), Some(2)]);
        let nobodys = settle("camera", &mut None, || Ok(Some(1)), |_| panic!());
        assert_eq!(nobodys, Ok(()));
    }

    #[test]
    fn a_rule_that_cannot_be_one_is_left_out() {
        let rule = |name: &str| DeviceRule {
            name: Some(name.into()),
            ..DeviceRule::default()
        };
        let made = rules(&[rule("BRIO"), rule(""), rule("a\nb")]);
        assert_eq!(made.as_slice().len(), 1);
    }
}
