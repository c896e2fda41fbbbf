use super::*;

fn at(ms: u64) -> Moment {
    Moment {
        since_start: Duration::from_millis(ms),
        unix_ms: ms,
    }
}

fn busy(ms: u64) -> Failure {
    Failure::RateLimited {
        retry_after: Some(Duration::from_millis(ms)),
    }
}

/// A hand in a call, and what it orders.
struct Desk {
    hand: OwnHand,
    requests: RequestId,
    shown: Option<String>,
}

impl Desk {
    fn in_call() -> Self {
        let mut hand = OwnHand::default();
        hand.membership(Some("$m1"));
        Self {
            hand,
            requests: RequestId::default(),
            shown: None,
        }
    }

    fn work(&mut self, ms: u64) -> Option<Order> {
        let shown = self.shown.clone();
        self.hand.work(at(ms), shown.as_deref(), &mut self.requests)
    }

    fn answer(&mut self, ms: u64, order: &Order, result: Result<&str, Failure>) {
        let (Order::Raise { request, .. } | Order::Lower { request, .. }) = order;
        let result = result.map(str::to_owned);
        assert!(self.hand.answered(at(ms), *request, result));
    }

    fn raised(&mut self, ms: u64, membership: &str) -> Order {
        let order = self.work(ms);
        let raises =
            |order: &Order| matches!(order, Order::Raise { membership: m, .. } if m == membership);
        assert!(order.as_ref().is_some_and(raises), "{order:?}");
        order.unwrap()
    }

    fn lowered(&mut self, ms: u64, reaction: &str) -> Order {
        let order = self.work(ms);
        let lowers =
            |order: &Order| matches!(order, Order::Lower { reaction: r, .. } if r == reaction);
        assert!(order.as_ref().is_some_and(lowers), "{order:?}");
        order.unwrap()
    }

    /// A hand that is up by `$r1`.
    fn up() -> Self {
        let mut desk = Self::in_call();
        desk.hand.want(true);
        let order = desk.raised(0, "$m1");
        desk.answer(0, &order, Ok("$r1"));
        assert_eq!(desk.work(0), None);
        desk
    }
}

#[test]
fn a_hand_goes_up_once_and_down_once() {
    let mut desk = Desk::up();
    desk.hand.want(false);
    let order = desk.lowered(1, "$r1");
    desk.answer(1, &order, Ok("$r1"));
    assert_eq!(desk.work(2), None);
    assert_eq!(desk.hand.next_deadline(), None);
}

#[test]
fn a_rate_limit_is_waited_for_as_long_as_asked_both_ways() {
    let mut desk = Desk::in_call();
    desk.hand.want(true);
    let order = desk.raised(0, "$m1");
    desk.answer(0, &order, Err(busy(4_900)));
    assert!(desk.hand.is_wanted());
    assert_eq!(
        desk.hand.next_deadline(),
        Some(Duration::from_millis(4_900))
    );
    assert_eq!(desk.work(4_899), None);
    let order = desk.raised(4_900, "$m1");
    desk.answer(4_900, &order, Ok("$r"));
    desk.hand.want(false);
    for round in 1..20 {
        let order = desk.lowered(round * 5_000, "$r");
        desk.answer(round * 5_000, &order, Err(busy(5_000)));
    }
    let order = desk.lowered(100_000, "$r");
    desk.answer(100_000, &order, Ok("$r"));
    assert_eq!(desk.work(100_000), None);
}

#[test]
fn quick_changes_cost_one_request_at_a_time_and_end_where_they_were_wanted() {
    let mut desk = Desk::in_call();
    desk.hand.want(true);
    let first = desk.raised(0, "$m1");
    for raised in [false, true, false, true, false] {
        desk.hand.want(raised);
        assert_eq!(desk.work(1), None);
    }
    desk.answer(2, &first, Ok("$r1"));
    let order = desk.lowered(2, "$r1");
    desk.hand.want(true);
    desk.answer(3, &order, Ok("$r1"));
    let order = desk.raised(3, "$m1");
    desk.answer(4, &order, Ok("$r2"));
    assert_eq!(desk.work(4), None);
}

#[test]
fn it_is_raised_anew_for_each_new_membership() {
    let mut desk = Desk::up();
    desk.hand.membership(None);
    assert_eq!(desk.work(1), None);
    desk.hand.membership(Some("$m2"));
    let order = desk.raised(2, "$m2");
    desk.answer(2, &order, Ok("$r2"));
    desk.hand.want(false);
    desk.lowered(3, "$r2");
}

#[test]
fn a_hand_nobody_can_see_is_said_to_be_down() {
    for failure in [Failure::Forbidden, Failure::Refused, busy(61_000)] {
        let mut desk = Desk::in_call();
        desk.hand.want(true);
        let order = desk.raised(0, "$m1");
        desk.answer(0, &order, Err(failure));
        assert!(!desk.hand.is_wanted(), "{failure:?}");
        assert_eq!(desk.work(100_000), None, "{failure:?}");
    }
    let mut desk = Desk::in_call();
    desk.hand.want(true);
    let mut now = 0;
    while desk.hand.is_wanted() {
        let order = desk.raised(now, "$m1");
        desk.answer(now, &order, Err(Failure::Network));
        let next = desk.hand.next_deadline();
        now = next.map_or(now, |at| u64::try_from(at.as_millis()).unwrap());
    }
    assert!((30_000..60_000).contains(&now), "{now}");
}

#[test]
fn a_lost_answer_raises_no_second_hand_that_nothing_could_lower() {
    let mut desk = Desk::in_call();
    desk.hand.want(true);
    let order = desk.raised(0, "$m1");
    desk.answer(0, &order, Err(Failure::Network));
    // The homeserver has it already, and refuses the same once more.
    let order = desk.raised(1_000, "$m1");
    desk.answer(1_000, &order, Err(Failure::Refused));
    assert!(desk.hand.is_wanted());
    desk.shown = Some("$lost".into());
    assert_eq!(desk.work(3_000), None);
    desk.hand.want(false);
    let order = desk.lowered(3_000, "$lost");
    desk.answer(3_000, &order, Ok("$lost"));
    // The sync still shows it.
    assert_eq!(desk.work(3_001), None);
}

#[test]
fn a_lost_answer_after_a_new_membership_is_settled_by_what_the_timeline_shows() {
    let mut desk = Desk::up();
    desk.hand.membership(Some("$m2"));
    let order = desk.raised(1, "$m2");
    desk.answer(1, &order, Err(Failure::Network));
    desk.shown = Some("$r2".into());
    assert_eq!(desk.work(2), None);
    desk.hand.want(false);
    desk.lowered(2_000, "$r2");
}

#[test]
fn an_answer_to_nothing_changes_nothing() {
    let mut desk = Desk::up();
    let mut requests = RequestId::default();
    assert!(!desk.hand.answered(at(1), requests.next(), Ok("$x".into())));
    desk.hand.want(false);
    desk.lowered(1, "$r1");
}
