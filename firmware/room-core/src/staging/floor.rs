//! Who is large while people talk.
//!
//! Invariant: short words, coughs and doors do not move pictures: whoever has the floor keeps it
//! through a pause, and for a moment in any case.

use std::collections::BTreeMap;
use std::time::Duration;

use room_messages::Identity;

/// Nobody is shown for less: eyes need so long to find a face.
const LEAST: Duration = Duration::from_secs(2);
/// A word in between is shorter.
const WORD: Duration = Duration::from_millis(600);
/// A pause for breath is shorter.
const PAUSE: Duration = Duration::from_secs(1);
/// Who talks louder than the one on the floor for so long is who people listen to.
const OVER: Duration = Duration::from_secs(4);

/// See the module. Times are since start.
#[derive(Debug, Default)]
pub struct Floor {
    holder: Option<Identity>,
    taken: Duration,
    /// When the holder was last known to speak.
    heard: Duration,
    /// Loudest first.
    speaking: Vec<Identity>,
    /// Since when each of them speaks.
    since: BTreeMap<Identity, Duration>,
}

impl Floor {
    /// Takes in who speaks, loudest first; those who left are forgotten.
    pub fn observe(
        &mut self,
        now: Duration,
        speaking: &[Identity],
        is_here: impl Fn(&Identity) -> bool,
    ) {
        // Until now, whatever is said from now on.
        if self.holder_speaks() {
            self.heard = now;
        }
        self.speaking = speaking
            .iter()
            .filter(|who| is_here(who))
            .cloned()
            .collect();
        let speaking = &self.speaking;
        self.since.retain(|who, _| speaking.contains(who));
        for who in speaking {
            self.since.entry(who.clone()).or_insert(now);
        }
        if !self.holder.as_ref().is_some_and(is_here) {
            self.holder = None;
        }
        let winner = self.speaking.iter().find(|who| {
            let due = self.due(who);
            due.is_some_and(|due| due <= now)
        });
        if let Some(winner) = winner.cloned() {
            (self.taken, self.heard) = (now, now);
            self.holder = Some(winner);
        }
    }

    /// Whoever spoke last and at some length; `None` before anybody did.
    #[must_use]
    pub fn holder(&self) -> Option<&Identity> {
        self.holder.as_ref()
    }

    /// When the floor changes hands if nobody begins or ends to speak.
    #[must_use]
    pub fn next_change(&self) -> Option<Duration> {
        self.speaking.iter().filter_map(|who| self.due(who)).min()
    }

    fn holder_speaks(&self) -> bool {
        let holder = self.holder.as_ref();
        holder.is_some_and(|holder| self.speaking.contains(holder))
    }

    /// When `who` takes the floor; `None` while they cannot.
    fn due(&self, who: &Identity) -> Option<Duration> {
        let since = *self.since.get(who)?;
        let Some(holder) = &self.holder else {
            return Some(since);
        };
        if holder == who {
            return None;
        }
        let place = |wanted: &Identity| self.speaking.iter().position(|one| one == wanted);
        let wait = match place(holder) {
            // Both speak: only who is louder.
            Some(holders) if place(who)? < holders => since + OVER,
            Some(_) => return None,
            None => (since + WORD).max(self.heard + PAUSE),
        };
        Some(wait.max(self.taken + LEAST))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(at: u64) -> Duration {
        Duration::from_millis(at)
    }

    /// Who has the floor after each word of a conversation, deadlines kept in between.
    fn shown(told: &[(u64, &[&str])], end: u64) -> Vec<(u64, String)> {
        let (mut floor, mut shown) = (Floor::default(), Vec::new());
        let mut told = told.iter().peekable();
        let (mut now, mut speaking) = (Duration::ZERO, Vec::new());
        while now <= ms(end) {
            if let Some((_, who)) = told.next_if(|(at, _)| ms(*at) <= now) {
                speaking = who.iter().map(|who| Identity((*who).into())).collect();
            }
            floor.observe(now, &speaking, |_| true);
            let holder = floor.holder().map_or("", |holder| holder.0.as_str());
            if shown
                .last()
                .map_or("", |(_, who): &(u64, String)| who.as_str())
                != holder
            {
                shown.push((u64::try_from(now.as_millis()).unwrap(), holder.to_owned()));
            }
            let next = told.peek().map(|(at, _)| ms(*at)).into_iter();
            now = next.chain(floor.next_change()).min().unwrap_or(ms(end + 1));
        }
        shown
    }

    fn at(list: &[(u64, &str)]) -> Vec<(u64, String)> {
        let list = list.iter();
        list.map(|(at, who)| (*at, (*who).to_owned())).collect()
    }

    #[test]
    fn the_first_voice_is_large_at_once_and_stays_through_silence() {
        assert_eq!(
            shown(&[(100, &["a"]), (500, &[])], 60_000),
            at(&[(100, "a")])
        );
    }

    #[test]
    fn a_word_in_between_changes_nothing_an_answer_does() {
        let word: &[(u64, &[&str])] = &[(0, &["a"]), (5000, &[]), (5100, &["b"]), (5500, &[])];
        assert_eq!(shown(word, 20_000), at(&[(0, "a")]));
        let answer: &[(u64, &[&str])] = &[(0, &["a"]), (5000, &[]), (5100, &["b"])];
        assert_eq!(shown(answer, 20_000), at(&[(0, "a"), (6000, "b")]));
    }

    #[test]
    fn two_who_interrupt_each_other_do_not_make_the_picture_flicker() {
        let told: Vec<(u64, &[&str])> = (0..100)
            .map(|n| {
                let who: &[&str] = if n % 2 == 0 { &["a", "b"] } else { &["b", "a"] };
                (n * 250, who)
            })
            .collect();
        let shown = shown(&told, 25_000);
        let paces = shown.windows(2).map(|pair| pair[1].0 - pair[0].0);
        assert!(paces.clone().all(|pace| pace >= 2000), "{shown:?}");
    }

    #[test]
    fn who_talks_over_another_gets_the_floor_after_a_while() {
        let told: &[(u64, &[&str])] = &[(0, &["a"]), (1000, &["b", "a"])];
        assert_eq!(shown(told, 20_000), at(&[(0, "a"), (5000, "b")]));
        let quiet: &[(u64, &[&str])] = &[(0, &["a"]), (1000, &["a", "b"])];
        assert_eq!(shown(quiet, 20_000), at(&[(0, "a")]));
    }

    #[test]
    fn who_leaves_gives_the_floor_up() {
        let mut floor = Floor::default();
        let [a, b] = ["a", "b"].map(|who| Identity(who.into()));
        floor.observe(ms(0), std::slice::from_ref(&a), |_| true);
        floor.observe(ms(100), &[a.clone(), b.clone()], |who| *who != a);
        assert_eq!(floor.holder(), Some(&b));
        floor.observe(ms(200), &[], |_| false);
        assert_eq!(floor.holder(), None);
    }
}
