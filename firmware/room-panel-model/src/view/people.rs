//! Who is in the call, with a mark for how safe each is.

use room_messages::api::{ConnectionQuality, Encryption, Participant, TrackState};

use super::Scene;
use crate::words;

/// Security of one person's sound and picture. Said in words too.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mark {
    /// Nothing has come yet.
    #[default]
    Waiting,
    Safe,
    /// Not played: no key, a wrong key, or sent in the clear.
    Alert,
    /// The call has no encryption.
    Plain,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Sound {
    #[default]
    Off,
    Muted,
    On,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Person {
    pub name: String,
    pub initials: String,
    pub note: String,
    pub mark: Mark,
    pub sound: Sound,
    pub camera: bool,
    pub sharing: bool,
    pub speaking: bool,
    pub hand: bool,
    pub reaction: String,
    /// Missing on its media server.
    pub away: bool,
}

/// Raised hands first, then trouble, then as the room lists them.
pub(crate) fn of(scene: &Scene<'_>) -> Vec<Person> {
    let people = scene.panel.status.iter().flat_map(|s| &s.call.participants);
    let mut people: Vec<Person> = people.map(|person| one(scene, person)).collect();
    people.sort_by_key(|person| (!person.hand, person.mark != Mark::Alert, person.away));
    let mut called = called(scene);
    called.append(&mut people);
    called
}

/// Those who were called and have not come: whoever called them looks for them here.
fn called(scene: &Scene<'_>) -> Vec<Person> {
    let users = scene.panel.status.iter().flat_map(|s| &s.call.calling);
    let called = users.map(|user| {
        let name = user.trim_start_matches('@');
        let name = name.split(':').next().unwrap_or(name);
        Person {
            name: name.to_owned(),
            initials: words::initials(name),
            note: scene.say("Calling…", "Appel en cours…"),
            away: true,
            ..Person::default()
        }
    });
    called.collect()
}

fn one(scene: &Scene<'_>, person: &Participant) -> Person {
    let mark = mark(person.encryption.state);
    Person {
        name: person.name.clone(),
        initials: words::initials(&person.name),
        note: note(scene, person),
        mark,
        sound: match person.microphone {
            TrackState::Off => Sound::Off,
            TrackState::Muted => Sound::Muted,
            TrackState::On => Sound::On,
        },
        camera: person.camera == TrackState::On,
        sharing: person.screen_share == TrackState::On,
        speaking: person.speaking,
        hand: person.hand_raised,
        reaction: person.reaction.clone().unwrap_or_default(),
        away: !person.present,
    }
}

fn mark(encryption: Encryption) -> Mark {
    match encryption {
        Encryption::Waiting => Mark::Waiting,
        Encryption::Encrypted => Mark::Safe,
        Encryption::MissingKey | Encryption::WrongKey | Encryption::Unencrypted => Mark::Alert,
        Encryption::None => Mark::Plain,
    }
}

/// The worst thing to be said of somebody; nothing when all is well.
fn note(scene: &Scene<'_>, person: &Participant) -> String {
    match person.encryption.state {
        _ if !person.present => scene.say("Connection lost", "Connexion perdue"),
        Encryption::MissingKey => scene.say("Key missing", "Clé manquante"),
        Encryption::WrongKey => scene.say("Wrong key", "Clé incorrecte"),
        Encryption::Unencrypted => scene.say("Sends unencrypted", "Envoi non chiffré"),
        _ if person.hand_raised => scene.say("Hand raised", "Main levée"),
        _ if person.screen_share == TrackState::On => scene.say("Is sharing", "Partage son écran"),
        _ if is_weak(person) => scene.say("Weak connection", "Connexion faible"),
        _ if person.speaking => scene.say("Speaking", "Parle"),
        _ => String::new(),
    }
}

fn is_weak(person: &Participant) -> bool {
    let quality = person.connection;
    matches!(
        quality,
        Some(ConnectionQuality::Lost | ConnectionQuality::Poor)
    )
}
