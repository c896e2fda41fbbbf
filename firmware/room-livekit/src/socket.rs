//! One WebSocket to the server: opening, framing, closing. No decisions.

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use livekit_protocol::{SignalRequest, SignalResponse};
use prost::Message as _;
use room_messages::Token;
use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_tungstenite::tungstenite::client::IntoClientRequest as _;
use tokio_tungstenite::tungstenite::http::{HeaderValue, header::AUTHORIZATION};
use tokio_tungstenite::tungstenite::protocol::WebSocketConfig;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{
    Connector, MaybeTlsStream, WebSocketStream, connect_async_tls_with_config,
};
use url::Url;

use crate::machine::OpenFailure;

/// Longest message taken, in bytes.
const MAX_MESSAGE: usize = 4 * 1024 * 1024;
/// For name look-up, TCP, TLS and the upgrade together.
const OPEN_TIMEOUT: Duration = Duration::from_secs(10);
/// A message that cannot be handed to the network within this time: the connection is dead.
const SEND_TIMEOUT: Duration = Duration::from_secs(10);
const CLOSE_TIMEOUT: Duration = Duration::from_millis(500);

/// An open socket.
#[derive(Debug)]
pub struct Socket(WebSocketStream<MaybeTlsStream<TcpStream>>);

/// Opens a socket; the token goes into a header.
pub async fn open(url: Url, token: Token) -> Result<Socket, OpenFailure> {
    match timeout(OPEN_TIMEOUT, open_now(url, token)).await {
        Ok(result) => result,
        Err(_) => Err(OpenFailure::Unreachable("no answer within 10 s".into())),
    }
}

async fn open_now(url: Url, token: Token) -> Result<Socket, OpenFailure> {
    let connector = if url.scheme() == "wss" {
        Connector::Rustls(tls()?)
    } else {
        Connector::Plain
    };
    let mut request = url.as_str().into_client_request().map_err(failure)?;
    let mut bearer = HeaderValue::try_from(format!("Bearer {}", token.expose()))
        .map_err(|_| OpenFailure::Unreachable("the token is not one line of text".into()))?;
    bearer.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, bearer);
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_MESSAGE))
        .max_frame_size(Some(MAX_MESSAGE));
    // Without Nagle: candidates and answers are small, and each is waited for.
    let opened = connect_async_tls_with_config(request, Some(config), true, Some(connector));
    let (stream, _) = opened.await.map_err(failure)?;
    Ok(Socket(stream))
}

fn tls() -> Result<Arc<ClientConfig>, OpenFailure> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        let detail = "this system has no certificates to trust (package ca-certificates)";
        return Err(OpenFailure::Unreachable(detail.into()));
    }
    let config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|error| OpenFailure::Unreachable(error.to_string()))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

fn failure(error: Error) -> OpenFailure {
    match error {
        Error::Http(response) => OpenFailure::Refused(response.status().as_u16()),
        // Text of other kinds could repeat what the server sent.
        Error::Io(error) => OpenFailure::Unreachable(error.to_string()),
        Error::Tls(error) => OpenFailure::Unreachable(error.to_string()),
        Error::Url(error) => OpenFailure::Unreachable(error.to_string()),
        Error::Protocol(error) => OpenFailure::Unreachable(error.to_string()),
        _ => OpenFailure::Unreachable("the WebSocket could not be opened".into()),
    }
}

/// What came out of a socket.
#[derive(Debug)]
pub enum Incoming {
    Message(Box<SignalResponse>),
    /// Nothing for us: control frames, text, what we cannot read.
    Nothing,
    Closed,
}

impl Socket {
    /// Waits for the next frame. Cancel safe.
    pub async fn next(&mut self) -> Incoming {
        match self.0.next().await {
            Some(Ok(Message::Binary(bytes))) => match SignalResponse::decode(bytes) {
                Ok(response) => Incoming::Message(Box::new(response)),
                Err(_) => {
                    tracing::debug!("unreadable message from the SFU left out");
                    Incoming::Nothing
                }
            },
            Some(Ok(Message::Close(_)) | Err(_)) | None => Incoming::Closed,
            Some(Ok(_)) => Incoming::Nothing,
        }
    }

    /// False when the socket is dead.
    pub async fn send(&mut self, request: &SignalRequest) -> bool {
        let message = Message::Binary(request.encode_to_vec().into());
        let sent = timeout(SEND_TIMEOUT, self.0.send(message)).await;
        matches!(sent, Ok(Ok(())))
    }

    /// Says goodbye, as far as that goes.
    pub async fn close(mut self) {
        let _ = timeout(CLOSE_TIMEOUT, self.0.close(None)).await;
    }
}
