//! What the tests of the stack share: waiting for a condition, asking the authorization
//! service, and a participant that is nothing but a signalling connection.
#![allow(dead_code, reason = "each test file uses its own part of this")]

pub mod sockets;

use std::future::Future;
use std::time::{Duration, Instant};

use salle_stack::{Account, Site, sfu_room_name};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

pub const MEMBER: &str = "org.matrix.msc3401.call.member";

/// Waits until `ask` answers `true`; a busy machine may take its time.
pub async fn until<F: Future<Output = bool>>(what: &str, mut ask: impl FnMut() -> F) {
    let started = Instant::now();
    while !ask().await {
        assert!(
            started.elapsed() < Duration::from_secs(60),
            "never came: {what}"
        );
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

/// Status and body of a POST to the authorization service.
pub async fn post(site: &Site, path: &str, body: &Value) -> (u16, Value) {
    let url = format!("{}{path}", site.service_url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let answer = client.post(url).json(body).send().await.unwrap();
    let status = answer.status().as_u16();
    (status, answer.json().await.unwrap_or_default())
}

/// Status and error code of a refused POST.
pub async fn refusal(site: &Site, path: &str, body: &Value) -> (u16, String) {
    let (status, body) = post(site, path, body).await;
    (
        status,
        body["errcode"].as_str().unwrap_or_default().to_owned(),
    )
}

pub async fn legacy_body(account: &Account, room: &str) -> Value {
    let token = account.openid_token().await.unwrap();
    json!({"room": room, "openid_token": token, "device_id": account.device_id})
}

pub async fn token_body(account: &Account, room: &str) -> Value {
    json!({
        "room_id": room,
        "slot_id": "m.call#ROOM",
        "openid_token": account.openid_token().await.unwrap(),
        "member": {
            "id": "member-1",
            "claimed_user_id": account.user_id,
            "claimed_device_id": account.device_id,
        },
    })
}

pub type Participant = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// Connects to the SFU with a token; `Err` is the HTTP status of the refusal.
pub async fn enter(site: &Site, jwt: &str) -> Result<Participant, u16> {
    let url = format!(
        "{}/rtc?access_token={jwt}&protocol=9&sdk=rust",
        site.sfu_url()
    );
    match connect_async(url).await {
        Ok((socket, _)) => Ok(socket),
        Err(tokio_tungstenite::tungstenite::Error::Http(answer)) => Err(answer.status().as_u16()),
        Err(error) => panic!("the SFU does not answer: {error}"),
    }
}

/// Connects and waits until the SFU lists the participant.
pub async fn enter_and_be_seen(site: &Site, room: &str, jwt: &str) -> Participant {
    let socket = enter(site, jwt).await.unwrap();
    until("the participant on the SFU", || async {
        let all = site.sfu().participants(&sfu_room_name(room)).await.unwrap();
        !all.is_empty()
    })
    .await;
    socket
}
