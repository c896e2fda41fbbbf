//! The running call: bar, people, security, and what else the room offers.

use room_messages::api::{Device, OVERVIEW, SecurityLevel};

use super::people::{self, Person};
use super::{Scene, is_open};
use crate::offers::Layout;
use crate::touch::{Control, Tab};
use crate::words;

/// Controls with the same place on every screen of a call.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bar {
    pub muted: bool,
    /// Nothing but the switch can unmute.
    pub hardware_muted: bool,
    pub microphone_busy: bool,
    pub microphone_failed: bool,
    pub camera_on: bool,
    pub camera_busy: bool,
    pub camera_failed: bool,
    pub camera_absent: bool,
    /// 0 to 100.
    pub volume: u8,
    pub leave_busy: bool,
}

/// What the main area shows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallView {
    pub tab: Tab,
    pub people: Vec<Person>,
    /// `4 people`, the room counted.
    pub count: String,
    pub actions: Vec<Action>,
    pub security: Vec<SecurityLine>,
    pub security_title: String,
    pub layouts: Vec<TabMark>,
    pub reactions: Vec<String>,
    pub positions: Vec<String>,
    /// Keypad tones sent so far.
    pub tones: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ActionKind {
    Hand,
    Layout,
    Share,
    Add,
    Tones,
    Reactions,
    Camera,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    pub kind: ActionKind,
    pub on: bool,
    pub busy: bool,
}

/// A way to lay out the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TabMark {
    pub layout: Layout,
    pub chosen: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SecurityLine {
    pub who: String,
    pub text: String,
    /// How long it has been so.
    pub since: String,
}

pub(crate) fn bar(scene: &Scene<'_>) -> Option<Bar> {
    let status = scene.panel.status.as_ref()?;
    if !scene.panel.is_in_call() {
        return None;
    }
    let (microphone, camera) = (&status.microphone, &status.camera);
    Some(Bar {
        // Never called muted while something is still captured.
        muted: microphone.hardware_muted || (microphone.muted && !is_open(microphone.device)),
        hardware_muted: microphone.hardware_muted,
        microphone_busy: scene.is_busy(Control::Microphone)
            || (microphone.muted && is_open(microphone.device)),
        microphone_failed: matches!(microphone.device, Device::Failed | Device::Absent),
        // Never called off while it still sees.
        camera_on: is_open(camera.device) || (camera.on && camera.device == Device::Off),
        camera_busy: scene.is_busy(Control::Camera) || (!camera.on && is_open(camera.device)),
        camera_failed: camera.device == Device::Failed,
        camera_absent: camera.device == Device::Absent,
        volume: scene.panel.shown_volume().unwrap_or_default(),
        leave_busy: scene.is_busy(Control::Leave)
            || scene.panel.phase() == room_messages::api::Phase::Leaving,
    })
}

/// The name of the call, or what was asked for.
pub(crate) fn name(scene: &Scene<'_>) -> String {
    let call = scene.panel.status.as_ref().map(|status| &status.call);
    let name = call.and_then(|call| call.name.clone().or_else(|| call.target.clone()));
    name.unwrap_or_else(|| scene.say("Call", "Appel"))
}

pub(crate) fn of(scene: &Scene<'_>) -> CallView {
    let (panel, offers) = (scene.panel, &scene.panel.offers);
    let people = people::of(scene);
    let layouts = offers.layouts.iter();
    CallView {
        tab: panel.tab,
        count: words::people(scene.language, people.len() + 1),
        people,
        actions: actions(scene),
        security: security(scene),
        security_title: security_title(scene),
        layouts: layouts
            .map(|layout| TabMark {
                layout: *layout,
                chosen: *layout == offers.layout,
            })
            .collect(),
        reactions: offers.reactions.clone(),
        positions: positions(scene),
        tones: panel.typed.clone(),
    }
}

/// The one that is always there has a name in both languages.
fn positions(scene: &Scene<'_>) -> Vec<String> {
    let names = scene.panel.offers.positions.iter().flatten();
    names
        .map(|name| match name.as_str() {
            OVERVIEW => scene.say("Overview", "Vue d’ensemble"),
            name => name.to_owned(),
        })
        .collect()
}

fn actions(scene: &Scene<'_>) -> Vec<Action> {
    let (offers, tab) = (&scene.panel.offers, scene.panel.tab);
    let hand = scene
        .panel
        .status
        .as_ref()
        .is_some_and(|s| s.call.hand_raised);
    let opens = |kind, opened| Action {
        kind,
        on: tab == opened,
        busy: false,
    };
    let mut actions = vec![Action {
        kind: ActionKind::Hand,
        on: hand,
        busy: scene.is_busy(Control::Hand),
    }];
    let mut offer = |there: bool, action: Action| actions.extend(there.then_some(action));
    offer(
        offers.share.is_some(),
        Action {
            kind: ActionKind::Share,
            on: offers.share == Some(true),
            busy: scene.is_busy(Control::Share),
        },
    );
    offer(
        !offers.layouts.is_empty(),
        opens(ActionKind::Layout, Tab::Layout),
    );
    offer(
        offers.add && offers.contacts.is_some(),
        opens(ActionKind::Add, Tab::Add),
    );
    offer(
        !offers.reactions.is_empty(),
        opens(ActionKind::Reactions, Tab::Reactions),
    );
    offer(
        offers.positions.is_some(),
        opens(ActionKind::Camera, Tab::Camera),
    );
    offer(offers.tones, opens(ActionKind::Tones, Tab::Tones));
    actions
}

/// The level in a sentence; the stage has two words of it.
fn security_title(scene: &Scene<'_>) -> String {
    let status = scene.panel.status.as_ref();
    match status.map_or(SecurityLevel::None, |s| s.call.security.level) {
        SecurityLevel::None => String::new(),
        SecurityLevel::Encrypted => scene.say(
            "Sound and picture are encrypted from end to end: only the people in this call can follow it.",
            "Son et image sont chiffrés de bout en bout : seules les personnes de cet appel peuvent le suivre.",
        ),
        SecurityLevel::Pending => scene.say(
            "Nothing is known to be wrong; some sound or picture has not come yet.",
            "Rien d’anormal ; un son ou une image n’est pas encore arrivé.",
        ),
        SecurityLevel::Degraded => scene.say(
            "Something cannot be decrypted and is not played.",
            "Quelque chose ne peut être déchiffré et n’est pas joué.",
        ),
        SecurityLevel::Unencrypted => scene.say(
            "This call is not encrypted from end to end: its servers could follow it.",
            "Cet appel n’est pas chiffré de bout en bout : ses serveurs pourraient le suivre.",
        ),
    }
}

fn security(scene: &Scene<'_>) -> Vec<SecurityLine> {
    let reasons = scene.panel.status.iter();
    let reasons = reasons.flat_map(|status| &status.call.security.reasons);
    reasons
        .map(|reason| SecurityLine {
            who: reason
                .participant
                .clone()
                .unwrap_or_else(|| scene.say("This room", "Cette salle")),
            text: reason.text.in_language(scene.language).to_owned(),
            since: words::elapsed(scene.now.unix_ms.saturating_sub(reason.since_ms)),
        })
        .collect()
}
