use std::path::Path;
use std::sync::Mutex;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::mpsc::UnboundedReceiver;
use tokio::time::timeout;

use room_panel_model::Offers;

use super::*;
use samples::status;

#[path = "../../../room-panel-model/tests/samples/mod.rs"]
mod samples;

const LIMIT: Duration = Duration::from_secs(30);

/// Reads one request; its first line and its body.
async fn read_request(stream: &mut UnixStream) -> (String, String) {
    let mut text = Vec::new();
    let mut piece = [0; 1024];
    loop {
        let count = stream.read(&mut piece).await.unwrap();
        text.extend_from_slice(&piece[..count]);
        let whole = String::from_utf8_lossy(&text).into_owned();
        let Some((head, body)) = whole.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let line = line.to_ascii_lowercase();
            line.strip_prefix("content-length:")?.trim().parse().ok()
        });
        if count == 0 || body.len() >= length.unwrap_or(0) {
            let first = head.lines().next().unwrap_or_default().to_owned();
            return (first, body.to_owned());
        }
    }
}

async fn answer(stream: &mut UnixStream, status: &str, body: &str) {
    let length = body.len();
    let text = format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\n\r\n{body}");
    stream.write_all(text.as_bytes()).await.unwrap();
}

/// An event stream that stays open; the character `è` is cut in two.
async fn tell(stream: &mut UnixStream) {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    let json = serde_json::to_string(&status()).unwrap();
    let event = format!(":\n\nevent: status\ndata: {json}\n\n").into_bytes();
    let cut = event.iter().position(|byte| *byte == 0xc3).unwrap() + 1;
    stream.write_all(&event[..cut]).await.unwrap();
    stream.flush().await.unwrap();
    tokio::task::yield_now().await;
    stream.write_all(&event[cut..]).await.unwrap();
}

fn start_link(runtime: &Path) -> (Wishes, UnboundedReceiver<Heard>) {
    let (sender, heard) = unbounded_channel();
    let sender = Mutex::new(sender);
    let ear: Ear = Arc::new(move |heard| {
        let _ = sender.lock().unwrap().send(heard);
    });
    (start(runtime.to_owned(), ear).unwrap(), heard)
}

async fn next(heard: &mut UnboundedReceiver<Heard>) -> Heard {
    timeout(LIMIT, heard.recv()).await.unwrap().unwrap()
}

/// The next one that is no `Away`: these come as often as it is tried.
async fn next_news(heard: &mut UnboundedReceiver<Heard>) -> Heard {
    loop {
        match next(heard).await {
            Heard::Away => {}
            other => return other,
        }
    }
}

#[tokio::test]
async fn the_status_arrives_and_a_room_that_ends_and_comes_back_is_followed_again() {
    let runtime = tempfile::tempdir().unwrap();
    let socket = runtime.path().join("roomd.sock");
    let (_wishes, mut heard) = start_link(runtime.path());
    assert_eq!(next(&mut heard).await, Heard::Away);
    for _ in 0..2 {
        let listener = UnixListener::bind(&socket).unwrap();
        let (mut stream, _) = timeout(LIMIT, listener.accept()).await.unwrap().unwrap();
        let (first, _) = read_request(&mut stream).await;
        assert_eq!(first, "GET /v1/events HTTP/1.1");
        tell(&mut stream).await;
        let Heard::Told(told, offers) = next_news(&mut heard).await else {
            panic!("a status");
        };
        assert_eq!((*told, *offers), (status(), Offers::of(&status())));
        drop((stream, listener));
        std::fs::remove_file(&socket).unwrap();
        assert_eq!(next(&mut heard).await, Heard::Away);
    }
}

#[tokio::test]
async fn wishes_become_requests_in_their_order_and_a_refusal_comes_back_with_its_reason() {
    let runtime = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(runtime.path().join("roomd.sock")).unwrap();
    let (wishes, mut heard) = start_link(runtime.path());
    for (ask, muted) in [(1, true), (2, false)] {
        wishes.ask(ask, Intent::Microphone { muted });
    }
    wishes.ask(3, Intent::Leave);
    let mut seen = Vec::new();
    while seen.len() < 3 {
        let (mut stream, _) = timeout(LIMIT, listener.accept()).await.unwrap().unwrap();
        let (first, body) = read_request(&mut stream).await;
        if first.starts_with("GET") {
            continue;
        }
        let problem = r#"{"code":"CALL-03","what":{"en":"a","fr":"b"},"next":{"en":"c","fr":"d"}}"#;
        match seen.len() {
            2 => answer(&mut stream, "409 Conflict", problem).await,
            _ => answer(&mut stream, "200 OK", "{}").await,
        }
        seen.push((first, body));
    }
    let expected = [
        ("PUT /v1/microphone HTTP/1.1", r#"{"muted":true}"#),
        ("PUT /v1/microphone HTTP/1.1", r#"{"muted":false}"#),
        ("POST /v1/call/leave HTTP/1.1", ""),
    ];
    assert_eq!(
        seen,
        expected.map(|(first, body)| (first.to_owned(), body.to_owned()))
    );
    for ask in [1, 2] {
        assert_eq!(
            next_news(&mut heard).await,
            Heard::Answer {
                ask,
                result: Ok(())
            }
        );
    }
    let Heard::Answer {
        ask: 3,
        result: Err(Refusal::Problem(problem)),
    } = next_news(&mut heard).await
    else {
        panic!("a refusal");
    };
    assert_eq!(problem.code, "CALL-03");
}

#[tokio::test]
async fn a_room_that_is_away_is_said_to_be_unreachable() {
    let runtime = tempfile::tempdir().unwrap();
    let (wishes, mut heard) = start_link(runtime.path());
    wishes.ask(7, Intent::Leave);
    let expected = Heard::Answer {
        ask: 7,
        result: Err(Refusal::Unreachable),
    };
    assert_eq!(next_news(&mut heard).await, expected);
}

#[tokio::test]
async fn a_search_waits_for_no_wish_and_brings_what_fits() {
    let runtime = tempfile::tempdir().unwrap();
    let listener = UnixListener::bind(runtime.path().join("roomd.sock")).unwrap();
    let (wishes, mut heard) = start_link(runtime.path());
    // A wish that is never answered.
    wishes.ask(1, Intent::Leave);
    wishes.search("Zoé L".to_owned());
    let mut open = Vec::new();
    loop {
        let (mut stream, _) = timeout(LIMIT, listener.accept()).await.unwrap().unwrap();
        let (first, _) = read_request(&mut stream).await;
        if first.starts_with("GET /v1/directory") {
            assert_eq!(first, "GET /v1/directory?search=Zo%C3%A9+L HTTP/1.1");
            let found = r#"{"entries":[{"name":"Zoé","target":"@zoe:b.org","kind":"person"}]}"#;
            answer(&mut stream, "200 OK", found).await;
            break;
        }
        open.push(stream);
    }
    let Heard::Found { text, contacts } = next_news(&mut heard).await else {
        panic!("what was found");
    };
    assert_eq!(text, "Zoé L");
    assert_eq!(contacts[0].target, "@zoe:b.org");
    assert!(!contacts[0].is_room);
}
