//! What can go wrong with a calendar, for programs and for people.
//!
//! Invariant: a code never changes its meaning; no text names more of the address than its host.

use std::time::Duration;

use room_meetings::ical::{ChangeError, ReadError};
use room_meetings::polling::Outcome;
use room_messages::api::{Problem, Text};

/// Why a calendar cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum CalendarError {
    /// No connection, or no answer in time.
    #[error("the calendar's server cannot be reached")]
    Unreachable { source: reqwest::Error },
    #[error("the certificate of the calendar's server is not trusted")]
    Certificate { source: reqwest::Error },
    #[error("the calendar's server refuses user and password")]
    WrongPassword,
    #[error("the calendar's server denies access")]
    Forbidden,
    #[error("there is no calendar at this address")]
    NotACalendar,
    /// A collection of several calendars.
    #[error("there are several calendars at this address")]
    Several,
    #[error("the calendar's server sends elsewhere")]
    Redirected,
    #[error("the calendar's server asks for a pause")]
    Throttled { wait: Duration },
    #[error("the calendar's server fails with status {status}")]
    Failing { status: u16 },
    #[error("the answer of the calendar's server is too large")]
    TooLarge,
    #[error("the answer of the calendar's server cannot be read")]
    Unreadable,
    /// Somebody else changed the meeting at the same time.
    #[error("the meeting was changed meanwhile")]
    Conflict,
    #[error("this calendar can only be read")]
    ReadOnly,
    #[error("the meeting cannot be changed")]
    Change(#[source] ChangeError),
    /// The program's own client.
    #[error("no HTTP client can be made")]
    Client { source: reqwest::Error },
}

impl From<ReadError> for CalendarError {
    fn from(error: ReadError) -> Self {
        match error {
            ReadError::NotACalendar => Self::NotACalendar,
            ReadError::TooLarge => Self::TooLarge,
            ReadError::CutOff => Self::Unreadable,
        }
    }
}

impl CalendarError {
    /// A failed request, without the address it went to.
    pub(crate) fn network(error: reqwest::Error) -> Self {
        let source = error.without_url();
        if is_certificate(&source) {
            Self::Certificate { source }
        } else {
            Self::Unreachable { source }
        }
    }

    /// How the calendar is asked again after it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        match self {
            Self::Throttled { wait } => Outcome::Throttled(*wait),
            Self::WrongPassword
            | Self::Forbidden
            | Self::NotACalendar
            | Self::Several
            | Self::Redirected
            | Self::Certificate { .. } => Outcome::NeedsSomebody,
            _ => Outcome::Away,
        }
    }

    /// For people; `host` is the server's name.
    #[must_use]
    pub fn problem(&self, host: &str) -> Problem {
        let Entry(code, what, next) = self.entry();
        let fill = |text: &str| text.replace("{}", host);
        Problem {
            code: code.to_owned(),
            what: Text::new(fill(what.0), fill(what.1)),
            next: Text::new(fill(next.0), fill(next.1)),
        }
    }

    #[rustfmt::skip]
    fn entry(&self) -> Entry {
        match self {
            Self::Unreachable { .. } | Self::Client { .. } => Entry("CAL-01",
                ("The calendar's server {} cannot be reached.", "Le serveur de calendrier {} est injoignable."),
                ("Check the network and the name in `url` of section [calendar]; the room tries again by itself.", "Vérifiez le réseau et le nom dans `url` de la section [calendar] ; la salle réessaie d'elle-même.")),
            Self::Certificate { .. } => Entry("CAL-02",
                ("The certificate of the calendar's server {} is not trusted.", "Le certificat du serveur de calendrier {} n'est pas reconnu."),
                ("Check the unit's clock and the name in `url`; if both are right, tell the server's administrator.", "Vérifiez l'heure de l'appareil et le nom dans `url` ; s'ils sont justes, prévenez l'administrateur du serveur.")),
            Self::WrongPassword => Entry("CAL-03",
                ("The calendar's server {} refuses user and password.", "Le serveur de calendrier {} refuse l'utilisateur et le mot de passe."),
                ("Check `user` and the file named by `password_file`; some servers ask for an application password.", "Vérifiez `user` et le fichier nommé par `password_file` ; certains serveurs demandent un mot de passe d'application.")),
            Self::Forbidden => Entry("CAL-04",
                ("The calendar's server {} denies this room access to the calendar.", "Le serveur {} refuse à cette salle l'accès au calendrier."),
                ("Share the calendar with the room's user there.", "Partagez-y le calendrier avec l'utilisateur de la salle.")),
            Self::NotACalendar => Entry("CAL-05",
                ("There is no calendar at the address given on {}.", "Il n'y a pas de calendrier à l'adresse donnée sur {}."),
                ("Copy the calendar's own address from its settings, CalDAV or iCalendar (.ics), into `url`.", "Copiez l'adresse du calendrier lui-même, CalDAV ou iCalendar (.ics), dans `url`.")),
            Self::Several => Entry("CAL-06",
                ("There are several calendars at the address given on {}.", "Il y a plusieurs calendriers à l'adresse donnée sur {}."),
                ("Copy the address of the room's own calendar into `url`.", "Copiez l'adresse du calendrier de la salle dans `url`.")),
            Self::Redirected => Entry("CAL-07",
                ("{} sends the room to another server, or to one without encryption; the password is not taken there.", "{} renvoie la salle vers un autre serveur, ou vers un serveur sans chiffrement ; le mot de passe n'y est pas envoyé."),
                ("Write the final address into `url`, with https.", "Écrivez l'adresse finale dans `url`, avec https.")),
            Self::Throttled { .. } | Self::Failing { .. } => Entry("CAL-08",
                ("The calendar's server {} does not answer as it should.", "Le serveur de calendrier {} ne répond pas comme il devrait."),
                ("Wait; the room tries again by itself. If it stays so, tell the server's administrator.", "Patientez ; la salle réessaie d'elle-même. Si cela persiste, prévenez l'administrateur du serveur.")),
            Self::TooLarge | Self::Unreadable => Entry("CAL-09",
                ("The calendar on {} is too large or cannot be read.", "Le calendrier sur {} est trop grand ou illisible."),
                ("Give the room a calendar of its own that holds its meetings only.", "Donnez à la salle un calendrier qui ne contient que ses réunions.")),
            Self::Conflict => Entry("CAL-10",
                ("Somebody changed the meeting on {} at the same moment.", "Quelqu'un a modifié la réunion sur {} au même moment."),
                ("Look at the meeting as it is now, then press again.", "Regardez la réunion telle qu'elle est, puis appuyez de nouveau.")),
            Self::ReadOnly | Self::Change(_) => Entry("CAL-11",
                ("This meeting cannot be changed on {} from here.", "Cette réunion ne peut pas être modifiée sur {} d'ici."),
                ("Ask the organiser to change it, or give the room's user the right to write.", "Demandez à l'organisateur de la modifier, ou donnez à l'utilisateur de la salle le droit d'écrire.")),
        }
    }
}

/// Code, what, next; each in English and French.
struct Entry(
    &'static str,
    (&'static str, &'static str),
    (&'static str, &'static str),
);

/// TLS failed by the certificate, not by the network.
fn is_certificate(error: &reqwest::Error) -> bool {
    let mut cause: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(error) = cause {
        if let Some(tls) = error.downcast_ref::<rustls::Error>() {
            return matches!(tls, rustls::Error::InvalidCertificate(_));
        }
        // An I/O error says what its content's source is, and leaves the content itself out.
        let io = error.downcast_ref::<std::io::Error>();
        cause = match io.and_then(std::io::Error::get_ref) {
            Some(content) => Some(content),
            None => error.source(),
        };
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_person_must_mend_is_asked_for_slowly() {
        assert_eq!(
            CalendarError::WrongPassword.outcome(),
            Outcome::NeedsSomebody
        );
        assert_eq!(CalendarError::Conflict.outcome(), Outcome::Away);
        let status = 503;
        assert_eq!(CalendarError::Failing { status }.outcome(), Outcome::Away);
    }

    #[test]
    fn problems_name_the_host_in_both_languages() {
        let problem = CalendarError::WrongPassword.problem("cal.example.org");
        assert_eq!(problem.code, "CAL-03");
        assert!(problem.what.en.contains("cal.example.org"));
        assert!(problem.what.fr.contains("cal.example.org"));
    }
}
