//! The authorization service against a real homeserver and a real SFU.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "tests state what they expect"
)]

mod support;

use std::time::Duration;

use salle_stack::{
    Account, Fault, FullAccess, Options, RoomOptions, Stack, hashed_identity, sfu_room_name,
};
use serde_json::json;
use support::{MEMBER, enter, enter_and_be_seen, legacy_body, post, refusal, token_body, until};

async fn stack(options: Options) -> (Stack, Account, String) {
    let stack = Stack::start(options).await.unwrap();
    let alice = stack.site(0).register("alice", "secret").await.unwrap();
    let room = alice.create_room(RoomOptions::default()).await.unwrap();
    (stack, alice, room)
}

#[tokio::test]
async fn both_endpoints_let_their_user_into_the_same_room() {
    let (stack, alice, room) = stack(Options::default()).await;
    let site = stack.site(0);

    let (status, old) = post(site, "/sfu/get", &legacy_body(&alice, &room).await).await;
    assert_eq!((status, old["url"].as_str()), (200, Some(site.sfu_url())));
    assert_eq!(site.sfu().rooms().await.unwrap(), [sfu_room_name(&room)]);
    let (status, new) = post(site, "/get_token", &token_body(&alice, &room).await).await;
    assert_eq!(status, 200);

    let _old = enter(site, old["jwt"].as_str().unwrap()).await.unwrap();
    let _new = enter(site, new["jwt"].as_str().unwrap()).await.unwrap();
    until("both on the SFU", || async {
        site.participants(&room).await.unwrap().len() == 2
    })
    .await;
    let mut seen: Vec<_> = site.participants(&room).await.unwrap();
    seen.sort_by_key(|p| !p.identity.starts_with('@'));
    assert_eq!(
        seen[0].identity,
        format!("{}:{}", alice.user_id, alice.device_id)
    );
    assert_eq!(
        seen[1].identity,
        hashed_identity(&alice.user_id, &alice.device_id, "member-1")
    );
}

#[tokio::test]
async fn what_is_wrong_with_a_request_is_named_by_its_error_code() {
    let (stack, alice, room) = stack(Options::default()).await;
    let site = stack.site(0);

    let mut body = legacy_body(&alice, &room).await;
    body["extra"] = json!(1);
    assert_eq!(
        refusal(site, "/sfu/get", &body).await,
        (400, "M_NOT_JSON".into())
    );
    assert_eq!(
        refusal(site, "/sfu/get", &json!({})).await,
        (400, "M_BAD_JSON".into())
    );

    let mut body = legacy_body(&alice, &room).await;
    body["openid_token"]["access_token"] = json!("invented");
    assert_eq!(
        refusal(site, "/sfu/get", &body).await,
        (401, "M_UNAUTHORIZED".into())
    );
    body["openid_token"]["matrix_server_name"] = json!("localhost:1");
    assert_eq!(
        refusal(site, "/sfu/get", &body).await,
        (401, "M_UNAUTHORIZED".into())
    );
    body["openid_token"]["matrix_server_name"] = json!("evil.example/path?");
    assert_eq!(
        refusal(site, "/sfu/get", &body).await,
        (401, "M_UNAUTHORIZED".into())
    );

    let mut body = token_body(&alice, &room).await;
    body["member"]["claimed_user_id"] = json!("@bob:example.org");
    assert_eq!(
        refusal(site, "/get_token", &body).await,
        (401, "M_UNAUTHORIZED".into())
    );

    let mut body = legacy_body(&alice, &room).await;
    body["delay_id"] = json!("d");
    assert_eq!(
        refusal(site, "/sfu/get", &body).await,
        (400, "M_BAD_JSON".into())
    );

    let url = format!("{}/sfu/get", site.service_url());
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    assert_eq!(client.get(&url).send().await.unwrap().status(), 405);
    let preflight = client
        .request(reqwest::Method::OPTIONS, &url)
        .send()
        .await
        .unwrap();
    assert_eq!(preflight.status(), 200);
    assert_eq!(preflight.headers()["access-control-allow-origin"], "*");
    let health = client
        .get(format!("{}/healthz", site.service_url()))
        .send()
        .await
        .unwrap();
    assert_eq!(health.status(), 200);
    let forged = client
        .post(format!("{}/sfu_webhook", site.service_url()))
        .body("{}");
    assert_eq!(forged.send().await.unwrap().status(), 401);

    site.stop_sfu().await.unwrap();
    let body = legacy_body(&alice, &room).await;
    assert_eq!(
        refusal(site, "/sfu/get", &body).await,
        (500, "M_UNKNOWN".into())
    );
}

#[tokio::test]
async fn a_restricted_user_gets_a_token_but_no_room() {
    let options = Options {
        full_access: FullAccess::Nobody,
        ..Options::default()
    };
    let (stack, alice, room) = stack(options).await;
    let site = stack.site(0);
    let (status, granted) = post(site, "/sfu/get", &legacy_body(&alice, &room).await).await;
    assert_eq!(status, 200);
    assert_eq!(site.sfu().rooms().await.unwrap(), Vec::<String>::new());
    let jwt = granted["jwt"].as_str().unwrap();
    assert_eq!(enter(site, jwt).await.unwrap_err(), 404);

    let mut body = legacy_body(&alice, &room).await;
    body["delay_id"] = json!("d");
    body["delay_timeout"] = json!(8000);
    assert_eq!(
        refusal(site, "/sfu/get", &body).await,
        (400, "M_BAD_JSON".into())
    );
    let mut body = token_body(&alice, &room).await;
    body["delay_id"] = json!("d");
    body["delay_timeout"] = json!(8000);
    let refused = refusal(site, "/delegate_delayed_leave", &body).await;
    assert_eq!(refused, (403, "M_FORBIDDEN".into()));

    site.sfu().create_room(&sfu_room_name(&room)).await.unwrap();
    let _in = enter(site, jwt).await.unwrap();
}

/// Joins the call by state and schedules the leave, as clients do; answers the delay id.
async fn join_call(alice: &Account, room: &str, delay: Duration) -> String {
    let key = format!("_{}_{}_m.call", alice.user_id, alice.device_id);
    let gone = json!({});
    let leave = alice.send_delayed_state(room, MEMBER, &key, &gone, delay);
    let delay_id = leave.await.unwrap();
    let content = json!({"application": "m.call", "call_id": "", "device_id": alice.device_id});
    alice
        .send_state(room, MEMBER, &key, &content)
        .await
        .unwrap();
    delay_id
}

/// When the homeserver last started or restarted alice's delayed event, ms; `None` when it
/// has none.
async fn running_since(alice: &Account) -> Option<u64> {
    let all = alice.delayed_events().await.unwrap();
    all.first()?["running_since"].as_u64()
}

/// Waits until the service has restarted alice's leave, and answers when that was.
async fn restarted(alice: &Account, after: u64) -> u64 {
    let newer = || async { running_since(alice).await.is_some_and(|at| at > after) };
    until("a restart of the leave", newer).await;
    running_since(alice).await.unwrap()
}

#[tokio::test]
async fn a_delegated_leave_is_sent_when_the_sfu_reports_the_member_gone() {
    let (stack, alice, room) = stack(Options::default()).await;
    let site = stack.site(0);
    let delay_id = join_call(&alice, &room, Duration::from_secs(3600)).await;
    let scheduled = running_since(&alice).await.unwrap();
    let mut body = legacy_body(&alice, &room).await;
    body["delay_id"] = json!(delay_id);
    body["delay_timeout"] = json!(3_600_000);
    body["delay_cs_api_url"] = json!(site.homeserver_url());
    let (status, granted) = post(site, "/sfu/get", &body).await;
    assert_eq!(status, 200);
    let socket = enter_and_be_seen(site, &room, granted["jwt"].as_str().unwrap()).await;
    restarted(&alice, scheduled).await;
    assert_eq!(alice.call_members(&room).await.unwrap().len(), 1);
    drop(socket);
    until("the leave", || async {
        alice.call_members(&room).await.unwrap().is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_leave_delegated_afterwards_is_restarted_until_the_member_goes() {
    let (stack, alice, room) = stack(Options::default()).await;
    let site = stack.site(0);
    let (_, granted) = post(site, "/get_token", &token_body(&alice, &room).await).await;
    let socket = enter_and_be_seen(site, &room, granted["jwt"].as_str().unwrap()).await;
    // Restarted after four fifths; the last fifth is for a busy machine.
    let delay_id = join_call(&alice, &room, Duration::from_secs(30)).await;
    let scheduled = running_since(&alice).await.unwrap();
    let mut body = token_body(&alice, &room).await;
    body["delay_id"] = json!(delay_id);
    body["delay_timeout"] = json!(30_000);
    assert_eq!(
        post(site, "/delegate_delayed_leave", &body).await,
        (200, json!({}))
    );
    let first = restarted(&alice, scheduled).await;
    restarted(&alice, first).await;
    assert_eq!(alice.call_members(&room).await.unwrap().len(), 1);
    drop(socket);
    until("the leave", || async {
        alice.call_members(&room).await.unwrap().is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_new_delegation_takes_the_place_of_the_old_one() {
    let (stack, alice, room) = stack(Options::default()).await;
    let site = stack.site(0);
    let mut body = legacy_body(&alice, &room).await;
    body["delay_timeout"] = json!(3_600_000);
    body["delay_id"] = json!("not-an-event-of-the-homeserver");
    assert_eq!(post(site, "/sfu/get", &body).await.0, 200);
    let delay_id = join_call(&alice, &room, Duration::from_secs(3600)).await;
    let scheduled = running_since(&alice).await.unwrap();
    body["delay_id"] = json!(delay_id);
    let (_, granted) = post(site, "/sfu/get", &body).await;
    let socket = enter_and_be_seen(site, &room, granted["jwt"].as_str().unwrap()).await;
    restarted(&alice, scheduled).await;
    drop(socket);
    until("the leave", || async {
        alice.call_members(&room).await.unwrap().is_empty()
    })
    .await;
}

#[tokio::test]
async fn a_service_without_delegation_knows_neither_its_endpoint_nor_its_fields() {
    let options = Options {
        delegation: false,
        ..Options::default()
    };
    let (stack, alice, room) = stack(options).await;
    let site = stack.site(0);
    assert_eq!(
        post(site, "/delegate_delayed_leave", &json!({})).await.0,
        404
    );
    let mut body = legacy_body(&alice, &room).await;
    body["delay_id"] = json!("d");
    body["delay_timeout"] = json!(8000);
    assert_eq!(
        refusal(site, "/sfu/get", &body).await,
        (400, "M_NOT_JSON".into())
    );
    assert_eq!(
        post(site, "/sfu/get", &legacy_body(&alice, &room).await)
            .await
            .0,
        200
    );
}

#[tokio::test]
async fn a_fault_hits_requests_for_tokens_until_it_is_cleared() {
    let (stack, alice, room) = stack(Options::default()).await;
    let site = stack.site(0);
    let body = legacy_body(&alice, &room).await;
    site.faults().set(Fault::Status(404));
    assert_eq!(post(site, "/sfu/get", &body).await.0, 404);
    site.faults().set_for(Fault::Status(500), 1);
    assert_eq!(post(site, "/sfu/get", &body).await.0, 500);
    assert_eq!(post(site, "/sfu/get", &body).await.0, 200);
    site.faults().set_for(Fault::ForeignKey, 1);
    let (status, spoilt) = post(site, "/sfu/get", &body).await;
    assert_eq!(status, 200);
    assert_eq!(
        enter(site, spoilt["jwt"].as_str().unwrap())
            .await
            .unwrap_err(),
        401
    );
    site.faults()
        .set(Fault::Limited(Duration::from_millis(1500)));
    let (status, limited) = post(site, "/sfu/get", &body).await;
    assert_eq!(
        (status, limited["retry_after_ms"].as_u64()),
        (429, Some(1500))
    );
    site.faults().clear();
    assert_eq!(post(site, "/sfu/get", &body).await.0, 200);
    assert_eq!(site.faults().requests(), 6);

    // A service that is told to end says so to whoever still asks.
    let site = site.clone();
    stack.stop().await.unwrap();
    for path in ["/sfu/get", "/get_token", "/delegate_delayed_leave"] {
        let refused = refusal(&site, path, &body).await;
        assert_eq!(refused, (503, "M_UNKNOWN".into()), "{path}");
    }
}
