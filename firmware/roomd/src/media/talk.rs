//! One conversation over the media socket.

use room_core::input::Input;
use room_messages::{Fact, Order, wire};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;
use tokio::time::{Duration, timeout};

use super::Questions;
use crate::mind::Mind;

/// Bytes read at once.
const CHUNK: usize = 64 * 1024;
/// A `mediad` that takes no order for so long is stuck.
const WRITE_LIMIT: Duration = Duration::from_secs(5);

/// Talks until the other side closes, breaks the protocol, or takes nothing more.
pub(super) async fn run(
    stream: UnixStream,
    orders: &mut mpsc::UnboundedReceiver<Order>,
    questions: &Questions,
    mind: &Mind,
) {
    let (reading, writing) = stream.into_split();
    tokio::select! {
        () = read(reading, questions, mind) => {}
        () = write(writing, orders) => {}
    }
}

async fn read(mut stream: OwnedReadHalf, questions: &Questions, mind: &Mind) {
    let mut buffer = Vec::new();
    loop {
        buffer.reserve(CHUNK);
        match stream.read_buf(&mut buffer).await {
            Ok(0) | Err(_) => return,
            Ok(_) => {}
        }
        loop {
            match wire::decode::<Fact>(&mut buffer) {
                Ok(Some(fact)) => take(fact, questions, mind).await,
                Ok(None) => break,
                Err(error) => {
                    tracing::error!(%error, "mediad speaks another language");
                    return;
                }
            }
        }
    }
}

/// Answers go to those who asked, everything else to the mind.
async fn take(fact: Fact, questions: &Questions, mind: &Mind) {
    match fact {
        Fact::Picture { request, picture } => questions.picture(request, picture),
        Fact::Statistics { request, tracks } => questions.statistics(request, tracks),
        Fact::Started { version } => tracing::info!(version, "mediad started"),
        fact => {
            if matches!(fact, Fact::Devices { .. }) {
                questions.devices_told();
            }
            mind.tell(Input::Media(fact)).await;
        }
    }
}

async fn write(mut stream: OwnedWriteHalf, orders: &mut mpsc::UnboundedReceiver<Order>) {
    while let Some(order) = orders.recv().await {
        let frame = match wire::encode(&order) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::error!(%error, "an order cannot be written");
                continue;
            }
        };
        match timeout(WRITE_LIMIT, stream.write_all(&frame)).await {
            Ok(Ok(())) => {}
            Ok(Err(_)) => return,
            Err(_) => {
                tracing::error!("mediad takes no more orders");
                return;
            }
        }
    }
}
