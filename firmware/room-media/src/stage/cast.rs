//! Whose picture goes where: the arrangement, applied to the roster.
//!
//! Invariant: nobody stands twice among the people, and whoever has the floor is seen.

use room_messages::api::Layout;
use room_messages::{Arrangement, Identity, RosterEntry, Source};

use super::layout::{MAX_STRIP, MAX_TILES};

/// A shared screen is what people look at.
const EVERYTHING: &[Source] = &[Source::ScreenShare, Source::Camera];
const CAMERA: &[Source] = &[Source::Camera];
const SCREEN: &[Source] = &[Source::ScreenShare];

/// Whose pictures a tile shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// Of the one at this place in the roster.
    At(usize),
    /// Of the room itself, which stands in no roster.
    Room,
}

/// One tile, and the pictures it may show, best first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Role {
    pub(super) whose: Whose,
    pub(super) sources: &'static [Source],
}

impl Role {
    /// The people at these places, each with these pictures.
    fn each(
        places: impl Iterator<Item = usize>,
        sources: &'static [Source],
    ) -> impl Iterator<Item = Self> {
        places.map(move |at| Self {
            whose: Whose::At(at),
            sources,
        })
    }

    /// Shows what somebody shares, not them.
    pub(super) fn is_content(self) -> bool {
        self.sources == SCREEN
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cast {
    /// `None`: all have one size.
    pub(super) large: Option<Role>,
    pub(super) others: Vec<Role>,
    /// People who are not drawn.
    pub(super) more: usize,
}

pub(super) fn cast(roster: &[RosterEntry], how: &Arrangement) -> Cast {
    let find = |who: &Option<Identity>| {
        let who = who.as_ref()?;
        roster.iter().position(|entry| entry.identity == *who)
    };
    let everybody = 0..roster.len();
    let content = match &how.content {
        Some(who) if *who == Identity::ROOM => Some(Whose::Room),
        who => find(who).map(Whose::At),
    };
    match (how.layout, content) {
        (Layout::Speaker, _) if !roster.is_empty() => {
            let at = find(&how.speaker).unwrap_or(0);
            let others = everybody.filter(|one| *one != at);
            Cast {
                large: Some(Role {
                    whose: Whose::At(at),
                    sources: EVERYTHING,
                }),
                others: Role::each(others.take(MAX_STRIP), EVERYTHING).collect(),
                more: (roster.len() - 1).saturating_sub(MAX_STRIP),
            }
        }
        (Layout::Content, Some(whose)) => Cast {
            large: Some(Role {
                whose,
                sources: SCREEN,
            }),
            others: strip(roster.len(), find(&how.speaker)),
            more: roster.len().saturating_sub(MAX_STRIP),
        },
        _ => Cast {
            large: None,
            others: Role::each(everybody.take(MAX_TILES), EVERYTHING).collect(),
            more: roster.len().saturating_sub(MAX_TILES),
        },
    }
}

/// The first people, the last of them giving way to who speaks.
fn strip(people: usize, speaker: Option<usize>) -> Vec<Role> {
    let mut places: Vec<usize> = (0..people.min(MAX_STRIP)).collect();
    if let (Some(speaker), Some(last)) = (speaker, places.last_mut())
        && speaker >= MAX_STRIP
    {
        *last = speaker;
    }
    Role::each(places.into_iter(), CAMERA).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_messages::SfuId;

    fn roster(count: usize) -> Vec<RosterEntry> {
        let entry = |n: usize| RosterEntry {
            sfu: SfuId::OWN,
            identity: Identity(n.to_string()),
            name: n.to_string(),
        };
        (0..count).map(entry).collect()
    }

    fn shown(count: usize, layout: Layout, speaker: &str, content: &str) -> Cast {
        let who = |name: &str| (!name.is_empty()).then(|| Identity(name.into()));
        let how = Arrangement {
            layout,
            speaker: who(speaker),
            content: who(content),
        };
        cast(&roster(count), &how)
    }

    fn people(cast: &Cast) -> Vec<usize> {
        let at = |role: &Role| match role.whose {
            Whose::At(at) => at,
            Whose::Room => panic!("the room is nobody among the people"),
        };
        cast.others.iter().map(at).collect()
    }

    #[test]
    fn who_speaks_is_large_and_not_in_the_strip_too() {
        let three = shown(3, Layout::Speaker, "1", "");
        assert_eq!(three.large.unwrap().whose, Whose::At(1));
        assert_eq!((people(&three), three.more), (vec![0, 2], 0));
        let many = shown(9, Layout::Speaker, "gone", "");
        assert_eq!(many.large.unwrap().whose, Whose::At(0));
        assert_eq!((people(&many), many.more), (vec![1, 2, 3, 4, 5], 3));
        assert_eq!(shown(0, Layout::Speaker, "1", ""), Cast::default());
    }

    #[test]
    fn beside_content_everybody_is_seen_as_a_person_the_speaker_always() {
        let shown_now = shown(9, Layout::Content, "7", "2");
        assert!(shown_now.large.unwrap().is_content());
        assert_eq!(people(&shown_now), [0, 1, 2, 3, 7]);
        assert_eq!(shown_now.more, 4);
        let few = shown(2, Layout::Content, "1", "1");
        assert_eq!((people(&few), few.more), (vec![0, 1], 0));
    }

    #[test]
    fn what_the_room_shares_is_large_beside_everybody() {
        let how = Arrangement {
            layout: Layout::Content,
            speaker: None,
            content: Some(Identity::ROOM),
        };
        let shown = cast(&roster(2), &how);
        let large = shown.large.unwrap();
        assert_eq!(large.whose, Whose::Room);
        assert!(large.is_content());
        assert_eq!(people(&shown), [0, 1]);
    }

    #[test]
    fn content_of_somebody_who_left_is_a_grid() {
        let left = shown(30, Layout::Content, "", "99");
        assert_eq!((left.large, left.others.len(), left.more), (None, 25, 5));
        assert_eq!(left, shown(30, Layout::Grid, "3", "2"));
    }
}
