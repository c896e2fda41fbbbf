use super::*;
use crate::rtc::membership::Form;

fn at(ms: u64) -> Moment {
    Moment {
        since_start: Duration::from_millis(ms),
        unix_ms: ms,
    }
}

fn key(n: u8) -> MediaKey {
    MediaKey::new(vec![n; 16]).unwrap()
}

fn content(device: &str, index: u8, n: u8) -> Value {
    let own = PeerDevice::new("@ignored:x", device);
    key_message::content("!r", &own, "random id", index, &key(n), 0)
}

fn member(user: &str, device: &str, identity: &str) -> Member {
    Member {
        user: user.into(),
        device: device.into(),
        member_id: "m".into(),
        identity: Identity(identity.into()),
        transport: None,
        created_ms: 0,
        event_id: "$".into(),
        intent: None,
        form: Form::State,
    }
}

fn install(identity: &str, index: u8, n: u8) -> Install {
    Install {
        identity: Identity(identity.into()),
        index,
        key: key(n),
    }
}

#[test]
fn a_key_before_its_membership_waits_and_is_then_installed() {
    let mut inbound = Inbound::new("!r".into());
    let early = inbound.received(at(0), "@a:x", Some("D"), &content("D", 0, 1));
    assert_eq!(early, Ok(vec![]));
    let members = [member("@b:x", "D", "b"), member("@a:x", "D", "a")];
    assert_eq!(
        inbound.members_changed(at(10), &members),
        [install("a", 0, 1)]
    );
    assert!(inbound.members_changed(at(20), &members).is_empty());
    assert_eq!(inbound.all(), [install("a", 0, 1)]);
    assert!(inbound.has_key(&PeerDevice::new("@a:x", "D")));
    assert!(!inbound.has_key(&PeerDevice::new("@b:x", "D")));
}

#[test]
fn a_later_key_takes_the_place_of_one_at_the_same_index() {
    let mut inbound = Inbound::new("!r".into());
    inbound.members_changed(at(0), &[member("@a:x", "D", "a")]);
    for n in [1, 2] {
        let installs = inbound.received(at(0), "@a:x", Some("D"), &content("D", 0, n));
        assert_eq!(installs, Ok(vec![install("a", 0, n)]));
    }
    inbound
        .received(at(0), "@a:x", Some("D"), &content("D", 255, 3))
        .unwrap();
    assert_eq!(inbound.all(), [install("a", 0, 2), install("a", 255, 3)]);
}

#[test]
fn a_key_counts_only_for_the_device_that_sent_it_in_this_room() {
    let mut inbound = Inbound::new("!r".into());
    inbound.members_changed(at(0), &[member("@a:x", "D", "a")]);
    let refused = |inbound: &mut Inbound, olm, content: &Value| {
        inbound.received(at(0), "@a:x", olm, content).unwrap_err()
    };
    assert_eq!(
        refused(&mut inbound, Some("E"), &content("D", 0, 1)),
        KeyRefused::OtherDevice
    );
    assert_eq!(
        refused(&mut inbound, None, &content("D", 0, 1)),
        KeyRefused::NotEncrypted
    );
    let mut other = content("D", 0, 1);
    other["room_id"] = "!other".into();
    assert_eq!(
        refused(&mut inbound, Some("D"), &other),
        KeyRefused::OtherRoom
    );
    let other_user = inbound.received(at(0), "@mallory:x", Some("D"), &content("D", 0, 9));
    assert_eq!(other_user, Ok(vec![]));
    assert!(inbound.all().is_empty());
}

#[test]
fn a_member_that_vanished_for_a_moment_keeps_its_keys_and_one_long_gone_does_not() {
    let mut inbound = Inbound::new("!r".into());
    let members = [member("@a:x", "D", "a")];
    inbound.members_changed(at(0), &members);
    inbound
        .received(at(0), "@a:x", Some("D"), &content("D", 0, 1))
        .unwrap();
    inbound.members_changed(at(1000), &[]);
    assert!(inbound.all().is_empty());
    assert_eq!(
        inbound.members_changed(at(5000), &members),
        [install("a", 0, 1)]
    );
    inbound.members_changed(at(6000), &[]);
    inbound.members_changed(at(306_000), &[]);
    assert!(inbound.members_changed(at(306_001), &members).is_empty());
}

#[test]
fn a_device_with_two_memberships_has_its_keys_under_both_identities() {
    let mut inbound = Inbound::new("!r".into());
    inbound.members_changed(at(0), &[member("@a:x", "D", "plain")]);
    inbound
        .received(at(0), "@a:x", Some("D"), &content("D", 3, 1))
        .unwrap();
    let both = [member("@a:x", "D", "plain"), member("@a:x", "D", "hash")];
    assert_eq!(
        inbound.members_changed(at(1), &both),
        [install("hash", 3, 1)]
    );
    let installs = inbound
        .received(at(2), "@a:x", Some("D"), &content("D", 4, 2))
        .unwrap();
    assert_eq!(installs.len(), 2);
}

#[test]
fn what_strangers_send_is_bounded() {
    let mut inbound = Inbound::new("!r".into());
    for n in 0..50 {
        let device = format!("D{n}");
        let _ = inbound.received(at(0), "@mallory:x", Some(&device), &content(&device, 0, 1));
    }
    assert_eq!(inbound.rings.len(), MAX_PARKED_DEVICES_PER_USER);
    for index in 0..=255 {
        let _ = inbound.received(at(0), "@mallory:x", Some("D0"), &content("D0", index, 1));
    }
    let kept: usize = inbound.rings.values().map(|ring| ring.keys.len()).sum();
    assert!(kept <= MAX_PARKED_DEVICES_PER_USER + MAX_PARKED_KEYS_PER_DEVICE);
    for n in 0..1500_u64 {
        let _ = inbound.received(at(n), &format!("@s{n}:x"), Some("D"), &content("D", 0, 1));
    }
    assert_eq!(inbound.rings.len(), MAX_PARKED_DEVICES);
    // The newest are the ones kept: a genuine early key is not shut out.
    assert!(inbound.has_key(&PeerDevice::new("@s1499:x", "D")));
}

#[test]
fn whatever_the_order_members_have_exactly_their_last_keys_installed() {
    for seed in 0..500_u64 {
        let mut dice = seed;
        let mut below = |n: u64| {
            dice = dice
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1_442_695_040_888_963_407);
            (dice >> 33) % n
        };
        let mut inbound = Inbound::new("!r".into());
        let mut present: BTreeSet<u64> = BTreeSet::new();
        let mut truth: BTreeMap<(u64, u8), u8> = BTreeMap::new();
        let mut mediad: BTreeMap<(String, u8), MediaKey> = BTreeMap::new();
        for step in 0..100 {
            let n = below(4);
            let user = format!("@{n}:x");
            let installs = if below(3) == 0 {
                if !present.remove(&n) {
                    present.insert(n);
                }
                // Keys of those no longer listed are wiped by the roster.
                mediad.retain(|(identity, _), _| present.contains(&identity.parse().unwrap()));
                let one = |n: &u64| member(&format!("@{n}:x"), "D", &n.to_string());
                let members: Vec<Member> = present.iter().map(one).collect();
                inbound.members_changed(at(step), &members)
            } else {
                let (index, value) = (below(8) as u8, below(200) as u8);
                truth.insert((n, index), value);
                inbound
                    .received(at(step), &user, Some("D"), &content("D", index, value))
                    .unwrap()
            };
            for order in installs {
                mediad.insert((order.identity.0, order.index), order.key);
            }
        }
        let expected: BTreeMap<(String, u8), MediaKey> = truth
            .into_iter()
            .filter(|((n, _), _)| present.contains(n))
            .map(|((n, index), value)| ((n.to_string(), index), key(value)))
            .collect();
        assert_eq!(mediad, expected, "seed {seed}");
    }
}
