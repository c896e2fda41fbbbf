//! Visio meetings, from the link to the end, and that they and Matrix calls never mix.

use std::time::Duration;

use room_messages::api::{Encryption, Phase, SecurityLevel, Status, Text, VisioEntry};
use room_messages::{
    EndReason, Fact, Identity, OwnTrack, SfuId, SfuPerson, SfuState, Source, Token,
};

use super::world::{Mood, OWN, World, account};
use crate::RequestId;
use crate::input::{Ask, Input};
use crate::matrix::MatrixFact;
use crate::sfus::Grant;
use crate::visio::{Answer, VisioFact};

const LINK: &str = "https://visio.example.org/abc-defg-hij";
const TRUSTED: &str = r#"{"id":"06e19491","access_level":"trusted"}"#;
const UNREGISTERED: &str = r#"{"id":null,"livekit":{"url":"wss://sfu.example","token":"t0"}}"#;
const WAITING: &str = r#"{"status":"waiting","id":"4969","livekit":null}"#;
const DENIED: &str = r#"{"status":"denied","id":"4969","livekit":null}"#;
const ACCEPTED: &str =
    r#"{"status":"accepted","id":"4969","livekit":{"url":"wss://sfu.example","token":"t1"}}"#;

fn answered(request: RequestId, body: &str) -> Input {
    let answer = Some(Answer {
        status: 200,
        cookies: vec!["lobbyParticipantId=4969; Secure".into()],
        body: body.as_bytes().to_vec(),
        ..Answer::default()
    });
    Input::Visio(VisioFact { request, answer })
}

fn person(identity: &str, name: &str, raised: bool) -> SfuPerson {
    SfuPerson {
        identity: Identity(identity.into()),
        name: name.into(),
        hand_raised_at: raised.then(|| "2026-11-22T15:36:51+00:00".into()),
    }
}

fn people(own: SfuPerson, may_publish: &[Source]) -> Input {
    Input::Media(Fact::People {
        sfu: SfuId::OWN,
        own,
        may_publish: may_publish.to_vec(),
        others: vec![person("99e2", "Jürg\u{202e}\n Müller", true)],
    })
}

const BOTH: [Source; 2] = [Source::Microphone, Source::Camera];

impl World {
    fn visit(&mut self) {
        let target = LINK.into();
        self.ask(Ask::Join { target });
    }

    /// Answers the open question, after its time has come.
    fn instance(&mut self, body: &str) {
        for _ in 0..200 {
            if !self.asked.is_empty() {
                break;
            }
            self.now = self.now.after(Duration::from_millis(100));
            self.happens(Input::Tick);
        }
        let order = self.asked.remove(0);
        self.happens(answered(order.request, body));
        self.settle();
    }

    fn visiting() -> Self {
        let mut world = Self::ready(Mood::Kind);
        world.visit();
        world.instance(TRUSTED);
        world.instance(ACCEPTED);
        world.happens(people(person("4969", "Room", false), &BOTH));
        assert_eq!(world.phase(), Phase::InCall);
        world
    }

    fn ended(&mut self, reason: EndReason) {
        let (sfu, state) = (SfuId::OWN, SfuState::Ended { reason });
        self.mediad.connections.clear();
        self.happens(Input::Media(Fact::Sfu { sfu, state }));
        self.settle();
    }
}

fn code(status: &Status) -> &str {
    let problem = status.call.problem.as_ref();
    problem.map_or("", |problem| problem.code.as_str())
}

fn notices(world: &World) -> Vec<String> {
    let notices = world.status().call.notices;
    notices.into_iter().map(|notice| notice.code).collect()
}

#[test]
fn a_guest_waits_with_everything_closed_and_then_is_in_and_never_called_encrypted() {
    let mut world = World::ready(Mood::Kind);
    world.visit();
    world.instance(TRUSTED);
    for _ in 0..40 {
        world.instance(WAITING);
    }
    let status = world.status();
    assert_eq!(status.call.phase, Phase::Joining);
    let visio = status.call.visio.unwrap();
    assert_eq!(visio.entry, VisioEntry::Waiting);
    assert_eq!(
        (visio.instance.as_str(), visio.name.as_str()),
        ("visio.example.org", "Room")
    );
    assert!(world.mediad.muted && !world.mediad.camera);
    let Some(room_messages::Screen::Message { title, .. }) = &world.mediad.screen else {
        panic!("{:?}", world.mediad.screen);
    };
    assert_eq!(
        *title,
        Text::new("Waiting to be let in", "En attente d'être admis")
    );

    world.instance(ACCEPTED);
    world.happens(people(person("4969", "Room", false), &BOTH));
    let status = world.status();
    assert_eq!(status.call.phase, Phase::InCall);
    assert_eq!(status.call.security.level, SecurityLevel::Unencrypted);
    assert!(status.call.security.reasons[0].text.fr.contains("Visio"));
    let other = &status.call.participants[0];
    assert_eq!(
        (other.name.as_str(), other.user.as_str()),
        ("Jürg Müller", "99e2")
    );
    assert!(other.hand_raised && other.encryption.state == Encryption::None);
    assert!(!world.mediad.muted && world.mediad.camera);
    assert_eq!(world.mediad.own_key, None);
    assert_eq!(world.remembered.as_deref(), Some(LINK));
    world.ask(Ask::Leave);
    assert_eq!(
        (world.phase(), world.remembered.as_deref()),
        (Phase::Idle, None)
    );
}

#[test]
fn a_meeting_is_joined_without_any_matrix_session() {
    let mut world = World::new(Mood::Kind);
    world.media_up();
    world.visit();
    world.instance(TRUSTED);
    world.instance(ACCEPTED);
    assert_eq!(world.phase(), Phase::InCall);
}

#[test]
fn a_denied_guest_asks_no_more() {
    let mut world = World::ready(Mood::Kind);
    world.visit();
    world.instance(TRUSTED);
    world.instance(DENIED);
    assert_eq!(
        (world.phase(), code(&world.status())),
        (Phase::Failed, "VISIO-02")
    );
    world.pass(120);
    assert!(world.asked.is_empty());
}

#[test]
fn a_removed_guest_asks_again_only_when_somebody_presses_join_and_as_the_same_guest() {
    let mut world = World::visiting();
    world.ended(EndReason::Removed);
    assert_eq!(
        (world.phase(), code(&world.status())),
        (Phase::Failed, "VISIO-04")
    );
    world.pass(120);
    assert!(world.asked.is_empty());
    assert_eq!(world.remembered, None);
    world.visit();
    world.instance(TRUSTED);
    assert!(world.asked[0].ask.cookie.is_some());
    world.instance(WAITING);
    assert_eq!(
        world.status().call.visio.unwrap().entry,
        VisioEntry::Waiting
    );
}

#[test]
fn a_lost_connection_comes_back_by_a_fresh_pass_without_end() {
    let mut world = World::visiting();
    for _ in 0..8 {
        world.ended(EndReason::NotAllowed);
        assert_eq!(world.phase(), Phase::Reconnecting);
        world.instance(ACCEPTED);
        assert_eq!(world.phase(), Phase::InCall);
    }
    world.happens(Input::Media(Fact::TokenNeeded { sfu: SfuId::OWN }));
    assert!(world.asked[0].ask.cookie.is_some());
    world.instance(ACCEPTED);
    assert_eq!(world.phase(), Phase::InCall);
    world.media_down();
    assert_eq!(world.phase(), Phase::Reconnecting);
    world.media_up();
    world.settle();
    assert_eq!(world.phase(), Phase::InCall);
}

#[test]
fn a_code_nobody_registered_is_joined_with_a_warning_and_has_no_hand() {
    let mut world = World::ready(Mood::Kind);
    world.visit();
    world.instance(UNREGISTERED);
    assert_eq!(world.phase(), Phase::InCall);
    assert_eq!(notices(&world), ["VISIO-10"]);
    assert!(!world.status().call.visio.unwrap().registered);
    let refused = world.room.check(&Ask::Hand { raised: true }).unwrap_err();
    assert_eq!(refused.code, "VISIO-13");
}

#[test]
fn the_hand_is_asked_for_with_the_newest_token() {
    let mut world = World::visiting();
    let token = Token::new("newest".into());
    world.happens(Input::Media(Fact::FreshToken {
        sfu: SfuId::OWN,
        token: token.clone(),
    }));
    world.ask(Ask::Hand { raised: true });
    let order = world.asked.remove(0);
    assert!(order.ask.url.path().ends_with("/toggle-hand/"));
    assert_eq!(order.ask.bearer, Some(token));
    world.happens(answered(order.request, r#"{"status":"success"}"#));
    world.happens(people(person("4969", "Room", true), &BOTH));
    assert!(world.status().call.hand_raised && world.room.hand_seen());
    world.happens(people(person("4969", "Room", false), &BOTH));
    assert!(!world.status().call.hand_raised);
}

#[test]
fn what_moderators_do_is_followed_and_told() {
    let mut world = World::visiting();
    assert!(notices(&world).is_empty());
    let source = Source::Microphone;
    world.happens(Input::Media(Fact::MutedByServer { source }));
    assert!(world.status().microphone.muted && world.mediad.muted);
    assert_eq!(notices(&world), ["MIC-04"]);
    world.ask(Ask::Microphone { muted: false });
    assert!(!world.mediad.muted && notices(&world).is_empty());

    world.happens(people(person("4969", "Berlioz", false), &[Source::Camera]));
    assert_eq!(notices(&world), ["VISIO-11", "MIC-03"]);
    assert_eq!(world.status().call.visio.unwrap().name, "Berlioz");
    assert!(world.mediad.muted);
    let refused = world.room.check(&Ask::Microphone { muted: false });
    assert_eq!(refused.unwrap_err().code, "MIC-03");
    world.happens(people(person("4969", "Berlioz", false), &BOTH));
    assert_eq!(notices(&world), ["VISIO-11", "MIC-05"]);
    assert!(world.mediad.muted, "nobody here opened it");
    world.ask(Ask::Leave);
    assert!(notices(&world).is_empty());
}

/// Whatever is answered to whatever question, an encrypted call stays one.
#[test]
fn an_encrypted_call_hears_nothing_of_an_instance_and_a_visit_nothing_of_matrix() {
    let mut world = World::ready(Mood::Kind);
    world.join();
    world.settle();
    world.pass(5);
    assert_eq!(world.mediad.own_key, Some(0));
    let mut request = RequestId::default();
    for _ in 0..200 {
        let request = request.next();
        for body in [TRUSTED, UNREGISTERED, ACCEPTED] {
            world.happens(answered(request, body));
            world.settle();
        }
    }
    world.happens(Input::Media(Fact::FreshToken {
        sfu: SfuId::OWN,
        token: Token::new("t".into()),
    }));
    world.happens(people(person("x", "Mallory", false), &[]));
    assert_eq!((world.mediad.visits, world.phase()), (0, Phase::InCall));
    assert!(world.status().call.visio.is_none() && !world.mediad.muted);
    let level = world.status().call.security.level;
    assert_ne!(level, SecurityLevel::Unencrypted);

    let mut world = World::visiting();
    let mut request = RequestId::default();
    for _ in 0..200 {
        let request = request.next();
        let grant = Grant {
            url: "wss://sfu".into(),
            token: Token::new("t".into()),
        };
        let result = Ok(grant);
        world.happens(Input::Matrix(MatrixFact::Token { request, result }));
    }
    world.happens(Input::Matrix(MatrixFact::LoggedIn(account())));
    let track = OwnTrack {
        source: Source::Camera,
        sid: "TR".into(),
        muted: false,
        encrypted: true,
    };
    world.happens(Input::Media(Fact::OwnTracks {
        tracks: vec![track],
    }));
    assert_eq!(world.mediad.visits, 1);
    let level = world.status().call.security.level;
    assert_eq!(level, SecurityLevel::Unencrypted);
}

#[test]
fn from_a_matrix_call_into_a_meeting_and_back_each_ends_before_the_other() {
    let mut world = World::ready(Mood::Kind);
    world.join();
    world.settle();
    assert!(world.mediad.own_key.is_some());
    world.visit();
    world.settle();
    world.instance(TRUSTED);
    world.instance(ACCEPTED);
    assert_eq!(world.phase(), Phase::InCall);
    assert_eq!((world.mediad.own_key, world.member), (None, false));
    world.join();
    world.settle();
    world.pass(5);
    assert_eq!(world.phase(), Phase::InCall);
    assert!(world.mediad.own_key.is_some() && world.status().call.visio.is_none());
    assert_eq!(world.status().room.user.as_deref(), Some(OWN));
}

#[test]
fn links_of_other_instances_and_lonely_codes_are_refused_with_what_to_do() {
    let mut world = World::ready(Mood::Kind);
    for (target, expected) in [
        ("https://meet.evil.org/abc-defg-hij", "TARGET-03"),
        ("abc-defg-hij", "TARGET-06"),
        ("abcdefghij", "TARGET-02"),
    ] {
        let target: String = target.into();
        let refused = world.room.check(&Ask::Join {
            target: target.clone(),
        });
        assert_eq!(refused.unwrap_err().code, expected);
        world.ask(Ask::Join { target });
        assert_eq!(code(&world.status()), expected);
    }
}
