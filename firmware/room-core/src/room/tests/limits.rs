//! A homeserver that asks to wait: everything is done in the end, and nothing asked too early.

use room_messages::api::Phase;

use super::world::{Mood, ROOM, SERVICE, World};
use crate::input::{Ask, Input};
use crate::matrix::MatrixFact;

#[test]
fn each_question_of_a_join_is_asked_again_after_the_wait() {
    let kinds = [
        "Resolve",
        "Enter",
        "AskTransports",
        "AskToken",
        "Keep",
        "SendKey",
        "AskReactions",
    ];
    for kind in kinds {
        for times in [1, 2] {
            let mut world = World::ready(Mood::Kind);
            let anna = world.membership("@anna:example.org", "ANNA", SERVICE);
            world.others = vec![anna];
            world.busy.insert(kind, times);
            world.ask(Ask::Join {
                target: "#call:example.org".into(),
            });
            world.settle();
            world.pass(24);
            assert_eq!(world.phase(), Phase::InCall, "{kind} {times}");
            assert_eq!(world.busy[kind], 0, "{kind} was asked again");
            assert!(world.keyed.iter().any(|peer| peer.device == "ANNA"));
        }
    }
}

#[test]
fn a_homeserver_that_asks_for_longer_than_a_join_may_take_is_named_and_not_the_transport() {
    for kind in ["Resolve", "Enter", "AskTransports"] {
        let mut world = World::ready(Mood::Kind);
        world.busy.insert(kind, u32::MAX);
        world.ask(Ask::Join {
            target: "#call:example.org".into(),
        });
        world.settle();
        world.pass(31);
        assert_eq!(world.phase(), Phase::Failed, "{kind}");
        let problem = world.status().call.problem.unwrap();
        assert_eq!(problem.code, "HS-08", "{kind}");
        assert!(!world.member, "{kind}");
    }
}

#[test]
fn a_hand_that_goes_up_and_down_beyond_the_limit_ends_as_it_was_wanted() {
    for last in [true, false] {
        let mut world = World::ready(Mood::Kind);
        world.join();
        world.settle();
        world.busy.insert("Send", 3);
        world.busy.insert("Redact", 3);
        for raised in [true, false, true, !last, last] {
            world.ask(Ask::Hand { raised });
            world.settle();
        }
        world.pass(60);
        assert_eq!(world.status().call.hand_raised, last);
        assert_eq!(world.raised.len(), usize::from(last));
    }
}

#[test]
fn an_invitation_met_with_a_rate_limit_is_accepted_after_the_wait() {
    let mut world = World::ready(Mood::Kind);
    world.busy.insert("Accept", 2);
    world.happens(Input::Matrix(MatrixFact::Invited {
        room: ROOM.into(),
        inviter: Some("@anna:example.org".into()),
    }));
    world.settle();
    assert!(world.accepted.is_empty());
    world.pass(9);
    assert!(world.accepted.is_empty());
    world.pass(2);
    assert_eq!(world.accepted, [ROOM]);
}
