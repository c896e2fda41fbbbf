//! Against a real CalDAV server, Radicale.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects"
)]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use jiff::Timestamp;
use jiff::tz::TimeZone;
use room_calendar::{Calendar, CalendarError, Kind, Login, Options, Order, Place, start};
use room_core::Moment;
use room_meetings::day::{Ask, Day, Effect, Fact, MeetingSource, Policy};
use room_meetings::ical::{Draft, Reading, Window, named};
use room_meetings::links::Instances;
use room_meetings::{Key, Meeting};
use room_settings::Secret;
use salle_stack::{CalendarServer, Transport};
use tokio::sync::mpsc::Receiver;

/// For what has to happen sometime; only a broken program reaches it.
const LIMIT: Duration = Duration::from_secs(120);

fn ms(text: &str) -> i64 {
    text.parse::<Timestamp>().unwrap().as_millisecond()
}

fn spring() -> Window {
    Window {
        from_ms: ms("2026-03-20T00:00:00Z"),
        to_ms: ms("2026-04-10T00:00:00Z"),
    }
}

fn paris() -> TimeZone {
    named("Europe/Paris").unwrap()
}

fn place(server: &CalendarServer, url: &str, password: &str) -> Place {
    Place {
        url: url.parse().unwrap(),
        login: Some(Login {
            user: server.user().to_owned(),
            password: Secret::new(password.to_owned()),
        }),
        roots: Vec::new(),
    }
}

async fn with_calendar() -> (CalendarServer, String, Calendar) {
    let server = CalendarServer::start(Transport::Plain).await.unwrap();
    let url = server.make_calendar("room").await.unwrap();
    let calendar = Calendar::new(place(&server, &url, server.password()), paris()).unwrap();
    (server, url, calendar)
}

/// What the copy says after asking.
async fn meetings(calendar: &mut Calendar) -> Vec<Meeting> {
    calendar.refresh(spring()).await.unwrap();
    let reading = Reading {
        window: spring(),
        zone: &paris(),
        visio: &Instances::default(),
    };
    let found = calendar.found(&reading).unwrap();
    assert_eq!((found.skipped, found.cut_short), (0, false));
    found.meetings
}

/// `03-23T08:00 title`, in UTC.
fn lines(meetings: &[Meeting]) -> Vec<String> {
    let line = |m: &Meeting| {
        let at = Timestamp::from_millisecond(m.when.begins_ms().unwrap()).unwrap();
        let title = m.title.as_ref().map_or("-", |title| title.as_str());
        format!("{} {title}", at.strftime("%m-%dT%H:%M"))
    };
    meetings.iter().map(line).collect()
}

fn event(uid: &str, lines: &str) -> String {
    let text = format!(
        "BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//Test//EN\nBEGIN:VEVENT\nUID:{uid}\nDTSTAMP:20260301T000000Z\n{lines}\nEND:VEVENT\nEND:VCALENDAR\n"
    );
    text.replace('\n', "\r\n")
}

fn single(title: &str, hour: &str) -> String {
    event(
        "one",
        &format!("DTSTART;TZID=Europe/Paris:20260325T{hour}0000\nDURATION:PT1H\nSUMMARY:{title}"),
    )
}

const SERIES: &str = "DTSTART;TZID=Europe/Paris:20260324T090000\nDTEND;TZID=Europe/Paris:20260324T100000\nRRULE:FREQ=WEEKLY;COUNT=3\nSUMMARY:weekly";

#[tokio::test]
async fn what_an_organiser_creates_changes_and_deletes_is_seen() {
    let (server, url, mut calendar) = with_calendar().await;
    assert!(meetings(&mut calendar).await.is_empty());
    assert_eq!(calendar.kind(), Some(Kind::CalDav));
    assert!(calendar.is_writable());
    server
        .put(&url, "one.ics", &single("first", "10"))
        .await
        .unwrap();
    assert_eq!(lines(&meetings(&mut calendar).await), ["03-25T09:00 first"]);
    server
        .put(&url, "one.ics", &single("second", "14"))
        .await
        .unwrap();
    assert_eq!(
        lines(&meetings(&mut calendar).await),
        ["03-25T13:00 second"]
    );
    assert_eq!(
        meetings(&mut calendar).await.len(),
        1,
        "nothing changed, nothing is lost"
    );
    server.delete(&url, "one.ics").await.unwrap();
    assert!(meetings(&mut calendar).await.is_empty());
}

#[tokio::test]
async fn a_series_stays_at_nine_over_the_change_of_daylight_saving() {
    let (server, url, mut calendar) = with_calendar().await;
    server
        .put(&url, "weekly.ics", &event("weekly", SERIES))
        .await
        .unwrap();
    let expected = [
        "03-24T08:00 weekly",
        "03-31T07:00 weekly",
        "04-07T07:00 weekly",
    ];
    assert_eq!(lines(&meetings(&mut calendar).await), expected);
}

#[tokio::test]
async fn the_room_books_extends_and_takes_out() {
    let (server, url, mut calendar) = with_calendar().await;
    server
        .put(&url, "weekly.ics", &event("weekly", SERIES))
        .await
        .unwrap();
    meetings(&mut calendar).await;
    let (begins_ms, ends_ms) = (ms("2026-03-26T10:00:00Z"), ms("2026-03-26T10:30:00Z"));
    let draft = Draft {
        uid: "booked",
        title: "Réservé",
        begins_ms,
        ends_ms,
    };
    calendar.book(&draft, begins_ms).await.unwrap();
    let booked = meetings(&mut calendar).await;
    assert_eq!(lines(&booked)[1], "03-26T10:00 Réservé");
    let later = ends_ms + 900_000;
    calendar
        .set_end(&booked[1].key, later, begins_ms)
        .await
        .unwrap();
    let longer = meetings(&mut calendar).await;
    assert_eq!(longer[1].when.ends_ms(), Some(later));
    // One instance of the series gets another end, another one goes.
    let ends = ms("2026-03-31T07:20:00Z");
    calendar
        .set_end(&longer[2].key, ends, begins_ms)
        .await
        .unwrap();
    assert_eq!(meetings(&mut calendar).await[2].when.ends_ms(), Some(ends));
    calendar.delete(&longer[3].key, begins_ms).await.unwrap();
    calendar.delete(&booked[1].key, begins_ms).await.unwrap();
    let left = ["03-24T08:00 weekly", "03-31T07:00 weekly"];
    assert_eq!(lines(&meetings(&mut calendar).await), left);
    assert!(server.get(&url).await.unwrap().contains("EXDATE"));
}

#[tokio::test]
async fn a_change_does_not_undo_what_somebody_else_changed_meanwhile() {
    let (server, url, mut calendar) = with_calendar().await;
    server
        .put(&url, "one.ics", &single("first", "10"))
        .await
        .unwrap();
    let known = meetings(&mut calendar).await.remove(0);
    server
        .put(&url, "one.ics", &single("second", "14"))
        .await
        .unwrap();
    let result = calendar
        .set_end(&known.key, ms("2026-03-25T11:00:00Z"), 0)
        .await;
    assert!(matches!(result, Err(CalendarError::Conflict)), "{result:?}");
    let result = calendar.delete(&known.key, 0).await;
    assert!(matches!(result, Err(CalendarError::Conflict)), "{result:?}");
    assert_eq!(
        lines(&meetings(&mut calendar).await),
        ["03-25T13:00 second"]
    );
    let unknown = calendar.delete(&Key::new("nobody's", None), 0).await;
    assert!(
        matches!(unknown, Err(CalendarError::Change(_))),
        "{unknown:?}"
    );
}

#[tokio::test]
async fn a_wrong_password_and_a_wrong_address_are_told_apart() {
    let (server, url, _) = with_calendar().await;
    let mut wrong = Calendar::new(place(&server, &url, "guess"), paris()).unwrap();
    let result = wrong.refresh(spring()).await;
    assert!(
        matches!(result, Err(CalendarError::WrongPassword)),
        "{result:?}"
    );
    let nowhere = server.calendar("nowhere");
    let mut wrong = Calendar::new(place(&server, &nowhere, server.password()), paris()).unwrap();
    let result = wrong.refresh(spring()).await;
    assert!(
        matches!(result, Err(CalendarError::NotACalendar)),
        "{result:?}"
    );
}

#[tokio::test]
async fn the_only_calendar_of_a_home_is_found_and_among_several_nobody_guesses() {
    let (server, url, _) = with_calendar().await;
    server
        .put(&url, "one.ics", &single("first", "10"))
        .await
        .unwrap();
    let home =
        || Calendar::new(place(&server, &server.home(), server.password()), paris()).unwrap();
    assert_eq!(lines(&meetings(&mut home()).await), ["03-25T09:00 first"]);
    server.make_calendar("other").await.unwrap();
    let result = home().refresh(spring()).await;
    assert!(matches!(result, Err(CalendarError::Several)), "{result:?}");
}

#[tokio::test]
async fn a_server_that_goes_away_and_comes_back_loses_nothing() {
    let (server, url, mut calendar) = with_calendar().await;
    server
        .put(&url, "one.ics", &single("first", "10"))
        .await
        .unwrap();
    assert_eq!(meetings(&mut calendar).await.len(), 1);
    server.stop();
    let result = calendar.refresh(spring()).await;
    assert!(
        matches!(result, Err(CalendarError::Unreachable { .. })),
        "{result:?}"
    );
    let reading = Reading {
        window: spring(),
        zone: &paris(),
        visio: &Instances::default(),
    };
    assert_eq!(
        calendar.found(&reading).unwrap().meetings.len(),
        1,
        "the last known day"
    );
    server.restart().await.unwrap();
    server
        .put(&url, "one.ics", &single("second", "14"))
        .await
        .unwrap();
    assert_eq!(
        lines(&meetings(&mut calendar).await),
        ["03-25T13:00 second"]
    );
}

#[tokio::test]
async fn a_certificate_nobody_vouches_for_is_refused_and_named() {
    let server = CalendarServer::start(Transport::Tls).await.unwrap();
    let url = server.make_calendar("room").await.unwrap();
    let mut place = place(&server, &url, server.password());
    let mut calendar = Calendar::new(place.clone(), paris()).unwrap();
    let result = calendar.refresh(spring()).await;
    assert!(
        matches!(result, Err(CalendarError::Certificate { .. })),
        "{result:?}"
    );
    place
        .roots
        .push(server.authority().unwrap().as_bytes().to_vec());
    let mut calendar = Calendar::new(place, paris()).unwrap();
    assert!(meetings(&mut calendar).await.is_empty());
}

fn now() -> Moment {
    Moment {
        since_start: Duration::ZERO,
        unix_ms: u64::try_from(
            SystemTime::now()
                .duration_since(UNIX_EPOCH)
                .unwrap()
                .as_millis(),
        )
        .unwrap(),
    }
}

/// The next fact that is wanted; what comes before it goes into the day too.
async fn until(day: &mut Day, facts: &mut Receiver<Fact>, wanted: impl Fn(&Fact) -> bool) {
    let search = async {
        loop {
            let fact = facts.recv().await.expect("the task lives");
            let found = wanted(&fact);
            day.handle(now(), fact);
            if found {
                return;
            }
        }
    };
    tokio::time::timeout(LIMIT, search)
        .await
        .expect("the fact comes");
}

fn is_known(fact: &Fact) -> bool {
    matches!(fact, Fact::Known { .. })
}

#[tokio::test]
async fn the_day_books_in_the_calendar_and_outlives_its_server() {
    let (server, url, _) = with_calendar().await;
    let options = Options {
        interval: Duration::from_secs(15),
        zone: paris(),
        visio: Instances::default(),
        title: "Réservé sur place".to_owned(),
    };
    let mut task = start(place(&server, &url, server.password()), options).unwrap();
    let mut day = Day::new(Policy::default());
    until(&mut day, &mut task.facts, is_known).await;
    assert!(!day.view(now()).occupancy.busy);

    let effects = day.ask(now(), Ask::Book { minutes: 30 }).unwrap();
    assert!(matches!(
        effects[..],
        [Effect::Book {
            source: MeetingSource::Calendar,
            ..
        }]
    ));
    for effect in effects {
        task.orders.send(Order::Apply(effect)).await.unwrap();
    }
    until(&mut day, &mut task.facts, is_known).await;
    let view = day.view(now());
    assert_eq!(view.problem, None);
    assert_eq!(
        view.meetings.len(),
        1,
        "the booking and the calendar's word on it are one"
    );
    assert!(view.occupancy.busy && !view.meetings[0].pending);
    assert_eq!(view.meetings[0].title.as_deref(), Some("Réservé sur place"));

    server.stop();
    task.orders.send(Order::Refresh).await.unwrap();
    until(&mut day, &mut task.facts, |fact| {
        matches!(fact, Fact::Away { .. })
    })
    .await;
    let view = day.view(now());
    assert_eq!(view.sources[0].problem.as_ref().unwrap().code, "CAL-01");
    assert!(view.sources[0].away_since_ms.is_some() && view.occupancy.busy);

    server.restart().await.unwrap();
    until(&mut day, &mut task.facts, is_known).await;
    assert_eq!(day.view(now()).sources[0].away_since_ms, None);
}
