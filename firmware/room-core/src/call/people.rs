//! The members of the call as people see them.

use std::collections::BTreeMap;

use room_messages::{RosterEntry, SfuId};

use super::presence::Seat;
use crate::rtc::session::Member;
use crate::security::Person;
use crate::sfus::Sfus;

/// Longest name on a tile, in characters.
const MAX_NAME: usize = 64;

/// A name as its owner wrote it, made fit for a screen: no control and no direction-changing
/// characters, at most 64 characters; the localpart of the user id when nothing is left.
#[must_use]
pub fn clean_name(name: Option<&str>, user: &str) -> String {
    let clean = |text: &str| -> String {
        let kept = text
            .chars()
            .filter(|c| !c.is_control() && !changes_direction(*c));
        kept.take(MAX_NAME).collect::<String>().trim().to_owned()
    };
    let chosen = name.map(clean).filter(|name| !name.is_empty());
    chosen.unwrap_or_else(|| {
        let local = user.strip_prefix('@').unwrap_or(user);
        clean(local.split_once(':').map_or(local, |(local, _)| local))
    })
}

/// Characters that could make a name look like another (Unicode bidirectional controls and
/// invisible separators).
fn changes_direction(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

/// Everybody whose media belongs to the call, with the connection it comes through.
#[must_use]
pub fn roster(
    members: &[Member],
    names: &BTreeMap<String, Option<String>>,
    sfus: &Sfus,
) -> Vec<RosterEntry> {
    members
        .iter()
        .filter_map(|member| {
            Some(RosterEntry {
                sfu: sfu_of(member, sfus)?,
                identity: member.identity.clone(),
                name: name_of(member, names),
            })
        })
        .collect()
}

/// The same as far as security goes; members without media stand at the room's own SFU, where
/// none of their tracks will ever be.
#[must_use]
pub fn persons(
    members: &[Member],
    names: &BTreeMap<String, Option<String>>,
    sfus: &Sfus,
) -> Vec<Person> {
    members
        .iter()
        .map(|member| Person {
            sfu: sfu_of(member, sfus).unwrap_or(SfuId::OWN),
            identity: member.identity.clone(),
            label: format!("{} ({})", name_of(member, names), member.user),
            since_ms: member.created_ms,
            lacks_key_since_ms: None,
        })
        .collect()
}

#[must_use]
pub fn name_of(member: &Member, names: &BTreeMap<String, Option<String>>) -> String {
    let chosen = names.get(&member.user).and_then(Option::as_deref);
    clean_name(chosen, &member.user)
}

/// Where the member's media comes from; `None` without media.
#[must_use]
pub fn seat_of(member: &Member, sfus: &Sfus) -> Option<Seat> {
    Some((sfu_of(member, sfus)?, member.identity.clone()))
}

fn sfu_of(member: &Member, sfus: &Sfus) -> Option<SfuId> {
    sfus.id_of(member.transport.as_deref()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_cannot_lie_by_invisible_characters_nor_overflow_a_tile() {
        assert_eq!(clean_name(Some(" Anna\u{202e}\n "), "@a:b"), "Anna");
        assert_eq!(clean_name(Some("\u{200b}"), "@anna:b"), "anna");
        assert_eq!(clean_name(None, "@anna:b:8448"), "anna");
        assert_eq!(clean_name(Some(&"x".repeat(500)), "@a:b").len(), MAX_NAME);
    }
}
