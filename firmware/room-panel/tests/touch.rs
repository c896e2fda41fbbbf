//! The panel as fingers, keyboards and screen readers find it: by label, on real layout.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod common;

use std::cell::RefCell;
use std::rc::Rc;

use common::{platform, samples};
use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use room_messages::api::{Device, Language};
use room_panel::Screen;
use room_panel::ui::PanelWindow;
use room_panel_model::touch::Touch;
use room_panel_model::{Choices, Effect, Heard, Offers, Panel};
use samples::{MORNING, PARIS, SCREENS};
use slint::platform::software_renderer::MinimalSoftwareWindow;
use slint::platform::{Key, PointerEventButton, WindowEvent};
use slint::{ComponentHandle as _, LogicalPosition, PhysicalSize};

/// Window and pixels an inch: 10.1 inches, 7 inches, 10.1 inches upright.
const SIZES: [(u32, u32, f32); 3] = [(1280, 800, 149.0), (800, 480, 133.0), (800, 1280, 149.0)];
const TARGET_MM: f32 = 9.0;

/// A panel with its window; touches go to the panel and what it shows comes back.
struct Room {
    memory: Rc<MinimalSoftwareWindow>,
    screen: Rc<Screen>,
    panel: Rc<RefCell<Panel>>,
    effects: Rc<RefCell<Vec<Effect>>>,
}

impl Room {
    fn new(panel: Panel) -> Self {
        let memory = platform::window();
        let panel = Rc::new(RefCell::new(panel));
        let effects: Rc<RefCell<Vec<Effect>>> = Rc::default();
        let (touched, kept) = (Rc::clone(&panel), Rc::clone(&effects));
        let screen = Screen::new(move |touch| {
            let new = touched.borrow_mut().touch(MORNING, touch);
            kept.borrow_mut().extend(new);
        });
        let room = Self {
            memory,
            screen: Rc::new(screen.unwrap()),
            panel,
            effects,
        };
        room.resize(1280, 800);
        room.window().show().unwrap();
        room.show();
        room
    }

    fn on(screen: &str) -> Self {
        Self::new(samples::panel(screen, Choices::default()))
    }

    fn window(&self) -> &PanelWindow {
        self.screen.window()
    }

    fn resize(&self, width: u32, height: u32) {
        self.memory.set_size(PhysicalSize::new(width, height));
    }

    fn show(&self) {
        self.screen.show(&self.panel.borrow().view(MORNING, PARIS));
        slint::platform::update_timers_and_animations();
    }

    fn find(&self, label: &str) -> ElementHandle {
        let mut found = ElementHandle::find_by_accessible_label(self.window(), label);
        found.next().unwrap_or_else(|| {
            panic!(
                "nothing is labelled “{label}”; there is {:?}",
                self.labels()
            )
        })
    }

    fn labels(&self) -> Vec<String> {
        let buttons = buttons(self.window()).into_iter();
        buttons
            .map(|b| b.accessible_label().unwrap_or_default().to_string())
            .collect()
    }

    /// A finger on the middle of it.
    fn tap(&self, label: &str) {
        let element = self.find(label);
        let (at, size) = (element.absolute_position(), element.size());
        let position = LogicalPosition::new(at.x + size.width / 2.0, at.y + size.height / 2.0);
        let button = PointerEventButton::Left;
        let window = self.window().window();
        window.dispatch_event(WindowEvent::PointerPressed { position, button });
        window.dispatch_event(WindowEvent::PointerReleased { position, button });
        window.dispatch_event(WindowEvent::PointerExited);
        self.show();
    }

    fn asked(&self) -> Vec<String> {
        let effects = self.effects.borrow_mut().drain(..).collect::<Vec<_>>();
        let asked = effects.into_iter().filter_map(|effect| match effect {
            Effect::Ask { intent, .. } => Some(format!("{intent:?}")),
            _ => None,
        });
        asked.collect()
    }
}

fn buttons(window: &PanelWindow) -> Vec<ElementHandle> {
    ElementQuery::from_root(window)
        .match_descendants()
        .match_accessible_role(AccessibleRole::Button)
        .find_all()
}

#[test]
fn one_tap_joins() {
    let room = Room::on("idle-join");
    room.tap("Join");
    assert_eq!(room.asked(), [r##"Join { target: "#salon:exemple.fr" }"##]);
}

#[test]
fn muting_is_asked_for_and_announced_when_it_is_true() {
    let room = Room::on("call");
    assert_eq!(room.find("Microphone: On").accessible_checked(), Some(true));
    room.tap("Microphone: On");
    assert_eq!(room.asked(), ["Microphone { muted: true }"]);
    let mut status = samples::in_call(samples::status());
    status.microphone.muted = true;
    status.microphone.device = Device::Off;
    samples::tell(&mut room.panel.borrow_mut(), &status, &Offers::default());
    room.show();
    assert_eq!(
        room.find("Microphone: Muted").accessible_checked(),
        Some(false)
    );
}

#[test]
fn camera_volume_and_hanging_up_are_one_tap_each() {
    let room = Room::on("call");
    for label in ["Camera: On", "Louder", "Hang up"] {
        room.tap(label);
    }
    assert_eq!(
        room.asked(),
        ["Camera { on: false }", "Speaker { volume: 70 }", "Leave"]
    );
}

#[test]
fn the_bar_stays_at_its_place_on_every_screen_of_a_call() {
    let mut places = Vec::new();
    let room = Room::on("call");
    for name in SCREENS
        .iter()
        .filter(|name| name.starts_with("call") || **name == "joining")
    {
        *room.panel.borrow_mut() = samples::panel(name, Choices::default());
        room.show();
        let at = room.find("Hang up").absolute_position();
        places.push((at.x.round() as i32, at.y.round() as i32));
    }
    places.dedup();
    assert_eq!(places.len(), 1, "{places:?}");
}

#[test]
fn a_ringing_call_is_accepted_or_declined_by_one_tap() {
    let room = Room::on("ringing");
    room.tap("Accept");
    room.tap("Decline");
    let room_id = "!appel:exemple.fr";
    let expected = [
        format!("Join {{ target: {room_id:?} }}"),
        format!("Decline {{ room_id: {room_id:?} }}"),
    ];
    assert_eq!(room.asked(), expected);
}

#[test]
fn a_link_is_typed_with_capitals_and_erased() {
    let room = Room::on("idle-free");
    room.tap("Enter a link");
    for key in [
        "#", "a", "b", "Erase", "Capitals", "B", "Capitals", ":", "c", ".", "d",
    ] {
        room.tap(key);
    }
    room.tap("Join");
    assert_eq!(room.asked(), [r##"Join { target: "#aB:c.d" }"##]);
}

#[test]
fn the_language_changes_in_place() {
    let room = Room::on("call");
    assert!(room.labels().contains(&"Hang up".to_owned()));
    room.tap("Français");
    assert!(room.labels().contains(&"Raccrocher".to_owned()));
    assert!(room.labels().contains(&"Micro: Actif".to_owned()));
    room.tap("English");
    assert!(room.labels().contains(&"Hang up".to_owned()));
}

#[test]
fn settings_are_behind_the_pin_and_change_at_once() {
    let room = Room::on("idle-free");
    room.tap("Settings");
    for key in ["2", "4", "6", "8"] {
        room.tap(key);
    }
    room.tap("Light");
    assert_eq!(room.find("Light").accessible_checked(), Some(true));
    assert!(matches!(room.effects.borrow()[..], [Effect::Keep(_)]));
}

#[test]
fn cleaning_takes_no_touch() {
    let room = Room::on("settings");
    room.tap("Clean");
    let position = LogicalPosition::new(640.0, 400.0);
    let button = PointerEventButton::Left;
    let window = room.window().window();
    window.dispatch_event(WindowEvent::PointerPressed { position, button });
    window.dispatch_event(WindowEvent::PointerReleased { position, button });
    assert!(buttons(room.window()).is_empty());
    assert_eq!(room.asked(), Vec::<String>::new());
}

#[test]
fn a_keyboard_reaches_and_presses_what_a_finger_does() {
    let room = Room::on("ringing");
    let window = room.window().window();
    let key = |text: slint::SharedString| {
        window.dispatch_event(WindowEvent::KeyPressed { text: text.clone() });
        window.dispatch_event(WindowEvent::KeyReleased { text });
    };
    window.dispatch_event(WindowEvent::WindowActiveChanged(true));
    key(Key::Tab.into());
    key(Key::Tab.into());
    key(" ".into());
    room.show();
    assert_eq!(room.asked().len(), 1);
}

#[test]
fn a_screen_reader_presses_without_a_finger() {
    let room = Room::on("call");
    room.find("Raise hand").invoke_accessible_default_action();
    assert_eq!(room.asked(), ["Hand { raised: true }"]);
}

/// On every screen, in every size, language and size of text.
#[test]
fn every_button_has_a_label_is_nine_millimetres_and_on_the_screen() {
    let room = Room::on("call");
    let (mut wrong, mut count) = (Vec::new(), 0);
    for (width, height, dpi) in SIZES {
        room.resize(width, height);
        let least = (TARGET_MM / 25.4 * dpi).floor();
        for language in [Language::En, Language::Fr] {
            for large_text in [false, true] {
                for name in SCREENS {
                    let choices = Choices {
                        language: Some(language),
                        large_text,
                        ..Choices::default()
                    };
                    *room.panel.borrow_mut() = samples::panel(name, choices);
                    room.show();
                    for button in buttons(room.window()) {
                        count += 1;
                        let label = button.accessible_label().unwrap_or_default();
                        let (at, size) = (button.absolute_position(), button.size());
                        let on = at.x >= -0.5
                            && at.x + size.width <= width as f32 + 0.5
                            && at.y >= -0.5
                            && (at.y + size.height <= height as f32 + 0.5 || scrolls(name));
                        if label.is_empty() || size.width < least || size.height < least || !on {
                            wrong.push(format!(
                                "{name} {width}x{height} {language:?} large={large_text}: “{label}” {at:?} {size:?}"
                            ));
                        }
                    }
                }
            }
        }
    }
    assert!(count > 2000, "only {count} buttons");
    assert!(
        wrong.is_empty(),
        "{} wrong: {:#?}",
        wrong.len(),
        &wrong[..wrong.len().min(30)]
    );
}

/// Lists longer than the screen are scrolled to.
fn scrolls(screen: &str) -> bool {
    matches!(
        screen,
        "contacts" | "call-add" | "idle-busy" | "idle-join" | "idle-offline"
    )
}

#[test]
fn a_touch_that_only_keeps_awake_asks_for_nothing() {
    let room = Room::on("idle-join");
    room.panel.borrow_mut().touch(MORNING, Touch::Anywhere);
    room.show();
    assert_eq!(room.asked(), Vec::<String>::new());
}

#[test]
fn a_press_is_seen_before_the_finger_is_lifted() {
    let room = Room::on("idle-join");
    let size = PhysicalSize::new(1280, 800);
    let before = platform::draw(&room.memory, size);
    let element = room.find("Join");
    let (at, extent) = (element.absolute_position(), element.size());
    let position = LogicalPosition::new(at.x + extent.width / 4.0, at.y + extent.height / 2.0);
    let button = PointerEventButton::Left;
    let window = room.window().window();
    window.dispatch_event(WindowEvent::PointerPressed { position, button });
    let pressed = platform::draw(&room.memory, size);
    let changed = before.iter().zip(&pressed).filter(|(old, new)| old != new);
    assert!(changed.count() as f32 > extent.width * extent.height * 0.5);
    assert_eq!(room.asked(), Vec::<String>::new());
}

/// Fingers everywhere, on every screen: nothing panics, and the room's state still shows.
#[test]
fn random_fingers_leave_no_stuck_screen() {
    let room = Room::on("idle-join");
    // A fixed sequence (Knuth's MMIX generator), so that a failure comes again.
    let mut state: u64 = 5;
    let mut random = |below: u32| {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as u32 % below
    };
    let window = room.window().window();
    let button = PointerEventButton::Left;
    for name in SCREENS {
        *room.panel.borrow_mut() = samples::panel(name, Choices::default());
        for _ in 0..60 {
            let (x, y) = (random(1280) as f32, random(800) as f32);
            let position = LogicalPosition::new(x, y);
            window.dispatch_event(WindowEvent::PointerPressed { position, button });
            window.dispatch_event(WindowEvent::PointerReleased { position, button });
            room.show();
        }
        let call = samples::in_call(samples::status());
        samples::tell(&mut room.panel.borrow_mut(), &call, &Offers::default());
        let much_later = samples::later(10 * 60_000);
        let mut panel = room.panel.borrow_mut();
        panel.hear(much_later, Heard::Tick);
        assert!(panel.view(much_later, PARIS).bar.is_some(), "{name}");
    }
}
