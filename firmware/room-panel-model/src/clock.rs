//! Time of day and dates from Unix time.
//!
//! The offset of the zone comes from outside, with its next change, so that a meeting after a
//! change to or from summer time is shown at the right hour.

/// Milliseconds of a day.
pub const DAY_MS: u64 = 86_400_000;
const MINUTE_MS: u64 = 60_000;

/// One moment, on two clocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Now {
    /// Unix time in milliseconds: for what is shown. It may jump.
    pub unix_ms: u64,
    /// Milliseconds since some start: for what is waited for. It never jumps.
    pub steady_ms: u64,
}

/// Offset of the local time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Zone {
    /// Seconds east of Greenwich.
    pub offset_s: i32,
    /// Unix time in milliseconds of the next change, and the offset from then on.
    pub change: Option<(u64, i32)>,
}

/// A local date and time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Civil {
    pub year: i64,
    /// 1 to 12.
    pub month: usize,
    /// 1 to 31.
    pub day: i64,
    /// 0 is Monday.
    pub weekday: usize,
    pub hour: i64,
    pub minute: i64,
    /// Days since 1970, to compare dates.
    pub days: i64,
}

impl Zone {
    #[must_use]
    pub fn civil(self, unix_ms: u64) -> Civil {
        let offset = match self.change {
            Some((at, offset)) if unix_ms >= at => offset,
            _ => self.offset_s,
        };
        let seconds = i64::try_from(unix_ms / 1000).unwrap_or(i64::MAX / 2);
        let local = seconds + i64::from(offset);
        let (days, second) = (local.div_euclid(86_400), local.rem_euclid(86_400));
        let (year, month, day) = date(days);
        Civil {
            year,
            month,
            day,
            // The 1st of January 1970 was a Thursday.
            weekday: usize::try_from((days + 3).rem_euclid(7)).unwrap_or(0),
            hour: second / 3600,
            minute: second % 3600 / 60,
            days,
        }
    }
}

/// Gregorian date of a day since 1970 (H. Hinnant, "chrono-compatible low-level date algorithms").
fn date(days: i64) -> (i64, usize, i64) {
    let z = days + 719_468;
    let era = z.div_euclid(146_097);
    let of_era = z.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 {
        from_march + 3
    } else {
        from_march - 9
    };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    (year, usize::try_from(month).unwrap_or(1), day)
}

/// Milliseconds until the next full minute.
#[must_use]
pub fn to_next_minute(unix_ms: u64) -> u64 {
    MINUTE_MS - unix_ms % MINUTE_MS
}

#[cfg(test)]
mod tests {
    use super::*;

    const PARIS_WINTER: Zone = Zone {
        offset_s: 3600,
        change: None,
    };

    #[test]
    fn known_dates_are_right() {
        let table = [
            (0, (1970, 1, 1, 3, 1, 0)),
            (951_782_400_000, (2000, 2, 29, 1, 1, 0)),
            (1_795_423_920_000, (2026, 11, 23, 0, 9, 52)),
            (1_798_757_940_000, (2026, 12, 31, 3, 23, 59)),
            (1_798_758_000_000, (2027, 1, 1, 4, 0, 0)),
        ];
        for (unix_ms, expected) in table {
            let at = PARIS_WINTER.civil(unix_ms);
            let got = (at.year, at.month, at.day, at.weekday, at.hour, at.minute);
            assert_eq!(got, expected, "{unix_ms}");
        }
    }

    #[test]
    fn a_meeting_after_the_change_to_summer_time_is_an_hour_later() {
        // 29 March 2026, 01:00 UTC.
        let change = 1_774_746_000_000;
        let zone = Zone {
            offset_s: 3600,
            change: Some((change, 7200)),
        };
        assert_eq!(zone.civil(change - 1000).hour, 1);
        assert_eq!(zone.civil(change).hour, 3);
    }

    #[test]
    fn the_minute_ends_in_time() {
        assert_eq!(to_next_minute(59_000), 1000);
        assert_eq!(to_next_minute(60_000), 60_000);
    }
}
