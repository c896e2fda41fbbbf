//! What the membership keeper asks for, and what may come of it.

use std::time::Duration;

use serde_json::Value;

use crate::rtc::membership::{state, sticky};

/// Where an event goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// State event [`state::KIND`] with this state key.
    State { state_key: String },
    /// Timeline event [`sticky::KIND`], sticky for this long. In an encrypted room the
    /// membership is Megolm-encrypted; the delayed leave cannot be and goes in clear.
    Sticky { sticky_ms: u64 },
}

impl Place {
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::State { .. } => state::KIND,
            Self::Sticky { .. } => sticky::KIND,
        }
    }
}

/// One request to the homeserver. Each is answered exactly once by
/// [`Keeper::answered`](super::Keeper::answered) with the same [`Request`], also when it timed out.
#[derive(Clone, Debug, PartialEq)]
pub enum Order {
    /// Schedule the leave `delay_ms` from now (MSC4140). Answer: `Scheduled`.
    ScheduleLeave {
        place: Place,
        content: Value,
        delay_ms: u64,
    },
    /// Join, refresh or change the membership. Answer: `Sent`.
    SendMembership { place: Place, content: Value },
    /// Start the delay anew. Answer: `Sent`.
    RestartLeave { delay_id: String },
    /// Send the scheduled leave now. Answer: `Sent`.
    FireLeave { delay_id: String },
    /// Forget the scheduled leave. Answer: `Sent`.
    CancelLeave { delay_id: String },
    /// Leave by an ordinary event. Answer: `Sent`.
    SendLeave { place: Place, content: Value },
}

/// Which order an answer belongs to; at most one of each is under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Request {
    ScheduleLeave,
    SendMembership,
    RestartLeave,
    FireLeave,
    CancelLeave,
    SendLeave,
}

impl Request {
    pub const ALL: [Self; 6] = [
        Self::ScheduleLeave,
        Self::SendMembership,
        Self::RestartLeave,
        Self::FireLeave,
        Self::CancelLeave,
        Self::SendLeave,
    ];
}

impl Order {
    #[must_use]
    pub fn request(&self) -> Request {
        match self {
            Self::ScheduleLeave { .. } => Request::ScheduleLeave,
            Self::SendMembership { .. } => Request::SendMembership,
            Self::RestartLeave { .. } => Request::RestartLeave,
            Self::FireLeave { .. } => Request::FireLeave,
            Self::CancelLeave { .. } => Request::CancelLeave,
            Self::SendLeave { .. } => Request::SendLeave,
        }
    }

    /// After this long without an answer the request is to be given up as
    /// [`Outcome::Network`]: a hanging restart must not eat the delay it should renew.
    #[must_use]
    pub fn time_limit(&self) -> Duration {
        match self {
            Self::RestartLeave { .. } | Self::CancelLeave { .. } => Duration::from_secs(2),
            Self::FireLeave { .. } => Duration::from_secs(5),
            _ => Duration::from_secs(10),
        }
    }
}

/// What came of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    Scheduled {
        delay_id: String,
    },
    /// Done; `event_id` when the answer names one.
    Sent {
        event_id: Option<String>,
    },
    /// 429, with `retry_after_ms` or `Retry-After` when given.
    RateLimited {
        retry_after: Option<Duration>,
    },
    /// 404.
    NotFound,
    /// 403.
    Forbidden,
    /// The homeserver does not know the request (`M_UNRECOGNIZED` and the like), or refuses it
    /// in a way no repetition mends (other 4xx).
    Unsupported,
    /// The delay is longer than the homeserver allows.
    TooLong {
        max_ms: Option<u64>,
    },
    /// No answer, time-out, or 5xx: it may or may not have been carried out.
    Network,
}
