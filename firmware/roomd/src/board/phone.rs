//! A speakerphone: its buttons to the mind, the room's state to its lamps.
//!
//! One thread does both, so that what the device answers to a lamp is read after the lamp was lit.

use std::time::Duration;

use board_api::{PhoneLamps, Speakerphone};
use room_core::input::{BoardFact, Input};
use room_messages::api::{Device, Status};

use super::{WAIT, named};
use crate::mind::Mind;

/// How long a lamp waits for a press to be read first.
const TURN: Duration = Duration::from_millis(100);

/// Runs until the process ends. A unit without a speakerphone has nothing to tell.
pub fn run(mut phone: Box<dyn Speakerphone>, mind: &Mind) {
    let snapshots = mind.snapshots();
    let mut shown = None;
    loop {
        let wanted = lamps(&snapshots.borrow().status);
        if shown != Some(wanted) {
            shown = phone.show(wanted).is_ok().then_some(wanted);
        }
        match phone.next(TURN) {
            Ok(Some(button)) => mind.tell_blocking(Input::Board(BoardFact::Pressed(named(button)))),
            Ok(None) => {}
            Err(_) => std::thread::sleep(WAIT),
        }
    }
}

/// In step with the room. The mute lamp follows the microphone itself: it is dark in a call only
/// while that is open.
fn lamps(status: &Status) -> PhoneLamps {
    let off_hook = status.call.phase.is_call();
    PhoneLamps {
        off_hook,
        mute: off_hook && status.microphone.device != Device::Live,
        ring: !off_hook && !status.ringing.is_empty(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::board::signals::status;

    #[test]
    fn the_lamps_follow_the_call_and_the_microphone_itself() {
        let ring = json!([{ "room_id": "!r", "name": "r", "caller": "c", "until_ms": 1 }]);
        for (phase, microphone, ringing, lamps) in [
            ("idle", "off", json!([]), (false, false, false)),
            ("idle", "off", ring.clone(), (false, false, true)),
            ("joining", "off", json!([]), (true, true, false)),
            ("in_call", "live", ring, (true, false, false)),
            ("in_call", "off", json!([]), (true, true, false)),
            ("in_call", "failed", json!([]), (true, true, false)),
        ] {
            let shown = super::lamps(&status(phase, false, microphone, ringing));
            let shown = (shown.off_hook, shown.mute, shown.ring);
            assert_eq!(shown, lamps, "{phase} {microphone}");
        }
    }
}
