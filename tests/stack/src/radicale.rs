//! A real CalDAV server: Radicale, with one user and as many calendars as a test makes.
//!
//! Invariant: as for the rest of the stack, it listens on loopback only and ends with its
//! [`CalendarServer`].

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Mutex;
use std::time::Duration;

use reqwest::Method;
use tokio::time::{Instant, sleep};

use crate::certificates::{Authority, write};
use crate::ports::free;
use crate::process::Process;
use crate::scratch::Scratch;
use crate::{Error, Result, places};

/// The only account.
const USER: &str = "salle";
const PASSWORD: &str = "a calendar's password";
const LIMIT: Duration = Duration::from_secs(60);

/// How it is reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Transport {
    #[default]
    Plain,
    /// With a certificate of [`CalendarServer::authority`].
    Tls,
}

/// A running Radicale. Dropping it ends it.
#[derive(Debug)]
pub struct CalendarServer {
    url: String,
    directory: PathBuf,
    authority: Option<String>,
    http: reqwest::Client,
    process: Mutex<Option<Process>>,
    /// Removed after the server has ended.
    _scratch: Scratch,
}

impl CalendarServer {
    /// Starts it and waits until it answers (about 1 s).
    pub async fn start(transport: Transport) -> Result<Self> {
        let scratch = Scratch::new()?;
        let directory = scratch.path();
        let port = free(Ipv4Addr::LOCALHOST)?;
        let (scheme, host) = match transport {
            Transport::Plain => ("http", "127.0.0.1"),
            Transport::Tls => ("https", "localhost"),
        };
        let authority = certificate(&directory, transport)?;
        write(&directory.join("users"), &format!("{USER}:{PASSWORD}\n"))?;
        write(
            &directory.join("config"),
            &settings(&directory, port, transport),
        )?;
        let mut http = reqwest::Client::builder().no_proxy();
        if let Some(pem) = &authority {
            let root = reqwest::Certificate::from_pem(pem.as_bytes());
            let root = root.map_err(|source| Error::Client { source })?;
            http = http.tls_certs_merge([root]);
        }
        let server = Self {
            url: format!("{scheme}://{host}:{port}"),
            directory,
            authority,
            http: http.build().map_err(|source| Error::Client { source })?,
            process: Mutex::new(None),
            _scratch: scratch,
        };
        server.restart().await?;
        Ok(server)
    }

    #[must_use]
    pub fn user(&self) -> &str {
        USER
    }

    #[must_use]
    pub fn password(&self) -> &str {
        PASSWORD
    }

    /// PEM of who signs its certificate; `None` without TLS.
    #[must_use]
    pub fn authority(&self) -> Option<&str> {
        self.authority.as_deref()
    }

    /// The user's own collection, in which the calendars are.
    #[must_use]
    pub fn home(&self) -> String {
        format!("{}/{USER}/", self.url)
    }

    /// Address of a calendar.
    #[must_use]
    pub fn calendar(&self, name: &str) -> String {
        format!("{}{name}/", self.home())
    }

    /// Makes an empty calendar and gives its address.
    pub async fn make_calendar(&self, name: &str) -> Result<String> {
        let url = self.calendar(name);
        self.request("MKCALENDAR", &url, None).await?;
        Ok(url)
    }

    /// Puts an object into a calendar, as an organiser's program does.
    pub async fn put(&self, calendar: &str, name: &str, text: &str) -> Result<()> {
        self.request("PUT", &format!("{calendar}{name}"), Some(text))
            .await
            .map(drop)
    }

    /// Deletes an object.
    pub async fn delete(&self, calendar: &str, name: &str) -> Result<()> {
        let url = format!("{calendar}{name}");
        self.request("DELETE", &url, None).await.map(drop)
    }

    /// An object, or a whole calendar as one file.
    pub async fn get(&self, url: &str) -> Result<String> {
        self.request("GET", url, None).await
    }

    /// Ends it at once; its port stays its own.
    pub fn stop(&self) {
        if let Ok(mut process) = self.process.lock() {
            // Dropping ends it.
            *process = None;
        }
    }

    /// Starts it again where it was, and waits until it answers.
    pub async fn restart(&self) -> Result<()> {
        self.stop();
        let mut process = start(&self.directory)?;
        let begun = Instant::now();
        while self.http.get(&self.url).send().await.is_err() {
            if process.has_ended() {
                return Err(process.ended_early());
            }
            if begun.elapsed() > LIMIT {
                return Err(process.silent(LIMIT));
            }
            sleep(Duration::from_millis(50)).await;
        }
        if let Ok(mut place) = self.process.lock() {
            *place = Some(process);
        }
        Ok(())
    }

    async fn request(&self, method: &str, url: &str, body: Option<&str>) -> Result<String> {
        let what = || format!("{method} of the calendar server");
        let unreachable = |source| Error::Unreachable {
            what: what(),
            source,
        };
        let verb = Method::from_bytes(method.as_bytes()).unwrap_or(Method::GET);
        let mut request = self.http.request(verb, url);
        request = request.basic_auth(USER, Some(PASSWORD));
        if let Some(body) = body {
            request = request
                .header("content-type", "text/calendar; charset=utf-8")
                .body(body.to_owned());
        }
        let response = request.send().await.map_err(unreachable)?;
        let status = response.status();
        let message = response.text().await.map_err(unreachable)?;
        if status.is_success() {
            return Ok(message);
        }
        Err(Error::Refused {
            what: what(),
            status: status.as_u16(),
            code: String::new(),
            message,
        })
    }
}

/// Writes a certificate where one is wanted.
fn certificate(directory: &Path, transport: Transport) -> Result<Option<String>> {
    if transport == Transport::Plain {
        return Ok(None);
    }
    let authority = Authority::new()?;
    authority.write(directory)?;
    Ok(Some(authority.pem()))
}

fn settings(directory: &Path, port: u16, transport: Transport) -> String {
    let place = |name: &str| directory.join(name).display().to_string();
    let tls = match transport {
        Transport::Plain => String::new(),
        Transport::Tls => format!(
            "ssl = True\ncertificate = {}\nkey = {}\n",
            place("tls.crt"),
            place("tls.key")
        ),
    };
    format!(
        "[server]\nhosts = 127.0.0.1:{port}\n{tls}\
         [auth]\ntype = htpasswd\nhtpasswd_filename = {}\nhtpasswd_encryption = plain\n\
         # A wrong password is answered at once: tests make such mistakes on purpose.\n\
         delay = 0\n\
         [storage]\nfilesystem_folder = {}\n\
         [web]\ntype = none\n\
         [logging]\nlevel = info\n",
        place("users"),
        place("collections")
    )
}

fn start(directory: &Path) -> Result<Process> {
    let mut command = Command::new(places::radicale_python()?);
    command
        .args(["-m", "radicale", "--config"])
        .arg(directory.join("config"))
        .current_dir(directory);
    Process::start("Radicale", &command, &directory.join("radicale.log"))
}
