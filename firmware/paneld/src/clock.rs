//! The two clocks, and the zone of the system.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use room_panel_model::{Now, Zone};

#[derive(Debug)]
pub struct Clock {
    begun: Instant,
    zone: TimeZone,
}

impl Clock {
    /// The zone is that of `TZ` or `/etc/localtime`; UTC where there is none.
    pub fn start() -> Self {
        Self {
            begun: Instant::now(),
            zone: TimeZone::system(),
        }
    }

    pub fn now(&self) -> Now {
        let since = SystemTime::now().duration_since(UNIX_EPOCH);
        let whole = |ms: u128| u64::try_from(ms).unwrap_or(u64::MAX);
        Now {
            unix_ms: whole(since.unwrap_or_default().as_millis()),
            steady_ms: whole(self.begun.elapsed().as_millis()),
        }
    }

    pub fn zone(&self, now: Now) -> Zone {
        zone(&self.zone, now)
    }
}

fn zone(zone: &TimeZone, now: Now) -> Zone {
    let ms = i64::try_from(now.unix_ms).unwrap_or(i64::MAX);
    let Ok(at) = Timestamp::from_millisecond(ms) else {
        return Zone::default();
    };
    let change = zone.following(at).next().and_then(|change| {
        let when = u64::try_from(change.timestamp().as_millisecond()).ok()?;
        Some((when, change.offset().seconds()))
    });
    Zone {
        offset_s: zone.to_offset(at).seconds(),
        change,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_change_of_the_hour_is_known() {
        // A rule that needs no files: Paris as POSIX writes it.
        let paris = TimeZone::posix("CET-1CEST,M3.5.0,M10.5.0/3").unwrap();
        let winter = Now {
            unix_ms: 1_774_700_000_000,
            steady_ms: 0,
        };
        let expected = Zone {
            offset_s: 3600,
            change: Some((1_774_746_000_000, 7200)),
        };
        assert_eq!(zone(&paris, winter), expected);
    }
}
