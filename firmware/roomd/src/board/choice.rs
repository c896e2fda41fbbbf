//! Which board this is, and what `mediad` uses of it.

use std::path::Path;

use board_api::profile::{Profile, Rules};
use room_core::problem::Issue;
use room_messages::api::Problem;
use room_messages::{AudioInput, AudioOutput, Configuration, DeviceRule, StageOutput, VideoInput};
use room_settings::Board;

/// Not below `/proc`, which the service hides.
const DEVICE_TREE: &str = "/sys/firmware/devicetree/base/compatible";

/// What the settings and the device tree come to. Without a usable profile the room runs with
/// neither board nor devices, and says so.
pub fn find(choice: &room_settings::Profile, profiles: &Path) -> Result<Board, Problem> {
    // A machine without device tree has none to be read.
    let device_tree = std::fs::read(DEVICE_TREE).unwrap_or_default();
    Board::find(choice, profiles, &device_tree)
        .map_err(|error| Issue::BoardUnknown.about(&error.line()))
}

/// Camera, microphone, speaker, content and display of this board, in place of the simulated ones.
pub fn equip(media: Configuration, board: &Result<Board, Problem>) -> Configuration {
    match board {
        Ok(Board::Simulated) => Configuration {
            simulated: true,
            ..media
        },
        Ok(Board::Linux(profile)) => real(media, profile),
        Err(_) => Configuration {
            camera: VideoInput::None,
            microphone: AudioInput::None,
            speaker: AudioOutput::None,
            content: VideoInput::None,
            // Where to say what is wrong.
            stage: StageOutput::Display,
            simulated: false,
            ..media
        },
    }
}

fn real(media: Configuration, profile: &Profile) -> Configuration {
    let some = |rules: &Rules| (!rules.as_slice().is_empty()).then(|| sent(rules));
    Configuration {
        camera: some(&profile.camera).map_or(VideoInput::None, VideoInput::Board),
        microphone: some(&profile.microphone).map_or(AudioInput::None, AudioInput::Board),
        speaker: some(&profile.speaker).map_or(AudioOutput::None, AudioOutput::Board),
        content: some(&profile.content).map_or(VideoInput::None, VideoInput::Board),
        stage: match profile.display {
            Some(_) => StageOutput::Display,
            None => StageOutput::None,
        },
        simulated: false,
        ..media
    }
}

fn sent(rules: &Rules) -> Vec<DeviceRule> {
    let text = |text: &Option<board_api::profile::Text>| {
        text.as_ref().map(|text| text.as_str().to_owned())
    };
    rules
        .as_slice()
        .iter()
        .map(|rule| DeviceRule {
            name: text(&rule.name),
            driver: text(&rule.driver),
            path: text(&rule.path),
            device: rule.device,
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_messages::VideoFormat;
    use room_messages::api::Language;

    fn media() -> Configuration {
        Configuration {
            room_name: "Room".into(),
            language: Language::En,
            camera: VideoInput::Test,
            microphone: AudioInput::Test,
            speaker: AudioOutput::Test,
            content: VideoInput::Test,
            stage: StageOutput::Test,
            video: VideoFormat::default(),
            content_video: VideoFormat::CONTENT,
            simulated: false,
        }
    }

    #[test]
    fn a_real_board_gives_its_own_devices_and_an_unknown_one_none() {
        let text =
            "version = 1\nname = \"x\"\nkind = \"linux\"\ncamera = [{ driver = \"uvcvideo\" }]";
        let profile: Profile = toml::from_str(text).unwrap();
        let real = equip(media(), &Ok(Board::Linux(Box::new(profile))));
        assert!(matches!(&real.camera, VideoInput::Board(rules)
            if rules[0].driver.as_deref() == Some("uvcvideo")));
        assert_eq!(real.microphone, AudioInput::None);
        assert_eq!(real.content, VideoInput::None);
        assert!(!real.simulated);
        let simulated = equip(media(), &Ok(Board::Simulated));
        assert_eq!(simulated.camera, VideoInput::Test);
        let unknown = equip(media(), &Err(Issue::BoardUnknown.problem()));
        assert_eq!(unknown.camera, VideoInput::None);
    }
}
