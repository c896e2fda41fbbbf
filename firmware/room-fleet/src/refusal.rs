//! Why an update is not installed.

use room_messages::api::{Problem, Text};
use serde::{Deserialize, Serialize};

use crate::Version;

/// Each has a stable code, `UPD-01` and up.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "refusal", rename_all = "snake_case")]
pub enum Refusal {
    NotFound,
    NotABundle,
    Unsigned,
    WrongKey,
    Expired,
    NotYetValid,
    Damaged,
    WrongBoard { bundle: String, here: String },
    BelowFloor { version: Version, floor: Version },
    NoVersion,
    Incomplete { missing: String },
    ImageTooLarge { class: String, size: u64, slot: u64 },
    NoSpace { need: u64, free: u64 },
    Fetch { detail: String },
    AlreadyUpdating,
    OnTrial,
    UpdaterSilent,
    NothingNew,
    InstallFailed { detail: String },
}

/// Longest piece of somebody else's words in a message, in characters.
const MAX_DETAIL: usize = 200;

fn bounded(text: &str) -> String {
    text.chars()
        .filter(|c| !c.is_control())
        .take(MAX_DETAIL)
        .collect()
}

/// Whole mebibytes, rounded up.
fn mib(bytes: u64) -> u64 {
    bytes.div_ceil(1024 * 1024)
}

impl Refusal {
    /// From what RAUC and OpenSSL say when they look at a bundle, or fail to install one.
    #[must_use]
    pub fn from_rauc(message: &str) -> Self {
        let has = |part: &str| message.contains(part);
        if has("certificate has expired") {
            Self::Expired
        } else if has("certificate is not yet valid") {
            Self::NotYetValid
        } else if has("Signature size is 0") {
            Self::Unsigned
        } else if has("signature verification failed")
            && (has("issuer certificate") || has("self-signed") || has("self signed"))
        {
            Self::WrongKey
        } else if has("signature verification failed") || has("no valid CMS") {
            Self::Damaged
        } else if has("No such file") {
            Self::NotFound
        } else if has("Invalid bundle") || has("is too small") || has("exceeds bundle size") {
            Self::NotABundle
        } else if has("Compatible mismatch") {
            Self::WrongBoard {
                bundle: quoted(message, 1),
                here: quoted(message, 0),
            }
        } else if has("already processing") {
            Self::AlreadyUpdating
        } else if has("Input/output error") || has("verity") {
            Self::Damaged
        } else {
            Self::InstallFailed {
                detail: bounded(message),
            }
        }
    }

    /// A download that did not come.
    #[must_use]
    pub fn fetch(detail: &str) -> Self {
        Self::Fetch {
            detail: bounded(detail),
        }
    }

    /// For people.
    #[must_use]
    pub fn problem(&self) -> Problem {
        let (code, what, next) = self.entry();
        Problem {
            code: code.to_owned(),
            what,
            next,
        }
    }

    #[allow(
        clippy::too_many_lines,
        reason = "a catalogue: one entry after another"
    )]
    fn entry(&self) -> (&'static str, Text, Text) {
        let again = || {
            Text::new(
                "Fetch the bundle again from where it was published.",
                "Récupérez de nouveau le paquet là où il fut publié.",
            )
        };
        match self {
            Self::NotFound => (
                "UPD-01",
                Text::new("There is no such bundle.", "Ce paquet n'existe pas."),
                Text::new(
                    "Check the path or address.",
                    "Vérifiez le chemin ou l'adresse.",
                ),
            ),
            Self::NotABundle => (
                "UPD-02",
                Text::new(
                    "The file is not a whole Salle bundle.",
                    "Le fichier n'est pas un paquet Salle complet.",
                ),
                again(),
            ),
            Self::Unsigned => (
                "UPD-03",
                Text::new("The bundle is not signed.", "Le paquet n'est pas signé."),
                Text::new(
                    "Use a bundle signed for release.",
                    "Utilisez un paquet signé pour la diffusion.",
                ),
            ),
            Self::WrongKey => (
                "UPD-04",
                Text::new(
                    "The bundle is signed with a key this unit does not trust.",
                    "Le paquet est signé avec une clé que cette unité ne reconnaît pas.",
                ),
                Text::new(
                    "Use a bundle of the publisher this unit was flashed from.",
                    "Utilisez un paquet de l'éditeur dont provient cette unité.",
                ),
            ),
            Self::Expired => (
                "UPD-05",
                Text::new(
                    "The key that signed the bundle has expired.",
                    "La clé qui a signé le paquet a expiré.",
                ),
                Text::new(
                    "Check the unit's clock; then fetch a bundle signed with the present key.",
                    "Vérifiez l'horloge de l'unité ; puis récupérez un paquet signé avec la clé actuelle.",
                ),
            ),
            Self::NotYetValid => (
                "UPD-06",
                Text::new(
                    "The key that signed the bundle is not valid yet by this unit's clock.",
                    "D'après l'horloge de l'unité, la clé qui a signé le paquet n'est pas encore valable.",
                ),
                Text::new(
                    "Let the unit reach a time server, then try again.",
                    "Donnez à l'unité l'accès à un serveur de temps, puis réessayez.",
                ),
            ),
            Self::Damaged => (
                "UPD-07",
                Text::new("The bundle is damaged.", "Le paquet est endommagé."),
                again(),
            ),
            Self::WrongBoard { bundle, here } => (
                "UPD-08",
                Text::new(
                    format!("The bundle is for {bundle}, this unit is {here}."),
                    format!("Le paquet est pour {bundle}, cette unité est {here}."),
                ),
                Text::new(
                    format!("Use a bundle for {here}."),
                    format!("Utilisez un paquet pour {here}."),
                ),
            ),
            Self::BelowFloor { version, floor } => (
                "UPD-09",
                Text::new(
                    format!(
                        "Version {version} is older than {floor}, the oldest this unit may run."
                    ),
                    format!(
                        "La version {version} est antérieure à {floor}, la plus ancienne permise sur cette unité."
                    ),
                ),
                Text::new(
                    format!("Use version {floor} or newer."),
                    format!("Utilisez la version {floor} ou une plus récente."),
                ),
            ),
            Self::NoVersion => (
                "UPD-10",
                Text::new(
                    "The bundle names no version of the form 1.2.3.",
                    "Le paquet n'indique pas de version de la forme 1.2.3.",
                ),
                Text::new(
                    "Tell whoever made the bundle.",
                    "Prévenez l'éditeur du paquet.",
                ),
            ),
            Self::Incomplete { missing } => (
                "UPD-11",
                Text::new(
                    format!("The bundle has no image for {missing}."),
                    format!("Le paquet n'a pas d'image pour {missing}."),
                ),
                Text::new(
                    "Tell whoever made the bundle.",
                    "Prévenez l'éditeur du paquet.",
                ),
            ),
            Self::ImageTooLarge { class, size, slot } => (
                "UPD-12",
                Text::new(
                    format!(
                        "The image for {class} has {} MiB, its slot {}.",
                        mib(*size),
                        mib(*slot)
                    ),
                    format!(
                        "L'image pour {class} fait {} Mio, son emplacement {}.",
                        mib(*size),
                        mib(*slot)
                    ),
                ),
                Text::new(
                    "This version needs a unit flashed anew.",
                    "Cette version demande de reflasher l'unité.",
                ),
            ),
            Self::NoSpace { need, free } => (
                "UPD-13",
                Text::new(
                    format!(
                        "{} MiB are needed for the bundle, {} MiB are free.",
                        mib(*need),
                        mib(*free)
                    ),
                    format!(
                        "Il faut {} Mio pour le paquet, {} Mio sont libres.",
                        mib(*need),
                        mib(*free)
                    ),
                ),
                Text::new(
                    "Give the unit a larger card or disk, or reset it to factory state.",
                    "Donnez à l'unité une carte ou un disque plus grand, ou remettez-la à l'état d'usine.",
                ),
            ),
            Self::Fetch { detail } => (
                "UPD-14",
                Text::new(
                    format!("The bundle could not be fetched: {detail}."),
                    format!("Le paquet n'a pu être récupéré : {detail}."),
                ),
                Text::new(
                    "Check the address and the network, then try again.",
                    "Vérifiez l'adresse et le réseau, puis réessayez.",
                ),
            ),
            Self::AlreadyUpdating => (
                "UPD-15",
                Text::new(
                    "An update is already going on.",
                    "Une mise à jour est déjà en cours.",
                ),
                Text::new(
                    "Wait for its end: roomctl update status.",
                    "Attendez sa fin : roomctl update status.",
                ),
            ),
            Self::OnTrial => (
                "UPD-16",
                Text::new(
                    "The last update is not proven yet.",
                    "La dernière mise à jour n'a pas encore fait ses preuves.",
                ),
                Text::new(
                    "Wait until it is: roomctl update status.",
                    "Attendez que ce soit fait : roomctl update status.",
                ),
            ),
            Self::UpdaterSilent => (
                "UPD-17",
                Text::new(
                    "The update service (RAUC) does not answer.",
                    "Le service de mise à jour (RAUC) ne répond pas.",
                ),
                Text::new("Restart the unit.", "Redémarrez l'unité."),
            ),
            Self::NothingNew => (
                "UPD-19",
                Text::new(
                    "The bundle's version runs already, or was tried before.",
                    "La version du paquet est déjà en service, ou fut déjà essayée.",
                ),
                Text::new(
                    "Use a newer version, or roomctl update install to try again.",
                    "Utilisez une version plus récente, ou roomctl update install pour réessayer.",
                ),
            ),
            Self::InstallFailed { detail } => (
                "UPD-18",
                Text::new(
                    format!("The update failed: {detail}."),
                    format!("La mise à jour a échoué : {detail}."),
                ),
                Text::new(
                    "The unit goes on with its present system. Try again; if it stays so, tell whoever looks after it.",
                    "L'unité continue avec son système actuel. Réessayez ; si cela persiste, prévenez qui s'en occupe.",
                ),
            ),
        }
    }
}

/// The `nth` text in single quotes.
fn quoted(message: &str, nth: usize) -> String {
    let found = message.split('\'').skip(1).step_by(2).nth(nth);
    bounded(found.unwrap_or("?"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What RAUC 1.8 to 1.15 print, word for word.
    #[test]
    fn what_rauc_says_is_understood() {
        let failed = "signature verification failed: Verify error:";
        for (message, expected) in [
            (format!("{failed} unable to get local issuer certificate"), Refusal::WrongKey),
            (format!("{failed} self-signed certificate in certificate chain"), Refusal::WrongKey),
            (format!("{failed} certificate has expired"), Refusal::Expired),
            (format!("{failed} certificate is not yet valid"), Refusal::NotYetValid),
            ("signature verification failed: error:17000074:CMS routines::digest mismatch".into(), Refusal::Damaged),
            ("Invalid bundle format: Signature size (6253634256645383267) exceeds bundle size".into(), Refusal::NotABundle),
            ("Invalid bundle format: Failed to seek to end of bundle: Error seeking in file: Invalid argument".into(), Refusal::NotABundle),
            ("Invalid bundle format: Signature size is 0".into(), Refusal::Unsigned),
            ("Invalid bundle format: Signature data is no valid CMS".into(), Refusal::Damaged),
            ("No such file: /tmp/nope.raucb".into(), Refusal::NotFound),
            ("already processing a different method".into(), Refusal::AlreadyUpdating),
            ("Installation error: Failed updating slot rootfs.1: failed to copy image: Input/output error".into(), Refusal::Damaged),
            ("Compatible mismatch: Expected 'salle-a' but bundle manifest has 'salle-b'".into(),
             Refusal::WrongBoard { bundle: "salle-b".into(), here: "salle-a".into() }),
        ] {
            assert_eq!(Refusal::from_rauc(&message), expected, "{message}");
        }
    }

    #[test]
    fn other_words_are_passed_on_bounded_and_without_control_characters() {
        let Refusal::InstallFailed { detail } = Refusal::from_rauc(&"\u{1b}[31mé".repeat(500))
        else {
            panic!("an unknown message is a failed installation");
        };
        assert!(detail.chars().count() == MAX_DETAIL && !detail.contains('\u{1b}'));
    }

    #[test]
    fn every_refusal_says_what_to_do_in_both_languages() {
        let version: Version = "1.2.3".parse().unwrap();
        let all = [
            Refusal::NotFound,
            Refusal::NotABundle,
            Refusal::Unsigned,
            Refusal::WrongKey,
            Refusal::Expired,
            Refusal::NotYetValid,
            Refusal::Damaged,
            Refusal::WrongBoard {
                bundle: "a".into(),
                here: "b".into(),
            },
            Refusal::BelowFloor {
                version: version.clone(),
                floor: version,
            },
            Refusal::NoVersion,
            Refusal::Incomplete {
                missing: "kernel".into(),
            },
            Refusal::ImageTooLarge {
                class: "rootfs".into(),
                size: 2,
                slot: 1,
            },
            Refusal::NoSpace { need: 2, free: 1 },
            Refusal::fetch("no route"),
            Refusal::AlreadyUpdating,
            Refusal::OnTrial,
            Refusal::UpdaterSilent,
            Refusal::NothingNew,
            Refusal::InstallFailed { detail: "x".into() },
        ];
        let mut codes: Vec<String> = Vec::new();
        for refusal in &all {
            let problem = refusal.problem();
            for text in [&problem.what, &problem.next] {
                assert!(text.en.len() > 5 && text.fr.len() > 5 && text.en != text.fr);
            }
            codes.push(problem.code);
        }
        codes.dedup();
        assert_eq!(codes.len(), all.len());
    }
}
