//! Letting through so many frames a second and no more. (The stock element for it ends the
//! process on frames that carry no duration.)

/// State for one layer.
#[derive(Clone, Debug)]
pub(crate) struct Thinning {
    interval_ns: u64,
    due_ns: Option<u64>,
}

impl Thinning {
    pub fn new(frames_per_second: u32) -> Self {
        Self {
            interval_ns: 1_000_000_000 / u64::from(frames_per_second.max(1)),
            due_ns: None,
        }
    }

    /// Whether the frame captured at `time_ns` goes through. Evenly spaced: a frame may come up
    /// to half an interval early, so that 30 a second become 20 and not 15.
    pub fn passes(&mut self, time_ns: u64) -> bool {
        let early = self.interval_ns / 2;
        match self.due_ns {
            Some(due) if time_ns + early < due && due - time_ns <= 2 * self.interval_ns => false,
            Some(due) if (due..due + early + self.interval_ns).contains(&(time_ns + early)) => {
                self.due_ns = Some(due + self.interval_ns);
                true
            }
            // The first, or after a pause or a step of time.
            _ => {
                self.due_ns = Some(time_ns + self.interval_ns);
                true
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn passed(from: u64, to: u32) -> usize {
        let mut thinning = Thinning::new(to);
        (0..from * 10)
            .filter(|frame| thinning.passes(frame * 1_000_000_000 / from))
            .count()
    }

    #[test]
    fn thirty_become_twenty_and_slower_ones_pass_whole() {
        assert!((199..=202).contains(&passed(30, 20)), "{}", passed(30, 20));
        assert!((299..=301).contains(&passed(30, 30)), "{}", passed(30, 30));
        assert_eq!(passed(15, 30), 150);
        assert!((148..=152).contains(&passed(60, 15)), "{}", passed(60, 15));
    }

    #[test]
    fn a_step_of_time_does_not_stop_the_picture() {
        let mut thinning = Thinning::new(30);
        assert!(thinning.passes(10_000_000_000));
        assert!(thinning.passes(1_000_000_000));
        assert!(thinning.passes(90_000_000_000));
    }
}
