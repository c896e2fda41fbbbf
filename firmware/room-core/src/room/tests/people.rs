//! One story per rule about others in the call: who is shown, who rings, whose hand is up.

use room_messages::api::{
    Button, ConnectionQuality, Encryption, Layout, Move, Phase, SecurityLevel, View,
};
use room_messages::{Decryption, EndReason, Fact, Identity, PeerTrack, SfuId, SfuState, Source};

use super::world::{Mood, OWN, ROOM, SERVICE, World, in_call};
use crate::input::{Ask, BoardFact, Input};
use crate::matrix::MatrixFact;

#[test]
fn a_crashed_participant_is_marked_and_one_whose_membership_vanishes_is_kept_for_a_moment() {
    let mut world = in_call();
    world.others = vec![world.membership("@anna:example.org", "ANNA", SERVICE)];
    world.tell_state();
    world.settle();
    let present = |identities: &[&str]| {
        let identities = identities.iter().map(|one| Identity((*one).into()));
        Input::Media(Fact::Present {
            sfu: SfuId::OWN,
            identities: identities.collect(),
        })
    };
    let shown = |world: &World| {
        let status = world.status();
        let each = status.call.participants.iter();
        each.map(|participant| participant.present)
            .collect::<Vec<_>>()
    };
    world.happens(present(&[]));
    world.pass(59);
    assert_eq!(shown(&world), [true]);
    world.pass(2);
    assert_eq!(shown(&world), [false]);
    world.happens(present(&["@anna:example.org:ANNA"]));
    assert_eq!(shown(&world), [true]);
    world.others.clear();
    world.tell_state();
    world.settle();
    world.pass(9);
    assert_eq!(shown(&world), [true]);
    world.pass(2);
    assert!(shown(&world).is_empty());
}

#[test]
fn a_participant_who_says_goodbye_is_gone_at_once_though_still_connected() {
    let mut world = in_call();
    let mut anna = world.membership("@anna:example.org", "ANNA", SERVICE);
    world.others = vec![anna.clone()];
    world.tell_state();
    world.settle();
    world.happens(Input::Media(Fact::Present {
        sfu: SfuId::OWN,
        identities: vec![Identity("@anna:example.org:ANNA".into())],
    }));
    anna["content"] = serde_json::json!({});
    anna["event_id"] = "$goodbye".into();
    world.others = vec![anna];
    world.tell_state();
    world.settle();
    assert!(world.status().call.participants.is_empty());
}

#[test]
fn a_peer_is_shown_with_what_its_tracks_prove() {
    let mut world = in_call();
    let anna = world.membership("@anna:example.org", "PHONE", SERVICE);
    let ben = world.membership("@ben:elsewhere.org", "PC", "https://rtc.elsewhere.org");
    world.others = vec![anna, ben];
    world.tell_state();
    world.settle();
    assert_eq!(world.mediad.connections.len(), 2);
    let track = |decryption| PeerTrack {
        sfu: SfuId::OWN,
        identity: Identity("@anna:example.org:PHONE".into()),
        source: Source::Microphone,
        sid: "TR_1".into(),
        muted: false,
        decryption,
        since_ms: world.now.unix_ms,
    };
    let wrong = vec![track(Decryption::WrongKey { index: 3 })];
    world.happens(Input::Media(Fact::PeerTracks { tracks: wrong }));
    let call = world.status().call;
    let shown = call
        .participants
        .iter()
        .find(|p| p.user == "@anna:example.org")
        .unwrap();
    assert_eq!(
        (shown.name.as_str(), shown.encryption.state),
        ("Anna", Encryption::WrongKey)
    );
    assert_eq!(call.security.level, SecurityLevel::Degraded);
    assert_eq!(
        call.security.reasons[0].participant.as_deref(),
        Some("Anna (@anna:example.org)")
    );
    world.others.clear();
    world.tell_state();
    world.settle();
    assert_eq!(world.mediad.connections.len(), 1);
}

#[test]
fn who_is_removed_by_a_moderator_does_not_come_back_by_itself() {
    let mut world = in_call();
    let state = SfuState::Ended {
        reason: EndReason::Removed,
    };
    world.happens(Input::Media(Fact::Sfu {
        sfu: SfuId::OWN,
        state,
    }));
    world.pass(60);
    assert_eq!(world.phase(), Phase::Failed);
    assert_eq!(world.status().call.problem.unwrap().code, "SFU-05");
    assert!(!world.member);
}

#[test]
fn the_own_hand_goes_up_and_down() {
    let mut world = in_call();
    world.ask(Ask::Hand { raised: true });
    world.settle();
    assert!(world.status().call.hand_raised);
    world.ask(Ask::Hand { raised: false });
    world.settle();
    assert!(!world.status().call.hand_raised);
}

#[test]
fn a_call_rings_until_it_is_joined_by_the_button() {
    let mut world = World::ready(Mood::Kind);
    let anna = world.membership("@anna:example.org", "PHONE", SERVICE);
    world.others = vec![anna];
    let event = serde_json::json!({
        "type": "org.matrix.msc4075.rtc.notification", "sender": "@anna:example.org",
        "event_id": "$ring", "origin_server_ts": world.now.unix_ms,
        "content": {
            "notification_type": "ring", "sender_ts": world.now.unix_ms, "lifetime": 30_000,
            "m.mentions": {"user_ids": [OWN], "room": false},
        },
    });
    world.happens(Input::Matrix(MatrixFact::Timeline {
        room: ROOM.into(),
        event,
    }));
    world.settle();
    let ringing = world.status().ringing;
    assert_eq!(ringing.len(), 1);
    assert_eq!(
        (ringing[0].room_id.as_str(), ringing[0].caller.as_str()),
        (ROOM, "Anna")
    );
    assert_eq!(world.mediad.ring, 60);
    world.happens(Input::Hush(true));
    assert_eq!(world.mediad.ring, 0);
    world.happens(Input::Hush(false));
    assert_eq!(world.mediad.ring, 60);
    world.happens(Input::Board(BoardFact::Pressed(Button::Join)));
    // From the press on, not only once the call is joined.
    assert_eq!(world.mediad.ring, 0);
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
    assert!(world.status().ringing.is_empty());
    world.ask(Ask::Leave);
    world.settle();
    world.pass(60);
    assert_eq!(world.watched, None);
}

#[test]
fn a_second_ring_in_a_room_that_is_watched_already_is_heard_too() {
    let mut world = World::ready(Mood::Kind);
    let anna = world.membership("@anna:example.org", "PHONE", SERVICE);
    let ben = world.membership("@ben:elsewhere.org", "PC", SERVICE);
    let ring = |world: &World, sender: &str| {
        let event = serde_json::json!({
            "type": "org.matrix.msc4075.rtc.notification", "sender": sender,
            "event_id": format!("$ring{sender}"), "origin_server_ts": world.now.unix_ms,
            "content": {
                "notification_type": "ring", "sender_ts": world.now.unix_ms,
                "lifetime": 90_000, "m.mentions": {"user_ids": [OWN], "room": false},
            },
        });
        Input::Matrix(MatrixFact::Timeline {
            room: ROOM.into(),
            event,
        })
    };
    world.others = vec![anna];
    world.happens(ring(&world, "@anna:example.org"));
    world.settle();
    assert_eq!(world.status().ringing.len(), 1);
    // Anna gives up, and Ben is there before he rings.
    world.others = vec![ben];
    world.tell_state();
    world.settle();
    assert!(world.status().ringing.is_empty());
    world.happens(ring(&world, "@ben:elsewhere.org"));
    world.settle();
    assert_eq!(world.status().ringing.len(), 1);
}

#[test]
fn only_the_own_users_decline_silences_the_bell() {
    let mut world = World::ready(Mood::Kind);
    let anna = world.membership("@anna:example.org", "PHONE", SERVICE);
    world.others = vec![anna];
    let event = |kind: &str, sender: &str, content: serde_json::Value| {
        let event = serde_json::json!({
            "type": kind, "sender": sender, "event_id": format!("${kind}{sender}"),
            "origin_server_ts": 1_700_000_000_000_u64, "content": content,
        });
        Input::Matrix(MatrixFact::Timeline {
            room: ROOM.into(),
            event,
        })
    };
    let ring = serde_json::json!({
        "notification_type": "ring", "sender_ts": world.now.unix_ms, "lifetime": 90_000,
        "m.mentions": {"user_ids": [OWN], "room": false},
    });
    let kind = "org.matrix.msc4075.rtc.notification";
    world.happens(event(kind, "@anna:example.org", ring));
    world.settle();
    let notification = format!("${kind}@anna:example.org");
    let decline = crate::rtc::ring::decline_content(&notification);
    let kind = crate::rtc::ring::DECLINE_KIND;
    world.happens(event(kind, "@ben:elsewhere.org", decline.clone()));
    assert_eq!(world.status().ringing.len(), 1);
    world.happens(event(
        kind,
        OWN,
        crate::rtc::ring::decline_content("$other"),
    ));
    assert_eq!(world.status().ringing.len(), 1);
    world.happens(event(kind, OWN, decline));
    assert!(world.status().ringing.is_empty());
}

#[test]
fn a_hand_raised_before_the_room_came_is_seen() {
    let mut world = World::ready(Mood::Kind);
    let anna = world.membership("@anna:example.org", "ANNA", SERVICE);
    let membership = anna["event_id"].as_str().unwrap().to_owned();
    world.others = vec![anna];
    world.reactions = vec![serde_json::json!({
        "type": "m.reaction", "sender": "@anna:example.org", "event_id": "$hand",
        "origin_server_ts": world.now.unix_ms,
        "content": crate::rtc::hands::raise_content(&membership),
    })];
    world.join();
    world.settle();
    assert!(world.status().call.participants[0].hand_raised);
}

#[test]
fn ratings_of_connections_stand_in_the_status_and_beside_the_figures() {
    let mut world = in_call();
    world.others = vec![world.membership("@anna:example.org", "ANNA", SERVICE)];
    world.tell_state();
    world.settle();
    let status = world.status();
    assert_eq!(status.call.connection, None, "nothing is guessed");
    assert_eq!(status.call.participants[0].connection, None);
    let anna = Identity("@anna:example.org:ANNA".into());
    world.happens(Input::Media(Fact::ConnectionQuality {
        sfu: SfuId::OWN,
        own: Some(ConnectionQuality::Excellent),
        others: [(anna, ConnectionQuality::Poor)].into(),
    }));
    let status = world.status();
    assert_eq!(status.call.connection, Some(ConnectionQuality::Excellent));
    let person = &status.call.participants[0];
    assert_eq!(person.connection, Some(ConnectionQuality::Poor));
    let figures = world.room.statistics(Vec::new()).connections;
    let named: Vec<_> = figures
        .iter()
        .map(|one| (one.user.as_deref(), one.quality))
        .collect();
    let wanted = [
        (None, ConnectionQuality::Excellent),
        (Some("@anna:example.org"), ConnectionQuality::Poor),
    ];
    assert_eq!(named, wanted);
    world.media_down();
    assert_eq!(world.status().call.connection, None);
}

#[test]
fn a_moderators_mute_is_shown_and_a_press_on_mute_opens_the_microphone_again() {
    let mut world = in_call();
    assert!(!world.mediad.muted && world.mediad.camera);
    for source in [Source::Microphone, Source::Camera] {
        world.happens(Input::Media(Fact::MutedByServer { source }));
    }
    world.settle();
    let status = world.status();
    assert!(status.microphone.muted && !status.microphone.hardware_muted);
    assert!(!status.camera.on);
    assert!(world.mediad.muted && !world.mediad.camera);
    world.happens(Input::Board(BoardFact::Pressed(Button::Mute)));
    world.ask(Ask::Camera { on: true });
    world.settle();
    assert!(!world.status().microphone.muted && !world.mediad.muted);
    assert!(world.status().camera.on && world.mediad.camera);
}

#[test]
fn what_anna_shares_is_large_until_somebody_chooses_otherwise_and_the_call_ends() {
    let mut world = in_call();
    let refused = |world: &World, layout| world.room.check(&Ask::Arrange(layout)).unwrap_err().code;
    world.others = vec![world.membership("@anna:example.org", "ANNA", SERVICE)];
    world.tell_state();
    world.settle();
    assert_eq!(refused(&world, Layout::Content), "STAGE-01");
    world.ask(Ask::Arrange(Layout::Speaker));
    let anna = Identity("@anna:example.org:ANNA".into());
    let tracks = |decryption, muted| {
        let track = PeerTrack {
            sfu: SfuId::OWN,
            identity: anna.clone(),
            source: Source::ScreenShare,
            sid: "TR_screen".into(),
            muted,
            decryption,
            since_ms: 0,
        };
        Input::Media(Fact::PeerTracks {
            tracks: vec![track],
        })
    };
    for (decryption, muted, layout) in [
        (Decryption::Refused, false, Layout::Speaker),
        (Decryption::Decrypting, true, Layout::Speaker),
        (Decryption::Decrypting, false, Layout::Content),
    ] {
        world.happens(tracks(decryption, muted));
        assert_eq!(world.status().stage.layout, layout);
        assert_eq!(world.mediad.arrangement.layout, layout);
    }
    assert_eq!(world.mediad.arrangement.content, Some(anna.clone()));
    world.ask(Ask::Arrange(Layout::Grid));
    assert_eq!(world.mediad.arrangement.layout, Layout::Grid);
    world.ask(Ask::Leave);
    world.settle();
    assert_eq!(refused(&world, Layout::Grid), "CALL-03");
    assert_eq!(
        world.mediad.arrangement,
        room_messages::Arrangement::default()
    );
}

#[test]
fn who_answers_becomes_large_a_moment_later_without_another_word_from_mediad() {
    let mut world = in_call();
    let people = [("@anna:example.org", "ANNA"), ("@ben:elsewhere.org", "BEN")];
    world.others = people
        .map(|(user, device)| world.membership(user, device, SERVICE))
        .into();
    world.tell_state();
    world.settle();
    world.ask(Ask::Arrange(Layout::Speaker));
    let [anna, ben] = people.map(|(user, device)| Identity(format!("{user}:{device}")));
    let speaks = |who: &Identity| {
        let identities = vec![who.clone()];
        Input::Media(Fact::Speaking { identities })
    };
    world.happens(speaks(&anna));
    assert_eq!(world.mediad.arrangement.speaker, Some(anna.clone()));
    world.happens(speaks(&ben));
    assert_eq!(world.mediad.arrangement.speaker, Some(anna));
    world.pass(3);
    assert_eq!(world.mediad.arrangement.speaker, Some(ben));
}

#[test]
fn the_camera_turns_in_a_call_while_it_is_on_and_rests_after_it_with_its_presets_kept() {
    let turn = Ask::Turn(Move {
        zoom: 2,
        ..Move::default()
    });
    let mut world = World::ready(Mood::Kind);
    assert_eq!(world.room.check(&turn).unwrap_err().code, "CALL-03");
    world.join();
    world.settle();
    assert!(world.room.check(&turn).is_ok());
    world.ask(turn.clone());
    assert_eq!(world.mediad.view.zoom, 144);
    world.ask(Ask::KeepView("Table".into()));
    let kept = world.presets.clone();
    assert_eq!(kept[0].view, world.mediad.view);
    world.ask(Ask::Camera { on: false });
    assert_eq!(world.room.check(&turn).unwrap_err().code, "CAM-08");
    world.ask(turn);
    assert_eq!(world.mediad.view.zoom, 144);
    world.ask(Ask::Leave);
    world.settle();
    assert_eq!(world.mediad.view, View::default());
    let mut again = in_call();
    again.happens(Input::Presets(kept));
    assert_eq!(again.status().camera.presets, ["overview", "Table"]);
    again.ask(Ask::LookAt("Table".into()));
    assert_eq!(again.mediad.view.zoom, 144);
    again.media_down();
    again.media_up();
    assert_eq!(again.mediad.view.zoom, 144);
}
