//! One question of the join: asked, and asked again when the homeserver wants us to wait.

use std::time::Duration;

use crate::matrix::Failure;
use crate::pause::Pause;
use crate::{Moment, RequestId};

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Question {
    open: Option<RequestId>,
    again_at: Option<Duration>,
    pause: Pause,
}

impl Question {
    /// Asks it now.
    pub(super) fn ask(&mut self, requests: &mut RequestId) -> RequestId {
        let request = requests.next();
        self.open = Some(request);
        self.again_at = None;
        request
    }

    /// Whether `request` is the open one; late answers to earlier ones are not.
    pub(super) fn is(&self, request: RequestId) -> bool {
        self.open == Some(request)
    }

    /// It is answered, or needs no answer any more.
    pub(super) fn close(&mut self) {
        self.open = None;
        self.again_at = None;
    }

    /// It is answered with a failure; whether it is asked again, before `limit` since start.
    /// Only a rate limit is waited for: anything else is better said at once.
    pub(super) fn waits(&mut self, now: Moment, failure: Failure, limit: Duration) -> bool {
        self.open = None;
        self.again_at = match failure {
            Failure::RateLimited { .. } => self.pause.again(now, failure),
            _ => None,
        };
        self.again_at = self.again_at.filter(|at| *at < limit);
        self.again_at.is_some()
    }

    pub(super) fn is_due(&self, now: Moment) -> bool {
        self.again_at.is_some_and(|at| now.since_start >= at)
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.again_at
    }
}
