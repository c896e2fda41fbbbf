//! Facts and wishes in any order: what holds at every moment of a day.

use proptest::prelude::*;

use super::*;

/// One step of a random day.
#[derive(Clone, Debug)]
enum Step {
    Fact(u8),
    Ask(u8, u8),
    Wait(u8),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        any::<u8>().prop_map(Step::Fact),
        (any::<u8>(), any::<u8>()).prop_map(|(what, which)| Step::Ask(what, which)),
        (0..20_u8).prop_map(Step::Wait),
    ]
}

fn any_fact(n: u8, open: &mut Vec<RequestId>) -> Fact {
    match n % 10 {
        0 => known(
            MeetingSource::Calendar,
            vec![meeting("a", 10, 20, ROOM), meeting("b", 20, 50, "")],
        ),
        1 => known(MeetingSource::Calendar, vec![meeting("a", 12, 40, ROOM)]),
        2 => known(
            MeetingSource::Calls,
            vec![of("call", When::Running { since_ms: START }, ROOM)],
        ),
        3 => known(MeetingSource::Matrix, vec![of("room", When::AnyTime, ROOM)]),
        4 => Fact::Away {
            source: MeetingSource::Calendar,
            problem: problem(),
        },
        5 => Fact::Presence(Presence::Nobody),
        6 => Fact::Presence(Presence::Somebody),
        7 => in_call(u32::from(n / 10 % 3)),
        8 => Fact::Call(None),
        _ => match open.pop() {
            Some(request) if n > 100 => Fact::Answered {
                request,
                result: Ok(()),
            },
            Some(request) => Fact::Answered {
                request,
                result: Err(problem()),
            },
            None => Fact::Tick,
        },
    }
}

fn any_ask(day: &Day, now: Moment, what: u8, which: u8) -> Ask {
    let meetings = day.view(now).meetings;
    let entry = meetings.get(usize::from(which) % meetings.len().max(1));
    let id = entry.map_or_else(String::new, |entry| entry.id.clone());
    match what % 4 {
        0 => Ask::Book {
            minutes: u32::from(which),
        },
        1 => Ask::Extend {
            id,
            minutes: u32::from(which),
        },
        2 => Ask::End { id },
        _ => Ask::Join { id },
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn in_any_order_of_facts_and_wishes_the_day_stays_sound(steps in prop::collection::vec(step(), 1..60)) {
        let wait = Duration::from_secs(300);
        let policy = Policy { automatic_join: true, automatic_leave: Some(wait), release_after: Some(wait), ..Policy::default() };
        let mut day = Day::new(policy);
        let (mut minutes, mut in_call, mut open) = (0, false, Vec::new());
        for step in steps {
            let now = at(minutes);
            let effects = match step {
                Step::Fact(n) => {
                    let fact = any_fact(n, &mut open);
                    if let Fact::Call(call) = &fact {
                        in_call = call.is_some();
                    }
                    day.handle(now, fact)
                }
                Step::Ask(what, which) => {
                    let ask = any_ask(&day, now, what, which);
                    day.ask(now, ask).unwrap_or_default()
                }
                Step::Wait(more) => {
                    minutes += i64::from(more);
                    day.handle(at(minutes), Fact::Tick)
                }
            };
            let now = at(minutes);
            for effect in &effects {
                match effect {
                    Effect::Leave => prop_assert!(in_call, "leaves only a call"),
                    Effect::Book { request, ends_ms, begins_ms, .. } => {
                        prop_assert!(begins_ms < ends_ms);
                        open.push(*request);
                    }
                    Effect::Change { request, .. } | Effect::Delete { request, .. } => open.push(*request),
                    Effect::Join { .. } | Effect::Keep => {}
                }
            }
            let view = day.view(now);
            prop_assert!(view.meetings.iter().all(|m| m.ends_ms.is_none_or(|ends| ends > now.unix_ms)));
            let ids: std::collections::HashSet<_> = view.meetings.iter().map(|m| &m.id).collect();
            prop_assert_eq!(ids.len(), view.meetings.len(), "every meeting once");
            prop_assert!(view.bookable_minutes.is_none() || !view.occupancy.busy || in_call);
            prop_assert!(day.next_deadline(now) > now.since_start);
            let kept = serde_json::to_string(&day.kept()).unwrap();
            let again = Day::restored(policy, serde_json::from_str(&kept).unwrap(), now);
            prop_assert!(again.view(now).sources.len() <= 4);
        }
    }
}
