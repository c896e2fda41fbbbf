//! Questions to the shells carry a number, so that a late answer is known as late.

/// Number of a question; also the counter it is drawn from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RequestId(u64);

impl RequestId {
    /// Draws the next number; none is used twice.
    #[allow(clippy::should_implement_trait)]
    pub fn next(&mut self) -> Self {
        self.0 = self.0.wrapping_add(1);
        *self
    }
}
