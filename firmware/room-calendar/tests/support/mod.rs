//! A server that answers as a test says, and notes what it was asked.

use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};

/// One request: `GET /path`, and all of its head and body in lower case.
#[derive(Clone, Debug)]
pub struct Asked {
    pub line: String,
    pub text: String,
}

pub struct Scripted {
    pub url: String,
    asked: Arc<Mutex<Vec<Asked>>>,
}

impl Scripted {
    /// `answer` gives status line, further headers and body.
    pub async fn start(
        answer: impl Fn(&Asked) -> (&'static str, String, String) + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (notes, answer) = (asked.clone(), Arc::new(answer));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (notes, answer) = (notes.clone(), answer.clone());
                tokio::spawn(async move { serve(stream, &notes, &*answer).await });
            }
        });
        Self { url, asked }
    }

    pub fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

async fn serve(
    mut stream: TcpStream,
    notes: &Mutex<Vec<Asked>>,
    answer: &(impl Fn(&Asked) -> (&'static str, String, String) + ?Sized),
) {
    let mut text = Vec::new();
    let mut part = [0; 4096];
    while !is_whole(&text) {
        match stream.read(&mut part).await {
            Ok(0) | Err(_) => return,
            Ok(length) => text.extend_from_slice(&part[..length]),
        }
    }
    let text = String::from_utf8_lossy(&text).into_owned();
    let mut words = text.split(' ');
    let line = [words.next().unwrap(), words.next().unwrap()].join(" ");
    let asked = Asked {
        line,
        text: text.to_ascii_lowercase(),
    };
    notes.lock().unwrap().push(asked.clone());
    let (status, headers, body) = answer(&asked);
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status}\r\nconnection: close\r\ncontent-length: {length}\r\n{headers}\r\n"
    );
    let _ = stream.write_all(head.as_bytes()).await;
    let _ = stream.write_all(body.as_bytes()).await;
}

fn is_whole(text: &[u8]) -> bool {
    let text = String::from_utf8_lossy(text).to_ascii_lowercase();
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length:"));
    body.len() >= length.map_or(0, |length| length.trim().parse().unwrap_or(0))
}
