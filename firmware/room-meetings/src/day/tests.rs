mod any_order;

use room_messages::api::Text;
use room_messages::api::meetings::MeetingPhase;

use super::*;
use crate::links::{self, Instances};
use crate::{Key, Meeting, When, Words};

const MINUTE: i64 = 60_000;
/// Unix time at which every test begins, and the monotonic clock's reading then.
const START: i64 = 1_772_000_000_000;
const UP: Duration = Duration::from_secs(100);
const ROOM: &str = "!abc:example.org";

fn at(minutes: i64) -> Moment {
    Moment {
        since_start: UP + Duration::from_millis((minutes * MINUTE).unsigned_abs()),
        unix_ms: (START + minutes * MINUTE).unsigned_abs(),
    }
}

fn meeting(id: &str, begins: i64, ends: i64, text: &str) -> Meeting {
    let (begins_ms, ends_ms) = (START + begins * MINUTE, START + ends * MINUTE);
    Meeting {
        key: Key::new(id, None),
        title: Words::new(id),
        organiser: None,
        private: false,
        when: When::Timed { begins_ms, ends_ms },
        busy: true,
        tentative: false,
        links: links::find([text], &Instances::default()),
    }
}

fn of(id: &str, when: When, text: &str) -> Meeting {
    Meeting {
        when,
        busy: false,
        ..meeting(id, 0, 0, text)
    }
}

fn known(source: MeetingSource, meetings: Vec<Meeting>) -> Fact {
    Fact::Known {
        source,
        writable: source == MeetingSource::Calendar,
        meetings,
        cut_short: false,
    }
}

fn day(policy: Policy, meetings: Vec<Meeting>) -> Day {
    let mut day = Day::new(policy);
    let effects = day.handle(at(0), known(MeetingSource::Calendar, meetings));
    assert_eq!(effects, [Effect::Keep]);
    day
}

fn in_call(others: u32) -> Fact {
    let targets = vec![ROOM.to_owned()];
    Fact::Call(Some(CallNow { targets, others }))
}

fn id(day: &Day, now: i64, title: &str) -> String {
    let view = day.view(at(now));
    let mut all = view.meetings.into_iter();
    all.find(|m| m.title.as_deref() == Some(title)).unwrap().id
}

fn problem() -> Problem {
    let text = || Text::new("x", "x");
    Problem {
        code: "CAL-99".to_owned(),
        what: text(),
        next: text(),
    }
}

fn titles(day: &Day, now: i64) -> Vec<String> {
    let meetings = day.view(at(now)).meetings;
    meetings
        .into_iter()
        .map(|m| m.title.unwrap_or_default())
        .collect()
}

#[test]
fn join_lights_up_five_minutes_before() {
    let day = day(
        Policy::default(),
        vec![
            meeting("a", 10, 20, ROOM),
            meeting("b", 40, 50, "https://zoom.us/j/1"),
        ],
    );
    let table = [
        (4, MeetingPhase::ToCome, false),
        (5, MeetingPhase::Soon, true),
        (10, MeetingPhase::Running, true),
        (19, MeetingPhase::Running, true),
    ];
    for (now, phase, lit) in table {
        let entry = day.view(at(now)).meetings.remove(0);
        assert_eq!(entry.phase, phase, "{now}");
        assert_eq!(entry.join.unwrap().lit, lit, "{now}");
    }
    assert_eq!(titles(&day, 20), ["b"]);
    let elsewhere = &day.view(at(20)).meetings[0];
    assert!(elsewhere.join.is_none());
    assert_eq!(elsewhere.elsewhere[0].service, "Zoom");
}

#[test]
fn the_room_says_until_when_it_is_free_or_busy() {
    let mut free = meeting("free", 0, 90, "");
    free.busy = false;
    let day = day(
        Policy::default(),
        vec![
            meeting("a", 10, 20, ""),
            meeting("b", 20, 30, ""),
            meeting("c", 60, 70, ""),
            free,
        ],
    );
    let minutes = |ms: u64| (i64::try_from(ms).unwrap() - START) / MINUTE;
    let table = [
        (0, false, Some(10)),
        (15, true, Some(30)),
        (30, false, Some(60)),
        (65, true, Some(70)),
        (71, false, None),
    ];
    for (now, busy, until) in table {
        let shown = day.view(at(now)).occupancy;
        assert_eq!(
            (shown.busy, shown.until_ms.map(minutes)),
            (busy, until),
            "{now}"
        );
    }
    assert_eq!(day.view(at(0)).bookable_minutes, Some(10));
    assert_eq!(day.view(at(15)).bookable_minutes, None);
}

#[test]
fn several_sources_words_on_one_meeting_are_one_meeting() {
    let mut day = day(
        Policy::default(),
        vec![meeting(
            "a",
            10,
            20,
            "https://call.element.io/room/#/x?roomId=!abc:example.org",
        )],
    );
    day.handle(
        at(0),
        known(
            MeetingSource::Matrix,
            vec![
                of("invited", When::AnyTime, ROOM),
                of("other", When::AnyTime, "!x:example.org"),
            ],
        ),
    );
    day.handle(
        at(0),
        known(
            MeetingSource::Calls,
            vec![of("call", When::Running { since_ms: START }, ROOM)],
        ),
    );
    // At first the call is hours from the meeting in nobody's mind: but an invitation links both.
    assert_eq!(titles(&day, 11), ["a", "other"]);
    let entry = day.view(at(11)).meetings.remove(0);
    assert_eq!(
        entry.sources,
        [
            MeetingSource::Calendar,
            MeetingSource::Matrix,
            MeetingSource::Calls
        ]
    );
    // The same identifier in two objects of a calendar.
    day.handle(
        at(0),
        known(
            MeetingSource::Calendar,
            vec![meeting("a", 10, 20, ""), meeting("a", 10, 20, "")],
        ),
    );
    day.handle(at(0), known(MeetingSource::Matrix, vec![]));
    assert_eq!(titles(&day, 11), ["call", "a"]);
}

#[test]
fn a_private_meeting_gets_no_title_from_another_source() {
    let mut private = meeting("a", 10, 20, ROOM);
    private.private = true;
    private.title = None;
    let mut day = day(Policy::default(), vec![private]);
    day.handle(
        at(0),
        known(
            MeetingSource::Matrix,
            vec![of("secret", When::AnyTime, ROOM)],
        ),
    );
    assert_eq!(titles(&day, 11), [""]);
}

#[test]
fn a_source_that_goes_away_keeps_its_last_known_day_marked_as_such() {
    let mut day = day(Policy::default(), vec![meeting("a", 10, 20, "")]);
    let away = || Fact::Away {
        source: MeetingSource::Calendar,
        problem: problem(),
    };
    day.handle(at(1), away());
    day.handle(at(2), away());
    let source = |day: &Day| day.view(at(3)).sources.remove(0);
    assert_eq!(titles(&day, 3), ["a"]);
    assert_eq!(source(&day).away_since_ms, Some(at(1).unix_ms));
    assert_eq!(source(&day).as_of_ms, Some(at(0).unix_ms));
    assert!(source(&day).problem.is_some());
    day.handle(at(3), known(MeetingSource::Calendar, vec![]));
    assert_eq!(source(&day).away_since_ms, None);
    assert!(titles(&day, 3).is_empty());
}

#[test]
fn the_last_known_day_survives_a_restart_marked_as_such() {
    let mut old = day(
        Policy::default(),
        vec![meeting("a", 10, 20, ""), meeting("b", 30, 40, "")],
    );
    old.handle(
        at(0),
        Fact::Known {
            source: MeetingSource::Calendar,
            writable: false,
            meetings: vec![meeting("a", 10, 20, ""), meeting("b", 30, 40, "")],
            cut_short: false,
        },
    );
    let ask = Ask::End {
        id: id(&old, 11, "a"),
    };
    assert_eq!(old.ask(at(11), ask), Ok(vec![Effect::Keep]));
    let text = serde_json::to_string(&old.kept()).unwrap();
    let new = Day::restored(
        Policy::default(),
        serde_json::from_str(&text).unwrap(),
        at(12),
    );
    assert_eq!(titles(&new, 12), ["b"], "what was ended here stays ended");
    let source = new.view(at(12)).sources.remove(0);
    assert_eq!(source.away_since_ms, Some(at(0).unix_ms));
}

#[test]
fn a_meeting_is_joined_by_itself_once_and_not_into_an_empty_room() {
    let policy = Policy {
        automatic_join: true,
        ..Policy::default()
    };
    let join = vec![Effect::Join {
        target: ROOM.to_owned(),
    }];
    let mut day = day(policy, vec![meeting("a", 10, 20, ROOM)]);
    day.handle(at(1), Fact::Presence(Presence::Nobody));
    assert_eq!(day.handle(at(10), Fact::Tick), []);
    assert_eq!(day.handle(at(11), Fact::Presence(Presence::Somebody)), join);
    assert_eq!(day.handle(at(12), in_call(1)), []);
    assert_eq!(
        day.handle(at(13), Fact::Call(None)),
        [],
        "who pressed Leave meant it"
    );
    assert_eq!(day.handle(at(14), Fact::Tick), []);
}

#[test]
fn the_room_leaves_when_it_is_left_alone_and_waits_for_who_has_not_come() {
    let policy = Policy {
        automatic_leave: Some(Duration::from_secs(300)),
        ..Policy::default()
    };
    let mut day = day(policy, vec![meeting("a", 10, 60, ROOM)]);
    day.handle(at(10), in_call(0));
    assert_eq!(day.handle(at(40), Fact::Tick), [], "others may still come");
    day.handle(at(41), in_call(2));
    day.handle(at(45), in_call(0));
    assert_eq!(day.handle(at(49), Fact::Tick), []);
    assert!(day.next_deadline(at(49)) <= at(50).since_start);
    assert_eq!(day.handle(at(50), Fact::Tick), [Effect::Leave]);
    assert_eq!(day.handle(at(51), in_call(0)), [], "once");
    // A call of no meeting that nobody comes to.
    day.handle(at(61), Fact::Call(None));
    day.handle(at(62), in_call(0));
    assert_eq!(day.handle(at(91), Fact::Tick), []);
    assert_eq!(day.handle(at(92), Fact::Tick), [Effect::Leave]);
}

#[test]
fn a_meeting_nobody_came_to_is_given_back() {
    let policy = Policy {
        release_after: Some(Duration::from_secs(600)),
        ..Policy::default()
    };
    let nobody = || Fact::Presence(Presence::Nobody);
    let mut empty = day(policy, vec![meeting("a", 10, 60, "")]);
    assert_eq!(
        empty.handle(at(25), Fact::Tick),
        [],
        "without a sensor nothing is given back"
    );
    let mut empty = day(policy, vec![meeting("a", 10, 60, "")]);
    empty.handle(at(1), nobody());
    assert_eq!(empty.handle(at(19), Fact::Tick), []);
    let effects = empty.handle(at(20), Fact::Tick);
    let key = Key::new("a", None);
    let request = RequestId(1);
    assert_eq!(
        effects,
        [Effect::Delete {
            request,
            source: MeetingSource::Calendar,
            key
        }]
    );
    assert!(titles(&empty, 20).is_empty(), "it shows at once");
    assert_eq!(empty.handle(at(21), Fact::Tick), [], "once");
}

#[test]
fn a_meeting_somebody_came_to_is_not_given_back() {
    let policy = Policy {
        release_after: Some(Duration::from_secs(600)),
        ..Policy::default()
    };
    let facts: [Fact; 3] = [
        Fact::Presence(Presence::Somebody),
        Fact::Presence(Presence::Unknown),
        in_call(0),
    ];
    for fact in facts {
        let mut day = day(policy, vec![meeting("a", 10, 60, ROOM)]);
        day.handle(at(1), Fact::Presence(Presence::Nobody));
        day.handle(at(12), fact.clone());
        day.handle(at(14), Fact::Presence(Presence::Nobody));
        for now in [20, 25, 59] {
            assert_eq!(day.handle(at(now), Fact::Tick), [], "{fact:?} {now}");
            if matches!(fact, Fact::Presence(Presence::Unknown)) {
                break;
            }
        }
    }
}

#[test]
fn a_clock_that_jumps_gives_nothing_back() {
    let policy = Policy {
        release_after: Some(Duration::from_secs(600)),
        ..Policy::default()
    };
    let mut day = day(policy, vec![meeting("a", 10, 60, "")]);
    day.handle(at(1), Fact::Presence(Presence::Nobody));
    let jumped = Moment {
        since_start: at(2).since_start,
        unix_ms: at(30).unix_ms,
    };
    assert_eq!(day.handle(jumped, Fact::Tick), []);
}

#[test]
fn a_booking_shows_at_once_and_goes_when_it_is_refused() {
    let mut day = day(Policy::default(), vec![meeting("a", 30, 60, "")]);
    let effects = day.ask(at(0), Ask::Book { minutes: 15 }).unwrap();
    let [
        Effect::Book {
            request,
            source: MeetingSource::Calendar,
            begins_ms,
            ends_ms,
        },
    ] = effects[..]
    else {
        panic!("{effects:?}");
    };
    assert_eq!((begins_ms, ends_ms), (START, START + 15 * MINUTE));
    let view = day.view(at(1));
    assert!(view.meetings[0].pending && view.occupancy.busy);
    let taken = day.ask(at(1), Ask::Book { minutes: 5 }).unwrap_err();
    assert_eq!(taken.code, "MEET-02");
    let mut refused = day.clone();
    refused.handle(
        at(2),
        Fact::Answered {
            request,
            result: Err(problem()),
        },
    );
    assert!(!refused.view(at(2)).occupancy.busy);
    assert_eq!(refused.view(at(2)).problem.unwrap().code, "CAL-99");
    // Made: it stays until the calendar tells it itself.
    day.handle(
        at(2),
        Fact::Answered {
            request,
            result: Ok(()),
        },
    );
    assert!(day.view(at(2)).occupancy.busy);
    day.handle(
        at(3),
        known(
            MeetingSource::Calendar,
            vec![meeting("new", 0, 15, ""), meeting("a", 30, 60, "")],
        ),
    );
    assert_eq!(titles(&day, 3), ["new", "a"]);
}

#[test]
fn a_room_without_a_calendar_can_be_booked_all_the_same() {
    let mut day = Day::new(Policy::default());
    assert_eq!(
        day.ask(at(0), Ask::Book { minutes: 30 }),
        Ok(vec![Effect::Keep])
    );
    let entry = day.view(at(1)).meetings.remove(0);
    assert_eq!(entry.sources, [MeetingSource::Room]);
    assert!(day.view(at(1)).occupancy.busy);
    let more = Ask::Extend {
        id: entry.id.clone(),
        minutes: 15,
    };
    assert_eq!(day.ask(at(2), more), Ok(vec![Effect::Keep]));
    assert_eq!(day.view(at(2)).occupancy.until_ms, Some(at(45).unix_ms));
    assert_eq!(
        day.ask(at(3), Ask::End { id: entry.id }),
        Ok(vec![Effect::Keep])
    );
    assert!(!day.view(at(3)).occupancy.busy);
}

#[test]
fn a_meeting_is_extended_up_to_the_next_and_ended_early() {
    let mut day = day(
        Policy::default(),
        vec![meeting("a", 0, 30, ""), meeting("b", 50, 60, "")],
    );
    let a = id(&day, 10, "a");
    assert_eq!(day.view(at(10)).meetings[0].extendable_minutes, 20);
    let extend = |minutes| Ask::Extend {
        id: a.clone(),
        minutes,
    };
    assert_eq!(day.ask(at(10), extend(25)).unwrap_err().code, "MEET-02");
    assert_eq!(day.ask(at(10), extend(1)).unwrap_err().code, "MEET-05");
    let effects = day.ask(at(10), extend(20)).unwrap();
    assert!(
        matches!(effects[..], [Effect::Change { ends_ms, .. }] if ends_ms == START + 50 * MINUTE)
    );
    assert!(day.view(at(10)).meetings[0].pending);
    let effects = day.ask(at(11), Ask::End { id: a.clone() }).unwrap();
    assert!(
        matches!(effects[..], [Effect::Change { ends_ms, .. }] if ends_ms == START + 11 * MINUTE)
    );
    assert_eq!(titles(&day, 11), ["b"]);
    // Not begun yet: it goes altogether.
    let b = id(&day, 12, "b");
    let effects = day.ask(at(12), Ask::End { id: b }).unwrap();
    assert!(matches!(effects[..], [Effect::Delete { .. }]));
    assert_eq!(
        day.ask(at(12), Ask::End { id: a }).unwrap_err().code,
        "MEET-01"
    );
}

#[test]
fn join_leads_to_the_meetings_call_or_says_why_not() {
    let mut day = day(
        Policy::default(),
        vec![
            meeting("a", 0, 30, ROOM),
            meeting("b", 0, 30, "https://zoom.us/j/1"),
        ],
    );
    let ask = Ask::Join {
        id: id(&day, 1, "a"),
    };
    assert_eq!(
        day.ask(at(1), ask),
        Ok(vec![Effect::Join {
            target: ROOM.to_owned()
        }])
    );
    let ask = Ask::Join {
        id: id(&day, 1, "b"),
    };
    assert_eq!(day.ask(at(1), ask).unwrap_err().code, "MEET-04");
    day.handle(at(2), in_call(1));
    let entry = day.view(at(2)).meetings.remove(0);
    assert_eq!(
        (entry.phase, entry.join.unwrap().lit),
        (MeetingPhase::Joined, false)
    );
}

#[test]
fn the_day_wakes_for_what_comes_next_and_never_sleeps_long() {
    let day = day(Policy::default(), vec![meeting("a", 6, 20, "")]);
    let almost = Moment {
        since_start: at(1).since_start - Duration::from_secs(10),
        unix_ms: at(1).unix_ms - 10_000,
    };
    assert_eq!(day.next_deadline(almost), at(1).since_start);
    assert_eq!(day.next_deadline(at(2)), at(2).since_start + LOOK_AGAIN);
}

#[test]
fn what_sources_and_people_say_without_end_is_bounded() {
    let mut day = Day::new(Policy::default());
    let many = (0..5000)
        .map(|n| meeting(&n.to_string(), n, n + 1, ""))
        .collect();
    day.handle(at(0), known(MeetingSource::Calendar, many));
    assert_eq!(day.view(at(0)).meetings.len(), 20);
    assert!(day.view(at(0)).sources[0].cut_short);
    let refused = (0..40).filter(|n| {
        let id = day.view(at(0)).meetings[usize::from(*n as u8 % 2)]
            .id
            .clone();
        day.ask(at(0), Ask::End { id }).is_err()
    });
    assert!(refused.count() > 0);
    assert!(day.notes.notes.len() <= notes::MAX_NOTES);
}
