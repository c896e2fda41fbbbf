//! Randomness comes from outside, so that the mind itself stays predictable.

/// The system's random numbers.
pub trait Entropy: Send {
    fn bytes(&mut self) -> [u8; 32];
}

impl std::fmt::Debug for dyn Entropy + '_ {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Entropy")
    }
}
