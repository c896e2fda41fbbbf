//! The API of [`room_fleet::api`] on fleetd's socket. Its group may ask, nobody else.

use std::sync::Arc;

use axum::extract::{DefaultBodyLimit, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use room_fleet::Refusal;
use room_fleet::api::{Confirm, Planned, RESET_WORD, Source};
use room_messages::api::{Problem, Text};
use serde::de::DeserializeOwned;
use tokio::net::UnixListener;

use super::view::Viewer;
use crate::updating::is_acceptable;

/// Longest body, in bytes.
const MAX_BODY: usize = 8 * 1024;

type App = Arc<Viewer>;

/// Serves for ever.
pub async fn serve(viewer: App, listener: UnixListener) {
    let router = Router::new()
        .route("/v1/update", get(update))
        .route("/v1/update/plan", post(plan))
        .route("/v1/update/install", post(install))
        .route("/v1/factory-reset", post(factory_reset))
        .route("/v1/health", get(health))
        .fallback(nothing)
        .layer(DefaultBodyLimit::max(MAX_BODY))
        .with_state(viewer);
    if let Err(error) = axum::serve(listener, router).await {
        tracing::error!(%error, "the API ended");
    }
}

async fn update(State(viewer): State<App>) -> Response {
    Json(viewer.update().await).into_response()
}

async fn health(State(viewer): State<App>) -> Response {
    Json(viewer.health().await).into_response()
}

async fn plan(State(viewer): State<App>, body: String) -> Response {
    let source = match read::<Source>(&body) {
        Ok(body) if is_acceptable(&body.source) => body,
        Ok(_) => return refused(&Refusal::NotFound),
        Err(problem) => return (StatusCode::BAD_REQUEST, Json(problem)).into_response(),
    };
    match viewer.updating.plan(&source).await {
        Ok(plan) => Json(Planned::from(plan)).into_response(),
        Err(refusal) => refused(&refusal),
    }
}

async fn install(State(viewer): State<App>, body: String) -> Response {
    let source = match read::<Source>(&body) {
        Ok(body) if is_acceptable(&body.source) => body,
        Ok(_) => return refused(&Refusal::NotFound),
        Err(problem) => return (StatusCode::BAD_REQUEST, Json(problem)).into_response(),
    };
    match Arc::clone(&viewer.updating).install(&source).await {
        Ok(plan) if plan.is_possible() => {
            (StatusCode::ACCEPTED, Json(Planned::from(plan))).into_response()
        }
        Ok(plan) => match plan.refusals.first() {
            Some(refusal) => refused(refusal),
            None => refused(&Refusal::UpdaterSilent),
        },
        Err(refusal) => refused(&refusal),
    }
}

async fn factory_reset(State(viewer): State<App>, body: String) -> Response {
    match read::<Confirm>(&body) {
        Ok(body) if body.confirm == RESET_WORD => {}
        Ok(_) => {
            let problem = unreadable(&format!("confirm must be \"{RESET_WORD}\""));
            return (StatusCode::BAD_REQUEST, Json(problem)).into_response();
        }
        Err(problem) => return (StatusCode::BAD_REQUEST, Json(problem)).into_response(),
    }
    // The slot that is being written would be half of one.
    let Ok(turn) = Arc::clone(&viewer.updating.busy).try_lock_owned() else {
        return refused(&Refusal::AlreadyUpdating);
    };
    tracing::warn!("reset to factory state is asked for");
    tokio::spawn(async move {
        viewer.updating.restart("factory-reset").await;
        drop(turn);
    });
    StatusCode::ACCEPTED.into_response()
}

async fn nothing() -> Response {
    let problem = Problem {
        code: "API-02".to_owned(),
        what: Text::new("There is no such path.", "Ce chemin n'existe pas."),
        next: Text::new("See docs/updates.md.", "Voyez docs/updates.md."),
    };
    (StatusCode::NOT_FOUND, Json(problem)).into_response()
}

fn refused(refusal: &Refusal) -> Response {
    let status = match refusal {
        Refusal::AlreadyUpdating | Refusal::OnTrial => StatusCode::CONFLICT,
        Refusal::UpdaterSilent => StatusCode::SERVICE_UNAVAILABLE,
        Refusal::NotFound => StatusCode::NOT_FOUND,
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    };
    (status, Json(refusal.problem())).into_response()
}

fn read<T: DeserializeOwned>(body: &str) -> Result<T, Problem> {
    serde_json::from_str(body).map_err(|error| unreadable(&error.to_string()))
}

fn unreadable(why: &str) -> Problem {
    Problem {
        code: "API-01".to_owned(),
        what: Text::new(
            format!("The request cannot be read: {why}."),
            format!("La demande est illisible : {why}."),
        ),
        next: Text::new(
            "Compare it with docs/updates.md.",
            "Comparez-la avec docs/updates.md.",
        ),
    }
}
