use room_messages::api::{Language, Text};
use room_messages::{AudioInput, AudioOutput, StageOutput, VideoFormat, VideoInput};

use super::*;

pub(crate) fn configuration() -> Configuration {
    Configuration {
        room_name: "Room".into(),
        language: Language::En,
        camera: VideoInput::Test,
        microphone: AudioInput::Test,
        speaker: AudioOutput::Test,
        content: VideoInput::Test,
        stage: StageOutput::Test,
        video: VideoFormat::default(),
        content_video: VideoFormat::CONTENT,
        simulated: true,
    }
}

fn media() -> Media {
    Media::new(
        configuration(),
        Screen::Idle {
            line: Text::default(),
        },
        100,
    )
}

fn key(byte: u8) -> MediaKey {
    MediaKey::new(vec![byte; 16]).unwrap()
}

#[test]
fn a_restarted_mediad_hears_before_anything_else_which_simulated_devices_are_unplugged() {
    let mut media = media();
    media.came_up();
    let unplug = |present| Order::SimulateDevice {
        device: SimulatedDevice::Camera,
        present,
    };
    assert_eq!(media.order(unplug(false)), Some(unplug(false)));
    assert_eq!(media.order(unplug(false)), None);
    media.went_down();
    assert_eq!(media.came_up().get(1), Some(&unplug(false)));
    media.went_down();
    assert_eq!(media.order(unplug(true)), None);
    assert_eq!(media.came_up().get(1), Some(&unplug(true)));
}

fn call() -> Vec<Order> {
    vec![
        Order::SetMicrophone { muted: false },
        Order::SetCamera { on: true },
        Order::SetOwnKey {
            index: 0,
            key: key(1),
        },
        Order::SetRoster {
            entries: vec![RosterEntry {
                sfu: SfuId::OWN,
                identity: Identity("@a:b:D".into()),
                name: "A".into(),
            }],
        },
        Order::SetPeerKey {
            identity: Identity("@a:b:D".into()),
            index: 3,
            key: key(2),
        },
        Order::Connect {
            sfu: SfuId::OWN,
            url: "wss://sfu".into(),
            token: Token::new("t".into()),
            publish: true,
            encrypted: true,
        },
    ]
}

#[test]
fn a_restarted_mediad_hears_everything_again_configuration_first() {
    let mut media = media();
    media.came_up();
    for order in call() {
        assert!(media.order(order).is_some());
    }
    media.went_down();
    assert!(media.order(Order::SetSpeaker { volume: 5 }).is_none());
    let replay = media.came_up();
    assert!(matches!(replay.first(), Some(Order::Configure(_))));
    for order in call() {
        assert!(replay.contains(&order), "{order:?}");
    }
    assert!(replay.contains(&Order::SetSpeaker { volume: 5 }));
}

#[test]
fn an_order_that_changes_nothing_is_not_sent() {
    let mut media = media();
    media.came_up();
    assert!(media.order(Order::SetCamera { on: true }).is_some());
    assert!(media.order(Order::SetCamera { on: true }).is_none());
    assert!(media.order(Order::Disconnect { sfu: SfuId(4) }).is_none());
}

#[test]
fn after_the_call_no_key_and_no_connection_is_replayed() {
    let mut media = media();
    for order in call() {
        media.order(order);
    }
    media.order(Order::EndCall);
    let kept = |order: &Order| {
        matches!(
            order,
            Order::SetOwnKey { .. }
                | Order::SetPeerKey { .. }
                | Order::Connect { .. }
                | Order::Visit { .. }
                | Order::SetRoster { .. }
        )
    };
    assert!(!media.came_up().iter().any(kept));
}

#[test]
fn a_visit_is_replayed_as_one_and_never_taken_beside_keys() {
    let visit = || Order::Visit {
        url: "wss://sfu".into(),
        token: Token::new("t".into()),
    };
    let mut media = media();
    media.came_up();
    for order in call() {
        media.order(order);
    }
    assert!(media.order(visit()).is_none());
    let sealed = |order: &Order| {
        matches!(
            order,
            Order::Connect {
                encrypted: true,
                ..
            }
        )
    };
    assert!(media.came_up().iter().any(sealed));
    media.order(Order::EndCall);
    assert!(media.order(visit()).is_some());
    let replay = media.came_up();
    assert!(replay.contains(&visit()) && !replay.iter().any(sealed));
}

#[test]
fn keys_of_those_no_longer_listed_are_forgotten() {
    let mut media = media();
    for order in call() {
        media.order(order);
    }
    media.order(Order::SetRoster { entries: vec![] });
    let replay = media.came_up();
    assert!(
        !replay
            .iter()
            .any(|order| matches!(order, Order::SetPeerKey { .. }))
    );
}
