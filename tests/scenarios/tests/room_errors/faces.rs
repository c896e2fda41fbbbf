//! The faces on which a room says what is wrong: its status, its stage, and `roomctl` with its
//! exit code.
//!
//! Every case is looked at twice, by a room that speaks English and one that speaks French:
//! [`Rooms`]. `roomctl` is not told a language, so it speaks that of its room.

use std::process::Output;
use std::time::Duration;

use room_messages::api::{Homeserver, Language, Phase, Problem, Status};
use salle_scenarios::{Room, RoomOptions, Scene, binary};

pub const LIMIT: Duration = Duration::from_secs(60);
const LANGUAGES: [Language; 2] = [Language::En, Language::Fr];

/// The same room in English and in French.
pub struct Rooms {
    pub en: Room,
    pub fr: Room,
}

impl Rooms {
    /// Starts both: one with the account of the scene's room, one with that of its last person.
    pub async fn start(scene: &Scene, change: impl Fn(&mut RoomOptions)) -> Self {
        let mut en = scene.room_options();
        let mut fr = RoomOptions::new(scene.people.last().unwrap());
        change(&mut en);
        change(&mut fr);
        fr.set("room", "language", "fr");
        let (en, fr) = tokio::join!(Room::start(en), Room::start(fr));
        Self {
            en: en.unwrap(),
            fr: fr.unwrap(),
        }
    }

    /// Looks at both at the same time, each with its language.
    pub async fn each<'a, T, F: Future<Output = T>>(
        &'a self,
        look: impl Fn(&'a Room, Language) -> F,
    ) -> [T; 2] {
        let [en, fr] = LANGUAGES;
        let (en, fr) = tokio::join!(look(&self.en, en), look(&self.fr, fr));
        [en, fr]
    }

    pub async fn online(&self) {
        self.each(|room, _| online(room)).await;
    }

    /// Both join, and nothing stands against it.
    pub async fn join(&self, target: &str) {
        self.each(|room, _| async move {
            let status = room.join(target).await.unwrap();
            assert_eq!(status.call.phase, Phase::InCall);
        })
        .await;
    }

    /// A join that is refused with this code, on every face; what is named is `named`.
    pub async fn refuse(&self, target: &str, code: &str, named: &str) {
        self.each(|room, language| async move {
            let problem = refused_join(room, language, target).await;
            assert_eq!(problem.code, code, "{target}");
            assert_names(&problem, named);
        })
        .await;
    }

    /// A fault with this code is on every face; nothing is joined meanwhile.
    pub async fn have_fault(&self, code: &str, named: &str) {
        self.each(|room, language| async move {
            let problem = fault(room, code).await;
            assert_names(&problem, named);
            stage_says(room, language, &problem).await;
            let said = roomctl(room, &["status"]).await;
            assert!(said.status.success());
            assert_says(&said.stdout, language, &problem);
        })
        .await;
    }

    /// As [`Rooms::have_fault`], and it stands against a call.
    pub async fn are_stopped_by(&self, code: &str, named: &str) {
        self.have_fault(code, named).await;
        self.refuse("!anything:example.org", code, named).await;
    }
}

pub async fn online(room: &Room) {
    let online = |status: &Status| status.room.homeserver == Homeserver::Online;
    room.wait_until("online", online, LIMIT).await.unwrap();
}

/// Waits until the status has a fault with this code.
pub async fn fault(room: &Room, code: &str) -> Problem {
    let has = |status: &Status| status.faults.iter().any(|fault| fault.code == code);
    let status = room.wait_until(code, has, LIMIT).await.unwrap();
    let mut faults = status.faults.into_iter();
    faults.find(|fault| fault.code == code).unwrap()
}

/// Joins with `roomctl`, which must fail, and looks at every face.
async fn refused_join(room: &Room, language: Language, target: &str) -> Problem {
    let output = roomctl(room, &["join", "--wait", target]).await;
    let status = room.status().await.unwrap();
    let problem = status.call.problem.clone().unwrap();
    assert_eq!(output.status.code(), Some(1), "{target}: {problem}");
    assert_says(&output.stderr, language, &problem);
    assert_eq!(status.call.phase, Phase::Failed, "{target}");
    let said = roomctl(room, &["status"]).await;
    assert_says(&said.stdout, language, &problem);
    stage_says(room, language, &problem).await;
    problem
}

/// The thing concerned, in both languages, and a next step.
fn assert_names(problem: &Problem, named: &str) {
    let (what, next) = (&problem.what, &problem.next);
    assert!(
        what.en.contains(named) && what.fr.contains(named),
        "{what:?}"
    );
    assert!(what.en != what.fr && next.en != next.fr, "{problem:?}");
    assert!(!next.en.is_empty() && !next.fr.is_empty(), "{problem:?}");
}

/// Code, problem and next step, in this language.
fn assert_says(output: &[u8], language: Language, problem: &Problem) {
    let said = String::from_utf8_lossy(output);
    let (what, next) = (&problem.what, &problem.next);
    for part in [
        problem.code.as_str(),
        what.in_language(language),
        next.in_language(language),
    ] {
        assert!(said.contains(part), "no `{part}` in {said}");
    }
}

pub async fn roomctl(room: &Room, arguments: &[&str]) -> Output {
    tokio::process::Command::new(binary("roomctl").unwrap())
        .arg("--runtime")
        .arg(room.runtime_directory())
        .args(arguments)
        .output()
        .await
        .unwrap()
}

/// Waits until the stage says what is wrong and what to do, in this language.
pub async fn stage_says(room: &Room, language: Language, problem: &Problem) {
    let text = |text: &room_messages::api::Text| plain(text.in_language(language));
    let (what, next) = (text(&problem.what), text(&problem.next));
    stage(room, &what, |said| {
        said.contains(&what) && said.contains(&next)
    })
    .await;
}

/// Waits until what the stage says is `right`.
pub async fn stage(room: &Room, what: &str, right: impl Fn(&str) -> bool) {
    let plainly = |said: &str| right(&plain(said));
    room.stage_until(what, plainly, LIMIT).await.unwrap();
}

/// With plain spaces: on the stage all spaces are alike.
fn plain(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
