//! From settings to what the mind and the Matrix session are told.

use std::path::Path;

use room_core::invitations::InvitationRule;
use room_core::problem::Issue;
use room_core::room::Character;
use room_core::rtc::Mode;
use room_core::visio::Instances;
use room_matrix::{KeyRecipients, Login, Network, SessionOptions};
use room_messages::api::Problem;
use room_messages::{
    AudioInput, AudioOutput, Configuration, StageOutput, Token, VideoFormat, VideoInput,
};
use room_settings::{
    Appearance, MatrixSettings, SecretError, SecretFile, Settings, SimulatedDevice,
};
use url::Url;

/// What the mind is told.
pub fn character(settings: &Settings) -> Character {
    let matrix = &settings.matrix;
    Character {
        homeserver: matrix.homeserver.as_str().to_owned(),
        mode: mode(matrix),
        transport: matrix.transport.as_ref().map(|url| url.as_str().to_owned()),
        invitations: matrix.accept_invitations_from.iter().map(rule).collect(),
        visio: instances(settings),
        maximum_volume: settings.audio.maximum_volume,
        ring_volume: settings.audio.ring_volume,
        spoken_prompts: settings.audio.spoken_prompts,
        ..without_account(&Appearance::from(settings))
    }
}

/// The Visio instances that the room joins.
pub fn instances(settings: &Settings) -> Instances {
    Instances {
        hosts: settings.meetings.visio_hosts.clone(),
        default: settings.meetings.visio_default.clone(),
    }
}

/// What the mind of a room without usable settings is told: it belongs to nobody, and lets
/// nobody in.
pub fn without_account(looks: &Appearance) -> Character {
    Character {
        name: looks.room.name.as_str().to_owned(),
        language: looks.room.language,
        homeserver: String::new(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        mode: Mode::Compatibility,
        transport: None,
        invitations: Vec::new(),
        visio: Instances::default(),
        maximum_volume: 100,
        // Nobody can call a room without an account.
        ring_volume: 0,
        spoken_prompts: false,
        media: configuration(looks),
    }
}

fn mode(matrix: &MatrixSettings) -> Mode {
    match matrix.mode {
        room_settings::Mode::Compatibility => Mode::Compatibility,
        room_settings::Mode::Matrix20 => Mode::Matrix20,
    }
}

fn rule(rule: &room_settings::InvitationRule) -> InvitationRule {
    match rule {
        room_settings::InvitationRule::OwnServer => InvitationRule::OwnServer,
        room_settings::InvitationRule::Everybody => InvitationRule::Everybody,
        room_settings::InvitationRule::Server(name) => InvitationRule::Server(name.clone()),
        room_settings::InvitationRule::User(user) => InvitationRule::User(user.clone()),
    }
}

/// Devices of the simulated board; a real one's take their place ([`crate::board::equip`]).
fn configuration(settings: &Appearance) -> Configuration {
    let simulated = settings.board.profile.is_simulated();
    let simulation = &settings.simulation;
    Configuration {
        room_name: settings.room.name.as_str().to_owned(),
        language: settings.room.language,
        camera: video_input(&simulation.camera),
        content: video_input(&simulation.content),
        microphone: match &simulation.microphone {
            SimulatedDevice::None => AudioInput::None,
            SimulatedDevice::Test => AudioInput::Test,
            SimulatedDevice::File(path) => AudioInput::File(path.clone()),
        },
        speaker: match &simulation.speaker {
            SimulatedDevice::None => AudioOutput::None,
            SimulatedDevice::Test => AudioOutput::Test,
            SimulatedDevice::File(path) => AudioOutput::File(path.clone()),
        },
        stage: match &simulation.stage {
            SimulatedDevice::None => StageOutput::None,
            SimulatedDevice::Test => StageOutput::Test,
            SimulatedDevice::File(path) => StageOutput::File(path.clone()),
        },
        video: settings.video.format(),
        content_video: VideoFormat::CONTENT,
        simulated,
    }
}

fn video_input(device: &SimulatedDevice) -> VideoInput {
    match device {
        SimulatedDevice::None => VideoInput::None,
        SimulatedDevice::Test => VideoInput::Test,
        SimulatedDevice::File(path) => VideoInput::File(path.clone()),
    }
}

/// What the session is opened with; reads the secret files anew each time, so that a mended one
/// counts at the next try.
///
/// # Errors
/// When a secret or the address cannot be used.
pub fn session_options(
    settings: &Settings,
    state: &Path,
    network: Network,
) -> Result<SessionOptions, Problem> {
    let matrix = &settings.matrix;
    let address = matrix.homeserver.with_scheme();
    let homeserver = Url::parse(&address)
        .map_err(|_| Issue::NotAHomeserver.about(matrix.homeserver.as_str()))?;
    Ok(SessionOptions {
        homeserver,
        user: matrix.user.as_str().to_owned(),
        login: match &matrix.login {
            room_settings::Login::Password(file) => Login::Password(secret(file)?),
            room_settings::Login::AccessToken(file) => Login::AccessToken(secret(file)?),
            room_settings::Login::OneTimeToken(file) => Login::Token(secret(file)?),
        },
        state_dir: state.to_owned(),
        device_display_name: settings.room.name.as_str().to_owned(),
        recovery_key: matrix.recovery_key_file.as_ref().map(secret).transpose()?,
        key_recipients: match matrix.key_sharing {
            room_settings::KeySharing::AllDevices => KeyRecipients::AllDevices,
            room_settings::KeySharing::IdentityBased => KeyRecipients::SignedByOwner,
        },
        force_sync_v2: false,
        network,
    })
}

fn secret(file: &SecretFile) -> Result<Token, Problem> {
    let secret = file.read().map_err(|error| {
        let cause = match &error {
            SecretError::Read { source, .. } => format!("{error} ({source})"),
            _ => error.to_string(),
        };
        Issue::SecretUnusable.about(&cause)
    })?;
    Ok(Token::new(secret.expose().to_owned()))
}
