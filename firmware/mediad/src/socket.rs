//! The socket to `roomd`: bytes to orders, facts to bytes.
//!
//! One task each way. In: the socket, a bounded queue of facts. Out: a bounded queue of orders,
//! which ends when the socket does.

use std::path::Path;

use room_messages::wire::{self, WireError};
use room_messages::{Fact, Order};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::sync::mpsc;

const QUEUE: usize = 256;
const CHUNK: usize = 64 * 1024;

/// Connects; orders come out, facts go in.
pub async fn open(
    path: &Path,
) -> std::io::Result<(mpsc::Receiver<Result<Order, WireError>>, mpsc::Sender<Fact>)> {
    let (reader, writer) = UnixStream::connect(path).await?.into_split();
    let (order_sender, orders) = mpsc::channel(QUEUE);
    let (facts, fact_receiver) = mpsc::channel(QUEUE);
    tokio::spawn(read(reader, order_sender));
    tokio::spawn(write(writer, fact_receiver));
    Ok((orders, facts))
}

async fn read(mut socket: OwnedReadHalf, orders: mpsc::Sender<Result<Order, WireError>>) {
    let mut buffer = Vec::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        let length = match socket.read(&mut chunk).await {
            Ok(0) | Err(_) => return,
            Ok(length) => length,
        };
        buffer.extend_from_slice(chunk.get(..length).unwrap_or_default());
        loop {
            let message = match wire::decode::<Order>(&mut buffer) {
                Ok(None) => break,
                Ok(Some(order)) => Ok(order),
                Err(error) => Err(error),
            };
            let last = message.is_err();
            if orders.send(message).await.is_err() || last {
                return;
            }
        }
    }
}

async fn write(mut socket: OwnedWriteHalf, mut facts: mpsc::Receiver<Fact>) {
    while let Some(fact) = facts.recv().await {
        match wire::encode(&fact) {
            Ok(bytes) => {
                if socket.write_all(&bytes).await.is_err() {
                    return;
                }
            }
            Err(error) => tracing::warn!(%error, "a fact cannot be told"),
        }
    }
}
