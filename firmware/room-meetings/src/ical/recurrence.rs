//! From a rule to the civil times at which a meeting begins.
//!
//! All of it is reckoned on the wall clock of the meeting's own zone; who asks turns it into
//! instants, so that a meeting at nine stays at nine over a change of daylight saving.
//! Invariant: the work is bounded by the window asked for and by a [`Budget`] that a whole file
//! shares; a rule that never matches ends with them.

use jiff::Span;
use jiff::civil::{Date, DateTime, Time, Weekday};

use super::rule::{End, Frequency, Rule};

/// Most times of one day.
const MAX_CLOCKS: usize = 96;

/// Days looked at, for all rules of a file together.
#[derive(Debug)]
pub(crate) struct Budget(u32);

impl Budget {
    pub(crate) fn new(days: u32) -> Self {
        Self(days)
    }

    /// False when it is used up.
    fn spend(&mut self, days: usize) -> bool {
        let days = u32::try_from(days).unwrap_or(u32::MAX);
        self.0 = self.0.saturating_sub(days.saturating_add(1));
        self.0 > 0
    }

    pub(crate) fn is_spent(&self) -> bool {
        self.0 == 0
    }
}

/// Beginnings from `from` up to `to`, in order; the first instance is `start` itself.
pub(crate) fn beginnings(
    rule: &Rule,
    start: DateTime,
    until: Option<DateTime>,
    (from, to): (DateTime, DateTime),
    budget: &mut Budget,
) -> Vec<DateTime> {
    let last = until.map_or(to, |until| until.min(to));
    let mut left = match rule.end {
        End::Count(count) => count,
        End::Never | End::Until(_) => u32::MAX,
    };
    let mut found = Vec::new();
    let mut take = |at: DateTime| {
        if left == 0 || at > last {
            return false;
        }
        left -= 1;
        if at >= from {
            found.push(at);
        }
        true
    };
    // The first instance is one whether it fits the rule or not.
    if !take(start) {
        return found;
    }
    let clocks = clocks(rule, start.time());
    let mut period = first_period(rule, start, from);
    while let Some(begins) = period_start(rule, start.date(), period) {
        if begins > last.date() {
            break;
        }
        let days = days_of(rule, start.date(), begins);
        if !budget.spend(looked_at(rule).max(days.len() * clocks.len())) {
            break;
        }
        let within = times(rule, &clocks, &days);
        let mut later = within.into_iter().filter(|at| *at > start);
        if !later.all(&mut take) {
            break;
        }
        period += 1;
    }
    found
}

/// Days that a period makes us look at.
fn looked_at(rule: &Rule) -> usize {
    match rule.frequency {
        Frequency::Daily => 1,
        Frequency::Weekly => 7,
        Frequency::Monthly => 31,
        Frequency::Yearly => 366,
    }
}

/// Where to begin: what was long ago only matters when it is counted.
fn first_period(rule: &Rule, start: DateTime, from: DateTime) -> i64 {
    if matches!(rule.end, End::Count(_)) || from <= start {
        return 0;
    }
    let days = from.date().duration_since(start.date()).as_hours() / 24;
    let length = i64::try_from(looked_at(rule)).unwrap_or(i64::MAX);
    (days / length / rule.interval - 1).max(0)
}

/// First day of a period, counted from that of the first instance.
fn period_start(rule: &Rule, start: Date, period: i64) -> Option<Date> {
    let steps = period.checked_mul(rule.interval)?;
    match rule.frequency {
        Frequency::Daily => start.checked_add(Span::new().try_days(steps).ok()?).ok(),
        Frequency::Weekly => {
            let monday = week_of(start, rule.week_start)?;
            monday.checked_add(Span::new().try_weeks(steps).ok()?).ok()
        }
        Frequency::Monthly => {
            let first = start.first_of_month();
            first.checked_add(Span::new().try_months(steps).ok()?).ok()
        }
        Frequency::Yearly => {
            let first = start.first_of_year();
            first.checked_add(Span::new().try_years(steps).ok()?).ok()
        }
    }
}

fn week_of(day: Date, week_start: Weekday) -> Option<Date> {
    let back = day.weekday().since(week_start);
    day.checked_sub(Span::new().days(back)).ok()
}

/// The days of one period that fit, in order.
fn days_of(rule: &Rule, start: Date, begins: Date) -> Vec<Date> {
    let mut days = match rule.frequency {
        Frequency::Daily => vec![begins],
        Frequency::Weekly => week(rule, start, begins),
        Frequency::Monthly => month(rule, start, begins),
        Frequency::Yearly => year(rule, start, begins),
    };
    days.retain(|day| fits(rule, *day));
    days.sort_unstable();
    days.dedup();
    days
}

/// What every frequency filters by.
fn fits(rule: &Rule, day: Date) -> bool {
    let month = rule.by_month.is_empty() || rule.by_month.contains(&day.month());
    let weekday = rule.frequency != Frequency::Daily || weekday_fits(rule, day);
    let month_day = rule.by_month_day.is_empty() || is_month_day(rule, day);
    month && weekday && month_day
}

fn weekday_fits(rule: &Rule, day: Date) -> bool {
    let mut all = rule.by_day.iter();
    rule.by_day.is_empty() || all.any(|(_, weekday)| *weekday == day.weekday())
}

fn is_month_day(rule: &Rule, day: Date) -> bool {
    let backwards = day.day() - day.days_in_month() - 1;
    let has = |number| rule.by_month_day.contains(&number);
    has(day.day()) || has(backwards)
}

fn week(rule: &Rule, start: Date, begins: Date) -> Vec<Date> {
    let all = (0..7).filter_map(|n| begins.checked_add(Span::new().days(n)).ok());
    all.filter(|day| {
        if rule.by_day.is_empty() {
            day.weekday() == start.weekday()
        } else {
            weekday_fits(rule, *day)
        }
    })
    .collect()
}

fn month(rule: &Rule, start: Date, begins: Date) -> Vec<Date> {
    if !rule.by_day.is_empty() {
        return numbered(
            &rule.by_day,
            &days_from(begins, begins.days_in_month().into()),
        );
    }
    if !rule.by_month_day.is_empty() {
        return days_from(begins, begins.days_in_month().into());
    }
    begins.with().day(start.day()).build().into_iter().collect()
}

fn year(rule: &Rule, start: Date, begins: Date) -> Vec<Date> {
    let whole = || days_from(begins, begins.days_in_year());
    if !rule.by_year_day.is_empty() {
        let of_year = |day: &Date| {
            let backwards = day.day_of_year() - day.days_in_year() - 1;
            let has = |number| rule.by_year_day.contains(&number);
            (has(day.day_of_year()) || has(backwards)) && weekday_fits(rule, *day)
        };
        return whole().into_iter().filter(of_year).collect();
    }
    if !rule.by_week.is_empty() {
        return weeks_of_year(rule, start, begins);
    }
    if rule.by_day.is_empty() && rule.by_month_day.is_empty() {
        return same_day_in_months(rule, start, begins);
    }
    if rule.by_month.is_empty() {
        return match rule.by_day.as_slice() {
            [] => whole(),
            days => numbered(days, &whole()),
        };
    }
    let months = rule.by_month.iter();
    let months = months.filter_map(|m| begins.with().month(*m).build().ok());
    months.flat_map(|first| month(rule, start, first)).collect()
}

fn same_day_in_months(rule: &Rule, start: Date, begins: Date) -> Vec<Date> {
    let own = [start.month()];
    let months = if rule.by_month.is_empty() {
        &own
    } else {
        rule.by_month.as_slice()
    };
    let day = |month: &i8| begins.with().month(*month).day(start.day()).build().ok();
    months.iter().filter_map(day).collect()
}

/// Weeks are numbered from the first with at least four days in the year.
fn weeks_of_year(rule: &Rule, start: Date, begins: Date) -> Vec<Date> {
    let week_one = |first: Date| -> Option<Date> {
        let fourth = first.checked_add(Span::new().days(3)).ok()?;
        week_of(fourth, rule.week_start)
    };
    let next = begins.checked_add(Span::new().years(1));
    let (Some(one), Some(end)) = (week_one(begins), next.ok().and_then(week_one)) else {
        return Vec::new();
    };
    let count = (end.duration_since(one).as_hours() / 24 / 7) as i8;
    let weeks = rule.by_week.iter().filter_map(|number| match number {
        0 => None,
        n if *n < 0 => Some(count + n + 1),
        n => Some(*n),
    });
    let begins = |n: i8| one.checked_add(Span::new().weeks(n - 1)).ok();
    let weeks = weeks.filter(|n| (1..=count).contains(n)).filter_map(begins);
    weeks.flat_map(|first| week(rule, start, first)).collect()
}

/// `2MO`, `-1FR`, `TU` among the days of a month or a year.
fn numbered(wanted: &[(i16, Weekday)], days: &[Date]) -> Vec<Date> {
    let of = |weekday: Weekday| days.iter().copied().filter(move |d| d.weekday() == weekday);
    let mut found = Vec::new();
    for (number, weekday) in wanted {
        let at = usize::from(number.unsigned_abs());
        match number.signum() {
            0 => found.extend(of(*weekday)),
            1 => found.extend(of(*weekday).nth(at - 1)),
            _ => found.extend(
                of(*weekday)
                    .collect::<Vec<_>>()
                    .into_iter()
                    .nth_back(at - 1),
            ),
        }
    }
    found
}

fn days_from(first: Date, count: i16) -> Vec<Date> {
    let day = |n| first.checked_add(Span::new().days(n)).ok();
    (0..i64::from(count)).filter_map(day).collect()
}

/// The times of one day; more than a few are nobody's meeting.
fn clocks(rule: &Rule, start: Time) -> Vec<Time> {
    let or = |list: &[i8], own: i8| match list {
        [] => vec![own],
        list => list.to_vec(),
    };
    let (hours, minutes) = (
        or(&rule.by_hour, start.hour()),
        or(&rule.by_minute, start.minute()),
    );
    let seconds = or(&rule.by_second, start.second());
    let all = hours.iter().flat_map(|hour| {
        let seconds = &seconds;
        minutes.iter().flat_map(move |minute| {
            seconds
                .iter()
                .filter_map(move |second| Time::new(*hour, *minute, *second, 0).ok())
        })
    });
    all.take(MAX_CLOCKS).collect()
}

/// Every time of every day, or those at the positions asked for.
fn times(rule: &Rule, clocks: &[Time], days: &[Date]) -> Vec<DateTime> {
    let at = |day: &Date| {
        let day = *day;
        clocks.iter().map(move |clock| day.to_datetime(*clock))
    };
    let all: Vec<DateTime> = days.iter().flat_map(at).collect();
    if rule.by_position.is_empty() {
        return all;
    }
    let positions = rule.by_position.iter();
    let mut picked: Vec<DateTime> = positions.filter_map(|n| position(&all, *n)).collect();
    picked.sort_unstable();
    picked.dedup();
    picked
}

fn position(all: &[DateTime], number: i16) -> Option<DateTime> {
    let at = usize::from(number.unsigned_abs()).checked_sub(1)?;
    let mut all = all.iter();
    if number > 0 {
        all.nth(at)
    } else {
        all.nth_back(at)
    }
    .copied()
}

#[cfg(test)]
mod tests;
