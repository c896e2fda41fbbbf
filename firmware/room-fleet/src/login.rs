//! 802.1X: how the unit's login to its network stands, from what `wpa_supplicant` says.
//!
//! Invariant: names in a certificate are a stranger's words and change nothing.

use room_messages::api::{Problem, Text};
use serde::{Deserialize, Serialize};

/// Longest reason of another program that is shown, in characters.
const MOST: usize = 100;

/// How it stands. Where nobody asks for a login there is none.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Login {
    Accepted,
    /// The authentication server does not take identity and proof.
    Refused,
    /// The server's certificate does not hold, for this reason of OpenSSL.
    Distrusted(String),
    /// The unit's own certificates and key do not work.
    Unusable,
}

impl Login {
    /// What is to be said of it.
    #[must_use]
    pub fn problem(&self) -> Option<Problem> {
        let (code, what, next) = match self {
            Self::Accepted => return None,
            Self::Refused => (
                "NET-01",
                Text::new(
                    "The network does not let this unit in: it refuses its 802.1X login.",
                    "Le réseau ne laisse pas entrer cette unité : il refuse sa connexion 802.1X.",
                ),
                Text::new(
                    "Check identity and password, or certificate, in the settings with whoever runs the network.",
                    "Vérifiez l'identité et le mot de passe, ou le certificat, des réglages avec qui administre le réseau.",
                ),
            ),
            Self::Distrusted(reason) => (
                "NET-02",
                Text::new(
                    format!(
                        "This unit does not trust the network's 802.1X server, and tells it no password: {reason}."
                    ),
                    format!(
                        "Cette unité ne fait pas confiance au serveur 802.1X du réseau et ne lui dit aucun mot de passe : {reason}."
                    ),
                ),
                Text::new(
                    "Check that authority in the settings is the certificate of who signs that server's.",
                    "Vérifiez qu'authority, dans les réglages, est le certificat de qui signe celui de ce serveur.",
                ),
            ),
            Self::Unusable => (
                "NET-03",
                Text::new(
                    "This unit cannot log in to the network by 802.1X: its certificates or its key do not work.",
                    "Cette unité ne peut se connecter au réseau par 802.1X : ses certificats ou sa clé ne fonctionnent pas.",
                ),
                Text::new(
                    "Check in the settings that the key belongs to the certificate and has no passphrase.",
                    "Vérifiez dans les réglages que la clé va avec le certificat et n'a pas de phrase secrète.",
                ),
            ),
        };
        Some(Problem {
            code: code.to_owned(),
            what,
            next,
        })
    }
}

/// Hears `wpa_supplicant` out, line by line.
#[derive(Debug, Default)]
pub struct Listener {
    login: Option<Login>,
    /// The present attempt has said why it fails.
    explained: bool,
}

impl Listener {
    /// The login, when this line changes it.
    pub fn hear(&mut self, line: &str) -> Option<&Login> {
        // `eth0: EVENT …`: nothing of a certificate stands in front of the event.
        let (_, said) = line.split_once(": ")?;
        let event = |name: &str| said.starts_with(name);
        let now = if event("CTRL-EVENT-EAP-STARTED") {
            self.explained = false;
            return None;
        } else if event("CTRL-EVENT-EAP-SUCCESS") {
            Login::Accepted
        } else if event("CTRL-EVENT-EAP-TLS-CERT-ERROR") {
            self.explained = true;
            Login::Distrusted(reason(said))
        } else if event("EAP: Failed to initialize EAP method") {
            self.explained = true;
            Login::Unusable
        } else if event("CTRL-EVENT-EAP-FAILURE") && !self.explained {
            Login::Refused
        } else {
            return None;
        };
        if self.login.as_ref() == Some(&now) {
            return None;
        }
        self.login = Some(now);
        self.login.as_ref()
    }
}

/// OpenSSL's own words, the last thing on the line.
fn reason(said: &str) -> String {
    let quoted = said.rsplit_once("err='").map_or("", |(_, rest)| rest);
    let words = quoted.trim_end_matches('\'').chars();
    let words: String = words.filter(|c| !c.is_control()).take(MOST).collect();
    if words.is_empty() {
        "?".to_owned()
    } else {
        words
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ATTEMPT: [&str; 3] = [
        "eth0: Associated with 01:80:c2:00:00:03",
        "eth0: CTRL-EVENT-EAP-STARTED EAP authentication started",
        "eth0: CTRL-EVENT-EAP-METHOD EAP vendor 0 method 25 (PEAP) selected",
    ];
    const SUCCESS: &str = "eth0: CTRL-EVENT-EAP-SUCCESS EAP authentication completed successfully";
    const FAILURE: &str = "eth0: CTRL-EVENT-EAP-FAILURE EAP authentication failed";

    fn after(listener: &mut Listener, lines: &[&str]) -> Option<Login> {
        let lines = ATTEMPT.iter().chain(lines);
        lines.filter_map(|line| listener.hear(line).cloned()).last()
    }

    #[test]
    fn each_end_of_an_attempt_is_told_once() {
        let mut listener = Listener::default();
        assert_eq!(after(&mut listener, &[FAILURE]), Some(Login::Refused));
        assert_eq!(after(&mut listener, &[FAILURE]), None);
        assert_eq!(after(&mut listener, &[SUCCESS]), Some(Login::Accepted));
        assert_eq!(after(&mut listener, &[FAILURE]), Some(Login::Refused));
    }

    #[test]
    fn the_reason_is_not_lost_to_the_failure_that_follows_it() {
        let mut listener = Listener::default();
        let error = "eth0: CTRL-EVENT-EAP-TLS-CERT-ERROR reason=1 depth=1 subject='/CN=x' err='self-signed certificate in certificate chain'";
        let login = after(&mut listener, &[error, FAILURE]);
        let problem = login.unwrap().problem().unwrap();
        assert_eq!(problem.code, "NET-02");
        let said = "password: self-signed certificate in certificate chain.";
        assert!(problem.what.en.ends_with(said));
        let own = "eth0: EAP: Failed to initialize EAP method: vendor 0 method 13 (TLS)";
        assert_eq!(after(&mut listener, &[own]), Some(Login::Unusable));
        // The next attempt fails otherwise.
        assert_eq!(after(&mut listener, &[FAILURE]), Some(Login::Refused));
    }

    #[test]
    fn a_name_in_a_certificate_is_no_event() {
        let mut listener = Listener::default();
        let name = "eth0: CTRL-EVENT-EAP-PEER-CERT depth=0 subject='/CN=a: CTRL-EVENT-EAP-SUCCESS'";
        let other =
            "TLS: Certificate verification failed, error 19 for '/CN=b: CTRL-EVENT-EAP-SUCCESS'";
        assert_eq!(after(&mut listener, &[name, other]), None);
        let long = format!(
            "eth0: CTRL-EVENT-EAP-TLS-CERT-ERROR err='{}'",
            "x".repeat(999)
        );
        let login = after(&mut listener, &[&long]).unwrap();
        assert_eq!(login, Login::Distrusted("x".repeat(MOST)));
    }
}
