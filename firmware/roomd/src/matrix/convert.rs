//! Between the words of `room-matrix` and those of the mind. No decisions.

use room_core::matrix::{Failure, MatrixFact, ReceivedKey, RoomState, Standing};
use room_core::rtc::keeper::Outcome;
use room_core::sfus::TokenFailure;
use room_matrix::{Membership, RequestError, SfuError};

/// `None` for what concerns the room's day alone.
pub(super) fn fact(fact: room_matrix::MatrixFact) -> Option<MatrixFact> {
    Some(match fact {
        room_matrix::MatrixFact::Online => MatrixFact::Online,
        room_matrix::MatrixFact::Offline { .. } => MatrixFact::Offline,
        room_matrix::MatrixFact::LoggedOut => MatrixFact::LoggedOut,
        room_matrix::MatrixFact::Verified(verified) => MatrixFact::Verified(verified),
        room_matrix::MatrixFact::Room(state) => MatrixFact::Room(Box::new(room(*state))),
        room_matrix::MatrixFact::Key(key) => MatrixFact::Key(ReceivedKey {
            sender: key.sender.clone(),
            sender_device: key.sender_device.clone(),
            content: key.content.clone(),
            received_ms: key.received_ms,
        }),
        room_matrix::MatrixFact::Timeline(event) => MatrixFact::Timeline {
            room: event.room,
            event: event.event,
        },
        room_matrix::MatrixFact::Invited { room, inviter, .. } => {
            MatrixFact::Invited { room, inviter }
        }
        room_matrix::MatrixFact::Rooms(_) => return None,
    })
}

fn room(state: room_matrix::RoomState) -> RoomState {
    let mut memberships = state.members;
    memberships.extend(state.sticky);
    RoomState {
        room: state.room,
        standing: match state.membership {
            Membership::Joined => Standing::Joined,
            Membership::Invited => Standing::Invited,
            Membership::Knocked | Membership::Left => Standing::Outside,
            Membership::Banned => Standing::Banned,
        },
        name: state.name,
        encrypted: state.encrypted,
        create: state.create,
        power_levels: state.power_levels,
        slot: state.slot,
        memberships,
        joined: state
            .joined
            .into_iter()
            .map(|member| (member.user, member.name))
            .collect(),
        knocking: state.knocking,
    }
}

pub(super) fn failure(error: &RequestError) -> Failure {
    match error {
        RequestError::RateLimited { retry_after } => Failure::RateLimited {
            retry_after: *retry_after,
        },
        RequestError::Forbidden { .. } | RequestError::NotInRoom => Failure::Forbidden,
        RequestError::NotFound { .. } => Failure::NotFound,
        RequestError::Network(_)
        | RequestError::Server { .. }
        | RequestError::LoggedOut
        | RequestError::Crypto(_) => Failure::Network,
        RequestError::Unsupported
        | RequestError::TooLong { .. }
        | RequestError::Refused { .. }
        | RequestError::Unreadable
        | RequestError::BadId { .. } => Failure::Refused,
    }
}

/// The same in the words of the membership's keeper.
pub(super) fn outcome(error: &RequestError) -> Outcome {
    match error {
        RequestError::RateLimited { retry_after } => Outcome::RateLimited {
            retry_after: *retry_after,
        },
        RequestError::Forbidden { .. } | RequestError::NotInRoom => Outcome::Forbidden,
        RequestError::NotFound { .. } => Outcome::NotFound,
        RequestError::TooLong { max } => Outcome::TooLong {
            max_ms: max.and_then(|max| u64::try_from(max.as_millis()).ok()),
        },
        RequestError::Unsupported | RequestError::Refused { .. } | RequestError::BadId { .. } => {
            Outcome::Unsupported
        }
        // A lost session and a failed encryption may come right again.
        RequestError::Network(_)
        | RequestError::Server { .. }
        | RequestError::LoggedOut
        | RequestError::Unreadable
        | RequestError::Crypto(_) => Outcome::Network,
    }
}

pub(super) fn token_failure(error: &SfuError) -> TokenFailure {
    match error {
        SfuError::OpenId(RequestError::RateLimited { retry_after }) => TokenFailure::RateLimited {
            retry_after: *retry_after,
        },
        SfuError::OpenId(_) | SfuError::Unreachable(_) => TokenFailure::Unreachable,
        SfuError::NotFound => TokenFailure::NotFound,
        SfuError::RateLimited { retry_after } => TokenFailure::RateLimited {
            retry_after: *retry_after,
        },
        SfuError::BadAddress | SfuError::Refused { .. } => TokenFailure::Refused,
        SfuError::Server { .. } | SfuError::Unreadable => TokenFailure::Failing,
    }
}
