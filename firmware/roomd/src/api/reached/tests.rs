use std::sync::Arc;

use room_core::room::Lamp;
use serde_json::json;

use super::*;

/// A room in this phase, nothing muted, camera on, volume 80, no hand, all devices off.
fn seen(phase: Phase) -> Snapshot {
    let status = json!({
        "room": {"name": "Ampère", "language": "fr", "user": null, "device": null,
            "homeserver": "online", "verified": true, "version": "0"},
        "call": {"phase": phase, "security": {"level": "none", "reasons": []},
            "participants": [], "hand_raised": false, "leaves_by_itself": true},
        "microphone": {"muted": false, "hardware_muted": false, "device": "off"},
        "camera": {"on": true, "device": "off"},
        "speaker": {"volume": 80, "device": "live"},
        "share": {"active": false}, "ringing": [], "faults": [],
    });
    let status: Status = serde_json::from_value(status).unwrap();
    Snapshot {
        attempt: 1,
        status: Arc::new(status),
        lamp: Lamp::Free,
        volume: None,
        hand_seen: false,
        finished: false,
    }
}

fn with(phase: Phase, change: impl FnOnce(&mut Status)) -> Snapshot {
    let mut snapshot = seen(phase);
    change(Arc::make_mut(&mut snapshot.status));
    snapshot
}

/// The outcome in a word: the code of what stands in the way.
fn word(progress: &Progress) -> &str {
    match progress {
        Progress::Done => "done",
        Progress::Waiting => "waiting",
        Progress::Hopeless(problem) => &problem.code,
    }
}

#[test]
fn a_microphone_is_muted_when_it_is_closed_and_open_when_it_is_live() {
    use Device::{Absent, Failed, Live, Off};
    let table = [
        // Asked to be muted, phase, device → outcome.
        (true, Phase::InCall, Live, "waiting"),
        (true, Phase::InCall, Failed, "waiting"),
        (true, Phase::InCall, Off, "done"),
        (true, Phase::InCall, Absent, "done"),
        (true, Phase::Idle, Off, "done"),
        (false, Phase::InCall, Off, "waiting"),
        (false, Phase::Reconnecting, Off, "waiting"),
        (false, Phase::InCall, Live, "done"),
        (false, Phase::InCall, Failed, "MIC-01"),
        (false, Phase::InCall, Absent, "API-07"),
        (false, Phase::Idle, Off, "done"),
        (false, Phase::Failed, Off, "done"),
    ];
    for (muted, phase, device, outcome) in table {
        let snapshot = with(phase, |status| {
            status.microphone.muted = muted;
            status.microphone.device = device;
        });
        let progress = microphone(muted, &snapshot);
        assert_eq!(word(&progress), outcome, "{muted} {phase:?} {device:?}");
        // Whatever the device does, somebody else wants the opposite now.
        assert_eq!(word(&microphone(!muted, &snapshot)), "API-05");
    }
    let line = with(Phase::InCall, |status| {
        status.microphone.hardware_muted = true;
    });
    assert_eq!(word(&microphone(false, &line)), "MIC-02");
}

#[test]
fn a_share_is_there_when_it_is_captured_and_gone_when_it_is_closed() {
    use Device::{Absent, Failed, Live, Off};
    for (active, device, outcome) in [
        (true, Off, "waiting"),
        (true, Live, "done"),
        (true, Failed, "SHARE-04"),
        (true, Absent, "API-07"),
        (false, Live, "waiting"),
        (false, Off, "done"),
    ] {
        let snapshot = with(Phase::InCall, |status| {
            status.share.active = active;
            status.share.device = device;
        });
        assert_eq!(word(&share(active, &snapshot)), outcome, "{device:?}");
        assert_eq!(word(&share(!active, &snapshot)), "API-05");
    }
}

#[test]
fn a_camera_is_on_when_it_is_live_or_only_waits_for_viewers_and_off_when_it_is_closed() {
    use Device::{Absent, Failed, Live, Off, Standby};
    let table = [
        (true, Phase::InCall, Off, "waiting"),
        (true, Phase::InCall, Live, "done"),
        (true, Phase::InCall, Standby, "done"),
        (true, Phase::InCall, Failed, "CAM-01"),
        (true, Phase::InCall, Absent, "API-07"),
        (true, Phase::Idle, Off, "done"),
        (false, Phase::InCall, Live, "waiting"),
        (false, Phase::InCall, Standby, "waiting"),
        (false, Phase::InCall, Failed, "waiting"),
        (false, Phase::InCall, Off, "done"),
    ];
    for (on, phase, device, outcome) in table {
        let snapshot = with(phase, |status| {
            status.camera.on = on;
            status.camera.device = device;
        });
        let progress = camera(on, &snapshot);
        assert_eq!(word(&progress), outcome, "{on} {phase:?} {device:?}");
        assert_eq!(word(&camera(!on, &snapshot)), "API-05");
    }
}

#[test]
fn a_volume_is_set_when_voices_are_played_with_it() {
    let played = |volume| Snapshot {
        volume,
        ..seen(Phase::Idle)
    };
    for (volume, outcome) in [
        (None, "waiting"),
        (Some(100), "waiting"),
        (Some(80), "done"),
    ] {
        assert_eq!(word(&speaker(80, &played(volume))), outcome, "{volume:?}");
    }
    assert_eq!(word(&speaker(70, &played(Some(80)))), "API-05");
}

#[test]
fn a_hand_is_up_or_down_when_everybody_sees_it_so() {
    let table = [
        (Phase::InCall, true, true, false, "waiting"),
        (Phase::InCall, true, true, true, "done"),
        // The homeserver did not take it.
        (Phase::InCall, true, false, false, "API-05"),
        (Phase::InCall, false, false, true, "waiting"),
        (Phase::InCall, false, false, false, "done"),
        (Phase::Idle, true, false, false, "CALL-03"),
    ];
    for (phase, raised, wanted, hand_seen, outcome) in table {
        let snapshot = with(phase, |status| status.call.hand_raised = wanted);
        let snapshot = Snapshot {
            hand_seen,
            ..snapshot
        };
        assert_eq!(word(&hand(raised, &snapshot)), outcome, "{snapshot:?}");
    }
}

#[test]
fn a_media_process_that_is_away_is_the_reason_named_when_time_is_up() {
    let what = Text::new("the camera", "la caméra");
    let alone = with(Phase::InCall, |_| {});
    assert_eq!(too_late(&alone.status, &what).code, "API-05");
    let away = with(Phase::InCall, |status| {
        status.faults = vec![Issue::MediaDown.problem()];
    });
    assert_eq!(too_late(&away.status, &what).code, "MEDIA-01");
}
