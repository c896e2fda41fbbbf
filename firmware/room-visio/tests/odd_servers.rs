//! Servers that redirect, talk without end, or say nothing.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use room_core::visio::{Answer, Ask};
use room_messages::Token;
use room_visio::Visio;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;

/// Answers every connection with these bytes; what was asked of it comes back.
async fn asked(answer: Vec<u8>, bearer: Option<Token>) -> (Option<Answer>, String) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
    let url = format!("http://{}/x/", listener.local_addr().unwrap());
    let server = tokio::spawn(async move {
        let (mut socket, _) = listener.accept().await.unwrap();
        let mut request = vec![0; 4096];
        let read = socket.read(&mut request).await.unwrap();
        // A client that has read enough closes the connection.
        let _ = socket.write_all(&answer).await;
        String::from_utf8_lossy(&request[..read]).into_owned()
    });
    let ask = Ask {
        url: url.parse().unwrap(),
        body: Some("a".into()),
        cookie: None,
        bearer,
    };
    let answer = Visio::new().unwrap().ask(ask).await;
    (answer, server.await.unwrap())
}

#[tokio::test]
async fn an_answer_comes_with_what_it_says_about_waiting_and_cookies() {
    let answer = b"HTTP/1.1 429 x\r\nRetry-After: 59\r\nSet-Cookie: a=b; Secure\r\nSet-Cookie: c=d\r\nContent-Length: 2\r\n\r\n{}";
    let (answer, request) = asked(answer.to_vec(), Some(Token::new("t".into()))).await;
    let answer = answer.unwrap();
    assert_eq!((answer.status, answer.body.as_slice()), (429, &b"{}"[..]));
    assert_eq!(answer.retry_after.as_deref(), Some("59"));
    assert_eq!(answer.cookies, ["a=b; Secure", "c=d"]);
    assert!(
        request
            .to_ascii_lowercase()
            .contains("authorization: bearer t")
    );
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_not_followed() {
    let answer = b"HTTP/1.1 301 x\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n";
    let (answer, _) = asked(answer.to_vec(), None).await;
    assert_eq!(answer.unwrap().status, 301);
}

#[tokio::test]
async fn what_is_too_long_or_broken_off_is_no_answer() {
    let mut long = b"HTTP/1.1 200 x\r\nContent-Length: 1000000\r\n\r\n".to_vec();
    long.extend(vec![b'x'; 1_000_000]);
    assert_eq!(asked(long, None).await.0, None);
    let short = b"HTTP/1.1 200 x\r\nContent-Length: 10\r\n\r\n{".to_vec();
    assert_eq!(asked(short, None).await.0, None);
    assert_eq!(asked(Vec::new(), None).await.0, None);
}
