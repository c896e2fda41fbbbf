//! Settings of a real Synapse for calls, and how to start it.
//!
//! `homeserver.yaml` is written as JSON, which is YAML. Which keys matter, and the traps
//! among their names, are in the comments.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::{Value, json};

use crate::certificates::{CertificateFiles, write};
use crate::options::{Options, RateLimits};
use crate::places;
use crate::ports::Ports;
use crate::process::Process;
use crate::{Error, Result, token};

/// What the settings of one Synapse are made of.
pub(crate) struct Homeserver<'a> {
    pub ports: Ports,
    pub files: &'a CertificateFiles,
    pub directory: &'a Path,
    pub options: &'a Options,
    /// Named to clients as where tokens for the SFU are.
    pub service_url: &'a str,
    /// Shared secret for making accounts.
    pub registration_secret: &'a str,
}

impl Homeserver<'_> {
    pub(crate) fn write_settings(&self) -> Result<()> {
        let key = self.directory.join("signing.key");
        if !key.exists() {
            write(&key, &signing_key()?)?;
        }
        write(
            &self.directory.join("homeserver.yaml"),
            &self.settings()?.to_string(),
        )?;
        write(
            &self.directory.join("log.yaml"),
            &self.log_settings().to_string(),
        )
    }

    fn settings(&self) -> Result<Value> {
        let mut settings = json!({
            // With a port in its name there are no .well-known or SRV look-ups: no DNS.
            "server_name": format!("localhost:{}", self.ports.federation),
            "public_baseurl": format!("http://{}:{}/", self.options.address, self.ports.client),
            "pid_file": self.directory.join("synapse.pid"),
            "log_config": self.directory.join("log.yaml"),
            "media_store_path": self.directory.join("media"),
            "signing_key_path": self.directory.join("signing.key"),
            "listeners": self.listeners(),
            "tls_certificate_path": self.files.certificate,
            "tls_private_key_path": self.files.key,
            "federation_custom_ca_list": [self.files.authority],
            // Not `ip_range_blocklist`: that is silently ignored, and then loopback is barred.
            "ip_range_blacklist": [],
            "database": {"name": "sqlite3", "args": {"database": self.directory.join("homeserver.db")}},
            "registration_shared_secret": self.registration_secret,
            "macaroon_secret_key": token::random_text(32)?,
            "form_secret": token::random_text(32)?,
            "report_stats": false,
            "trusted_key_servers": [],
            "suppress_key_server_warning": true,
            "presence": {"enabled": false},
            "experimental_features": {
                "msc4143_enabled": self.options.transports && self.options.transports_endpoint,
                "msc4354_enabled": self.options.sticky,
                "msc4222_enabled": true,
                "msc3266_enabled": true,
            },
            // What is not needed for calls only costs start-up time.
            "url_preview_enabled": false,
            "enable_metrics": false,
        });
        merge(&mut settings, self.calls());
        merge(&mut settings, rate_limits(self.options.rate_limits));
        Ok(settings)
    }

    fn listeners(&self) -> Value {
        let listener = |address: Ipv4Addr, port, tls, names: Value| {
            json!({
                "port": port, "tls": tls, "type": "http", "bind_addresses": [address],
                "resources": [{"names": names, "compress": false}],
            })
        };
        json!([
            listener(
                self.options.address,
                self.ports.client,
                false,
                json!(["client"])
            ),
            // The client resource too: it serves /.well-known/matrix/client for this name.
            listener(
                Ipv4Addr::LOCALHOST,
                self.ports.federation,
                true,
                json!(["client", "federation"]),
            ),
        ])
    }

    fn calls(&self) -> Value {
        let mut calls = json!({});
        if let Some(longest) = self.options.longest_delay {
            // A plain number is milliseconds; "ms" is not among the units it knows.
            let ms = u64::try_from(longest.as_millis()).unwrap_or(u64::MAX);
            merge(&mut calls, json!({"max_event_delay_duration": ms}));
        }
        if self.options.transports {
            let list = json!([{"type": "livekit", "livekit_service_url": self.service_url}]);
            let well_known = json!({"org.matrix.msc4143.rtc_foci": list});
            merge(
                &mut calls,
                json!({"extra_well_known_client_content": well_known}),
            );
            if self.options.transports_endpoint {
                merge(&mut calls, json!({"matrix_rtc": {"transports": list}}));
            }
        }
        calls
    }

    fn log_settings(&self) -> Value {
        json!({
            "version": 1,
            "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(request)s %(message)s"}},
            "filters": {"context": {"()": "synapse.util.logcontext.LoggingContextFilter", "request": ""}},
            "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain", "filters": ["context"]}},
            "root": {"level": "INFO", "handlers": ["console"]},
            "disable_existing_loggers": false,
        })
    }
}

fn merge(into: &mut Value, from: Value) {
    if let (Value::Object(into), Value::Object(from)) = (into, from) {
        into.extend(from);
    }
}

/// Registration and login stay open in every setting: tests make their accounts at once.
fn rate_limits(limits: RateLimits) -> Value {
    let rate =
        |per_second: f64, burst: u32| json!({"per_second": per_second, "burst_count": burst});
    let open = || rate(10_000.0, 100_000);
    let mut limit = json!({
        "rc_registration": open(),
        "rc_login": {"address": open(), "account": open(), "failed_attempts": open()},
    });
    match limits {
        RateLimits::Default => {}
        RateLimits::Guide => merge(
            &mut limit,
            json!({"rc_message": rate(0.5, 30), "rc_delayed_event_mgmt": rate(1.0, 20)}),
        ),
        RateLimits::Open => merge(
            &mut limit,
            json!({
                "rc_message": open(),
                "rc_delayed_event_mgmt": open(),
                "rc_joins": {"local": open(), "remote": open()},
                "rc_joins_per_room": open(),
                "rc_invites": {"per_room": open(), "per_user": open(), "per_issuer": open()},
                "rc_presence": {"per_user": open()},
                "rc_key_requests": open(),
                "rc_admin_redaction": open(),
                "rc_room_creation": open(),
            }),
        ),
    }
    limit
}

/// The key that signs the server's events: a random seed, in Synapse's format. Synapse
/// would make it too, but only in a run of its own that costs a second.
fn signing_key() -> Result<String> {
    let mut seed = [0u8; 32];
    getrandom::fill(&mut seed).map_err(Error::Random)?;
    Ok(format!(
        "ed25519 a_stack {}\n",
        STANDARD_NO_PAD.encode(seed)
    ))
}

/// Starts Synapse on the settings in `directory`.
pub(crate) fn start(directory: &Path) -> Result<Process> {
    let mut command = Command::new(places::synapse_python()?);
    command
        .args(["-m", "synapse.app.homeserver", "-c"])
        .arg(directory.join("homeserver.yaml"))
        .current_dir(directory);
    Process::start("Synapse", &command, &directory.join("synapse.log"))
}
