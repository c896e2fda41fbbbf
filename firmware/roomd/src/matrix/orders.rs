//! Each order of the mind, carried out once.

use std::time::Duration;

use room_core::matrix::{MatrixFact, MatrixOrder};
use room_core::rtc::PeerDevice;
use room_core::rtc::keeper::{self, Outcome, Place};
use room_core::sfus::TokenRequest;
use room_matrix::{Event, RequestError, Session, SfuRequest};
use serde_json::Value;
use tokio::time::timeout;

use super::convert::{failure, outcome, token_failure};

/// The answer, where the order has one.
pub(super) async fn carry_out(session: &Session, order: MatrixOrder) -> Option<MatrixFact> {
    Some(match order {
        MatrixOrder::Resolve { request, alias } => {
            let result = session
                .resolve(&alias)
                .await
                .map_err(|error| failure(&error));
            MatrixFact::Resolved { request, result }
        }
        MatrixOrder::Enter { request, room, via } => {
            let result = session.join_room(&room, &via).await;
            log("join the Matrix room", &result);
            MatrixFact::Entered {
                request,
                result: result.map_err(|error| failure(&error)),
            }
        }
        MatrixOrder::AskTransports { request } => {
            let result = session.transports().await;
            log("ask for transports", &result);
            MatrixFact::Transports {
                request,
                result: result.map_err(|error| failure(&error)),
            }
        }
        MatrixOrder::AskToken {
            room,
            member_id,
            token,
        } => self::token(session, room, member_id, token).await,
        MatrixOrder::Keep { run, room, order } => {
            let request = order.request();
            let outcome = keep(session, &room, order).await;
            MatrixFact::Kept {
                run,
                request,
                outcome,
            }
        }
        MatrixOrder::SendKey {
            request,
            recipients,
            content,
        } => {
            let to: Vec<_> = recipients
                .into_iter()
                .map(|peer| (peer.user, peer.device))
                .collect();
            let result = session.send_key(&to, &content).await;
            log("send a key", &result);
            let missed = |missed: Vec<(String, String)>| {
                missed
                    .into_iter()
                    .map(|(user, device)| PeerDevice::new(user, device))
                    .collect()
            };
            let result = result.map(missed).map_err(|error| failure(&error));
            MatrixFact::KeySent { request, result }
        }
        MatrixOrder::Send {
            request,
            room,
            kind,
            content,
        } => {
            let result = session.send_timeline(&room, &kind, &content).await;
            log("send an event", &result);
            MatrixFact::Sent {
                request,
                result: result.map_err(|error| failure(&error)),
            }
        }
        MatrixOrder::Redact {
            request,
            room,
            event_id,
        } => {
            let result = session.redact(&room, &event_id).await;
            log("take an event back", &result);
            let result = result.map(|()| event_id).map_err(|error| failure(&error));
            MatrixFact::Sent { request, result }
        }
        MatrixOrder::AskReactions {
            request,
            room,
            event_id,
        } => {
            let result = session.reactions(&room, &event_id).await;
            log("ask for reactions", &result);
            MatrixFact::Reactions {
                request,
                result: result.map_err(|error| failure(&error)),
            }
        }
        MatrixOrder::Accept { request, room } => {
            let result = session.accept_invite(&room).await;
            log("accept an invitation", &result);
            MatrixFact::Accepted {
                request,
                result: result.map_err(|error| failure(&error)),
            }
        }
        MatrixOrder::Make {
            request,
            person,
            body,
        } => {
            let result = match person {
                Some(user) => session.direct_room(&user, &body).await,
                None => session.make_room(&body).await,
            };
            log("make a Matrix room", &result);
            MatrixFact::Made {
                request,
                result: result.map_err(|error| failure(&error)),
            }
        }
        MatrixOrder::Invite {
            request,
            room,
            user,
        } => {
            let result = session.invite(&room, &user).await;
            log("invite somebody", &result);
            MatrixFact::Asked {
                request,
                result: result.map_err(|error| failure(&error)),
            }
        }
        // Carried out in place, since its order matters.
        MatrixOrder::Watch { .. } => return None,
    })
}

async fn token(
    session: &Session,
    room: String,
    member_id: String,
    token: TokenRequest,
) -> MatrixFact {
    let request = SfuRequest {
        service_url: token.service_url,
        endpoint: token.endpoint,
        room,
        member_id,
    };
    let result = session.sfu_token(&request).await;
    if let Err(error) = &result {
        tracing::warn!(%error, "no token for an SFU");
    }
    MatrixFact::Token {
        request: token.request,
        result: result.map_err(|error| token_failure(&error)),
    }
}

/// One request of the keeper, within its time limit.
async fn keep(session: &Session, room: &str, order: keeper::Order) -> Outcome {
    let limit = order.time_limit();
    let request = order.request();
    match timeout(limit, Box::pin(keep_unbounded(session, room, order))).await {
        Ok(Ok(outcome)) => outcome,
        Ok(Err(error)) => {
            tracing::warn!(?request, %error, "membership");
            outcome(&error)
        }
        Err(_) => {
            tracing::warn!(?request, "membership: no answer in time");
            Outcome::Network
        }
    }
}

async fn keep_unbounded(
    session: &Session,
    room: &str,
    order: keeper::Order,
) -> Result<Outcome, RequestError> {
    let done = |()| Outcome::Sent { event_id: None };
    match order {
        keeper::Order::ScheduleLeave {
            place,
            content,
            delay_ms,
        } => {
            let delay = Duration::from_millis(delay_ms);
            let event = event(place, content);
            let delay_id = session.schedule_leave(room, &event, delay).await?;
            Ok(Outcome::Scheduled { delay_id })
        }
        keeper::Order::SendMembership { place, content }
        | keeper::Order::SendLeave { place, content } => {
            let event_id = session
                .send_membership(room, &event(place, content))
                .await?;
            Ok(Outcome::Sent {
                event_id: Some(event_id),
            })
        }
        keeper::Order::RestartLeave { delay_id } => {
            session.restart_leave(&delay_id).await.map(done)
        }
        keeper::Order::FireLeave { delay_id } => session.fire_leave(&delay_id).await.map(done),
        keeper::Order::CancelLeave { delay_id } => session.cancel_leave(&delay_id).await.map(done),
    }
}

fn event(place: Place, content: Value) -> Event {
    let kind = place.kind().to_owned();
    match place {
        Place::State { state_key } => Event::State {
            kind,
            state_key,
            content,
        },
        Place::Sticky { sticky_ms } => Event::Sticky {
            kind,
            content,
            duration: Duration::from_millis(sticky_ms),
        },
    }
}

fn log<T>(what: &str, result: &Result<T, RequestError>) {
    if let Err(error) = result {
        tracing::warn!(%error, "could not {what}");
    }
}
