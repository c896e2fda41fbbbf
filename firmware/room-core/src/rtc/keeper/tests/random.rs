//! Random orders of events against a homeserver that remembers what it was told.

use std::collections::VecDeque;

use super::*;

/// Own small generator: the same seed is the same story.
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
struct Homeserver {
    /// Event id of the membership in force.
    member: Option<String>,
    /// The one scheduled leave and when it is sent.
    scheduled: Option<(String, u64)>,
    count: u64,
}

impl Homeserver {
    fn pass(&mut self, now: u64) {
        if self
            .scheduled
            .as_ref()
            .is_some_and(|(_, when)| *when <= now)
        {
            self.scheduled = None;
            self.member = None;
        }
    }

    fn carry_out(&mut self, now: u64, order: &Order) -> Outcome {
        self.count += 1;
        let id = format!("{}", self.count);
        match order {
            Order::ScheduleLeave { delay_ms, .. } => {
                self.scheduled = Some((id.clone(), now + delay_ms));
                return Outcome::Scheduled { delay_id: id };
            }
            Order::SendMembership { .. } => self.member = Some(id.clone()),
            Order::SendLeave { .. } => self.member = None,
            Order::RestartLeave { delay_id }
            | Order::FireLeave { delay_id }
            | Order::CancelLeave { delay_id } => {
                let known = self
                    .scheduled
                    .as_ref()
                    .is_some_and(|(known, _)| known == delay_id);
                if !known {
                    return Outcome::NotFound;
                }
                match order {
                    Order::RestartLeave { .. } => {
                        self.scheduled = Some((delay_id.clone(), now + 18_000))
                    }
                    Order::FireLeave { .. } => (self.scheduled, self.member) = (None, None),
                    _ => self.scheduled = None,
                }
            }
        }
        Outcome::Sent { event_id: Some(id) }
    }

    fn seen(&self) -> Option<Seen> {
        let event_id = self.member.clone()?;
        Some(Seen {
            event_id,
            created_ms: 1,
        })
    }
}

/// Carries an order out, or loses it before or after.
fn answer(dice: &mut Dice, server: &mut Homeserver, now: u64, order: &Order, bad: bool) -> Outcome {
    match if bad { dice.below(6) } else { 9 } {
        0 => Outcome::Network,
        1 => {
            server.carry_out(now, order);
            Outcome::Network
        }
        2 => Outcome::RateLimited {
            retry_after: Some(Duration::from_millis(dice.below(3000))),
        },
        _ => server.carry_out(now, order),
    }
}

fn story(seed: u64, mode: Mode) {
    let mut dice = Dice(seed);
    let mut server = Homeserver::default();
    let (mut keeper, first) = Keeper::join(at(0), joining(mode));
    let mut waiting: VecDeque<Order> = VecDeque::new();
    let mut now = 0;
    let mut orders = first;
    let (stormy, leave_at) = (60, 30 + dice.below(120));
    for step in 0..400_u64 {
        for order in orders.drain(..) {
            let kind = order.request();
            assert!(
                waiting.iter().all(|o| o.request() != kind),
                "two {kind:?} at once, seed {seed}"
            );
            waiting.push_back(order);
        }
        let bad = step < stormy;
        now += dice.below(1500);
        server.pass(now);
        orders = match dice.below(4) {
            0 => keeper.own_seen(at(now), server.seen()),
            1 if !waiting.is_empty() => {
                let pick = usize::try_from(dice.below(waiting.len() as u64)).unwrap();
                let order = waiting.remove(pick).unwrap();
                let outcome = answer(&mut dice, &mut server, now, &order, bad);
                keeper.answered(at(now), order.request(), outcome)
            }
            2 if bad && dice.below(20) == 0 => {
                let intent = if dice.below(2) == 0 {
                    Intent::Audio
                } else {
                    Intent::Video
                };
                keeper.set_intent(at(now), intent)
            }
            _ => keeper.tick(at(now)),
        };
        if step == leave_at {
            orders.extend(keeper.leave(at(now)));
        }
        if keeper.has_left() {
            assert!(step >= leave_at);
            assert!(orders.is_empty() && waiting.is_empty(), "seed {seed}");
            server.pass(now + 20_000);
            assert_eq!(
                server.member, None,
                "left, but the homeserver shows it, seed {seed}"
            );
            return;
        }
    }
    panic!("never left, seed {seed}: {keeper:?}");
}

#[test]
fn whatever_the_order_of_answers_leaving_ends_outside_the_call() {
    for seed in 0..3000 {
        story(seed, Mode::Compatibility);
        story(seed, Mode::Matrix20);
    }
}

#[test]
fn after_a_storm_the_room_is_a_member_again() {
    for seed in 0..1000 {
        let mut dice = Dice(seed);
        let mut server = Homeserver::default();
        let (mut keeper, mut orders) = Keeper::join(at(0), joining(Mode::Compatibility));
        let mut now = 0;
        for step in 0..300_u64 {
            now += 200 + dice.below(1000);
            server.pass(now);
            let mut next = Vec::new();
            for order in orders {
                let outcome = answer(&mut dice, &mut server, now, &order, step < 100);
                next.extend(keeper.answered(at(now), order.request(), outcome));
            }
            next.extend(keeper.own_seen(at(now), server.seen()));
            next.extend(keeper.tick(at(now)));
            orders = next;
        }
        assert!(
            keeper.is_member() && !keeper.probably_left(at(now)),
            "seed {seed}"
        );
        assert!(server.member.is_some(), "seed {seed}: {keeper:?}");
    }
}
