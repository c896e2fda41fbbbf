use super::*;
use crate::{Channel, Image};

const MIB: u64 = 1024 * 1024;

fn version(text: &str) -> Version {
    text.parse().unwrap()
}

fn bundle() -> Bundle {
    let image = |class: &str, size| Image {
        class: class.into(),
        size,
    };
    Bundle {
        compatible: "salle-qemu-arm64".into(),
        version: version("0.2.0"),
        floor: Some(version("0.1.0")),
        images: vec![image("rootfs", 300 * MIB), image("kernel", 30 * MIB)],
        size: 150 * MIB,
    }
}

fn observed() -> Observed {
    Observed {
        release: Release {
            version: version("0.1.5"),
            compatible: "salle-qemu-arm64".into(),
            floor: version("0.1.0"),
            channel: Channel::Test,
            tpm2_pcrs: "8+9".into(),
        },
        kept_floor: None,
        booted: Slot::A,
        call: CallState::None,
        slot_sizes: vec![("rootfs".into(), 512 * MIB), ("kernel".into(), 64 * MIB)],
        free: 1024 * MIB,
        fetched: false,
        updating: false,
        on_trial: false,
    }
}

#[test]
fn a_plan_names_version_size_slot_and_every_step() {
    let plan = plan(&bundle(), &observed());
    assert!(plan.is_possible() && plan.waiting.is_empty());
    assert_eq!(
        (plan.from, plan.to, plan.size, plan.slot),
        (version("0.1.5"), version("0.2.0"), 150 * MIB, Slot::B)
    );
    assert_eq!(
        plan.steps,
        [
            Step::Fetch { bytes: 150 * MIB },
            Step::KeepSettings {
                version: version("0.1.5")
            },
            Step::Install {
                slot: Slot::B,
                version: version("0.2.0")
            },
            Step::Restart { slot: Slot::B },
            Step::Prove { from: Slot::A },
        ]
    );
}

#[test]
fn a_call_is_waited_for_and_not_a_reason_to_refuse() {
    let going_on = Observed {
        call: CallState::GoingOn,
        ..observed()
    };
    let plan = plan(&bundle(), &going_on);
    assert_eq!(plan.waiting, [Wait::CallGoingOn]);
    assert!(plan.is_possible());
}

#[test]
fn everything_that_stands_against_an_update_is_named() {
    type Change = fn(&mut Bundle, &mut Observed);
    let table: &[(Change, Refusal)] = &[
        (
            |b, _| b.compatible = "salle-other".into(),
            Refusal::WrongBoard {
                bundle: "salle-other".into(),
                here: "salle-qemu-arm64".into(),
            },
        ),
        (
            |b, _| b.version = version("0.0.9"),
            Refusal::BelowFloor {
                version: version("0.0.9"),
                floor: version("0.1.0"),
            },
        ),
        (
            |_, o| o.kept_floor = Some(version("0.3.0")),
            Refusal::BelowFloor {
                version: version("0.2.0"),
                floor: version("0.3.0"),
            },
        ),
        (
            |b, _| b.images.truncate(1),
            Refusal::Incomplete {
                missing: "kernel".into(),
            },
        ),
        (
            |_, o| o.slot_sizes = vec![("rootfs".into(), MIB)],
            Refusal::ImageTooLarge {
                class: "rootfs".into(),
                size: 300 * MIB,
                slot: MIB,
            },
        ),
        (
            |_, o| o.free = MIB,
            Refusal::NoSpace {
                need: 150 * MIB,
                free: MIB,
            },
        ),
        (|_, o| o.updating = true, Refusal::AlreadyUpdating),
        (|_, o| o.on_trial = true, Refusal::OnTrial),
    ];
    for (change, expected) in table {
        let (mut bundle, mut observed) = (bundle(), observed());
        change(&mut bundle, &mut observed);
        let plan = plan(&bundle, &observed);
        assert_eq!(plan.refusals, std::slice::from_ref(expected));
        assert!(plan.steps.is_empty() && plan.waiting.is_empty());
    }
}

#[test]
fn a_kept_floor_below_the_release_s_own_changes_nothing() {
    let kept = Observed {
        kept_floor: Some(version("0.0.1")),
        ..observed()
    };
    assert_eq!(*kept.floor(), version("0.1.0"));
}

#[test]
fn a_bundle_that_is_here_already_needs_no_room() {
    let fetched = Observed {
        fetched: true,
        free: 0,
        ..observed()
    };
    let plan = plan(&bundle(), &fetched);
    assert!(plan.is_possible());
    assert!(!plan.steps.iter().any(|s| matches!(s, Step::Fetch { .. })));
}

#[test]
fn several_reasons_show_at_once() {
    let mut wrong = bundle();
    wrong.compatible = "x".into();
    wrong.version = version("0.0.1");
    assert_eq!(plan(&wrong, &observed()).refusals.len(), 2);
}
