use room_messages::Identity;

use super::*;
use crate::rtc::membership::Form;

fn member(user: &str, event_id: &str) -> Member {
    Member {
        user: user.into(),
        device: "D".into(),
        member_id: "m".into(),
        identity: Identity("i".into()),
        transport: None,
        created_ms: 0,
        event_id: event_id.into(),
        intent: None,
        form: Form::State,
    }
}

fn event(kind: &str, id: &str, sender: &str, content: Value) -> Event {
    Event {
        kind: kind.into(),
        sender: sender.into(),
        event_id: id.into(),
        sent_ms: 1_000,
        state_key: None,
        content,
        sticky_until_ms: None,
    }
}

fn emoji(sender: &str, text: &str) -> Event {
    let content = json!({"m.relates_to": {"rel_type": "m.reference", "event_id": "$m"}, "emoji": text, "name": "x"});
    event(REACTION_KIND, "$e", sender, content)
}

#[test]
fn a_hand_is_raised_until_its_reaction_is_redacted() {
    let mut hands = Hands::default();
    hands.observe(0, &event(HAND_KIND, "$r", "@a:x", raise_content("$m")));
    let alice = member("@a:x", "$m");
    assert_eq!(hands.raised_by(&alice), Some("$r"));
    hands.observe(
        0,
        &event(REDACTION_KIND, "$x", "@a:x", json!({"redacts": "$r"})),
    );
    assert!(!hands.is_raised(&alice));
}

#[test]
fn nobody_raises_anothers_hand_nor_keeps_it_up_over_a_new_membership() {
    let mut hands = Hands::default();
    hands.observe(
        0,
        &event(HAND_KIND, "$r", "@mallory:x", raise_content("$m")),
    );
    assert!(!hands.is_raised(&member("@a:x", "$m")));
    hands.observe(0, &event(HAND_KIND, "$s", "@a:x", raise_content("$m")));
    assert!(hands.is_raised(&member("@a:x", "$m")));
    assert!(!hands.is_raised(&member("@a:x", "$m2")));
}

#[test]
fn a_redaction_of_old_rooms_names_its_event_beside_the_content() {
    let redaction = json!({"type": REDACTION_KIND, "sender": "@a:x", "event_id": "$x",
        "origin_server_ts": 0, "redacts": "$r", "content": {}});
    let mut hands = Hands::default();
    hands.observe(0, &event(HAND_KIND, "$r", "@a:x", raise_content("$m")));
    hands.observe(0, &Event::from_value(redaction, 0).unwrap());
    assert!(!hands.is_raised(&member("@a:x", "$m")));
}

#[test]
fn an_emoji_is_shown_for_three_seconds_and_covers_those_that_follow() {
    let mut hands = Hands::default();
    let alice = member("@a:x", "$m");
    hands.observe(1_000, &emoji("@a:x", "👏"));
    hands.observe(2_000, &emoji("@a:x", "🐕"));
    assert_eq!(hands.emoji(3_999, &alice), Some("👏"));
    assert_eq!(hands.next_end_ms(3_999), Some(4_000));
    assert_eq!(hands.emoji(4_000, &alice), None);
    hands.observe(4_000, &emoji("@a:x", "🐕"));
    assert_eq!(hands.emoji(4_001, &alice), Some("🐕"));
}

#[test]
fn old_long_or_odd_reactions_are_passed_over() {
    let mut hands = Hands::default();
    let alice = member("@a:x", "$m");
    hands.observe(100_000, &emoji("@a:x", "👏"));
    hands.observe(1_000, &emoji("@a:x", &"👏".repeat(20)));
    hands.observe(1_000, &emoji("@a:x", "a\u{7}b"));
    assert_eq!(hands.emoji(1_001, &alice), None);
}

#[test]
fn what_one_sender_can_make_the_room_keep_is_bounded() {
    let mut hands = Hands::default();
    for n in 0..500 {
        let mut raise = event(
            HAND_KIND,
            &format!("$r{n}"),
            "@a:x",
            raise_content(&format!("$m{n}")),
        );
        raise.sent_ms = n;
        hands.observe(0, &raise);
    }
    assert_eq!(hands.hands.len(), MAX_PER_SENDER);
    assert!(hands.is_raised(&member("@a:x", "$m499")));
}

#[test]
fn a_redaction_that_overtakes_its_reaction_keeps_the_hand_down() {
    let mut hands = Hands::default();
    let lowers = event(REDACTION_KIND, "$x", "@a:x", json!({"redacts": "$r"}));
    hands.observe(0, &lowers);
    hands.observe(0, &event(HAND_KIND, "$r", "@a:x", raise_content("$m")));
    assert!(!hands.is_raised(&member("@a:x", "$m")));
    for n in 0..2 * MAX_REDACTED {
        let other = json!({"redacts": format!("${n}")});
        hands.observe(0, &event(REDACTION_KIND, "$y", "@a:x", other));
    }
    assert!(hands.redacted.len() <= MAX_REDACTED);
}
