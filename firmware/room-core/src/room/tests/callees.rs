//! One story per rule about people who are called, and those who knock.

use room_messages::api::Phase;
use serde_json::json;

use super::world::{Mood, OWN, ROOM, SERVICE, World, in_call};
use crate::input::{Ask, Input};
use crate::matrix::MatrixFact;
use crate::rtc::ring;

const CLARA: &str = "@clara:elsewhere.org";

fn add(world: &mut World, who: &str) {
    let target = who.to_owned();
    let ask = Ask::Add { target };
    assert_eq!(world.room.check(&ask), Ok(()));
    world.ask(ask);
    world.settle();
}

fn comes_into_the_room(world: &mut World, who: &str) {
    world.joined.push((who.to_owned(), None));
    world.tell_state();
    world.settle();
}

#[test]
fn a_meeting_that_begins_now_has_a_room_of_its_own_which_is_where_a_restart_leads() {
    let mut world = World::ready(Mood::Kind);
    assert_eq!(world.room.check(&Ask::Meet), Ok(()));
    world.ask(Ask::Meet);
    assert_eq!(world.phase(), Phase::Joining);
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
    assert_eq!(world.made[0]["name"], "Room");
    assert_eq!(world.status().call.target.as_deref(), Some(ROOM));
    assert_eq!(world.remembered.as_deref(), Some(ROOM));
    world.ask(Ask::Leave);
    world.settle();
    assert_eq!(
        (world.phase(), world.remembered.clone()),
        (Phase::Idle, None)
    );
}

#[test]
fn a_homeserver_that_makes_no_room_is_named_and_one_that_asks_to_wait_is_asked_again() {
    let mut world = World::ready(Mood::NotInvited);
    world.ask(Ask::Meet);
    world.settle();
    assert_eq!(world.status().call.problem.unwrap().code, "ROOM-07");

    let mut world = World::ready(Mood::Kind);
    world.busy.insert("Make", 1);
    world.ask(Ask::Meet);
    world.settle();
    assert_eq!(world.phase(), Phase::Joining);
    world.pass(6);
    assert_eq!(world.phase(), Phase::InCall);
}

#[test]
fn calling_a_person_rings_once_they_are_in_the_room() {
    let mut world = World::ready(Mood::Kind);
    world.ask(Ask::Join {
        target: CLARA.into(),
    });
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
    assert_eq!(world.made[0]["invite"], json!([CLARA]));
    assert_eq!(world.status().call.calling, [CLARA]);
    assert!(world.sent.is_empty() && world.invited.is_empty());
    // After a restart the room comes back to the call; it does not ring anew.
    assert_eq!(world.remembered.as_deref(), Some(ROOM));
    comes_into_the_room(&mut world, CLARA);
    assert_eq!(world.sent.len(), 1);
    assert_eq!(world.sent[0]["m.mentions"]["user_ids"], json!([CLARA]));
    assert_eq!(world.sent[0]["notification_type"], "ring");
    world.others = vec![world.membership(CLARA, "PHONE", SERVICE)];
    world.tell_state();
    world.settle();
    assert!(world.status().call.calling.is_empty());
    world.pass(120);
    assert!(world.status().call.notices.is_empty());
}

#[test]
fn who_is_added_is_invited_when_outside_and_only_rung_when_inside() {
    let mut world = in_call();
    add(&mut world, "https://matrix.to/#/@anna:example.org");
    assert!(world.invited.is_empty());
    assert_eq!(world.sent.len(), 1);
    add(&mut world, CLARA);
    assert_eq!(
        (world.invited.as_slice(), world.sent.len()),
        (&[CLARA.to_owned()][..], 1)
    );
    comes_into_the_room(&mut world, CLARA);
    assert_eq!(world.sent.len(), 2);
    world.pass(61);
    assert!(world.status().call.calling.is_empty());
    let notices = world.status().call.notices;
    assert_eq!(notices.last().unwrap().code, "PEOPLE-03");
    world.pass(30);
    assert!(world.status().call.notices.is_empty());
}

#[test]
fn who_declines_is_told() {
    let mut world = in_call();
    add(&mut world, "@anna:example.org");
    let event = json!({
        "type": ring::DECLINE_KIND, "sender": "@anna:example.org", "event_id": "$no",
        "origin_server_ts": world.now.unix_ms, "content": ring::decline_content(&world.raised[0]),
    });
    let room = ROOM.into();
    world.happens(Input::Matrix(MatrixFact::Timeline { room, event }));
    let call = world.status().call;
    assert!(call.calling.is_empty());
    assert_eq!(call.notices.last().unwrap().code, "PEOPLE-02");
}

#[test]
fn what_cannot_be_added_is_said_at_once() {
    let world = World::ready(Mood::Kind);
    let said = |world: &World, target: &str| {
        let target = target.to_owned();
        world.room.check(&Ask::Add { target }).unwrap_err().code
    };
    assert_eq!(said(&world, CLARA), "CALL-03");
    let world = in_call();
    assert_eq!(said(&world, "#room:example.org"), "TARGET-07");
    assert_eq!(said(&world, OWN), "PEOPLE-04");
}

#[test]
fn who_knocks_is_let_in_by_the_rule_for_invitations_once() {
    let mut world = in_call();
    world.knocking = vec!["@dora:example.org".into(), "@eve:elsewhere.org".into()];
    for _ in 0..3 {
        world.tell_state();
        world.settle();
    }
    assert_eq!(world.invited, ["@dora:example.org"]);
    // Knocked again, after it was sent away.
    world.knocking.clear();
    world.tell_state();
    world.settle();
    world.knocking = vec!["@dora:example.org".into()];
    world.tell_state();
    world.settle();
    assert_eq!(world.invited.len(), 2);
    assert!(world.sent.is_empty());
}

#[test]
fn a_room_that_is_made_has_no_call_before_it_is_encrypted() {
    let mut world = World::ready(Mood::Kind);
    world.encrypted = false;
    world.ask(Ask::Meet);
    world.settle();
    assert_eq!(world.phase(), Phase::Joining);
    assert!(world.mediad.connections.is_empty() && !world.member);
    world.encrypted = true;
    world.tell_state();
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
    assert!(world.mediad.own_key.is_some());
}

#[test]
fn a_call_in_the_clear_ends_when_its_room_becomes_encrypted() {
    let mut world = World::ready(Mood::Kind);
    world.encrypted = false;
    world.join();
    world.settle();
    assert_eq!((world.phase(), world.mediad.own_key), (Phase::InCall, None));
    world.encrypted = true;
    world.tell_state();
    world.settle();
    assert_eq!(world.status().call.problem.unwrap().code, "ROOM-08");
    assert!(world.mediad.connections.is_empty());
}
