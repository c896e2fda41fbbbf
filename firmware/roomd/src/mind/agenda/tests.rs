use room_meetings::day::{MeetingSource, Policy};
use room_meetings::links::{self, Instances};
use room_meetings::{Key, Meeting, When, Words};
use room_messages::api::Text;

use super::*;

const MINUTE: i64 = 60_000;
const START: i64 = 1_795_424_000_000;
const ROOM: &str = "!abc:example.org";

fn at(minutes: i64) -> Moment {
    let ms = (minutes * MINUTE).unsigned_abs();
    Moment {
        since_start: Duration::from_secs(100) + Duration::from_millis(ms),
        unix_ms: START.unsigned_abs() + ms,
    }
}

fn full() -> Calendar {
    Box::new(Err)
}

fn with_meeting(policy: Policy, calendar: Calendar) -> Agenda {
    let mut agenda = Agenda::new(Day::new(policy), calendar, Duration::from_secs(600));
    let meeting = Meeting {
        key: Key::new("one", None),
        title: Words::new("Budget"),
        organiser: None,
        private: false,
        when: When::Timed {
            begins_ms: START + 10 * MINUTE,
            ends_ms: START + 40 * MINUTE,
        },
        busy: true,
        tentative: false,
        links: links::find(
            ["https://matrix.to/#/!abc:example.org"],
            &Instances::default(),
        ),
    };
    let asks = agenda.hear(
        at(0),
        Fact::Known {
            source: MeetingSource::Calendar,
            writable: true,
            meetings: vec![meeting],
            cut_short: false,
        },
    );
    assert_eq!(asks, []);
    agenda
}

fn call(phase: Phase) -> Call {
    let text = r#"{"phase":"idle","target":null,"room_id":null,"name":null,"since_ms":null,
        "security":{"level":"none","reasons":[]},"connection":null,"participants":[],
        "hand_raised":false,"leaves_by_itself":true,"problem":null}"#;
    let idle: Call = serde_json::from_str(text).unwrap();
    Call {
        phase,
        target: Some(ROOM.to_owned()),
        ..idle
    }
}

fn lit_anew(agenda: &mut Agenda, minutes: i64) -> Option<Option<String>> {
    let meetings = agenda.view(at(minutes));
    agenda.lit_anew(&meetings)
}

#[test]
fn the_button_joins_the_meeting_once_it_can_be_joined() {
    let mut agenda = with_meeting(Policy::default(), full());
    assert_eq!(lit_anew(&mut agenda, 0), None);
    let target = lit_anew(&mut agenda, 6).unwrap();
    assert!(target.is_some_and(|target| target.contains(ROOM)));
    assert_eq!(lit_anew(&mut agenda, 7), None);
    assert_eq!(lit_anew(&mut agenda, 40), Some(None));
}

#[test]
fn a_meeting_that_begins_is_joined_once_when_the_settings_say_so() {
    let policy = Policy {
        automatic_join: true,
        ..Policy::default()
    };
    let mut agenda = with_meeting(policy, full());
    assert!(agenda.next_deadline(at(9)) <= at(10).since_start);
    let asks = agenda.tick(at(10));
    assert!(matches!(asks.as_slice(), [Ask::Join { .. }]), "{asks:?}");
    assert_eq!(agenda.call_is(at(10), &call(Phase::Joining)), Some(vec![]));
    assert_eq!(agenda.call_is(at(12), &call(Phase::Idle)), Some(vec![]));
    assert_eq!(agenda.tick(at(13)), []);
}

#[test]
fn a_call_nobody_comes_to_is_left_when_its_meeting_is_over() {
    let policy = Policy {
        automatic_leave: Some(Duration::from_secs(60)),
        ..Policy::default()
    };
    let mut agenda = with_meeting(policy, full());
    let mut call = call(Phase::InCall);
    assert_eq!(agenda.call_is(at(0), &call), Some(vec![]));
    // Said again it is not news: the time alone goes on.
    assert_eq!(agenda.call_is(at(20), &call), None);
    assert_eq!(agenda.tick(at(39)), []);
    assert_eq!(agenda.tick(at(41)), [Ask::Leave]);
    call.phase = Phase::Leaving;
    assert_eq!(agenda.call_is(at(41), &call), Some(vec![]));
}

#[test]
fn a_booking_that_the_calendar_cannot_take_is_gone_again_with_its_reason() {
    let mut agenda = with_meeting(Policy::default(), full());
    assert_eq!(agenda.ask(at(0), day::Ask::Book { minutes: 5 }), Ok(vec![]));
    let view = agenda.view(at(0));
    assert_eq!(view.meetings.len(), 1);
    assert_eq!(view.problem.unwrap().code, Issue::Busy.problem().code);
}

#[test]
fn a_refusal_is_told_to_who_asked() {
    let mut agenda = with_meeting(Policy::default(), full());
    let long = day::Ask::Book { minutes: 15 };
    let problem = agenda.ask(at(0), long).unwrap_err();
    assert_eq!(problem.code, "MEET-02");
    assert_ne!(problem.what, Text::new("", ""));
}

#[test]
fn a_day_is_written_when_it_changed_and_again_when_that_failed() {
    let mut agenda = with_meeting(Policy::default(), full());
    assert!(agenda.unsaved().is_some());
    assert!(agenda.unsaved().is_none());
    agenda.save_again();
    assert!(agenda.unsaved().is_some());
}

#[test]
fn a_sensor_that_falls_silent_knows_nothing_any_more() {
    let mut agenda = with_meeting(Policy::default(), full());
    let minute = Duration::from_secs(60);
    agenda.sensed(at(0), false, 2 * minute);
    assert_eq!(agenda.presence(), Presence::Nobody);
    assert!(agenda.next_deadline(at(0)) <= at(2).since_start);
    agenda.sensed(at(1), true, 2 * minute);
    agenda.tick(at(2));
    assert_eq!(agenda.presence(), Presence::Somebody);
    agenda.tick(at(3));
    assert_eq!(agenda.presence(), Presence::Unknown);
}

#[test]
fn the_boards_own_sensor_comes_to_the_same_presence() {
    let mut agenda = with_meeting(Policy::default(), full());
    agenda.moved(at(0), Some(true));
    agenda.tick(at(1));
    assert_eq!(agenda.presence(), Presence::Somebody);
    agenda.moved(at(2), Some(false));
    assert!(agenda.next_deadline(at(2)) <= at(12).since_start);
    agenda.tick(at(12));
    assert_eq!(agenda.presence(), Presence::Nobody);
    agenda.moved(at(13), None);
    assert_eq!(agenda.presence(), Presence::Unknown);
}
