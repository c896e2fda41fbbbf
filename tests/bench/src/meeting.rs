//! One case from start to end: the same others stay in the call, and the measured
//! participant is first a room, then Element Call.

use std::path::Path;
use std::time::Duration;

use salle_peers::{ElementCall, Peer, PeerOptions, Tone, media};
use salle_scenarios::{Error, Room, RoomOptions, Scene, SceneOptions};

use crate::case::Case;
use crate::measured::{self, Joined, Stretch};

type Result<T, E = Error> = std::result::Result<T, E>;

const LIMIT: Duration = Duration::from_secs(60);
/// Who is met, who is measured, and the crowd.
const PEOPLE: [&str; 5] = ["alice", "bob", "carl", "dora", "emil"];
const TONE: Tone = Tone { hz: 440 };
/// What a room logs as it is delivered.
const LOG: &str = "info";

/// What came out.
#[derive(Debug)]
pub struct Outcome {
    pub case: Case,
    pub room_joins: Vec<Joined>,
    /// The stage is not drawn: no screen.
    pub room_blind: Stretch,
    /// The stage is drawn, and written to a file for want of a screen.
    pub room_drawn: Stretch,
    pub element_call_joins: Vec<Joined>,
    pub element_call: Stretch,
}

pub async fn hold(case: Case) -> Result<Outcome> {
    let names = PEOPLE.into_iter().take(case.crowd() + 2).collect();
    let scene = Scene::start(SceneOptions {
        people: names,
        ..SceneOptions::default()
    })
    .await?;
    let meeting = Meeting::begin(scene, case).await?;
    let outcome = meeting.measure().await?;
    meeting.end().await?;
    Ok(outcome)
}

struct Meeting {
    scene: Scene,
    case: Case,
    met: Peer,
    crowd: Vec<Room>,
}

impl Meeting {
    /// Everybody is in the call but the one who is measured.
    async fn begin(scene: Scene, case: Case) -> Result<Self> {
        let met = ElementCall::join(peer_options(&scene, case, 0)).await?;
        let mut crowd = Vec::new();
        for person in scene.people.iter().skip(2) {
            let options = RoomOptions::new(person);
            let options = room_options(options, case.of_the_crowd(), "none").await?;
            let room = Room::start(options).await?;
            room.join(&scene.room_id).await?;
            crowd.push(room);
        }
        let meeting = Self {
            scene,
            case,
            met,
            crowd,
        };
        meeting.others_only().await?;
        Ok(meeting)
    }

    async fn measure(&self) -> Result<Outcome> {
        let (room_joins, room_blind) = self.room(self.case.joins, "none").await?;
        let folder = tempfile::tempdir().map_err(|cause| Error::File {
            path: std::env::temp_dir(),
            cause,
        })?;
        let file = format!("file:{}", folder.path().join("stage.mkv").display());
        let (_, room_drawn) = self.room(1, &file).await?;
        let (element_call_joins, element_call) = self.element_call().await?;
        Ok(Outcome {
            case: self.case,
            room_joins,
            room_blind,
            room_drawn,
            element_call_joins,
            element_call,
        })
    }

    /// Joins `joins` times and measures the last of these calls.
    async fn room(&self, joins: usize, stage: &str) -> Result<(Vec<Joined>, Stretch)> {
        let options = room_options(self.scene.room_options(), self.case, stage).await?;
        let mut room = measured::waiting_room(options).await?;
        let mut joined = Vec::new();
        for attempt in 1..=joins {
            joined.push(measured::join_room(&room, &self.scene.room_id).await?);
            if attempt < joins {
                self.everybody().await?;
                room.leave(LIMIT).await?;
                self.others_only().await?;
            }
        }
        let stretch = measured::room_stretch(&room).await?;
        room.leave(LIMIT).await?;
        room.terminate().await?;
        self.others_only().await?;
        Ok((joined, stretch))
    }

    async fn element_call(&self) -> Result<(Vec<Joined>, Stretch)> {
        let mut joined = Vec::new();
        let mut stretch = Stretch::default();
        for attempt in 1..=self.case.joins {
            let options = peer_options(&self.scene, self.case, 1);
            let (peer, times) = measured::join_element_call(options).await?;
            joined.push(times);
            self.everybody().await?;
            if attempt == self.case.joins {
                stretch = measured::element_call_stretch(&peer).await?;
            }
            peer.leave().await?;
            self.others_only().await?;
        }
        Ok((joined, stretch))
    }

    async fn everybody(&self) -> Result<()> {
        self.count(self.case.people).await
    }

    async fn others_only(&self) -> Result<()> {
        self.count(self.case.people - 1).await
    }

    /// Until the Element Call that stays knows of so many members, itself among them.
    async fn count(&self, members: usize) -> Result<()> {
        let what = format!("{members} members");
        let counted = self
            .met
            .wait_until(&what, |seen| seen.members.len() == members, LIMIT);
        counted.await?;
        Ok(())
    }

    async fn end(self) -> Result<()> {
        drop(self.met);
        for mut room in self.crowd {
            room.terminate().await?;
        }
        self.scene.stack.stop().await?;
        Ok(())
    }
}

fn peer_options(scene: &Scene, case: Case, person: usize) -> PeerOptions {
    let mut options = scene.peer_options(person, TONE.hz);
    options.camera = Some(case.picture());
    options.counts_only = true;
    options
}

async fn room_options(mut options: RoomOptions, case: Case, stage: &str) -> Result<RoomOptions> {
    let folder = media::folder().await?;
    let camera = media::camera_file(&folder, case.picture())?;
    let microphone = media::microphone_file(&folder, TONE)?;
    options.log = LOG.to_owned();
    options
        .camera_file(Path::new(&camera))
        .microphone_file(Path::new(&microphone))
        .set("simulation", "stage", stage)
        .set("video", "width", case.width)
        .set("video", "height", case.height)
        .set("video", "frames_per_second", case.frames_per_second)
        .set("video", "layers", i64::from(case.layers));
    Ok(options)
}
