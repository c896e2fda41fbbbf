//! The endpoints: `/sfu/get`, `/get_token`, `/delegate_delayed_leave`, `/sfu_webhook`,
//! `/healthz`.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{DefaultBodyLimit, Request, State};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use axum::middleware::{Next, from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use serde_json::{Value, json};
use url::Url;

use super::faults::{Fault, Faults};
use super::homeservers::Homeservers;
use super::leaves::{Leaves, Whose};
use super::refusal::Refusal;
use super::requests::{self, Delegation, OpenIdToken, TokenRequest};
use super::webhook;
use crate::options::FullAccess;
use crate::sfu::Sfu;
use crate::token::{ApiKey, Grants};

const LARGEST_BODY: usize = 64 * 1024;
const RESTRICTED: &str = "Delegation of delayed events is only supported for full access users";
const NO_API: &str = "Unable to resolve client-server API";

/// What all requests share.
pub(crate) struct Shared {
    pub sfu_url: String,
    pub key: ApiKey,
    pub server_name: String,
    pub full_access: FullAccess,
    pub delegation: bool,
    pub homeservers: Homeservers,
    pub sfu: Sfu,
    pub leaves: Leaves,
    pub faults: Faults,
}

type Service = State<Arc<Shared>>;

pub(crate) fn router(shared: Shared) -> Router {
    let shared = Arc::new(shared);
    let tokens = Router::new()
        .route("/sfu/get", post(legacy))
        .route("/get_token", post(token))
        .layer(from_fn_with_state(shared.clone(), misbehave));
    let mut clients = tokens;
    if shared.delegation {
        clients = clients.route("/delegate_delayed_leave", post(delegate));
    }
    clients
        .layer(from_fn_with_state(shared.clone(), unless_ending))
        .layer(from_fn(any_origin))
        .route("/sfu_webhook", post(sfu_webhook))
        .route("/healthz", get(|| async { StatusCode::OK }))
        .layer(DefaultBodyLimit::max(LARGEST_BODY))
        .with_state(shared)
}

async fn legacy(State(shared): Service, body: Bytes) -> Result<Response, Refusal> {
    shared
        .grant(requests::legacy(&body, shared.delegation)?)
        .await
}

async fn token(State(shared): Service, body: Bytes) -> Result<Response, Refusal> {
    shared
        .grant(requests::token(&body, shared.delegation)?)
        .await
}

async fn delegate(State(shared): Service, body: Bytes) -> Result<Response, Refusal> {
    let (request, delegation) = requests::leave(&body)?;
    let user_id = shared.user(&request).await?;
    if !shared.has_full_access(&request.openid) {
        return Err(Refusal::Forbidden(RESTRICTED));
    }
    let api = shared.client_api(&request.openid).await?;
    let whose = Whose {
        identity: request.identity.of(&user_id),
        room: request.room,
    };
    shared.leaves.take_over(whose, delegation, api);
    Ok(Json(json!({})).into_response())
}

async fn sfu_webhook(State(shared): Service, headers: HeaderMap, body: Bytes) -> StatusCode {
    let authorization = headers
        .get(header::AUTHORIZATION)
        .and_then(|v| v.to_str().ok());
    if !webhook::is_genuine(&shared.key, authorization.unwrap_or_default(), &body) {
        return StatusCode::UNAUTHORIZED;
    }
    if let Some((whose, fact)) = webhook::report(&body) {
        shared.leaves.report(&whose, fact);
    }
    StatusCode::OK
}

impl Shared {
    /// From a complete request to a token, with the room made and the leave taken over
    /// where the user's homeserver is one with full access.
    async fn grant(&self, request: TokenRequest) -> Result<Response, Refusal> {
        let user_id = self.user(&request).await?;
        let full_access = self.has_full_access(&request.openid);
        if request.delegation.is_some() && !full_access {
            return Err(Refusal::BadJson(RESTRICTED));
        }
        let identity = request.identity.of(&user_id);
        let jwt = self.key.join(&request.room, &identity, &Grants::default());
        if full_access {
            let leave = self.leave(&request).await?;
            self.sfu
                .create_room(&request.room)
                .await
                .map_err(|_| Refusal::Sfu)?;
            if let Some((delegation, api)) = leave {
                let whose = Whose {
                    room: request.room,
                    identity,
                };
                self.leaves.take_over(whose, delegation, api);
            }
        }
        Ok(Json(json!({"url": self.sfu_url, "jwt": jwt})).into_response())
    }

    /// The delegation with the API it needs; looked up before a room is made, so that a
    /// request that fails leaves no room behind.
    async fn leave(&self, request: &TokenRequest) -> Result<Option<(Delegation, Url)>, Refusal> {
        match &request.delegation {
            None => Ok(None),
            Some(d) => Ok(Some((d.clone(), self.client_api(&request.openid).await?))),
        }
    }

    async fn user(&self, request: &TokenRequest) -> Result<String, Refusal> {
        let owner = self
            .homeservers
            .owner(&request.openid)
            .await
            .ok_or(Refusal::Unauthorized)?;
        match &request.claimed_user_id {
            Some(claimed) if *claimed != owner => Err(Refusal::Unauthorized),
            _ => Ok(owner),
        }
    }

    fn has_full_access(&self, openid: &OpenIdToken) -> bool {
        match self.full_access {
            FullAccess::OwnSite => openid.matrix_server_name == self.server_name,
            FullAccess::Nobody => false,
        }
    }

    async fn client_api(&self, openid: &OpenIdToken) -> Result<Url, Refusal> {
        let found = self
            .homeservers
            .client_api(&openid.matrix_server_name)
            .await;
        found.ok_or(Refusal::BadJson(NO_API))
    }
}

/// Browsers of any origin may ask; a preflight is answered at once.
async fn any_origin(request: Request, next: Next) -> Response {
    let mut response = if request.method() == Method::OPTIONS {
        StatusCode::OK.into_response()
    } else {
        next.run(request).await
    };
    for (name, value) in [
        (header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"),
        (header::ACCESS_CONTROL_ALLOW_METHODS, "POST"),
        (
            header::ACCESS_CONTROL_ALLOW_HEADERS,
            "Accept, Content-Type, Content-Length, Accept-Encoding, X-CSRF-Token",
        ),
    ] {
        response
            .headers_mut()
            .insert(name, HeaderValue::from_static(value));
    }
    response
}

/// Says no to everything once the service is told to end.
async fn unless_ending(State(shared): Service, request: Request, next: Next) -> Response {
    if shared.faults.is_ending() {
        return Refusal::Ending.into_response();
    }
    next.run(request).await
}

/// Lets the switched-on fault have its way with a request for a token.
async fn misbehave(State(shared): Service, request: Request, next: Next) -> Response {
    if request.method() != Method::POST {
        return next.run(request).await;
    }
    let unknown = |status: StatusCode| {
        let error = json!({"errcode": "M_UNKNOWN", "error": "Internal Server Error"});
        (status, Json(error)).into_response()
    };
    match shared.faults.next() {
        None => next.run(request).await,
        Some(Fault::Status(status)) => {
            unknown(StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR))
        }
        Some(Fault::ForeignKey) => resigned(next.run(request).await).await,
        Some(Fault::Nonsense) => (StatusCode::OK, "<html>").into_response(),
        Some(Fault::Limited(wait)) => limited(wait),
    }
}

/// The same answer with another signature on its token.
async fn resigned(granted: Response) -> Response {
    let (parts, body) = granted.into_parts();
    // Written by this service a moment ago, so it is there and short.
    let bytes = to_bytes(body, LARGEST_BODY).await.unwrap_or_default();
    let mut answer: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let token = answer.get("jwt").and_then(Value::as_str);
    if let Some((claims, _)) = token.and_then(|token| token.rsplit_once('.')) {
        let foreign = "A".repeat(43);
        answer = json!({"url": answer.get("url"), "jwt": format!("{claims}.{foreign}")});
    }
    Response::from_parts(parts, answer.to_string().into())
}

fn limited(wait: std::time::Duration) -> Response {
    let error = json!({
        "errcode": "M_LIMIT_EXCEEDED", "error": "Too Many Requests",
        "retry_after_ms": u64::try_from(wait.as_millis()).unwrap_or(u64::MAX),
    });
    let seconds = HeaderValue::from(wait.as_secs_f64().ceil() as u64);
    let mut response = (StatusCode::TOO_MANY_REQUESTS, Json(error)).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, seconds);
    response
}
