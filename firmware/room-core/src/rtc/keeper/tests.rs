use serde_json::Value;

use super::*;

fn at(ms: u64) -> Moment {
    Moment {
        since_start: Duration::from_millis(ms),
        unix_ms: 1_700_000_000_000 + ms,
    }
}

fn joining(mode: Mode) -> Joining {
    Joining {
        mode,
        user: "@room:x".into(),
        device: "D".into(),
        room_id: "!r:x".into(),
        room_version: "11".into(),
        member_id: "uuid".into(),
        service_url: "https://sfu/jwt".into(),
        intent: Intent::Video,
        max_delay_ms: None,
    }
}

fn requests(orders: &[Order]) -> Vec<Request> {
    orders.iter().map(Order::request).collect()
}

fn sent(id: &str) -> Outcome {
    Outcome::Sent {
        event_id: Some(id.into()),
    }
}

fn done() -> Outcome {
    Outcome::Sent { event_id: None }
}

fn scheduled(id: &str) -> Outcome {
    Outcome::Scheduled {
        delay_id: id.into(),
    }
}

fn content(orders: &[Order]) -> &Value {
    let Some(Order::SendMembership { content, .. }) = orders.last() else {
        panic!("no membership in {orders:?}");
    };
    content
}

/// In the call at 0, shown by the homeserver, restart answered.
fn member(mode: Mode) -> Keeper {
    let (mut keeper, _) = Keeper::join(at(0), joining(mode));
    keeper.answered(at(0), Request::ScheduleLeave, scheduled("d1"));
    keeper.answered(at(0), Request::SendMembership, sent("$1"));
    keeper.answered(at(0), Request::RestartLeave, done());
    let seen = Seen {
        event_id: "$1".into(),
        created_ms: 77,
    };
    keeper.own_seen(at(0), Some(seen));
    assert!(keeper.is_member());
    keeper
}

#[test]
fn the_leave_is_scheduled_before_joining_and_put_off_at_once_and_every_four_seconds() {
    let (mut keeper, orders) = Keeper::join(at(0), joining(Mode::Compatibility));
    assert_eq!(
        orders,
        [Order::ScheduleLeave {
            place: Place::State {
                state_key: "_@room:x_D_m.call".into()
            },
            content: serde_json::json!({}),
            delay_ms: 18_000,
        }]
    );
    let orders = keeper.answered(at(100), Request::ScheduleLeave, scheduled("d1"));
    assert_eq!(requests(&orders), [Request::SendMembership]);
    assert!(content(&orders).get("created_ts").is_none());
    let orders = keeper.answered(at(200), Request::SendMembership, sent("$1"));
    assert_eq!(
        orders,
        [Order::RestartLeave {
            delay_id: "d1".into()
        }]
    );
    assert!(
        keeper
            .answered(at(250), Request::RestartLeave, done())
            .is_empty()
    );
    assert_eq!(keeper.next_deadline(), Some(Duration::from_millis(4200)));
    assert_eq!(requests(&keeper.tick(at(4200))), [Request::RestartLeave]);
    assert!(keeper.is_member() && keeper.leaves_by_itself());
}

#[test]
fn a_delay_too_long_is_shortened_to_what_the_homeserver_allows() {
    let (mut keeper, _) = Keeper::join(at(0), joining(Mode::Compatibility));
    let orders = keeper.answered(
        at(0),
        Request::ScheduleLeave,
        Outcome::TooLong { max_ms: Some(8000) },
    );
    assert!(matches!(
        orders[..],
        [Order::ScheduleLeave { delay_ms: 8000, .. }]
    ));
    let known = Joining {
        max_delay_ms: Some(5000),
        ..joining(Mode::Compatibility)
    };
    let (_, orders) = Keeper::join(at(0), known);
    assert!(matches!(
        orders[..],
        [Order::ScheduleLeave { delay_ms: 5000, .. }]
    ));
}

#[test]
fn without_delayed_events_the_room_joins_all_the_same_and_says_so() {
    for outcome in [
        Outcome::Unsupported,
        Outcome::Forbidden,
        Outcome::NotFound,
        Outcome::TooLong { max_ms: None },
    ] {
        let (mut keeper, _) = Keeper::join(at(0), joining(Mode::Compatibility));
        let orders = keeper.answered(at(0), Request::ScheduleLeave, outcome);
        assert_eq!(requests(&orders), [Request::SendMembership]);
        assert!(!keeper.leaves_by_itself());
        keeper.answered(at(1), Request::SendMembership, sent("$1"));
        assert_eq!(requests(&keeper.leave(at(2))), [Request::SendLeave]);
        keeper.answered(at(3), Request::SendLeave, done());
        assert!(keeper.has_left());
    }
    let none = Joining {
        max_delay_ms: Some(0),
        ..joining(Mode::Compatibility)
    };
    let (_, orders) = Keeper::join(at(0), none);
    assert_eq!(requests(&orders), [Request::SendMembership]);
}

#[test]
fn a_join_waits_ten_seconds_for_a_leave_that_cannot_be_scheduled_and_no_longer() {
    let (mut keeper, _) = Keeper::join(at(0), joining(Mode::Compatibility));
    let limited = Outcome::RateLimited {
        retry_after: Some(Duration::from_secs(60)),
    };
    assert!(
        keeper
            .answered(at(0), Request::ScheduleLeave, limited)
            .is_empty()
    );
    assert!(keeper.tick(at(9_999)).is_empty());
    assert_eq!(
        requests(&keeper.tick(at(10_000))),
        [Request::SendMembership]
    );
    assert_eq!(requests(&keeper.tick(at(60_000))), [Request::ScheduleLeave]);
}

#[test]
fn each_refresh_carries_the_servers_creation_time_and_expires_later() {
    let mut keeper = member(Mode::Compatibility);
    let mut last = 0;
    for hour in 1..=3_u64 {
        let now = at(hour * 3_595_000);
        let orders = keeper.tick(now);
        let refresh: Vec<Order> = orders
            .into_iter()
            .filter(|o| o.request() == Request::SendMembership)
            .collect();
        let content = content(&refresh);
        assert_eq!(content["created_ts"], 77);
        let expires = content["expires"].as_u64().unwrap();
        assert_eq!(expires / 14_400_000, hour + 1);
        assert!(expires > last);
        last = expires;
        keeper.answered(now, Request::SendMembership, sent("$n"));
        keeper.answered(now, Request::RestartLeave, done());
    }
}

#[test]
fn a_changed_intent_keeps_the_creation_time_and_the_expiry() {
    let mut keeper = member(Mode::Compatibility);
    keeper.standing.refreshes = 2;
    let orders = keeper.set_intent(at(1000), Intent::Audio);
    let content = content(&orders);
    assert_eq!(content["m.call.intent"], "audio");
    assert_eq!(content["created_ts"], 77);
    assert_eq!(content["expires"].as_u64().unwrap() / 14_400_000, 3);
    assert!(keeper.set_intent(at(1100), Intent::Audio).is_empty());
}

#[test]
fn a_membership_that_vanished_is_sent_anew_without_creation_time() {
    let mut keeper = member(Mode::Compatibility);
    let orders = keeper.own_seen(at(1000), None);
    assert!(!keeper.is_member());
    assert_eq!(
        requests(&orders),
        [Request::ScheduleLeave, Request::CancelLeave]
    );
    let orders = keeper.answered(at(1100), Request::ScheduleLeave, scheduled("d2"));
    assert!(content(&orders).get("created_ts").is_none());
    keeper.answered(at(1200), Request::SendMembership, sent("$2"));
    // The state shown is still the old one: no third join.
    assert!(requests(&keeper.own_seen(at(1300), None)).is_empty());
    let seen = Seen {
        event_id: "$2".into(),
        created_ms: 99,
    };
    keeper.own_seen(at(1400), Some(seen));
    assert!(keeper.is_member());
    assert_eq!(keeper.standing.created_ms, Some(99));
}

#[test]
fn a_membership_never_shown_is_sent_again_after_ten_seconds() {
    let (mut keeper, _) = Keeper::join(at(0), joining(Mode::Compatibility));
    keeper.answered(at(0), Request::ScheduleLeave, scheduled("d1"));
    keeper.answered(at(0), Request::SendMembership, sent("$1"));
    keeper.own_seen(at(100), None);
    assert!(!requests(&keeper.tick(at(9_000))).contains(&Request::SendMembership));
    assert!(requests(&keeper.tick(at(10_000))).contains(&Request::SendMembership));
}

#[test]
fn a_leftover_of_an_earlier_run_is_not_taken_for_the_own_join() {
    let (mut keeper, _) = Keeper::join(at(0), joining(Mode::Compatibility));
    let old = Seen {
        event_id: "$old".into(),
        created_ms: 5,
    };
    keeper.own_seen(at(0), Some(old));
    keeper.answered(at(0), Request::ScheduleLeave, scheduled("d1"));
    keeper.answered(at(0), Request::SendMembership, sent("$1"));
    assert_eq!(keeper.standing.created_ms, None);
    let (_, other) = Keeper::join(
        at(7),
        Joining {
            max_delay_ms: Some(0),
            ..joining(Mode::Compatibility)
        },
    );
    let (_, first) = Keeper::join(
        at(0),
        Joining {
            max_delay_ms: Some(0),
            ..joining(Mode::Compatibility)
        },
    );
    assert_ne!(content(&first)["expires"], content(&other)["expires"]);
}

#[test]
fn an_unknown_delay_id_is_scheduled_again_and_a_lapsed_one_means_a_new_join() {
    let mut keeper = member(Mode::Compatibility);
    keeper.tick(at(4000));
    let orders = keeper.answered(at(4100), Request::RestartLeave, Outcome::NotFound);
    assert_eq!(requests(&orders), [Request::ScheduleLeave]);
    assert!(keeper.is_member());

    let mut keeper = member(Mode::Compatibility);
    let mut now = 4000;
    while !keeper.probably_left(at(now)) {
        keeper.tick(at(now));
        keeper.answered(at(now), Request::RestartLeave, Outcome::Network);
        now = now.max(u64::try_from(keeper.next_deadline().unwrap().as_millis()).unwrap());
    }
    assert_eq!(now, 18_000);
    keeper.tick(at(now + 2000));
    let orders = keeper.answered(at(now + 2000), Request::RestartLeave, Outcome::NotFound);
    assert_eq!(requests(&orders), [Request::ScheduleLeave]);
    assert!(!keeper.is_member());
    let orders = keeper.answered(at(now + 2100), Request::ScheduleLeave, scheduled("d2"));
    assert!(content(&orders).get("created_ts").is_none());
}

#[test]
fn a_rate_limit_is_honoured_to_the_millisecond() {
    let mut keeper = member(Mode::Compatibility);
    keeper.tick(at(4000));
    let limited = Outcome::RateLimited {
        retry_after: Some(Duration::from_millis(1234)),
    };
    keeper.answered(at(4100), Request::RestartLeave, limited);
    assert_eq!(keeper.next_deadline(), Some(Duration::from_millis(5334)));
}

#[test]
fn leaving_fires_the_scheduled_leave_and_falls_back_to_an_ordinary_one() {
    let mut keeper = member(Mode::Compatibility);
    assert_eq!(
        keeper.leave(at(1000)),
        [Order::FireLeave {
            delay_id: "d1".into()
        }]
    );
    let orders = keeper.answered(at(1100), Request::FireLeave, Outcome::NotFound);
    assert_eq!(requests(&orders), [Request::SendLeave]);
    assert!(!keeper.has_left());
    keeper.answered(at(1200), Request::SendLeave, done());
    assert!(keeper.has_left());
    assert_eq!(keeper.next_deadline(), None);
}

#[test]
fn a_join_still_under_way_is_left_at_once_and_again_when_it_arrived() {
    let (mut keeper, _) = Keeper::join(at(0), joining(Mode::Compatibility));
    keeper.answered(at(0), Request::ScheduleLeave, scheduled("d1"));
    assert_eq!(requests(&keeper.leave(at(100))), [Request::FireLeave]);
    assert!(
        keeper
            .answered(at(200), Request::FireLeave, done())
            .is_empty()
    );
    assert!(!keeper.has_left());
    let orders = keeper.answered(at(300), Request::SendMembership, sent("$1"));
    assert_eq!(requests(&orders), [Request::SendLeave]);
    keeper.answered(at(400), Request::SendLeave, done());
    assert!(keeper.has_left());
}

#[test]
fn leaving_before_anything_was_sent_only_cancels() {
    let (mut keeper, _) = Keeper::join(at(0), joining(Mode::Compatibility));
    assert!(keeper.leave(at(1)).is_empty());
    assert!(!keeper.has_left());
    let orders = keeper.answered(at(2), Request::ScheduleLeave, scheduled("d1"));
    assert_eq!(
        orders,
        [Order::CancelLeave {
            delay_id: "d1".into()
        }]
    );
    keeper.answered(at(3), Request::CancelLeave, done());
    assert!(keeper.has_left());
}

#[test]
fn a_refused_join_is_named_and_tried_again_later() {
    let (mut keeper, _) = Keeper::join(at(0), joining(Mode::Compatibility));
    keeper.answered(at(0), Request::ScheduleLeave, Outcome::Forbidden);
    keeper.answered(at(0), Request::SendMembership, Outcome::Forbidden);
    assert!(keeper.is_refused() && !keeper.is_member());
    assert_eq!(keeper.next_deadline(), Some(Duration::from_secs(30)));
    keeper.leave(at(1));
    assert!(keeper.has_left());
}

#[test]
fn a_sticky_membership_is_refreshed_before_its_hour_is_over() {
    let mut keeper = member(Mode::Matrix20);
    let orders = keeper.tick(at(2_700_000));
    let Some(Order::SendMembership { place, content }) = orders
        .iter()
        .find(|o| o.request() == Request::SendMembership)
    else {
        panic!("no refresh");
    };
    assert_eq!(
        *place,
        Place::Sticky {
            sticky_ms: 3_600_000
        }
    );
    assert_eq!(content["m.relation"]["event_id"], "$1");
    keeper.answered(at(2_700_000), Request::RestartLeave, done());
    let orders = keeper.leave(at(2_700_001));
    assert_eq!(requests(&orders), [Request::FireLeave]);
}

mod random;
