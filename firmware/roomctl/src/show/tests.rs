use room_messages::api::Phase;
use serde_json::json;

use super::*;

const NOW: u64 = 1_700_000_000_000;

/// A call with everything there is to say.
fn full() -> Status {
    let since = NOW - 125_000;
    let reason = json!({"participant": "Zoé (@zoe:b)", "since_ms": since,
        "text": {"en": "key 3 is missing", "fr": "la clé 3 manque"}});
    let person = json!({
        "name": "Zoé", "user": "@zoe:b", "device": "Z", "present": false,
        "microphone": "on", "camera": "muted", "screen_share": "off",
        "encryption": {"state": "missing_key", "since_ms": since, "key_index": 3},
        "connection": "lost", "speaking": false, "hand_raised": true, "reaction": "👏",
    });
    let meeting = json!({
        "id": "a", "title": "Point d'équipe", "organiser": null, "private": false,
        "begins_ms": 1, "ends_ms": 2, "all_day": false, "phase": "running", "busy": true,
        "tentative": false, "join": null, "elsewhere": [], "sources": ["calendar"],
        "pending": false, "extendable_minutes": 0,
    });
    let status = json!({
        "room": {"name": "Ampère", "language": "fr", "user": "@ampere:a", "device": "A",
            "homeserver": "online", "verified": true, "version": "0"},
        "meetings": {"occupancy": {"busy": true, "until_ms": 2}, "meetings": [meeting],
            "sources": [], "join_early_ms": 1, "bookable_minutes": null, "problem": null},
        "call": {"phase": "in_call", "target": "!a", "room_id": "!a", "name": "Point",
            "since_ms": since, "security": {"level": "degraded", "reasons": [reason]},
            "connection": "good", "participants": [person], "hand_raised": true,
            "leaves_by_itself": false, "problem": null},
        "microphone": {"muted": false, "hardware_muted": true, "device": "off"},
        "camera": {"on": true, "device": "standby", "presets": ["overview", "Table"],
            "view": {"pan": 0, "tilt": 0, "zoom": 120}},
        "speaker": {"volume": 60, "device": "live"},
        "stage": {"layout": "content", "layouts": ["speaker", "grid", "content"]},
        "share": {"active": true, "device": "live"},
        "presence": "somebody", "standby": "half_awake", "updating": true,
        "help": {"reference": "K7M2QX", "since_ms": since, "until_ms": NOW},
        "ringing": [{"room_id": "!b", "name": "Accueil", "caller": "@max:b", "until_ms": 1}],
        "faults": [{"code": "RTC-05", "what": {"en": "what", "fr": "quoi"},
            "next": {"en": "next", "fr": "suite"}}],
    });
    serde_json::from_value(status).unwrap()
}

#[test]
fn everything_there_is_to_say_is_said_in_english() {
    let lines = [
        "Room          Ampère",
        "Account       @ampere:a (online)",
        "Meeting       Point d'équipe (running)",
        "Standby       half awake (somebody)",
        "Update        running, keep the power on",
        "Help          wanted for 2 min (K7M2QX)",
        "Ringing       Accueil (called by @max:b)",
        "Call          in call: Point",
        "Security      somebody's media is not played",
        "Connection    good",
        "Hand          raised",
        "If cut off    stays in the call until its membership expires",
        "Stage         what is shared is large",
        "Microphone    muted by its switch (off)",
        "Camera        on (nobody watches)",
        "View          120 % (overview, Table)",
        "Speaker       60 % (live)",
        "Share         on (live)",
        "              Zoé @zoe:b [not connected, key missing for 2 min, connection lost, mic, (cam), 🖐, 👏]",
        "!             Zoé (@zoe:b): key 3 is missing (for 2 min)",
        "!             RTC-05: what next",
    ];
    assert_eq!(status(&full(), Language::En, NOW), lines.join("\n"));
}

#[test]
fn everything_there_is_to_say_is_said_in_french() {
    let lines = [
        "Salle         Ampère",
        "Compte        @ampere:a (en ligne)",
        "Réunion       Point d'équipe (en cours)",
        "Veille        à demi éveillée (quelqu'un)",
        "Mise à jour   en cours, laisser sous tension",
        "Aide          demandée depuis 2 min (K7M2QX)",
        "Sonne         Accueil (appelé par @max:b)",
        "Appel         en cours: Point",
        "Sécurité      les flux de quelqu'un ne sont pas restitués",
        "Connexion     bonne",
        "Main          levée",
        "Si coupée     reste dans l'appel jusqu'à l'expiration de sa participation",
        "Écran         le partage est en grand",
        "Microphone    coupé par son interrupteur (inactif)",
        "Caméra        allumée (personne ne regarde)",
        "Vue           120 % (overview, Table)",
        "Haut-parleur  60 % (actif)",
        "Partage       en cours (actif)",
        "              Zoé @zoe:b [non connecté, clé manquante depuis 2 min, connexion perdue, mic, (cam), 🖐, 👏]",
        "!             Zoé (@zoe:b): la clé 3 manque (depuis 2 min)",
        "!             RTC-05: quoi suite",
    ];
    assert_eq!(status(&full(), Language::Fr, NOW), lines.join("\n"));
}

#[test]
fn outside_a_call_nothing_is_said_of_one() {
    let mut idle = full();
    idle.call.phase = Phase::Idle;
    idle.call.security.reasons.clear();
    let text = status(&idle, Language::En, NOW);
    for name in ["Security", "Connection", "Hand", "If cut off"] {
        assert!(!text.contains(name), "{text}");
    }
}
