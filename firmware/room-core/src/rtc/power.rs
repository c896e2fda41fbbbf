//! What power levels let a user do in a call, before anything is tried.
//!
//! Rules: Matrix specification, room version 11 and 12, authorization rules; levels that old
//! room versions carry as text are read too. Deliberately absent: judging others' events, which
//! homeservers do.

use std::collections::BTreeSet;

use serde_json::Value;

use super::event::{Event, id_at, is_id};
use super::membership::{state, sticky};
use super::{Mode, hands, ring};

/// Most additional creators looked at.
const MAX_CREATORS: usize = 1000;

/// What a participant may want to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Be a member, written in this form.
    Join(Mode),
    /// Ring or notify.
    Notify,
    Decline,
    RaiseHand,
    React,
    /// Ask somebody into the room.
    Invite,
}

/// The room's rules as its state gives them.
#[derive(Clone, Debug, Default)]
pub struct Rules {
    creators: BTreeSet<String>,
    /// Room version 12 and later: creators stand above every level.
    creators_above: bool,
    levels: Option<Value>,
    encrypted: bool,
}

impl Rules {
    /// From the room's `m.room.create` event, the content of `m.room.power_levels`, and whether
    /// it has `m.room.encryption`. What is missing counts as the specification says.
    #[must_use]
    pub fn new(create: Option<&Event>, levels: Option<&Value>, encrypted: bool) -> Self {
        let version = create.map_or("1", room_version);
        let creators_above = has_privileged_creators(version);
        Self {
            creators: create
                .map(|event| creators(event, version))
                .unwrap_or_default(),
            creators_above,
            levels: levels.filter(|value| value.is_object()).cloned(),
            encrypted,
        }
    }

    #[must_use]
    pub fn may(&self, user: &str, action: Action) -> bool {
        match action {
            Action::Join(Mode::Compatibility) => self.may_send(user, state::KIND, true),
            // The delayed leave goes in clear, the membership encrypted.
            Action::Join(Mode::Matrix20) => {
                self.may_send(user, sticky::KIND, false)
                    && self.may_send_wrapped(user, sticky::KIND)
            }
            Action::Notify => self.may_send_wrapped(user, ring::KIND),
            Action::Decline => self.may_send_wrapped(user, ring::DECLINE_KIND),
            // Reactions and redactions are never encrypted.
            Action::RaiseHand => {
                self.may_send(user, hands::HAND_KIND, false)
                    && self.may_send(user, hands::REDACTION_KIND, false)
            }
            Action::React => self.may_send_wrapped(user, hands::REACTION_KIND),
            Action::Invite => {
                let levels = self.levels.as_ref();
                let needed = levels.and_then(|levels| levels.get("invite"));
                self.stands_at_least(user, needed.and_then(level).unwrap_or(0))
            }
        }
    }

    /// Whether a mention of the whole room by this user counts.
    #[must_use]
    pub fn may_notify_room(&self, user: &str) -> bool {
        let levels = self.levels.as_ref();
        let needed = levels
            .and_then(|l| l.get("notifications")?.get("room"))
            .and_then(level);
        self.stands_at_least(user, needed.unwrap_or(50))
    }

    fn may_send_wrapped(&self, user: &str, kind: &str) -> bool {
        let wire = if self.encrypted {
            "m.room.encrypted"
        } else {
            kind
        };
        self.may_send(user, wire, false)
    }

    fn may_send(&self, user: &str, kind: &str, is_state: bool) -> bool {
        let needed = match &self.levels {
            // Without the event everybody may do everything but be above others.
            None => 0,
            Some(levels) => {
                let own = levels
                    .get("events")
                    .and_then(|events| events.get(kind))
                    .and_then(level);
                let (name, default) = if is_state {
                    ("state_default", 50)
                } else {
                    ("events_default", 0)
                };
                own.or_else(|| levels.get(name).and_then(level))
                    .unwrap_or(default)
            }
        };
        self.stands_at_least(user, needed)
    }

    fn stands_at_least(&self, user: &str, needed: i64) -> bool {
        let creator = self.creators.contains(user);
        if creator && self.creators_above {
            return true;
        }
        let stands = match &self.levels {
            None if creator => 100,
            None => 0,
            Some(levels) => {
                let own = levels
                    .get("users")
                    .and_then(|users| users.get(user))
                    .and_then(level);
                let default = levels.get("users_default").and_then(level);
                own.or(default).unwrap_or(0)
            }
        };
        stands >= needed
    }
}

/// Version of the room a create event makes.
#[must_use]
pub fn room_version(create: &Event) -> &str {
    let version = create.content.get("room_version").and_then(Value::as_str);
    version.unwrap_or("1")
}

/// Version 12 brought it (MSC4289); unknown versions are taken to be unlike it.
fn has_privileged_creators(version: &str) -> bool {
    version.parse::<u32>().is_ok_and(|number| number >= 12)
        || version.starts_with("org.matrix.hydra.")
}

fn creators(create: &Event, version: &str) -> BTreeSet<String> {
    let mut creators = BTreeSet::new();
    let old = version.parse::<u32>().is_ok_and(|number| number <= 10);
    match id_at(&create.content, "creator").filter(|_| old) {
        Some(creator) => creators.insert(creator),
        None => creators.insert(create.sender.clone()),
    };
    if has_privileged_creators(version) {
        let more = create
            .content
            .get("additional_creators")
            .and_then(Value::as_array);
        let users = more
            .into_iter()
            .flatten()
            .take(MAX_CREATORS)
            .filter_map(Value::as_str);
        creators.extend(users.filter(|user| is_id(user)).map(str::to_owned));
    }
    creators
}

/// A level: a whole number, in old rooms also as text.
fn level(value: &Value) -> Option<i64> {
    value
        .as_i64()
        .or_else(|| value.as_str()?.trim().parse().ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const JOIN: Action = Action::Join(Mode::Compatibility);

    fn create(content: Value) -> Event {
        let event = json!({"type": "m.room.create", "sender": "@creator:x", "event_id": "$c",
            "origin_server_ts": 0, "state_key": "", "content": content});
        Event::from_value(event, 0).unwrap()
    }

    fn rules(version: &str, levels: Option<Value>) -> Rules {
        Rules::new(
            Some(&create(json!({"room_version": version}))),
            levels.as_ref(),
            true,
        )
    }

    #[test]
    fn an_ordinary_room_lets_only_those_with_power_join_by_state() {
        let rules = rules("11", Some(json!({"users": {"@mod:x": 50}})));
        assert!(!rules.may("@a:x", JOIN));
        assert!(rules.may("@mod:x", JOIN));
        assert!(rules.may("@a:x", Action::Join(Mode::Matrix20)));
        assert!(!rules.may_notify_room("@a:x"));
    }

    #[test]
    fn a_room_made_for_calls_lets_everybody_join() {
        let levels = json!({"events": {"org.matrix.msc3401.call.member": 0, "m.reaction": 10}});
        let rules = rules("11", Some(levels));
        assert!(rules.may("@a:x", JOIN));
        assert!(!rules.may("@a:x", Action::RaiseHand));
        assert!(rules.may("@a:x", Action::React));
    }

    #[test]
    fn in_an_encrypted_room_the_level_of_encrypted_events_counts() {
        let levels = json!({"events": {"m.room.encrypted": 50}});
        let rules = rules("11", Some(levels));
        assert!(!rules.may("@a:x", Action::Join(Mode::Matrix20)));
        assert!(!rules.may("@a:x", Action::Decline));
        assert!(rules.may("@a:x", Action::RaiseHand));
    }

    #[test]
    fn creators_stand_above_all_from_version_12_on() {
        let levels =
            json!({"users": {"@creator:x": 0}, "events_default": 100, "state_default": 1000});
        assert!(!rules("11", Some(levels.clone())).may("@creator:x", JOIN));
        assert!(rules("12", Some(levels.clone())).may("@creator:x", JOIN));
        let create = create(json!({"room_version": "12", "additional_creators": ["@two:x", 3]}));
        let rules = Rules::new(Some(&create), Some(&levels), false);
        assert!(rules.may("@two:x", JOIN));
        assert!(!rules.may("@three:x", JOIN));
    }

    #[test]
    fn without_power_levels_everybody_may_join_and_only_the_creator_notifies() {
        let rules = rules("11", None);
        assert!(rules.may("@a:x", JOIN));
        assert!(!rules.may_notify_room("@a:x"));
        assert!(rules.may_notify_room("@creator:x"));
    }

    #[test]
    fn levels_as_text_or_of_another_kind_do_no_harm() {
        let rules = rules(
            "9",
            Some(json!({"users": {"@a:x": "50"}, "events": 7, "state_default": []})),
        );
        assert!(rules.may("@a:x", JOIN));
        assert!(!rules.may("@b:x", JOIN));
    }
}
