//! The signalling of `room-livekit` against a real LiveKit, without media.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "helpers of tests, which clippy.toml's exception does not cover"
)]

use std::future::Future;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use room_livekit::{
    Address, Command, Connection, Encryption, Event, Kind, Participant, Settings, State, connect,
};
use room_messages::{EndReason, Source, Token};
use salle_stack::{Grants, Options, Site, Stack};
use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Runtime;
use tokio::sync::{Mutex, MutexGuard, watch};
use tokio::time::timeout;

const PATIENCE: Duration = Duration::from_secs(60);

/// One stack for all tests of this file: starting it is the dear part.
fn run<F: Future<Output = ()>>(test: impl FnOnce(Arc<Site>) -> F) {
    static RUNTIME: OnceLock<Runtime> = OnceLock::new();
    static STACK: OnceLock<Stack> = OnceLock::new();
    let runtime = RUNTIME.get_or_init(|| Runtime::new().unwrap());
    let stack = STACK.get_or_init(|| runtime.block_on(Stack::start(Options::default())).unwrap());
    runtime.block_on(test(Arc::clone(stack.site(0))));
}

/// Held by the test that stops the SFU, and by nobody else meanwhile.
async fn sfu_to_myself() -> MutexGuard<'static, ()> {
    static TURN: Mutex<()> = Mutex::const_new(());
    TURN.lock().await
}

async fn fresh_room(site: &Site) -> String {
    let room = name();
    site.sfu().create_room(&room).await.unwrap();
    room
}

fn name() -> String {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    format!("room-{}", COUNT.fetch_add(1, Ordering::Relaxed))
}

fn token(site: &Site, room: &str, identity: &str) -> Token {
    Token::new(site.mint_token(room, identity, &Grants::default()))
}

fn join_at(address: &str, token: Token, publishing: bool) -> Connection {
    connect(Settings {
        address: Address::parse(address).unwrap(),
        token,
        publishing,
        resume: true,
    })
}

fn join(site: &Site, room: &str, identity: &str) -> Connection {
    join_at(site.sfu_url(), token(site, room, identity), true)
}

/// The first thing `pick` takes; panics when the connection ends before, or nothing comes.
async fn wait<T>(connection: &mut Connection, pick: impl Fn(Event) -> Option<T>) -> T {
    let found = timeout(PATIENCE, async {
        loop {
            let event = connection.next().await.expect("ended too early");
            if let Some(found) = pick(event) {
                return found;
            }
        }
    });
    found.await.expect("nothing of the kind came")
}

async fn joined(connection: &mut Connection) -> String {
    wait(connection, |event| match event {
        Event::Joined(session) => Some(session.sid),
        _ => None,
    })
    .await
}

async fn ended(connection: &mut Connection) -> EndReason {
    wait(connection, |event| match event {
        Event::Ended(reason) => Some(reason),
        _ => None,
    })
    .await
}

async fn others(connection: &mut Connection, wanted: impl Fn(&[Participant]) -> bool) {
    wait(connection, |event| match event {
        Event::Participants(list) if wanted(&list) => Some(()),
        _ => None,
    })
    .await;
}

fn microphone() -> Command {
    Command::AddTrack {
        cid: "mic".into(),
        source: Source::Microphone,
        kind: Kind::Audio,
        width: 0,
        height: 0,
        layers: Vec::new(),
        codec: String::new(),
        muted: false,
        encryption: Encryption::Gcm,
    }
}

#[test]
fn an_announced_track_is_taken_and_a_clean_leave_is_asked_for() {
    run(async |site| {
        let _turn = sfu_to_myself().await;
        let room = fresh_room(&site).await;
        let mut a = join(&site, &room, "a");
        joined(&mut a).await;
        a.send(microphone()).unwrap();
        let sid = wait(&mut a, |event| match event {
            Event::TrackPublished { cid, sid } if cid == "mic" => Some(sid),
            _ => None,
        })
        .await;
        assert!(sid.starts_with("TR_"));
        a.send(Command::Leave).unwrap();
        assert_eq!(ended(&mut a).await, EndReason::Asked);
        assert!(a.next().await.is_none());
    });
}

#[test]
fn others_are_seen_coming_and_going() {
    run(async |site| {
        let _turn = sfu_to_myself().await;
        let room = fresh_room(&site).await;
        let mut a = join(&site, &room, "a");
        joined(&mut a).await;
        let mut b = join(&site, &room, "b");
        joined(&mut b).await;
        others(&mut a, |list| list.len() == 1 && list[0].identity.0 == "b").await;
        drop(b);
        others(&mut a, <[_]>::is_empty).await;
    });
}

/// LiveKit keeps the session of a participant whose media never connected only if it is quick:
/// either way back is right, and either must lead to the others.
#[test]
fn a_cut_socket_is_resumed_or_joined_anew() {
    run(async |site| {
        let _turn = sfu_to_myself().await;
        let room = fresh_room(&site).await;
        let (address, cut) = cable(site.sfu_url()).await;
        let mut a = join_at(&address, token(&site, &room, "a"), true);
        joined(&mut a).await;
        cut.send_modify(|cuts| *cuts += 1);
        wait(&mut a, |event| {
            matches!(event, Event::ResumedRestartIce { .. } | Event::Restarted(_)).then_some(())
        })
        .await;
        let mut b = join(&site, &room, "b");
        joined(&mut b).await;
        others(&mut a, |list| list.len() == 1).await;
    });
}

#[test]
fn of_two_with_one_identity_the_newer_stays() {
    run(async |site| {
        let _turn = sfu_to_myself().await;
        let room = fresh_room(&site).await;
        let mut old = join(&site, &room, "a");
        joined(&mut old).await;
        let mut new = join(&site, &room, "a");
        joined(&mut new).await;
        assert_eq!(ended(&mut old).await, EndReason::DuplicateIdentity);
        new.send(microphone()).unwrap();
        wait(&mut new, |event| match event {
            Event::TrackPublished { .. } => Some(()),
            _ => None,
        })
        .await;
    });
}

#[test]
fn whoever_is_thrown_out_does_not_come_back() {
    run(async |site| {
        let _turn = sfu_to_myself().await;
        let room = fresh_room(&site).await;
        let mut a = join(&site, &room, "a");
        joined(&mut a).await;
        site.sfu().remove_participant(&room, "a").await.unwrap();
        assert_eq!(ended(&mut a).await, EndReason::Removed);
        let mut b = join(&site, &room, "b");
        joined(&mut b).await;
        site.sfu().delete_room(&room).await.unwrap();
        assert_eq!(ended(&mut b).await, EndReason::RoomClosed);
    });
}

#[test]
fn a_listener_waits_for_a_room_that_is_made_later_and_a_publisher_not_for_long() {
    run(async |site| {
        let _turn = sfu_to_myself().await;
        let room = name();
        let mut listener = join_at(site.sfu_url(), token(&site, &room, "l"), false);
        let mut publisher = join(&site, &room, "p");
        assert_eq!(ended(&mut publisher).await, EndReason::RoomMissing);
        site.sfu().create_room(&room).await.unwrap();
        joined(&mut listener).await;
    });
}

#[test]
fn a_token_of_somebody_else_is_not_allowed() {
    run(async |site| {
        let _turn = sfu_to_myself().await;
        let mut a = join_at(site.sfu_url(), Token::new("not.a.token".into()), true);
        assert_eq!(ended(&mut a).await, EndReason::NotAllowed);
    });
}

#[test]
fn an_sfu_that_was_restarted_is_joined_again_with_a_fresh_token() {
    run(async |site| {
        let _turn = sfu_to_myself().await;
        let room = fresh_room(&site).await;
        let mut a = join(&site, &room, "a");
        joined(&mut a).await;
        site.kill_sfu().await.unwrap();
        wait(&mut a, |event| {
            (event == Event::State(State::Reconnecting)).then_some(())
        })
        .await;
        site.start_sfu().await.unwrap();
        wait(&mut a, |event| (event == Event::TokenNeeded).then_some(())).await;
        site.sfu().create_room(&room).await.unwrap();
        a.send(Command::NewToken(token(&site, &room, "a"))).unwrap();
        wait(&mut a, |event| {
            matches!(event, Event::Restarted(_)).then_some(())
        })
        .await;
    });
}

/// Made 45 s ago for a second: LiveKit takes it for about a quarter of a minute more.
fn token_about_to_end(site: &Site, room: &str, identity: &str) -> Token {
    let grants = Grants {
        lifetime: Duration::from_secs(1),
        age: Duration::from_secs(45),
        ..Grants::default()
    };
    Token::new(site.mint_token(room, identity, &grants))
}

/// Waits until LiveKit takes no token any more that was made like this one.
async fn has_ended(site: &Site, room: &str, token: Token) {
    let refused = timeout(PATIENCE, async {
        loop {
            let mut other = join_at(site.sfu_url(), token.clone(), true);
            let let_in = timeout(PATIENCE, async {
                while let Some(event) = other.next().await {
                    match event {
                        Event::Joined(_) => return true,
                        Event::Ended(EndReason::NotAllowed) => return false,
                        _ => {}
                    }
                }
                panic!("neither in nor refused: {room}");
            });
            if !let_in.await.unwrap() {
                return;
            }
            drop(other);
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
    });
    refused.await.expect("the old token is good for ever");
}

/// LiveKit sends a fresh token when a session begins and every five minutes; the calls' own come
/// from the authorization service and last an hour.
#[test]
fn a_session_outlives_its_token_by_the_one_the_sfu_sent_and_asks_for_none() {
    run(async |site| {
        let _turn = sfu_to_myself().await;
        let room = fresh_room(&site).await;
        let mut a = join_at(site.sfu_url(), token_about_to_end(&site, &room, "a"), true);
        joined(&mut a).await;
        has_ended(&site, &room, token_about_to_end(&site, &room, "b")).await;
        a.send(Command::StartAgain).unwrap();
        wait(&mut a, |event| {
            assert!(event != Event::TokenNeeded, "the fresh token was not kept");
            matches!(event, Event::Restarted(_)).then_some(())
        })
        .await;
        a.send(microphone()).unwrap();
        wait(&mut a, |event| {
            matches!(event, Event::TrackPublished { .. }).then_some(())
        })
        .await;
    });
}

/// An address that leads to `target`, and the means to cut every connection through it.
async fn cable(target: &str) -> (String, watch::Sender<u32>) {
    let target = target.split("://").nth(1).unwrap().to_owned();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("ws://{}", listener.local_addr().unwrap());
    let (cut, cuts) = watch::channel(0);
    tokio::spawn(async move {
        while let Ok((mut near, _)) = listener.accept().await {
            let (target, mut cuts) = (target.clone(), cuts.clone());
            cuts.mark_unchanged();
            tokio::spawn(async move {
                let mut far = TcpStream::connect(target).await.unwrap();
                tokio::select! {
                    _ = tokio::io::copy_bidirectional(&mut near, &mut far) => {}
                    _ = cuts.changed() => {}
                }
            });
        }
    });
    (address, cut)
}
