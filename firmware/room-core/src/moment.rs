use std::time::Duration;

/// The time as the shells read it, handed in with every fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Moment {
    /// Monotonic, since an arbitrary start: for delays and time-outs.
    pub since_start: Duration,
    /// Unix time in milliseconds: for what Matrix events carry, and for people.
    pub unix_ms: u64,
}

impl Moment {
    /// The moment `delay` later by both clocks.
    #[must_use]
    pub fn after(self, delay: Duration) -> Self {
        let delay_ms = u64::try_from(delay.as_millis()).unwrap_or(u64::MAX);
        Self {
            since_start: self.since_start.saturating_add(delay),
            unix_ms: self.unix_ms.saturating_add(delay_ms),
        }
    }
}
