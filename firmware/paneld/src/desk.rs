//! Where everything meets on the thread that draws: panel, window, clock, link.
//!
//! Invariant: whatever comes in, the window shows the panel's view before the loop goes on; so a
//! press is on the screen in the same turn of the loop.

use std::cell::RefCell;
use std::rc::Rc;
use std::time::Duration;

use room_panel::Screen;
use room_panel::ui::PanelWindow;
use room_panel_model::{Effect, Heard, Panel, Touch};
use slint::{Timer, TimerMode};

use crate::clock::Clock;
use crate::link::Wishes;
use crate::store::Store;

thread_local! {
    /// The desk of this thread; the link reaches it by the event loop.
    static DESK: RefCell<Option<Rc<Desk>>> = const { RefCell::new(None) };
}

pub(crate) struct Desk {
    panel: RefCell<Panel>,
    screen: Screen,
    clock: Rc<Clock>,
    wishes: Wishes,
    store: Store,
    tick: Timer,
}

impl Desk {
    /// Makes it the desk of this thread.
    pub(crate) fn set_up(
        panel: Panel,
        screen: Screen,
        clock: Rc<Clock>,
        wishes: Wishes,
        store: Store,
    ) {
        let desk = Rc::new(Self {
            panel: RefCell::new(panel),
            screen,
            clock,
            wishes,
            store,
            tick: Timer::default(),
        });
        desk.show();
        DESK.with_borrow_mut(|place| *place = Some(desk));
    }

    fn show(&self) {
        let now = self.clock.now();
        let zone = self.clock.zone(now);
        let view = self.panel.borrow().view(now, zone);
        self.screen.show(&view);
        let next = self.panel.borrow().next_tick(now);
        let next = Duration::from_millis(next);
        self.tick
            .start(TimerMode::SingleShot, next, || hear(Heard::Tick));
    }

    fn carry_out(&self, effects: Vec<Effect>) {
        for effect in effects {
            match effect {
                Effect::Ask { ask, intent } => self.wishes.ask(ask, intent),
                Effect::Search { text } => self.wishes.search(text),
                Effect::Keep(choices) => self.store.write(choices),
                Effect::Note { reference } => self.note(&reference),
            }
        }
    }

    /// For support: what the room was doing when somebody reported a problem, without names.
    fn note(&self, reference: &str) {
        let now = self.clock.now();
        let view = self.panel.borrow().view(now, self.clock.zone(now));
        let codes = view.faults_view.faults.iter().map(|f| f.code.as_str());
        let codes = codes.collect::<Vec<_>>().join(" ");
        tracing::warn!(reference, in_call = view.bar.is_some(), faults = codes,
            security = ?view.pane.security, "a problem was reported at the panel");
    }
}

/// Shows the window of this thread to `look`; `None` before there is one.
pub fn look<T>(look: impl FnOnce(&PanelWindow) -> T) -> Option<T> {
    let desk = DESK.with_borrow(Clone::clone)?;
    Some(look(desk.screen.window()))
}

/// Tells the desk of this thread what became known.
pub(crate) fn hear(heard: Heard) {
    with(|desk| {
        let effects = desk.panel.borrow_mut().hear(desk.clock.now(), heard);
        desk.carry_out(effects);
        desk.show();
    });
}

/// Tells the desk of this thread what was touched.
pub(crate) fn touch(touch: Touch) {
    with(|desk| {
        let effects = desk.panel.borrow_mut().touch(desk.clock.now(), touch);
        desk.carry_out(effects);
        desk.show();
    });
}

fn with(act: impl FnOnce(&Desk)) {
    let desk = DESK.with_borrow(Clone::clone);
    if let Some(desk) = desk {
        act(&desk);
    }
}
