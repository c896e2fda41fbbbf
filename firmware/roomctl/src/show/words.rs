//! The API's values in both languages.

use room_messages::api::meetings::MeetingPhase;
use room_messages::api::{
    ConnectionQuality, Device, Encryption, Homeserver, Language, Layout, Phase, SecurityLevel,
    Standby, VisioEntry,
};

pub fn either<'a>(language: Language, en: &'a str, fr: &'a str) -> &'a str {
    match language {
        Language::En => en,
        Language::Fr => fr,
    }
}

pub fn phase(phase: Phase, language: Language) -> &'static str {
    let (en, fr) = match phase {
        Phase::Idle => ("none", "aucun"),
        Phase::Joining => ("joining", "connexion"),
        Phase::InCall => ("in call", "en cours"),
        Phase::Reconnecting => ("reconnecting", "reconnexion"),
        Phase::Leaving => ("leaving", "sortie"),
        Phase::Failed => ("failed", "échec"),
    };
    either(language, en, fr)
}

pub fn meeting(phase: MeetingPhase, language: Language) -> &'static str {
    let (en, fr) = match phase {
        MeetingPhase::ToCome => ("to come", "à venir"),
        MeetingPhase::Soon => ("can be joined", "à rejoindre"),
        MeetingPhase::Running => ("running", "en cours"),
        MeetingPhase::Joined => ("joined", "rejointe"),
        MeetingPhase::AnyTime => ("at any time", "à tout moment"),
    };
    either(language, en, fr)
}

pub fn entry(entry: VisioEntry, language: Language) -> &'static str {
    let (en, fr) = match entry {
        VisioEntry::Asking => ("asking to enter", "demande d'entrée"),
        VisioEntry::Waiting => ("waiting to be let in", "en attente d'être admise"),
        VisioEntry::Throttled => ("asked to wait", "priée d'attendre"),
        VisioEntry::Unreachable => ("no answer, trying again", "pas de réponse, nouvel essai"),
        VisioEntry::Admitted => ("let in", "admise"),
    };
    either(language, en, fr)
}

pub fn homeserver(state: Homeserver, language: Language) -> &'static str {
    let (en, fr) = match state {
        Homeserver::Connecting => ("connecting", "connexion"),
        Homeserver::Online => ("online", "en ligne"),
        Homeserver::Offline => ("offline", "hors ligne"),
        Homeserver::Refused => ("login refused", "connexion refusée"),
    };
    either(language, en, fr)
}

pub fn security(level: SecurityLevel, language: Language) -> &'static str {
    let (en, fr) = match level {
        SecurityLevel::None => ("-", "-"),
        SecurityLevel::Encrypted => ("end-to-end encrypted", "chiffré de bout en bout"),
        SecurityLevel::Pending => ("being checked", "en vérification"),
        SecurityLevel::Degraded => (
            "somebody's media is not played",
            "les flux de quelqu'un ne sont pas restitués",
        ),
        SecurityLevel::Unencrypted => ("NOT end-to-end encrypted", "NON chiffré de bout en bout"),
    };
    either(language, en, fr)
}

pub fn quality(quality: Option<ConnectionQuality>, language: Language) -> &'static str {
    let (en, fr) = match quality {
        None => ("not rated yet", "pas encore évaluée"),
        Some(ConnectionQuality::Lost) => ("lost", "perdue"),
        Some(ConnectionQuality::Poor) => ("poor", "mauvaise"),
        Some(ConnectionQuality::Good) => ("good", "bonne"),
        Some(ConnectionQuality::Excellent) => ("excellent", "excellente"),
    };
    either(language, en, fr)
}

pub fn layout(layout: Layout, language: Language) -> &'static str {
    let (en, fr) = match layout {
        Layout::Speaker => ("who speaks is large", "qui parle est en grand"),
        Layout::Grid => ("grid", "grille"),
        Layout::Content => ("what is shared is large", "le partage est en grand"),
    };
    either(language, en, fr)
}

pub fn standby(level: Standby, language: Language) -> &'static str {
    let (en, fr) = match level {
        Standby::Awake => ("awake", "éveillée"),
        Standby::HalfAwake => ("half awake", "à demi éveillée"),
        Standby::Standby => ("asleep", "en veille"),
    };
    either(language, en, fr)
}

pub fn device(device: Device, language: Language) -> &'static str {
    let (en, fr) = match device {
        Device::Absent => ("absent", "absent"),
        Device::Off => ("off", "inactif"),
        Device::Standby => ("nobody watches", "personne ne regarde"),
        Device::Live => ("live", "actif"),
        Device::Failed => ("failed", "en panne"),
    };
    either(language, en, fr)
}

pub fn encryption(state: Encryption, language: Language) -> &'static str {
    let (en, fr) = match state {
        Encryption::Waiting => ("no media yet", "pas encore de flux"),
        Encryption::Encrypted => ("encrypted", "chiffré"),
        Encryption::MissingKey => ("key missing", "clé manquante"),
        Encryption::WrongKey => ("wrong key", "clé fausse"),
        Encryption::Unencrypted | Encryption::None => ("not encrypted", "non chiffré"),
    };
    either(language, en, fr)
}

/// `for 2 min`, from two Unix times in milliseconds.
pub fn lasting(now_ms: u64, since_ms: u64, language: Language) -> String {
    let time = length(now_ms.saturating_sub(since_ms));
    format!("{} {time}", either(language, "for", "depuis"))
}

/// `2 min`, the same in both languages.
pub fn length(ms: u64) -> String {
    let seconds = ms / 1000;
    let (minutes, hours) = (seconds / 60, seconds / 3600);
    match (hours, minutes) {
        (0, 0) => format!("{seconds} s"),
        (0, _) => format!("{minutes} min"),
        _ => format!("{hours} h {} min", minutes % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_told_in_its_largest_unit() {
        for (ms, en, fr) in [
            (0, "for 0 s", "depuis 0 s"),
            (59_999, "for 59 s", "depuis 59 s"),
            (60_000, "for 1 min", "depuis 1 min"),
            (3_720_000, "for 1 h 2 min", "depuis 1 h 2 min"),
        ] {
            assert_eq!(lasting(1000 + ms, 1000, Language::En), en);
            assert_eq!(lasting(1000 + ms, 1000, Language::Fr), fr);
        }
        // A clock that was set back.
        assert_eq!(lasting(0, 5000, Language::En), "for 0 s");
    }
}
