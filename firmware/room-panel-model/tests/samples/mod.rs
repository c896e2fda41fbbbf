//! Every screen, from an invented room: Monday 23 November 2026, 09:56 in Paris.
#![allow(
    dead_code,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use room_messages::api::{
    Call, Camera, ConnectionQuality, Device, Encryption, EncryptionState, Homeserver, Language,
    Meetings, Microphone, OVERVIEW, Participant, Phase, Presence, Problem, Ringing, Room, Security,
    SecurityLevel, SecurityReason, Share, Speaker, Stage, Standby, Status, Text, TrackState, View,
};
use room_panel_model::offers::{Booking, Contact, Day, JOIN_EARLY_MS, Layout, Update, Way};
use room_panel_model::touch::{Tab, Touch};
use room_panel_model::{Choices, Heard, Now, Offers, Panel, Zone};

pub const PARIS: Zone = Zone {
    offset_s: 3600,
    change: None,
};
/// Monday 23 November 2026, 09:56 in Paris.
pub const MORNING: Now = Now {
    unix_ms: 1_795_424_160_000,
    steady_ms: 1_000_000,
};
const MINUTE: u64 = 60_000;

pub fn later(ms: u64) -> Now {
    Now {
        unix_ms: MORNING.unix_ms + ms,
        steady_ms: MORNING.steady_ms + ms,
    }
}

/// The names of all screens, in the order of a day.
pub const SCREENS: &[&str] = &[
    "starting",
    "uncommissioned",
    "idle-no-calendar",
    "idle-free",
    "idle-join",
    "idle-busy",
    "idle-offline",
    "book",
    "dial",
    "dial-code",
    "contacts",
    "contacts-search",
    "ringing",
    "joining",
    "lobby",
    "call",
    "call-today",
    "call-alone",
    "call-trouble",
    "call-switch",
    "call-security",
    "call-add",
    "call-calling",
    "call-search",
    "call-layout",
    "call-reactions",
    "call-camera",
    "call-tones",
    "left",
    "failed",
    "faults",
    "reported",
    "pin",
    "settings",
    "updating",
    "cleaning",
    "standby",
];

/// The panel as it is on the screen of that name.
pub fn panel(screen: &str, choices: Choices) -> Panel {
    let pin = Some("2468".to_owned());
    let mut panel = Panel::new(choices, pin, MORNING);
    if screen == "starting" {
        return panel;
    }
    let (status, offers) = room(screen);
    tell(&mut panel, &status, &offers);
    after(screen, &mut panel, status, &offers);
    panel
}

pub fn tell(panel: &mut Panel, status: &Status, offers: &Offers) {
    let told = Heard::Told(Box::new(status.clone()), Box::new(offers.clone()));
    assert!(panel.hear(MORNING, told).is_empty());
}

fn press(panel: &mut Panel, touches: impl IntoIterator<Item = Touch>) {
    for touch in touches {
        panel.touch(MORNING, touch);
    }
}

fn after(screen: &str, panel: &mut Panel, mut status: Status, offers: &Offers) {
    let keys = |text: &str| text.chars().map(Touch::Key).collect::<Vec<_>>();
    match screen {
        "dial" => {
            press(panel, [Touch::OpenDial]);
            press(panel, keys("#comite-direction:exemple.fr"));
        }
        "dial-code" => {
            press(panel, [Touch::OpenDial]);
            press(panel, keys("482913"));
        }
        "contacts" => press(panel, [Touch::OpenContacts]),
        "contacts-search" => {
            press(panel, [Touch::OpenContacts]);
            press(panel, keys("le"));
            let contacts = vec![
                contact("Léa Marchand", "@lea.marchand:exemple.fr", false),
                contact("Salle de lecture", "#lecture:exemple.fr", true),
            ];
            let text = "le".to_owned();
            panel.hear(MORNING, Heard::Found { text, contacts });
        }
        "book" => press(panel, [Touch::OpenBook]),
        "call-switch" => press(panel, [Touch::Microphone]),
        "call-security" => press(panel, [Touch::OpenTab(Tab::Security)]),
        "call-add" => press(panel, [Touch::OpenTab(Tab::Add)]),
        "call-search" => {
            press(panel, [Touch::OpenTab(Tab::Add)]);
            press(panel, keys("ka"));
        }
        "call-layout" => press(panel, [Touch::OpenTab(Tab::Layout)]),
        "call-reactions" => press(panel, [Touch::OpenTab(Tab::Reactions)]),
        "call-camera" => press(panel, [Touch::OpenTab(Tab::Camera)]),
        "call-tones" => {
            press(panel, [Touch::OpenTab(Tab::Tones)]);
            press(panel, keys("4711#"));
        }
        "left" => {
            status.call = call(Phase::Idle);
            status.camera.device = Device::Off;
            status.microphone.device = Device::Off;
            tell(panel, &status, offers);
        }
        "faults" => press(panel, [Touch::OpenFaults]),
        "reported" => press(panel, [Touch::OpenFaults, Touch::Report]),
        "pin" => {
            press(panel, [Touch::OpenSettings]);
            press(panel, keys("24"));
        }
        "settings" | "cleaning" | "standby" => {
            press(panel, [Touch::OpenSettings]);
            press(panel, keys("2468"));
            match screen {
                "cleaning" => press(panel, [Touch::Clean]),
                "standby" => press(panel, [Touch::Sleep]),
                _ => {}
            }
        }
        _ => {}
    }
}

pub fn room(screen: &str) -> (Status, Offers) {
    let mut status = status();
    let mut offers = offers();
    match screen {
        "idle-no-calendar" => offers = Offers::default(),
        "idle-free" | "book" => {
            offers.day = Some(day(&DAY[1..]));
            offers.bookable_min = 94;
        }
        "idle-busy" => {
            let mut day = day(DAY);
            day.meetings.insert(
                0,
                booking(
                    -30,
                    60,
                    "Point produit et conception",
                    Some("Léa Marchand"),
                    Way::NotFromHere("Zoom".to_owned()),
                ),
            );
            offers.day = Some(day);
        }
        "idle-offline" => {
            let mut day = day(DAY);
            day.stale_since_ms = Some(MORNING.unix_ms - 95 * MINUTE);
            offers.day = Some(day);
            status.room.homeserver = Homeserver::Offline;
            status.faults = vec![homeserver_away()];
        }
        "idle-join" => offers.meet_now = true,
        "dial-code" => offers.numbers = true,
        "uncommissioned" => {
            offers = Offers::default();
            status.room.name = String::new();
            status.faults = vec![no_settings()];
        }
        "ringing" => status.ringing = vec![ring()],
        "joining" => {
            status.call = call(Phase::Joining);
            status.call.name = Some("Comité de direction".to_owned());
        }
        "lobby" => {
            status.call = call(Phase::Joining);
            status.call.name = Some("Comité de direction".to_owned());
            offers.lobby = true;
        }
        "call-today" => {
            offers = Offers::default();
            status = in_call(status);
        }
        "call-alone" => {
            status = in_call(status);
            status.call.participants.clear();
        }
        "call-trouble" | "call-security" => {
            status = in_call(status);
            trouble(&mut status);
        }
        "call-switch" => {
            status = in_call(status);
            status.microphone.hardware_muted = true;
            status.microphone.device = Device::Off;
        }
        "left" => status = in_call(status),
        "call-calling" => {
            status = in_call(status);
            status.call.calling = vec!["@lea.marchand:exemple.fr".to_owned()];
        }
        name if name.starts_with("call") => status = in_call(status),
        "failed" => {
            status.call = call(Phase::Failed);
            status.call.target = Some("#comite-direction:exemple.fr".to_owned());
            status.call.problem = Some(not_invited());
        }
        "faults" | "reported" => status.faults = vec![camera_failed(), homeserver_away()],
        "updating" => {
            offers.update = Some(Update {
                percent: Some(64),
                restarting: true,
            });
        }
        _ => {}
    }
    (status, offers)
}

/// A room at rest.
pub fn status() -> Status {
    Status {
        room: Room {
            name: "Salle Molière".to_owned(),
            language: Language::En,
            user: Some("@moliere:exemple.fr".to_owned()),
            device: Some("SALLE".to_owned()),
            homeserver: Homeserver::Online,
            verified: true,
            version: "0.1.0".to_owned(),
        },
        meetings: Meetings::default(),
        presence: Presence::default(),
        standby: Standby::default(),
        updating: false,
        help: None,
        call: call(Phase::Idle),
        microphone: Microphone {
            muted: false,
            hardware_muted: false,
            device: Device::Off,
        },
        camera: Camera {
            on: true,
            device: Device::Off,
            view: View::default(),
            presets: vec![OVERVIEW.to_owned()],
        },
        speaker: Speaker {
            volume: 60,
            maximum: 100,
            device: Device::Off,
        },
        stage: Stage::default(),
        share: Share::default(),
        ringing: Vec::new(),
        faults: Vec::new(),
    }
}

pub fn call(phase: Phase) -> Call {
    Call {
        phase,
        target: None,
        room_id: None,
        name: None,
        since_ms: None,
        security: Security::default(),
        connection: None,
        participants: Vec::new(),
        hand_raised: false,
        leaves_by_itself: true,
        problem: None,
        visio: None,
        notices: Vec::new(),
        calling: Vec::new(),
    }
}

pub fn in_call(mut status: Status) -> Status {
    status.call = Call {
        target: Some("#comite-direction:exemple.fr".to_owned()),
        room_id: Some("!direction:exemple.fr".to_owned()),
        name: Some("Comité de direction".to_owned()),
        since_ms: Some(MORNING.unix_ms - 763_000),
        security: Security {
            level: SecurityLevel::Encrypted,
            reasons: Vec::new(),
        },
        connection: Some(ConnectionQuality::Excellent),
        participants: people(),
        ..call(Phase::InCall)
    };
    status.microphone.device = Device::Live;
    status.camera.device = Device::Live;
    status.speaker.device = Device::Live;
    status
}

fn people() -> Vec<Participant> {
    let mut people = vec![
        person("Hélène Garnier"),
        person("Karim Benali"),
        person("Zoé Lefèvre"),
        person("Salle Berlioz (2e étage)"),
    ];
    people[0].speaking = true;
    people[1].microphone = TrackState::Muted;
    people[1].hand_raised = true;
    people[2].screen_share = TrackState::On;
    people[2].reaction = Some("👍".to_owned());
    people[3].microphone = TrackState::Muted;
    people
}

pub fn person(name: &str) -> Participant {
    Participant {
        name: name.to_owned(),
        user: "@person:exemple.fr".to_owned(),
        device: "DEVICE".to_owned(),
        present: true,
        microphone: TrackState::On,
        camera: TrackState::On,
        screen_share: TrackState::Off,
        encryption: EncryptionState {
            state: Encryption::Encrypted,
            since_ms: MORNING.unix_ms,
            key_index: None,
        },
        connection: Some(ConnectionQuality::Good),
        speaking: false,
        hand_raised: false,
        reaction: None,
    }
}

fn trouble(status: &mut Status) {
    status.microphone.muted = true;
    status.microphone.device = Device::Off;
    status.camera.on = false;
    status.camera.device = Device::Off;
    status.call.connection = Some(ConnectionQuality::Poor);
    let people = &mut status.call.participants;
    people[1].hand_raised = false;
    people[2].encryption.state = Encryption::MissingKey;
    people[3].present = false;
    people.push(person("Bartholomäus von Hohenstaufen-Lichtenberg"));
    people.push(person("Noémie Dubois"));
    people.push(person("Jean-Baptiste Poquelin"));
    people[4].connection = Some(ConnectionQuality::Poor);
    status.call.security = Security {
        level: SecurityLevel::Degraded,
        reasons: vec![
            reason(
                "Zoé Lefèvre (@zoe:exemple.fr)",
                "The key that decrypts this person has not come.",
                "La clé qui déchiffre cette personne n'est pas arrivée.",
                14_000,
            ),
            reason(
                "Karim Benali (@karim:exemple.fr)",
                "Does not have this room's key yet: neither sees nor hears this room.",
                "N'a pas encore la clé de cette salle : ne la voit ni ne l'entend.",
                95_000,
            ),
        ],
    };
}

fn reason(who: &str, en: &str, fr: &str, ago: u64) -> SecurityReason {
    SecurityReason {
        participant: Some(who.to_owned()),
        text: Text::new(en, fr),
        since_ms: MORNING.unix_ms - ago,
    }
}

type Planned = (i64, i64, &'static str, &'static str);

const DAY: &[Planned] = &[
    (4, 60, "Comité de direction", "Hélène Garnier"),
    (214, 45, "Revue de sprint : plateforme", "Karim Benali"),
    (364, 45, "Entretien candidat", "Zoé Lefèvre"),
    (
        424,
        60,
        "Préparation de la conférence annuelle des partenaires européens",
        "Noémie Dubois",
    ),
];

fn day(planned: &[Planned]) -> Day {
    let meeting = |(in_min, long_min, title, host): &Planned| {
        let way = Way::Target("#salon:exemple.fr".to_owned());
        booking(*in_min, *long_min, title, Some(host), way)
    };
    Day {
        meetings: planned.iter().map(meeting).collect(),
        stale_since_ms: None,
        join_early_ms: JOIN_EARLY_MS,
    }
}

pub fn booking(in_min: i64, long_min: i64, title: &str, host: Option<&str>, way: Way) -> Booking {
    let at = |minutes: i64| {
        let ms = minutes * 60_000;
        MORNING.unix_ms.checked_add_signed(ms).expect("in the day")
    };
    Booking {
        id: title.to_owned(),
        title: Some(title.to_owned()),
        host: host.map(str::to_owned),
        begins_ms: at(in_min),
        ends_ms: Some(at(in_min + long_min)),
        extendable_min: 25,
        way,
    }
}

/// Everything a room may tell one day.
pub fn offers() -> Offers {
    Offers {
        day: Some(day(DAY)),
        contacts: Some(vec![
            contact("Accueil", "#accueil:exemple.fr", true),
            contact("Assistance informatique", "#assistance:exemple.fr", true),
            contact("Hélène Garnier", "@helene:exemple.fr", false),
            contact("Karim Benali", "@karim:exemple.fr", false),
            contact("Salle Berlioz (2e étage)", "@berlioz:exemple.fr", true),
            contact("Zoé Lefèvre", "@zoe:exemple.fr", false),
        ]),
        share: Some(false),
        layouts: vec![Layout::Speaker, Layout::Grid, Layout::Content],
        layout: Layout::Grid,
        add: true,
        tones: true,
        decline: true,
        reactions: ["👍", "👏", "❤️", "😂", "🎉"].map(str::to_owned).to_vec(),
        positions: Some(vec![
            OVERVIEW.to_owned(),
            "Table".to_owned(),
            "Tableau blanc".to_owned(),
            "Estrade".to_owned(),
        ]),
        ..Offers::default()
    }
}

fn contact(name: &str, target: &str, is_room: bool) -> Contact {
    Contact {
        name: name.to_owned(),
        detail: target.to_owned(),
        target: target.to_owned(),
        is_room,
    }
}

pub fn ring() -> Ringing {
    Ringing {
        room_id: "!appel:exemple.fr".to_owned(),
        name: "Équipe plateforme".to_owned(),
        caller: "Hélène Garnier".to_owned(),
        until_ms: MORNING.unix_ms + 30_000,
    }
}

fn problem(code: &str, what: (&str, &str), next: (&str, &str)) -> Problem {
    Problem {
        code: code.to_owned(),
        what: Text::new(what.0, what.1),
        next: Text::new(next.0, next.1),
    }
}

pub fn not_invited() -> Problem {
    problem(
        "ROOM-02",
        (
            "This room's account is not invited to “#comite-direction:exemple.fr”.",
            "Le compte de cette salle n'est pas invité dans « #comite-direction:exemple.fr ».",
        ),
        (
            "Ask a member to invite this room's account, then join again.",
            "Demandez à un membre d'inviter le compte de cette salle, puis rejoignez de nouveau.",
        ),
    )
}

fn no_settings() -> Problem {
    problem(
        "SET-02",
        (
            "This room has no settings yet: there is no /etc/salle/room.toml.",
            "Cette salle n'a pas encore de réglages : il n'y a pas de /etc/salle/room.toml.",
        ),
        (
            "Commission the room; it then starts by itself.",
            "Mettez la salle en service ; elle démarre alors d'elle-même.",
        ),
    )
}

fn camera_failed() -> Problem {
    problem(
        "CAM-01",
        ("The camera does not work.", "La caméra ne fonctionne pas."),
        (
            "Reseat its cable at both ends; the room tries again by itself.",
            "Rebranchez son câble aux deux bouts ; la salle réessaie d'elle-même.",
        ),
    )
}

fn homeserver_away() -> Problem {
    problem(
        "HS-01",
        (
            "The homeserver exemple.fr cannot be reached. It is tried again without end.",
            "Le serveur exemple.fr est injoignable. De nouveaux essais sont faits sans fin.",
        ),
        (
            "Check the network and the address in the section [matrix] of the settings.",
            "Vérifiez le réseau et l'adresse dans la section [matrix] des réglages.",
        ),
    )
}
