//! What the room would say, as the prompts see it.

use room_messages::Order;
use room_messages::api::{Button, VisioEntry};

use super::Room;
use crate::Moment;
use crate::call::Visit;
use crate::prompts::Seen;

impl Room {
    /// What to say now that everything has happened; kept up to date when nothing is said aloud.
    pub(super) fn say(&mut self, now: Moment, pressed: Option<Button>) -> Option<Order> {
        let entry = self
            .call
            .visit()
            .map(Visit::status)
            .map(|visio| visio.entry);
        let seen = Seen {
            phase: self.call.phase(),
            waits: entry == Some(VisioEntry::Waiting),
            muted: self.mute.is_silent(),
            camera_on: self.mute.asked_camera(),
            rings: matches!(self.ring(now), Order::SetRing { volume } if volume > 0),
            help: self.help.is_wanted(),
        };
        let prompts = self.prompts.observe(seen, pressed);
        let aloud = self.character.spoken_prompts && !prompts.is_empty();
        aloud.then_some(Order::Say { prompts })
    }
}
