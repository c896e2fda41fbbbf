//! The control API, spoken over its Unix socket.

use std::path::Path;

use http_body_util::{BodyExt as _, Full};
use hyper::body::Bytes;
use hyper::{Method, Request, StatusCode, header};
use hyper_util::rt::TokioIo;
use room_messages::api::Problem;
use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::net::UnixStream;

use crate::{Error, Result};

/// An answer of any status.
#[derive(Debug)]
pub struct Answer {
    pub status: StatusCode,
    pub body: Bytes,
}

impl Answer {
    pub fn json<T: DeserializeOwned>(&self) -> Result<T> {
        if !self.status.is_success() {
            return Err(self.problem());
        }
        serde_json::from_slice(&self.body).map_err(|error| {
            Error::Api(format!(
                "{error} in {}",
                String::from_utf8_lossy(&self.body)
            ))
        })
    }

    pub fn problem(&self) -> Error {
        match serde_json::from_slice::<Problem>(&self.body) {
            Ok(problem) => Error::Problem(Box::new(problem)),
            Err(_) => Error::Api(format!(
                "{} {}",
                self.status,
                String::from_utf8_lossy(&self.body)
            )),
        }
    }
}

pub async fn ask(
    socket: &Path,
    method: Method,
    path: &str,
    body: Option<&impl Serialize>,
) -> Result<Answer> {
    let api = |error: &dyn std::fmt::Display| Error::Api(format!("{method} {path}: {error}"));
    let body = match body {
        Some(body) => serde_json::to_vec(body).map_err(|error| api(&error))?,
        None => Vec::new(),
    };
    let stream = UnixStream::connect(socket)
        .await
        .map_err(|error| api(&error))?;
    let (mut sender, connection) = hyper::client::conn::http1::handshake(TokioIo::new(stream))
        .await
        .map_err(|error| api(&error))?;
    tokio::spawn(connection);
    let request = Request::builder()
        .method(&method)
        .uri(path)
        .header(header::HOST, "localhost")
        .header(header::CONTENT_TYPE, "application/json")
        .body(Full::new(Bytes::from(body)))
        .map_err(|error| api(&error))?;
    let answer = sender
        .send_request(request)
        .await
        .map_err(|error| api(&error))?;
    let status = answer.status();
    let body = answer
        .into_body()
        .collect()
        .await
        .map_err(|error| api(&error))?;
    Ok(Answer {
        status,
        body: body.to_bytes(),
    })
}
