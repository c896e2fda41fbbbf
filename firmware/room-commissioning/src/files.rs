//! What the settings mean for systemd's network and time services, for 802.1X, for the firewall and
//! for the touch panel, as files for one boot.

use std::fmt::Write as _;

use room_settings::{
    NetworkSettings, Secret, SecretError, SecretFile, Settings, WiredLogin, WiredProof,
};

/// A file below `/run`.
#[derive(Clone, PartialEq, Eq)]
pub struct RunFile {
    /// Relative to `/run`.
    pub path: &'static str,
    pub text: String,
    pub mode: u32,
}

impl std::fmt::Debug for RunFile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // The text may hold a secret.
        f.debug_struct("RunFile")
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

/// Every file there may be; those that are not made are removed.
pub const ALL: [&str; 8] = [
    "systemd/network/10-salle.network",
    "systemd/timesyncd.conf.d/50-salle.conf",
    "salle-network/ports.nft",
    "salle-network/8021x.conf",
    "salle-network/authority.pem",
    "salle-network/certificate.pem",
    "salle-network/key.pem",
    PIN,
];
/// Where systemd finds what `ImportCredential=` of `paneld.service` names (`systemd.exec(5)`), and root
/// alone: the panel gets it in a place of its own.
const PIN: &str = "credstore/salle.panel-pin";
/// Nobody can type it: a PIN that cannot be read leaves the page closed, not open.
const CLOSED: &str = "-";

/// What becomes of settings.
#[derive(Debug, Default)]
pub struct Made {
    pub files: Vec<RunFile>,
    pub troubles: Vec<Trouble>,
}

/// A secret cannot be had, and what is without it.
#[derive(Debug)]
pub enum Trouble {
    /// 802.1X: the unit does not log in to the network.
    Login(SecretError),
    /// The panel's settings page stays closed.
    Pin(SecretError),
}

/// The files of these settings, their secrets read by `secret`.
pub fn run_files(
    settings: &Settings,
    secret: impl Fn(&SecretFile) -> Result<Secret, SecretError>,
) -> Made {
    let mut made = Made::default();
    made.files.extend(network(&settings.network));
    made.files.extend(time(&settings.time.servers));
    made.files.extend(ports(settings));
    if let Some(login) = &settings.network.login {
        match wired(login, &secret) {
            Ok(files) => made.files.extend(files),
            Err(error) => made.troubles.push(Trouble::Login(error)),
        }
    }
    if let Some(file) = &settings.panel.pin {
        let pin = secret(file);
        let text = pin.as_ref().map_or(CLOSED, Secret::expose).to_owned();
        made.files.push(RunFile {
            path: PIN,
            text,
            mode: 0o600,
        });
        made.troubles.extend(pin.err().map(Trouble::Pin));
    }
    made
}

fn network(settings: &NetworkSettings) -> Option<RunFile> {
    if settings.address.is_none() && settings.dns.is_empty() {
        return None;
    }
    let mut text = String::from(
        "[Match]\nType=ether\nKind=!*\n\n[Link]\nRequiredForOnline=no\n\n[Network]\nLinkLocalAddressing=ipv6\nLLMNR=no\nMulticastDNS=no\n",
    );
    // Writing to a String cannot fail.
    match settings.address {
        Some(of) => {
            let _ = writeln!(text, "DHCP=no\nAddress={}/{}", of.address, of.prefix);
        }
        None => text.push_str("DHCP=yes\n"),
    }
    if let Some(gateway) = settings.gateway {
        let _ = writeln!(text, "Gateway={gateway}");
    }
    for server in &settings.dns {
        let _ = writeln!(text, "DNS={server}");
    }
    text.push_str("\n[DHCPv4]\nUseDomains=yes\nSendHostname=no\nClientIdentifier=mac\n");
    if !settings.dns.is_empty() {
        text.push_str("UseDNS=no\n");
    }
    Some(RunFile {
        path: "systemd/network/10-salle.network",
        text,
        mode: 0o644,
    })
}

fn time(servers: &[String]) -> Option<RunFile> {
    (!servers.is_empty()).then(|| RunFile {
        path: "systemd/timesyncd.conf.d/50-salle.conf",
        text: format!("[Time]\nNTP={}\n", servers.join(" ")),
        mode: 0o644,
    })
}

/// The one service the settings can open: the control API. On loopback nobody needs a hole.
fn ports(settings: &Settings) -> Option<RunFile> {
    let listen = settings.api.listen.filter(|at| !at.ip().is_loopback())?;
    Some(RunFile {
        path: "salle-network/ports.nft",
        text: format!(
            "add element inet salle declared_tcp {{ {} }}\n",
            listen.port()
        ),
        mode: 0o644,
    })
}

fn wired(
    login: &WiredLogin,
    secret: impl Fn(&SecretFile) -> Result<Secret, SecretError>,
) -> Result<Vec<RunFile>, SecretError> {
    let secret = |file| Ok::<_, SecretError>(secret(file)?.expose().to_owned());
    let file = |path, text| RunFile {
        path,
        text,
        mode: 0o600,
    };
    let mut files = vec![file(
        "salle-network/authority.pem",
        secret(&login.authority)?,
    )];
    let proof = match &login.proof {
        WiredProof::Password(password) => {
            // As hexadecimal: no character of it can mean something to wpa_supplicant.
            let hex = hex(secret(password)?.as_bytes());
            format!("\teap=PEAP\n\tphase2=\"auth=MSCHAPV2\"\n\tpassword={hex}\n")
        }
        WiredProof::Certificate { certificate, key } => {
            files.push(file("salle-network/certificate.pem", secret(certificate)?));
            files.push(file("salle-network/key.pem", secret(key)?));
            "\teap=TLS\n\tclient_cert=\"/run/salle-network/certificate.pem\"\n\tprivate_key=\"/run/salle-network/key.pem\"\n".to_owned()
        }
    };
    let identity = hex(login.identity.as_bytes());
    files.push(file(
        "salle-network/8021x.conf",
        format!(
            "ap_scan=0\nnetwork={{\n\tkey_mgmt=IEEE8021X\n\teapol_flags=0\n\tidentity={identity}\n\tca_cert=\"/run/salle-network/authority.pem\"\n{proof}}}\n"
        ),
    ));
    Ok(files)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(more: &str) -> Settings {
        let text = format!(
            "version = 1\n[matrix]\nhomeserver = \"example.org\"\nuser = \"r\"\npassword_file = \"/p\"\n{more}"
        );
        Settings::parse(&text).unwrap()
    }

    fn files(more: &str) -> Vec<RunFile> {
        let made = run_files(&settings(more), |_| Ok(Secret::new("se\"cret".into())));
        assert!(made.troubles.is_empty());
        for file in &made.files {
            assert!(ALL.contains(&file.path));
        }
        made.files
    }

    fn text(files: &[RunFile], path: &str) -> String {
        let file = files.iter().find(|file| file.path.ends_with(path));
        file.unwrap_or_else(|| panic!("{path} is made"))
            .text
            .clone()
    }

    #[test]
    fn settings_that_say_nothing_leave_everything_to_the_image() {
        assert!(files("").is_empty());
        assert!(files("[api]\nlisten = \"127.0.0.1:8090\"\n").is_empty());
    }

    #[test]
    fn a_fixed_address_servers_and_a_declared_port_become_files() {
        let files = files(
            "[network]\naddress = \"192.0.2.7/24\"\ngateway = \"192.0.2.1\"\ndns = [\"192.0.2.53\"]\n[time]\nservers = [\"a.example\", \"b.example\"]\n[api]\nlisten = \"0.0.0.0:8090\"\n",
        );
        let network = text(&files, ".network");
        for line in [
            "DHCP=no",
            "Address=192.0.2.7/24",
            "Gateway=192.0.2.1",
            "DNS=192.0.2.53",
        ] {
            assert!(network.lines().any(|l| l == line), "{line}");
        }
        assert!(text(&files, "50-salle.conf").contains("NTP=a.example b.example"));
        assert_eq!(
            text(&files, "ports.nft"),
            "add element inet salle declared_tcp { 8090 }\n"
        );
    }

    #[test]
    fn the_password_of_8021x_cannot_break_out_of_its_place_nor_be_printed() {
        let files = files(
            "[network]\nidentity = \"room\"\nauthority_file = \"/a\"\npassword_file = \"/b\"\n",
        );
        let conf = text(&files, "8021x.conf");
        assert!(conf.contains(&format!("password={}\n", hex(b"se\"cret"))));
        assert!(!conf.contains("se\"cret") && !format!("{files:?}").contains("7365"));
        assert!(files.iter().all(|file| file.mode == 0o600));
    }

    #[test]
    fn a_pin_is_roots_alone_and_one_that_cannot_be_read_leaves_the_page_closed() {
        let settings = settings("[panel]\npin_file = \"/pin\"\n");
        let made = run_files(&settings, |_| Ok(Secret::new("2468".into())));
        assert_eq!(text(&made.files, "panel-pin"), "2468");
        assert!(made.files.iter().all(|file| file.mode == 0o600));
        assert!(!format!("{made:?}").contains("2468"));
        let made = run_files(&settings, SecretFile::read);
        assert_eq!(text(&made.files, "panel-pin"), CLOSED);
        assert!(matches!(made.troubles[..], [Trouble::Pin(_)]));
    }
}
