use room_messages::EndReason;

use super::*;
use crate::rtc::membership::Form;

fn at(seconds: u64) -> Moment {
    Moment {
        since_start: Duration::from_secs(seconds),
        unix_ms: 0,
    }
}

fn member(user: &str) -> Member {
    Member {
        user: user.into(),
        device: "D".into(),
        member_id: "m".into(),
        identity: Identity(user.into()),
        transport: None,
        created_ms: 0,
        event_id: "$e".into(),
        intent: None,
        form: Form::State,
    }
}

fn seat(member: &Member) -> Option<Seat> {
    Some((SfuId::OWN, member.identity.clone()))
}

fn state(state: SfuState) -> Fact {
    Fact::Sfu {
        sfu: SfuId::OWN,
        state,
    }
}

fn present(users: &[&str]) -> Fact {
    Fact::Present {
        sfu: SfuId::OWN,
        identities: users.iter().map(|user| Identity((*user).into())).collect(),
    }
}

fn connected() -> Fact {
    state(SfuState::Connected)
}

#[test]
fn a_member_is_absent_after_a_minute_without_a_participant_and_back_when_it_appears() {
    let lost = || state(SfuState::Reconnecting);
    let ended = || {
        state(SfuState::Ended {
            reason: EndReason::Asked,
        })
    };
    // Facts with their second, and whether the member is absent at second 100.
    let table = [
        ("never connected", vec![], false),
        ("no list", vec![(0, connected())], false),
        ("there", vec![(0, connected()), (0, present(&["a"]))], false),
        ("missing", vec![(0, connected()), (0, present(&[]))], true),
        (
            "too early",
            vec![(41, connected()), (41, present(&[]))],
            false,
        ),
        (
            "late",
            vec![(0, connected()), (0, present(&[])), (99, present(&["a"]))],
            false,
        ),
        (
            "left",
            vec![(0, connected()), (0, present(&["a"])), (30, present(&[]))],
            true,
        ),
        (
            "counted anew after a loss",
            vec![
                (0, connected()),
                (0, present(&[])),
                (50, lost()),
                (55, connected()),
            ],
            false,
        ),
        (
            "not judged while lost",
            vec![(0, connected()), (0, present(&[])), (90, lost())],
            false,
        ),
        (
            "not judged after the end",
            vec![(0, connected()), (0, present(&[])), (90, ended())],
            false,
        ),
    ];
    let seats = || std::iter::once((SfuId::OWN, Identity("a".into())));
    for (name, facts, expected) in table {
        let mut presence = Presence::default();
        for (second, fact) in &facts {
            presence.fact(fact);
            presence.judge(at(*second), seats());
        }
        presence.tick(at(100));
        let seat = (SfuId::OWN, Identity("a".into()));
        assert_eq!(presence.is_absent(&seat), expected, "{name}");
        let due = presence.next_deadline();
        assert!(due.is_none_or(|due| due > at(100).since_start), "{name}");
        presence.media_down();
        assert!(!presence.is_absent(&seat), "{name}");
    }
}

#[test]
fn who_is_still_connected_is_kept_for_some_seconds_without_a_membership() {
    let everybody = BTreeSet::from(["a".to_owned()]);
    let nobody = BTreeSet::new();
    // Connected, joined, seconds since the membership vanished: kept?
    let table = [
        (&["a"][..], &everybody, 0, true),
        (&["a"][..], &everybody, 9, true),
        (&["a"][..], &everybody, 10, false),
        (&[][..], &everybody, 0, false),
        (&["a"][..], &nobody, 0, false),
    ];
    for (listed, joined, seconds, expected) in table {
        let mut presence = Presence::default();
        presence.fact(&connected());
        presence.fact(&present(&["a"]));
        let before = [member("a")];
        let first = presence.with_kept(at(100), Vec::new(), &before, &everybody, seat);
        assert_eq!(first, before);
        assert_eq!(presence.next_deadline(), Some(at(110).since_start));
        presence.fact(&present(listed));
        let now = at(100 + seconds);
        assert_eq!(presence.tick(now), seconds >= 10);
        let then = presence.with_kept(now, Vec::new(), &first, joined, seat);
        assert_eq!(!then.is_empty(), expected, "{listed:?} {seconds}");
        // The membership is there again: nothing is kept, nobody is there twice.
        let again = presence.with_kept(now, vec![member("a")], &then, joined, seat);
        assert_eq!((again.len(), presence.next_deadline()), (1, None));
    }
}
