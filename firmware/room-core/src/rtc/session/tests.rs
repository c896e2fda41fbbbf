use serde_json::json;

use super::*;
use crate::rtc::membership::state::{self as state_form};
use crate::rtc::membership::sticky::{self as sticky_form};

const NOW: u64 = 1_000_000_000;
const HOUR: u64 = 3_600_000;

/// A multi-SFU state membership of `user`, sent at `sent_ms`, on an SFU named after the device.
pub(in crate::rtc) fn state(user: &str, device: &str, sent_ms: u64) -> Event {
    let content = state_form::join_content(&state_form::Joining {
        user,
        device,
        room_id: "!r",
        service_url: &format!("https://{}.example", device.to_lowercase()),
        intent: Intent::Video,
        expires_ms: 4 * HOUR,
        created_ms: None,
    });
    Event {
        kind: state_form::KIND.into(),
        sender: user.into(),
        event_id: format!("${user}{device}{sent_ms}"),
        sent_ms,
        state_key: Some(state_form::state_key(user, device, "11")),
        content,
        sticky_until_ms: None,
    }
}

fn sticky(user: &str, device: &str, id: &str, sent_ms: u64) -> Event {
    let content = sticky_form::join_content(&sticky_form::Joining {
        user,
        device,
        member_id: id,
        service_url: "https://sticky.example",
        intent: Intent::Audio,
        previous: None,
    });
    Event {
        kind: sticky_form::KIND.into(),
        state_key: None,
        content,
        sticky_until_ms: Some(sent_ms + HOUR),
        ..state(user, device, sent_ms)
    }
}

fn read(events: &[Event], slot: Option<&Value>, now_ms: u64) -> Session {
    let joined: BTreeSet<String> = events
        .iter()
        .map(|event| event.sender.clone())
        .filter(|user| !user.contains("outsider"))
        .collect();
    members(&Input {
        events,
        joined: &joined,
        slot,
        own: &PeerDevice::new("@room:x", "OWN"),
        now_ms,
    })
}

fn devices(session: &Session) -> Vec<&str> {
    session
        .others
        .iter()
        .map(|member| member.device.as_str())
        .collect()
}

#[test]
fn members_of_both_forms_are_listed_oldest_first_and_the_room_apart() {
    let session = read(
        &[
            state("@c:x", "C", NOW - 1),
            sticky("@b:x", "B", "uuid", NOW - 2),
            state("@a:x", "A", NOW - 3),
            state("@room:x", "OWN", NOW - 4),
            state("@room:x", "OTHER", NOW),
        ],
        None,
        NOW,
    );
    assert_eq!(devices(&session), ["A", "B", "C", "OTHER"]);
    assert_eq!(session.own.as_ref().unwrap().device, "OWN");
    let [alice, bob, ..] = &session.others[..] else {
        panic!()
    };
    assert_eq!(alice.identity.0, "@a:x:A");
    assert_eq!(alice.transport.as_deref(), Some("https://a.example"));
    assert_eq!(
        bob.identity,
        crate::rtc::names::hashed_identity("@b:x", "B", "uuid")
    );
    assert_eq!((bob.intent, bob.form), (Some(Intent::Audio), Form::Sticky));
    assert_eq!(session.next_expiry_ms, Some(NOW - 2 + HOUR));
}

#[test]
fn the_expired_the_departed_and_those_outside_the_room_do_not_count() {
    let mut left = state("@a:x", "A", NOW);
    left.content = state_form::leave_content();
    let events = [
        left,
        state("@b:x", "B", NOW - 4 * HOUR),
        state("@outsider:x", "C", NOW),
        state("@d:x", "D", NOW - 4 * HOUR + 1),
    ];
    let session = read(&events, None, NOW);
    assert_eq!(devices(&session), ["D"]);
    assert!(read(&events, None, session.next_expiry_ms.unwrap()).is_empty());
}

#[test]
fn a_refresh_keeps_its_age_by_created_ts_and_lasts_longer() {
    let mut refreshed = state("@a:x", "A", NOW);
    refreshed.content["created_ts"] = json!(NOW - 5 * HOUR);
    assert!(read(&[refreshed.clone()], None, NOW).is_empty());
    refreshed.content["expires"] = json!(8 * HOUR);
    let session = read(&[state("@b:x", "B", NOW - HOUR), refreshed], None, NOW);
    assert_eq!(devices(&session), ["A", "B"]);
    assert_eq!(session.others[0].created_ms, NOW - 5 * HOUR);
}

#[test]
fn members_of_the_old_selection_are_on_the_oldest_members_sfu() {
    let mut old = state("@b:x", "B", NOW - 1);
    old.content["focus_active"]["focus_selection"] = json!("oldest_membership");
    let mut odd = state("@c:x", "C", NOW);
    odd.content["focus_active"]["focus_selection"] = json!("something");
    let urls = |events: &[Event]| -> Vec<Option<String>> {
        read(events, None, NOW)
            .others
            .into_iter()
            .map(|m| m.transport)
            .collect()
    };
    let on = |name: &str| Some(format!("https://{name}.example"));
    assert_eq!(urls(&[old.clone(), odd.clone()]), [on("b"), None]);
    assert_eq!(
        urls(&[state("@a:x", "A", NOW - 2), old.clone()]),
        [on("a"), on("a")]
    );
    // The room itself can be the oldest.
    assert_eq!(urls(&[state("@room:x", "OWN", NOW - 2), old]), [on("own")]);
}

#[test]
fn a_closed_slot_leaves_out_sticky_members_only() {
    let events = [state("@a:x", "A", NOW), sticky("@b:x", "B", "uuid", NOW)];
    let open = json!({"status": "open", "application": {"type": "m.call"}});
    assert_eq!(devices(&read(&events, Some(&open), NOW)).len(), 2);
    for slot in [
        json!({"status": "closed", "application": {"type": "m.call"}}),
        json!({}),
    ] {
        assert_eq!(devices(&read(&events, Some(&slot), NOW)), ["A"]);
    }
}

#[test]
fn of_sticky_events_the_newest_of_a_key_counts_joined_or_left() {
    let join = sticky("@b:x", "B", "uuid", NOW - 10);
    let mut leave = sticky("@b:x", "B", "uuid", NOW - 5);
    leave.content = sticky_form::leave_content("uuid");
    assert!(read(&[leave.clone(), join.clone()], None, NOW).is_empty());
    leave.sent_ms = NOW - 20;
    assert_eq!(
        devices(&read(&[join.clone(), leave.clone()], None, NOW)),
        ["B"]
    );
    // Nobody else's leave counts.
    leave.sent_ms = NOW;
    leave.sender = "@mallory:x".into();
    assert_eq!(devices(&read(&[join, leave], None, NOW)), ["B"]);
}

#[test]
fn either_spelling_of_sticky_transports_is_read() {
    for gone in ["transports", "rtc_transports"] {
        let mut event = sticky("@b:x", "B", "uuid", NOW);
        event.content.as_object_mut().unwrap().remove(gone);
        let session = read(&[event], None, NOW);
        assert_eq!(
            session.others[0].transport.as_deref(),
            Some("https://sticky.example")
        );
    }
}

#[test]
fn the_same_device_written_twice_is_one_member() {
    let mut bare = state("@a:x", "A", NOW);
    bare.state_key = Some("@a:x_A_m.call".into());
    let session = read(&[state("@a:x", "A", NOW - 5), bare], None, NOW);
    assert_eq!(session.others.len(), 1);
    assert_eq!(session.others[0].created_ms, NOW);
}

#[test]
fn no_user_crowds_out_the_others() {
    let mut events: Vec<Event> = (0..2000)
        .map(|n| state("@mallory:x", &format!("M{n}"), NOW - 10))
        .collect();
    events.push(state("@a:x", "A", NOW));
    let session = read(&events, None, NOW);
    assert_eq!(session.others.len(), MAX_DEVICES_PER_USER + 1);
    let many: Vec<Event> = (0..1500)
        .map(|n| state(&format!("@u{n}:x"), "D", NOW))
        .collect();
    assert_eq!(read(&many, None, NOW).others.len(), MAX_MEMBERS);
}
