//! Arithmetic on what was measured: medians, ranges, ratios, and whether a target is reached.

/// Several measurements of the same thing, in one unit.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Series(Vec<f64>);

impl Series {
    /// Left out: what was not measured.
    pub fn new(values: impl IntoIterator<Item = Option<f64>>) -> Self {
        let mut values: Vec<f64> = values.into_iter().flatten().collect();
        values.sort_by(f64::total_cmp);
        Self(values)
    }

    /// `None` without any.
    pub fn median(&self) -> Option<f64> {
        let upper = self.0.get(self.0.len() / 2)?;
        if self.0.len() % 2 == 1 {
            return Some(*upper);
        }
        let lower = self.0.get(self.0.len() / 2 - 1)?;
        Some(f64::midpoint(*lower, *upper))
    }

    /// Smallest and largest.
    pub fn range(&self) -> Option<(f64, f64)> {
        Some((*self.0.first()?, *self.0.last()?))
    }
}

/// What is to be reached: this share of Element Call's figure or less.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target(pub f64);

pub const JOIN: Target = Target(1.0 / 3.0);
pub const CPU: Target = Target(1.0 / 3.0);
pub const MEMORY: Target = Target(1.0 / 6.0);

/// How often the other fits: `None` when either is missing or the other is nothing.
pub fn ratio(room: Option<f64>, element_call: Option<f64>) -> Option<f64> {
    let (room, element_call) = (room?, element_call?);
    (element_call > 0.0).then(|| room / element_call)
}

impl Target {
    pub fn reached(self, ratio: f64) -> bool {
        ratio <= self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(values: &[f64]) -> Series {
        Series::new(values.iter().copied().map(Some))
    }

    #[test]
    fn the_median_is_the_middle_one_or_between_the_two_middle_ones() {
        assert_eq!(series(&[]).median(), None);
        assert_eq!(series(&[7.0]).median(), Some(7.0));
        assert_eq!(series(&[9.0, 1.0, 2.0]).median(), Some(2.0));
        assert_eq!(series(&[9.0, 1.0, 2.0, 4.0]).median(), Some(3.0));
    }

    #[test]
    fn what_was_not_measured_counts_neither_as_zero_nor_as_a_value() {
        let series = Series::new([Some(5.0), None, Some(3.0)]);
        assert_eq!(series.median(), Some(4.0));
        assert_eq!(series.range(), Some((3.0, 5.0)));
        assert_eq!(Series::new([None]).range(), None);
    }

    #[test]
    fn a_ratio_needs_both_sides() {
        assert_eq!(ratio(Some(1.0), Some(4.0)), Some(0.25));
        assert_eq!(ratio(None, Some(4.0)), None);
        assert_eq!(ratio(Some(1.0), None), None);
        assert_eq!(ratio(Some(1.0), Some(0.0)), None);
    }

    #[test]
    fn a_target_is_reached_at_its_share_and_below() {
        assert!(MEMORY.reached(1.0 / 6.0));
        assert!(MEMORY.reached(0.1));
        assert!(!CPU.reached(0.34));
        assert!(!JOIN.reached(f64::NAN));
    }
}
