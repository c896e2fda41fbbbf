//! Recorded answers, shortened; then those nobody should send.

use super::*;

fn answer(status: u16, body: &str) -> Answer {
    Answer {
        status,
        body: body.as_bytes().to_vec(),
        ..Answer::default()
    }
}

fn ok(body: &str) -> Answer {
    answer(200, body)
}

const PUBLIC: &str = r#"{"id":"d419ff67","name":"abc-defg-hij","slug":"abc-defg-hij","configuration":{},
    "access_level":"public","pin_code":null,
    "livekit":{"url":"https://livekit.example","room":"d419ff67","token":"eyJ.a.b"}}"#;
const TRUSTED: &str = r#"{"id":"06e19491","name":"abc-defg-hij","slug":"abc-defg-hij","configuration":{},
    "access_level":"trusted"}"#;
const UNREGISTERED: &str = r#"{"id":null,"slug":"zzz-zzzz-zzz","is_administrable":false,"access_level":"public",
    "livekit":{"url":"https://livekit.example","room":"zzz-zzzz-zzz","token":"eyJ.a.b"}}"#;
const WAITING: &str = r#"{"status":"waiting","username":"Jürg","id":"4969e692","color":"hsl(129, 62%, 50%)","livekit":null}"#;
const ACCEPTED: &str = r#"{"status":"accepted","username":"Jürg Müller","id":"99e23b8a","color":"hsl(234, 52%, 48%)",
    "livekit":{"url":"https://livekit.example","room":"06e19491","token":"eyJ.a.b"}}"#;
const DENIED: &str = r#"{"status":"denied","username":"Deny","id":"ac3a18d1","color":"hsl(9, 51%, 43%)","livekit":null}"#;

#[test]
fn a_look_up_tells_whether_the_meeting_is_known_and_open() {
    for (body, registered, open) in [
        (PUBLIC, true, true),
        (TRUSTED, true, false),
        (UNREGISTERED, false, true),
        ("{}", true, false),
    ] {
        let found = ok(body).found(false).unwrap();
        assert_eq!((found.registered, found.pass.is_some()), (registered, open));
    }
}

#[test]
fn the_lobby_says_wait_come_in_or_no_and_any_other_word_is_wait() {
    let entry = |body: &str| ok(body).entry(false).unwrap().0;
    assert_eq!(entry(WAITING), Entry::Waiting);
    assert_eq!(entry(DENIED), Entry::Denied);
    let Entry::Accepted(pass) = entry(ACCEPTED) else {
        panic!("not accepted");
    };
    assert_eq!(pass.url, "https://livekit.example");
    assert_eq!(format!("{pass:?}").find("eyJ"), None);
    for body in [
        "{}",
        r#"{"status":"unknown"}"#,
        r#"{"status":7}"#,
        r#"{"status":"accepted"}"#,
        r#"{"status":"accepted","livekit":null}"#,
        r#"{"status":"accepted","livekit":{"url":"https://a.org","token":""}}"#,
        r#"{"status":"accepted","livekit":{"url":"https://a.org","token":"a\r\nb"}}"#,
        r#"{"status":"accepted","livekit":{"url":"http://a.org","token":"t"}}"#,
        r#"{"status":"accepted","livekit":{"url":"file:///etc","token":"t"}}"#,
    ] {
        assert_eq!(entry(body), Entry::Waiting, "{body}");
    }
}

#[test]
fn the_cookie_of_an_answer_is_the_one_that_has_its_id() {
    let mut answer = ok(WAITING);
    answer.cookies = vec!["x=4969".into(), "lobby=4969e692; Secure".into()];
    let (_, cookie) = answer.entry(false).unwrap();
    assert_eq!(cookie.unwrap().header(), "lobby=4969e692");
}

#[test]
fn plain_media_is_taken_on_this_machine_only_and_only_from_a_plain_instance() {
    let body =
        |url: &str| format!(r#"{{"status":"accepted","livekit":{{"url":"{url}","token":"t"}}}}"#);
    for (url, plain, taken) in [
        ("http://127.0.0.1:7880", true, true),
        ("ws://localhost:7880", true, true),
        ("http://127.0.0.1:7880", false, false),
        ("ws://livekit.example", true, false),
        ("wss://livekit.example", true, true),
    ] {
        let (entry, _) = ok(&body(url)).entry(plain).unwrap();
        assert_eq!(matches!(entry, Entry::Accepted(_)), taken, "{url}");
    }
}

#[test]
fn of_an_error_only_the_status_counts() {
    let wait = |seconds| Some(Duration::from_secs(seconds));
    let throttled = r#"{"detail":"Request was throttled. Expected available in 59 seconds."}"#;
    let table = [
        (
            answer(404, r#"{"detail":"No Room matches."}"#),
            Refusal::Unknown,
        ),
        (answer(404, "<html>"), Refusal::Unknown),
        (answer(400, r#"{"username":["blank"]}"#), Refusal::Refused),
        (answer(403, r#"{"detail":"no"}"#), Refusal::Refused),
        (answer(500, r#"{"error":"x"}"#), Refusal::Failing),
        (answer(301, ""), Refusal::Foreign),
        (answer(200, "<html>"), Refusal::Foreign),
        (answer(200, "[]"), Refusal::Foreign),
        (answer(200, &"[".repeat(5000)), Refusal::Foreign),
        (answer(0, ""), Refusal::Foreign),
        (answer(429, throttled), Refusal::Throttled { wait: None }),
    ];
    for (answer, refusal) in table {
        assert_eq!(answer.found(false), Err(refusal), "{answer:?}");
        assert_eq!(answer.entry(false), Err(refusal), "{answer:?}");
    }
    for (header, told) in [
        ("59", wait(59)),
        (" 1 ", wait(1)),
        ("-1", None),
        ("Fri, 27", None),
    ] {
        let mut answer = answer(429, throttled);
        answer.retry_after = Some(header.into());
        assert_eq!(answer.found(false), Err(Refusal::Throttled { wait: told }));
    }
    assert_eq!(answer(204, "").done(), Ok(()));
    assert_eq!(answer(403, "").done(), Err(Refusal::Refused));
}

#[test]
fn what_is_far_too_long_is_left_out_as_a_whole() {
    let long = |field: &str, length: usize| {
        let (mut url, mut token) = ("https://a.org/".to_owned(), "t".to_owned());
        let part = if field == "url" { &mut url } else { &mut token };
        part.push_str(&"x".repeat(length));
        ok(&format!(
            r#"{{"status":"accepted","livekit":{{"url":"{url}","token":"{token}"}}}}"#
        ))
    };
    for answer in [long("url", 3000), long("token", 20_000)] {
        assert_eq!(answer.entry(false).unwrap().0, Entry::Waiting);
    }
    assert_eq!(long("token", 70_000).entry(false), Err(Refusal::Foreign));
}
