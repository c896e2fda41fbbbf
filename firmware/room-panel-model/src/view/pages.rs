//! Pages that are opened by hand, and the ringing call.

use super::Scene;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DialView {
    pub typed: String,
    /// Digits alone mean something here.
    pub numbers: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ContactRow {
    pub name: String,
    pub detail: String,
    pub initials: String,
    pub is_room: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RingView {
    pub caller: String,
    pub initials: String,
    /// Name of the Matrix room.
    pub name: String,
    /// The caller is told when it is declined; otherwise it only falls silent here.
    pub declinable: bool,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultsView {
    pub faults: Vec<FaultLine>,
    /// Number for support, once the problem is reported.
    pub reference: String,
    /// Version and address, for support.
    pub about: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FaultLine {
    pub code: String,
    pub what: String,
    pub next: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PinView {
    pub typed: usize,
    pub length: usize,
    pub wrong: bool,
    /// Seconds until the next try.
    pub closed_s: u64,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SettingsView {
    pub version: String,
    pub address: String,
}

pub(crate) fn dial(scene: &Scene<'_>) -> DialView {
    DialView {
        typed: scene.panel.typed.clone(),
        numbers: scene.panel.offers.numbers,
    }
}

pub(crate) fn contacts(scene: &Scene<'_>) -> Vec<ContactRow> {
    let contacts = scene.panel.listed();
    contacts
        .into_iter()
        .map(|contact| ContactRow {
            name: contact.name.clone(),
            detail: contact.detail.clone(),
            initials: crate::words::initials(&contact.name),
            is_room: contact.is_room,
        })
        .collect()
}

pub(crate) fn ringing(scene: &Scene<'_>) -> Vec<RingView> {
    let ringing = scene.panel.ringing(scene.now);
    ringing
        .into_iter()
        .map(|ring| RingView {
            caller: ring.caller.clone(),
            initials: crate::words::initials(&ring.caller),
            name: ring.name.clone(),
            declinable: scene.panel.offers.decline,
        })
        .collect()
}

pub(crate) fn faults(scene: &Scene<'_>) -> FaultsView {
    let faults = scene.panel.status.iter().flat_map(|status| &status.faults);
    let text = |text: &room_messages::api::Text| text.in_language(scene.language).to_owned();
    FaultsView {
        faults: faults
            .map(|fault| FaultLine {
                code: fault.code.clone(),
                what: text(&fault.what),
                next: text(&fault.next),
            })
            .collect(),
        reference: scene.panel.reported.clone().unwrap_or_default(),
        about: about(scene),
    }
}

fn about(scene: &Scene<'_>) -> String {
    scene.panel.status.as_ref().map_or_else(String::new, |s| {
        format!("Salle {} · {}", s.room.version, s.room.name)
    })
}

pub(crate) fn pin(scene: &Scene<'_>) -> PinView {
    let lock = &scene.panel.lock;
    let (typed, length) = lock.progress();
    let closed = lock.closed_for(scene.now.steady_ms);
    PinView {
        typed,
        length,
        wrong: lock.was_wrong(),
        closed_s: closed.unwrap_or_default().div_ceil(1000),
    }
}

pub(crate) fn settings(scene: &Scene<'_>) -> SettingsView {
    let room = scene.panel.status.as_ref().map(|status| &status.room);
    SettingsView {
        version: room.map_or_else(String::new, |room| room.version.clone()),
        address: room.and_then(|room| room.user.clone()).unwrap_or_default(),
    }
}
