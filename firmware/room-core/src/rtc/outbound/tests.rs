use std::collections::BTreeSet;

use super::*;

fn at(ms: u64) -> Moment {
    Moment {
        since_start: Duration::from_millis(ms),
        unix_ms: ms,
    }
}

fn peer(n: u64) -> PeerDevice {
    PeerDevice::new(format!("@u{n}:x"), "D")
}

fn who(n: u64, created_ms: u64) -> Recipient {
    Recipient {
        peer: peer(n),
        created_ms,
    }
}

/// Keys that count upwards, so that tests can tell them apart.
fn keys() -> impl FnMut() -> MediaKey {
    let mut count = 0_u64;
    move || {
        count += 1;
        let mut bytes = vec![0; 16];
        bytes[..8].copy_from_slice(&count.to_be_bytes());
        MediaKey::new(bytes).unwrap()
    }
}

fn sent(orders: &[Order]) -> Option<(u64, u8, Vec<PeerDevice>)> {
    orders.iter().find_map(|order| match order {
        Order::Distribute {
            round, index, to, ..
        } => Some((*round, *index, to.clone())),
        Order::Use { .. } => None,
    })
}

fn used(orders: &[Order]) -> Option<u8> {
    orders.iter().find_map(|order| match order {
        Order::Use { index, .. } => Some(*index),
        Order::Distribute { .. } => None,
    })
}

/// In a call with member 1, key 0 given at time 0.
fn settled(keys: &mut dyn KeySource) -> Outbound {
    let (mut outbound, orders) = Outbound::start(at(0), &[who(1, 1)], keys);
    let (round, ..) = sent(&orders).unwrap();
    assert!(outbound.distributed(at(0), round, &[], keys).is_empty());
    outbound
}

#[test]
fn a_key_that_failed_during_an_outage_is_sent_as_soon_as_the_homeserver_is_back() {
    let mut keys = keys();
    let (mut outbound, orders) = Outbound::start(at(0), &[who(1, 1)], &mut keys);
    let (mut round, ..) = sent(&orders).unwrap();
    let mut now = 0;
    while now < 60_000 {
        outbound.distributed(at(now), round, &[peer(1)], &mut keys);
        now = u64::try_from(outbound.next_deadline().unwrap().as_millis()).unwrap();
        let tried = sent(&outbound.tick(at(now), &mut keys));
        round = tried.unwrap().0;
    }
    outbound.distributed(at(now), round, &[peer(1)], &mut keys);
    assert!(outbound.next_deadline().unwrap() > at(now + 30_000).since_start);
    let orders = outbound.homeserver_back(at(now), &mut keys);
    let (round, index, to) = sent(&orders).unwrap();
    assert_eq!((index, to), (0, vec![peer(1)]));
    // The pauses begin anew.
    outbound.distributed(at(now), round, &[peer(1)], &mut keys);
    assert_eq!(outbound.next_deadline(), Some(at(now + 2_000).since_start));
}

#[test]
fn the_first_key_is_used_at_once_and_given_to_everybody() {
    let mut keys = keys();
    let (outbound, orders) = Outbound::start(at(0), &[who(1, 1), who(2, 1)], &mut keys);
    assert_eq!(used(&orders), Some(0));
    assert_eq!(sent(&orders).unwrap(), (1, 0, vec![peer(1), peer(2)]));
    assert_eq!(outbound.lacking.len(), 2);
}

#[test]
fn an_early_joiner_gets_the_current_key_and_nobody_else_anything() {
    let mut keys = keys();
    let mut outbound = settled(&mut keys);
    let orders = outbound.members_changed(at(9_999), &[who(1, 1), who(2, 2)], &mut keys);
    assert_eq!(sent(&orders).unwrap(), (2, 0, vec![peer(2)]));
    assert!(
        outbound
            .distributed(at(9_999), 2, &[], &mut keys)
            .is_empty()
    );
    assert_eq!(outbound.lacking.len(), 0);
}

#[test]
fn a_late_joiner_gets_a_fresh_key_and_it_is_used_a_second_later() {
    let mut keys = keys();
    let mut outbound = settled(&mut keys);
    let orders = outbound.members_changed(at(10_000), &[who(1, 1), who(2, 2)], &mut keys);
    assert_eq!(sent(&orders).unwrap(), (2, 1, vec![peer(1), peer(2)]));
    assert_eq!(used(&orders), None);
    assert!(
        outbound
            .distributed(at(10_500), 2, &[], &mut keys)
            .is_empty()
    );
    assert!(matches!(
        outbound.current_key(),
        Order::Use { index: 0, .. }
    ));
    assert_eq!(
        outbound.next_deadline(),
        Some(Duration::from_millis(11_500))
    );
    assert!(outbound.tick(at(11_499), &mut keys).is_empty());
    assert_eq!(used(&outbound.tick(at(11_500), &mut keys)), Some(1));
}

#[test]
fn after_a_leave_the_others_get_a_key_the_leaver_never_sees() {
    let mut keys = keys();
    let (mut outbound, orders) = Outbound::start(at(0), &[who(1, 1), who(2, 1)], &mut keys);
    outbound.distributed(at(0), sent(&orders).unwrap().0, &[], &mut keys);
    let orders = outbound.members_changed(at(100), &[who(2, 1)], &mut keys);
    assert_eq!(sent(&orders).unwrap(), (2, 1, vec![peer(2)]));
}

#[test]
fn a_rejoin_is_a_join_not_a_leave() {
    let mut keys = keys();
    let mut outbound = settled(&mut keys);
    let orders = outbound.members_changed(at(5_000), &[who(1, 2)], &mut keys);
    assert_eq!(sent(&orders).unwrap(), (2, 0, vec![peer(1)]));
    outbound.distributed(at(5_000), 2, &[], &mut keys);
    let orders = outbound.members_changed(at(15_000), &[who(1, 3)], &mut keys);
    assert_eq!(sent(&orders).unwrap(), (3, 1, vec![peer(1)]));
}

#[test]
fn changes_during_a_distribution_make_one_more_round() {
    let mut keys = keys();
    let mut outbound = settled(&mut keys);
    let round = sent(&outbound.members_changed(at(100), &[who(1, 1), who(2, 2)], &mut keys))
        .unwrap()
        .0;
    assert!(
        outbound
            .members_changed(at(200), &[who(2, 2), who(3, 3)], &mut keys)
            .is_empty()
    );
    assert!(
        outbound
            .members_changed(at(300), &[who(2, 2), who(4, 4)], &mut keys)
            .is_empty()
    );
    let orders = outbound.distributed(at(400), round, &[], &mut keys);
    assert_eq!(sent(&orders).unwrap(), (3, 1, vec![peer(2), peer(4)]));
}

#[test]
fn whoever_was_not_reached_is_tried_again_later_and_named_until_then() {
    let mut keys = keys();
    let (mut outbound, _) = Outbound::start(at(0), &[who(1, 1)], &mut keys);
    outbound.distributed(at(500), 1, &[peer(1)], &mut keys);
    assert_eq!(outbound.lacked_since(&peer(1)), Some(at(0)));
    assert_eq!(outbound.lacked_since(&peer(2)), None);
    assert_eq!(outbound.next_deadline(), Some(Duration::from_millis(2500)));
    let orders = outbound.tick(at(2500), &mut keys);
    assert_eq!(sent(&orders).unwrap(), (2, 0, vec![peer(1)]));
    outbound.distributed(at(2500), 2, &[peer(1)], &mut keys);
    assert_eq!(outbound.next_deadline(), Some(Duration::from_millis(6500)));
    // However late, the retry gives the same key: the device was entitled to it all along.
    let orders = outbound.tick(at(60_000), &mut keys);
    assert_eq!(sent(&orders).unwrap(), (3, 0, vec![peer(1)]));
    outbound.distributed(at(60_000), 3, &[], &mut keys);
    assert_eq!(outbound.lacking.len(), 0);
    assert_eq!(outbound.next_deadline(), None);
}

#[test]
fn a_distribution_that_never_answers_does_not_stop_the_next() {
    let mut keys = keys();
    let (mut outbound, _) = Outbound::start(at(0), &[who(1, 1)], &mut keys);
    outbound.members_changed(at(10), &[who(1, 1), who(2, 2)], &mut keys);
    assert_eq!(outbound.next_deadline(), Some(ROUND_LIMIT));
    let orders = outbound.tick(at(15_000), &mut keys);
    assert_eq!(sent(&orders).unwrap(), (2, 1, vec![peer(1), peer(2)]));
    assert!(
        outbound
            .distributed(at(15_001), 1, &[], &mut keys)
            .is_empty()
    );
    assert_eq!(outbound.lacking.len(), 2);
}

#[test]
fn the_index_starts_again_after_255() {
    let mut keys = keys();
    let mut outbound = settled(&mut keys);
    outbound.index = 255;
    let orders = outbound.members_changed(at(20_000), &[], &mut keys);
    assert_eq!(used(&orders), Some(0));
}

/// A small generator: the same seed is the same story.
struct Dice(u64);

impl Dice {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }
}

#[derive(Default)]
struct World {
    members: BTreeMap<PeerDevice, u64>,
    /// Keys each device holds, for its present join.
    held: BTreeMap<PeerDevice, Vec<MediaKey>>,
    /// Round, key, devices, and when it began.
    under_way: Option<(u64, MediaKey, Vec<PeerDevice>, u64)>,
    in_use: Option<MediaKey>,
    handed_out: BTreeMap<Vec<u8>, u64>,
}

impl World {
    fn apply(&mut self, now: u64, orders: Vec<Order>) {
        for order in orders {
            match order {
                Order::Distribute { round, key, to, .. } => {
                    assert!(
                        to.iter().all(|peer| self.members.contains_key(peer)),
                        "key for an outsider"
                    );
                    assert_eq!(to.iter().collect::<BTreeSet<_>>().len(), to.len());
                    self.under_way = Some((round, key, to, now));
                }
                Order::Use { key, .. } => {
                    if let Some(when) = self.handed_out.get(key.expose()) {
                        assert!(now >= when + 1000, "used before its second was over");
                    }
                    self.in_use = Some(key);
                }
            }
        }
    }

    /// The distribution ends; some are not reached, some are but it is reported otherwise.
    fn deliver(&mut self, now: u64, dice: &mut Dice, bad: bool) -> Option<(u64, Vec<PeerDevice>)> {
        let (round, key, to, began) = self.under_way.take()?;
        let mut failed = Vec::new();
        for peer in to {
            let luck = if bad { dice.below(6) } else { 9 };
            if luck != 0 {
                self.held.entry(peer.clone()).or_default().push(key.clone());
            }
            if luck < 2 {
                failed.push(peer);
            }
        }
        // A result after the limit comes too late to count from.
        let in_time = now < began + 15_000;
        if in_time && self.in_use.as_ref() != Some(&key) {
            self.handed_out.entry(key.expose().to_vec()).or_insert(now);
        }
        Some((round, failed))
    }

    fn recipients(&self) -> Vec<Recipient> {
        let recipient = |(peer, created): (&PeerDevice, &u64)| Recipient {
            peer: peer.clone(),
            created_ms: *created,
        };
        self.members.iter().map(recipient).collect()
    }
}

fn story(seed: u64) {
    let (mut dice, mut keys, mut world) = (Dice(seed), keys(), World::default());
    let (mut outbound, orders) = Outbound::start(at(0), &[], &mut keys);
    let mut now = 0;
    world.apply(now, orders);
    for step in 0..400_u64 {
        let quiet = step >= 150;
        let pause = if dice.below(10) == 0 { 12_000 } else { 900 };
        now += dice.below(pause);
        let orders = match dice.below(4) {
            0 if !quiet => {
                let n = dice.below(5);
                if world.members.remove(&peer(n)).is_none() || dice.below(3) == 0 {
                    world.members.insert(peer(n), step);
                    world.held.remove(&peer(n));
                }
                outbound.members_changed(at(now), &world.recipients(), &mut keys)
            }
            1 | 2 => match world.deliver(now, &mut dice, !quiet) {
                Some((round, failed)) => outbound.distributed(at(now), round, &failed, &mut keys),
                None => outbound.tick(at(now), &mut keys),
            },
            _ => outbound.tick(at(now), &mut keys),
        };
        world.apply(now, orders);
    }
    let in_use = world.in_use.clone().unwrap();
    for peer in world.members.keys() {
        assert!(
            world.held[peer].contains(&in_use),
            "seed {seed}: a member lacks the key in use"
        );
    }
    for (peer, held) in &world.held {
        let gone = !world.members.contains_key(peer);
        assert!(
            !(gone && held.contains(&in_use)),
            "seed {seed}: who left can still listen"
        );
    }
    assert_eq!(outbound.lacking.len(), 0, "seed {seed}");
    assert_eq!(outbound.next_deadline(), None, "seed {seed}");
}

#[test]
fn after_quiet_exactly_the_members_hold_the_key_in_use() {
    for seed in 0..2000 {
        story(seed);
    }
}

#[test]
fn a_rate_limit_holds_up_every_distribution_for_as_long_as_the_homeserver_asks() {
    for (asked_ms, kept_ms) in [(4_900, 4_900), (0, 100), (900_000, 300_000)] {
        let mut keys = keys();
        let (mut outbound, orders) = Outbound::start(at(0), &[who(1, 1)], &mut keys);
        let (round, ..) = sent(&orders).unwrap();
        let wait = Duration::from_millis(asked_ms);
        assert!(outbound.held_up(at(0), round, wait, &mut keys).is_empty());
        assert_eq!(outbound.lacking.len(), 1);
        let due = Duration::from_millis(kept_ms);
        assert_eq!(outbound.next_deadline(), Some(due));
        // Neither a newcomer nor the end of an outage makes it ask earlier.
        let both = [who(1, 1), who(2, 2)];
        assert!(
            outbound
                .members_changed(at(50), &both, &mut keys)
                .is_empty()
        );
        assert!(outbound.homeserver_back(at(60), &mut keys).is_empty());
        assert!(outbound.tick(at(kept_ms - 1), &mut keys).is_empty());
        let mut reached = BTreeSet::new();
        let mut orders = outbound.tick(at(kept_ms), &mut keys);
        while let Some((round, _, to)) = sent(&orders) {
            reached.extend(to);
            orders = outbound.distributed(at(kept_ms), round, &[], &mut keys);
        }
        assert_eq!(reached, BTreeSet::from([peer(1), peer(2)]), "{asked_ms}");
        assert_eq!(outbound.lacking.len(), 0);
    }
}
