use super::*;

fn at(text: &str) -> DateTime {
    text.parse().unwrap()
}

fn all(start: &str, rule: &str, to: &str) -> Vec<String> {
    window(start, rule, start, to, &mut Budget::new(5_000_000))
}

fn window(start: &str, rule: &str, from: &str, to: &str, budget: &mut Budget) -> Vec<String> {
    let rule = Rule::parse(rule).unwrap();
    let until = match rule.end {
        End::Until(point) => Some(point.civil()),
        _ => None,
    };
    let found = beginnings(&rule, at(start), until, (at(from), at(to)), budget);
    let short = |at: &DateTime| at.strftime("%m-%d").to_string();
    found.iter().map(short).collect()
}

/// The examples of RFC 5545, 3.8.5.3, their instances as given there.
#[test]
fn the_examples_of_the_standard_hold() {
    let start = "1997-09-02T09:00";
    let table: &[(&str, &str, &[&str])] = &[
        (start, "FREQ=DAILY;COUNT=3", &["09-02", "09-03", "09-04"]),
        (
            start,
            "FREQ=DAILY;INTERVAL=10;COUNT=5",
            &["09-02", "09-12", "09-22", "10-02", "10-12"],
        ),
        (
            start,
            "FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH",
            &[
                "09-02", "09-04", "09-09", "09-11", "09-16", "09-18", "09-23", "09-25", "09-30",
                "10-02",
            ],
        ),
        (
            "1997-09-01T09:00",
            "FREQ=WEEKLY;INTERVAL=2;UNTIL=19971010T000000Z;WKST=SU;BYDAY=MO,WE,FR",
            &[
                "09-01", "09-03", "09-05", "09-15", "09-17", "09-19", "09-29", "10-01", "10-03",
            ],
        ),
        (
            "1997-09-05T09:00",
            "FREQ=MONTHLY;COUNT=4;BYDAY=1FR",
            &["09-05", "10-03", "11-07", "12-05"],
        ),
        (
            "1997-09-07T09:00",
            "FREQ=MONTHLY;INTERVAL=2;COUNT=4;BYDAY=1SU,-1SU",
            &["09-07", "09-28", "11-02", "11-30"],
        ),
        (
            "1997-09-22T09:00",
            "FREQ=MONTHLY;COUNT=3;BYDAY=-2MO",
            &["09-22", "10-20", "11-17"],
        ),
        (
            "1997-09-28T09:00",
            "FREQ=MONTHLY;BYMONTHDAY=-3;COUNT=3",
            &["09-28", "10-29", "11-28"],
        ),
        (
            start,
            "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=2,15",
            &["09-02", "09-15", "10-02", "10-15"],
        ),
        (
            "1997-09-30T09:00",
            "FREQ=MONTHLY;COUNT=4;BYMONTHDAY=1,-1",
            &["09-30", "10-01", "10-31", "11-01"],
        ),
        (
            "1997-06-10T09:00",
            "FREQ=YEARLY;COUNT=4;BYMONTH=6,7",
            &["06-10", "07-10", "06-10", "07-10"],
        ),
        (
            "1997-01-01T09:00",
            "FREQ=YEARLY;INTERVAL=3;COUNT=4;BYYEARDAY=1,100,200",
            &["01-01", "04-10", "07-19", "01-01"],
        ),
        (
            "1997-05-19T09:00",
            "FREQ=YEARLY;BYDAY=20MO;COUNT=3",
            &["05-19", "05-18", "05-17"],
        ),
        (
            "1997-05-12T09:00",
            "FREQ=YEARLY;BYWEEKNO=20;BYDAY=MO;COUNT=3",
            &["05-12", "05-11", "05-17"],
        ),
        (
            "1997-03-13T09:00",
            "FREQ=YEARLY;BYMONTH=3;BYDAY=TH;COUNT=4",
            &["03-13", "03-20", "03-27", "03-05"],
        ),
        (
            "1998-02-13T09:00",
            "FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13;COUNT=4",
            &["02-13", "03-13", "11-13", "08-13"],
        ),
        (
            "1997-09-13T09:00",
            "FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13;COUNT=3",
            &["09-13", "10-11", "11-08"],
        ),
        (
            "1996-11-05T09:00",
            "FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8;COUNT=3",
            &["11-05", "11-07", "11-02"],
        ),
        (
            "1997-09-04T09:00",
            "FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3",
            &["09-04", "10-07", "11-06"],
        ),
        (
            "1997-09-29T09:00",
            "FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2;COUNT=4",
            &["09-29", "10-30", "11-27", "12-30"],
        ),
        (
            "1997-08-05T09:00",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO",
            &["08-05", "08-10", "08-19", "08-24"],
        ),
        (
            "1997-08-05T09:00",
            "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
            &["08-05", "08-17", "08-19", "08-31"],
        ),
        (
            "2007-01-15T09:00",
            "FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5",
            &["01-15", "01-30", "02-15", "03-15", "03-30"],
        ),
    ];
    for (start, rule, expected) in table {
        assert_eq!(all(start, rule, "2030-01-01T00:00"), *expected, "{rule}");
    }
}

#[test]
fn several_times_a_day_are_in_order() {
    let rule = Rule::parse("FREQ=DAILY;BYHOUR=9,14;BYMINUTE=0,30;COUNT=5").unwrap();
    let start = at("2026-03-02T09:00");
    let found = beginnings(
        &rule,
        start,
        None,
        (start, at("2027-01-01T00:00")),
        &mut Budget::new(100),
    );
    let hours: Vec<_> = found
        .iter()
        .map(|at| at.strftime("%d %H:%M").to_string())
        .collect();
    assert_eq!(
        hours,
        ["02 09:00", "02 09:30", "02 14:00", "02 14:30", "03 09:00"]
    );
}

#[test]
fn a_first_instance_that_does_not_fit_the_rule_still_counts() {
    let found = all(
        "2026-03-02T09:00",
        "FREQ=WEEKLY;BYDAY=TU;COUNT=3",
        "2027-01-01T00:00",
    );
    assert_eq!(found, ["03-02", "03-03", "03-10"]);
}

#[test]
fn an_old_series_costs_only_what_the_window_holds() {
    let mut budget = Budget::new(80);
    let (from, to) = ("2026-03-02T00:00", "2026-03-04T23:00");
    let found = window("1970-01-01T09:00", "FREQ=DAILY", from, to, &mut budget);
    assert_eq!(found, ["03-02", "03-03", "03-04"]);
    let found = window(
        "1970-01-05T09:00",
        "FREQ=WEEKLY;BYDAY=WE",
        from,
        to,
        &mut budget,
    );
    assert_eq!(found, ["03-04"]);
    assert!(!budget.is_spent());
}

#[test]
fn the_way_to_the_window_can_be_cut_short_without_missing_any() {
    // Every window of a month finds what the whole series has in it.
    let rules = [
        "FREQ=DAILY;INTERVAL=3",
        "FREQ=WEEKLY;INTERVAL=2;BYDAY=MO,SU",
        "FREQ=MONTHLY;INTERVAL=5;BYDAY=-1FR",
        "FREQ=MONTHLY;BYMONTHDAY=31",
        "FREQ=YEARLY;INTERVAL=2;BYMONTH=2;BYMONTHDAY=29",
    ];
    for rule in rules {
        let rule = Rule::parse(rule).unwrap();
        let (start, end) = (at("2019-12-31T10:00"), at("2033-01-01T00:00"));
        let whole = beginnings(
            &rule,
            start,
            None,
            (start, end),
            &mut Budget::new(5_000_000),
        );
        let mut from = start;
        let mut pieces = Vec::new();
        while from < end {
            let to = from.checked_add(Span::new().days(30)).unwrap();
            pieces.extend(beginnings(
                &rule,
                start,
                None,
                (from, to),
                &mut Budget::new(1000),
            ));
            from = to;
        }
        pieces.dedup();
        pieces.retain(|at| *at <= end);
        assert_eq!(pieces, whole);
    }
}

#[test]
fn a_rule_that_never_matches_ends_with_the_window_or_the_budget() {
    let mut budget = Budget::new(50_000);
    let never = "FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30";
    let found = window(
        "2020-01-01T00:00",
        never,
        "2021-01-01T00:00",
        "9999-01-01T00:00",
        &mut budget,
    );
    assert!(found.is_empty());
    let counted = "FREQ=DAILY;COUNT=4000000000";
    let found = window(
        "0001-01-01T00:00",
        counted,
        "9998-01-01T00:00",
        "9999-12-31T00:00",
        &mut budget,
    );
    assert!(found.is_empty());
    assert!(budget.is_spent());
}
