//! The pane: what is the matter, readable from the door.

use room_messages::api::{Homeserver, Phase, SecurityLevel, VisioEntry};

use super::{Scene, Screen, is_open};
use crate::words;

/// Colour of the pane. Its words say the same, for those who do not see colours.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Tone {
    #[default]
    Neutral,
    Free,
    Busy,
    /// In a call, or on the way into one.
    Call,
    Ring,
    /// Something is waited for.
    Wait,
    Fault,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Pane {
    pub tone: Tone,
    /// Small, on top.
    pub kicker: String,
    /// Very large: time of day or length of the call.
    pub big: String,
    /// Below it: the date.
    pub date: String,
    /// The sentence that matters.
    pub title: String,
    pub note: String,
    /// At the bottom: what camera and microphone do.
    pub foot: String,
    /// Security of the running call.
    pub security: SecurityLevel,
    /// How many reasons stand behind it.
    pub reasons: usize,
    /// Something goes on whose end is not known.
    pub working: bool,
}

pub(crate) fn room(scene: &Scene<'_>) -> String {
    let status = scene.panel.status.as_ref();
    status.map_or_else(String::new, |status| status.room.name.clone())
}

pub(crate) fn of(scene: &Scene<'_>, screen: Screen) -> Pane {
    match screen {
        Screen::Starting => starting(scene),
        Screen::Joining | Screen::Lobby | Screen::Leaving => on_the_way(scene, screen),
        Screen::Call => call(scene),
        Screen::Ringing => ringing(scene),
        Screen::Ended => ended(scene),
        Screen::Uncommissioned => uncommissioned(scene),
        Screen::Updating => updating(scene),
        _ if scene.panel.is_in_call() => call(scene),
        _ if scene.panel.status.is_none() => starting(scene),
        // Whatever page is open: it is not ready for a call.
        _ if super::is_uncommissioned(scene.panel) => uncommissioned(scene),
        _ => idle(scene),
    }
}

fn at_rest(scene: &Scene<'_>) -> Pane {
    let at = scene.zone.civil(scene.now.unix_ms);
    Pane {
        kicker: room(scene),
        big: words::time(scene.zone, scene.now.unix_ms),
        date: words::date(scene.language, at),
        foot: devices(scene),
        ..Pane::default()
    }
}

fn idle(scene: &Scene<'_>) -> Pane {
    let mut pane = at_rest(scene);
    let connection = scene.panel.status.as_ref().map(|s| s.room.homeserver);
    (pane.tone, pane.title) = super::idle::state(scene);
    pane.note = match connection {
        Some(Homeserver::Connecting) => scene.say("Connecting…", "Connexion…"),
        Some(Homeserver::Offline) => scene.say(
            "No connection: calls cannot start",
            "Pas de connexion : aucun appel possible",
        ),
        Some(Homeserver::Refused) => scene.say(
            "The room cannot sign in: see the faults",
            "La salle ne peut s’identifier : voyez les défauts",
        ),
        Some(Homeserver::Online) | None => String::new(),
    };
    pane
}

/// Only what is known: a device that is not told to be closed is not called closed.
fn devices(scene: &Scene<'_>) -> String {
    let Some(status) = scene.panel.status.as_ref() else {
        return String::new();
    };
    let (camera, microphone) = (status.camera.device, status.microphone.device);
    match (is_open(camera), is_open(microphone)) {
        (false, false) => scene.say(
            "Camera and microphone are off",
            "Caméra et micro sont éteints",
        ),
        (true, false) => scene.say("The camera is on", "La caméra est allumée"),
        (false, true) => scene.say("The microphone is on", "Le micro est allumé"),
        (true, true) => scene.say(
            "Camera and microphone are on",
            "Caméra et micro sont allumés",
        ),
    }
}

fn starting(scene: &Scene<'_>) -> Pane {
    let away_ms = scene.now.steady_ms.saturating_sub(scene.panel.away_since);
    let note = if away_ms < 20_000 {
        String::new()
    } else {
        scene.say(
            "This takes longer than usual. It goes on trying by itself.",
            "Cela prend plus de temps que d’habitude. Les essais continuent d’eux-mêmes.",
        )
    };
    Pane {
        tone: Tone::Neutral,
        title: scene.say("Connecting to the room…", "Connexion à la salle…"),
        note,
        foot: String::new(),
        working: true,
        ..at_rest(scene)
    }
}

fn on_the_way(scene: &Scene<'_>, screen: Screen) -> Pane {
    let since_ms = scene.now.steady_ms.saturating_sub(scene.panel.phase_since);
    let (tone, title) = match screen {
        Screen::Lobby => (
            Tone::Wait,
            scene.say("Waiting to be let in", "En attente d’être admis"),
        ),
        Screen::Leaving => (Tone::Call, scene.say("Leaving…", "Sortie…")),
        _ => (Tone::Call, scene.say("Joining…", "Connexion à l’appel…")),
    };
    let slow = since_ms >= 8_000 && screen != Screen::Lobby;
    let note = if let Some(note) = at_the_door(scene) {
        note
    } else if slow {
        scene.say(
            "This takes longer than usual",
            "Cela prend plus de temps que d’habitude",
        )
    } else {
        String::new()
    };
    Pane {
        tone,
        title,
        note,
        kicker: room(scene),
        foot: devices(scene),
        working: true,
        ..Pane::default()
    }
}

/// What a Visio instance makes the room wait for, besides its lobby.
fn at_the_door(scene: &Scene<'_>) -> Option<String> {
    let status = scene.panel.status.as_ref()?;
    match status.call.visio.as_ref()?.entry {
        VisioEntry::Throttled => Some(scene.say(
            "The meeting's server asks to wait a moment",
            "Le serveur de la réunion demande d’attendre un moment",
        )),
        VisioEntry::Unreachable => Some(scene.say(
            "The meeting's server cannot be reached; it is tried again",
            "Le serveur de la réunion est injoignable ; de nouveaux essais sont faits",
        )),
        VisioEntry::Asking | VisioEntry::Waiting | VisioEntry::Admitted => None,
    }
}

fn call(scene: &Scene<'_>) -> Pane {
    let Some(status) = scene.panel.status.as_ref() else {
        return starting(scene);
    };
    let call = &status.call;
    let since = call.since_ms.map(|s| scene.now.unix_ms.saturating_sub(s));
    let (title, reconnecting) = (super::call::name(scene), call.phase == Phase::Reconnecting);
    Pane {
        tone: if reconnecting { Tone::Wait } else { Tone::Call },
        kicker: room(scene),
        big: since.map_or_else(String::new, words::elapsed),
        title,
        note: connection(scene, reconnecting),
        security: call.security.level,
        reasons: call.security.reasons.len(),
        working: reconnecting,
        ..Pane::default()
    }
}

fn connection(scene: &Scene<'_>, reconnecting: bool) -> String {
    use room_messages::api::ConnectionQuality;
    let status = scene.panel.status.as_ref();
    let quality = status.and_then(|status| status.call.connection);
    match quality {
        _ if reconnecting => scene.say(
            "Restoring the connection…",
            "Rétablissement de la connexion…",
        ),
        Some(ConnectionQuality::Lost | ConnectionQuality::Poor) => scene.say(
            "This room's connection is weak",
            "La connexion de cette salle est faible",
        ),
        _ => last_notice(scene).unwrap_or_default(),
    }
}

/// What others last did to this room.
fn last_notice(scene: &Scene<'_>) -> Option<String> {
    let notice = scene.panel.status.as_ref()?.call.notices.last()?;
    Some(notice.what.in_language(scene.language).to_owned())
}

fn ringing(scene: &Scene<'_>) -> Pane {
    Pane {
        tone: Tone::Ring,
        title: scene.say("Incoming call", "Appel entrant"),
        ..at_rest(scene)
    }
}

fn ended(scene: &Scene<'_>) -> Pane {
    let Some(ended) = scene.panel.ended.as_ref() else {
        return idle(scene);
    };
    let (tone, title) = match (&ended.problem, ended.lasted_ms) {
        (None, _) => (Tone::Neutral, scene.say("Call ended", "Appel terminé")),
        (Some(_), Some(_)) => (
            Tone::Fault,
            scene.say("The call was ended", "L’appel a été interrompu"),
        ),
        (Some(_), None) => (
            Tone::Fault,
            scene.say("The call could not start", "L’appel n’a pas pu démarrer"),
        ),
    };
    Pane {
        tone,
        title,
        ..at_rest(scene)
    }
}

fn uncommissioned(scene: &Scene<'_>) -> Pane {
    Pane {
        tone: Tone::Wait,
        title: scene.say(
            "This room is being set up",
            "Cette salle est en préparation",
        ),
        kicker: String::new(),
        ..at_rest(scene)
    }
}

fn updating(scene: &Scene<'_>) -> Pane {
    Pane {
        tone: Tone::Wait,
        title: scene.say("Update under way", "Mise à jour en cours"),
        working: true,
        ..at_rest(scene)
    }
}

/// What is waited for.
pub(crate) fn steps(scene: &Scene<'_>, screen: Screen) -> Vec<String> {
    match screen {
        Screen::Starting => vec![
            scene.say(
                "The panel is ready; the room's system is not yet.",
                "L’écran est prêt ; le système de la salle pas encore.",
            ),
            scene.say(
                "A call that is running goes on meanwhile.",
                "Un appel en cours se poursuit entre-temps.",
            ),
        ],
        Screen::Uncommissioned => setup(scene),
        Screen::Updating => vec![
            scene.say(
                "The room restarts by itself and is back in a few minutes.",
                "La salle redémarre d’elle-même et revient dans quelques minutes.",
            ),
            scene.say(
                "Please do not switch it off.",
                "Merci de ne pas l’éteindre.",
            ),
        ],
        Screen::Lobby => vec![
            scene.say(
                "Somebody in the meeting has to let this room in.",
                "Quelqu’un de la réunion doit admettre cette salle.",
            ),
            scene.say(
                "Nobody sees or hears the room yet.",
                "Personne ne voit ni n’entend encore la salle.",
            ),
        ],
        _ => Vec::new(),
    }
}

/// The problem itself says what is missing and what to do.
fn setup(scene: &Scene<'_>) -> Vec<String> {
    let faults = scene.panel.status.iter().flat_map(|status| &status.faults);
    faults
        .filter(|fault| fault.code.starts_with("SET-"))
        .flat_map(|fault| [&fault.what, &fault.next])
        .map(|text| text.in_language(scene.language).to_owned())
        .collect()
}
