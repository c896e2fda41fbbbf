//! Status and figures for people.

use std::fmt::Write as _;

use room_messages::api::{
    Device, Encryption, Homeserver, Language, NamedTrack, Participant, Phase, SecurityLevel,
    Statistics, Status, TrackState,
};

/// Several lines, the last without a line end.
#[must_use]
pub fn status(status: &Status, language: Language) -> String {
    let word = |en: &'static str, fr: &'static str| if language == Language::Fr { fr } else { en };
    let mut text = String::new();
    let mut line = |name: &str, value: &str| {
        // Writing to a String cannot fail.
        let _ = writeln!(text, "{name:<14}{value}");
    };
    line(word("Room", "Salle"), &status.room.name);
    let user = status.room.user.as_deref().unwrap_or("-");
    let server = homeserver(status.room.homeserver, language);
    line(word("Account", "Compte"), &format!("{user} ({server})"));
    line(word("Call", "Appel"), &call(status, language));
    if status.call.phase == Phase::InCall {
        line(
            word("Security", "Sécurité"),
            security(status.call.security.level, language),
        );
    }
    let muted = match (status.microphone.hardware_muted, status.microphone.muted) {
        (true, _) => word("muted by its switch", "coupé par son interrupteur"),
        (false, true) => word("muted", "coupé"),
        (false, false) => word("on", "ouvert"),
    };
    line(
        "Microphone",
        &format!("{muted} ({})", device(status.microphone.device, language)),
    );
    let on = if status.camera.on {
        word("on", "allumée")
    } else {
        word("off", "éteinte")
    };
    line(
        word("Camera", "Caméra"),
        &format!("{on} ({})", device(status.camera.device, language)),
    );
    let volume = format!(
        "{} % ({})",
        status.speaker.volume,
        device(status.speaker.device, language)
    );
    line(word("Speaker", "Haut-parleur"), &volume);
    for person in &status.call.participants {
        line("", &participant(person, language));
    }
    for reason in &status.call.security.reasons {
        let who = reason.participant.as_deref().unwrap_or(&status.room.name);
        line(
            "!",
            &format!("{who}: {}", reason.text.in_language(language)),
        );
    }
    for problem in status.call.problem.iter().chain(&status.faults) {
        let (what, next) = (
            problem.what.in_language(language),
            problem.next.in_language(language),
        );
        line("!", &format!("{}: {what} {next}", problem.code));
    }
    text.trim_end().to_owned()
}

fn call(status: &Status, language: Language) -> String {
    let call = &status.call;
    let phase = match (call.phase, language) {
        (Phase::Idle, Language::En) => "none",
        (Phase::Idle, Language::Fr) => "aucun",
        (Phase::Joining, Language::En) => "joining",
        (Phase::Joining, Language::Fr) => "connexion",
        (Phase::InCall, Language::En) => "in call",
        (Phase::InCall, Language::Fr) => "en cours",
        (Phase::Reconnecting, Language::En) => "reconnecting",
        (Phase::Reconnecting, Language::Fr) => "reconnexion",
        (Phase::Leaving, Language::En) => "leaving",
        (Phase::Leaving, Language::Fr) => "sortie",
        (Phase::Failed, Language::En) => "failed",
        (Phase::Failed, Language::Fr) => "échec",
    };
    let name = call.name.as_deref().or(call.target.as_deref());
    name.map_or_else(|| phase.to_owned(), |name| format!("{phase}: {name}"))
}

fn homeserver(state: Homeserver, language: Language) -> &'static str {
    match (state, language) {
        (Homeserver::Connecting, Language::En) => "connecting",
        (Homeserver::Connecting, Language::Fr) => "connexion",
        (Homeserver::Online, Language::En) => "online",
        (Homeserver::Online, Language::Fr) => "en ligne",
        (Homeserver::Offline, Language::En) => "offline",
        (Homeserver::Offline, Language::Fr) => "hors ligne",
        (Homeserver::Refused, Language::En) => "login refused",
        (Homeserver::Refused, Language::Fr) => "connexion refusée",
    }
}

fn security(level: SecurityLevel, language: Language) -> &'static str {
    match (level, language) {
        (SecurityLevel::None, _) => "-",
        (SecurityLevel::Encrypted, Language::En) => "end-to-end encrypted",
        (SecurityLevel::Encrypted, Language::Fr) => "chiffré de bout en bout",
        (SecurityLevel::Pending, Language::En) => "being checked",
        (SecurityLevel::Pending, Language::Fr) => "en vérification",
        (SecurityLevel::Degraded, Language::En) => "somebody's media is not played",
        (SecurityLevel::Degraded, Language::Fr) => "les flux de quelqu'un ne sont pas restitués",
        (SecurityLevel::Unencrypted, Language::En) => "NOT end-to-end encrypted",
        (SecurityLevel::Unencrypted, Language::Fr) => "NON chiffré de bout en bout",
    }
}

fn device(device: Device, language: Language) -> &'static str {
    match (device, language) {
        (Device::Absent, Language::En) => "absent",
        (Device::Absent, Language::Fr) => "absent",
        (Device::Off, Language::En) => "off",
        (Device::Off, Language::Fr) => "inactif",
        (Device::Live, Language::En) => "live",
        (Device::Live, Language::Fr) => "actif",
        (Device::Failed, Language::En) => "failed",
        (Device::Failed, Language::Fr) => "en panne",
    }
}

fn participant(person: &Participant, language: Language) -> String {
    let encryption = match (person.encryption.state, language) {
        (Encryption::Waiting, Language::En) => "no media yet",
        (Encryption::Waiting, Language::Fr) => "pas encore de flux",
        (Encryption::Encrypted, Language::En) => "encrypted",
        (Encryption::Encrypted, Language::Fr) => "chiffré",
        (Encryption::MissingKey, Language::En) => "key missing",
        (Encryption::MissingKey, Language::Fr) => "clé manquante",
        (Encryption::WrongKey, Language::En) => "wrong key",
        (Encryption::WrongKey, Language::Fr) => "clé fausse",
        (Encryption::Unencrypted | Encryption::None, Language::En) => "not encrypted",
        (Encryption::Unencrypted | Encryption::None, Language::Fr) => "non chiffré",
    };
    let mut marks = vec![encryption.to_owned()];
    let tracks = [
        ("mic", person.microphone),
        ("cam", person.camera),
        ("screen", person.screen_share),
    ];
    for (name, state) in tracks {
        match state {
            TrackState::On => marks.push(name.to_owned()),
            TrackState::Muted => marks.push(format!("({name})")),
            TrackState::Off => {}
        }
    }
    if person.hand_raised {
        marks.push("🖐".to_owned());
    }
    marks.extend(person.reaction.clone());
    format!("{} {} [{}]", person.name, person.user, marks.join(", "))
}

/// A table of tracks, the last line without a line end.
#[must_use]
pub fn statistics(statistics: &Statistics, language: Language) -> String {
    let mut text = String::new();
    for milestone in &statistics.timeline {
        let _ = writeln!(text, "{:<16}{:>8} ms", milestone.step, milestone.after_ms);
    }
    if statistics.tracks.is_empty() {
        let none = if language == Language::Fr {
            "aucun flux"
        } else {
            "no tracks"
        };
        text.push_str(none);
        return text;
    }
    let _ = writeln!(
        text,
        "{:<32}{:<14}{:<6}{:>10}{:>7}{:>10}{:>7}{:>8}",
        "user", "source", "codec", "size", "fps", "kbit/s", "loss%", "undec."
    );
    for track in &statistics.tracks {
        let _ = writeln!(text, "{}", row(track));
    }
    text.trim_end().to_owned()
}

fn row(track: &NamedTrack) -> String {
    let figures = &track.figures;
    let source = figures
        .source
        .map(|source| format!("{source:?}"))
        .unwrap_or_default();
    let rid = figures
        .rid
        .as_ref()
        .map(|rid| format!(" {rid}"))
        .unwrap_or_default();
    let size = match (figures.width, figures.height) {
        (0, _) | (_, 0) => "-".to_owned(),
        (width, height) => format!("{width}x{height}"),
    };
    format!(
        "{:<32}{:<14}{:<6}{:>10}{:>7.1}{:>10.1}{:>7.1}{:>8}",
        track.user.as_deref().unwrap_or("-"),
        source + &rid,
        figures.codec,
        size,
        figures.frames_per_second,
        figures.bits_per_second as f64 / 1000.0,
        figures.loss_percent,
        figures.decrypt_failures
    )
}
