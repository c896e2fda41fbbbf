//! A site, an instance on its SFU, and rooms that visit.

use room_messages::api::{Phase, SecurityLevel, Status, VisioEntry};
use salle_scenarios::{Room, RoomOptions, Scene, SceneOptions};
use salle_stack::{Access, Account, Visio};

use crate::meet::{ROOM_HZ, SOON, options_of};

pub const SLUG: &str = "abc-defg-hij";

/// Where rooms meet.
pub struct Site {
    pub scene: Scene,
    pub visio: Visio,
}

impl Site {
    pub async fn start() -> Self {
        let people = vec!["berlioz"];
        let scene = SceneOptions {
            people,
            ..SceneOptions::default()
        };
        let scene = Scene::start(scene).await.unwrap();
        let visio = scene.site().start_visio().await.unwrap();
        Self { scene, visio }
    }

    /// The same with one meeting.
    pub async fn with(access: Access) -> Self {
        let site = Self::start().await;
        site.visio.register(SLUG, access).await.unwrap();
        site
    }

    pub fn link(&self) -> String {
        format!("{}/{SLUG}", self.visio.url())
    }

    /// The settings of a room that may visit this instance.
    pub async fn options(&self, account: &Account, name: &str, hz: u32) -> RoomOptions {
        let mut options = options_of(account, hz).await;
        let hosts = toml::Value::from(vec!["127.0.0.1"]);
        options
            .set("room", "name", name)
            .set("meetings", "visio_hosts", hosts);
        options
    }

    pub async fn room(&self) -> Room {
        let options = self.options(&self.scene.account, "Ampère", ROOM_HZ).await;
        Room::start(options).await.unwrap()
    }

    /// Another one, with a tone of its own.
    pub async fn other(&self, hz: u32) -> Room {
        let account = &self.scene.people[0];
        let options = self.options(account, "Berlioz", hz).await;
        Room::start(options).await.unwrap()
    }
}

/// The room stands in the lobby, and what it shows says so.
pub async fn waits(room: &Room) -> Status {
    let waits = |status: &Status| {
        let visio = status.call.visio.as_ref();
        visio.is_some_and(|visio| visio.entry == VisioEntry::Waiting)
    };
    let status = room.wait_until("the lobby", waits, SOON).await.unwrap();
    assert_eq!(status.call.phase, Phase::Joining);
    assert_eq!(status.call.security.level, SecurityLevel::None);
    status
}

/// The room is in the meeting, and never says more of its security than is true.
pub async fn visits(room: &Room) -> Status {
    let inside = |status: &Status| {
        assert_ne!(status.call.security.level, SecurityLevel::Encrypted);
        status.call.phase == Phase::InCall
    };
    let status = room.wait_until("being in", inside, SOON).await.unwrap();
    assert_eq!(status.call.security.level, SecurityLevel::Unencrypted);
    assert!(status.call.security.reasons[0].text.en.contains("Visio"));
    status
}

/// The room's join or meeting has ended with this problem.
pub async fn failed(room: &Room, code: &str) -> Status {
    let ended = |status: &Status| status.call.phase == Phase::Failed;
    let status = room.wait_until(code, ended, SOON).await.unwrap();
    assert_eq!(status.call.problem.as_ref().unwrap().code, code);
    status
}

/// Waits until the room is told this, and of nothing else since.
pub async fn told(room: &Room, code: &str) -> Status {
    let last = |status: &Status| {
        let last = status.call.notices.last();
        last.is_some_and(|notice| notice.code == code)
    };
    room.wait_until(code, last, SOON).await.unwrap()
}

/// The identity of the guest of this name on the SFU, as another room knows it.
pub fn identity_of(status: &Status, name: &str) -> String {
    let mut people = status.call.participants.iter();
    let person = people.find(|person| person.name == name);
    person
        .unwrap_or_else(|| panic!("no {name}: {status:#?}"))
        .user
        .clone()
}
