//! Serves the host page and Element Call on loopback.
//!
//! Element Call takes its mode from the `config.json` beside it, so each mode has a path of
//! its own: `/compatibility/` and `/matrix_2_0/`. The only change to what npm delivers is
//! one script tag at the head of Element Call's `index.html`: the observer.

use std::net::{Ipv4Addr, SocketAddr};
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::extract::{Path as Route, State};
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::json;
use url::form_urlencoded::Serializer;

use crate::{Error, Mode, Result, install};

const OBSERVER: &str = "<head><script src=\"../observer.js\"></script>";

/// The running server; stops when dropped.
#[derive(Debug)]
pub struct Pages {
    address: SocketAddr,
    task: tokio::task::JoinHandle<()>,
}

/// What a link to the host page says: see `host/src/parameters.ts`.
#[derive(Clone)]
pub struct PageLink<'a> {
    pub homeserver_url: &'a str,
    pub user: &'a str,
    pub password: &'a str,
    /// Matrix room id or alias.
    pub room: &'a str,
    /// Heading of the page, e.g. the room's name.
    pub title: &'a str,
    /// Display name to take, if any.
    pub display_name: Option<&'a str>,
    pub mode: Mode,
    /// Further parameters, as the page names them.
    pub more: Vec<(&'static str, String)>,
}

impl std::fmt::Debug for PageLink<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("PageLink").finish_non_exhaustive()
    }
}

#[derive(Debug)]
struct Site {
    folder: PathBuf,
    livekit_service_url: Option<String>,
}

impl Pages {
    /// Installs the pages when needed and serves them on a free port of 127.0.0.1.
    ///
    /// # Errors
    /// When they cannot be installed or no port is free.
    pub async fn start(livekit_service_url: Option<&str>) -> Result<Self> {
        let site = Arc::new(Site {
            folder: install::ensure().await?.join("page"),
            livekit_service_url: livekit_service_url.map(str::to_owned),
        });
        let start = |cause| Error::Start {
            program: "the page server",
            cause,
        };
        let listener = tokio::net::TcpListener::bind((Ipv4Addr::LOCALHOST, 0))
            .await
            .map_err(start)?;
        let address = listener.local_addr().map_err(start)?;
        let router = Router::new()
            .route("/{mode}/call/config.json", get(config))
            .route("/{mode}/{*path}", get(file))
            .with_state(site);
        let task = tokio::spawn(async move {
            let _ = axum::serve(listener, router).await;
        });
        Ok(Self { address, task })
    }

    /// A link that any current Chrome or Chromium on this machine opens. It carries the
    /// password in its fragment: only for accounts made for this purpose.
    #[must_use]
    pub fn link(&self, link: &PageLink<'_>) -> String {
        let mut fragment = Serializer::new(String::new());
        fragment
            .append_pair("homeserver", link.homeserver_url)
            .append_pair("user", link.user)
            .append_pair("password", link.password)
            .append_pair("room", link.room)
            .append_pair("title", link.title);
        if let Some(name) = link.display_name {
            fragment.append_pair("name", name);
        }
        fragment.extend_pairs(&link.more);
        let (address, mode) = (self.address, link.mode.as_str());
        format!("http://{address}/{mode}/index.html#{}", fragment.finish())
    }
}

impl Pages {
    /// The page of a plain LiveKit participant.
    pub(crate) fn plain_link(&self, fragment: &str) -> String {
        let (address, mode) = (self.address, Mode::Compatibility.as_str());
        format!("http://{address}/{mode}/plain.html#{fragment}")
    }
}

impl Drop for Pages {
    fn drop(&mut self) {
        self.task.abort();
    }
}

async fn config(State(site): State<Arc<Site>>, Route(mode): Route<String>) -> Response {
    if [Mode::Compatibility, Mode::Matrix2]
        .iter()
        .all(|known| known.as_str() != mode)
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut config = json!({ "matrix_rtc_mode": mode });
    if let (Some(url), Some(config)) = (&site.livekit_service_url, config.as_object_mut()) {
        config.insert("livekit".into(), json!({ "livekit_service_url": url }));
    }
    axum::Json(config).into_response()
}

async fn file(
    State(site): State<Arc<Site>>,
    Route((_, path)): Route<(String, String)>,
) -> Response {
    let relative = Path::new(&path);
    if !relative
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        return StatusCode::NOT_FOUND.into_response();
    }
    let Ok(mut bytes) = tokio::fs::read(site.folder.join(relative)).await else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if path == "call/index.html" {
        let page = String::from_utf8_lossy(&bytes);
        bytes = page.replacen("<head>", OBSERVER, 1).into_bytes();
    }
    let kind = HeaderValue::from_static(content_type(relative));
    ([(header::CONTENT_TYPE, kind)], bytes).into_response()
}

fn content_type(path: &Path) -> &'static str {
    match path.extension().and_then(std::ffi::OsStr::to_str) {
        Some("html") => "text/html; charset=utf-8",
        Some("js" | "mjs") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("json") => "application/json",
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("woff2") => "font/woff2",
        Some("woff") => "font/woff",
        Some("ogg") => "audio/ogg",
        Some("mp3") => "audio/mpeg",
        _ => "application/octet-stream",
    }
}
