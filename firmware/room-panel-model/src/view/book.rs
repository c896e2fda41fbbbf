//! Booking the room from now on: for how long.

use super::Scene;
use crate::words;

/// Lengths that are offered, in minutes.
const LENGTHS: [u32; 4] = [15, 30, 60, 120];
/// Shortest booking that the room takes, in minutes.
const SHORTEST: u32 = 5;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct BookRow {
    /// `30 min`.
    pub length: String,
    /// `until 10:30`.
    pub until: String,
}

/// The lengths that fit in before the next meeting; where none does, what is left until then.
pub(crate) fn lengths(bookable_min: u32) -> Vec<u32> {
    let fit: Vec<u32> = LENGTHS.into_iter().filter(|l| *l <= bookable_min).collect();
    match (fit.is_empty(), bookable_min) {
        (true, SHORTEST..) => vec![bookable_min],
        _ => fit,
    }
}

pub(crate) fn is_offered(scene: &Scene<'_>) -> bool {
    !lengths(scene.panel.offers.bookable_min).is_empty()
}

pub(crate) fn rows(scene: &Scene<'_>) -> Vec<BookRow> {
    let lengths = lengths(scene.panel.offers.bookable_min).into_iter();
    let rows = lengths.map(|minutes| {
        let ms = u64::from(minutes) * 60_000;
        let until = words::time(scene.zone, scene.now.unix_ms.saturating_add(ms));
        BookRow {
            length: words::length(ms),
            until: scene.pick(format!("until {until}"), format!("jusqu’à {until}")),
        }
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_offered_ends_before_the_next_meeting() {
        assert_eq!(lengths(480), [15, 30, 60, 120]);
        assert_eq!(lengths(59), [15, 30]);
        assert_eq!(lengths(12), [12]);
        assert!(lengths(4).is_empty());
    }
}
