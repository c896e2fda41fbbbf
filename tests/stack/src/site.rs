//! One site: a homeserver, an SFU and an authorization service that belong together.

use std::net::Ipv4Addr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use hmac::{Hmac, Mac};
use reqwest::StatusCode;
use serde_json::{Value, json};
use sha1::Sha1;
use tokio::sync::Mutex;

use crate::account::{Account, answer, text};
use crate::authorization::faults::Faults;
use crate::authorization::service::{Service, ServiceOptions};
use crate::certificates::Authority;
use crate::options::Options;
use crate::ports::Ports;
use crate::process::Process;
use crate::sfu::Sfu;
use crate::synapse::Homeserver;
use crate::tls::Front;
use crate::token::{ApiKey, Grants};
use crate::uplink::{BadUplink, SfuPorts, Trouble};
use crate::visio::Visio;
use crate::{Error, Result, livekit, sfu_room_name, synapse};

/// How long a server may take until it answers. Generous: test machines are busy.
const START_LIMIT: Duration = Duration::from_secs(120);

/// A running site. All of it ends when it is dropped.
#[derive(Debug)]
pub struct Site {
    directory: PathBuf,
    server_name: String,
    homeserver_url: String,
    /// As clients are told.
    service_url: String,
    sfu_url: String,
    /// Before service and SFU, with TLS.
    _fronts: Vec<Front>,
    sfu_ports: SfuPorts,
    http: reqwest::Client,
    key: ApiKey,
    sfu: Sfu,
    registration_secret: String,
    authority: PathBuf,
    service: Service,
    homeserver: Mutex<Option<Process>>,
    livekit: Mutex<Option<Process>>,
}

/// What a site keeps between starts, when it has a directory that stays.
#[derive(serde::Serialize, serde::Deserialize)]
struct Kept {
    ports: Ports,
    key_name: String,
    key_secret: String,
    registration_secret: String,
}

impl Site {
    pub(crate) async fn start(
        directory: &Path,
        options: &Options,
        authority: &Authority,
    ) -> Result<Self> {
        make_directory(directory)?;
        let kept = Kept::load_or_make(directory, options.address)?;
        let ports = kept.ports;
        let key = ApiKey {
            name: kept.key_name,
            secret: kept.key_secret,
        };
        let files = authority.write(directory)?;
        let at = |scheme, port| format!("{scheme}://{}:{port}", options.address);
        let mut fronts = Vec::new();
        if options.tls {
            for port in [ports.service, ports.sfu] {
                fronts.push(Front::start(options.address, port, &files).await?);
            }
        }
        let (service_url, sfu_url) = match &fronts[..] {
            [service, sfu] => (at("https", service.port()), at("wss", sfu.port())),
            _ => (at("http", ports.service), at("ws", ports.sfu)),
        };
        Homeserver {
            ports,
            files: &files,
            directory,
            options,
            service_url: &service_url,
            registration_secret: &kept.registration_secret,
        }
        .write_settings()?;
        livekit::write_settings(directory, options.address, &ports, &key)?;
        let http = client()?;
        let sfu = Sfu::new(http.clone(), at("http", ports.sfu), key.clone());
        let server_name = format!("localhost:{}", ports.federation);
        let service = Service::start(ServiceOptions {
            address: options.address,
            port: ports.service,
            sfu_url: sfu_url.clone(),
            sfu_http: at("http", ports.sfu),
            key: key.clone(),
            server_name: server_name.clone(),
            full_access: options.full_access,
            delegation: options.delegation,
            authority: authority.pem(),
        })?;
        let site = Self {
            directory: directory.to_owned(),
            server_name,
            homeserver_url: at("http", ports.client),
            service_url,
            sfu_url,
            _fronts: fronts,
            sfu_ports: SfuPorts {
                media: ports.media,
                signalling: ports.sfu,
            },
            http,
            key,
            sfu,
            registration_secret: kept.registration_secret,
            authority: files.authority,
            service,
            homeserver: Mutex::new(None),
            livekit: Mutex::new(None),
        };
        tokio::try_join!(site.start_homeserver(), site.start_sfu())?;
        Ok(site)
    }

    /// The homeserver for clients: `http://address:port`.
    #[must_use]
    pub fn homeserver_url(&self) -> &str {
        &self.homeserver_url
    }

    /// The homeserver by TLS, with a certificate of [`Self::authority_file`].
    #[must_use]
    pub fn secure_homeserver_url(&self) -> String {
        format!("https://{}", self.server_name)
    }

    /// `localhost:port`. The port belongs to the name, so user ids have two colons.
    #[must_use]
    pub fn server_name(&self) -> &str {
        &self.server_name
    }

    /// The authorization service, `livekit_service_url`: `http://address:port`, or `https`.
    #[must_use]
    pub fn service_url(&self) -> &str {
        &self.service_url
    }

    /// LiveKit as clients get it told: `ws://address:port`, or `wss`.
    #[must_use]
    pub fn sfu_url(&self) -> &str {
        &self.sfu_url
    }

    /// The SFU's own view, with the rights of its administrator.
    #[must_use]
    pub fn sfu(&self) -> &Sfu {
        &self.sfu
    }

    /// Makes the authorization service misbehave.
    #[must_use]
    pub fn faults(&self) -> &Faults {
        self.service.faults()
    }

    /// Where logs (`synapse.log`, `livekit.log`) and data are.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.directory
    }

    /// PEM file of the authority that signed the site's certificate, for clients that look
    /// at `https://{server_name}`.
    #[must_use]
    pub fn authority_file(&self) -> &Path {
        &self.authority
    }

    /// A token for the SFU, past the authorization service. `room` is the SFU's name of the
    /// room; the room must exist (see [`Sfu::create_room`]).
    #[must_use]
    pub fn mint_token(&self, room: &str, identity: &str, grants: &Grants) -> String {
        self.key.join(room, identity, grants)
    }

    /// An instance of La Suite Meet in imitation, on this site's SFU.
    pub async fn start_visio(&self) -> Result<Visio> {
        let (url, key) = (self.sfu_url.clone(), self.key.clone());
        Visio::start(url, self.sfu.clone(), key).await
    }

    /// Everybody in the call of a Matrix room on this site's SFU.
    pub async fn participants(&self, room_id: &str) -> Result<Vec<crate::Participant>> {
        self.sfu.participants(&sfu_room_name(room_id)).await
    }

    /// Makes an account and logs in. `name` is the local part.
    pub async fn register(&self, name: &str, password: &str) -> Result<Account> {
        let what = "register";
        let url = format!("{}/_synapse/admin/v1/register", self.homeserver_url);
        let nonce = text(
            &answer(what.into(), self.http.get(&url)).await?,
            what,
            "nonce",
        )?;
        let body = json!({
            "nonce": nonce, "username": name, "password": password, "admin": false,
            "mac": self.registration_mac(&nonce, name, password),
        });
        let made = answer(what.into(), self.http.post(&url).json(&body)).await?;
        self.account(&made, what, password)
    }

    /// Logs in with a new device; for sites whose directory is kept.
    pub async fn login(&self, name: &str, password: &str) -> Result<Account> {
        let what = "login";
        let url = format!("{}/_matrix/client/v3/login", self.homeserver_url);
        let body = json!({
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": name},
            "password": password,
        });
        let login = answer(what.into(), self.http.post(&url).json(&body)).await?;
        self.account(&login, what, password)
    }

    fn account(&self, login: &Value, what: &str, password: &str) -> Result<Account> {
        Ok(Account {
            user_id: text(login, what, "user_id")?,
            password: password.to_owned(),
            access_token: text(login, what, "access_token")?,
            device_id: text(login, what, "device_id")?,
            homeserver_url: self.homeserver_url.clone(),
            http: self.http.clone(),
        })
    }

    /// Ends the homeserver; its data and port stay. Nothing to do when it is stopped.
    pub async fn stop_homeserver(&self) -> Result<()> {
        stop(self.homeserver.lock().await.take()).await;
        Ok(())
    }

    /// Starts the homeserver again and waits until it answers.
    pub async fn start_homeserver(&self) -> Result<()> {
        let mut slot = self.homeserver.lock().await;
        if slot.is_none() {
            let process = synapse::start(&self.directory)?;
            let url = format!("{}/_matrix/client/versions", self.homeserver_url);
            *slot = Some(self.until_answers(process, &url).await?);
        }
        Ok(())
    }

    /// Ends the SFU, which drops everybody; its port stays.
    pub async fn stop_sfu(&self) -> Result<()> {
        stop(self.livekit.lock().await.take()).await;
        Ok(())
    }

    /// Ends the SFU without any farewell to those connected.
    pub async fn kill_sfu(&self) -> Result<()> {
        drop(self.livekit.lock().await.take());
        Ok(())
    }

    /// Starts the SFU again and waits until it answers. It has no rooms then.
    pub async fn start_sfu(&self) -> Result<()> {
        let mut slot = self.livekit.lock().await;
        if slot.is_none() {
            let process = livekit::start(&self.directory)?;
            let url = self.sfu.url();
            *slot = Some(self.until_answers(process, url).await?);
        }
        Ok(())
    }

    /// Stops the homeserver's clock: connections stay open and nothing is answered.
    pub async fn freeze_homeserver(&self) -> Result<()> {
        self.homeserver
            .lock()
            .await
            .as_ref()
            .map_or(Ok(()), Process::freeze)
    }

    pub async fn unfreeze_homeserver(&self) -> Result<()> {
        self.homeserver
            .lock()
            .await
            .as_ref()
            .map_or(Ok(()), Process::unfreeze)
    }

    /// Makes the way to the SFU's media port bad until the answer is dropped.
    pub fn bad_uplink(&self, trouble: Trouble) -> Result<BadUplink> {
        BadUplink::begin(self.sfu_ports, trouble)
    }

    /// Stops the SFU's clock: media and signalling stop as in a network cut.
    pub async fn freeze_sfu(&self) -> Result<()> {
        self.livekit
            .lock()
            .await
            .as_ref()
            .map_or(Ok(()), Process::freeze)
    }

    pub async fn unfreeze_sfu(&self) -> Result<()> {
        self.livekit
            .lock()
            .await
            .as_ref()
            .map_or(Ok(()), Process::unfreeze)
    }

    /// Process ids of the servers that run now.
    pub async fn process_ids(&self) -> Vec<u32> {
        let homeserver = self.homeserver.lock().await.as_ref().map(Process::id);
        let livekit = self.livekit.lock().await.as_ref().map(Process::id);
        homeserver.into_iter().chain(livekit).collect()
    }

    pub(crate) async fn stop(&self) -> Result<()> {
        // Whoever still asks hears it, and does not wait for servers that go.
        self.faults().end();
        tokio::try_join!(self.stop_homeserver(), self.stop_sfu())?;
        Ok(())
    }

    fn registration_mac(&self, nonce: &str, name: &str, password: &str) -> String {
        #[allow(
            clippy::expect_used,
            reason = "HMAC takes keys of any length (RFC 2104)"
        )]
        let mut mac = Hmac::<Sha1>::new_from_slice(self.registration_secret.as_bytes())
            .expect("any key length is valid");
        mac.update([nonce, name, password, "notadmin"].join("\0").as_bytes());
        mac.finalize()
            .into_bytes()
            .iter()
            .map(|b| format!("{b:02x}"))
            .collect()
    }

    async fn until_answers(&self, mut process: Process, url: &str) -> Result<Process> {
        let started = Instant::now();
        while started.elapsed() < START_LIMIT {
            if process.has_ended() {
                return Err(process.ended_early());
            }
            let ask = self.http.get(url).timeout(Duration::from_secs(2)).send();
            if ask
                .await
                .is_ok_and(|answer| answer.status() == StatusCode::OK)
            {
                return Ok(process);
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        Err(process.silent(START_LIMIT))
    }
}

impl Kept {
    fn load_or_make(directory: &Path, address: Ipv4Addr) -> Result<Self> {
        let path = directory.join("site.json");
        if let Some(kept) = std::fs::read(&path)
            .ok()
            .and_then(|b| serde_json::from_slice(&b).ok())
        {
            return Ok(kept);
        }
        let key = ApiKey::random()?;
        let kept = Self {
            ports: Ports::pick(address)?,
            key_name: key.name,
            key_secret: key.secret,
            registration_secret: crate::token::random_text(16)?,
        };
        let text = serde_json::to_value(&kept)
            .unwrap_or(Value::Null)
            .to_string();
        crate::certificates::write(&path, &text)?;
        Ok(kept)
    }
}

/// Waits outside the async threads until a server has ended.
async fn stop(process: Option<Process>) {
    if let Some(mut process) = process {
        // Fails only when the runtime ends, and then dropping the process ends it.
        let _ = tokio::task::spawn_blocking(move || process.stop()).await;
    }
}

fn make_directory(directory: &Path) -> Result<()> {
    std::fs::create_dir_all(directory).map_err(|source| Error::File {
        action: "create",
        path: directory.to_owned(),
        source,
    })
}

/// Everything is on loopback, so a proxy in the environment must not be asked.
fn client() -> Result<reqwest::Client> {
    let builder = reqwest::Client::builder().no_proxy();
    builder.build().map_err(|source| Error::Client { source })
}

/// Sites are shared between a test and the tasks it starts.
pub(crate) type Sites = Vec<Arc<Site>>;
