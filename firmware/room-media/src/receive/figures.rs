//! Figures of one received track, over the last second and since it began.

use std::time::Duration;

const SECOND: Duration = Duration::from_secs(1);

/// Counters since the track began.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Totals {
    frames: u64,
    bytes: u64,
    packets: u64,
    lost: u64,
}

/// Rates of the last whole second.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Rates {
    pub(super) frames_per_second: f64,
    pub(super) bits_per_second: u64,
    pub(super) loss_percent: f64,
}

#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    totals: Totals,
    begun: Totals,
    since: Duration,
    rates: Rates,
    sequence: Option<u16>,
    /// Arrival and RTP time of the last packet.
    last: Option<(Duration, u32)>,
    /// RFC 3550, in seconds.
    jitter: f64,
    pub(super) decrypt_failures: u64,
}

impl Figures {
    /// Counts a packet; returns how many before it are missing.
    pub(super) fn packet(
        &mut self,
        now: Duration,
        bytes: usize,
        sequence: u16,
        timestamp: u32,
        clock_rate: u32,
    ) -> u16 {
        let ahead = self.sequence.map_or(1, |last| sequence.wrapping_sub(last));
        let missing = match ahead {
            1..=1000 => ahead - 1,
            _ => 0,
        };
        if ahead < 0x8000 {
            self.sequence = Some(sequence);
        }
        self.totals.bytes += bytes as u64;
        self.totals.packets += 1;
        self.totals.lost += u64::from(missing);
        self.measure_jitter(now, timestamp, clock_rate);
        missing
    }

    fn measure_jitter(&mut self, now: Duration, timestamp: u32, clock_rate: u32) {
        if let Some((then, before)) = self.last {
            let sent = timestamp.wrapping_sub(before).cast_signed();
            let sent = f64::from(sent) / f64::from(clock_rate.max(1));
            let passed = now.saturating_sub(then).as_secs_f64();
            // A jump is a pause or a new stream, not jitter.
            if sent.abs() < 1.0 && passed < 1.0 {
                self.jitter += ((passed - sent).abs() - self.jitter) / 16.0;
            }
        }
        self.last = Some((now, timestamp));
    }

    /// Rates now, given the number of frames decoded since the track began.
    pub(super) fn rates(&mut self, now: Duration, frames: u64) -> Rates {
        self.totals.frames = frames;
        let passed = now.saturating_sub(self.since);
        if passed < SECOND {
            return self.rates;
        }
        let seconds = passed.as_secs_f64();
        let begun = std::mem::replace(&mut self.begun, self.totals);
        let (now_, then) = (self.totals, begun);
        let count = |a: u64, b: u64| a.saturating_sub(b) as f64;
        let lost = count(now_.lost, then.lost);
        let expected = count(now_.packets, then.packets) + lost;
        self.since = now;
        self.rates = Rates {
            frames_per_second: count(now_.frames, then.frames) / seconds,
            bits_per_second: (count(now_.bytes, then.bytes) * 8.0 / seconds) as u64,
            loss_percent: if expected > 0.0 {
                100.0 * lost / expected
            } else {
                0.0
            },
        };
        self.rates
    }

    pub(super) const fn jitter_ms(&self) -> f64 {
        self.jitter * 1000.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_of_packets_gives_rates_loss_and_jitter() {
        let mut figures = Figures::default();
        let mut missing = 0;
        for n in 0_u16..100 {
            if n % 10 == 3 {
                continue;
            }
            let late = if n % 2 == 0 { 4 } else { 0 };
            let now = Duration::from_millis(u64::from(n) * 10 + late);
            let stamp = u32::from(n) * 480;
            missing += figures.packet(now, 125, n.wrapping_add(65_500), stamp, 48_000);
        }
        assert_eq!(missing, 10);
        let rates = figures.rates(SECOND, 30);
        assert!((rates.frames_per_second - 30.0).abs() < 0.01);
        assert_eq!(rates.bits_per_second, 90_000);
        assert!((rates.loss_percent - 10.0).abs() < 0.01);
        assert!((2.0..5.0).contains(&figures.jitter_ms()));
        let rates = figures.rates(3 * SECOND, 30);
        assert_eq!(rates, Rates::default());
    }
}
