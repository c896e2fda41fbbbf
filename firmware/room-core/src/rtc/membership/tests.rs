use serde_json::json;

use super::*;

fn event(form: Form) -> Event {
    let (kind, content, state_key, sticky_until_ms) = match form {
        Form::State => (
            state::KIND,
            state::join_content(&state::Joining {
                user: "@a:x",
                device: "D",
                room_id: "!r",
                service_url: "https://sfu/jwt",
                intent: Intent::Video,
                expires_ms: DEFAULT_EXPIRES_MS,
                created_ms: Some(5),
            }),
            Some("_@a:x_D_m.call".to_owned()),
            None,
        ),
        Form::Sticky => (
            sticky::KIND,
            sticky::join_content(&sticky::Joining {
                user: "@a:x",
                device: "D",
                member_id: "uuid",
                service_url: "https://sfu/jwt",
                intent: Intent::Video,
                previous: Some("$0"),
            }),
            None,
            Some(100),
        ),
    };
    Event {
        kind: kind.into(),
        sender: "@a:x".into(),
        event_id: "$1".into(),
        sent_ms: 10,
        state_key,
        content,
        sticky_until_ms,
    }
}

fn joined(event: &Event) -> Membership {
    match parse(event) {
        Ok(Reading::Joined(membership)) => *membership,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_state_membership_has_every_field_element_call_writes() {
    assert_eq!(
        event(Form::State).content,
        json!({
            "application": "m.call", "call_id": "", "scope": "m.room", "device_id": "D",
            "membershipID": "@a:x:D", "expires": 14_400_000, "m.call.intent": "video",
            "focus_active": {"type": "livekit", "focus_selection": "multi_sfu"},
            "foci_preferred": [{"type": "livekit", "livekit_alias": "!r", "livekit_service_url": "https://sfu/jwt"}],
            "created_ts": 5,
        })
    );
    assert_eq!(state::state_key("@a:x", "D", "11"), "_@a:x_D_m.call");
    assert_eq!(
        state::state_key("@a:x", "D", "org.matrix.msc3757.11"),
        "@a:x_D_m.call"
    );
}

#[test]
fn a_sticky_membership_is_what_both_generations_of_clients_accept() {
    let content = event(Form::Sticky).content;
    let transport = json!({"type": "livekit", "livekit_service_url": "https://sfu/jwt"});
    assert_eq!(
        content,
        json!({
            "application": {"type": "m.call", "m.call.intent": "video"},
            "slot_id": "m.call#ROOM",
            "transports": {"published": [transport], "can_subscribe": ["livekit"]},
            "rtc_transports": [transport],
            "member": {"user_id": "@a:x", "device_id": "D", "id": "uuid"},
            "versions": [],
            "m.relation": {"rel_type": "m.reference", "event_id": "$0"},
            "msc4354_sticky_key": "uuid",
        })
    );
}

#[test]
fn what_is_written_is_read_back() {
    let membership = joined(&event(Form::State));
    assert_eq!(
        (membership.created_ms, membership.expires_ms),
        (5, 14_400_005)
    );
    assert_eq!(membership.identity.0, "@a:x:D");
    assert_eq!(
        membership.publishes,
        Publishes::On("https://sfu/jwt".into())
    );
    let membership = joined(&event(Form::Sticky));
    assert_eq!((membership.created_ms, membership.expires_ms), (10, 100));
    assert_eq!(membership.member_id, "uuid");
    assert_eq!(membership.intent, Some(Intent::Video));
}

#[test]
fn leaves_and_the_form_of_2023_are_no_memberships() {
    let mut leave = event(Form::State);
    leave.content = state::leave_content();
    assert_eq!(parse(&leave), Ok(Reading::Left));
    leave.content = json!({"memberships": [{"application": "m.call"}]});
    assert_eq!(parse(&leave), Ok(Reading::Left));
    let mut leave = event(Form::Sticky);
    leave.content = sticky::leave_content("uuid");
    assert_eq!(parse(&leave), Ok(Reading::Left));
}

#[test]
fn hostile_fields_are_refused_and_named() {
    let cases = [
        (
            Form::State,
            "/call_id",
            json!("another"),
            Unreadable::OtherCall,
        ),
        (
            Form::State,
            "/application",
            json!("m.whiteboard"),
            Unreadable::OtherCall,
        ),
        (
            Form::State,
            "/device_id",
            json!("x".repeat(300)),
            Unreadable::Field("device_id"),
        ),
        (
            Form::State,
            "/expires",
            json!("long"),
            Unreadable::Field("expires"),
        ),
        (
            Form::State,
            "/created_ts",
            json!(-1),
            Unreadable::Field("created_ts"),
        ),
        (
            Form::State,
            "/focus_active",
            json!(null),
            Unreadable::Field("focus_active"),
        ),
        (Form::State, "/scope", json!(1), Unreadable::Field("scope")),
        (
            Form::Sticky,
            "/member/user_id",
            json!("@other:x"),
            Unreadable::Field("member.user_id"),
        ),
        (
            Form::Sticky,
            "/member/id",
            json!(""),
            Unreadable::Field("member.id"),
        ),
        (
            Form::Sticky,
            "/slot_id",
            json!("m.call#other"),
            Unreadable::OtherCall,
        ),
        (
            Form::Sticky,
            "/transports/published",
            json!(1),
            Unreadable::Field("transports"),
        ),
        (
            Form::Sticky,
            "/msc4354_sticky_key",
            json!(7),
            Unreadable::Field("msc4354_sticky_key"),
        ),
    ];
    for (form, place, value, error) in cases {
        let mut event = event(form);
        *event.content.pointer_mut(place).unwrap() = value;
        assert_eq!(parse(&event), Err(error), "{place}");
    }
    let mut other = event(Form::State);
    other.kind = "m.room.message".into();
    assert_eq!(parse(&other), Err(Unreadable::OtherKind));
}

#[test]
fn absurd_times_saturate() {
    let mut far = event(Form::State);
    far.content["expires"] = json!(1e300);
    assert_eq!(joined(&far).expires_ms, u64::MAX);
}

#[test]
fn only_usable_addresses_are_taken() {
    for bad in [
        "",
        "sfu",
        "ftp://sfu",
        "https://",
        "https://me@sfu",
        "javascript:alert(1)",
    ] {
        let mut event = event(Form::State);
        event.content["foci_preferred"][0]["livekit_service_url"] = json!(bad);
        assert_eq!(joined(&event).publishes, Publishes::Nowhere, "{bad}");
    }
    // The text itself is compared by everybody, so it is not normalised.
    assert!(is_service_url("https://SFU.example:443/jwt/"));
}
