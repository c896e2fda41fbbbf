//! RTP sequence numbers: what comes next, what is missing, what is late (RFC 3550, wrapping).

/// Follows the sequence numbers of one stream.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Sequence {
    next: Option<u16>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arrival {
    InOrder,
    /// Packets before this one are missing.
    AfterGap,
    /// Seen before, or too late to be of use.
    Old,
}

impl Sequence {
    pub(crate) fn arrive(&mut self, number: u16) -> Arrival {
        let ahead = number.wrapping_sub(self.next.unwrap_or(number));
        // A jump of more than half the number space backwards is a stream that began anew.
        if (0xff00..=0xffff).contains(&ahead) {
            return Arrival::Old;
        }
        self.next = Some(number.wrapping_add(1));
        if ahead == 0 {
            Arrival::InOrder
        } else {
            Arrival::AfterGap
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_wrap_and_gaps_and_late_packets_are_seen() {
        let mut sequence = Sequence::default();
        let arrivals = [65534, 65535, 0, 2, 1, 2, 3, 40000, 40001].map(|n| sequence.arrive(n));
        use Arrival::{AfterGap, InOrder, Old};
        assert_eq!(
            arrivals,
            [
                InOrder, InOrder, InOrder, AfterGap, Old, Old, InOrder, AfterGap, InOrder
            ]
        );
    }
}
