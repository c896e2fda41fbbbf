//! The socket's task against servers that misbehave.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml's exception does not cover"
)]

use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use livekit_protocol as proto;
use prost::Message as _;
use proto::signal_response::Message as Said;
use room_livekit::{Address, Command, Connection, Event, Settings, connect};
use room_messages::{EndReason, Token};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::timeout;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::Message;

const PATIENCE: Duration = Duration::from_secs(60);

async fn listen() -> (TcpListener, Connection) {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}", listener.local_addr().unwrap());
    let connection = connect(Settings {
        address: Address::parse(&address).unwrap(),
        token: Token::new("token".into()),
        publishing: true,
        resume: true,
    });
    (listener, connection)
}

async fn wait<T>(connection: &mut Connection, pick: impl Fn(Event) -> Option<T>) -> T {
    let found = timeout(PATIENCE, async {
        loop {
            let event = connection.next().await.expect("ended too early");
            if let Some(found) = pick(event) {
                return found;
            }
        }
    });
    found.await.expect("nothing of the kind came")
}

/// Answers the next connection with this HTTP status.
async fn answer(listener: &TcpListener, status: &str) {
    let (mut socket, _) = listener.accept().await.unwrap();
    let mut request = [0; 2048];
    let length = socket.read(&mut request).await.unwrap();
    let request = String::from_utf8_lossy(&request[..length]).to_lowercase();
    assert!(request.contains("authorization: bearer token"));
    assert!(!request.lines().next().unwrap().contains("token"));
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: 0\r\n\r\n");
    socket.write_all(text.as_bytes()).await.unwrap();
}

async fn upgrade(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    let (socket, _) = listener.accept().await.unwrap();
    tokio_tungstenite::accept_async(socket).await.unwrap()
}

async fn say(socket: &mut WebSocketStream<TcpStream>, message: Said) {
    let message = Some(message);
    let bytes = proto::SignalResponse { message }.encode_to_vec();
    socket.send(Message::Binary(bytes.into())).await.unwrap();
}

fn join() -> Said {
    Said::Join(proto::JoinResponse {
        participant: Some(proto::ParticipantInfo {
            sid: "PA_1".into(),
            identity: "me".into(),
            ..Default::default()
        }),
        ..Default::default()
    })
}

async fn joined(connection: &mut Connection) {
    wait(connection, |event| {
        matches!(event, Event::Joined(_)).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_server_that_fails_is_told_and_tried_again() {
    let (listener, mut connection) = listen().await;
    answer(&listener, "500 Oops").await;
    wait(&mut connection, |event| {
        matches!(event, Event::Unreachable { .. }).then_some(())
    })
    .await;
    let mut socket = upgrade(&listener).await;
    say(&mut socket, join()).await;
    joined(&mut connection).await;
}

#[tokio::test]
async fn a_refused_token_ends_it() {
    let (listener, mut connection) = listen().await;
    answer(&listener, "401 Unauthorized").await;
    let reason = wait(&mut connection, |event| match event {
        Event::Ended(reason) => Some(reason),
        _ => None,
    });
    assert_eq!(reason.await, EndReason::NotAllowed);
    assert!(connection.next().await.is_none());
}

#[tokio::test]
async fn rubbish_is_left_out_and_the_connection_goes_on() {
    let (listener, mut connection) = listen().await;
    let mut socket = upgrade(&listener).await;
    for rubbish in [
        Message::Binary(vec![0xff; 1000].into()),
        Message::Text("{}".into()),
        Message::Ping(vec![1].into()),
        Message::Binary(Vec::new().into()),
    ] {
        socket.send(rubbish).await.unwrap();
    }
    say(&mut socket, Said::Pong(i64::MIN)).await;
    say(&mut socket, join()).await;
    joined(&mut connection).await;
    let pong = proto::Pong {
        last_ping_timestamp: i64::MIN,
        timestamp: i64::MAX,
    };
    say(&mut socket, Said::PongResp(pong)).await;
    say(
        &mut socket,
        Said::Mute(proto::MuteTrackRequest {
            sid: "TR_1".into(),
            muted: true,
        }),
    )
    .await;
    wait(&mut connection, |event| {
        matches!(event, Event::MuteRequested { .. }).then_some(())
    })
    .await;
}

#[tokio::test]
async fn a_message_that_is_too_long_costs_the_connection_not_the_memory() {
    let (listener, mut connection) = listen().await;
    let mut socket = upgrade(&listener).await;
    say(&mut socket, join()).await;
    joined(&mut connection).await;
    let _ = socket.send(Message::Binary(vec![0; 5 << 20].into())).await;
    let mut socket = upgrade(&listener).await;
    say(
        &mut socket,
        Said::Reconnect(proto::ReconnectResponse::default()),
    )
    .await;
    wait(&mut connection, |event| {
        matches!(event, Event::ResumedRestartIce { .. }).then_some(())
    })
    .await;
}

#[tokio::test]
async fn leaving_says_so_before_the_socket_closes() {
    let (listener, mut connection) = listen().await;
    let mut socket = upgrade(&listener).await;
    say(&mut socket, join()).await;
    joined(&mut connection).await;
    connection.send(Command::Leave).unwrap();
    let Some(Ok(Message::Binary(bytes))) = socket.next().await else {
        panic!("a leave request comes first");
    };
    let request = proto::SignalRequest::decode(bytes).unwrap();
    let message = request.message.unwrap();
    assert!(matches!(message, proto::signal_request::Message::Leave(_)));
    assert!(matches!(socket.next().await, Some(Ok(Message::Close(_)))));
}
