//! The text that is signed, and whether a signature answers it.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ssh_key::{PublicKey, SshSig};

/// What signatures are for (`ssh-keygen -Y sign -n`): one that was made for something else, such
/// as a commit, opens nothing.
pub const NAMESPACE: &str = "salle-service@salle";
/// What `echo`, an editor or a computer with other line ends put behind the text they sign.
const ENDS: [&str; 3] = ["", "\n", "\r\n"];
/// Longest part of a name, in bytes; both ids are shorter.
const MAX_NAME: usize = 64;

/// Which unit asks, and which of its starts. Both stand in the text, so that whoever signs sees
/// for what, and no answer counts elsewhere.
#[derive(Clone, Debug)]
pub struct Unit {
    pub machine: String,
    pub boot: String,
}

#[derive(Debug)]
pub(super) struct Challenge(String);

impl Challenge {
    /// One line without a character that a shell or a terminal takes for something else.
    pub(super) fn new(unit: &Unit, random: [u8; 32]) -> Self {
        let (machine, boot) = (plain(&unit.machine), plain(&unit.boot));
        let random = URL_SAFE_NO_PAD.encode(random);
        Self(format!("salle-service:1:{machine}:{boot}:{random}"))
    }

    pub(super) fn text(&self) -> &str {
        &self.0
    }

    /// Whether `block` is an armoured signature over this text, of this key, for [`NAMESPACE`].
    pub(super) fn is_answered_by(&self, key: &PublicKey, block: &[u8]) -> bool {
        let Ok(signature) = SshSig::from_pem(block) else {
            return false;
        };
        let signed = |end: &&str| format!("{}{end}", self.0);
        let right = |text: String| key.verify(NAMESPACE, text.as_bytes(), &signature).is_ok();
        ENDS.iter().map(signed).any(right)
    }
}

fn plain(name: &str) -> String {
    let kept = name.chars().filter(|c| c.is_ascii_alphanumeric());
    kept.take(MAX_NAME).collect()
}
