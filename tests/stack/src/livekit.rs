//! Settings of a real LiveKit, and how to start it.

use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};

use crate::certificates::write;
use crate::ports::Ports;
use crate::process::Process;
use crate::token::ApiKey;
use crate::{Result, places};

pub(crate) fn write_settings(
    directory: &Path,
    address: Ipv4Addr,
    ports: &Ports,
    key: &ApiKey,
) -> Result<()> {
    write(
        &directory.join("livekit.yaml"),
        &settings(address, ports, key).to_string(),
    )
}

fn settings(address: Ipv4Addr, ports: &Ports, key: &ApiKey) -> Value {
    json!({
        "port": ports.sfu,
        "bind_addresses": [address],
        "keys": {&key.name: &key.secret},
        "rtc": {
            // One UDP port serves everybody. Any TCP port would listen on all addresses,
            // whatever bind_addresses says.
            "udp_port": ports.media,
            "tcp_port": 0,
            "use_external_ip": false,
            "node_ip": address,
            // Without these there is no candidate on loopback.
            "enable_loopback_candidate": true,
            "interfaces": {"includes": ["lo"]},
            "ips": {"includes": [format!("{address}/32")]},
        },
        // As on real sites: only the authorization service makes rooms.
        "room": {"auto_create": false},
        "webhook": {
            "api_key": key.name,
            "urls": [format!("http://{address}:{}/sfu_webhook", ports.service)],
        },
        "logging": {"level": "info"},
    })
}

pub(crate) fn start(directory: &Path) -> Result<Process> {
    let mut command = Command::new(places::livekit_server()?);
    command
        .arg("--config")
        .arg(directory.join("livekit.yaml"))
        .current_dir(directory);
    Process::start("LiveKit", &command, &directory.join("livekit.log"))
}
