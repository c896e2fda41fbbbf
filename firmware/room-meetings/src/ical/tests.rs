use proptest::prelude::*;

use super::*;
use crate::meeting::{Key, When};

const OUTLOOK: &[u8] = include_bytes!("../../tests/data/outlook.ics");
const GOOGLE: &[u8] = include_bytes!("../../tests/data/google.ics");
const NEXTCLOUD: &[u8] = include_bytes!("../../tests/data/nextcloud.ics");

fn ms(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_millisecond()
}

fn found_in(file: &[u8], from: &str, to: &str) -> Found {
    let visio = Instances {
        hosts: vec!["visio.example.gouv.fr".to_owned()],
        default: None,
    };
    let reading = Reading {
        window: Window {
            from_ms: ms(from),
            to_ms: ms(to),
        },
        zone: &named("Europe/Paris").unwrap(),
        visio: &visio,
    };
    read(file, &reading).unwrap()
}

/// `2026-03-03T08:00/09:00 title`, in UTC.
fn lines(found: &Found) -> Vec<String> {
    let at = |ms| jiff::Timestamp::from_millisecond(ms).unwrap();
    let line = |m: &Meeting| {
        let (begins, ends) = (m.when.begins_ms().unwrap(), m.when.ends_ms().unwrap());
        let title = m.title.as_ref().map_or("-", |t| t.as_str());
        let title: String = title.chars().take(12).collect();
        format!(
            "{}/{} {title}",
            at(begins).strftime("%m-%dT%H:%M"),
            at(ends).strftime("%H:%M")
        )
    };
    found.meetings.iter().map(line).collect()
}

fn event(lines: &str) -> Vec<u8> {
    format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n")
        .into_bytes()
}

#[test]
fn an_outlook_calendar_is_read_over_the_change_of_daylight_saving() {
    let found = found_in(OUTLOOK, "2026-03-01T00:00:00Z", "2026-04-10T00:00:00Z");
    // Nine in Paris before and after; the 24th is an exception, the 31st was moved; the zone of
    // the private one is described by the file only.
    let expected = [
        "03-03T08:00/09:00 Comité d'équ",
        "03-10T08:00/09:00 Comité d'équ",
        "03-17T08:00/09:00 Comité d'équ",
        "03-30T22:00/22:00 Journée sécu",
        "03-31T09:00/09:30 -",
        "04-01T12:00/13:00 Comité d'équ",
        "04-07T07:00/08:00 Comité d'équ",
    ];
    assert_eq!(lines(&found), expected);
    assert_eq!((found.skipped, found.cut_short), (0, false));
    let private = &found.meetings[4];
    assert!(private.private && private.tentative && private.organiser.is_none());
    let target = private.links[0].target();
    assert_eq!(target, Some("https://visio.example.gouv.fr/abc-defg-hij"));
    let day = &found.meetings[3];
    assert!(matches!(day.when, When::Days { .. }) && !day.busy);
    let weekly = &found.meetings[0];
    assert_eq!(weekly.organiser.as_ref().unwrap().as_str(), "Lefèvre, Anne");
    assert_eq!(
        weekly.links.len(),
        1,
        "one Teams link, however often it is written"
    );
    assert!(weekly.busy && weekly.links[0].target().is_none());
}

#[test]
fn the_last_instance_of_a_rule_that_ends_in_utc_is_not_lost() {
    let found = found_in(OUTLOOK, "2026-06-20T00:00:00Z", "2026-08-01T00:00:00Z");
    assert_eq!(
        lines(&found),
        [
            "06-23T07:00/08:00 Comité d'équ",
            "06-30T07:00/08:00 Comité d'équ"
        ]
    );
}

#[test]
fn a_google_calendar_keeps_new_york_time_while_europe_changes() {
    let found = found_in(GOOGLE, "2026-03-01T00:00:00Z", "2026-05-01T00:00:00Z");
    let expected = [
        "03-16T14:00/15:00 Weekly with ",
        "03-23T14:00/15:00 Weekly with ",
        "03-29T22:00/22:00 Offsite",
        "04-06T14:00/15:00 Weekly with ",
    ];
    assert_eq!(
        lines(&found),
        expected,
        "cancelled and excepted ones are gone"
    );
    let links = &found.meetings[0].links;
    assert_eq!(
        links[0].target(),
        Some(
            "https://call.element.io/room/#/weekly?roomId=!abc:example.org&viaServers=example.org"
        )
    );
    assert_eq!(links.len(), 2, "Google Meet is named too");
}

#[test]
fn a_nextcloud_calendar_hides_what_is_confidential() {
    let found = found_in(NEXTCLOUD, "2026-03-28T00:00:00Z", "2026-04-05T00:00:00Z");
    let expected = [
        "03-28T00:30/01:30 -",
        "03-29T00:30/01:30 -",
        "03-29T23:30/00:30 -",
        "03-31T23:30/00:30 -",
        "04-01T23:30/00:30 -",
    ];
    assert_eq!(
        lines(&found),
        expected,
        "a cancelled instance, and an additional one"
    );
    assert!(found.meetings.iter().all(|m| m.private));
    assert_eq!(
        found.meetings[0].links[0].target(),
        Some("#nachtschicht:example.org")
    );
}

#[test]
fn a_time_that_does_not_exist_is_read_as_before_the_change() {
    // RFC 5545, 3.3.5: half past two on the night of the change is half past three.
    let file = event(
        "DTSTART;TZID=Europe/Paris:20260328T023000\nDURATION:PT30M\nRRULE:FREQ=DAILY;COUNT=3",
    );
    let found = found_in(&file, "2026-03-27T00:00:00Z", "2026-04-05T00:00:00Z");
    assert_eq!(
        lines(&found),
        [
            "03-28T01:30/02:00 -",
            "03-29T01:30/02:00 -",
            "03-30T00:30/01:00 -"
        ]
    );
}

#[test]
fn a_change_of_every_later_instance_counts_from_there() {
    let file = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:u\nDTSTART:20260302T100000Z\nDTEND:20260302T110000Z\nRRULE:FREQ=DAILY;COUNT=5\nSUMMARY:old\nEND:VEVENT\nBEGIN:VEVENT\nUID:u\nRECURRENCE-ID;RANGE=THISANDFUTURE:20260304T100000Z\nDTSTART:20260304T140000Z\nDTEND:20260304T143000Z\nSUMMARY:new\nEND:VEVENT\nEND:VCALENDAR";
    let found = found_in(
        file.as_bytes(),
        "2026-03-01T00:00:00Z",
        "2026-04-01T00:00:00Z",
    );
    let expected = [
        "03-02T10:00/11:00 old",
        "03-03T10:00/11:00 old",
        "03-04T14:00/14:30 new",
        "03-05T14:00/14:30 new",
        "03-06T14:00/14:30 new",
    ];
    assert_eq!(lines(&found), expected);
}

#[test]
fn what_still_runs_belongs_to_the_window_and_what_just_ended_does_not() {
    let file = event("DTSTART:20260301T230000Z\nDTEND:20260302T010000Z\nRRULE:FREQ=DAILY");
    let found = found_in(&file, "2026-03-05T00:30:00Z", "2026-03-05T23:00:00Z");
    assert_eq!(lines(&found), ["03-04T23:00/01:00 -"]);
    let found = found_in(&file, "2026-03-05T01:00:00Z", "2026-03-05T23:00:00Z");
    assert!(found.meetings.is_empty());
}

#[test]
fn a_revoked_series_is_gone_and_an_orphaned_instance_is_not() {
    let revoked = "BEGIN:VCALENDAR\nMETHOD:CANCEL\nBEGIN:VEVENT\nUID:u\nDTSTART:20260302T100000Z\nEND:VEVENT\nEND:VCALENDAR";
    assert!(
        found_in(
            revoked.as_bytes(),
            "2026-03-01T00:00:00Z",
            "2026-04-01T00:00:00Z"
        )
        .meetings
        .is_empty()
    );
    let orphan =
        event("RECURRENCE-ID:20260302T100000Z\nDTSTART:20260303T100000Z\nDTEND:20260303T110000Z");
    let found = found_in(&orphan, "2026-03-01T00:00:00Z", "2026-04-01T00:00:00Z");
    assert_eq!(lines(&found), ["03-03T10:00/11:00 -"]);
    assert_eq!(
        found.meetings[0].key,
        Key::new("u", Some(ms("2026-03-02T10:00:00Z")))
    );
}

#[test]
fn events_that_cannot_be_read_are_counted_and_the_others_show() {
    let file = "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:a\nDTSTART:soon\nEND:VEVENT\nBEGIN:VEVENT\nUID:b\nDTSTART:20260302T100000Z\nRRULE:FREQ=SECONDLY\nEND:VEVENT\nBEGIN:VEVENT\nDTSTART:20260302T100000Z\nEND:VEVENT\nEND:VCALENDAR";
    let found = found_in(
        file.as_bytes(),
        "2026-03-01T00:00:00Z",
        "2026-04-01T00:00:00Z",
    );
    assert_eq!((found.meetings.len(), found.skipped), (1, 3));
}

#[test]
fn a_hostile_file_costs_no_more_than_its_bounds() {
    let one = "BEGIN:VEVENT\nUID:@\nDTSTART:00010101T000000Z\nDTEND:99981231T000000Z\nRRULE:FREQ=YEARLY;COUNT=4000000;BYHOUR=0,1,2,3,4,5,6,7,8,9;BYMINUTE=0,1,2,3,4,5,6,7,8,9;BYSETPOS=-1\nEND:VEVENT\n";
    let many: String = (0..2000)
        .map(|n| one.replace('@', &n.to_string()))
        .collect();
    let file = format!("BEGIN:VCALENDAR\n{many}END:VCALENDAR\n");
    let found = found_in(
        file.as_bytes(),
        "2026-03-01T00:00:00Z",
        "2026-04-01T00:00:00Z",
    );
    assert!(found.cut_short);
    assert!(found.meetings.len() <= MAX_MEETINGS);
    let large = vec![b'x'; MAX_FILE + 1];
    let zone = TimeZone::UTC;
    let window = Window {
        from_ms: 0,
        to_ms: 1,
    };
    let reading = Reading {
        window,
        zone: &zone,
        visio: &Instances::default(),
    };
    assert_eq!(read(&large, &reading), Err(ReadError::TooLarge));
}

const NOW: &str = "2026-03-01T00:00:00Z";

fn changed(text: &str) -> Vec<String> {
    lines(&found_in(
        text.as_bytes(),
        "2026-03-01T00:00:00Z",
        "2026-04-10T00:00:00Z",
    ))
}

#[test]
fn a_booking_is_read_back_as_it_was_made() {
    let draft = Draft {
        uid: "a-1",
        title: "Réunion, ad hoc",
        begins_ms: ms("2026-03-02T10:00:00Z"),
        ends_ms: ms("2026-03-02T10:30:00Z"),
    };
    let text = booked(&draft, ms(NOW)).unwrap();
    assert_eq!(changed(&text), ["03-02T10:00/10:30 Réunion, ad "]);
}

#[test]
fn an_instance_of_a_series_gets_another_end_and_the_others_keep_theirs() {
    let paris = named("Europe/Paris").unwrap();
    let weekly = found_in(OUTLOOK, "2026-03-09T00:00:00Z", "2026-03-12T00:00:00Z")
        .meetings
        .remove(0);
    let text = with_end(
        OUTLOOK,
        &weekly.key,
        ms("2026-03-10T08:20:00Z"),
        ms(NOW),
        &paris,
    )
    .unwrap();
    let after = changed(&text);
    assert_eq!(after[1], "03-10T08:00/08:20 Comité d'équ");
    assert_eq!(after.len(), 7);
    assert!(text.contains("X-MICROSOFT-CDO-OWNERAPPTID:-1234567890"));
    // Again, now that the instance is an event of its own.
    let text = with_end(
        text.as_bytes(),
        &weekly.key,
        ms("2026-03-10T09:20:00Z"),
        ms(NOW),
        &paris,
    )
    .unwrap();
    assert_eq!(changed(&text)[1], "03-10T08:00/09:20 Comité d'équ");
}

#[test]
fn an_instance_is_taken_out_and_a_single_meeting_altogether() {
    let paris = named("Europe/Paris").unwrap();
    let meetings = found_in(OUTLOOK, "2026-03-01T00:00:00Z", "2026-04-10T00:00:00Z").meetings;
    for at in [0, 5] {
        let Ok(Gone::Instance(text)) = without(OUTLOOK, &meetings[at].key, ms(NOW), &paris) else {
            panic!("an instance");
        };
        let after = changed(&text);
        assert_eq!(after.len(), 6, "{after:?}");
        assert!(!after.contains(
            &lines(&found_in(
                OUTLOOK,
                "2026-03-01T00:00:00Z",
                "2026-04-10T00:00:00Z"
            ))[at]
        ));
    }
    let single = event("DTSTART:20260302T100000Z\nDTEND:20260302T110000Z");
    assert_eq!(
        without(&single, &Key::new("u", None), ms(NOW), &paris),
        Ok(Gone::All)
    );
    let unknown = without(&single, &Key::new("x", None), ms(NOW), &paris);
    assert_eq!(unknown, Err(ChangeError::NotThere));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_damage_to_a_file_makes_the_reader_panic(cut in 0..4000usize, at in 0..4000usize, byte: u8) {
        for file in [OUTLOOK, GOOGLE, NEXTCLOUD] {
            let mut file = file[..cut.min(file.len())].to_vec();
            if let Some(place) = file.get_mut(at) {
                *place = byte;
            }
            file.extend_from_slice(b"\nEND:VEVENT\nEND:VCALENDAR\n");
            let zone = TimeZone::UTC;
            let window = Window { from_ms: ms("2026-03-01T00:00:00Z"), to_ms: ms("2026-05-01T00:00:00Z") };
            let reading = Reading { window, zone: &zone, visio: &Instances::default() };
            if let Ok(found) = read(&file, &reading) {
                for meeting in &found.meetings {
                    let _ = with_end(&file, &meeting.key, 1_775_000_000_000, 0, &zone);
                    let _ = without(&file, &meeting.key, 0, &zone);
                }
            }
        }
    }
}
