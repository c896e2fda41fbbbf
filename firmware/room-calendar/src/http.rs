//! Single requests: bounded in size and time, and strict about where the password goes.
//!
//! Redirects are followed here and not in the library, because only here it is known which host
//! the password belongs to.

use std::fmt;
use std::time::Duration;

use reqwest::header::{ETAG, HeaderMap, HeaderName, LAST_MODIFIED, LOCATION, RETRY_AFTER};
use reqwest::{Certificate, Method};
use room_settings::Secret;
use url::Url;

use crate::CalendarError;

const CONNECT: Duration = Duration::from_secs(10);
/// Of a whole answer; ten years of a calendar take their time.
const ANSWER: Duration = Duration::from_secs(60);
/// Between two pieces of it.
const SILENCE: Duration = Duration::from_secs(20);
const MAX_REDIRECTS: usize = 5;
/// Longest answer, in bytes; a file of the longest that is read, and its wrapping.
const MAX_ANSWER: usize = 24 * 1024 * 1024;
/// When a server that asks for a pause does not say how long.
const PAUSE: Duration = Duration::from_secs(60);

/// User and password of the calendar.
#[derive(Clone)]
pub struct Login {
    pub user: String,
    pub password: Secret,
}

impl fmt::Debug for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Login(…)")
    }
}

/// Requests to one server.
pub(crate) struct Http {
    client: reqwest::Client,
    /// The configured address: the login is for its host.
    home: Url,
    login: Option<Login>,
}

/// One request.
pub(crate) struct Request {
    pub(crate) method: &'static str,
    pub(crate) url: Url,
    pub(crate) headers: Vec<(HeaderName, String)>,
    pub(crate) body: Option<(&'static str, String)>,
}

impl Request {
    pub(crate) fn new(method: &'static str, url: &Url) -> Self {
        Self {
            method,
            url: url.clone(),
            headers: Vec::new(),
            body: None,
        }
    }

    pub(crate) fn header(mut self, name: HeaderName, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, kind: &'static str, body: String) -> Self {
        self.body = Some((kind, body));
        self
    }

    /// Asking twice does no harm.
    fn reads(&self) -> bool {
        !matches!(self.method, "PUT" | "DELETE")
    }
}

/// An answer with any status.
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// Where it came from in the end.
    pub(crate) url: Url,
    pub(crate) etag: Option<String>,
    pub(crate) modified: Option<String>,
    wait: Option<Duration>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// The error that a status means.
    pub(crate) fn error(&self) -> CalendarError {
        match self.status {
            401 => CalendarError::WrongPassword,
            403 => CalendarError::Forbidden,
            404 | 405 | 410 => CalendarError::NotACalendar,
            409 | 412 => CalendarError::Conflict,
            429 | 503 if self.wait.is_some() || self.status == 429 => CalendarError::Throttled {
                wait: self.wait.unwrap_or(PAUSE),
            },
            status => CalendarError::Failing { status },
        }
    }
}

impl Http {
    /// `roots` are trusted beside those of the system, in PEM.
    pub(crate) fn new(
        home: Url,
        login: Option<Login>,
        roots: &[Vec<u8>],
    ) -> Result<Self, CalendarError> {
        let client = |source| CalendarError::Client { source };
        let mut builder = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .connect_timeout(CONNECT)
            .read_timeout(SILENCE)
            .timeout(ANSWER)
            .user_agent(concat!("salle/", env!("CARGO_PKG_VERSION")));
        if !roots.is_empty() {
            let roots: Result<Vec<_>, _> = roots.iter().map(|r| Certificate::from_pem(r)).collect();
            builder = builder.tls_certs_merge(roots.map_err(client)?);
        }
        Ok(Self {
            client: builder.build().map_err(client)?,
            home,
            login,
        })
    }

    pub(crate) fn home(&self) -> &Url {
        &self.home
    }

    pub(crate) fn has_login(&self) -> bool {
        self.login.is_some()
    }

    /// The server's name, for people.
    pub(crate) fn host(&self) -> &str {
        self.home.host_str().unwrap_or_default()
    }

    /// An address on the configured server; `None` for one elsewhere.
    pub(crate) fn at(&self, base: &Url, href: &str) -> Option<Url> {
        let url = base.join(href).ok()?;
        is_home(&self.home, &url).then_some(url)
    }

    /// One answer, after at most five redirects.
    pub(crate) async fn send(&self, mut request: Request) -> Result<Answer, CalendarError> {
        for _ in 0..=MAX_REDIRECTS {
            if self.login.is_some() && !is_home(&self.home, &request.url) {
                return Err(CalendarError::Redirected);
            }
            let response = self.once(&request).await?;
            let redirect = matches!(response.status().as_u16(), 301 | 302 | 303 | 307 | 308);
            if !redirect {
                return read(response, request.url).await;
            }
            let next = location(response.headers(), &request.url);
            let next = next.filter(|_| request.reads());
            request.url = next.ok_or(CalendarError::Redirected)?;
        }
        Err(CalendarError::Redirected)
    }

    async fn once(&self, request: &Request) -> Result<reqwest::Response, CalendarError> {
        let method = Method::from_bytes(request.method.as_bytes()).unwrap_or(Method::GET);
        let mut builder = self.client.request(method, request.url.clone());
        if let Some(login) = &self.login {
            builder = builder.basic_auth(&login.user, Some(login.password.expose()));
        }
        for (name, value) in &request.headers {
            builder = builder.header(name, value);
        }
        if let Some((kind, body)) = &request.body {
            builder = builder.header("content-type", *kind).body(body.clone());
        }
        builder.send().await.map_err(CalendarError::network)
    }
}

/// Where a redirect leads; never from TLS to plain HTTP.
fn location(headers: &HeaderMap, from: &Url) -> Option<Url> {
    let to = from.join(headers.get(LOCATION)?.to_str().ok()?).ok()?;
    let safe = to.scheme() == "https" || (to.scheme() == "http" && from.scheme() == "http");
    safe.then_some(to)
}

/// Whether the login may go there: the configured host and port; and the same host by TLS where
/// the address was given without.
fn is_home(home: &Url, url: &Url) -> bool {
    let host = home.host_str().is_some() && home.host_str() == url.host_str();
    let ports = (home.port_or_known_default(), url.port_or_known_default());
    let same = home.scheme() == url.scheme() && ports.0 == ports.1;
    let upgrade = (home.scheme(), url.scheme()) == ("http", "https")
        && (home.port(), url.port()) == (None, None);
    host && (same || upgrade)
}

async fn read(mut response: reqwest::Response, url: Url) -> Result<Answer, CalendarError> {
    let text = |name: HeaderName| {
        let value = response.headers().get(name)?.to_str().ok()?;
        Some(value.to_owned())
    };
    let wait = text(RETRY_AFTER).and_then(|wait| wait.trim().parse().ok());
    let mut answer = Answer {
        status: response.status().as_u16(),
        url,
        etag: text(ETAG),
        modified: text(LAST_MODIFIED),
        wait: wait.map(Duration::from_secs),
        body: Vec::new(),
    };
    while let Some(part) = response.chunk().await.map_err(CalendarError::network)? {
        if answer.body.len() + part.len() > MAX_ANSWER {
            return Err(CalendarError::TooLarge);
        }
        answer.body.extend_from_slice(&part);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        text.parse().unwrap()
    }

    #[test]
    fn the_login_goes_to_its_own_host_only() {
        let table = [
            ("https://a.org/x", "https://a.org/y", true),
            ("https://a.org/x", "https://a.org:443/y", true),
            ("https://a.org/x", "http://a.org/y", false),
            ("https://a.org/x", "https://a.org:8443/y", false),
            ("https://a.org/x", "https://b.org/x", false),
            ("https://a.org/x", "https://a.org.b.org/x", false),
            ("http://a.org/x", "https://a.org/x", true),
            ("http://a.org:8080/x", "https://a.org/x", false),
        ];
        for (home, to, expected) in table {
            assert_eq!(is_home(&url(home), &url(to)), expected, "{home} {to}");
        }
    }

    #[test]
    fn no_redirect_leads_from_tls_to_plain_http() {
        let to = |from: &str, to: &str| {
            let mut headers = HeaderMap::new();
            headers.insert(LOCATION, to.parse().unwrap());
            location(&headers, &url(from)).map(String::from)
        };
        assert_eq!(to("https://a.org/x", "http://a.org/x"), None);
        assert_eq!(to("https://a.org/x", "file:///etc/passwd"), None);
        assert_eq!(
            to("https://a.org/x", "/y").as_deref(),
            Some("https://a.org/y")
        );
        assert_eq!(
            to("http://a.org/x", "http://b.org/").as_deref(),
            Some("http://b.org/")
        );
    }

    #[test]
    fn no_debug_output_shows_a_login() {
        let password = Secret::new("hunter2".to_owned());
        let login = Login {
            user: "room".to_owned(),
            password,
        };
        assert_eq!(format!("{login:?}"), "Login(…)");
    }
}
