//! Servers that a real one does not stand for: published files, redirects, no sync-collection.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects"
)]

mod support;

use jiff::tz::TimeZone;
use room_calendar::{Calendar, CalendarError, Kind, Login, Place};
use room_meetings::ical::{Reading, Window};
use room_meetings::links::Instances;
use room_settings::Secret;
use support::Scripted;

const FILE: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260325T100000Z\r\nDTEND:20260325T110000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
const WINDOW: Window = Window {
    from_ms: 1_774_000_000_000,
    to_ms: 1_775_000_000_000,
};

fn calendar(url: &str, with_login: bool) -> Calendar {
    let login = with_login.then(|| Login {
        user: "room".to_owned(),
        password: Secret::new("hunter2".to_owned()),
    });
    let place = Place {
        url: url.parse().unwrap(),
        login,
        roots: Vec::new(),
    };
    Calendar::new(place, TimeZone::UTC).unwrap()
}

fn count(calendar: &Calendar) -> usize {
    let reading = Reading {
        window: WINDOW,
        zone: &TimeZone::UTC,
        visio: &Instances::default(),
    };
    calendar.found(&reading).unwrap().meetings.len()
}

fn answer(status: &'static str, headers: &str, body: &str) -> (&'static str, String, String) {
    (status, headers.to_owned(), body.to_owned())
}

#[tokio::test]
async fn a_published_file_is_fetched_once_as_long_as_it_stays_the_same() {
    let server = Scripted::start(|asked| {
        let known = asked.text.contains("if-none-match: \"v1\"");
        match asked.line.as_str() {
            "GET /private-9f3a/basic.ics" if known => answer("304 Not Modified", "", ""),
            "GET /private-9f3a/basic.ics" => answer("200 OK", "etag: \"v1\"\r\n", FILE),
            _ => answer("405 Method Not Allowed", "", ""),
        }
    })
    .await;
    let mut calendar = calendar(&format!("{}/private-9f3a/basic.ics", server.url), false);
    for _ in 0..2 {
        calendar.refresh(WINDOW).await.unwrap();
        assert_eq!(count(&calendar), 1);
    }
    assert_eq!(calendar.kind(), Some(Kind::Published));
    assert!(!calendar.is_writable());
    let fetched: Vec<_> = server.asked().into_iter().map(|asked| asked.line).collect();
    assert_eq!(
        fetched.len(),
        3,
        "looked at, fetched, not changed: {fetched:?}"
    );
    assert!(!format!("{calendar:?}").contains("9f3a"));
}

#[tokio::test]
async fn a_page_for_people_is_no_calendar() {
    let server = Scripted::start(|_| answer("200 OK", "", "<html>Log in</html>")).await;
    let result = calendar(&server.url, false).refresh(WINDOW).await;
    assert!(
        matches!(result, Err(CalendarError::NotACalendar)),
        "{result:?}"
    );
}

#[tokio::test]
async fn the_password_does_not_follow_to_another_host() {
    let thief = Scripted::start(|_| answer("200 OK", "", FILE)).await;
    let elsewhere = format!(
        "location: {}/\r\n",
        thief.url.replace("127.0.0.1", "localhost")
    );
    let server = Scripted::start(move |_| answer("302 Found", &elsewhere, "")).await;
    let result = calendar(&server.url, true).refresh(WINDOW).await;
    assert!(
        matches!(result, Err(CalendarError::Redirected)),
        "{result:?}"
    );
    assert!(thief.asked().is_empty());
    // Without a password there is nothing to lose.
    let mut open = calendar(&server.url, false);
    open.refresh(WINDOW).await.unwrap();
    assert_eq!(count(&open), 1);
}

#[tokio::test]
async fn a_circle_of_redirects_ends() {
    let server = Scripted::start(|_| answer("301 Moved", "location: /again\r\n", "")).await;
    let result = calendar(&server.url, true).refresh(WINDOW).await;
    assert!(
        matches!(result, Err(CalendarError::Redirected)),
        "{result:?}"
    );
    assert!(server.asked().len() < 10);
}

const ABOUT: &str = r#"<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:S="http://calendarserver.org/ns/"><response><href>/cal/</href><propstat><prop><resourcetype><collection/><C:calendar/></resourcetype><S:getctag>c1</S:getctag></prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"#;

fn object(data: &str) -> String {
    format!(
        r#"<multistatus xmlns="DAV:" xmlns:C="urn:ietf:params:xml:ns:caldav"><response><href>/cal/1.ics</href><propstat><prop><getetag>"e1"</getetag>{data}</prop><status>HTTP/1.1 200 OK</status></propstat></response></multistatus>"#
    )
}

#[tokio::test]
async fn a_server_without_sync_is_asked_for_its_ctag_and_no_more() {
    let server = Scripted::start(|asked| match asked.line.as_str() {
        "PROPFIND /cal/" => answer("207 Multi-Status", "", ABOUT),
        _ if asked.text.contains("calendar-multiget") => {
            let data = format!("<C:calendar-data>{FILE}</C:calendar-data>");
            answer("207 Multi-Status", "", &object(&data))
        }
        _ => answer("207 Multi-Status", "", &object("")),
    })
    .await;
    let mut calendar = calendar(&format!("{}/cal/", server.url), true);
    for _ in 0..3 {
        calendar.refresh(WINDOW).await.unwrap();
        assert_eq!(count(&calendar), 1);
    }
    let asked = server.asked();
    let lines: Vec<_> = asked.iter().map(|asked| asked.line.as_str()).collect();
    let expected = [
        "PROPFIND /cal/",
        "REPORT /cal/",
        "REPORT /cal/",
        "PROPFIND /cal/",
        "PROPFIND /cal/",
    ];
    assert_eq!(lines, expected);
    assert!(
        asked
            .iter()
            .all(|asked| asked.text.contains("authorization: basic"))
    );
}

#[tokio::test]
async fn a_server_that_asks_for_a_pause_gets_it() {
    let server =
        Scripted::start(|_| answer("429 Too Many Requests", "retry-after: 90\r\n", "")).await;
    let result = calendar(&server.url, true).refresh(WINDOW).await;
    let Err(error) = result else {
        panic!("{result:?}")
    };
    let outcome = error.outcome();
    let asked = std::time::Duration::from_secs(90);
    assert_eq!(outcome, room_meetings::polling::Outcome::Throttled(asked));
}

#[tokio::test]
async fn an_endless_answer_is_given_up() {
    let server = Scripted::start(|asked| match asked.line.as_str() {
        "GET /" => answer("200 OK", "", &"x".repeat(26 * 1024 * 1024)),
        _ => answer("405 Method Not Allowed", "", ""),
    })
    .await;
    let result = calendar(&server.url, false).refresh(WINDOW).await;
    assert!(matches!(result, Err(CalendarError::TooLarge)), "{result:?}");
}
