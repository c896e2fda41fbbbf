//! The demo as a person runs it: by itself to its report, and at a terminal until Ctrl-C.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use reqwest::{Client, Url};
use salle_peers::processes;
use salle_scenarios::binary;
use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{ChildStdout, Command};
use tokio::time::{Instant, sleep, timeout};

const DEMO: &str = env!("CARGO_BIN_EXE_demo");
/// Longer than all the limits of the demo itself.
const LIMIT: Duration = Duration::from_secs(400);
const MEMBER: &str = "org.matrix.msc3401.call.member";

/// `program`, told where the daemons are.
fn command(program: &str) -> Command {
    let roomd = binary("roomd").unwrap();
    let mut command = Command::new(program);
    command
        .env("SALLE_BIN_DIR", roomd.parent().unwrap())
        .kill_on_drop(true);
    command
}

#[tokio::test(flavor = "multi_thread")]
async fn by_itself_the_demo_reports_who_saw_and_heard_whom_encrypted_how() {
    let run = command(DEMO).arg("--headless").output();
    let output = timeout(LIMIT, run).await.unwrap().unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let errors = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}{errors}");
    for part in [
        "Element Call saw the room       1280x720",
        "tracks as the SFU lists them    GCM, GCM, GCM, GCM",
        "the call, as the room shows it  encrypted",
        "The room has left the call; everything is stopped.",
    ] {
        assert!(said.contains(part), "no `{part}` in {said}{errors}");
    }
    for (who, hz) in [
        ("Element Call heard the room", 440.0),
        ("the room heard Element Call", 1000.0),
    ] {
        let mut lines = said.lines();
        let line = lines.find(|line| line.contains(who)).unwrap();
        let tone = line.split("a tone of ").nth(1);
        let tone = tone.and_then(|rest| rest.trim_end_matches(" Hz").parse::<f64>().ok());
        assert!(tone.is_some_and(|tone| (tone - hz).abs() < 25.0), "{line}");
    }
}

/// Reads on until a line has `part`.
async fn line_with(lines: &mut Lines<BufReader<ChildStdout>>, part: &str) -> String {
    let mut said = String::new();
    while let Some(line) = timeout(LIMIT, lines.next_line()).await.unwrap().unwrap() {
        if line.contains(part) {
            return line.trim().to_owned();
        }
        said.push_str(&line);
        said.push('\n');
    }
    panic!("it ended without `{part}`: {said}");
}

#[tokio::test(flavor = "multi_thread")]
async fn ctrl_c_at_the_terminal_leaves_the_call_and_ends_every_process() {
    // A terminal of its own, whose keyboard is our end of the pipe.
    let mut terminal = command("script")
        .args(["-qefc", &format!("exec {DEMO}"), "/dev/null"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = BufReader::new(terminal.stdout.take().unwrap()).lines();
    let link = line_with(&mut lines, "index.html#").await;
    let guest = Guest::from_link(&link).await;
    assert!(guest.sees_the_room_in_the_call().await);
    let since = guest.sync(None).await["next_batch"].clone();
    let left = tokio::spawn(guest.until_the_room_leaves(since.as_str().unwrap().to_owned()));
    let processes = processes::tree(terminal.id().unwrap());
    let names: Vec<String> = processes.iter().filter_map(|pid| name_of(*pid)).collect();
    for daemon in ["demo", "roomd", "mediad", "server"] {
        assert!(names.iter().any(|name| name == daemon), "{names:?}");
    }

    let keyboard = terminal.stdin.as_mut().unwrap();
    keyboard.write_all(b"\x03").await.unwrap();
    keyboard.flush().await.unwrap();
    line_with(&mut lines, "Leaving the call").await;
    line_with(
        &mut lines,
        "The room has left the call; everything is stopped.",
    )
    .await;
    let status = timeout(LIMIT, terminal.wait()).await.unwrap().unwrap();
    assert_eq!(status.code(), Some(0));
    assert!(
        left.await.unwrap(),
        "the homeserver ended before the room had left"
    );
    all_gone(&processes).await;
}

fn name_of(pid: u32) -> Option<String> {
    let name = std::fs::read_to_string(format!("/proc/{pid}/comm")).ok()?;
    Some(name.trim().to_owned())
}

async fn all_gone(processes: &[u32]) {
    let end = Instant::now() + LIMIT;
    let is_there = |pid: &&u32| Path::new(&format!("/proc/{pid}")).exists();
    while let Some(pid) = processes.iter().find(is_there) {
        assert!(Instant::now() < end, "{:?} is still there", name_of(*pid));
        sleep(Duration::from_millis(50)).await;
    }
}

/// The person the link is for, without a browser.
struct Guest {
    http: Client,
    homeserver: Url,
    token: String,
    room: String,
}

impl Guest {
    async fn from_link(link: &str) -> Self {
        let fragment = Url::parse(link).unwrap().fragment().unwrap().to_owned();
        let pairs = Url::parse(&format!("http://link/?{fragment}")).unwrap();
        let given = |name: &str| {
            let mut pairs = pairs.query_pairs();
            pairs.find(|(key, _)| key == name).unwrap().1.into_owned()
        };
        let http = Client::builder().no_proxy().build().unwrap();
        let homeserver = Url::parse(&given("homeserver")).unwrap();
        let login = json!({
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": given("user")},
            "password": given("password"),
        });
        let url = homeserver.join("/_matrix/client/v3/login").unwrap();
        let answer = http.post(url).json(&login).send().await.unwrap();
        let answer: Value = answer.json().await.unwrap();
        Self {
            http,
            homeserver,
            token: answer["access_token"].as_str().unwrap().to_owned(),
            room: given("room"),
        }
    }

    async fn sees_the_room_in_the_call(&self) -> bool {
        let mut url = self.homeserver.clone();
        url.path_segments_mut()
            .unwrap()
            .extend(["_matrix", "client", "v3", "rooms", &self.room, "state"]);
        let answer = self.http.get(url).bearer_auth(&self.token).send().await;
        let state: Vec<Value> = answer.unwrap().json().await.unwrap();
        state
            .iter()
            .any(|event| event["type"] == MEMBER && event["content"] != json!({}))
    }

    /// What is new since `since`; null when the homeserver is gone.
    async fn sync(&self, since: Option<&str>) -> Value {
        let mut url = self.homeserver.join("/_matrix/client/v3/sync").unwrap();
        if let Some(since) = since {
            url.query_pairs_mut()
                .append_pair("since", since)
                .append_pair("timeout", "60000");
        }
        match self.http.get(url).bearer_auth(&self.token).send().await {
            Ok(answer) => answer.json().await.unwrap_or_default(),
            Err(_) => Value::Null,
        }
    }

    /// Whether the room's membership of the call ends before the homeserver does.
    async fn until_the_room_leaves(self, mut since: String) -> bool {
        loop {
            let news = self.sync(Some(&since)).await;
            let Some(next) = news["next_batch"].as_str() else {
                return false;
            };
            next.clone_into(&mut since);
            let room = &news["rooms"]["join"][&self.room];
            let timeline = room["timeline"]["events"].as_array();
            let gone = |event: &Value| event["type"] == MEMBER && event["content"] == json!({});
            if timeline.is_some_and(|events| events.iter().any(gone)) {
                return true;
            }
        }
    }
}
