//! A request to `fleetd serve`, from the one-shot that looks at sticks.

use std::path::Path;

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::Request;
use hyper::body::Bytes;
use hyper_util::rt::TokioIo;
use room_fleet::api::Source;
use room_messages::api::Problem;
use tokio::net::UnixStream;

/// Longest answer read, in bytes.
const MAX_ANSWER: usize = 64 * 1024;

/// Has a bundle installed if it is newer than what runs; what stands against it goes to the log,
/// and to the status by `fleetd serve` itself.
pub async fn install(fleet: &Path, bundle: &Path) {
    let source = Source {
        source: bundle.display().to_string(),
        only_new: true,
    };
    match post(&fleet.join("fleetd.sock"), &source).await {
        Ok(None) => tracing::info!("the update from the stick begins"),
        Ok(Some(problem)) => tracing::warn!(code = problem.code, "the stick's bundle is refused"),
        Err(error) => tracing::error!(error, "fleetd cannot be asked"),
    }
}

async fn post(socket: &Path, source: &Source) -> Result<Option<Problem>, String> {
    let said = |error: &dyn std::error::Error| error.to_string();
    let stream = UnixStream::connect(socket).await.map_err(|e| said(&e))?;
    let shaken = hyper::client::conn::http1::handshake(TokioIo::new(stream)).await;
    let (mut sender, connection) = shaken.map_err(|e| said(&e))?;
    tokio::spawn(connection);
    let body = serde_json::to_string(source).unwrap_or_default();
    let request = Request::post("/v1/update/install").header("host", "fleetd");
    let request = request
        .body(Full::new(Bytes::from(body)))
        .map_err(|e| said(&e))?;
    let response = sender.send_request(request).await.map_err(|e| said(&e))?;
    if response.status().is_success() {
        return Ok(None);
    }
    let body = Limited::new(response.into_body(), MAX_ANSWER)
        .collect()
        .await;
    let bytes = body.map_err(|error| error.to_string())?.to_bytes();
    serde_json::from_slice(&bytes)
        .map(Some)
        .map_err(|e| said(&e))
}
