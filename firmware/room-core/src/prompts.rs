//! What the room says aloud, for those who see neither panel nor display.
//!
//! Invariant: what is said follows from what the room is in, whatever led there: a button, the
//! panel, the API or somebody else. A press that changes nothing is answered, too.

use room_messages::Prompt;
use room_messages::api::{Button, Phase};

/// What there is to be told of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Seen {
    pub phase: Phase,
    /// In the lobby of a meeting.
    pub waits: bool,
    /// By whomever, or the hardware mute line.
    pub muted: bool,
    pub camera_on: bool,
    /// A call rings aloud.
    pub rings: bool,
    pub help: bool,
}

/// See the module.
#[derive(Clone, Copy, Debug, Default)]
pub struct Prompts {
    last: Seen,
}

impl Prompts {
    /// What to say now, in this order, instead of what is being said. `pressed`: the button that
    /// was pressed just now.
    pub fn observe(&mut self, seen: Seen, pressed: Option<Button>) -> Vec<Prompt> {
        let before = std::mem::replace(&mut self.last, seen);
        if let Some(prompt) = of_phase(before, seen) {
            // Who cannot see the lamp must not learn later that nobody heard them.
            let silent = prompt == Prompt::InCall && seen.muted;
            return std::iter::once(prompt)
                .chain(silent.then_some(Prompt::Muted))
                .collect();
        }
        let change = of_ringing(before, seen)
            .or_else(|| of_devices(before, seen))
            .or_else(|| of_help(before, seen));
        change
            .or_else(|| in_vain(seen, pressed))
            .into_iter()
            .collect()
    }
}

fn of_phase(before: Seen, seen: Seen) -> Option<Prompt> {
    let waits = seen.phase == Phase::Joining && seen.waits;
    if before.phase == seen.phase {
        return (waits && !before.waits).then_some(Prompt::Waiting);
    }
    match seen.phase {
        Phase::Joining if waits => Some(Prompt::Waiting),
        Phase::Joining => Some(Prompt::Joining),
        Phase::InCall => Some(Prompt::InCall),
        Phase::Reconnecting => Some(Prompt::Reconnecting),
        Phase::Failed => Some(Prompt::Failed),
        // A join that failed is over already.
        Phase::Idle if before.phase != Phase::Failed => Some(Prompt::Left),
        Phase::Idle | Phase::Leaving => None,
    }
}

fn of_ringing(before: Seen, seen: Seen) -> Option<Prompt> {
    (seen.rings && !before.rings).then_some(Prompt::Ringing)
}

fn of_devices(before: Seen, seen: Seen) -> Option<Prompt> {
    let chosen = |is: bool, was: bool, [on, off]: [Prompt; 2]| {
        (is != was).then_some(if is { on } else { off })
    };
    let microphone = chosen(seen.muted, before.muted, [Prompt::Muted, Prompt::Unmuted]);
    let camera = [Prompt::CameraOn, Prompt::CameraOff];
    let camera = chosen(seen.camera_on, before.camera_on, camera);
    microphone.or(camera).filter(|_| seen.phase.is_member())
}

fn of_help(before: Seen, seen: Seen) -> Option<Prompt> {
    match (before.help, seen.help) {
        (false, true) => Some(Prompt::HelpCalled),
        (true, false) => Some(Prompt::HelpEnded),
        _ => None,
    }
}

/// A press after which everything is as before.
fn in_vain(seen: Seen, pressed: Option<Button>) -> Option<Prompt> {
    match pressed? {
        Button::Join | Button::Call if !seen.phase.is_call() => Some(Prompt::NothingToJoin),
        Button::Join if seen.phase.is_member() => Some(Prompt::InCall),
        Button::Mute if seen.phase.is_member() && seen.muted => Some(Prompt::HeldMuted),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CALL: Seen = Seen {
        phase: Phase::InCall,
        waits: false,
        muted: false,
        camera_on: true,
        rings: false,
        help: false,
    };
    const IDLE: Seen = Seen {
        phase: Phase::Idle,
        ..CALL
    };

    fn told(steps: &[(Seen, Option<Button>)]) -> Vec<Prompt> {
        let mut prompts = Prompts { last: IDLE };
        let each = steps
            .iter()
            .map(|(seen, pressed)| prompts.observe(*seen, *pressed));
        each.flatten().collect()
    }

    #[test]
    fn a_call_from_the_press_to_its_end() {
        let phase = |phase| (Seen { phase, ..CALL }, None);
        let join = Some(Button::Join);
        let steps = [
            (
                Seen {
                    phase: Phase::Joining,
                    ..CALL
                },
                join,
            ),
            phase(Phase::Joining),
            phase(Phase::InCall),
            phase(Phase::Reconnecting),
            phase(Phase::InCall),
            phase(Phase::Leaving),
            phase(Phase::Idle),
        ];
        let said = [
            Prompt::Joining,
            Prompt::InCall,
            Prompt::Reconnecting,
            Prompt::InCall,
            Prompt::Left,
        ];
        assert_eq!(told(&steps), said);
        let failed = [
            phase(Phase::Joining),
            phase(Phase::Failed),
            phase(Phase::Idle),
        ];
        assert_eq!(told(&failed), [Prompt::Joining, Prompt::Failed]);
    }

    #[test]
    fn who_enters_muted_is_told_so() {
        let joining = Seen {
            phase: Phase::Joining,
            muted: true,
            ..CALL
        };
        let inside = Seen {
            muted: true,
            ..CALL
        };
        let said = [Prompt::Joining, Prompt::InCall, Prompt::Muted];
        assert_eq!(told(&[(joining, None), (inside, None)]), said);
    }

    #[test]
    fn the_lobby_is_told_once() {
        let joining = Seen {
            phase: Phase::Joining,
            ..CALL
        };
        let waiting = Seen {
            waits: true,
            ..joining
        };
        let steps = [
            (joining, None),
            (waiting, None),
            (waiting, None),
            (CALL, None),
        ];
        let said = [Prompt::Joining, Prompt::Waiting, Prompt::InCall];
        assert_eq!(told(&steps), said);
    }

    #[test]
    fn devices_are_told_in_a_call_alone() {
        let muted = Seen {
            muted: true,
            ..CALL
        };
        let dark = Seen {
            camera_on: false,
            ..CALL
        };
        let steps = [
            (CALL, None),
            (muted, None),
            (CALL, None),
            (dark, None),
            (CALL, None),
        ];
        let said = [
            Prompt::InCall,
            Prompt::Muted,
            Prompt::Unmuted,
            Prompt::CameraOff,
            Prompt::CameraOn,
        ];
        assert_eq!(told(&steps), said);
        let muted = Seen {
            muted: true,
            camera_on: false,
            ..IDLE
        };
        assert!(told(&[(muted, None), (IDLE, None)]).is_empty());
    }

    #[test]
    fn a_press_in_vain_is_answered() {
        let press = |seen, button| (seen, Some(button));
        let held = Seen {
            muted: true,
            ..CALL
        };
        let steps = [
            press(IDLE, Button::Join),
            press(IDLE, Button::HangUp),
            (held, None),
            press(held, Button::Mute),
            press(held, Button::Join),
        ];
        let said = [
            Prompt::NothingToJoin,
            Prompt::InCall,
            Prompt::Muted,
            Prompt::HeldMuted,
            Prompt::InCall,
        ];
        assert_eq!(told(&steps), said);
    }

    #[test]
    fn ringing_and_help_are_told_when_they_begin_and_help_when_it_ends() {
        let rings = Seen {
            rings: true,
            ..IDLE
        };
        let help = Seen { help: true, ..IDLE };
        let steps = [
            (rings, None),
            (rings, None),
            (IDLE, None),
            (help, None),
            (IDLE, None),
        ];
        let said = [Prompt::Ringing, Prompt::HelpCalled, Prompt::HelpEnded];
        assert_eq!(told(&steps), said);
    }
}
