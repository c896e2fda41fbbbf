//! Whatever dies, the call is back; and a room that is gone leaves.

use std::time::Duration;

use room_messages::api::{Homeserver, Phase, Status};
use salle_peers::{Observation, Peer};
use salle_scenarios::{Room, Scene, SceneOptions};
use salle_stack::{BadUplink, Cut};
use tokio::time::{Instant, sleep};

use crate::keys::{key_above, settled_key};
use crate::meet::{
    GUEST_HZ, SOON, guest, guest_outside, in_call, is_in_call, peer_gets_room, peer_in_call,
    peer_recognises_room, room_gets_person, room_gets_person_in_a_crowd, room_in_call,
    room_options, unix_ms,
};
use crate::steady::{Eye, more_frames, watching};

/// Of a room's own picture.
const THREE_SECONDS: u64 = 75;

fn with_nobody(status: &Status) -> bool {
    in_call(status) && status.call.participants.is_empty()
}

async fn both_ways(scene: &Scene, room: &Room, peer: &Peer) {
    peer_gets_room(peer, scene).await;
    room_gets_person(room, &scene.people[0].user_id, 1000).await;
}

/// The room at the guest, and the guest, who is `person`, at the room.
fn eyes<'a>(scene: &Scene, room: &'a Room, guest: &'a Room, person: usize) -> [Eye<'a>; 2] {
    [
        Eye::Room(guest, scene.account.user_id.clone()),
        Eye::Room(room, scene.people[person].user_id.clone()),
    ]
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_daemon_is_killed_the_call_is_back() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let mut room = room_in_call(&scene).await;
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    both_ways(&scene, &room, &peer).await;
    mediad_is_killed(&scene, &room, &peer).await;

    let mediad = room.mediad_pid().unwrap();
    let killed_ms = unix_ms();
    room.kill().await;
    let due = leave_due_ms(&scene).await - killed_ms;
    assert!(due < 20_000, "due {due} ms after its end");
    let alone = |seen: &Observation| seen.members.len() == 1;
    peer.wait_until("the room's membership gone", alone, SOON)
        .await
        .unwrap();
    let gone_after = left_at_ms(&scene).await - killed_ms;
    eprintln!("left {gone_after} ms after its end");
    let camera_holder = std::path::PathBuf::from(format!("/proc/{mediad}"));
    assert!(!camera_holder.exists(), "mediad outlived roomd");

    room.start_again().await.unwrap();
    is_in_call(&room).await;
    both_ways(&scene, &room, &peer).await;
}

async fn mediad_is_killed(scene: &Scene, room: &Room, peer: &Peer) {
    let before = room.mediad_pid().unwrap();
    let eyes = [
        Eye::Peer(peer, scene.account.user_id.clone()),
        Eye::Room(room, scene.people[0].user_id.clone()),
    ];
    let (killed, film) = watching(&eyes, async {
        more_frames(&eyes, 10, SOON).await;
        let killed = Instant::now();
        room.kill_mediad();
        let another = |_: &Status| room.mediad_pid().is_some_and(|pid| pid != before);
        room.wait_until("another mediad", another, SOON)
            .await
            .unwrap();
        more_frames(&eyes, THREE_SECONDS, SOON).await;
        both_ways(scene, room, peer).await;
        killed
    })
    .await;
    film.was_back_within(Duration::from_secs(5), killed);
}

/// The room's membership event, and whether it says that the room is in the call.
async fn own_membership(scene: &Scene) -> Option<(u64, bool)> {
    let user = &scene.account.user_id;
    let state = scene.people[0].all_state(&scene.room_id).await.unwrap();
    let event = state.iter().find(|event| {
        event["type"] == "org.matrix.msc3401.call.member"
            && event["state_key"]
                .as_str()
                .is_some_and(|key| key.contains(user))
    })?;
    let joined = event["content"].get("application").is_some();
    Some((event["origin_server_ts"].as_u64()?, joined))
}

/// When the homeserver will send the leave that the room has scheduled.
async fn leave_due_ms(scene: &Scene) -> u64 {
    let scheduled = scene.account.delayed_events().await.unwrap();
    let [leave] = &scheduled[..] else {
        panic!("one leave: {scheduled:?}");
    };
    let number = |name: &str| leave[name].as_u64().unwrap();
    number("running_since") + number("delay")
}

/// When the homeserver took the leave of the room, by its clock, which is ours.
async fn left_at_ms(scene: &Scene) -> u64 {
    let (at, joined) = own_membership(scene).await.unwrap();
    assert!(!joined);
    at
}

async fn member_since_ms(scene: &Scene) -> Option<u64> {
    let (at, joined) = own_membership(scene).await?;
    joined.then_some(at)
}

/// `mediad` ends where it hurts most: before anything is connected, and between the making of
/// a key and its use.
#[tokio::test(flavor = "multi_thread")]
async fn a_mediad_killed_while_joining_or_while_keys_change_costs_no_call() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let (stays, goes) = (
        guest(&scene, 0, 1000).await,
        guest(&scene, 1, GUEST_HZ).await,
    );
    let room = Room::start(room_options(&scene).await).await.unwrap();
    let stays_at = scene.people[0].user_id.clone();
    room.order_join(&scene.room_id).await.unwrap();
    room.kill_mediad();
    is_in_call(&room).await;
    room_gets_person_in_a_crowd(&room, &stays_at, 1000).await;
    let eyes = eyes(&scene, &room, &stays, 0);
    more_frames(&eyes, THREE_SECONDS, SOON).await;

    let (killed, film) = watching(&eyes, async {
        goes.leave(SOON).await.unwrap();
        let seen = |status: &Status| status.call.participants.len() == 1;
        room.wait_until("the leave", seen, SOON).await.unwrap();
        let killed = Instant::now();
        room.kill_mediad();
        more_frames(&eyes, THREE_SECONDS, SOON).await;
        killed
    })
    .await;
    film.was_back_within(Duration::from_secs(5), killed);
    is_in_call(&room).await;
}

/// Rooms only: Element Call gives up on an SFU that was gone.
#[tokio::test(flavor = "multi_thread")]
async fn an_sfu_that_restarts_gets_the_media_back() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let room = room_in_call(&scene).await;
    let other = guest(&scene, 0, 1000).await;
    let eyes = eyes(&scene, &room, &other, 0);
    more_frames(&eyes, THREE_SECONDS, SOON).await;
    let (returned, film) = watching(&eyes, async {
        scene.site().kill_sfu().await.unwrap();
        sleep(Duration::from_secs(3)).await;
        scene.site().start_sfu().await.unwrap();
        let returned = Instant::now();
        is_in_call(&room).await;
        more_frames(&eyes, 2 * THREE_SECONDS, SOON).await;
        returned
    })
    .await;
    film.was_back_within(Duration::from_secs(10), returned);
    // A fresh one shows that the room is there for it too.
    let peer = peer_in_call(scene.peer_options(1, GUEST_HZ)).await;
    peer_gets_room(&peer, &scene).await;
    room_gets_person_in_a_crowd(&room, &scene.people[1].user_id, GUEST_HZ).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn media_never_stops_while_the_homeserver_is_away() {
    let scene = Scene::start(SceneOptions {
        people: vec!["alice", "bob", "carol"],
        ..SceneOptions::default()
    })
    .await
    .unwrap();
    let user = scene.account.user_id.clone();
    let room = room_in_call(&scene).await;
    let peer = peer_in_call(scene.peer_options(0, 1000)).await;
    let other = guest(&scene, 1, GUEST_HZ).await;
    let late = guest_outside(&scene.people[2], 2000).await;
    peer_recognises_room(&peer, &scene).await;
    room_gets_person_in_a_crowd(&room, &scene.people[0].user_id, 1000).await;
    let mediad = room.mediad_pid();
    let [at_guest, of_guest] = eyes(&scene, &room, &other, 1);
    let eyes = [at_guest, of_guest, Eye::Peer(&peer, user.clone())];
    more_frames(&eyes, THREE_SECONDS, SOON).await;

    let ((started_ms, returned_ms), film) = watching(&eyes, async {
        scene.site().stop_homeserver().await.unwrap();
        sleep(Duration::from_secs(60)).await;
        let offline = room.status().await.unwrap();
        assert_eq!(offline.room.homeserver, Homeserver::Offline);
        let started_ms = unix_ms();
        scene.site().start_homeserver().await.unwrap();
        (started_ms, unix_ms())
    })
    .await;
    film.never_stood_longer_than(Duration::from_secs(1));
    assert_eq!(room.mediad_pid(), mediad);
    let online = |status: &Status| status.room.homeserver == Homeserver::Online;
    for one in [&room, &late] {
        one.wait_until("online", online, SOON).await.unwrap();
    }
    let member_ms = member_again_ms(&scene, &room, started_ms).await;
    is_in_call(&room).await;
    let right_after = member_ms.saturating_sub(returned_ms);
    eprintln!("a member again {right_after} ms after the return");
    assert!(right_after < 10_000, "{right_after} ms");
    keys_still_change(&scene, &room, &peer, &late).await;
}

/// When the homeserver took a membership of the room written after `started_ms`. It has sent the
/// leave that was due while it was away.
async fn member_again_ms(scene: &Scene, room: &Room, started_ms: u64) -> u64 {
    let end = Instant::now() + SOON;
    loop {
        let since = member_since_ms(scene).await;
        if let Some(since) = since.filter(|since| *since >= started_ms) {
            return since;
        }
        assert!(Instant::now() < end, "not a member: {}", room.log());
        sleep(Duration::from_millis(100)).await;
    }
}

/// Another comes and goes: each time the room's key is a new one, and everybody can use it.
async fn keys_still_change(scene: &Scene, room: &Room, peer: &Peer, late: &Room) {
    let user = scene.account.user_id.clone();
    let mut index = settled_key(peer, &user).await;
    let at_peer = [Eye::Peer(peer, user.clone())];
    let at_late = eyes(scene, room, late, 2);
    for comes in [true, false] {
        if comes {
            late.join(&scene.room_id).await.unwrap();
            more_frames(&at_late, THREE_SECONDS, SOON).await;
        } else {
            late.leave(SOON).await.unwrap();
        }
        index = key_above(peer, &user, index).await;
        more_frames(&at_peer, THREE_SECONDS, SOON).await;
    }
}

/// State keys of the memberships that are not leaves.
async fn members(scene: &Scene) -> Vec<String> {
    let members = scene.account.call_members(&scene.room_id).await.unwrap();
    members.into_iter().map(|(key, _)| key).collect()
}

/// Longer than every time-out on the way: ICE, signalling, the delayed leave. `SALLE_CUT_S` asks
/// for another length, e.g. the five minutes of the promise.
fn cut() -> Duration {
    let asked = std::env::var("SALLE_CUT_S").ok();
    Duration::from_secs(asked.and_then(|text| text.parse().ok()).unwrap_or(45))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_cut_network_ends_in_the_same_call() {
    let scene = Scene::start(SceneOptions::default()).await.unwrap();
    let other = guest(&scene, 0, 1000).await;
    let mut options = room_options(&scene).await;
    // Not used by anything else; only root may take it.
    let group = 100_000 + std::process::id();
    options.group = BadUplink::is_allowed().then_some(group);
    let room = Room::start(options).await.unwrap();
    room.join(&scene.room_id).await.unwrap();
    let eyes = eyes(&scene, &room, &other, 0);
    more_frames(&eyes, THREE_SECONDS, SOON).await;
    let before = (room.status().await.unwrap().call, members(&scene).await);

    cut_off(&scene, group, async {
        sleep(cut()).await;
        let lost = room.status().await.unwrap();
        assert_eq!(lost.call.phase, Phase::Reconnecting, "{lost:?}");
        if BadUplink::is_allowed() {
            other
                .wait_until("the room gone", with_nobody, SOON)
                .await
                .unwrap();
        }
    })
    .await;
    let back = |status: &Status| in_call(status) && status.room.homeserver == Homeserver::Online;
    let status = room
        .wait_until("back in the call", back, SOON)
        .await
        .unwrap();
    more_frames(&eyes, THREE_SECONDS, SOON).await;
    room_gets_person(&room, &scene.people[0].user_id, 1000).await;
    assert_eq!(status.call.room_id, before.0.room_id);
    let mut after = members(&scene).await;
    after.sort();
    let mut members_before = before.1;
    members_before.sort();
    assert_eq!(after, members_before, "the same memberships");
}

/// The room reaches nobody meanwhile. Without root nobody is reached by anybody: the servers
/// stand still.
async fn cut_off(scene: &Scene, group: u32, meanwhile: impl Future<Output = ()>) {
    if BadUplink::is_allowed() {
        let _cut = Cut::begin(group).unwrap();
        return meanwhile.await;
    }
    scene.site().freeze_homeserver().await.unwrap();
    scene.site().freeze_sfu().await.unwrap();
    meanwhile.await;
    scene.site().unfreeze_sfu().await.unwrap();
    scene.site().unfreeze_homeserver().await.unwrap();
}
