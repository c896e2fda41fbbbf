//! Everything on the screen, as texts and states.
//!
//! Two areas, whatever the screen: the *pane* says what is the matter (its colour too), the rest
//! what one can do. During a call the *bar* is below both, with the same controls at the same
//! place until the call is over.

mod book;
mod call;
mod ended;
mod idle;
mod pages;
mod pane;
mod people;

use room_messages::api::{Device, Language};

use crate::choices::Theme;
use crate::clock::{Now, Zone};
use crate::panel::{Page, Panel};
use crate::touch::Control;
use crate::words::say;

pub(crate) use book::lengths;
pub(crate) use idle::extension;

pub use book::BookRow;
pub use call::{Action, ActionKind, Bar, CallView, SecurityLine, TabMark};
pub use ended::EndedView;
pub use idle::{Card, IdleView, Row};
pub use pages::{ContactRow, DialView, FaultLine, FaultsView, PinView, RingView, SettingsView};
pub use pane::{Pane, Tone};
pub use people::{Mark, Person, Sound};

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Screen {
    /// `roomd` is not reached.
    #[default]
    Starting,
    Idle,
    Dial,
    Contacts,
    Book,
    Ringing,
    Joining,
    Lobby,
    Call,
    Leaving,
    Ended,
    Uncommissioned,
    Updating,
    Faults,
    Pin,
    Settings,
    Cleaning,
    Standby,
}

/// See the module. Parts of other screens than [`View::screen`] are empty.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct View {
    pub screen: Screen,
    pub language: Language,
    pub theme: Theme,
    pub large_text: bool,
    pub room: String,
    /// `09:52`.
    pub time: String,
    pub pane: Pane,
    pub bar: Option<Bar>,
    /// One sentence over everything, and whether it is a problem.
    pub notice: Option<(String, bool)>,
    /// Name of the call that is joined or left.
    pub subject: String,
    /// A join was pressed and is not answered yet.
    pub join_busy: bool,
    /// Number of faults.
    pub faults: usize,
    pub idle: IdleView,
    pub dial: DialView,
    pub contacts: Vec<ContactRow>,
    pub book: Vec<BookRow>,
    pub ringing: Vec<RingView>,
    pub call: CallView,
    pub ended: EndedView,
    pub faults_view: FaultsView,
    pub pin: PinView,
    pub settings: SettingsView,
    /// Seconds until touch counts again.
    pub cleaning_s: u64,
    /// 0 to 100 of an update.
    pub percent: Option<u8>,
    /// What is waited for, on screens where one can only wait.
    pub steps: Vec<String>,
}

/// What the parts are made of.
pub(crate) struct Scene<'a> {
    pub panel: &'a Panel,
    pub now: Now,
    pub zone: Zone,
    pub language: Language,
}

impl<'a> Scene<'a> {
    /// The text in the language of the screen.
    pub fn say(&self, en: &'a str, fr: &'a str) -> String {
        say(self.language, en, fr).to_owned()
    }

    pub fn is_busy(&self, control: Control) -> bool {
        self.panel.waiting.is_busy(control, self.now.steady_ms)
    }
}

pub(crate) fn of(panel: &Panel, now: Now, zone: Zone) -> View {
    let scene = Scene {
        panel,
        now,
        zone,
        language: panel.language(),
    };
    let screen = screen(&scene);
    let mut view = View {
        screen,
        language: scene.language,
        theme: panel.choices.theme,
        large_text: panel.choices.large_text,
        room: pane::room(&scene),
        time: crate::words::time(zone, now.unix_ms),
        pane: pane::of(&scene, screen),
        bar: call::bar(&scene),
        notice: notice(&scene),
        subject: if panel.is_in_call() {
            call::name(&scene)
        } else {
            String::new()
        },
        join_busy: panel.waiting.wish(Control::Join).is_some(),
        faults: panel.status.as_ref().map_or(0, |s| s.faults.len()),
        cleaning_s: cleaning_s(&scene),
        percent: panel.offers.update.and_then(|update| update.percent),
        steps: pane::steps(&scene, screen),
        ..View::default()
    };
    fill(&mut view, &scene);
    view
}

fn fill(view: &mut View, scene: &Scene<'_>) {
    match view.screen {
        Screen::Idle => view.idle = idle::of(scene),
        Screen::Dial => view.dial = pages::dial(scene),
        Screen::Contacts => {
            view.dial = pages::dial(scene);
            view.contacts = pages::contacts(scene);
        }
        Screen::Book => view.book = book::rows(scene),
        Screen::Ringing => view.ringing = pages::ringing(scene),
        Screen::Call => {
            view.call = call::of(scene);
            view.dial = pages::dial(scene);
            view.contacts = pages::contacts(scene);
        }
        Screen::Ended => view.ended = ended::of(scene),
        Screen::Faults => view.faults_view = pages::faults(scene),
        Screen::Pin => view.pin = pages::pin(scene),
        Screen::Settings => view.settings = pages::settings(scene),
        _ => {}
    }
}

/// The first that applies; the order is the one of importance.
fn screen(scene: &Scene<'_>) -> Screen {
    use room_messages::api::Phase;
    let panel = scene.panel;
    if panel.cleaning_until.is_some() {
        return Screen::Cleaning;
    }
    if panel.asleep {
        return Screen::Standby;
    }
    if !panel.ringing(scene.now).is_empty() {
        return Screen::Ringing;
    }
    match panel.page {
        Page::Faults => return Screen::Faults,
        Page::Pin => return Screen::Pin,
        Page::Settings => return Screen::Settings,
        Page::Home | Page::Dial | Page::Contacts | Page::Book => {}
    }
    if panel.status.is_none() {
        return Screen::Starting;
    }
    match panel.phase() {
        Phase::Joining if panel.offers.lobby => return Screen::Lobby,
        Phase::Joining => return Screen::Joining,
        Phase::InCall | Phase::Reconnecting => return Screen::Call,
        Phase::Leaving => return Screen::Leaving,
        Phase::Idle | Phase::Failed => {}
    }
    at_rest(panel)
}

fn at_rest(panel: &Panel) -> Screen {
    if panel.offers.update.is_some_and(|update| update.restarting) {
        return Screen::Updating;
    }
    if is_uncommissioned(panel) {
        return Screen::Uncommissioned;
    }
    match panel.page {
        _ if panel.ended.is_some() => Screen::Ended,
        Page::Dial => Screen::Dial,
        Page::Contacts if panel.offers.contacts.is_some() => Screen::Contacts,
        Page::Book if panel.offers.bookable_min > 0 => Screen::Book,
        _ => Screen::Idle,
    }
}

/// The problems of settings that are missing or wrong, as `GET /v1/readiness` names them.
fn is_uncommissioned(panel: &Panel) -> bool {
    let mut faults = panel.status.iter().flat_map(|status| &status.faults);
    faults.any(|fault| matches!(fault.code.as_str(), "SET-01" | "SET-02"))
}

fn notice(scene: &Scene<'_>) -> Option<(String, bool)> {
    let panel = scene.panel;
    if let Some(notice) = &panel.notice {
        let text = notice.text.in_language(scene.language).to_owned();
        return Some((text, notice.is_problem));
    }
    let slow = panel.waiting.is_slow(scene.now.steady_ms);
    slow.then(|| {
        let text = scene.say(
            "This takes longer than usual…",
            "Cela prend plus de temps que d’habitude…",
        );
        (text, false)
    })
}

fn cleaning_s(scene: &Scene<'_>) -> u64 {
    let until = scene.panel.cleaning_until.unwrap_or_default();
    until.saturating_sub(scene.now.steady_ms).div_ceil(1000)
}

/// Something comes out of the device now, or may at any moment.
pub(crate) fn is_open(device: Device) -> bool {
    matches!(device, Device::Live | Device::Standby)
}
