//! One site: it starts, does what an operator expects of it, and leaves nothing behind.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests state what they expect"
)]

mod support;

use std::path::Path;

use salle_stack::{Grants, Options, RateLimits, RoomOptions, Stack, sfu_room_name};
use serde_json::json;
use support::{enter, until};

fn is_running(id: u32) -> bool {
    Path::new(&format!("/proc/{id}")).exists()
}

#[tokio::test]
async fn a_stopped_stack_leaves_no_process_and_no_file() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let ids = stack.site(0).process_ids().await;
    let directory = stack.site(0).directory().to_owned();
    assert_eq!(ids.len(), 2);
    assert!(ids.iter().all(|id| is_running(*id)));
    stack.stop().await.unwrap();
    assert!(!ids.iter().any(|id| is_running(*id)));
    assert!(!directory.exists());
}

#[tokio::test]
async fn a_dropped_stack_leaves_no_process_and_no_file() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let ids = stack.site(0).process_ids().await;
    let directory = stack.site(0).directory().to_owned();
    drop(stack);
    assert!(!ids.iter().any(|id| is_running(*id)));
    assert!(!directory.exists());
}

#[tokio::test]
async fn nothing_listens_but_on_loopback() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let mut processes = stack.site(0).process_ids().await;
    // The authorization service listens in this process.
    processes.push(std::process::id());
    for process in processes {
        let open = support::sockets::listening(process);
        assert!(!open.is_empty());
        // 127.0.0.1 in the byte order of the kernel's table.
        assert!(open.iter().all(|address| address == "0100007F"), "{open:?}");
    }
}

/// Not a test: what the next one runs as a process of its own and kills.
#[tokio::test]
#[ignore = "a part of the next test"]
async fn a_stack_that_waits_to_be_killed() {
    let Some(report) = std::env::var_os("STACK_REPORT") else {
        return;
    };
    let stack = Stack::start(Options::default()).await.unwrap();
    let ids = stack.site(0).process_ids().await;
    let ids: Vec<String> = ids.iter().map(u32::to_string).collect();
    std::fs::write(report, ids.join(" ") + "\n").unwrap();
    std::future::pending::<()>().await;
}

#[tokio::test]
async fn servers_end_even_when_the_test_is_killed() {
    let directory = tempfile::tempdir().unwrap();
    let report = directory.path().join("ids");
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--ignored", "--exact", "a_stack_that_waits_to_be_killed"])
        .env("STACK_REPORT", &report)
        // Its own directories are left behind when it is killed; these go with the test.
        .env("TMPDIR", directory.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let read = || std::fs::read_to_string(&report).unwrap_or_default();
    until("the stack of the child", || async {
        read().ends_with('\n')
    })
    .await;
    let ids: Vec<u32> = read()
        .split_whitespace()
        .map(|id| id.parse().unwrap())
        .collect();
    assert_eq!(ids.len(), 2);
    child.kill().unwrap();
    child.wait().unwrap();
    until("the end of the servers", || async {
        !ids.iter().any(|id| is_running(*id))
    })
    .await;
}

#[tokio::test]
async fn synapses_own_limits_are_those_of_an_ordinary_server() {
    let options = Options {
        rate_limits: RateLimits::Default,
        ..Options::default()
    };
    let stack = Stack::start(options).await.unwrap();
    let alice = stack.site(0).register("alice", "secret").await.unwrap();
    let room = alice.create_room(RoomOptions::default()).await.unwrap();
    let content = json!({"body": "x", "msgtype": "m.text"});
    let mut refused = None;
    for _ in 0..40 {
        if let Err(error) = alice.send_event(&room, "m.room.message", &content).await {
            refused = Some(error);
            break;
        }
    }
    let refused = refused.expect("a limit within 40 messages");
    assert_eq!(refused.refusal(), Some((429, "M_LIMIT_EXCEEDED")));
}

#[tokio::test]
async fn people_meet_in_a_room_that_allows_calls() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let alice = site.register("alice", "secret").await.unwrap();
    let bob = site.register("bob", "secret").await.unwrap();
    let options = RoomOptions {
        name: Some("Lobby".into()),
        invite: vec![bob.user_id.clone()],
        alias: Some("lobby".into()),
        ..RoomOptions::default()
    };
    let room = alice.create_room(options).await.unwrap();
    let alias = format!("#lobby:{}", site.server_name());
    assert_eq!(bob.join(&alias).await.unwrap(), room);

    let members = alice.members(&room).await.unwrap();
    assert!(
        members
            .iter()
            .any(|m| m.user_id == bob.user_id && m.membership == "join")
    );
    let encryption = bob.state(&room, "m.room.encryption", "").await.unwrap();
    assert!(encryption.is_some());

    let key = format!("_{}_{}_m.call", bob.user_id, bob.device_id);
    let content = json!({"application": "m.call", "call_id": "", "device_id": bob.device_id});
    bob.send_state(&room, support::MEMBER, &key, &content)
        .await
        .unwrap();
    let in_call = alice.call_members(&room).await.unwrap();
    assert_eq!(in_call, [(key.clone(), content)]);
    bob.send_state(&room, support::MEMBER, &key, &json!({}))
        .await
        .unwrap();
    assert_eq!(alice.call_members(&room).await.unwrap(), []);
}

#[tokio::test]
async fn a_room_without_the_power_level_refuses_calls_of_ordinary_members() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let alice = site.register("alice", "secret").await.unwrap();
    let bob = site.register("bob", "secret").await.unwrap();
    let options = RoomOptions {
        invite: vec![bob.user_id.clone()],
        call_member_level: None,
        ..RoomOptions::default()
    };
    let room = alice.create_room(options).await.unwrap();
    bob.join(&room).await.unwrap();
    let key = format!("_{}_{}_m.call", bob.user_id, bob.device_id);
    let refused = bob
        .send_state(&room, support::MEMBER, &key, &json!({}))
        .await
        .unwrap_err();
    assert_eq!(refused.refusal(), Some((403, "M_FORBIDDEN")));
}

#[tokio::test]
async fn the_homeserver_announces_what_the_options_say() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let features = announced(&stack).await;
    for feature in [
        "org.matrix.msc4140",
        "org.matrix.msc4143",
        "org.matrix.msc4354",
    ] {
        assert_eq!(features[feature], true, "{feature}");
    }
    let site = stack.site(0);
    let alice = site.register("alice", "secret").await.unwrap();
    let path = "/_matrix/client/unstable/org.matrix.msc4143/rtc/transports";
    let found = alice
        .request(reqwest::Method::GET, path, None)
        .await
        .unwrap();
    let url = found["rtc_transports"][0]["livekit_service_url"].as_str();
    assert_eq!(url, Some(site.service_url()));

    let bare = Options {
        sticky: false,
        transports: false,
        longest_delay: None,
        ..Options::default()
    };
    let stack = Stack::start(bare).await.unwrap();
    let features = announced(&stack).await;
    for feature in [
        "org.matrix.msc4140",
        "org.matrix.msc4143",
        "org.matrix.msc4354",
    ] {
        assert_ne!(features[feature], true, "{feature}");
    }
}

async fn announced(stack: &Stack) -> serde_json::Value {
    let url = format!("{}/_matrix/client/versions", stack.site(0).homeserver_url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let versions: serde_json::Value = client.get(url).send().await.unwrap().json().await.unwrap();
    versions["unstable_features"].clone()
}

#[tokio::test]
async fn servers_come_back_at_the_same_address_with_what_they_knew() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let alice = site.register("alice", "secret").await.unwrap();
    let room = alice.create_room(RoomOptions::default()).await.unwrap();

    site.stop_homeserver().await.unwrap();
    assert!(alice.members(&room).await.is_err());
    site.start_homeserver().await.unwrap();
    assert_eq!(alice.members(&room).await.unwrap().len(), 1);

    site.sfu().create_room("one").await.unwrap();
    site.stop_sfu().await.unwrap();
    assert!(site.sfu().rooms().await.is_err());
    site.start_sfu().await.unwrap();
    assert_eq!(site.sfu().rooms().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn a_kept_directory_is_the_same_site_again() {
    let directory = tempfile::tempdir().unwrap();
    let options = || Options {
        directory: Some(directory.path().to_owned()),
        ..Options::default()
    };
    let stack = Stack::start(options()).await.unwrap();
    let name = stack.site(0).server_name().to_owned();
    let alice = stack.site(0).register("alice", "secret").await.unwrap();
    let room = alice.create_room(RoomOptions::default()).await.unwrap();
    stack.stop().await.unwrap();
    let stack = Stack::start(options()).await.unwrap();
    assert_eq!(stack.site(0).server_name(), name);
    let again = stack.site(0).login("alice", "secret").await.unwrap();
    assert_eq!(again.user_id, alice.user_id);
    assert_eq!(alice.members(&room).await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_sfu_makes_no_room_by_itself_and_throws_out_whom_it_is_told_to() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let room = sfu_room_name("!any");
    let token = site.mint_token(&room, "me", &Grants::default());
    assert_eq!(enter(site, &token).await.unwrap_err(), 404);

    site.sfu().create_room(&room).await.unwrap();
    assert_eq!(
        site.sfu().rooms().await.unwrap(),
        std::slice::from_ref(&room)
    );
    let _held = enter(site, &token).await.unwrap();
    until("me on the SFU", || async {
        site.participants("!any").await.unwrap().len() == 1
    })
    .await;
    assert_eq!(site.participants("!any").await.unwrap()[0].identity, "me");
    site.sfu().remove_participant(&room, "me").await.unwrap();
    until("me gone", || async {
        site.participants("!any").await.unwrap().is_empty()
    })
    .await;

    let _held = enter(site, &token).await.unwrap();
    site.stop_sfu().await.unwrap();
    let log = std::fs::read_to_string(site.directory().join("livekit.log")).unwrap();
    assert!(
        log.contains("SERVER_SHUTDOWN") || log.contains("exit requested"),
        "{log}"
    );
}
