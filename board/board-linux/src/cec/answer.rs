//! What a message of the display means here, and what is answered: pure.

use board_api::Button;
use linux_cec::message::Message;
use linux_cec::operand::{AbortReason, MenuState, PowerStatus, UiCommand};

/// What to do about a message that is for this room alone.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Doing {
    Press(Button),
    Answer(Message),
    Nothing,
}

/// Whoever is asked something and does not know it says so (CEC 12.3): silence would hold up the
/// display's own questions.
pub(super) fn to(message: &Message) -> Doing {
    match message {
        Message::UserControlPressed { ui_command } => {
            button(*ui_command).map_or(Doing::Nothing, Doing::Press)
        }
        Message::UserControlReleased
        | Message::FeatureAbort { .. }
        | Message::ReportPowerStatus { .. } => Doing::Nothing,
        Message::GiveDevicePowerStatus => Doing::Answer(Message::ReportPowerStatus {
            status: PowerStatus::On,
        }),
        // Many displays hand on their remote's keys only to a device with a menu.
        Message::MenuRequest { .. } => Doing::Answer(Message::MenuStatus {
            state: MenuState::Activated,
        }),
        other => Doing::Answer(Message::FeatureAbort {
            opcode: other.opcode().into(),
            abort_reason: AbortReason::UnrecognizedOp,
        }),
    }
}

fn button(command: UiCommand) -> Option<Button> {
    match command {
        UiCommand::Select | UiCommand::Enter | UiCommand::Play => Some(Button::Join),
        UiCommand::Back | UiCommand::Stop => Some(Button::HangUp),
        UiCommand::Mute => Some(Button::Mute),
        UiCommand::VolumeUp => Some(Button::VolumeUp),
        UiCommand::VolumeDown => Some(Button::VolumeDown),
        UiCommand::Help => Some(Button::Help),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use linux_cec::operand::MenuRequestType;

    #[test]
    fn keys_are_buttons_questions_are_answered_and_what_is_strange_is_said_to_be() {
        let key = |ui_command| to(&Message::UserControlPressed { ui_command });
        assert_eq!(key(UiCommand::Select), Doing::Press(Button::Join));
        assert_eq!(key(UiCommand::Back), Doing::Press(Button::HangUp));
        assert_eq!(key(UiCommand::Mute), Doing::Press(Button::Mute));
        assert_eq!(key(UiCommand::Up), Doing::Nothing);
        assert_eq!(to(&Message::UserControlReleased), Doing::Nothing);
        let asked = MenuRequestType::Query;
        let menu = to(&Message::MenuRequest {
            request_type: asked,
        });
        let state = MenuState::Activated;
        assert_eq!(menu, Doing::Answer(Message::MenuStatus { state }));
        let strange = to(&Message::GiveDeckStatus {
            request: linux_cec::operand::StatusRequest::Once,
        });
        let Doing::Answer(Message::FeatureAbort { opcode, .. }) = strange else {
            panic!("{strange:?}");
        };
        assert_eq!(opcode, 0x1a);
        // No answer answers an answer: two devices would never end.
        let abort_reason = AbortReason::Refused;
        let abort = Message::FeatureAbort {
            opcode,
            abort_reason,
        };
        assert_eq!(to(&abort), Doing::Nothing);
    }
}
