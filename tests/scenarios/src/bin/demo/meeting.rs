//! The scene of the demo: a stack, the room in its call, and a person invited.

use std::path::PathBuf;
use std::time::Duration;

use room_messages::api::{Phase, Status};
use salle_peers::{Mode, PageLink, Pages};
use salle_scenarios::{Error, Room, Scene, SceneOptions};

const LEAVE_LIMIT: Duration = Duration::from_secs(10);
const PICTURE_EVERY: Duration = Duration::from_secs(3);

/// See the module. Everything ends when it is dropped.
pub struct Meeting {
    pub scene: Scene,
    pub room: Room,
}

impl Meeting {
    /// Starts all and has the room join.
    pub async fn start() -> Result<Self, Error> {
        println!("Starting a homeserver, an SFU and an authorization service on this machine …");
        let scene = Scene::start(SceneOptions {
            people: vec!["alice"],
            ..SceneOptions::default()
        })
        .await?;
        println!("Starting the room …");
        let mut options = scene.room_options();
        options
            .set("video", "width", 1280)
            .set("video", "height", 720)
            .set("video", "layers", 3);
        options.log = "warn".to_owned();
        let room = Room::start(options).await?;
        println!("The room joins the call …");
        room.join(&scene.room_id).await?;
        Ok(Self { scene, room })
    }

    /// A link for a person, and the pages behind it.
    pub async fn link(&self) -> Result<(String, Pages), Error> {
        let pages = Pages::start(None).await?;
        let alice = self.scene.people.first().unwrap_or(&self.scene.account);
        let link = pages.link(&PageLink {
            homeserver_url: &alice.homeserver_url,
            user: &alice.user_id,
            password: &alice.password,
            room: &self.scene.room_id,
            title: "Salle",
            display_name: Some("Alice"),
            mode: Mode::Compatibility,
            more: Vec::new(),
        });
        Ok((link, pages))
    }

    /// Where the stage's picture is kept when there is no window.
    pub fn stage_file(&self) -> PathBuf {
        std::env::temp_dir().join("salle-stage.png")
    }

    /// Where the headless demo keeps a picture of Element Call.
    pub fn browser_file(&self) -> PathBuf {
        std::env::temp_dir().join("salle-element-call.png")
    }

    /// Whether the stage opened a window of its own.
    pub fn has_window(&self) -> bool {
        ["WAYLAND_DISPLAY", "DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    }

    /// Prints who comes and goes, and keeps the picture fresh.
    pub async fn tell_changes(&mut self) -> Result<(), Error> {
        let mut told = String::new();
        loop {
            let now = line(&self.room.status().await?);
            if now != told {
                println!("{now}");
                told = now;
            }
            if !self.has_window() {
                let picture = self.room.stage().await?;
                let path = self.stage_file();
                std::fs::write(&path, picture).map_err(|cause| Error::File { path, cause })?;
            }
            tokio::time::sleep(PICTURE_EVERY).await;
        }
    }

    /// Leaves the call and stops everything.
    pub async fn end(self) -> Result<(), Error> {
        let Self { scene, mut room } = self;
        room.leave(LEAVE_LIMIT).await?;
        room.terminate().await?;
        scene.stack.stop().await?;
        Ok(())
    }
}

fn line(status: &Status) -> String {
    let phase = match status.call.phase {
        Phase::InCall => "in the call",
        Phase::Reconnecting => "reconnecting",
        _ => "not in the call",
    };
    let names: Vec<&str> = status
        .call
        .participants
        .iter()
        .map(|p| p.name.as_str())
        .collect();
    let with = if names.is_empty() {
        "nobody yet".to_owned()
    } else {
        names.join(", ")
    };
    let level = serde_json::to_string(&status.call.security.level).unwrap_or_default();
    format!(
        "room: {phase} · with: {with} · security: {}",
        level.trim_matches('"')
    )
}
