use proptest::prelude::*;

use super::*;
use crate::health::Health;

fn trial(stage: Stage, boot: &str) -> Trial {
    Trial {
        from: Slot::A,
        from_version: "0.1.0".parse().unwrap(),
        target: Slot::B,
        version: "0.2.0".parse().unwrap(),
        floor: None,
        stage,
        boot: boot.into(),
        before: Before::Room(Health::default()),
        reasons: Vec::new(),
    }
}

#[test]
fn what_a_start_means_follows_from_stage_slot_and_boot() {
    use Stage::{Installed, Installing, Tried};
    let fell = |reasons: &[Reason]| {
        Standing::Over(Ended::FellBack {
            reasons: reasons.to_vec(),
        })
    };
    let table = [
        // Fleetd alone was restarted.
        (
            Installing,
            Slot::A,
            "1",
            None,
            Standing::StillInstalling(trial(Installing, "1")),
        ),
        (
            Installing,
            Slot::A,
            "1",
            Some(Slot::B),
            Standing::AwaitsRestart(trial(Installed, "1")),
        ),
        (
            Installed,
            Slot::A,
            "1",
            Some(Slot::B),
            Standing::AwaitsRestart(trial(Installed, "1")),
        ),
        // The machine was.
        (
            Installing,
            Slot::A,
            "2",
            Some(Slot::A),
            Standing::Over(Ended::Interrupted),
        ),
        (
            Installed,
            Slot::A,
            "2",
            Some(Slot::A),
            fell(&[Reason::NeverStarted]),
        ),
        (
            Tried { times: 3 },
            Slot::A,
            "2",
            Some(Slot::A),
            fell(&[Reason::Stopped]),
        ),
        // Power was cut between the bootloader's change and our record of it.
        (
            Installing,
            Slot::B,
            "2",
            None,
            Standing::OnTrial(trial(Tried { times: 1 }, "2")),
        ),
        (
            Installed,
            Slot::B,
            "2",
            None,
            Standing::OnTrial(trial(Tried { times: 1 }, "2")),
        ),
    ];
    for (stage, booted, boot, next, expected) in table {
        assert_eq!(after_start(trial(stage, "1"), booted, boot, next), expected);
    }
}

#[test]
fn each_try_is_counted_once_and_keeps_its_reason() {
    let Standing::OnTrial(first) = after_start(trial(Stage::Installed, "1"), Slot::B, "2", None)
    else {
        panic!("the new system is on trial");
    };
    let Standing::OnTrial(again) = after_start(first.clone(), Slot::B, "2", None) else {
        panic!("fleetd was only restarted");
    };
    assert_eq!(first, again);
    let mut judged = again;
    judged.reasons.push(Reason::CameraLost);
    let Standing::OnTrial(second) = after_start(judged, Slot::B, "3", None) else {
        panic!("it has another try");
    };
    assert_eq!(second.stage, Stage::Tried { times: 2 });
    let over = after_start(second, Slot::A, "4", None);
    let reasons = vec![Reason::CameraLost, Reason::Stopped];
    assert_eq!(over, Standing::Over(Ended::FellBack { reasons }));
}

#[test]
fn every_reason_is_told_in_both_languages() {
    for reason in [
        Reason::NeverStarted,
        Reason::Stopped,
        Reason::RoomSilent,
        Reason::NotReady,
        Reason::SettingsLost,
        Reason::CameraLost,
        Reason::MicrophoneLost,
        Reason::HomeserverLost,
        Reason::NotMarked,
        Reason::Start {
            said: "its root is damaged".into(),
        },
    ] {
        let text = reason.text();
        assert!(!text.en.is_empty() && !text.fr.is_empty() && text.en != text.fr);
    }
}

proptest! {
    /// Whatever happens in whatever order: a trial ends once, and only the old system ends it
    /// as anything but proven.
    #[test]
    fn any_order_of_starts_ends_a_trial_in_the_old_system_or_keeps_it(
        starts in proptest::collection::vec((any::<bool>(), 0_u8..4, any::<bool>()), 1..20)
    ) {
        let mut trial = trial(Stage::Installing, "0");
        for (new, boot, activated) in starts {
            let slot = if new { Slot::B } else { Slot::A };
            let next = Some(if activated { Slot::B } else { Slot::A });
            match after_start(trial.clone(), slot, &boot.to_string(), next) {
                Standing::Over(Ended::FellBack { reasons }) => {
                    prop_assert!(!new && !reasons.is_empty() && reasons.len() <= MAX_REASONS + 1);
                    return Ok(());
                }
                Standing::Over(ended) => {
                    prop_assert!(!new && ended == Ended::Interrupted);
                    return Ok(());
                }
                Standing::OnTrial(kept) => {
                    prop_assert!(new);
                    trial = kept;
                }
                Standing::AwaitsRestart(kept) | Standing::StillInstalling(kept) => {
                    prop_assert!(!new);
                    trial = kept;
                }
            }
        }
    }
}
