//! One story per rule.

use room_messages::api::{Homeserver, Phase, SecurityLevel, Text};
use room_messages::{DeviceState, Fact, Screen, Source};

use super::world::{Mood, OWN, ROOM, SERVICE, World, account, in_call};
use crate::input::{Ask, BoardFact, Input};
use crate::matrix::MatrixFact;

#[test]
fn a_join_ends_in_the_call_encrypted_and_remembered() {
    let world = in_call();
    let status = world.status();
    assert_eq!(status.call.security.level, SecurityLevel::Encrypted);
    assert_eq!(status.call.room_id.as_deref(), Some(ROOM));
    assert_eq!(status.call.name.as_deref(), Some("Daily"));
    assert!(status.call.leaves_by_itself && status.call.since_ms.is_some());
    assert!(world.member && world.delayed && !world.mediad.muted && world.mediad.camera);
    assert_eq!(world.mediad.own_key, Some(0));
    assert_eq!(world.remembered.as_deref(), Some(ROOM));
    let steps: Vec<_> = world.room.timeline().into_iter().map(|m| m.step).collect();
    for step in [
        "resolved",
        "token",
        "sfu_connected",
        "membership",
        "in_call",
    ] {
        assert!(steps.iter().any(|s| s == step), "{step} in {steps:?}");
    }
}

#[test]
fn a_join_without_a_media_process_names_it_soon_and_works_once_it_is_there() {
    let mut world = World::new(Mood::Kind);
    world.happens(Input::Matrix(MatrixFact::LoggedIn(account())));
    assert!(world.status().faults.is_empty());
    world.media_down();
    let named = |world: &World| world.status().faults.iter().any(|f| f.code == "MEDIA-01");
    assert!(named(&world));
    world.join();
    world.settle();
    world.pass(6);
    assert_eq!(world.phase(), Phase::Joining);
    world.media_down();
    world.pass(4);
    assert_eq!(world.phase(), Phase::Failed);
    assert_eq!(world.status().call.problem.unwrap().code, "MEDIA-01");
    assert!(!world.member);
    world.media_up();
    world.join();
    world.settle();
    assert!(world.phase() == Phase::InCall && !named(&world));
}

#[test]
fn after_a_minute_without_the_homeserver_the_room_is_a_member_and_a_peer_that_rejoins_has_a_key() {
    let mut world = in_call();
    world.others = vec![world.membership("@anna:example.org", "ANNA", SERVICE)];
    world.tell_state();
    world.settle();
    world.mood = Mood::Away;
    world.happens(Input::Matrix(MatrixFact::Offline));
    let connections = world.mediad.connections.clone();
    world.pass(60);
    assert_eq!(world.status().room.homeserver, Homeserver::Offline);
    // Media goes on, and nothing claims that it does not.
    assert_eq!(world.phase(), Phase::InCall);
    assert_eq!(world.mediad.connections, connections);
    assert!(world.mediad.own_key.is_some() && !world.mediad.muted);
    // Both scheduled leaves were sent meanwhile; Anna has noticed and joined again.
    (world.mood, world.member, world.delayed) = (Mood::Kind, false, false);
    world.keyed.clear();
    world.others = vec![world.membership("@anna:example.org", "ANNA", SERVICE)];
    world.happens(Input::Matrix(MatrixFact::Online));
    world.tell_state();
    world.settle();
    world.pass(10);
    assert_eq!(world.phase(), Phase::InCall);
    assert!(world.member && world.delayed);
    assert!(world.keyed.iter().any(|peer| peer.device == "ANNA"));
    assert_eq!(world.status().room.homeserver, Homeserver::Online);
}

#[test]
fn a_leave_releases_everything_and_forgets_the_call() {
    let mut world = in_call();
    world.ask(Ask::Leave);
    assert_eq!(world.phase(), Phase::Leaving);
    world.settle();
    assert_eq!(world.phase(), Phase::Idle);
    assert!(!world.member && !world.delayed && world.remembered.is_none());
    assert_eq!(world.watched, None);
    assert_eq!(world.status().call.target, None);
}

#[test]
fn while_only_a_person_can_mend_the_login_a_join_is_refused_with_its_reason() {
    let mut world = World::ready(Mood::Kind);
    let problem = crate::problem::Issue::SettingsWrong.about("line 7");
    world.happens(Input::Matrix(MatrixFact::LoginFailed {
        problem: problem.clone(),
        lasting: true,
    }));
    world.join();
    assert_eq!(world.phase(), Phase::Failed);
    assert_eq!(world.status().call.problem, Some(problem.clone()));
    let shown = Screen::Message {
        title: problem.what,
        next: problem.next,
    };
    assert_eq!(world.mediad.screen, Some(shown));
}

#[test]
fn a_fault_during_a_call_is_shown_below_it_until_it_is_mended_and_costs_nothing() {
    let full = || crate::problem::Issue::DiskFull.about("/var/lib/salle");
    let camera = |camera| Fact::Devices {
        camera,
        microphone: DeviceState::Live,
        speaker: DeviceState::Live,
        content: DeviceState::Off,
        volume: 80,
    };
    let table = [
        (
            Input::StateFault(Some(full())),
            Input::StateFault(None),
            "/var/lib/salle",
        ),
        (
            Input::Matrix(MatrixFact::Offline),
            Input::Matrix(MatrixFact::Online),
            "https://example.org",
        ),
        (
            Input::Media(camera(DeviceState::Failed)),
            Input::Media(camera(DeviceState::Live)),
            "camera",
        ),
    ];
    for (fault, mended, named) in table {
        let mut world = in_call();
        let notice = |world: &World| match world.mediad.screen.clone() {
            Some(Screen::Call { notice, .. }) => notice,
            other => panic!("shows {other:?}"),
        };
        assert_eq!(notice(&world), Text::default());
        world.happens(fault);
        let shown = notice(&world);
        let problem = world.status().faults[0].clone();
        for (shown, what, next) in [
            (shown.en.clone(), problem.what.en, problem.next.en),
            (shown.fr.clone(), problem.what.fr, problem.next.fr),
        ] {
            assert!(shown.contains(&what) && shown.contains(&next), "{shown}");
        }
        assert!(shown.en.contains(named), "{shown:?}");
        assert_eq!(world.phase(), Phase::InCall);
        world.happens(mended);
        assert_eq!(notice(&world), Text::default());
    }
}

#[test]
fn what_keeps_a_session_from_coming_up_is_what_a_join_names() {
    let full = || crate::problem::Issue::DiskFull.about("/var/lib/salle");
    let mut world = World::new(Mood::Kind);
    world.media_up();
    world.happens(Input::StateFault(Some(full())));
    world.join();
    assert_eq!(world.status().call.problem, Some(full()));
    world.happens(Input::StateFault(None));
    let away = crate::problem::Issue::HomeserverUnreachable.about("https://example.org");
    world.happens(Input::Matrix(MatrixFact::LoginFailed {
        problem: away.clone(),
        lasting: false,
    }));
    world.join();
    assert_eq!(world.phase(), Phase::Joining);
    world.pass(31);
    assert_eq!(world.status().call.problem, Some(away));
}

#[test]
fn every_failure_names_its_problem_shows_it_and_releases_everything() {
    let table = [
        (Mood::RoomUnknown, "ROOM-01"),
        (Mood::NotInvited, "ROOM-02"),
        (Mood::NoPower, "ROOM-03"),
        (Mood::NoTransport, "RTC-01"),
        (Mood::TokenRefused, "RTC-03"),
        (Mood::TokenFailing, "RTC-04"),
        (Mood::SfuUnreachable, "SFU-01"),
        (Mood::SfuRefusing, "SFU-02"),
        (Mood::SfuRoomMissing, "SFU-03"),
        (Mood::Silent, "CALL-01"),
    ];
    for (mood, code) in table {
        let mut world = World::ready(mood);
        world.join();
        world.settle();
        world.pass(40);
        assert_eq!(world.phase(), Phase::Failed, "{mood:?}");
        let problem = world.status().call.problem.unwrap();
        assert_eq!(problem.code, code, "{mood:?}");
        assert!(!world.member, "{mood:?}");
        let shown = Some(Screen::Message {
            title: problem.what,
            next: problem.next,
        });
        assert_eq!(world.mediad.screen, shown, "{mood:?}");
        world.mood = Mood::Kind;
        world.join();
        world.settle();
        assert_eq!(world.phase(), Phase::InCall, "after {mood:?}");
    }
}

#[test]
fn a_spoilt_target_is_named_and_does_not_end_a_running_call() {
    let mut world = in_call();
    world.ask(Ask::Join {
        target: "https://visio.numerique.gouv.fr/abc-defg-hij".into(),
    });
    assert_eq!(world.phase(), Phase::InCall);
    assert_eq!(world.status().call.problem.unwrap().code, "TARGET-03");
    let mut world = World::ready(Mood::Kind);
    world.ask(Ask::Join {
        target: "hello".into(),
    });
    assert_eq!(world.phase(), Phase::Failed);
    assert_eq!(world.status().call.problem.unwrap().code, "TARGET-02");
}

#[test]
fn another_call_is_joined_only_after_the_first_is_left() {
    let mut world = in_call();
    world.ask(Ask::Join {
        target: "!other:example.org".into(),
    });
    assert_eq!(world.phase(), Phase::Joining);
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
    assert_eq!(world.watched.as_deref(), Some("!other:example.org"));
}

#[test]
fn a_leave_the_homeserver_never_answers_is_over_after_five_seconds() {
    let mut world = in_call();
    world.mood = Mood::Silent;
    world.ask(Ask::Leave);
    world.pass(6);
    assert_eq!(world.phase(), Phase::Idle);
}

#[test]
fn a_killed_mediad_gets_everything_again_and_the_call_goes_on() {
    let mut world = in_call();
    world.media_down();
    assert_eq!(world.phase(), Phase::Reconnecting);
    assert!(
        world
            .status()
            .faults
            .iter()
            .any(|fault| fault.code == "MEDIA-01")
    );
    world.media_up();
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
    assert_eq!(world.mediad.own_key, Some(0));
    assert!(world.mediad.camera && !world.mediad.muted);
}

#[test]
fn a_mute_line_wins_and_gives_back() {
    let mut world = in_call();
    world.happens(Input::Board(BoardFact::MuteLine { asserted: true }));
    assert!(world.mediad.muted);
    let ask = Ask::Microphone { muted: false };
    assert_eq!(world.room.check(&ask).unwrap_err().code, "MIC-02");
    world.ask(ask);
    assert!(world.mediad.muted);
    world.happens(Input::Board(BoardFact::MuteLine { asserted: false }));
    assert!(!world.mediad.muted);
}

#[test]
fn a_remembered_call_waits_for_the_session_as_long_as_it_takes() {
    let mut world = World::new(Mood::Kind);
    world.media_up();
    world.happens(Input::Remembered {
        target: ROOM.into(),
    });
    world.pass(3600);
    assert_eq!(world.phase(), Phase::Joining);
    world.happens(Input::Matrix(MatrixFact::LoggedIn(account())));
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
}

#[test]
fn a_join_without_a_session_is_given_up_with_the_reason() {
    let mut world = World::new(Mood::Kind);
    world.join();
    world.pass(31);
    assert_eq!(world.status().call.problem.unwrap().code, "CALL-02");
}

#[test]
fn invitations_are_accepted_from_whom_the_settings_name() {
    let mut world = World::ready(Mood::Kind);
    for inviter in ["@anna:example.org", "@eve:evil.org"] {
        world.happens(Input::Matrix(MatrixFact::Invited {
            room: format!("!of{inviter}"),
            inviter: Some(inviter.into()),
        }));
    }
    assert_eq!(world.accepted, ["!of@anna:example.org"]);
    assert_ne!(OWN, "@anna:example.org");
}

#[test]
fn a_shut_down_leaves_the_call_and_says_when_it_is_done() {
    let mut world = in_call();
    world.happens(Input::ShutDown);
    assert!(!world.finished);
    world.settle();
    assert!(world.finished && !world.member);
}

#[test]
fn figures_are_named_and_survive_the_way_to_a_client() {
    let world = in_call();
    let figures = room_messages::TrackStatistics {
        source: Some(Source::Camera),
        codec: "VP8".into(),
        ..Default::default()
    };
    let named = world.room.statistics(vec![figures]);
    let text = serde_json::to_string(&named).unwrap();
    assert_eq!(text.matches("\"source\"").count(), 1, "{text}");
    let read: room_messages::api::Statistics = serde_json::from_str(&text).unwrap();
    assert_eq!(read, named);
    assert_eq!(read.tracks[0].source, Some(Source::Camera));
}

#[test]
fn a_volume_counts_as_played_once_mediad_says_so() {
    let mut world = in_call();
    world.ask(Ask::Speaker { volume: 33 });
    assert_eq!(world.status().speaker.volume, 33);
    assert_ne!(world.room.volume_played(), Some(33));
    world.settle();
    assert_eq!(world.room.volume_played(), Some(33));
    world.media_down();
    assert_eq!(world.room.volume_played(), None);
}
