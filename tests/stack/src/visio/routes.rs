//! The paths of the guest API, each with its slash at the end.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::header::{AUTHORIZATION, COOKIE, LOCATION, RETRY_AFTER, SET_COOKIE};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};

use super::lobby::Standing;
use super::{Access, Mood, Shared, uuid};

type App = State<Arc<Shared>>;

pub(super) fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route("/api/v1.0/rooms/{slug}/", get(look_up))
        .route("/api/v1.0/rooms/{slug}/request-entry/", post(request_entry))
        .route("/api/v1.0/rooms/{slug}/toggle-hand/", post(toggle_hand))
        .fallback(slashless)
        .with_state(shared)
}

/// A path without its last slash is redirected, whatever the method.
async fn slashless(uri: axum::http::Uri) -> Response {
    let to = format!("{}/", uri.path());
    (StatusCode::MOVED_PERMANENTLY, [(LOCATION, to)]).into_response()
}

fn refused(status: StatusCode, detail: &str) -> Response {
    (status, axum::Json(json!({"detail": detail}))).into_response()
}

fn unknown() -> Response {
    refused(StatusCode::NOT_FOUND, "No Room matches the given query.")
}

/// What stands against any answer.
fn trouble(shared: &Shared) -> Option<Response> {
    match shared.state().mood {
        Mood::Kind => None,
        Mood::Away => Some((StatusCode::BAD_GATEWAY, "<html>502</html>").into_response()),
        Mood::Throttling(seconds) => {
            let mut answer = refused(StatusCode::TOO_MANY_REQUESTS, "Request was throttled.");
            answer.headers_mut().insert(RETRY_AFTER, seconds.into());
            Some(answer)
        }
    }
}

async fn look_up(
    State(shared): App,
    Path(slug): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Response {
    if let Some(trouble) = trouble(&shared) {
        return trouble;
    }
    let name = query.get("username").cloned().unwrap_or("Anonymous".into());
    let known = {
        let state = shared.state();
        let meeting = state.meetings.get(&slug);
        meeting
            .map(|meeting| (meeting.id.clone(), meeting.access))
            .ok_or(state.unregistered)
    };
    match known {
        Ok((id, Access::Trusted)) => axum::Json(json!({
            "id": id, "name": slug, "slug": slug, "configuration": {}, "access_level": "trusted",
        }))
        .into_response(),
        Ok((id, Access::Public)) => axum::Json(json!({
            "id": id, "name": slug, "slug": slug, "configuration": {}, "access_level": "public",
            "pin_code": null, "livekit": livekit(&shared, &id, &new_id(), &name),
        }))
        .into_response(),
        Err(false) => unknown(),
        Err(true) => {
            // The real instance leaves this to LiveKit's own `auto_create`.
            let _ = shared.sfu.create_room(&slug).await;
            axum::Json(json!({
                "id": null, "slug": slug, "is_administrable": false, "access_level": "public",
                "livekit": livekit(&shared, &slug, &new_id(), &name),
            }))
            .into_response()
        }
    }
}

async fn request_entry(
    State(shared): App,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    if let Some(trouble) = trouble(&shared) {
        return trouble;
    }
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(name) = body.get("username").and_then(Value::as_str) else {
        let answer = json!({"username": ["This field is required."]});
        return (StatusCode::BAD_REQUEST, axum::Json(answer)).into_response();
    };
    let id = cookie(&headers).unwrap_or_else(new_id);
    let (room, standing) = {
        let mut state = shared.state();
        let Some(meeting) = state.meetings.get(&slug) else {
            return unknown();
        };
        let (room, access) = (meeting.id.clone(), meeting.access);
        let standing = match access {
            Access::Public => Standing::Accepted,
            Access::Trusted => state.lobby.ask(&slug, &id, name),
        };
        (room, standing)
    };
    let (status, livekit) = match standing {
        Standing::Waiting => ("waiting", Value::Null),
        Standing::Denied => ("denied", Value::Null),
        Standing::Accepted => ("accepted", livekit(&shared, &room, &id, name)),
    };
    let answer = json!({
        "status": status, "username": name, "id": id, "color": "hsl(129, 62%, 50%)",
        "livekit": livekit,
    });
    let cookie = format!("lobbyParticipantId={id}; HttpOnly; Path=/; SameSite=Lax; Secure");
    ([(SET_COOKIE, cookie)], axum::Json(answer)).into_response()
}

async fn toggle_hand(
    State(shared): App,
    Path(slug): Path<String>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    let Some(room) = shared.state().meetings.get(&slug).map(|m| m.id.clone()) else {
        return unknown();
    };
    let Some(identity) = bearer(&shared, &headers, &room) else {
        return refused(StatusCode::FORBIDDEN, "Invalid token.");
    };
    let body: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(raised) = body.get("raised").and_then(Value::as_bool) else {
        return refused(StatusCode::BAD_REQUEST, "raised");
    };
    let at = if raised {
        "2026-11-22T15:36:51.658456+00:00"
    } else {
        ""
    };
    let fields = json!({"attributes": {"handRaisedAt": at}});
    let sfu = &shared.sfu;
    match sfu.update_participant(&room, &identity, fields).await {
        Ok(()) => axum::Json(json!({"status": "success"})).into_response(),
        Err(_) => refused(StatusCode::NOT_FOUND, "Participant not found"),
    }
}

/// Whose token it is, if it is one for this room; notes when it is one of the lobby's own.
fn bearer(shared: &Shared, headers: &HeaderMap, room: &str) -> Option<String> {
    let header = headers.get(AUTHORIZATION)?.to_str().ok()?;
    let token = header.strip_prefix("Bearer ")?;
    let claims = shared.key.verify(token).ok()?;
    let mut state = shared.state();
    if state.given.iter().any(|given| given == token) {
        state.old_tokens += 1;
    }
    let same = claims.pointer("/video/room")?.as_str()? == room;
    same.then(|| claims.get("sub")?.as_str().map(str::to_owned))?
}

fn cookie(headers: &HeaderMap) -> Option<String> {
    let header = headers.get(COOKIE)?.to_str().ok()?;
    let mut pairs = header.split(';').map(str::trim);
    let own = pairs.find_map(|pair| pair.strip_prefix("lobbyParticipantId="))?;
    Some(own.to_owned())
}

fn new_id() -> String {
    // Without random numbers there is no site at all.
    uuid().unwrap_or_default()
}

fn livekit(shared: &Shared, room: &str, identity: &str, name: &str) -> Value {
    let token = token(shared, room, identity, name);
    shared.state().given.push(token.clone());
    json!({"url": shared.sfu_url.replacen("ws", "http", 1), "room": room, "token": token})
}

pub(super) fn token(shared: &Shared, room: &str, identity: &str, name: &str) -> String {
    let now = crate::token::unix_now();
    shared.key.sign(&json!({
        "sub": identity, "name": name, "iss": shared.key.name, "nbf": now, "exp": now + 6 * 3600,
        "video": {
            "room": room, "roomJoin": true, "roomAdmin": false, "canSubscribe": true,
            "canPublish": true, "canPublishData": true, "canUpdateOwnMetadata": false,
            "canPublishSources": ["camera", "microphone", "screen_share", "screen_share_audio"],
        },
        "attributes": {
            "color": "hsl(234, 52%, 48%)", "room_role": "", "is_authenticated": "false",
        },
    }))
}
