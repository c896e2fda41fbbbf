//! One line for each participant.

use room_messages::api::{ConnectionQuality, Encryption, Language, Participant, TrackState};

use super::words::{self, either};

pub fn participant(person: &Participant, language: Language, now_ms: u64) -> String {
    let mut marks = Vec::new();
    if !person.present {
        let gone = either(language, "not connected", "non connecté");
        marks.push(gone.to_owned());
    }
    marks.push(encryption(person, language, now_ms));
    // A good connection needs no word.
    if let Some(quality) = person.connection.filter(|q| *q <= ConnectionQuality::Poor) {
        let connection = either(language, "connection", "connexion");
        let quality = words::quality(Some(quality), language);
        marks.push(format!("{connection} {quality}"));
    }
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

/// What is wrong with it, also since when.
fn encryption(person: &Participant, language: Language, now_ms: u64) -> String {
    let state = words::encryption(person.encryption.state, language);
    match person.encryption.state {
        Encryption::MissingKey | Encryption::WrongKey | Encryption::Unencrypted => {
            let since = words::lasting(now_ms, person.encryption.since_ms, language);
            format!("{state} {since}")
        }
        Encryption::Waiting | Encryption::Encrypted | Encryption::None => state.to_owned(),
    }
}
