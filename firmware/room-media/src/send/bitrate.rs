//! How many bits each layer may take, from the estimate of the way to the SFU: pure.
//!
//! The smallest watched layer always runs, so that everybody keeps a picture. A larger one runs
//! when its least useful rate fits on top of those below; once dropped it comes back only after
//! the estimate allowed it with a margin for [`RETURN_AFTER`], because every switch costs a key
//! frame.

use std::time::Duration;

use super::ladder::Layer;

/// Kept for sound, bits per second.
pub const SOUND: u32 = 60_000;
/// How long the estimate has to allow a dropped layer before it comes back.
pub const RETURN_AFTER: Duration = Duration::from_secs(4);
/// Least a layer can use, in per cent of its rate.
const LEAST: u64 = 45;
/// What a dropped layer needs to come back, in per cent of its least.
const MARGIN: u64 = 130;

/// Of the way to the SFU, what is shared gets at most this, in per cent.
const CONTENT: u64 = 60;

/// Parts of the estimate for the camera and for what is shared. Text is what people look at, so
/// it comes first; who speaks stays to be seen.
#[must_use]
pub fn split(estimate: u32, content: &[Layer]) -> (u32, u32) {
    let wanted: u64 = content.iter().map(|layer| u64::from(layer.bitrate)).sum();
    let part = wanted.min(u64::from(estimate) * CONTENT / 100);
    let part = u32::try_from(part).unwrap_or(estimate);
    (estimate.saturating_sub(part), part)
}

/// State of the decision for one video track.
#[derive(Clone, Debug)]
pub struct Allocation {
    layers: Vec<LayerState>,
    estimate: Option<u32>,
}

#[derive(Clone, Debug)]
struct LayerState {
    bitrate: u32,
    watched: bool,
    dropped: bool,
    fits_since: Option<Duration>,
}

impl LayerState {
    fn least(&self) -> u64 {
        u64::from(self.bitrate) * LEAST / 100
    }
}

impl Allocation {
    #[must_use]
    pub fn new(layers: &[Layer]) -> Self {
        let layers = layers.iter().map(|layer| LayerState {
            bitrate: layer.bitrate,
            watched: true,
            dropped: false,
            fits_since: None,
        });
        Self {
            layers: layers.collect(),
            estimate: None,
        }
    }

    /// Which layers somebody watches, smallest first; missing ones are not watched.
    pub fn set_watched(&mut self, watched: &[bool]) {
        for (place, layer) in self.layers.iter_mut().enumerate() {
            layer.watched = watched.get(place).copied().unwrap_or(false);
        }
    }

    /// Bits per second to the SFU for everything; `None` when unknown (new connection).
    pub fn set_estimate(&mut self, estimate: Option<u32>) {
        self.estimate = estimate;
        if estimate.is_none() {
            for layer in &mut self.layers {
                layer.dropped = false;
            }
        }
    }

    /// Rates of all layers now, in bits per second; `None` is off. `now` is any steady time.
    pub fn decide(&mut self, now: Duration) -> Vec<Option<u32>> {
        let budget = self
            .estimate
            .map(|estimate| u64::from(estimate.saturating_sub(SOUND)));
        let Some(budget) = budget else {
            return self.at_full();
        };
        let mut left = budget;
        let mut lowest = true;
        for layer in self.layers.iter_mut().filter(|layer| layer.watched) {
            let least = layer.least();
            let runs = lowest || layer.runs(now, left);
            layer.dropped = !runs;
            if runs {
                left = left.saturating_sub(least);
            }
            lowest = false;
        }
        self.share(left)
    }

    fn at_full(&self) -> Vec<Option<u32>> {
        let layers = self.layers.iter();
        layers
            .map(|layer| layer.watched.then_some(layer.bitrate))
            .collect()
    }

    /// What is left above the least of each goes to the small layers first: they are cheap and
    /// most receivers of a bad day end up there.
    fn share(&self, mut left: u64) -> Vec<Option<u32>> {
        let mut rates = Vec::with_capacity(self.layers.len());
        for layer in &self.layers {
            if !layer.watched || layer.dropped {
                rates.push(None);
                continue;
            }
            let more = left.min(u64::from(layer.bitrate) - layer.least());
            left -= more;
            rates.push(u32::try_from(layer.least() + more).ok());
        }
        rates
    }
}

impl LayerState {
    fn runs(&mut self, now: Duration, left: u64) -> bool {
        if !self.dropped {
            self.fits_since = None;
            return left >= self.least();
        }
        if left < self.least() * MARGIN / 100 {
            self.fits_since = None;
            return false;
        }
        let since = *self.fits_since.get_or_insert(now);
        now.saturating_sub(since) >= RETURN_AFTER
    }
}

#[cfg(test)]
mod tests {
    use super::super::ladder::layers;
    use super::*;
    use room_messages::VideoFormat;

    fn allocation() -> Allocation {
        Allocation::new(&layers(VideoFormat::default(), 20))
    }

    fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_is_shared_gets_the_larger_part_and_no_more_than_it_can_use() {
        let content = layers(VideoFormat::CONTENT, 15);
        assert_eq!(split(1_000_000, &content), (400_000, 600_000));
        let most: u32 = content.iter().map(|layer| layer.bitrate).sum();
        let (camera, shared) = split(8_000_000, &content);
        assert_eq!((camera + shared, shared), (8_000_000, most));
        assert_eq!(split(1_000_000, &[]), (1_000_000, 0));
        assert_eq!(split(u32::MAX, &content).1, most);
    }

    #[test]
    fn without_an_estimate_every_watched_layer_runs_at_full_rate() {
        let mut allocation = allocation();
        allocation.set_watched(&[true, false, true]);
        assert_eq!(
            allocation.decide(at(0)),
            [Some(160_000), None, Some(1_700_000)]
        );
    }

    #[test]
    fn a_low_estimate_drops_the_top_layer_and_a_good_one_brings_it_back_later() {
        let mut allocation = allocation();
        allocation.set_estimate(Some(700_000));
        assert_eq!(
            allocation.decide(at(0)),
            [Some(160_000), Some(450_000), None]
        );
        allocation.set_estimate(Some(3_000_000));
        assert_eq!(allocation.decide(at(1))[2], None);
        assert_eq!(allocation.decide(at(4))[2], None);
        assert!(allocation.decide(at(5))[2].is_some());
    }

    #[test]
    fn an_estimate_that_wavers_does_not_bring_a_layer_back() {
        let mut allocation = allocation();
        for second in 0..20 {
            let estimate = if second % 2 == 0 { 500_000 } else { 3_000_000 };
            allocation.set_estimate(Some(estimate));
            assert_eq!(allocation.decide(at(second))[2], None, "{second}");
        }
    }

    #[test]
    fn the_smallest_watched_layer_runs_however_low_the_estimate() {
        let mut allocation = allocation();
        allocation.set_estimate(Some(1));
        assert_eq!(allocation.decide(at(0)), [Some(72_000), None, None]);
        allocation.set_watched(&[false, true, true]);
        assert_eq!(allocation.decide(at(1)), [None, Some(202_500), None]);
        allocation.set_watched(&[]);
        assert_eq!(allocation.decide(at(2)), [None, None, None]);
    }

    #[test]
    fn the_sum_stays_within_the_estimate_once_more_than_one_layer_runs() {
        let mut allocation = allocation();
        for estimate in (250_000..4_000_000).step_by(50_000) {
            allocation.set_estimate(Some(estimate));
            let rates = allocation.decide(at(u64::from(estimate)));
            let sum: u32 = rates.into_iter().flatten().sum();
            assert!(sum <= estimate, "{sum} of {estimate}");
        }
    }
}
