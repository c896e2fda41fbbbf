//! When each kind of request is due, and the orders that are.

use std::time::Duration;

use serde_json::Value;

use super::{Keeper, Order, PATIENCE, Place, RESTART_EVERY, Request};
use crate::Moment;
use crate::rtc::Mode;
use crate::rtc::membership::{DEFAULT_EXPIRES_MS, state, sticky};

/// State memberships last four hours, but Element Call refreshes hourly; so does the room.
const REFRESH_STATE: Duration = Duration::from_secs(3595);
/// Stickiness ends after an hour at the latest: leave time to try again.
const REFRESH_STICKY: Duration = Duration::from_secs(2700);

impl Keeper {
    /// Everything that is due now.
    pub(super) fn work(&mut self, now: Moment) -> Vec<Order> {
        let lapses_at = self.switch.lapses_at;
        self.switch.lapse_noticed = lapses_at.is_some_and(|at| at <= now.since_start);
        let mut orders = Vec::new();
        for request in Request::ALL {
            if self.due(request).is_some_and(|at| at <= now.since_start) {
                orders.extend(self.order(now, request));
            }
        }
        orders
    }

    /// When a request of this kind is to be made; `None` when it is not.
    pub(super) fn due(&self, request: Request) -> Option<Duration> {
        let line = self.line(request);
        if line.pending {
            return None;
        }
        let at = match request {
            Request::ScheduleLeave => self.schedule_due(),
            Request::SendMembership => self.membership_due(),
            Request::RestartLeave => self.restart_due(),
            Request::FireLeave => self.fire_due(),
            Request::CancelLeave => self.cancel_due(),
            Request::SendLeave => self.send_leave_due(),
        };
        Some(at?.max(line.not_before))
    }

    fn schedule_due(&self) -> Option<Duration> {
        let missing = self.switch.id.is_none() && !self.switch.unsupported;
        (self.wanted && missing).then_some(Duration::ZERO)
    }

    fn membership_due(&self) -> Option<Duration> {
        if !self.wanted {
            return None;
        }
        let standing = &self.standing;
        if standing.fresh {
            let armed = self.switch.id.is_some() || self.switch.unsupported;
            let wait = standing.fresh_since.saturating_add(PATIENCE);
            return Some(if armed { Duration::ZERO } else { wait });
        }
        let echo_late = standing.sent_at.saturating_add(PATIENCE);
        let updatable = standing.created_ms.is_some() || self.joining.mode == Mode::Matrix20;
        let change = standing
            .dirty
            .then_some(if updatable { Duration::ZERO } else { echo_late });
        let lost = standing.absent.then_some(echo_late);
        let refresh = standing.sent.then_some(standing.refresh_at);
        [change, lost, refresh].into_iter().flatten().min()
    }

    fn restart_due(&self) -> Option<Duration> {
        (self.wanted && self.switch.id.is_some()).then_some(self.switch.next_restart)
    }

    fn fire_due(&self) -> Option<Duration> {
        (self.leave_owed() && self.switch.id.is_some()).then_some(Duration::ZERO)
    }

    fn cancel_due(&self) -> Option<Duration> {
        let useless = !self.wanted && !self.standing.maybe_in && self.switch.id.is_some();
        (useless || self.switch.to_cancel.is_some()).then_some(Duration::ZERO)
    }

    fn send_leave_due(&self) -> Option<Duration> {
        let firing = self.line(Request::FireLeave).pending;
        (self.leave_owed() && self.switch.id.is_none() && !firing).then_some(Duration::ZERO)
    }

    fn leave_owed(&self) -> bool {
        let under_way = self.line(Request::SendMembership).pending;
        let done = under_way && self.standing.left_meanwhile;
        !self.wanted && self.standing.maybe_in && !done
    }

    fn order(&mut self, now: Moment, request: Request) -> Option<Order> {
        let order = match request {
            Request::ScheduleLeave => Order::ScheduleLeave {
                place: self.place(),
                content: self.leave_content(),
                delay_ms: self.switch.delay_ms,
            },
            Request::SendMembership => self.membership_order(now),
            Request::RestartLeave => {
                self.switch.restarting.clone_from(&self.switch.id);
                Order::RestartLeave {
                    delay_id: self.switch.id.clone()?,
                }
            }
            Request::FireLeave => Order::FireLeave {
                delay_id: self.take_id()?,
            },
            Request::CancelLeave => {
                let delay_id = self.switch.to_cancel.take().or_else(|| self.take_id())?;
                Order::CancelLeave { delay_id }
            }
            Request::SendLeave => Order::SendLeave {
                place: self.place(),
                content: self.leave_content(),
            },
        };
        let answers_before = self.standing.answers;
        let line = self.line_mut(request);
        line.answers_before = answers_before;
        line.pending = true;
        line.ordered_at = now.since_start;
        Some(order)
    }

    fn take_id(&mut self) -> Option<String> {
        self.switch.lapses_at = None;
        self.switch.id.take()
    }

    fn membership_order(&mut self, now: Moment) -> Order {
        let echo_lost = self.standing.absent
            && now.since_start >= self.standing.sent_at.saturating_add(PATIENCE);
        if echo_lost {
            self.begin_afresh(now);
        }
        let standing = &mut self.standing;
        if standing.fresh {
            standing.refresh_at = now
                .since_start
                .saturating_add(refresh_every(self.joining.mode));
        } else if standing.refresh_at <= now.since_start {
            standing.refreshes = standing.refreshes.saturating_add(1);
            standing.refresh_at = now
                .since_start
                .saturating_add(refresh_every(self.joining.mode));
        }
        standing.fresh = false;
        standing.dirty = false;
        standing.was_in = standing.maybe_in;
        standing.maybe_in = true;
        standing.left_meanwhile = false;
        Order::SendMembership {
            place: self.place(),
            content: self.join_content(),
        }
    }

    fn place(&self) -> Place {
        let joining = &self.joining;
        match joining.mode {
            Mode::Compatibility => Place::State {
                state_key: state::state_key(&joining.user, &joining.device, &joining.room_version),
            },
            Mode::Matrix20 => Place::Sticky {
                sticky_ms: sticky::STICKY_MS,
            },
        }
    }

    fn join_content(&self) -> Value {
        let (joining, standing) = (&self.joining, &self.standing);
        match joining.mode {
            Mode::Compatibility => state::join_content(&state::Joining {
                user: &joining.user,
                device: &joining.device,
                room_id: &joining.room_id,
                service_url: &joining.service_url,
                intent: joining.intent,
                expires_ms: DEFAULT_EXPIRES_MS
                    .saturating_mul(standing.refreshes.saturating_add(1))
                    .saturating_add(standing.variation_ms),
                created_ms: standing.created_ms,
            }),
            Mode::Matrix20 => sticky::join_content(&sticky::Joining {
                user: &joining.user,
                device: &joining.device,
                member_id: &joining.member_id,
                service_url: &joining.service_url,
                intent: joining.intent,
                previous: standing.event_id.as_deref(),
            }),
        }
    }

    fn leave_content(&self) -> Value {
        match self.joining.mode {
            Mode::Compatibility => state::leave_content(),
            Mode::Matrix20 => sticky::leave_content(&self.joining.member_id),
        }
    }

    pub(super) fn restart_every(&self) -> Duration {
        // A homeserver with a shorter maximum: at least four tries within the delay.
        RESTART_EVERY.min(Duration::from_millis(self.switch.delay_ms / 4))
    }
}

fn refresh_every(mode: Mode) -> Duration {
    match mode {
        Mode::Compatibility => REFRESH_STATE,
        Mode::Matrix20 => REFRESH_STICKY,
    }
}
