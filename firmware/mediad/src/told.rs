//! What `roomd` was told last: a fact that says nothing new is not sent.

use room_messages::Fact;

#[derive(Debug, Default)]
pub struct Told {
    tracks: Option<Fact>,
    own: Option<Fact>,
    devices: Option<Fact>,
    speaking: Option<Fact>,
    people: Option<Fact>,
}

impl Told {
    /// The fact, when it is news. Answers and events are always news.
    pub fn news(&mut self, fact: Fact) -> Option<Fact> {
        let last = match &fact {
            Fact::PeerTracks { .. } => &mut self.tracks,
            Fact::OwnTracks { .. } => &mut self.own,
            Fact::Devices { .. } => &mut self.devices,
            Fact::Speaking { .. } => &mut self.speaking,
            Fact::People { .. } => &mut self.people,
            Fact::Started { .. }
            | Fact::Sfu { .. }
            | Fact::TokenNeeded { .. }
            | Fact::FreshToken { .. }
            | Fact::Present { .. }
            | Fact::ConnectionQuality { .. }
            | Fact::MutedByServer { .. }
            | Fact::Picture { .. }
            | Fact::Statistics { .. } => return Some(fact),
        };
        if last.as_ref() == Some(&fact) {
            return None;
        }
        *last = Some(fact.clone());
        Some(fact)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use room_messages::{Identity, SfuId};

    #[test]
    fn a_state_is_told_once_and_an_event_each_time() {
        let mut told = Told::default();
        let speaking = |name: &str| Fact::Speaking {
            identities: vec![Identity(name.into())],
        };
        assert!(told.news(speaking("a")).is_some());
        assert!(told.news(speaking("a")).is_none());
        assert!(told.news(speaking("b")).is_some());
        let needed = Fact::TokenNeeded { sfu: SfuId::OWN };
        assert!(told.news(needed.clone()).is_some());
        assert!(told.news(needed).is_some());
    }
}
