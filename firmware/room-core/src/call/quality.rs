//! How good everybody's connection is, by what the SFUs say.
//!
//! Invariant: nothing is said of others through an SFU whose connection is down; of ourselves,
//! that it is lost. Ratings of before hold again once a session is resumed, because an SFU only
//! tells what changes.

use std::collections::BTreeMap;

use room_messages::api::ConnectionQuality;
use room_messages::{Fact, Identity, SfuId, SfuState};

use super::presence::Seat;

#[derive(Debug, Default)]
struct Rated {
    /// Was connected, and is not now.
    lost: bool,
    own: Option<ConnectionQuality>,
    others: BTreeMap<Identity, ConnectionQuality>,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Qualities {
    by_sfu: BTreeMap<SfuId, Rated>,
}

impl Qualities {
    /// What `mediad` says of its SFUs; it bounds the lists.
    pub fn fact(&mut self, fact: &Fact) {
        match fact {
            Fact::Sfu { sfu, state } => match state {
                SfuState::Connecting => {}
                SfuState::Connected => self.by_sfu.entry(*sfu).or_default().lost = false,
                SfuState::Reconnecting => self.by_sfu.entry(*sfu).or_default().lost = true,
                SfuState::Ended { .. } => drop(self.by_sfu.remove(sfu)),
            },
            Fact::ConnectionQuality { sfu, own, others } => {
                let rated = self.by_sfu.entry(*sfu).or_default();
                (rated.own, rated.others) = (*own, others.clone());
            }
            _ => {}
        }
    }

    /// `mediad` is gone: nothing is known.
    pub fn media_down(&mut self) {
        *self = Self::default();
    }

    /// The room's own, at the SFU it publishes on.
    #[must_use]
    pub fn own(&self) -> Option<ConnectionQuality> {
        let rated = self.by_sfu.get(&SfuId::OWN)?;
        if rated.lost {
            Some(ConnectionQuality::Lost)
        } else {
            rated.own
        }
    }

    #[must_use]
    pub fn of(&self, (sfu, identity): &Seat) -> Option<ConnectionQuality> {
        let rated = self.by_sfu.get(sfu).filter(|rated| !rated.lost)?;
        rated.others.get(identity).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ConnectionQuality::{Excellent, Good, Lost, Poor};
    use room_messages::EndReason;

    const ELSEWHERE: SfuId = SfuId(1);

    fn state(sfu: SfuId, state: SfuState) -> Fact {
        Fact::Sfu { sfu, state }
    }

    fn rated(
        sfu: SfuId,
        own: Option<ConnectionQuality>,
        others: &[(&str, ConnectionQuality)],
    ) -> Fact {
        let others = others.iter();
        let others = others.map(|(name, quality)| (Identity((*name).into()), *quality));
        let others = others.collect();
        Fact::ConnectionQuality { sfu, own, others }
    }

    #[test]
    fn ratings_hold_while_their_sfu_is_connected_and_again_after_a_resume() {
        use SfuState::{Connected, Reconnecting};
        let own = SfuId::OWN;
        let ended = SfuState::Ended {
            reason: EndReason::RoomClosed,
        };
        // A fact, and what is said then of ourselves, of a (own SFU) and of b (the other one).
        let table = [
            (state(own, SfuState::Connecting), None, None, None),
            (state(own, Connected), None, None, None),
            (state(ELSEWHERE, Connected), None, None, None),
            (
                rated(own, Some(Excellent), &[]),
                Some(Excellent),
                None,
                None,
            ),
            // Our connection to the other SFU is another one, and not the one shown.
            (
                rated(ELSEWHERE, Some(Poor), &[("b", Good)]),
                Some(Excellent),
                None,
                Some(Good),
            ),
            (
                rated(own, Some(Good), &[("a", Lost), ("b", Poor)]),
                Some(Good),
                Some(Lost),
                Some(Good),
            ),
            (state(own, Reconnecting), Some(Lost), None, Some(Good)),
            (state(own, Connected), Some(Good), Some(Lost), Some(Good)),
            (state(ELSEWHERE, Reconnecting), Some(Good), Some(Lost), None),
            (state(own, ended), None, None, None),
        ];
        let mut qualities = Qualities::default();
        for (fact, own, a, b) in table {
            qualities.fact(&fact);
            let of = |sfu, name: &str| qualities.of(&(sfu, Identity(name.into())));
            let seen = (qualities.own(), of(SfuId::OWN, "a"), of(ELSEWHERE, "b"));
            assert_eq!(seen, (own, a, b), "{fact:?}");
        }
        qualities.fact(&state(SfuId::OWN, Connected));
        qualities.fact(&rated(SfuId::OWN, Some(Good), &[]));
        qualities.media_down();
        assert_eq!(qualities.own(), None);
    }
}
