//! What a call asks of the Matrix session, against a real Synapse.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod matrix;

use std::time::Duration;

use room_matrix::{
    Event, MatrixFact, Membership, RequestError, RoomState, SfuEndpoint, SfuError, SfuRequest,
};
use salle_stack::{Fault, Options, RateLimits, RoomOptions, Stack};
use serde_json::{Value, json};

use crate::matrix::{Room, online, open, options};

const CALL_MEMBER: &str = "org.matrix.msc3401.call.member";
const RTC_MEMBER: &str = "org.matrix.msc4143.rtc.member";

fn membership(room: &Room, content: Value) -> Event {
    let (user, device) = room.device();
    Event::State {
        kind: CALL_MEMBER.into(),
        state_key: format!("_{user}_{device}_m.call"),
        content,
    }
}

fn joined(room: &Room) -> Event {
    let content = json!({
        "application": "m.call", "call_id": "", "scope": "m.room",
        "device_id": room.session.device(), "expires": 14_400_000,
        "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
        "foci_preferred": [{"type": "livekit", "livekit_service_url": "http://127.0.0.1:1"}],
    });
    membership(room, content)
}

/// Call members whose membership is not empty.
fn in_call(state: &RoomState) -> usize {
    let present = |event: &&Value| event.pointer("/content/application").is_some();
    state.members.iter().filter(present).count()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_told_and_accepted_and_an_alias_found() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let host = site.register("host", "secret").await.unwrap();
    let account = site.register("room", "secret").await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut room = online(&account, state.path()).await;

    let wanted = RoomOptions {
        name: Some("Meeting".into()),
        alias: Some("lobby".into()),
        invite: vec![account.user_id.clone()],
        ..RoomOptions::default()
    };
    let id = host.create_room(wanted).await.unwrap();
    let (invited, inviter) = room
        .until("invitation", |fact| match fact {
            MatrixFact::Invited { room, inviter, .. } => Some((room.clone(), inviter.clone())),
            _ => None,
        })
        .await;
    assert_eq!((&invited, inviter.as_ref()), (&id, Some(&host.user_id)));
    room.session.accept_invite(&invited).await.unwrap();
    let users = [host.user_id.as_str(), account.user_id.as_str()];
    let now = room.watch(&id, &users).await;
    assert_eq!(now.membership, Membership::Joined);
    assert_eq!(now.name.as_deref(), Some("Meeting"));
    assert!(now.encrypted && now.create.is_some());
    let level = now.power_levels.unwrap();
    assert_eq!(level["content"]["events"][CALL_MEMBER], 0);

    let alias = format!("#lobby:{}", site.server_name());
    assert_eq!(room.session.resolve(&alias).await.unwrap().0, id);
    let nowhere = room
        .session
        .resolve(&format!("#none:{}", site.server_name()))
        .await;
    assert!(matches!(nowhere, Err(RequestError::NotFound { .. })));
    let uninvited = host.create_room(RoomOptions::default()).await.unwrap();
    let refused = room.session.join_room(&uninvited, &[]).await;
    assert!(matches!(refused, Err(RequestError::Forbidden { .. })));

    let named = room.session.transports().await.unwrap();
    assert_eq!(named, [site.service_url()]);

    room.session.leave_room(&id).await.unwrap();
    room.state("departure", &id, |state| {
        state.membership == Membership::Left
    })
    .await;
    drop(room);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_watched_before_the_first_answer_of_the_sync_is_told_and_the_sync_goes_on() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let account = site.register("room", "secret").await.unwrap();
    let id = account.create_room(RoomOptions::default()).await.unwrap();
    for v2 in [false, true] {
        let state = tempfile::tempdir().unwrap();
        let mut first = options(&account, state.path());
        first.force_sync_v2 = v2;
        let mut room = open(first).await.unwrap();
        room.watch(&id, &[account.user_id.as_str()]).await;
        let session = room.session.clone();
        let event = session.send_membership(&id, &joined(&room)).await.unwrap();
        room.state("own membership", &id, |state| {
            state
                .members
                .iter()
                .any(|member| member["event_id"] == event)
        })
        .await;
        drop((room, session));
        // The same device again: its store knows the room before the homeserver answers.
        let mut again = options(&account, state.path());
        again.force_sync_v2 = v2;
        let mut room = open(again).await.unwrap();
        room.watch(&id, &[account.user_id.as_str()]).await;
        let session = room.session.clone();
        let leave = membership(&room, json!({}));
        let event = session.send_membership(&id, &leave).await.unwrap();
        room.state("own leave", &id, |state| {
            state
                .members
                .iter()
                .any(|member| member["event_id"] == event)
        })
        .await;
        drop((room, session));
    }
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_membership_is_seen_and_its_delayed_leave_is_restarted_and_fired() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let host = site.register("host", "secret").await.unwrap();
    let account = site.register("room", "secret").await.unwrap();
    let states = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let mut room = online(&account, states[0].path()).await;
    let mut other = online(&host, states[1].path()).await;
    let wanted = RoomOptions {
        invite: vec![account.user_id.clone()],
        ..RoomOptions::default()
    };
    let id = host.create_room(wanted).await.unwrap();
    room.enter(&id).await;
    let users = [host.user_id.as_str(), account.user_id.as_str()];
    room.watch(&id, &users).await;
    other.watch(&id, &users).await;

    let offered = room.session.capabilities().await.unwrap();
    assert!(offered.delayed_events && offered.sticky_events && offered.sliding_sync);
    assert_eq!(offered.max_delay, Some(Duration::from_secs(24 * 3600)));

    let session = room.session.clone();
    let leave = membership(&room, json!({}));
    let hour = Duration::from_secs(3600);
    let delay = session.schedule_leave(&id, &leave, hour).await.unwrap();
    let event = session.send_membership(&id, &joined(&room)).await.unwrap();
    let seen = other
        .state("membership", &id, |state| in_call(state) == 1)
        .await;
    let member = &seen.members[0];
    assert_eq!(member["event_id"], event);
    assert_eq!(member["sender"], account.user_id);
    assert!(member["origin_server_ts"].is_u64() && member["state_key"].is_string());

    session.restart_leave(&delay).await.unwrap();
    session.fire_leave(&delay).await.unwrap();
    other.state("leave", &id, |state| in_call(state) == 0).await;
    let gone = session.restart_leave(&delay).await;
    assert!(
        matches!(gone, Err(RequestError::NotFound { .. })),
        "{gone:?}"
    );

    let delay = session.schedule_leave(&id, &leave, hour).await.unwrap();
    session.cancel_leave(&delay).await.unwrap();
    let long = Duration::from_secs(25 * 3600);
    let refused = session.schedule_leave(&id, &leave, long).await;
    assert!(
        matches!(refused, Err(RequestError::TooLong { .. })),
        "{refused:?}"
    );

    drop((room, session, other));
    stack.stop().await.unwrap();
}

/// Two sessions in one encrypted room, each watching it.
async fn pair(stack: &Stack, states: &[tempfile::TempDir; 2], v2: bool) -> (Room, Room, String) {
    let site = stack.site(0);
    let one = site.register("one", "secret").await.unwrap();
    let two = site.register("two", "secret").await.unwrap();
    let mut first = options(&one, states[0].path());
    first.force_sync_v2 = v2;
    let mut first = open(first).await.unwrap();
    let mut second = online(&two, states[1].path()).await;
    let wanted = RoomOptions {
        invite: vec![two.user_id.clone()],
        ..RoomOptions::default()
    };
    let id = one.create_room(wanted).await.unwrap();
    second.enter(&id).await;
    let users = [one.user_id.as_str(), two.user_id.as_str()];
    first.watch(&id, &users).await;
    second.watch(&id, &users).await;
    (first, second, id)
}

fn key(index: u8) -> Value {
    json!({
        "keys": {"index": index, "key": "AAECAwQFBgcICQoLDA0ODw=="},
        "member": {"claimed_device_id": "x", "id": "y"}, "room_id": "!r",
        "session": {"application": "m.call", "call_id": "", "scope": "m.room"}, "sent_ts": 1,
    })
}

async fn sends(from: &Room, to: &mut Room, index: u8) {
    let failed = from
        .session
        .send_key(&[to.device()], &key(index))
        .await
        .unwrap();
    assert!(failed.is_empty());
    let (sender, device) = to
        .until("key", |fact| match fact {
            MatrixFact::Key(key) if key.content["keys"]["index"] == index => {
                Some((key.sender.clone(), key.sender_device.clone()))
            }
            _ => None,
        })
        .await;
    let (user, own) = from.device();
    assert_eq!((sender, device), (user, Some(own)));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_travel_both_ways_and_one_in_the_clear_is_rejected() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let states = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (mut first, mut second, _) = pair(&stack, &states, false).await;
    sends(&first, &mut second, 0).await;
    sends(&second, &mut first, 1).await;

    let nobody = (second.device().0, "NOSUCHDEVICE".to_owned());
    let failed = first
        .session
        .send_key(std::slice::from_ref(&nobody), &key(2))
        .await;
    assert_eq!(failed.unwrap(), [nobody]);

    let stranger = stack.site(0).register("eve", "secret").await.unwrap();
    let (user, device) = second.device();
    let path = "/_matrix/client/v3/sendToDevice/io.element.call.encryption_keys/1";
    let body = json!({"messages": {user: {device: key(3)}}});
    stranger
        .request(reqwest::Method::PUT, path, Some(&body))
        .await
        .unwrap();
    // A key sent after it has overtaken nothing.
    sends(&first, &mut second, 4).await;
    assert_eq!(second.session.rejected_keys(), 1);
    drop((first, second));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_and_memberships_travel_by_sync_v2_too() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let states = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (mut old, mut new, id) = pair(&stack, &states, true).await;
    sends(&old, &mut new, 0).await;
    sends(&new, &mut old, 1).await;
    new.session
        .send_membership(&id, &joined(&new))
        .await
        .unwrap();
    old.state("membership", &id, |state| in_call(state) == 1)
        .await;
    let leave = membership(&new, json!({}));
    new.session.send_membership(&id, &leave).await.unwrap();
    old.state("leave", &id, |state| in_call(state) == 0).await;
    drop((old, new));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_sticky_membership_is_read_in_an_encrypted_room_and_left_by_its_delayed_leave() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let states = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (first, mut second, id) = pair(&stack, &states, false).await;
    let sticky = |content: Value| Event::Sticky {
        kind: RTC_MEMBER.into(),
        content,
        duration: Duration::from_secs(3600),
    };
    let hour = Duration::from_secs(3600);
    let session = &first.session;
    let leave = sticky(json!({"msc4354_sticky_key": "uuid"}));
    let delay = session.schedule_leave(&id, &leave, hour).await.unwrap();
    let join = sticky(json!({"msc4354_sticky_key": "uuid", "slot_id": "m.call#ROOM"}));
    let event = session.send_membership(&id, &join).await.unwrap();
    let seen = second
        .state("sticky membership", &id, |state| !state.sticky.is_empty())
        .await;
    let member = &seen.sticky[0];
    assert_eq!(member["event_id"], event);
    assert_eq!(member["type"], RTC_MEMBER);
    assert_eq!(member["sender"], first.device().0);
    assert_eq!(member["content"]["slot_id"], "m.call#ROOM");
    assert_eq!(member["msc4354_sticky"]["duration_ms"], 3_600_000);

    session.fire_leave(&delay).await.unwrap();
    let seen = second
        .state("leave", &id, |state| state.sticky.len() == 2)
        .await;
    assert!(seen.sticky[1]["content"].get("slot_id").is_none());
    drop((first, second));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn reactions_and_notifications_arrive_decrypted() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let states = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (first, mut second, id) = pair(&stack, &states, false).await;
    let session = &first.session;
    let event = session.send_membership(&id, &joined(&first)).await.unwrap();
    let kind = "org.matrix.msc4075.rtc.notification";
    let content = json!({"notification_type": "ring", "sender_ts": 1, "lifetime": 90_000});
    session.send_timeline(&id, kind, &content).await.unwrap();
    let hand = json!({"m.relates_to": {
        "rel_type": "m.annotation", "event_id": event, "key": "\u{1f590}\u{fe0f}",
    }});
    let raised = session
        .send_timeline(&id, "m.reaction", &hand)
        .await
        .unwrap();
    let found = second.session.reactions(&id, &event).await.unwrap();
    assert_eq!(found[0]["event_id"], raised);
    session.redact(&id, &raised).await.unwrap();
    // What waits for its key is passed by what comes in the clear.
    let mut missing = vec![kind, "m.reaction", "m.room.redaction"];
    second
        .until("all three", |fact| {
            if let MatrixFact::Timeline(told) = fact {
                missing.retain(|wanted| told.event["type"] != *wanted);
            }
            missing.is_empty().then_some(())
        })
        .await;
    drop((first, second));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn after_an_outage_the_session_is_online_again_and_keys_still_arrive() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let states = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];
    let (mut first, mut second, id) = pair(&stack, &states, false).await;
    sends(&first, &mut second, 0).await;
    let site = stack.site(0);
    site.stop_homeserver().await.unwrap();
    let offline = |fact: &MatrixFact| matches!(fact, MatrixFact::Offline { .. }).then_some(());
    let online = |fact: &MatrixFact| matches!(fact, MatrixFact::Online).then_some(());
    first.until("word of the outage", offline).await;
    second.until("word of the outage", offline).await;
    let refused = first.session.send_membership(&id, &joined(&first)).await;
    assert!(
        matches!(refused, Err(RequestError::Network(_))),
        "{refused:?}"
    );
    site.start_homeserver().await.unwrap();
    first.until("word of its end", online).await;
    second.until("word of its end", online).await;
    sends(&first, &mut second, 1).await;
    sends(&second, &mut first, 2).await;
    first
        .session
        .send_membership(&id, &joined(&first))
        .await
        .unwrap();
    second
        .state("membership", &id, |state| in_call(state) == 1)
        .await;
    drop((first, second));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn both_token_endpoints_admit_the_room_and_each_failure_has_its_name() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let account = site.register("room", "secret").await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let room = online(&account, state.path()).await;
    let id = account.create_room(RoomOptions::default()).await.unwrap();
    let request = |service: &str, endpoint| SfuRequest {
        service_url: service.to_owned(),
        endpoint,
        room: id.clone(),
        member_id: "6e3a1a0e-0000-4000-8000-000000000001".into(),
    };
    for endpoint in [SfuEndpoint::SfuGet, SfuEndpoint::GetToken] {
        let granted = room
            .session
            .sfu_token(&request(site.service_url(), endpoint))
            .await;
        assert_eq!(granted.unwrap().url, format!("{}/", site.sfu_url()));
    }

    let wanted = request(site.service_url(), SfuEndpoint::SfuGet);
    site.faults().set_for(Fault::Status(503), 1);
    let failed = room.session.sfu_token(&wanted).await;
    assert!(
        matches!(failed, Err(SfuError::Server { status: 503 })),
        "{failed:?}"
    );
    site.faults().set_for(Fault::Nonsense, 1);
    let failed = room.session.sfu_token(&wanted).await;
    assert!(matches!(failed, Err(SfuError::Unreadable)), "{failed:?}");
    site.faults()
        .set_for(Fault::Limited(Duration::from_secs(3)), 1);
    let failed = room.session.sfu_token(&wanted).await;
    let three = Some(Duration::from_secs(3));
    assert!(
        matches!(failed, Err(SfuError::RateLimited { retry_after }) if retry_after == three),
        "{failed:?}"
    );
    let elsewhere = format!("{}/elsewhere", site.service_url());
    let failed = room
        .session
        .sfu_token(&request(&elsewhere, SfuEndpoint::SfuGet))
        .await;
    assert!(matches!(failed, Err(SfuError::NotFound)), "{failed:?}");
    let nobody = request("http://127.0.0.1:9", SfuEndpoint::SfuGet);
    let failed = room.session.sfu_token(&nobody).await;
    assert!(
        matches!(failed, Err(SfuError::Unreachable(_))),
        "{failed:?}"
    );
    drop(room);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_limit_is_passed_on_with_its_wait() {
    let limited = Options {
        rate_limits: RateLimits::Default,
        ..Options::default()
    };
    let stack = Stack::start(limited).await.unwrap();
    let account = stack.site(0).register("room", "secret").await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut room = online(&account, state.path()).await;
    let id = account.create_room(RoomOptions::default()).await.unwrap();
    room.watch(&id, &[&account.user_id]).await;
    let mut result = Ok(String::new());
    for number in 0..200 {
        let event = membership(&room, json!({"application": "m.call", "number": number}));
        result = room.session.send_membership(&id, &event).await;
        if result.is_err() {
            break;
        }
    }
    let waits = |wait: Duration| wait > Duration::ZERO;
    assert!(
        matches!(result, Err(RequestError::RateLimited { retry_after: Some(wait) }) if waits(wait)),
        "{result:?}"
    );
    drop(room);
    stack.stop().await.unwrap();
}
