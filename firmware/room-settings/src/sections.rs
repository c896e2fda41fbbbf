//! The sections of version 1, each read into its type.

use room_messages::VideoFormat;
use room_messages::api::{Language, Text};
use toml::de::DeTable;

use crate::error::{SettingsProblem, SettingsProblems};
use crate::reader::{Findings, Section, line_of, shortened, unknown};
use crate::values::{Refusal, SimulatedDevice};
use crate::{
    ApiSettings, BoardSettings, HomeserverAddress, InvitationRule, KeySharing, Login,
    MatrixSettings, Mode, Profile, RoomName, RoomSettings, SecretFile, ServiceUrl, Settings,
    SimulationSettings, UserName, Video,
};
use crate::{meetings, panel, service, standby, unit};

const DEFAULTS: &str = include_str!("defaults.toml");
const SECTIONS: [&str; 16] = [
    "version",
    "room",
    "matrix",
    "board",
    "api",
    "simulation",
    "video",
    "network",
    "time",
    "update",
    "service",
    "calendar",
    "meetings",
    "standby",
    "audio",
    "panel",
];
const MAX_INVITATION_RULES: usize = 256;

/// Reads the text of a file of the current version.
pub(crate) fn read(text: &str) -> Result<Settings, SettingsProblems> {
    let file = parse(text)?;
    let defaults = parse(DEFAULTS)?;
    let mut findings = Findings::new(text);
    for (key, _) in &file {
        if !SECTIONS.contains(&key.get_ref().as_ref()) {
            findings.add(
                key.span().start,
                shortened(key.get_ref()),
                unknown(&SECTIONS),
            );
        }
    }
    let settings = assemble(&file, &defaults, &mut findings);
    let problems = findings.into_problems();
    match settings {
        Some(settings) if problems.is_empty() => Ok(settings),
        _ => Err(SettingsProblems(problems)),
    }
}

/// The sections a room can be shown with, each by itself.
pub(crate) struct Sections {
    pub(crate) room: Option<RoomSettings>,
    pub(crate) board: Option<BoardSettings>,
    pub(crate) simulation: Option<SimulationSettings>,
    pub(crate) video: Option<Video>,
}

impl Sections {
    /// `None` when the defaults cannot be read. Mistakes are [`read`]'s to name.
    pub(crate) fn of(file: &DeTable<'_>) -> Option<Self> {
        let defaults = parse(DEFAULTS).ok()?;
        Some(Self::read(file, &defaults, &mut Findings::new("")))
    }

    fn read<'a>(
        file: &'a DeTable<'a>,
        defaults: &'a DeTable<'a>,
        findings: &mut Findings<'_>,
    ) -> Self {
        let section =
            |name, findings: &mut Findings<'_>| Section::open(name, file, defaults, findings);
        Self {
            room: room(section("room", findings), findings),
            board: board(section("board", findings), findings),
            simulation: simulation(section("simulation", findings), findings),
            video: video(section("video", findings), findings),
        }
    }
}

pub(crate) fn parse(text: &str) -> Result<DeTable<'_>, SettingsProblems> {
    let parsed = DeTable::parse(text).map_err(|error| {
        let at = error.span().map_or(0, |span| span.start);
        let cause = error
            .message()
            .lines()
            .next()
            .unwrap_or_default()
            .to_owned();
        SettingsProblem {
            line: line_of(text, at),
            field: "TOML".to_owned(),
            reason: Text::new(
                format!("this line cannot be read ({cause})"),
                format!("cette ligne est illisible ({cause})"),
            ),
            instead: Text::new(
                "write `name = \"text\"`, `name = number` or `[section]`",
                "écrivez `nom = \"texte\"`, `nom = nombre` ou `[section]`",
            ),
        }
    })?;
    Ok(parsed.into_inner())
}

/// Every section is read even when an earlier one is wrong, so that all mistakes show at once.
fn assemble<'a>(
    file: &'a DeTable<'a>,
    defaults: &'a DeTable<'a>,
    findings: &mut Findings<'_>,
) -> Option<Settings> {
    let section = |name, findings: &mut Findings<'_>| Section::open(name, file, defaults, findings);
    let shown = Sections::read(file, defaults, findings);
    let matrix = matrix(section("matrix", findings), findings);
    let api = api(section("api", findings), findings);
    let network = unit::network(section("network", findings), findings);
    let time = unit::time(section("time", findings), findings);
    let update = unit::update(section("update", findings), findings);
    let service = service::read(section("service", findings), findings);
    let calendar = meetings::calendar(section("calendar", findings), findings);
    let meetings = meetings::meetings(section("meetings", findings), findings);
    let standby = standby::standby(section("standby", findings), findings);
    let audio = standby::audio(section("audio", findings), findings);
    let panel = panel::read(section("panel", findings), findings);
    Some(Settings {
        room: shown.room?,
        matrix: matrix?,
        board: shown.board?,
        api,
        simulation: shown.simulation?,
        video: shown.video?,
        network,
        time,
        update,
        service,
        calendar,
        meetings: meetings?,
        standby: standby?,
        audio: audio?,
        panel,
    })
}

fn room(mut section: Section<'_>, findings: &mut Findings<'_>) -> Option<RoomSettings> {
    let name = section.text("name", RoomName::new, findings);
    let choices = [("en", Language::En), ("fr", Language::Fr)];
    let language = section.text("language", |text| choose(text, &choices), findings);
    section.close(findings);
    Some(RoomSettings {
        name: name?,
        language: language?,
    })
}

fn matrix(mut section: Section<'_>, findings: &mut Findings<'_>) -> Option<MatrixSettings> {
    let homeserver = section.text("homeserver", HomeserverAddress::new, findings);
    if homeserver.is_none() && !section.has("homeserver") {
        section.complain(
            "homeserver",
            missing("homeserver = \"https://matrix.example.org\""),
            findings,
        );
    }
    let user = user(&mut section, findings);
    let login = login(&mut section, findings);
    let modes = [
        ("compatibility", Mode::Compatibility),
        ("matrix_2_0", Mode::Matrix20),
    ];
    let mode = section.text("mode", |text| choose(text, &modes), findings);
    let rules = section.list(
        "accept_invitations_from",
        MAX_INVITATION_RULES,
        InvitationRule::new,
        findings,
    );
    let recovery_key_file = section.text("recovery_key_file", secret_file, findings);
    let sharing = [
        ("all_devices", KeySharing::AllDevices),
        ("identity_based", KeySharing::IdentityBased),
    ];
    let key_sharing = section.text("key_sharing", |text| choose(text, &sharing), findings);
    let transport = section.text("transport", ServiceUrl::new, findings);
    section.close(findings);
    Some(MatrixSettings {
        homeserver: homeserver?,
        user: user?,
        login: login?,
        mode: mode?,
        accept_invitations_from: rules.unwrap_or_else(|| vec![InvitationRule::OwnServer]),
        recovery_key_file,
        key_sharing: key_sharing?,
        transport,
    })
}

fn user(section: &mut Section<'_>, findings: &mut Findings<'_>) -> Option<UserName> {
    let user = section.text("user", UserName::new, findings);
    if user.is_none() && !section.has("user") {
        section.complain("user", missing("user = \"@room-4:example.org\""), findings);
    }
    user
}

fn login(section: &mut Section<'_>, findings: &mut Findings<'_>) -> Option<Login> {
    let password = section.text("password_file", secret_file, findings);
    let token = section.text("access_token_file", secret_file, findings);
    let once = section.text("login_token_file", secret_file, findings);
    let keys = ["password_file", "access_token_file", "login_token_file"];
    let given: Vec<_> = keys.into_iter().filter(|key| section.has(key)).collect();
    match given.as_slice() {
        [] => {
            let refusal = missing("password_file = \"/etc/salle/password\"");
            section.complain("password_file", refusal, findings);
            None
        }
        [_] => None
            .or(password.map(Login::Password))
            .or(token.map(Login::AccessToken))
            .or(once.map(Login::OneTimeToken)),
        [_, second, ..] => {
            section.complain(second, one_login(), findings);
            None
        }
    }
}

fn board(mut section: Section<'_>, findings: &mut Findings<'_>) -> Option<BoardSettings> {
    let profile = section.text("profile", Profile::new, findings);
    section.close(findings);
    Some(BoardSettings { profile: profile? })
}

fn api(mut section: Section<'_>, findings: &mut Findings<'_>) -> ApiSettings {
    let listen = section.text("listen", socket_address, findings);
    section.close(findings);
    ApiSettings { listen }
}

fn simulation(mut section: Section<'_>, findings: &mut Findings<'_>) -> Option<SimulationSettings> {
    let camera = section.text("camera", SimulatedDevice::new, findings);
    let microphone = section.text("microphone", SimulatedDevice::new, findings);
    let speaker = section.text("speaker", SimulatedDevice::new, findings);
    let content = section.text("content", SimulatedDevice::new, findings);
    let stage = section.text("stage", SimulatedDevice::new, findings);
    section.close(findings);
    Some(SimulationSettings {
        camera: camera?,
        microphone: microphone?,
        speaker: speaker?,
        content: content?,
        stage: stage?,
    })
}

fn video(mut section: Section<'_>, findings: &mut Findings<'_>) -> Option<Video> {
    let width = section.number("width", 160..=1920, findings);
    let height = section.number("height", 90..=1080, findings);
    let frames_per_second = section.number("frames_per_second", 5..=60, findings);
    let layers = section.number("layers", 1..=3, findings);
    for (key, figure) in [("width", width), ("height", height)] {
        if figure.is_some_and(|figure| figure % 2 != 0) {
            section.complain(key, odd(), findings);
        }
    }
    section.close(findings);
    Some(Video(VideoFormat {
        width: width?,
        height: height?,
        frames_per_second: frames_per_second?,
        layers: u8::try_from(layers?).ok()?,
    }))
}

fn choose<T: Copy>(text: &str, choices: &[(&str, T)]) -> Result<T, Refusal> {
    let list: Vec<_> = choices
        .iter()
        .map(|(name, _)| format!("\"{name}\""))
        .collect();
    let (en, fr) = (list.join(" or "), list.join(" ou "));
    choices
        .iter()
        .find(|(name, _)| *name == text)
        .map(|(_, value)| *value)
        .ok_or_else(|| {
            (
                Text::new("this choice does not exist", "ce choix n'existe pas"),
                Text::new(format!("write {en}"), format!("écrivez {fr}")),
            )
        })
}

pub(crate) fn secret_file(text: &str) -> Result<SecretFile, Refusal> {
    let path = std::path::PathBuf::from(text);
    if path.is_absolute() {
        return Ok(SecretFile::new(path));
    }
    Err((
        Text::new(
            "this is not an absolute path",
            "ce n'est pas un chemin absolu",
        ),
        Text::new(
            "write a path that begins with \"/\"",
            "écrivez un chemin commençant par \"/\"",
        ),
    ))
}

fn socket_address(text: &str) -> Result<std::net::SocketAddr, Refusal> {
    text.parse().map_err(|_| {
        (
            Text::new(
                "this is not an address and a port",
                "ce n'est pas une adresse et un port",
            ),
            Text::new(
                "write for example \"127.0.0.1:8090\"",
                "écrivez par exemple \"127.0.0.1:8090\"",
            ),
        )
    })
}

pub(crate) fn missing(example: &str) -> Refusal {
    (
        Text::new("this setting is missing", "ce réglage manque"),
        Text::new(
            format!("write for example {example}"),
            format!("écrivez par exemple {example}"),
        ),
    )
}

fn one_login() -> Refusal {
    (
        Text::new(
            "more than one way to log in is given",
            "plus d'un moyen de connexion est donné",
        ),
        Text::new(
            "keep one of password_file, access_token_file, login_token_file",
            "gardez l'un de password_file, access_token_file, login_token_file",
        ),
    )
}

fn odd() -> Refusal {
    (
        Text::new(
            "encoders need an even number",
            "les encodeurs demandent un nombre pair",
        ),
        Text::new("write an even number", "écrivez un nombre pair"),
    )
}
