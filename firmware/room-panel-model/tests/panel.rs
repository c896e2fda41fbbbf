//! What the panel shows and asks for, from facts and fingers.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod samples;

use room_messages::api::{
    Device, Homeserver, Language, Layout, Phase, Problem, Stage, Standby, Status, Text,
};
use room_panel_model::offers::{Contact, Offers};
use room_panel_model::panel::{CLEANING_MS, IDLE_MS, IN_USE_MS, LEFT_MS, Refusal};
use room_panel_model::touch::{Intent, Tab, Touch, Turn};
use room_panel_model::view::{ActionKind, Mark, Screen, Tone, View};
use room_panel_model::{Choices, Effect, Heard, Panel, Theme};
use samples::{MORNING, PARIS, SCREENS, later};

fn panel(screen: &str) -> Panel {
    samples::panel(screen, Choices::default())
}

fn view(panel: &Panel) -> View {
    panel.view(MORNING, PARIS)
}

fn intents(effects: Vec<Effect>) -> Vec<Intent> {
    let asked = effects.into_iter().filter_map(|effect| match effect {
        Effect::Ask { intent, .. } => Some(intent),
        _ => None,
    });
    asked.collect()
}

fn press(panel: &mut Panel, touch: Touch) -> Vec<Intent> {
    intents(panel.touch(MORNING, touch))
}

fn join(target: &str) -> Intent {
    Intent::Join {
        target: target.to_owned(),
    }
}

#[test]
fn each_state_of_the_room_has_its_screen() {
    let table = [
        ("starting", Screen::Starting),
        ("uncommissioned", Screen::Uncommissioned),
        ("idle-free", Screen::Idle),
        ("dial", Screen::Dial),
        ("contacts", Screen::Contacts),
        ("contacts-search", Screen::Contacts),
        ("ringing", Screen::Ringing),
        ("joining", Screen::Joining),
        ("lobby", Screen::Lobby),
        ("call", Screen::Call),
        ("left", Screen::Ended),
        ("failed", Screen::Ended),
        ("faults", Screen::Faults),
        ("pin", Screen::Pin),
        ("settings", Screen::Settings),
        ("updating", Screen::Updating),
        ("cleaning", Screen::Cleaning),
        ("standby", Screen::Standby),
    ];
    for (name, screen) in table {
        assert_eq!(view(&panel(name)).screen, screen, "{name}");
    }
}

#[test]
fn a_room_without_settings_is_ready_for_nothing_whatever_page_is_open() {
    let mut room = panel("uncommissioned");
    let title = view(&room).pane.title;
    press(&mut room, Touch::OpenSettings);
    assert_eq!(view(&room).screen, Screen::Pin);
    assert_eq!(view(&room).pane.title, title);
    for key in "2468".chars() {
        press(&mut room, Touch::Key(key));
    }
    assert_eq!(view(&room).screen, Screen::Settings);
    assert_eq!(view(&room).pane.title, title);
}

#[test]
fn the_pane_says_free_or_booked_and_until_when() {
    let table = [
        ("idle-join", Tone::Free, "Free until 10:00"),
        ("idle-busy", Tone::Busy, "Booked until 11:00"),
        ("idle-no-calendar", Tone::Neutral, "Ready for a call"),
    ];
    for (name, tone, title) in table {
        let pane = view(&panel(name)).pane;
        assert_eq!((pane.tone, pane.title.as_str()), (tone, title), "{name}");
    }
}

#[test]
fn a_room_that_cannot_call_is_not_said_to_be_ready() {
    let mut room = panel("idle-no-calendar");
    for (homeserver, title) in [
        (Homeserver::Connecting, "Not ready for a call"),
        (Homeserver::Offline, "Not ready for a call"),
        (Homeserver::Online, "Ready for a call"),
    ] {
        let (mut status, offers) = samples::room("idle-no-calendar");
        status.room.homeserver = homeserver;
        samples::tell(&mut room, &status, &offers);
        assert_eq!(view(&room).pane.title, title);
    }
}

#[test]
fn join_lights_up_five_minutes_before_and_one_touch_joins() {
    let mut room = panel("idle-join");
    let card = view(&room).idle.card.unwrap();
    assert!(card.joinable);
    assert_eq!(
        press(&mut room, Touch::JoinMeeting(card.at)),
        [join("#salon:exemple.fr")]
    );
    let early = panel("idle-free");
    let card = view(&early).idle.card.unwrap();
    assert!(!card.joinable);
    assert_eq!(card.hint, "Join from 13:25");
}

#[test]
fn a_second_touch_while_joining_does_not_join_twice() {
    let mut room = panel("idle-join");
    assert_eq!(press(&mut room, Touch::JoinMeeting(0)).len(), 1);
    assert_eq!(press(&mut room, Touch::JoinMeeting(0)), []);
    assert!(view(&room).join_busy);
}

#[test]
fn another_kind_of_meeting_is_shown_and_says_why_it_has_no_join() {
    let mut room = panel("idle-busy");
    let card = view(&room).idle.card.unwrap();
    assert!(!card.joinable);
    assert_eq!(card.hint, "Zoom cannot be joined from here");
    assert_eq!(press(&mut room, Touch::JoinMeeting(card.at)), []);
}

#[test]
fn what_the_room_does_not_tell_has_no_control() {
    let view = view(&panel("call-today"));
    let kinds: Vec<ActionKind> = view.call.actions.iter().map(|a| a.kind).collect();
    assert_eq!(kinds, [ActionKind::Hand]);
    let idle = panel("idle-no-calendar").view(MORNING, PARIS).idle;
    assert!(!idle.meet_now && !idle.contacts && !idle.has_calendar && idle.card.is_none());
    let mut room = panel("call-today");
    for touch in [
        Touch::Share,
        Touch::Layout(0),
        Touch::React(0),
        Touch::MeetNow,
    ] {
        assert_eq!(press(&mut room, touch), []);
    }
}

fn contact(name: &str, target: &str) -> Contact {
    Contact {
        name: name.to_owned(),
        detail: target.to_owned(),
        target: target.to_owned(),
        is_room: !target.starts_with('@'),
    }
}

fn names(panel: &Panel) -> Vec<String> {
    let contacts = view(panel).contacts.into_iter();
    contacts.map(|contact| contact.name).collect()
}

#[test]
fn contacts_are_those_that_fit_the_rooms_own_first_and_then_what_the_directory_has() {
    let mut room = panel("contacts");
    assert_eq!(names(&room).len(), 6);
    let searched = room.touch(MORNING, Touch::Key('k'));
    assert_eq!(searched, [], "one letter fits too much");
    let searched = room.touch(MORNING, Touch::Key('A'));
    let text = "kA".to_owned();
    assert_eq!(searched, [Effect::Search { text: text.clone() }]);
    assert_eq!(names(&room), ["Karim Benali"]);
    let late = Heard::Found {
        text: "k".to_owned(),
        contacts: vec![contact("Too late", "@late:exemple.fr")],
    };
    room.hear(MORNING, late);
    let contacts = vec![
        contact("Karim B.", "@karim:exemple.fr"),
        contact("Katia", "@katia:ailleurs.fr"),
    ];
    room.hear(MORNING, Heard::Found { text, contacts });
    assert_eq!(names(&room), ["Karim Benali", "Katia"]);
    assert_eq!(
        press(&mut room, Touch::CallContact(1)),
        [join("@katia:ailleurs.fr")]
    );
}

#[test]
fn into_a_call_people_are_called_and_those_who_are_waited_for_are_shown() {
    let mut room = panel("call-add");
    assert!(!names(&room).contains(&"Accueil".to_owned()));
    let target = "@helene:exemple.fr".to_owned();
    assert_eq!(
        press(&mut room, Touch::CallContact(0)),
        [Intent::Add {
            target: target.clone()
        }]
    );
    let mut status = samples::in_call(samples::status());
    status.call.calling = vec![target];
    samples::tell(&mut room, &status, &Offers::default());
    press(&mut room, Touch::Back);
    let first = &view(&room).call.people[0];
    assert_eq!(
        (first.name.as_str(), first.note.as_str()),
        ("helene", "Calling…")
    );
}

#[test]
fn the_layouts_the_room_has_are_offered_and_a_press_asks_for_one_of_them() {
    let mut room = panel("call");
    let mut status = samples::in_call(samples::status());
    status.stage = Stage {
        layout: Layout::Grid,
        layouts: vec![Layout::Speaker, Layout::Grid],
    };
    samples::tell(&mut room, &status, &Offers::of(&status));
    let shown = view(&room).call.layouts;
    let shown: Vec<_> = shown.iter().map(|m| (m.layout, m.chosen)).collect();
    assert_eq!(shown, [(Layout::Speaker, false), (Layout::Grid, true)]);
    let layout = Layout::Speaker;
    assert_eq!(
        press(&mut room, Touch::Layout(0)),
        [Intent::Layout { layout }]
    );
    assert_eq!(press(&mut room, Touch::Layout(2)), []);
}

#[test]
fn a_camera_that_is_on_can_be_turned_and_its_presets_recalled_one_that_is_off_not() {
    let mut room = panel("call");
    let mut status = samples::in_call(samples::status());
    status.camera.presets.push("Table".to_owned());
    samples::tell(&mut room, &status, &Offers::of(&status));
    assert_eq!(view(&room).call.positions, ["Overview", "Table"]);
    let turned = press(&mut room, Touch::Turn(Turn::Left));
    assert_eq!(turned, [Intent::Turn(Turn::Left)]);
    for (at, name) in [(0, "overview"), (1, "Table")] {
        let name = name.to_owned();
        assert_eq!(
            press(&mut room, Touch::Position(at)),
            [Intent::Position { name }]
        );
    }
    assert_eq!(press(&mut room, Touch::Position(2)), []);
    status.camera.on = false;
    samples::tell(&mut room, &status, &Offers::of(&status));
    let kinds = view(&room).call.actions;
    assert!(!kinds.iter().any(|action| action.kind == ActionKind::Camera));
}

#[test]
fn a_call_that_was_declined_does_not_hide_the_next_one_from_there() {
    let mut room = panel("ringing");
    press(&mut room, Touch::Decline(0));
    assert_ne!(view(&room).screen, Screen::Ringing);
    let mut status = samples::status();
    let mut ring = samples::ring();
    ring.until_ms += 1;
    status.ringing = vec![ring];
    samples::tell(&mut room, &status, &Offers::default());
    assert_eq!(view(&room).screen, Screen::Ringing);
}

#[test]
fn the_bar_is_there_from_joining_to_leaving_and_only_then() {
    for name in SCREENS {
        let view = view(&panel(name));
        let in_call = name.starts_with("call") || matches!(*name, "joining" | "lobby");
        assert_eq!(view.bar.is_some(), in_call, "{name}");
    }
}

#[test]
fn mute_is_shown_when_the_microphone_is_closed_not_when_it_was_asked_for() {
    let mut room = panel("call");
    assert_eq!(
        press(&mut room, Touch::Microphone),
        [Intent::Microphone { muted: true }]
    );
    assert!(!view(&room).bar.unwrap().muted);
    let mut status = samples::in_call(samples::status());
    status.microphone.muted = true;
    samples::tell(&mut room, &status, &Offers::default());
    assert!(!view(&room).bar.unwrap().muted, "it is still open");
    status.microphone.device = Device::Off;
    samples::tell(&mut room, &status, &Offers::default());
    assert!(view(&room).bar.unwrap().muted);
}

#[test]
fn the_mute_switch_wins_and_the_panel_says_so() {
    let mut room = panel("call");
    let mut status = samples::in_call(samples::status());
    status.microphone.hardware_muted = true;
    samples::tell(&mut room, &status, &Offers::default());
    assert_eq!(press(&mut room, Touch::Microphone), []);
    let view = view(&room);
    assert!(view.bar.unwrap().hardware_muted);
    assert!(view.notice.unwrap().0.contains("mute switch"));
}

#[test]
fn volume_follows_the_finger_without_waiting_and_stops_at_the_ends() {
    let mut room = panel("call");
    for volume in [70, 80, 90, 100] {
        assert_eq!(
            press(&mut room, Touch::Louder),
            [Intent::Speaker { volume }]
        );
        assert_eq!(view(&room).bar.unwrap().volume, volume);
    }
    assert_eq!(press(&mut room, Touch::Louder), []);
}

#[test]
fn the_panel_asks_for_no_more_than_the_settings_allow() {
    let mut room = panel("call");
    let mut status = samples::in_call(samples::status());
    status.speaker.maximum = 64;
    samples::tell(&mut room, &status, &Offers::default());
    let volume = 64;
    assert_eq!(
        press(&mut room, Touch::Louder),
        [Intent::Speaker { volume }]
    );
    assert_eq!(press(&mut room, Touch::Louder), []);
}

#[test]
fn an_answer_that_takes_long_is_said() {
    let mut room = panel("call");
    press(&mut room, Touch::Camera);
    assert!(!view(&room).bar.unwrap().camera_busy);
    assert!(room.next_tick(MORNING) <= 150);
    assert!(room.view(later(200), PARIS).bar.unwrap().camera_busy);
    let notice = room.view(later(3_500), PARIS).notice.unwrap();
    assert_eq!(notice, ("This takes longer than usual…".to_owned(), false));
    room.hear(
        later(4_000),
        Heard::Answer {
            ask: 1,
            result: Ok(()),
        },
    );
    let after = room.view(later(4_000), PARIS);
    assert!(!after.bar.unwrap().camera_busy && after.notice.is_none());
}

#[test]
fn a_refused_join_shows_the_reason_and_can_be_tried_again() {
    let mut room = panel("dial");
    assert_eq!(
        press(&mut room, Touch::JoinTyped),
        [join("#comite-direction:exemple.fr")]
    );
    let problem = Problem {
        code: "TARGET-02".to_owned(),
        what: Text::new("Not a room.", "Pas un salon."),
        next: Text::new("Copy it again.", "Recopiez-le."),
    };
    let result = Err(Refusal::Problem(Box::new(problem)));
    room.hear(MORNING, Heard::Answer { ask: 1, result });
    let ended = view(&room).ended;
    assert_eq!(
        (ended.code.as_str(), ended.what.as_str()),
        ("TARGET-02", "Not a room.")
    );
    assert_eq!(
        press(&mut room, Touch::Again),
        [join("#comite-direction:exemple.fr")]
    );
}

#[test]
fn a_join_that_fails_between_two_events_shows_its_reason_again() {
    let mut room = panel("failed");
    assert_eq!(press(&mut room, Touch::Again).len(), 1);
    room.hear(
        MORNING,
        Heard::Answer {
            ask: 1,
            result: Ok(()),
        },
    );
    let mut status = samples::status();
    status.call = samples::call(Phase::Failed);
    status.call.problem = Some(samples::not_invited());
    samples::tell(&mut room, &status, &Offers::default());
    assert_eq!(view(&room).ended.code, "ROOM-02");
}

#[test]
fn leaving_shows_how_long_it_lasted_and_then_the_room_again() {
    let mut room = panel("left");
    assert_eq!(view(&room).ended.lasted, "12\u{a0}min");
    assert!(view(&room).ended.again);
    room.hear(later(LEFT_MS), Heard::Tick);
    assert_eq!(view(&room).screen, Screen::Idle);
}

#[test]
fn a_ringing_call_covers_every_page_and_is_accepted_or_declined() {
    for page in [
        Touch::OpenDial,
        Touch::OpenContacts,
        Touch::OpenFaults,
        Touch::OpenSettings,
    ] {
        let mut room = panel("ringing");
        press(&mut room, page);
        assert_eq!(view(&room).screen, Screen::Ringing);
        assert_eq!(
            press(&mut room, Touch::Accept(0)),
            [join("!appel:exemple.fr")]
        );
    }
    let mut room = panel("ringing");
    let room_id = "!appel:exemple.fr".to_owned();
    assert_eq!(
        press(&mut room, Touch::Decline(0)),
        [Intent::Decline { room_id }]
    );
    assert_eq!(view(&room).screen, Screen::Idle);
}

#[test]
fn a_room_that_cannot_decline_only_falls_silent_here() {
    let mut room = Panel::new(Choices::default(), None, MORNING);
    let mut status = samples::status();
    status.ringing = vec![samples::ring()];
    samples::tell(&mut room, &status, &Offers::default());
    assert!(!view(&room).ringing[0].declinable);
    assert_eq!(press(&mut room, Touch::Decline(0)), []);
    assert_eq!(view(&room).screen, Screen::Idle);
}

fn in_standby(standby: Standby) -> Status {
    Status {
        standby,
        ..samples::status()
    }
}

#[test]
fn ringing_wakes_a_dark_screen_and_a_touch_on_it_only_wakes_also_the_room() {
    let mut room = panel("standby");
    let mut status = samples::status();
    status.ringing = vec![samples::ring()];
    samples::tell(&mut room, &status, &Offers::default());
    assert_eq!(view(&room).screen, Screen::Ringing);
    let mut dark = panel("standby");
    samples::tell(&mut dark, &in_standby(Standby::Standby), &Offers::default());
    assert_eq!(press(&mut dark, Touch::OpenDial), [Intent::Wake]);
    assert_eq!(view(&dark).screen, Screen::Idle);
    // Not before the room has heard of it, and once it has it asks for nothing more.
    samples::tell(&mut dark, &in_standby(Standby::Awake), &Offers::default());
    assert_eq!(press(&mut dark, Touch::Anywhere), []);
}

#[test]
fn the_screen_goes_dark_with_the_room_but_not_under_a_finger_and_never_in_a_call() {
    let mut room = panel("idle-no-calendar");
    press(&mut room, Touch::Anywhere);
    samples::tell(&mut room, &in_standby(Standby::Standby), &Offers::default());
    assert_eq!(view(&room).screen, Screen::Idle);
    let after = later(IN_USE_MS);
    room.hear(after, Heard::Tick);
    assert_eq!(room.view(after, PARIS).screen, Screen::Standby);
    for awake in [Standby::HalfAwake, Standby::Awake] {
        let told = Heard::Told(Box::new(in_standby(awake)), Box::default());
        room.hear(after, told);
        assert_eq!(room.view(after, PARIS).screen, Screen::Idle);
        let told = Heard::Told(Box::new(in_standby(Standby::Standby)), Box::default());
        room.hear(after, told);
        assert_eq!(room.view(after, PARIS).screen, Screen::Standby);
    }
    let mut call = panel("call");
    call.hear(later(15 * 60_000), Heard::Tick);
    assert_eq!(call.view(later(15 * 60_000), PARIS).screen, Screen::Call);
}

#[test]
fn whoever_sends_the_panel_to_sleep_sends_the_room() {
    let mut room = panel("settings");
    assert_eq!(press(&mut room, Touch::Sleep), [Intent::Sleep]);
    assert_eq!(view(&room).screen, Screen::Standby);
    samples::tell(&mut room, &in_standby(Standby::Standby), &Offers::default());
    assert_eq!(view(&room).screen, Screen::Standby);
}

#[test]
fn cleaning_takes_no_touch_and_ends_by_itself() {
    let mut room = panel("cleaning");
    assert_eq!(view(&room).cleaning_s, 30);
    assert_eq!(press(&mut room, Touch::JoinMeeting(0)), []);
    assert_eq!(view(&room).screen, Screen::Cleaning);
    room.hear(later(CLEANING_MS), Heard::Tick);
    assert_eq!(view(&room).screen, Screen::Idle);
}

#[test]
fn a_room_that_is_away_is_said_to_be_away_and_comes_back() {
    let mut room = panel("call");
    room.hear(MORNING, Heard::Away);
    let gone = view(&room);
    assert_eq!((gone.screen, gone.bar.is_none()), (Screen::Starting, true));
    assert_eq!(press(&mut room, Touch::Leave), []);
    let patient = room.view(later(25_000), PARIS).pane.note;
    assert!(patient.contains("longer than usual"), "{patient}");
    samples::tell(
        &mut room,
        &samples::in_call(samples::status()),
        &Offers::default(),
    );
    assert_eq!(view(&room).screen, Screen::Call);
}

#[test]
fn a_visitor_switches_the_language_until_the_panel_is_left_alone() {
    let mut room = panel("idle-free");
    assert_eq!(view(&room).language, Language::En);
    press(&mut room, Touch::OtherLanguage);
    let french = view(&room);
    assert_eq!(french.language, Language::Fr);
    assert_eq!(french.pane.title, "Libre jusqu’à 13:30");
    assert_eq!(french.pane.date, "Lundi 23 novembre");
    room.hear(later(IDLE_MS), Heard::Tick);
    assert_eq!(view(&room).language, Language::En);
}

#[test]
fn settings_need_the_pin_and_are_kept() {
    let mut room = panel("idle-free");
    assert!(room.touch(MORNING, Touch::Theme(Theme::Light)).is_empty());
    press(&mut room, Touch::OpenSettings);
    for key in "2468".chars() {
        assert_eq!(view(&room).screen, Screen::Pin);
        press(&mut room, Touch::Key(key));
    }
    assert_eq!(view(&room).screen, Screen::Settings);
    let kept = Choices {
        theme: Theme::Light,
        ..Choices::default()
    };
    let effects = room.touch(MORNING, Touch::Theme(Theme::Light));
    assert_eq!(effects, [Effect::Keep(kept)]);
    assert_eq!(view(&room).theme, Theme::Light);
}

#[test]
fn a_reported_problem_gets_one_number() {
    let mut room = panel("faults");
    assert_eq!(room.touch(MORNING, Touch::Report).len(), 1);
    let reference = view(&room).faults_view.reference;
    assert_eq!(reference.len(), 9);
    assert!(room.touch(later(5_000), Touch::Report).is_empty());
    assert_eq!(view(&room).faults_view.reference, reference);
}

#[test]
fn trouble_is_on_top_of_the_people_and_named() {
    let view = view(&panel("call-trouble"));
    let first = &view.call.people[0];
    assert_eq!(
        (first.mark, first.note.as_str()),
        (Mark::Alert, "Key missing")
    );
    assert_eq!(view.call.security.len(), 2);
    assert_eq!(view.call.security[0].who, "Zoé Lefèvre (@zoe:exemple.fr)");
    assert_eq!(view.pane.reasons, 2);
}

#[test]
fn no_state_of_the_room_is_stuck_under_any_touch() {
    let touches = [
        Touch::Back,
        Touch::OpenDial,
        Touch::Key('a'),
        Touch::Erase,
        Touch::JoinTyped,
        Touch::OpenTab(Tab::Security),
        Touch::OpenTab(Tab::Tones),
        Touch::Leave,
        Touch::Accept(3),
        Touch::Decline(3),
        Touch::CallContact(99),
        Touch::JoinMeeting(99),
        Touch::Position(99),
        Touch::OpenFaults,
        Touch::Hand,
    ];
    for name in SCREENS {
        let mut room = panel(name);
        for touch in &touches {
            room.touch(MORNING, touch.clone());
            view(&room);
        }
        let mut status = samples::status();
        status.call = samples::call(Phase::Idle);
        samples::tell(&mut room, &status, &Offers::default());
        let much_later = later(10 * 60_000);
        room.hear(much_later, Heard::Tick);
        assert_eq!(room.view(much_later, PARIS).screen, Screen::Idle, "{name}");
    }
}
