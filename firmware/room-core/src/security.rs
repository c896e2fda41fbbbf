//! What may be said of the call's security.
//!
//! Never guessed: the level is computed from the facts about every track each time it is shown.
//! Invariant: `Encrypted` is said only when every own track is encrypted, at least one exists,
//! and every received track that carries media decrypts with keys from its sender.

use std::cmp::Reverse;

use room_messages::api::{
    Encryption, EncryptionState, Security, SecurityLevel, SecurityReason, Text,
};
use room_messages::{Decryption, Identity, OwnTrack, PeerTrack, SfuId, Source};

/// A key may come this much later than the first frames before it is called missing: at a join
/// and at each rotation it always does (Element Call waits one second before using a new key).
pub const KEY_GRACE_MS: u64 = 3_000;

/// A member of the call as far as security goes.
#[derive(Clone, Debug)]
pub struct Person {
    pub sfu: SfuId,
    pub identity: Identity,
    /// `Name (@user:server)`, for reasons.
    pub label: String,
    /// Unix milliseconds since when the member is known.
    pub since_ms: u64,
    /// Unix milliseconds since when it is without the room's current key.
    pub lacks_key_since_ms: Option<u64>,
}

/// Whether a call promises encryption.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Promise {
    /// Every track has to prove it.
    Encrypted,
    /// None, whatever its tracks look like.
    Plain(Plain),
}

/// Why a call is not encrypted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plain {
    MatrixRoom,
    Visio,
}

/// The facts.
#[derive(Clone, Copy, Debug)]
pub struct Evidence<'a> {
    pub promise: Promise,
    pub own: &'a [OwnTrack],
    pub peers: &'a [PeerTrack],
    pub people: &'a [Person],
    pub now_ms: u64,
}

/// Level of the whole call.
#[must_use]
pub fn of_call(evidence: Evidence<'_>) -> Security {
    if let Promise::Plain(why) = evidence.promise {
        return unencrypted(why, evidence.now_ms);
    }
    let mut reasons = own_reasons(evidence);
    reasons.extend(
        evidence
            .people
            .iter()
            .filter_map(|person| reason_of(evidence, person)),
    );
    let level = if !reasons.is_empty() {
        SecurityLevel::Degraded
    } else if is_pending(evidence) {
        SecurityLevel::Pending
    } else {
        SecurityLevel::Encrypted
    };
    // Whoever lacks the room's key takes nothing from the encryption, but should be known.
    let people = evidence.people.iter();
    reasons.extend(people.filter_map(|person| lacking_reason(person, evidence.now_ms)));
    Security { level, reasons }
}

fn unencrypted(why: Plain, now_ms: u64) -> Security {
    let text = match why {
        Plain::MatrixRoom => Text::new(
            "The Matrix room is not encrypted, so neither is its call.",
            "Le salon Matrix n'est pas chiffré, donc son appel non plus.",
        ),
        Plain::Visio => Text::new(
            "Visio meetings are not end-to-end encrypted: their media server could follow them.",
            "Les réunions Visio ne sont pas chiffrées de bout en bout : leur serveur de médias pourrait les suivre.",
        ),
    };
    Security {
        level: SecurityLevel::Unencrypted,
        reasons: vec![SecurityReason {
            participant: None,
            text,
            since_ms: now_ms,
        }],
    }
}

fn lacking_reason(person: &Person, now_ms: u64) -> Option<SecurityReason> {
    let since_ms = person.lacks_key_since_ms?;
    (now_ms.saturating_sub(since_ms) >= KEY_GRACE_MS).then(|| SecurityReason {
        participant: Some(person.label.clone()),
        text: Text::new(
            "Does not have this room's key yet: neither sees nor hears this room.",
            "N'a pas encore la clé de cette salle : ne la voit ni ne l'entend.",
        ),
        since_ms,
    })
}

/// The worst state among one participant's tracks, since the first of them is in it.
#[must_use]
pub fn of_person(evidence: Evidence<'_>, person: &Person) -> EncryptionState {
    let worst = tracks_of(evidence, person)
        .map(|track| (state_of(track, evidence.promise, evidence.now_ms), track))
        .max_by_key(|((state, _), track)| (rank(*state), Reverse(track.since_ms)));
    let waiting = if evidence.promise == Promise::Encrypted {
        Encryption::Waiting
    } else {
        Encryption::None
    };
    worst.map_or(
        EncryptionState {
            state: waiting,
            since_ms: person.since_ms,
            key_index: None,
        },
        |((state, key_index), track)| EncryptionState {
            state,
            since_ms: track.since_ms,
            key_index,
        },
    )
}

/// When a missing key, of theirs or of ours, turns from expected to wrong, in Unix milliseconds.
#[must_use]
pub fn next_change_ms(evidence: Evidence<'_>) -> Option<u64> {
    let missing = |track: &&PeerTrack| matches!(track.decryption, Decryption::MissingKey { .. });
    let theirs = evidence.peers.iter().filter(missing);
    let ours = evidence
        .people
        .iter()
        .filter_map(|person| person.lacks_key_since_ms);
    theirs
        .map(|track| track.since_ms)
        .chain(ours)
        .map(|since_ms| since_ms.saturating_add(KEY_GRACE_MS))
        .filter(|at| *at > evidence.now_ms)
        .min()
}

fn tracks_of<'a>(
    evidence: Evidence<'a>,
    person: &'a Person,
) -> impl Iterator<Item = &'a PeerTrack> {
    evidence
        .peers
        .iter()
        .filter(move |track| track.sfu == person.sfu && track.identity == person.identity)
}

fn state_of(track: &PeerTrack, promise: Promise, now_ms: u64) -> (Encryption, Option<u8>) {
    match track.decryption {
        // A meeting that promises nothing is never said to be encrypted, not even in part.
        _ if promise == Promise::Plain(Plain::Visio) => (Encryption::None, None),
        Decryption::Waiting => (Encryption::Waiting, None),
        Decryption::Decrypting => (Encryption::Encrypted, None),
        Decryption::MissingKey { .. } if young(track, now_ms) => (Encryption::Waiting, None),
        Decryption::MissingKey { index } => (Encryption::MissingKey, Some(index)),
        Decryption::WrongKey { index } => (Encryption::WrongKey, Some(index)),
        Decryption::Refused => (Encryption::Unencrypted, None),
        // In an encrypted call nothing may be plain.
        Decryption::Plain if promise == Promise::Encrypted => (Encryption::Unencrypted, None),
        Decryption::Plain => (Encryption::None, None),
    }
}

fn young(track: &PeerTrack, now_ms: u64) -> bool {
    now_ms.saturating_sub(track.since_ms) < KEY_GRACE_MS
}

/// A track that waits says less than one that decrypts, unless nothing decrypts.
fn rank(state: Encryption) -> u8 {
    match state {
        Encryption::Waiting => 0,
        Encryption::None => 1,
        Encryption::Encrypted => 2,
        Encryption::MissingKey => 3,
        Encryption::WrongKey => 4,
        Encryption::Unencrypted => 5,
    }
}

fn own_reasons(evidence: Evidence<'_>) -> Vec<SecurityReason> {
    let plain = evidence.own.iter().filter(|track| !track.encrypted);
    plain
        .map(|track| {
            let (en, fr) = source_names(track.source);
            SecurityReason {
                participant: None,
                text: Text::new(
                    format!("This room sends its {en} without encryption."),
                    format!("Cette salle envoie {fr} sans chiffrement."),
                ),
                since_ms: evidence.now_ms,
            }
        })
        .collect()
}

fn reason_of(evidence: Evidence<'_>, person: &Person) -> Option<SecurityReason> {
    let state = of_person(evidence, person);
    let index = state.key_index.unwrap_or_default();
    let text = match state.state {
        Encryption::MissingKey => Text::new(
            format!("The key (number {index}) has not arrived: not played."),
            format!("La clé (numéro {index}) n'est pas arrivée : non restitué."),
        ),
        Encryption::WrongKey => Text::new(
            format!("The key sent (number {index}) does not fit: not played."),
            format!("La clé envoyée (numéro {index}) ne convient pas : non restitué."),
        ),
        Encryption::Unencrypted | Encryption::None => Text::new(
            "Sends unencrypted media into an encrypted call: not played.",
            "Envoie des flux non chiffrés dans un appel chiffré : non restitué.",
        ),
        Encryption::Waiting | Encryption::Encrypted => return None,
    };
    Some(SecurityReason {
        participant: Some(person.label.clone()),
        text,
        since_ms: state.since_ms,
    })
}

/// Whether something has not shown a frame yet.
fn is_pending(evidence: Evidence<'_>) -> bool {
    let silent = |track: &PeerTrack| {
        let (state, _) = state_of(track, evidence.promise, evidence.now_ms);
        state == Encryption::Waiting && !track.muted
    };
    evidence.own.is_empty()
        || evidence
            .people
            .iter()
            .any(|person| tracks_of(evidence, person).any(silent))
}

fn source_names(source: Source) -> (&'static str, &'static str) {
    match source {
        Source::Microphone => ("microphone", "le microphone"),
        Source::Camera => ("camera", "la caméra"),
        Source::ScreenShare => ("screen", "l'écran"),
        Source::ScreenShareAudio => ("screen's sound", "le son de l'écran"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn track(decryption: Decryption, muted: bool) -> PeerTrack {
        PeerTrack {
            sfu: SfuId::OWN,
            identity: Identity("@a:b:D".into()),
            source: Source::Camera,
            sid: "TR_1".into(),
            muted,
            decryption,
            since_ms: 1_000,
        }
    }

    fn own(encrypted: bool) -> OwnTrack {
        OwnTrack {
            source: Source::Camera,
            sid: "TR_0".into(),
            muted: false,
            encrypted,
        }
    }

    fn anna() -> Person {
        Person {
            sfu: SfuId::OWN,
            identity: Identity("@a:b:D".into()),
            label: "Anna (@a:b)".into(),
            since_ms: 500,
            lacks_key_since_ms: None,
        }
    }

    fn level(own: &[OwnTrack], peers: &[PeerTrack], now_ms: u64, encrypted: bool) -> Security {
        of_call(Evidence {
            promise: if encrypted {
                Promise::Encrypted
            } else {
                Promise::Plain(Plain::MatrixRoom)
            },
            own,
            peers,
            people: &[anna()],
            now_ms,
        })
    }

    #[test]
    fn encrypted_is_said_only_when_every_track_has_proven_it() {
        use SecurityLevel::{Degraded, Encrypted, Pending, Unencrypted};
        let good = track(Decryption::Decrypting, false);
        let table = [
            (vec![own(true)], vec![good.clone()], Encrypted),
            (vec![own(true)], vec![], Encrypted),
            (vec![], vec![good.clone()], Pending),
            (vec![own(false)], vec![good.clone()], Degraded),
            (
                vec![own(true)],
                vec![track(Decryption::Waiting, false)],
                Pending,
            ),
            (
                vec![own(true)],
                vec![track(Decryption::Waiting, true)],
                Encrypted,
            ),
            (
                vec![own(true)],
                vec![
                    good.clone(),
                    track(Decryption::MissingKey { index: 2 }, false),
                ],
                Degraded,
            ),
            (
                vec![own(true)],
                vec![
                    good.clone(),
                    track(Decryption::WrongKey { index: 2 }, false),
                ],
                Degraded,
            ),
            (
                vec![own(true)],
                vec![good.clone(), track(Decryption::Refused, false)],
                Degraded,
            ),
            (
                vec![own(true)],
                vec![good.clone(), track(Decryption::Plain, false)],
                Degraded,
            ),
        ];
        for (own, peers, expected) in table {
            let found = level(&own, &peers, 60_000, true);
            assert_eq!(found.level, expected, "{peers:?}");
        }
        assert_eq!(
            level(&[own(true)], &[good], 60_000, false).level,
            Unencrypted
        );
    }

    #[test]
    fn a_missing_key_is_expected_for_a_moment_and_then_named_with_whose_and_since_when() {
        let peers = [track(Decryption::MissingKey { index: 7 }, false)];
        assert_eq!(
            level(&[own(true)], &peers, 3_999, true).level,
            SecurityLevel::Pending
        );
        let found = level(&[own(true)], &peers, 4_000, true);
        assert_eq!(found.level, SecurityLevel::Degraded);
        assert_eq!(found.reasons[0].participant.as_deref(), Some("Anna (@a:b)"));
        assert_eq!(found.reasons[0].since_ms, 1_000);
        assert!(found.reasons[0].text.en.contains('7'));
    }

    #[test]
    fn who_lacks_the_rooms_key_is_named_after_a_moment_and_the_call_stays_encrypted() {
        let (own, peers) = ([own(true)], [track(Decryption::Decrypting, false)]);
        let mut anna = anna();
        anna.lacks_key_since_ms = Some(5_000);
        let people = [anna];
        let evidence = |now_ms| Evidence {
            promise: Promise::Encrypted,
            own: &own,
            peers: &peers,
            people: &people,
            now_ms,
        };
        assert!(of_call(evidence(7_999)).reasons.is_empty());
        assert_eq!(next_change_ms(evidence(7_999)), Some(8_000));
        let found = of_call(evidence(8_000));
        assert_eq!(found.level, SecurityLevel::Encrypted);
        assert_eq!(found.reasons[0].participant.as_deref(), Some("Anna (@a:b)"));
        assert_eq!(found.reasons[0].since_ms, 5_000);
        assert_eq!(next_change_ms(evidence(8_000)), None);
    }

    #[test]
    fn a_second_bad_track_does_not_make_the_trouble_younger() {
        let first = track(Decryption::WrongKey { index: 0 }, false);
        let mut second = first.clone();
        second.since_ms = 2_000;
        for peers in [[first.clone(), second.clone()], [second, first]] {
            let found = level(&[own(true)], &peers, 60_000, true);
            assert_eq!(found.reasons[0].since_ms, 1_000);
        }
    }

    #[test]
    fn a_visio_meeting_is_never_called_encrypted_whatever_its_tracks_look_like() {
        for decryption in [
            Decryption::Waiting,
            Decryption::Decrypting,
            Decryption::Plain,
            Decryption::MissingKey { index: 0 },
        ] {
            let (own, peers, people) = ([own(true)], [track(decryption, false)], [anna()]);
            let evidence = Evidence {
                promise: Promise::Plain(Plain::Visio),
                own: &own,
                peers: &peers,
                people: &people,
                now_ms: 60_000,
            };
            let found = of_call(evidence);
            assert_eq!(found.level, SecurityLevel::Unencrypted);
            assert!(found.reasons[0].text.en.contains("Visio"));
            assert_eq!(of_person(evidence, &people[0]).state, Encryption::None);
        }
    }

    #[test]
    fn media_of_strangers_does_not_count_since_it_is_not_played() {
        let mut stranger = track(Decryption::Refused, false);
        stranger.identity = Identity("@x:y:Z".into());
        assert_eq!(
            level(&[own(true)], &[stranger], 9_000, true).level,
            SecurityLevel::Encrypted
        );
    }
}
