//! Everybody else in the SFU room, from the server's updates.
//!
//! Invariant: one entry per identity (the newest session of it), never ourselves, never more
//! than [`MAX_PARTICIPANTS`].

use std::collections::{BTreeMap, HashMap};

use livekit_protocol as proto;
use room_messages::Identity;
use room_messages::api::ConnectionQuality;

use crate::bounds::{self, MAX_PARTICIPANTS};
use crate::{Own, Participant, Speaker};

#[derive(Debug, Default)]
pub struct Roster {
    own_sid: String,
    own_identity: Option<Identity>,
    own: Own,
    own_version: u32,
    /// Ourselves have changed, and nobody was told.
    own_news: bool,
    entries: BTreeMap<Identity, Entry>,
    /// Participant id to loudness of those who speak now.
    levels: HashMap<String, f32>,
    /// Participant id to the last rating of its connection.
    ratings: HashMap<String, ConnectionQuality>,
}

/// Our own rating, and those of others.
pub type Ratings = (
    Option<ConnectionQuality>,
    BTreeMap<Identity, ConnectionQuality>,
);

#[derive(Debug)]
struct Entry {
    participant: Participant,
    joined_at: i64,
    version: u32,
}

impl Roster {
    pub fn new(own_sid: String, own_identity: Identity, own: Own) -> Self {
        Self {
            own_sid,
            own_identity: Some(own_identity),
            own,
            ..Self::default()
        }
    }

    /// Ourselves, when something of it changed since last asked.
    pub fn own_news(&mut self) -> Option<Own> {
        std::mem::take(&mut self.own_news).then(|| self.own.clone())
    }

    fn update_own(&mut self, info: proto::ParticipantInfo) {
        if info.version < self.own_version {
            return;
        }
        self.own_version = info.version;
        let own = own(info);
        self.own_news |= own != self.own;
        self.own = own;
    }

    /// Takes an update in; true when anything changed.
    pub fn update(&mut self, infos: Vec<proto::ParticipantInfo>) -> bool {
        let mut changed = false;
        for info in infos {
            changed |= self.update_one(info).unwrap_or(false);
        }
        changed
    }

    fn update_one(&mut self, info: proto::ParticipantInfo) -> Option<bool> {
        if info.sid == self.own_sid {
            self.update_own(info);
            return None;
        }
        let gone = info.state() == proto::participant_info::State::Disconnected;
        let joined_at = joined_at(&info);
        let sid = bounds::id(info.sid)?;
        let identity = bounds::identity(info.identity)?;
        if Some(&identity) == self.own_identity.as_ref() {
            return None;
        }
        let known = self.entries.get(&identity);
        if gone {
            // A session that was already replaced ends late: its successor stays.
            let ours = known.is_some_and(|entry| entry.participant.sid == sid);
            self.levels.remove(&sid);
            self.ratings.remove(&sid);
            return Some(ours && self.entries.remove(&identity).is_some());
        }
        match known {
            Some(entry) if entry.participant.sid == sid && info.version < entry.version => {
                return None;
            }
            Some(entry) if entry.participant.sid != sid && joined_at < entry.joined_at => {
                return None;
            }
            None if self.entries.len() >= MAX_PARTICIPANTS => return None,
            _ => {}
        }
        let participant = Participant {
            tracks: bounds::tracks(info.tracks),
            name: bounds::name(&info.name),
            attributes: bounds::attributes(info.attributes),
            identity: identity.clone(),
            sid,
        };
        let changed = known.is_none_or(|entry| entry.participant != participant);
        let entry = Entry {
            participant,
            joined_at,
            version: info.version,
        };
        self.entries.insert(identity, entry);
        Some(changed)
    }

    pub fn list(&self) -> Vec<Participant> {
        self.entries
            .values()
            .map(|entry| entry.participant.clone())
            .collect()
    }

    /// Takes in who began or stopped speaking; gives everybody who speaks now, loudest first.
    pub fn speakers(&mut self, changed: Vec<proto::SpeakerInfo>) -> Vec<Speaker> {
        for speaker in changed.into_iter().take(MAX_PARTICIPANTS) {
            let level = if speaker.level.is_finite() {
                speaker.level.clamp(0.0, 1.0)
            } else {
                0.0
            };
            if speaker.active && self.identity(&speaker.sid).is_some() {
                self.levels.insert(speaker.sid, level);
            } else {
                self.levels.remove(&speaker.sid);
            }
        }
        let mut list: Vec<Speaker> = self
            .levels
            .iter()
            .filter_map(|(sid, level)| {
                Some(Speaker {
                    identity: self.identity(sid)?.clone(),
                    level: *level,
                })
            })
            .collect();
        list.sort_by(|a, b| {
            let louder = b.level.total_cmp(&a.level);
            louder.then_with(|| a.identity.cmp(&b.identity))
        });
        list
    }

    /// Takes ratings in; gives everybody's when one of them changed.
    pub fn rate(&mut self, updates: &[proto::ConnectionQualityInfo]) -> Option<Ratings> {
        let mut changed = false;
        for update in updates.iter().take(MAX_PARTICIPANTS) {
            if self.identity(&update.participant_sid).is_some() {
                let quality = bounds::connection_quality(update.quality());
                let sid = update.participant_sid.clone();
                changed |= self.ratings.insert(sid, quality) != Some(quality);
            }
        }
        changed.then(|| self.rated())
    }

    fn rated(&mut self) -> Ratings {
        let mut ratings = std::mem::take(&mut self.ratings);
        // Of sessions that were replaced.
        ratings.retain(|sid, _| self.identity(sid).is_some());
        let others = ratings.iter().filter(|(sid, _)| **sid != self.own_sid);
        let others = others.filter_map(|(sid, quality)| {
            let identity = self.identity(sid)?.clone();
            Some((identity, *quality))
        });
        let rated = (ratings.get(&self.own_sid).copied(), others.collect());
        self.ratings = ratings;
        rated
    }

    fn identity(&self, sid: &str) -> Option<&Identity> {
        if sid == self.own_sid {
            return self.own_identity.as_ref();
        }
        self.entries
            .values()
            .find(|entry| entry.participant.sid == sid)
            .map(|entry| &entry.participant.identity)
    }
}

/// What the server says of ourselves.
pub fn own(info: proto::ParticipantInfo) -> Own {
    Own {
        name: bounds::name(&info.name),
        may_publish: bounds::may_publish(info.permission.as_ref()),
        attributes: bounds::attributes(info.attributes),
    }
}

fn joined_at(info: &proto::ParticipantInfo) -> i64 {
    if info.joined_at_ms != 0 {
        return info.joined_at_ms;
    }
    info.joined_at.saturating_mul(1000)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(sid: &str, identity: &str, joined_at: i64, gone: bool) -> proto::ParticipantInfo {
        proto::ParticipantInfo {
            sid: sid.into(),
            identity: identity.into(),
            joined_at_ms: joined_at,
            state: if gone { 3 } else { 2 },
            ..Default::default()
        }
    }

    fn roster() -> Roster {
        Roster::new("PA_me".into(), Identity("me".into()), Own::default())
    }

    fn sids(roster: &Roster) -> Vec<String> {
        roster.list().into_iter().map(|p| p.sid).collect()
    }

    #[test]
    fn the_end_of_a_replaced_session_leaves_its_successor() {
        let mut roster = roster();
        assert!(roster.update(vec![info("PA_1", "a", 10, false)]));
        assert!(roster.update(vec![info("PA_2", "a", 20, false)]));
        assert!(!roster.update(vec![info("PA_1", "a", 10, false)]));
        assert!(!roster.update(vec![info("PA_1", "a", 10, true)]));
        assert_eq!(sids(&roster), ["PA_2"]);
        assert!(roster.update(vec![info("PA_2", "a", 20, true)]));
        assert!(roster.list().is_empty());
    }

    #[test]
    fn what_changes_of_ourselves_is_told_once_and_nothing_older() {
        let mut roster = roster();
        let mut named = |name: &str, version| {
            roster.update(vec![proto::ParticipantInfo {
                name: name.into(),
                version,
                ..info("PA_me", "me", 1, false)
            }]);
            roster.own_news().map(|own| own.name)
        };
        assert_eq!(named("Salle", 2).as_deref(), Some("Salle"));
        assert_eq!(named("Salle", 3), None);
        assert_eq!(named("Older", 2), None);
        assert_eq!(named("Newer", 4).as_deref(), Some("Newer"));
    }

    #[test]
    fn we_are_not_in_our_own_list_and_the_list_is_bounded() {
        let mut roster = roster();
        assert!(!roster.update(vec![info("PA_me", "me", 1, false)]));
        let crowd = (0..2000).map(|n| info(&format!("PA_{n}"), &format!("p{n}"), 1, false));
        roster.update(crowd.collect());
        assert_eq!(roster.list().len(), MAX_PARTICIPANTS);
    }

    #[test]
    fn speakers_are_the_loudest_first_and_strangers_are_left_out() {
        let mut roster = roster();
        roster.update(vec![
            info("PA_1", "a", 1, false),
            info("PA_2", "b", 1, false),
        ]);
        let speaker = |sid: &str, level, active| proto::SpeakerInfo {
            sid: sid.into(),
            level,
            active,
        };
        let list = roster.speakers(vec![
            speaker("PA_1", 0.2, true),
            speaker("PA_2", f32::NAN, true),
            speaker("PA_x", 0.9, true),
        ]);
        let names: Vec<&str> = list.iter().map(|s| s.identity.0.as_str()).collect();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(roster.speakers(vec![speaker("PA_1", 0.0, false)]).len(), 1);
    }

    #[test]
    fn ratings_are_told_with_everybodys_when_one_changes_and_go_with_their_session() {
        use ConnectionQuality::{Excellent, Lost, Poor};
        let mut roster = roster();
        roster.update(vec![
            info("PA_1", "a", 1, false),
            info("PA_2", "b", 1, false),
        ]);
        let others = |list: &[(&str, ConnectionQuality)]| {
            let named = list.iter();
            named
                .map(|(name, quality)| (Identity((*name).into()), *quality))
                .collect::<BTreeMap<_, _>>()
        };
        // What the server says (0 poor, 1 good, 2 excellent, 3 lost), and what is told then.
        type Step<'a> = (&'a [(&'a str, i32)], Option<Ratings>);
        let table: [Step<'_>; 6] = [
            (&[("PA_me", 2)], Some((Some(Excellent), others(&[])))),
            (&[("PA_me", 2)], None),
            (&[("PA_stranger", 0)], None),
            (
                &[("PA_1", 0), ("PA_me", 2)],
                Some((Some(Excellent), others(&[("a", Poor)]))),
            ),
            (
                &[("PA_2", 3)],
                Some((Some(Excellent), others(&[("a", Poor), ("b", Lost)]))),
            ),
            (&[("PA_1", 0), ("PA_2", 3)], None),
        ];
        let said = |said: &[(&str, i32)]| {
            let infos = said
                .iter()
                .map(|(sid, quality)| proto::ConnectionQualityInfo {
                    participant_sid: (*sid).into(),
                    quality: *quality,
                    ..Default::default()
                });
            infos.collect::<Vec<_>>()
        };
        for (step, told) in table {
            assert_eq!(roster.rate(&said(step)), told, "{step:?}");
        }
        roster.update(vec![
            info("PA_1", "a", 1, true),
            info("PA_3", "b", 2, false),
        ]);
        let told = Some((Some(Poor), others(&[])));
        assert_eq!(roster.rate(&said(&[("PA_me", 0)])), told);
    }
}
