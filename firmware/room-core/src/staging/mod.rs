//! How the tiles of a call lie: what people chose, who speaks, who shares.
//!
//! Invariant: what somebody shares becomes large by itself once, when it begins; whoever then
//! chooses another layout is not overruled before everybody has stopped sharing. A call begins
//! as a grid: what one meeting chose is not the next one's affair.

mod floor;

use std::time::Duration;

use room_messages::api::{Layout, Stage};
use room_messages::{Arrangement, Identity, RosterEntry};

use floor::Floor;

/// What is to be seen in the running call.
#[derive(Clone, Copy, Debug)]
pub struct Seen<'a> {
    pub roster: &'a [RosterEntry],
    /// Loudest first.
    pub speaking: &'a [Identity],
    /// Who shares a screen that can be shown, the room itself among them; in any order.
    pub sharing: &'a [&'a Identity],
}

/// See the module.
#[derive(Debug, Default)]
pub struct Staging {
    in_call: bool,
    /// Chosen by people: never [`Layout::Content`].
    base: Layout,
    /// People looked away from what is shared.
    away: bool,
    /// In the order they began.
    sharers: Vec<Identity>,
    floor: Floor,
}

impl Staging {
    /// Takes in what is seen now; `None` outside a call. `now` is since start.
    pub fn observe(&mut self, now: Duration, seen: Option<Seen<'_>>) {
        let Some(seen) = seen else {
            *self = Self::default();
            return;
        };
        self.in_call = true;
        let is_here = |who: &Identity| seen.roster.iter().any(|entry| entry.identity == *who);
        self.floor.observe(now, seen.speaking, is_here);
        let is_here = |who: &Identity| *who == Identity::ROOM || is_here(who);
        let shares = |who: &Identity| seen.sharing.contains(&who) && is_here(who);
        self.sharers.retain(shares);
        for who in seen.sharing {
            if !self.sharers.contains(who) && is_here(who) {
                self.sharers.push((*who).clone());
            }
        }
        if self.sharers.is_empty() {
            self.away = false;
        }
    }

    /// Lays the stage out so. What cannot be shown now changes nothing.
    pub fn choose(&mut self, layout: Layout) {
        if !self.layouts().contains(&layout) {
            return;
        }
        self.away = layout != Layout::Content && !self.sharers.is_empty();
        if layout != Layout::Content {
            self.base = layout;
        }
    }

    /// What can be chosen now.
    #[must_use]
    pub fn layouts(&self) -> Vec<Layout> {
        let people = [Layout::Speaker, Layout::Grid].into_iter();
        let content = (!self.sharers.is_empty()).then_some(Layout::Content);
        let all = people.chain(content).filter(|_| self.in_call);
        all.collect()
    }

    fn layout(&self) -> Layout {
        if self.sharers.is_empty() || self.away {
            self.base
        } else {
            Layout::Content
        }
    }

    #[must_use]
    pub fn status(&self) -> Stage {
        Stage {
            layout: self.layout(),
            layouts: self.layouts(),
        }
    }

    /// Who shared last is shown: the one before would have been seen already.
    #[must_use]
    pub fn arrangement(&self) -> Arrangement {
        Arrangement {
            layout: self.layout(),
            speaker: self.floor.holder().cloned(),
            content: self.sharers.last().cloned(),
        }
    }

    /// When the arrangement changes by time alone, since start.
    #[must_use]
    pub fn next_change(&self) -> Option<Duration> {
        self.floor.next_change()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_messages::SfuId;

    struct Meeting {
        staging: Staging,
        roster: Vec<RosterEntry>,
    }

    impl Meeting {
        fn of(names: &[&str]) -> Self {
            let entry = |name: &&str| RosterEntry {
                sfu: SfuId::OWN,
                identity: Identity((*name).into()),
                name: (*name).into(),
            };
            let mut meeting = Self {
                staging: Staging::default(),
                roster: names.iter().map(entry).collect(),
            };
            meeting.sharing(&[]);
            meeting
        }

        fn sharing(&mut self, names: &[&str]) {
            let who: Vec<_> = names.iter().map(|who| Identity((*who).into())).collect();
            let seen = Seen {
                roster: &self.roster,
                speaking: &[],
                sharing: &who.iter().collect::<Vec<_>>(),
            };
            self.staging.observe(Duration::ZERO, Some(seen));
        }

        fn shown(&self) -> (Layout, Option<String>) {
            let shown = self.staging.arrangement();
            (shown.layout, shown.content.map(|who| who.0))
        }
    }

    #[test]
    fn what_is_shared_becomes_large_and_the_layout_of_before_comes_back() {
        let mut meeting = Meeting::of(&["a", "b"]);
        meeting.staging.choose(Layout::Speaker);
        assert_eq!(meeting.shown(), (Layout::Speaker, None));
        meeting.sharing(&["b"]);
        assert_eq!(meeting.shown(), (Layout::Content, Some("b".into())));
        meeting.sharing(&["a", "b"]);
        assert_eq!(meeting.shown(), (Layout::Content, Some("a".into())));
        meeting.sharing(&["b"]);
        assert_eq!(meeting.shown(), (Layout::Content, Some("b".into())));
        meeting.sharing(&[]);
        assert_eq!(meeting.shown(), (Layout::Speaker, None));
    }

    #[test]
    fn who_looks_away_is_not_overruled_until_nobody_shares() {
        let mut meeting = Meeting::of(&["a", "b"]);
        meeting.sharing(&["b"]);
        meeting.staging.choose(Layout::Grid);
        assert_eq!(meeting.shown().0, Layout::Grid);
        meeting.sharing(&["a", "b"]);
        assert_eq!(meeting.shown().0, Layout::Grid);
        meeting.staging.choose(Layout::Content);
        assert_eq!(meeting.shown().0, Layout::Content);
        meeting.staging.choose(Layout::Speaker);
        meeting.sharing(&[]);
        assert_eq!(meeting.shown().0, Layout::Speaker);
        meeting.sharing(&["a"]);
        assert_eq!(meeting.shown().0, Layout::Content);
    }

    #[test]
    fn content_is_offered_only_while_a_member_shares_and_nothing_outside_a_call() {
        use Layout::{Content, Grid, Speaker};
        let mut meeting = Meeting::of(&["a"]);
        assert_eq!(meeting.staging.layouts(), [Speaker, Grid]);
        meeting.sharing(&["stranger"]);
        meeting.staging.choose(Content);
        assert_eq!(meeting.shown(), (Grid, None));
        assert_eq!(meeting.staging.layouts(), [Speaker, Grid]);
        meeting.sharing(&["a"]);
        assert_eq!(meeting.staging.layouts(), [Speaker, Grid, Content]);
        meeting.staging.choose(Speaker);
        meeting.staging.observe(Duration::ZERO, None);
        assert_eq!(meeting.staging.layouts(), []);
        assert_eq!(meeting.shown().0, Grid);
    }
}
