//! How a room's session begins, and what it says when it cannot.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]
#![recursion_limit = "512"]

mod matrix;

use room_matrix::{Login, MatrixFact, OpenError};
use room_messages::Token;
use salle_stack::{Options, Stack};

use crate::matrix::{online, open, options};

async fn verified(room: &mut matrix::Room) -> bool {
    room.until("word on verification", |fact| match fact {
        MatrixFact::Verified(verified) => Some(*verified),
        _ => None,
    })
    .await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_signs_its_device_and_is_the_same_device_after_a_restart() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let account = stack.site(0).register("room", "secret").await.unwrap();
    let state = tempfile::tempdir().unwrap();

    let mut first = online(&account, state.path()).await;
    assert!(verified(&mut first).await);
    assert!(first.session.verified().await);
    let device = first.device();
    assert_eq!(device.0, account.user_id);
    drop(first);

    let mut second = online(&account, state.path()).await;
    assert_eq!(second.device(), device);
    assert!(verified(&mut second).await);
    drop(second);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stored_session_opens_while_the_homeserver_is_away() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let account = site.register("room", "secret").await.unwrap();
    let state = tempfile::tempdir().unwrap();
    drop(online(&account, state.path()).await);
    site.stop_homeserver().await.unwrap();

    let mut room = open(options(&account, state.path())).await.unwrap();
    let offline = |fact: &MatrixFact| matches!(fact, MatrixFact::Offline { .. }).then_some(());
    room.until("word of the outage", offline).await;
    site.start_homeserver().await.unwrap();
    let online = |fact: &MatrixFact| matches!(fact, MatrixFact::Online).then_some(());
    room.until("word of its end", online).await;
    drop(room);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn every_way_a_login_fails_has_its_own_error() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let account = site.register("room", "secret").await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let good = options(&account, state.path());

    let mut wrong = good.clone();
    wrong.login = Login::Password(Token::new("wrong".into()));
    assert!(matches!(
        open(wrong).await.err(),
        Some(OpenError::WrongPassword)
    ));

    let mut expired = good.clone();
    expired.login = Login::AccessToken(Token::new("syt_expired".into()));
    assert!(matches!(
        open(expired).await.err(),
        Some(OpenError::UnknownToken)
    ));

    let mut nobody = good.clone();
    nobody.homeserver = "http://127.0.0.1:9".parse().unwrap();
    assert!(matches!(
        open(nobody).await.err(),
        Some(OpenError::Unreachable(_))
    ));

    let mut other = good.clone();
    other.homeserver = site.sfu_url().replacen("ws", "http", 1).parse().unwrap();
    assert!(matches!(
        open(other).await.err(),
        Some(OpenError::NotAHomeserver(_))
    ));

    let mut stranger = good.clone();
    stranger.user = "@somebody:else".into();
    stranger.login = Login::AccessToken(Token::new(account.access_token.clone()));
    assert!(matches!(
        open(stranger).await.err(),
        Some(OpenError::OtherUser)
    ));

    let running = open(good.clone()).await.unwrap();
    assert!(matches!(open(good).await.err(), Some(OpenError::Locked)));
    drop(running);
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_session_ended_elsewhere_is_told_and_a_password_makes_a_new_device() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let account = stack.site(0).register("room", "secret").await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut room = online(&account, state.path()).await;
    let device = room.device();

    // What an administrator does: all devices of the account are logged out.
    let path = "/_matrix/client/v3/logout/all";
    account
        .request(reqwest::Method::POST, path, Some(&serde_json::json!({})))
        .await
        .unwrap();
    let logged_out = |fact: &MatrixFact| matches!(fact, MatrixFact::LoggedOut).then_some(());
    room.until("word of the logout", logged_out).await;
    drop(room);

    let again = online(&account, state.path()).await;
    assert_ne!(again.device(), device);
    drop(again);
    stack.stop().await.unwrap();
}

/// Secret storage of an account that another client has set up; its recovery key.
async fn set_up_recovery(account: &salle_stack::Account) -> String {
    let client = matrix_sdk::Client::builder()
        .homeserver_url(&account.homeserver_url)
        .build()
        .await
        .unwrap();
    let login = client.matrix_auth();
    login
        .login_username(&account.user_id, &account.password)
        .send()
        .await
        .unwrap();
    client
        .sync_once(matrix_sdk::config::SyncSettings::new())
        .await
        .unwrap();
    client
        .encryption()
        .bootstrap_cross_signing(None)
        .await
        .unwrap();
    client.encryption().recovery().enable().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_recovery_key_signs_the_device_of_an_account_others_set_up() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let account = stack.site(0).register("room", "secret").await.unwrap();
    let key = Box::pin(set_up_recovery(&account)).await;
    let states = [tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap()];

    let mut without = online(&account, states[0].path()).await;
    assert!(!verified(&mut without).await);

    let mut with = options(&account, states[1].path());
    with.recovery_key = Some(Token::new(key));
    let mut with = open(with).await.unwrap();
    assert!(verified(&mut with).await);
    drop((without, with));
    stack.stop().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_homeserver_that_falls_silent_is_told_like_one_that_is_gone() {
    let stack = Stack::start(Options::default()).await.unwrap();
    let site = stack.site(0);
    let account = site.register("room", "secret").await.unwrap();
    let state = tempfile::tempdir().unwrap();
    let mut room = online(&account, state.path()).await;
    site.freeze_homeserver().await.unwrap();
    let offline = |fact: &MatrixFact| matches!(fact, MatrixFact::Offline { .. }).then_some(());
    room.until("word of the silence", offline).await;
    site.unfreeze_homeserver().await.unwrap();
    let online = |fact: &MatrixFact| matches!(fact, MatrixFact::Online).then_some(());
    room.until("word of its end", online).await;
    drop(room);
    stack.stop().await.unwrap();
}
