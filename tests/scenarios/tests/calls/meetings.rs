//! The room's day, from its sources to the call: a calendar, Matrix rooms, calls that run.

use std::os::unix::fs::PermissionsExt as _;
use std::time::Duration;

use room_messages::api::meetings::{
    BookNow, EndMeeting, ExtendMeeting, MeetingEntry, MeetingPhase, MeetingSource, Meetings,
};
use room_messages::api::{BoardEvent, Button, Phase, Status};
use salle_scenarios::{Room, Scene, SceneOptions};
use salle_stack::{CalendarServer, RoomOptions as MatrixRoom, Transport};
use serde_json::json;

use crate::meet::{
    GUEST_HZ, SOON, guest_outside, is_in_call, peer_in_call, peer_recognises_room, room_options,
    unix_ms,
};

const MINUTE: u64 = 60_000;

fn entry<'a>(meetings: &'a Meetings, title: &str) -> Option<&'a MeetingEntry> {
    let mut all = meetings.meetings.iter();
    all.find(|meeting| meeting.title.as_deref() == Some(title))
}

fn phase(status: &Status, title: &str) -> Option<MeetingPhase> {
    entry(&status.meetings, title).map(|meeting| meeting.phase)
}

fn is_away(status: &Status, source: MeetingSource) -> bool {
    let mut sources = status.meetings.sources.iter();
    sources.any(|known| known.source == source && known.away_since_ms.is_some())
}

async fn until(room: &Room, what: &str, seen: impl Fn(&Status) -> bool) -> Status {
    room.wait_until(what, seen, SOON).await.unwrap()
}

/// `20261127T140000Z`, as RFC 5545 writes times.
fn utc(unix_ms: u64) -> String {
    let at = jiff::Timestamp::from_millisecond(unix_ms.try_into().unwrap()).unwrap();
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}

fn event(begins_ms: u64, ends_ms: u64, target: &str) -> String {
    let (begins, ends) = (utc(begins_ms), utc(ends_ms));
    [
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:budget@test\r\n",
        &format!("DTSTAMP:{begins}\r\nDTSTART:{begins}\r\nDTEND:{ends}\r\nSUMMARY:Budget\r\n"),
        &format!("LOCATION:https://matrix.to/#/{target}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"),
    ]
    .concat()
}

async fn calendar() -> (CalendarServer, String) {
    let server = CalendarServer::start(Transport::Plain).await.unwrap();
    let url = server.make_calendar("room").await.unwrap();
    (server, url)
}

/// A room that follows the calendar, asking it as often as settings allow.
async fn room_with(scene: &Scene, server: &CalendarServer, url: &str) -> (Room, tempfile::TempDir) {
    let secrets = tempfile::tempdir().unwrap();
    let password = secrets.path().join("calendar-password");
    std::fs::write(&password, server.password()).unwrap();
    let own = std::fs::Permissions::from_mode(0o600);
    std::fs::set_permissions(&password, own).unwrap();
    let mut options = room_options(scene).await;
    options
        .set("calendar", "url", url)
        .set("calendar", "user", server.user())
        .set("calendar", "password_file", password.to_str().unwrap())
        .set("calendar", "interval", 15);
    (Room::start(options).await.unwrap(), secrets)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_meeting_of_the_calendar_is_joined_by_the_button_extended_and_ended() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let (server, url) = calendar().await;
    let (mut room, _secrets) = room_with(&scene, &server, &url).await;
    until(&room, "a day without meetings", |status| {
        status.meetings.bookable_minutes == Some(480) && !is_away(status, MeetingSource::Calendar)
    })
    .await;

    let now = unix_ms();
    let text = event(now + 3 * MINUTE, now + 33 * MINUTE, &scene.room_id);
    server.put(&url, "budget.ics", &text).await.unwrap();
    until(&room, "the meeting, soon", |status| {
        phase(status, "Budget") == Some(MeetingPhase::Soon)
    })
    .await;
    let press = BoardEvent::Press {
        button: Button::Join,
    };
    room.board(&press).await.unwrap();
    let status = is_in_call(&room).await;
    assert_eq!(status.call.room_id.as_ref(), Some(&scene.room_id));
    assert_eq!(phase(&status, "Budget"), Some(MeetingPhase::Joined));
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    peer_recognises_room(&peer, &scene).await;

    let id = entry(&status.meetings, "Budget").unwrap().id.clone();
    let more = ExtendMeeting { id, minutes: 15 };
    room.meeting("extend", &more).await.unwrap();
    let ends = format!("DTEND:{}", utc(now + 48 * MINUTE));
    written(&server, &url, |text| text.contains(&ends)).await;
    room.leave(SOON).await.unwrap();

    let status = room.status().await.unwrap();
    let id = entry(&status.meetings, "Budget").unwrap().id.clone();
    room.meeting("end", &EndMeeting { id }).await.unwrap();
    until(&room, "no meeting", |status| {
        phase(status, "Budget").is_none()
    })
    .await;

    room.meeting("book", &BookNow { minutes: 30 })
        .await
        .unwrap();
    let status = until(&room, "the booking, as the calendar has it", |status| {
        let booked = status.meetings.meetings.first();
        booked.is_some_and(|meeting| !meeting.pending)
    })
    .await;
    assert!(status.meetings.occupancy.busy);
    let refused = room.meeting("book", &BookNow { minutes: 30 }).await;
    assert!(refused.unwrap_err().to_string().contains("MEET-02"));

    // The last known day outlives server and room.
    server.stop();
    room.kill().await;
    room.start_again().await.unwrap();
    until(&room, "the last known day", |status| {
        is_away(status, MeetingSource::Calendar) && !status.meetings.meetings.is_empty()
    })
    .await;
}

/// Waits until some file of the calendar is as wanted.
async fn written(server: &CalendarServer, url: &str, wanted: impl Fn(&str) -> bool) {
    let end = tokio::time::Instant::now() + SOON;
    loop {
        let text = server.get(&format!("{url}budget.ics")).await.unwrap();
        if wanted(&text) {
            return;
        }
        assert!(tokio::time::Instant::now() < end, "not written: {text}");
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_invitation_is_a_booking_and_a_call_that_begins_is_joined_by_the_button() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let mut options = room_options(&scene).await;
    let allowed = toml::Value::from(vec![scene.people[0].user_id.clone()]);
    options.set("matrix", "accept_invitations_from", allowed);
    let room = Room::start(options).await.unwrap();
    let alice = &scene.people[0];
    let wanted = MatrixRoom {
        name: Some("Standup".to_owned()),
        invite: vec![scene.account.user_id.clone()],
        ..MatrixRoom::default()
    };
    let standup = alice.create_room(wanted).await.unwrap();
    until(&room, "a meeting at any time", |status| {
        phase(status, "Standup") == Some(MeetingPhase::AnyTime)
    })
    .await;

    let at = jiff::Timestamp::from_millisecond((unix_ms() + 120 * MINUTE).try_into().unwrap());
    let topic = json!({ "topic": format!("Weekly, {}", at.unwrap().strftime("%Y-%m-%dT%H:%MZ")) });
    alice
        .send_state(&standup, "m.room.topic", "", &topic)
        .await
        .unwrap();
    until(&room, "the time in the topic", |status| {
        phase(status, "Standup") == Some(MeetingPhase::ToCome)
    })
    .await;

    let caller = guest_outside(alice, GUEST_HZ).await;
    caller.join(&standup).await.unwrap();
    let runs = |status: &Status| {
        let mut all = status.meetings.meetings.iter();
        all.any(|meeting| {
            meeting.sources.contains(&MeetingSource::Calls)
                && meeting.phase == MeetingPhase::Running
        })
    };
    until(&room, "a call that runs", runs).await;
    let press = BoardEvent::Press {
        button: Button::Join,
    };
    room.board(&press).await.unwrap();
    let status = is_in_call(&room).await;
    assert_eq!(status.call.room_id, Some(standup));
    caller.leave(SOON).await.unwrap();
    let status = room.leave(SOON).await.unwrap();
    assert_eq!(status.call.phase, Phase::Idle);
    until(&room, "no call", |status| !runs(status)).await;
}
