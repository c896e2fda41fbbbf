//! Raised hands and reactions, as Element Call does them.
//!
//! Both refer to the sender's current membership event; when that changes (refresh, camera on
//! or off), a hand is down for everybody until it is raised anew. Reactions to event ids not
//! known yet are kept, since they may overtake the membership.
//!
//! Invariant: at most [`MAX_PER_SENDER`] hands of one sender and [`MAX_HANDS`] in all are kept.

use std::collections::{BTreeMap, VecDeque};

use room_messages::api::Reaction;
use serde_json::{Value, json};

use super::event::{Event, id_at};
use super::session::Member;

pub const HAND_KIND: &str = "m.reaction";
pub const REACTION_KIND: &str = "io.element.call.reaction";
pub const REDACTION_KIND: &str = "m.room.redaction";
/// The key of a raised hand: U+1F590 U+FE0F.
pub const HAND: &str = "\u{1f590}\u{fe0f}";
/// How long an emoji is shown, in milliseconds.
pub const SHOWN_MS: u64 = 3_000;
/// An emoji sent longer ago than this is history, not a reaction, in milliseconds.
const FRESH_MS: u64 = 30_000;
/// Longest emoji, in bytes: families joined by zero-width joiners are about 25.
const MAX_EMOJI: usize = 48;
pub const MAX_PER_SENDER: usize = 20;
pub const MAX_HANDS: usize = 2_000;
/// Redactions remembered: one may overtake the answer that shows what it takes back.
const MAX_REDACTED: usize = 256;

#[derive(Clone, Debug)]
struct Hand {
    sender: String,
    membership: String,
    sent_ms: u64,
}

#[derive(Clone, Debug)]
struct Shown {
    membership: String,
    emoji: String,
    until_ms: u64,
}

/// Hands and reactions of one call.
#[derive(Clone, Debug, Default)]
pub struct Hands {
    /// By the event id of the reaction that raised it.
    hands: BTreeMap<String, Hand>,
    /// Events taken back last, oldest first.
    redacted: VecDeque<String>,
    /// By sender.
    shown: BTreeMap<String, Shown>,
}

impl Hands {
    /// An event of the room's timeline; any other kind changes nothing. `now_ms`: Unix time.
    pub fn observe(&mut self, now_ms: u64, event: &Event) {
        match event.kind.as_str() {
            HAND_KIND => self.hand(event),
            REACTION_KIND => self.reaction(now_ms, event),
            REDACTION_KIND => {
                if let Some(redacted) = id_at(&event.content, "redacts") {
                    self.redact(redacted);
                }
            }
            _ => {}
        }
    }

    fn redact(&mut self, event_id: String) {
        self.hands.remove(&event_id);
        if self.redacted.len() >= MAX_REDACTED {
            self.redacted.pop_front();
        }
        self.redacted.push_back(event_id);
    }

    #[must_use]
    pub fn is_raised(&self, member: &Member) -> bool {
        self.raised_by(member).is_some()
    }

    /// Event id of the reaction that raised the member's hand: redact it to lower the own one.
    #[must_use]
    pub fn raised_by(&self, member: &Member) -> Option<&str> {
        let raises = |hand: &Hand| hand.sender == member.user && hand.membership == member.event_id;
        let found = self.hands.iter().find(|(_, hand)| raises(hand));
        found.map(|(event_id, _)| event_id.as_str())
    }

    /// The emoji the member shows now.
    #[must_use]
    pub fn emoji(&self, now_ms: u64, member: &Member) -> Option<&str> {
        let shown = self.shown.get(&member.user)?;
        let now = shown.membership == member.event_id && now_ms < shown.until_ms;
        now.then_some(shown.emoji.as_str())
    }

    /// When the next emoji disappears, in Unix milliseconds.
    #[must_use]
    pub fn next_end_ms(&self, now_ms: u64) -> Option<u64> {
        let ends = self.shown.values().map(|shown| shown.until_ms);
        ends.filter(|until| *until > now_ms).min()
    }

    fn hand(&mut self, event: &Event) {
        if self.redacted.contains(&event.event_id) {
            return;
        }
        let relation = event.content.get("m.relates_to");
        let text = |name| relation.and_then(|r| r.get(name)).and_then(Value::as_str);
        if text("rel_type") != Some("m.annotation") || text("key") != Some(HAND) {
            return;
        }
        let Some(membership) = relation.and_then(|r| id_at(r, "event_id")) else {
            return;
        };
        let hand = Hand {
            sender: event.sender.clone(),
            membership,
            sent_ms: event.sent_ms,
        };
        self.hands.insert(event.event_id.clone(), hand);
        self.drop_oldest(MAX_PER_SENDER, |hand| hand.sender == event.sender);
        self.drop_oldest(MAX_HANDS, |_| true);
    }

    fn drop_oldest(&mut self, most: usize, counts: impl Fn(&Hand) -> bool) {
        let counted = || self.hands.iter().filter(|(_, hand)| counts(hand));
        if counted().count() <= most {
            return;
        }
        let oldest = counted().min_by_key(|(_, hand)| hand.sent_ms);
        if let Some(event_id) = oldest.map(|(event_id, _)| event_id.clone()) {
            self.hands.remove(&event_id);
        }
    }

    fn reaction(&mut self, now_ms: u64, event: &Event) {
        self.shown.retain(|_, shown| shown.until_ms > now_ms);
        // While one is shown, further ones are passed over.
        let busy = self.shown.contains_key(&event.sender) || self.shown.len() >= MAX_HANDS;
        if busy || event.sent_ms.abs_diff(now_ms) > FRESH_MS {
            return;
        }
        let membership = event
            .content
            .get("m.relates_to")
            .and_then(|r| id_at(r, "event_id"));
        let emoji = id_at(&event.content, "emoji").filter(|emoji| emoji.len() <= MAX_EMOJI);
        if let (Some(membership), Some(emoji)) = (membership, emoji) {
            let until_ms = now_ms.saturating_add(SHOWN_MS);
            let shown = Shown {
                membership,
                emoji,
                until_ms,
            };
            self.shown.insert(event.sender.clone(), shown);
        }
    }
}

/// Content that raises the own hand; event type [`HAND_KIND`], never encrypted. `membership` is
/// the event id of the own current membership.
#[must_use]
pub fn raise_content(membership: &str) -> Value {
    json!({"m.relates_to": {"rel_type": "m.annotation", "event_id": membership, "key": HAND}})
}

/// Content that shows an emoji; event type [`REACTION_KIND`]. `membership` as above.
#[must_use]
pub fn react_content(membership: &str, reaction: Reaction) -> Value {
    json!({
        "m.relates_to": {"rel_type": "m.reference", "event_id": membership},
        "emoji": reaction.emoji(),
        "name": reaction.name(),
    })
}

#[cfg(test)]
mod tests;
