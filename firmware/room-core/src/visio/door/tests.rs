use super::*;
use crate::visio::link::{Instances, Reading};
use crate::visio::{Answer, Ask};

const TRUSTED: &str = r#"{"id":"06e19491","access_level":"trusted"}"#;
const UNREGISTERED: &str = r#"{"id":null,"livekit":{"url":"wss://sfu.example","token":"t0"}}"#;
const WAITING: &str = r#"{"status":"waiting","id":"4969","livekit":null}"#;
const DENIED: &str = r#"{"status":"denied","id":"4969","livekit":null}"#;
const ACCEPTED: &str =
    r#"{"status":"accepted","id":"4969","livekit":{"url":"wss://sfu.example","token":"t1"}}"#;

/// A door with a clock of its own, and an instance that answers as it is told.
struct Play {
    door: Door,
    now: Moment,
    requests: RequestId,
    /// Milliseconds at which something was asked, and what.
    asked: Vec<(u128, Ask)>,
}

fn meeting() -> Meeting {
    let instances = Instances {
        hosts: vec!["visio.example.org".into()],
        default: None,
    };
    match instances.read("https://visio.example.org/abc-defg-hij") {
        Reading::Meeting(meeting) => meeting,
        other => panic!("{other:?}"),
    }
}

impl Play {
    fn new() -> Self {
        let now = Moment {
            since_start: Duration::ZERO,
            unix_ms: 0,
        };
        Self {
            door: Door::new(now, meeting(), "Salle".into(), None),
            now,
            requests: RequestId::default(),
            asked: Vec::new(),
        }
    }

    /// Waits for the next question and answers it 100 ms later.
    fn answer(&mut self, status: u16, body: &str) -> Option<News> {
        self.answer_with(Some(Answer {
            status,
            cookies: vec!["lobbyParticipantId=4969; Secure".into()],
            body: body.as_bytes().to_vec(),
            ..Answer::default()
        }))
    }

    fn answer_with(&mut self, answer: Option<Answer>) -> Option<News> {
        let due = self.door.next_deadline().unwrap();
        self.now.since_start = self.now.since_start.max(due);
        let order = self.door.work(self.now, &mut self.requests).unwrap();
        self.asked
            .push((self.now.since_start.as_millis(), order.ask));
        assert_eq!(self.door.work(self.now, &mut self.requests), None);
        self.now = self.now.after(Duration::from_millis(100));
        let request = order.request;
        self.door.answered(self.now, &VisioFact { request, answer })
    }

    fn in_lobby() -> Self {
        let mut play = Self::new();
        assert_eq!(play.answer(200, TRUSTED), None);
        assert_eq!(play.answer(200, WAITING), None);
        play
    }

    fn admitted() -> Self {
        let mut play = Self::in_lobby();
        assert!(matches!(play.answer(200, ACCEPTED), Some(News::Pass(_))));
        play
    }
}

fn token(news: Option<News>) -> String {
    match news {
        Some(News::Pass(pass)) => pass.token.expose().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_lobby_is_asked_once_a_second_by_the_same_cookie_until_it_opens() {
    let mut play = Play::in_lobby();
    assert_eq!(play.door.entry(), VisioEntry::Waiting);
    for _ in 0..3 {
        assert_eq!(play.answer(200, WAITING), None);
    }
    assert_eq!(token(play.answer(200, ACCEPTED)), "t1");
    assert_eq!(play.door.entry(), VisioEntry::Admitted);
    let at: Vec<_> = play.asked.iter().map(|(at, _)| *at).collect();
    assert_eq!(at, [0, 100, 1100, 2100, 3100, 4100]);
    let cookies: Vec<_> = play.asked.iter().map(|(_, ask)| &ask.cookie).collect();
    assert!(cookies[..2].iter().all(|cookie| cookie.is_none()));
    let header = |cookie: &&Option<Cookie>| cookie.as_ref().map(|c| c.header().to_owned());
    let kept = Some("lobbyParticipantId=4969".to_owned());
    assert!(cookies[2..].iter().all(|cookie| header(cookie) == kept));
    // Nothing is asked as long as the pass serves.
    assert_eq!(play.door.next_deadline(), None);
}

#[test]
fn nothing_is_asked_after_a_denial() {
    let mut play = Play::in_lobby();
    let news = play.answer(200, DENIED);
    assert_eq!(news, Some(News::Shut(Shut::Denied)));
    assert_eq!(play.door.work(play.now, &mut play.requests), None);
}

#[test]
fn an_unregistered_code_is_entered_by_its_look_up_and_marked() {
    let mut play = Play::new();
    assert_eq!(token(play.answer(200, UNREGISTERED)), "t0");
    assert!(!play.door.is_registered());
    play.door.renew(play.now.since_start);
    assert_eq!(token(play.answer(200, UNREGISTERED)), "t0");
    assert!(play.asked.iter().all(|(_, ask)| ask.body.is_none()));
}

#[test]
fn what_cannot_come_right_is_said_at_once() {
    for (status, body, shut) in [
        (404, "", Shut::Unknown),
        (403, "", Shut::Refused),
        (301, "", Shut::Foreign),
        (200, "<html>", Shut::Foreign),
        (200, r#"{"id":null}"#, Shut::Foreign),
    ] {
        let news = Play::new().answer(status, body);
        assert_eq!(news, Some(News::Shut(shut)), "{status}");
    }
    let mut play = Play::new();
    assert_eq!(play.answer(200, TRUSTED), None);
    assert_eq!(play.answer(404, ""), Some(News::Shut(Shut::Unknown)));
}

#[test]
fn an_instance_that_never_answers_is_given_up_and_one_that_did_is_not() {
    let mut play = Play::new();
    assert_eq!(play.answer_with(None), None);
    assert_eq!(play.door.entry(), VisioEntry::Unreachable);
    assert_eq!(play.answer(502, ""), None);
    let shut = Some(News::Shut(Shut::Unreachable));
    assert_eq!(play.answer_with(None), shut);

    let mut play = Play::in_lobby();
    for _ in 0..20 {
        assert_eq!(play.answer_with(None), None);
    }
    assert_eq!(play.answer(200, WAITING), None);
    assert_eq!(play.door.entry(), VisioEntry::Waiting);
}

#[test]
fn a_wait_that_is_asked_for_is_kept_to_unless_it_is_longer_than_the_patience() {
    let throttled = |seconds: &str| Answer {
        status: 429,
        retry_after: Some(seconds.into()),
        ..Answer::default()
    };
    let mut play = Play::in_lobby();
    assert_eq!(play.answer_with(Some(throttled("59"))), None);
    assert_eq!(play.door.entry(), VisioEntry::Throttled);
    let refused_at = play.now.since_start;
    assert_eq!(play.answer(200, WAITING), None);
    let asked_at = Duration::from_millis(u64::try_from(play.asked[3].0).unwrap());
    assert_eq!(asked_at - refused_at, Duration::from_secs(59));
    let news = Play::new().answer_with(Some(throttled("31")));
    assert_eq!(news, Some(News::Shut(Shut::Throttled)));
}

#[test]
fn the_patience_in_the_lobby_ends_and_is_not_begun_anew_by_each_answer() {
    let mut play = Play::in_lobby();
    while play.now.since_start < LOBBY_LIMIT {
        assert_eq!(play.door.tick(play.now), None);
        assert_eq!(play.answer(200, WAITING), None);
    }
    play.now = play.now.after(Duration::from_secs(1));
    assert_eq!(play.door.tick(play.now), Some(News::Shut(Shut::NotLetIn)));
}

#[test]
fn who_was_let_in_comes_back_by_its_cookie_and_only_a_clear_no_ends_it() {
    let mut play = Play::admitted();
    play.door.renew(play.now.since_start);
    assert_eq!(play.answer_with(None), None);
    assert_eq!(play.answer(200, "<html>"), None);
    assert_eq!(play.answer(403, ""), None);
    assert_eq!(play.answer(503, ""), None);
    assert_eq!(token(play.answer(200, ACCEPTED)), "t1");
    assert!(play.asked.last().unwrap().1.cookie.is_some());
    // The meeting was closed meanwhile: the lobby again.
    play.door.renew(play.now.since_start);
    assert_eq!(play.answer(200, WAITING), None);
    assert_eq!(play.door.entry(), VisioEntry::Waiting);
    assert_eq!(play.answer(404, ""), Some(News::Shut(Shut::Unknown)));
}

#[test]
fn who_comes_back_after_a_restart_waits_for_the_network_as_long_as_it_takes() {
    let mut play = Play::new();
    play.door = play.door.coming_back();
    for _ in 0..100 {
        assert_eq!(play.answer_with(None), None);
        assert_eq!(play.door.tick(play.now), None);
    }
    assert_eq!(play.answer(200, "<html>"), None);
    assert_eq!(play.answer(200, TRUSTED), None);
    assert_eq!(play.answer(200, DENIED), Some(News::Shut(Shut::Denied)));
}

#[test]
fn an_answer_to_an_older_question_changes_nothing() {
    let mut play = Play::in_lobby();
    let request = RequestId::default();
    let answer = None;
    let news = play.door.answered(play.now, &VisioFact { request, answer });
    assert_eq!((news, play.door.entry()), (None, VisioEntry::Waiting));
}
