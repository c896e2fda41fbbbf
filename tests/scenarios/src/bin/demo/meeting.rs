//! The scene of the demo: a stack, the room in its call, and a person invited.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::Duration;

use room_messages::api::{Phase, Status};
use salle_peers::{Mode, PageLink, Pages};
use salle_scenarios::{Error, Room, Scene, SceneOptions};

/// What the room sends, in pixels.
pub const PICTURE: (u32, u32) = (1280, 720);
const LEAVE_LIMIT: Duration = Duration::from_secs(30);
const PICTURE_EVERY: Duration = Duration::from_secs(3);

/// As much of it as is there yet. [`Meeting::end`] ends all of that; dropped, it ends at once,
/// without leaving the call.
#[derive(Default)]
pub struct Meeting {
    scene: Option<Scene>,
    room: Option<Room>,
}

/// Only before [`Meeting::start`] has succeeded.
fn not_there() -> Error {
    Error::Api("the meeting has not begun".to_owned())
}

impl Meeting {
    /// Starts all and has the room join.
    pub async fn start(&mut self) -> Result<(), Error> {
        println!("Starting a homeserver, an SFU and an authorization service on this machine …");
        let scene = Scene::start(SceneOptions {
            people: vec!["alice"],
            ..SceneOptions::default()
        })
        .await?;
        let scene = self.scene.insert(scene);
        println!("Starting the room …");
        let mut options = scene.room_options();
        options
            .set("video", "width", PICTURE.0)
            .set("video", "height", PICTURE.1)
            .set("video", "layers", 3);
        options.log = "warn".to_owned();
        let room = self.room.insert(Room::start(options).await?);
        println!("The room joins the call …");
        room.join(&scene.room_id).await?;
        Ok(())
    }

    pub fn scene(&self) -> Result<&Scene, Error> {
        self.scene.as_ref().ok_or_else(not_there)
    }

    pub fn room(&self) -> Result<&Room, Error> {
        self.room.as_ref().ok_or_else(not_there)
    }

    /// A link for a person, and the pages behind it.
    pub async fn link(&self) -> Result<(String, Pages), Error> {
        let scene = self.scene()?;
        let pages = Pages::start(None).await?;
        let alice = scene.people.first().unwrap_or(&scene.account);
        let link = pages.link(&PageLink {
            homeserver_url: &alice.homeserver_url,
            user: &alice.user_id,
            password: &alice.password,
            room: &scene.room_id,
            title: "Salle",
            display_name: Some("Alice"),
            mode: Mode::Compatibility,
            more: Vec::new(),
        });
        Ok((link, pages))
    }

    /// Where the stage's picture is kept.
    pub fn stage_file(&self) -> PathBuf {
        std::env::temp_dir().join("salle-stage.png")
    }

    /// Where the headless demo keeps a picture of Element Call.
    pub fn browser_file(&self) -> PathBuf {
        std::env::temp_dir().join("salle-element-call.png")
    }

    /// Whether this terminal belongs to a display; whether a window can be opened there, only
    /// `mediad` finds out.
    pub fn has_display(&self) -> bool {
        ["WAYLAND_DISPLAY", "DISPLAY"]
            .iter()
            .any(|name| std::env::var_os(name).is_some_and(|value| !value.is_empty()))
    }

    /// Prints who comes and goes, and keeps the picture fresh, until something fails.
    pub async fn tell_changes(&self) -> Result<Infallible, Error> {
        let room = self.room()?;
        let mut told = String::new();
        loop {
            let now = line(&room.status().await?);
            if now != told {
                println!("{now}");
                told = now;
            }
            keep(&self.stage_file(), &room.stage().await?)?;
            tokio::time::sleep(PICTURE_EVERY).await;
        }
    }

    /// Leaves the call and stops everything; whether there was a call to leave.
    pub async fn end(self) -> Result<bool, Error> {
        let left = match self.room {
            Some(room) => leave(room).await,
            None => Ok(false),
        };
        // Whatever became of the room, the servers are stopped.
        if let Some(scene) = self.scene {
            scene.stack.stop().await?;
        }
        left
    }
}

async fn leave(mut room: Room) -> Result<bool, Error> {
    let phase = room.status().await?.call.phase;
    let left = room.leave(LEAVE_LIMIT).await;
    // Also when it did not leave in time: the homeserver ends the membership by itself.
    room.terminate().await?;
    left?;
    Ok(!matches!(phase, Phase::Idle | Phase::Failed))
}

/// Writes a picture; who looks meanwhile sees the old one or the new one.
pub fn keep(path: &Path, picture: &[u8]) -> Result<(), Error> {
    let new = path.with_extension("new");
    let written = std::fs::write(&new, picture).and_then(|()| std::fs::rename(&new, path));
    written.map_err(|cause| Error::File {
        path: path.to_owned(),
        cause,
    })
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
