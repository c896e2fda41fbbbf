//! The unit as the API and the room's status show it, looked at anew each time.

use std::sync::Arc;

use room_fleet::api::{Health, SlotView, Update};
use room_fleet::data::Report;
use room_fleet::{Concern, Slot, faults};
use room_messages::api::{Problem, Readiness};

use crate::args::Places;
use crate::login::logins;
use crate::room;
use crate::slots::{Rauc, Slots as _, State};
use crate::store::read_json;
use crate::updating::Updating;

/// See the module.
#[derive(Debug)]
pub struct Viewer {
    pub updating: Arc<Updating<Rauc>>,
    pub places: Places,
}

impl Viewer {
    /// Worst first.
    pub async fn faults(&self) -> Vec<Problem> {
        let readiness = self.updating.room.readiness().await;
        self.faults_with(readiness.as_ref())
    }

    fn faults_with(&self, readiness: Option<&Readiness>) -> Vec<Problem> {
        let last = self.updating.store.last();
        let settings: Vec<Problem> = read_json(&self.places.problems).unwrap_or_default();
        faults(Concern {
            channel: self.updating.release.channel,
            last: last.as_ref(),
            data: read_json::<Report>(&self.places.data_report).unwrap_or_default(),
            room_silent: readiness.is_none() && self.places.settings.exists(),
            settings: &settings,
            logins: &logins(&self.places.logins),
            service_open: self.places.service_open.exists(),
        })
    }

    /// `GET /v1/update`; without RAUC there are no slots in it.
    pub async fn update(&self) -> Update {
        let updating = &self.updating;
        let readiness = updating.room.readiness().await;
        let state = updating.slots.state().await.ok();
        let release = &updating.release;
        let kept = updating.store.floor();
        Update {
            version: release.version.clone(),
            compatible: release.compatible.clone(),
            channel: release.channel,
            floor: kept
                .filter(|k| *k > release.floor)
                .unwrap_or_else(|| release.floor.clone()),
            slots: state.as_ref().map(slots).unwrap_or_default(),
            call: room::call(readiness.as_ref()),
            activity: *updating.activity.borrow(),
            trial: updating.store.trial(),
            last: updating.store.last(),
            faults: self.faults_with(readiness.as_ref()),
        }
    }

    /// `GET /v1/health`
    pub async fn health(&self) -> Health {
        let updating = &self.updating;
        let readiness = updating.room.readiness().await.unwrap_or_default();
        let state = updating.slots.state().await.ok();
        let good = updating.store.good_boot();
        let booted = state.map(|state| state.booted);
        let trial = updating.store.trial();
        Health {
            commissioned: readiness.commissioned,
            ready: readiness.media,
            camera: readiness.camera,
            microphone: readiness.microphone,
            homeserver: readiness.homeserver,
            booted,
            boot_good: good.is_some_and(|good| good.boot == updating.boot),
            on_trial: trial.is_some_and(|trial| Some(trial.target) == booted),
        }
    }
}

fn slots(state: &State) -> Vec<SlotView> {
    let each = state.slots.iter();
    each.map(|(slot, of)| {
        let booted = *slot == state.booted;
        SlotView {
            slot: *slot,
            booted,
            good: of.good && holds_a_system(*slot, booted, of.version.as_deref()),
            version: of.version.clone(),
        }
    })
    .collect()
}

/// The bootloader would try an empty slot, too. Flashing fills slot A only, and RAUC keeps the
/// version of every bundle it installs.
const fn holds_a_system(slot: Slot, booted: bool, version: Option<&str>) -> bool {
    booted || version.is_some() || matches!(slot, Slot::A)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slot_that_nothing_was_ever_written_to_is_not_good() {
        assert!(holds_a_system(Slot::A, true, None));
        assert!(!holds_a_system(Slot::B, false, None));
        assert!(
            holds_a_system(Slot::A, false, None),
            "flashed, and left by an update"
        );
        assert!(holds_a_system(Slot::B, false, Some("0.2.0")));
    }
}
