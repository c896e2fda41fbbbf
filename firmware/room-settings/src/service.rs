//! Who may open a service shell on a unit: whoever has the private half of this key, and stands
//! before the unit.
//!
//! Invariant: a key that leaves here is one that signatures can be checked with, and that nobody
//! can sign for without its private half. Deliberately absent: a default. Without a key there is
//! no service shell.

use ed25519_dalek::VerifyingKey;
use room_messages::api::Text;
use ssh_key::{PublicKey, public::KeyData};

use crate::reader::{Findings, Section};
use crate::values::Refusal;

/// Longest line of a `.pub` file, in bytes; an ed25519 key has 80 and its comment.
const MAX_KEY: usize = 512;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ServiceSettings {
    /// `None`: no shell, ever.
    pub key: Option<ServiceKey>,
}

/// An OpenSSH public key of the kind ed25519, without its comment: that is often a person's name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServiceKey(PublicKey);

impl ServiceKey {
    pub(crate) fn new(text: &str) -> Result<Self, Refusal> {
        if text.contains("PRIVATE KEY") {
            return Err(private());
        }
        let text = text.trim();
        if text.len() > MAX_KEY || text.chars().any(char::is_control) {
            return Err(no_key());
        }
        let kind = text.split(' ').next().unwrap_or_default();
        match PublicKey::from_openssh(text) {
            Ok(key) if is_usable(key.key_data()) => Ok(Self(key.key_data().clone().into())),
            _ if OTHERS.iter().any(|other| kind.starts_with(other)) => Err(another_kind()),
            _ => Err(no_key()),
        }
    }

    #[must_use]
    pub fn public(&self) -> &PublicKey {
        &self.0
    }
}

/// How the names of OpenSSH's other kinds of keys begin.
const OTHERS: [&str; 4] = ["ssh-rsa", "ssh-dss", "ecdsa-", "sk-"];

/// A point on the curve, and none of the few that fit a signature nobody made (zeros, as in a
/// placeholder, are one).
fn is_usable(key: &KeyData) -> bool {
    let point = |bytes: &[u8; 32]| VerifyingKey::from_bytes(bytes).ok();
    let key = key.ed25519().and_then(|key| point(&key.0));
    key.is_some_and(|key| !key.is_weak())
}

pub(crate) fn read(mut section: Section<'_>, findings: &mut Findings<'_>) -> ServiceSettings {
    let key = section.text("key", ServiceKey::new, findings);
    section.close(findings);
    ServiceSettings { key }
}

fn no_key() -> Refusal {
    (
        Text::new(
            "this is not an OpenSSH public key",
            "ce n'est pas une clé publique OpenSSH",
        ),
        Text::new(
            "write the line of the .pub file that `ssh-keygen -t ed25519` made: \"ssh-ed25519 AAAA…\"",
            "écrivez la ligne du fichier .pub fait par `ssh-keygen -t ed25519` : \"ssh-ed25519 AAAA…\"",
        ),
    )
}

fn another_kind() -> Refusal {
    (
        Text::new(
            "this key is of another kind than ed25519",
            "cette clé est d'un autre type qu'ed25519",
        ),
        Text::new(
            "make one by `ssh-keygen -t ed25519` and write the line of its .pub file",
            "faites-en une par `ssh-keygen -t ed25519` et écrivez la ligne de son fichier .pub",
        ),
    )
}

fn private() -> Refusal {
    (
        Text::new(
            "this is a private key; it is no secret any more",
            "c'est une clé privée ; elle n'est plus secrète",
        ),
        Text::new(
            "make a new one by `ssh-keygen -t ed25519` and write the line of its .pub file",
            "faites-en une nouvelle par `ssh-keygen -t ed25519` et écrivez la ligne de son fichier .pub",
        ),
    )
}

#[cfg(test)]
mod tests;
