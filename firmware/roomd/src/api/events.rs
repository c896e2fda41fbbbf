//! Server-sent events: the whole status, first as it is, then whenever it changed.

use std::convert::Infallible;
use std::time::Duration;

use axum::extract::State;
use axum::response::sse::{Event, KeepAlive, Sse};
use futures_util::Stream;
use tokio::time::sleep;

use super::App;

/// Least time between two events: a panel needs no more, and voices change often.
const PACE: Duration = Duration::from_millis(100);

/// Status as events: a snapshot, then changes, at most ten a second.
#[utoipa::path(get, path = "/v1/events",
    responses((status = 200, content_type = "text/event-stream",
        description = "events named `status`, each a whole Status")))]
pub async fn events(State(app): State<App>) -> Sse<impl Stream<Item = Result<Event, Infallible>>> {
    let mut snapshots = app.mind.snapshots();
    let events = async_stream::stream! {
        loop {
            let status = snapshots.borrow_and_update().status.clone();
            // A status always has a JSON form; an event that has none is left out.
            if let Ok(event) = Event::default().event("status").json_data(&*status) {
                yield Ok(event);
            }
            sleep(PACE).await;
            if snapshots.changed().await.is_err() {
                return;
            }
        }
    };
    Sse::new(events).keep_alive(KeepAlive::default())
}
