//! The screen at rest: the room's day and how to begin.

use room_messages::api::Homeserver;

use super::Scene;
use super::pane::Tone;
use crate::offers::{Booking, Day, Way};
use crate::touch::Control;
use crate::words;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct IdleView {
    /// The meeting that runs or is next.
    pub card: Option<Card>,
    /// Those after it.
    pub later: Vec<Row>,
    pub has_calendar: bool,
    /// The calendar is away; until when it is known.
    pub stale: String,
    pub meet_now: bool,
    /// The room can be booked now.
    pub book: bool,
    pub contacts: bool,
    /// The room's own address, to be called or invited.
    pub address: String,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Card {
    /// `In 8 min`, `Now`.
    pub chip: String,
    pub is_now: bool,
    pub title: String,
    pub when: String,
    pub host: String,
    /// Join lights up.
    pub joinable: bool,
    /// Why there is no Join.
    pub hint: String,
    /// By how many minutes it can be extended at one press; 0: not at all.
    pub extend_min: u32,
    /// It can be ended before its time.
    pub can_end: bool,
    /// The room has been asked to change it.
    pub busy: bool,
    /// Place in the day, for [`crate::Touch::JoinMeeting`].
    pub at: usize,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Row {
    pub begins: String,
    pub ends: String,
    pub title: String,
    pub note: String,
    pub joinable: bool,
    pub at: usize,
}

pub(crate) fn of(scene: &Scene<'_>) -> IdleView {
    let offers = &scene.panel.offers;
    let status = scene.panel.status.as_ref();
    let mut view = IdleView {
        has_calendar: offers.day.is_some(),
        meet_now: offers.meet_now,
        book: super::book::is_offered(scene),
        contacts: offers.contacts.is_some(),
        address: status.and_then(|s| s.room.user.clone()).unwrap_or_default(),
        ..IdleView::default()
    };
    if let Some(day) = &offers.day {
        fill(&mut view, scene, day);
    }
    view
}

fn fill(view: &mut IdleView, scene: &Scene<'_>, day: &Day) {
    let mut left = left(scene, day);
    view.card = left
        .next()
        .map(|(at, booking)| card(scene, day, at, booking));
    view.later = left
        .map(|(at, booking)| row(scene, day, at, booking))
        .collect();
    view.stale = day.stale_since_ms.map_or_else(String::new, |since| {
        let since = words::time(scene.zone, since);
        let (en, fr) = (
            format!("Calendar away; as of {since}"),
            format!("Agenda injoignable ; état de {since}"),
        );
        scene.pick(en, fr)
    });
}

/// What is left of the day, in order.
fn left<'a>(scene: &Scene<'_>, day: &'a Day) -> impl Iterator<Item = (usize, &'a Booking)> {
    let (now, zone) = (scene.now.unix_ms, scene.zone);
    let today = zone.civil(now).days;
    day.meetings.iter().enumerate().filter(move |(_, booking)| {
        !booking.is_over(now) && zone.civil(booking.begins_ms).days <= today
    })
}

fn card(scene: &Scene<'_>, day: &Day, at: usize, booking: &Booking) -> Card {
    let now = scene.now.unix_ms;
    let joinable = booking.joinable(day.join_early_ms, now).is_some();
    Card {
        chip: words::ahead(scene.language, now, booking.begins_ms),
        is_now: booking.is_on(now),
        title: title(scene, booking),
        when: words::span(scene.zone, booking.begins_ms, booking.ends_ms),
        host: booking.host.clone().unwrap_or_default(),
        joinable,
        hint: hint(scene, day, booking, joinable),
        extend_min: if booking.is_on(now) {
            extension(booking)
        } else {
            0
        },
        can_end: booking.is_on(now) && booking.ends_ms.is_some(),
        busy: scene.is_busy(Control::Meeting),
        at,
    }
}

/// What one press adds: a quarter of an hour, or what is left until the next meeting.
pub(crate) fn extension(booking: &Booking) -> u32 {
    match booking.extendable_min {
        0..5 => 0,
        some => some.min(15),
    }
}

fn title(scene: &Scene<'_>, booking: &Booking) -> String {
    let private = || scene.say("Private meeting", "Réunion privée");
    booking.title.clone().unwrap_or_else(private)
}

fn hint(scene: &Scene<'_>, day: &Day, booking: &Booking, joinable: bool) -> String {
    match &booking.way {
        Way::NotFromHere(kind) => scene.pick(
            format!("{kind} cannot be joined from here"),
            format!("{kind} : ne peut être rejointe d’ici"),
        ),
        Way::Unknown => scene.say("No link to join", "Sans lien pour rejoindre"),
        Way::Target(_) if joinable => String::new(),
        Way::Target(_) => {
            let from = booking.begins_ms.saturating_sub(day.join_early_ms);
            let from = words::time(scene.zone, from);
            scene.pick(
                format!("Join from {from}"),
                format!("À rejoindre dès {from}"),
            )
        }
    }
}

fn row(scene: &Scene<'_>, day: &Day, at: usize, booking: &Booking) -> Row {
    let note = match &booking.way {
        Way::NotFromHere(_) => hint(scene, day, booking, false),
        Way::Target(_) | Way::Unknown => booking.host.clone().unwrap_or_default(),
    };
    Row {
        begins: words::time(scene.zone, booking.begins_ms),
        ends: booking
            .ends_ms
            .map_or_else(String::new, |ends| words::time(scene.zone, ends)),
        title: title(scene, booking),
        note,
        joinable: booking
            .joinable(day.join_early_ms, scene.now.unix_ms)
            .is_some(),
        at,
    }
}

/// Free or busy, and until when. Without a calendar nothing is said about it.
pub(crate) fn state(scene: &Scene<'_>) -> (Tone, String) {
    let Some(day) = &scene.panel.offers.day else {
        // Why not stands below.
        let text = if is_reached(scene) {
            scene.say("Ready for a call", "Prête pour un appel")
        } else {
            scene.say("Not ready for a call", "Pas prête pour un appel")
        };
        return (Tone::Neutral, text);
    };
    let now = scene.now.unix_ms;
    let Some((_, next)) = left(scene, day).next() else {
        let text = scene.say(
            "Free for the rest of the day",
            "Libre jusqu’à la fin de la journée",
        );
        return (Tone::Free, text);
    };
    if next.is_on(now) && busy_until(day, now) == u64::MAX {
        return (
            Tone::Busy,
            scene.say("A call is running", "Un appel est en cours"),
        );
    }
    if next.is_on(now) {
        let until = words::time(scene.zone, busy_until(day, now));
        let text = scene.pick(
            format!("Booked until {until}"),
            format!("Réservée jusqu’à {until}"),
        );
        return (Tone::Busy, text);
    }
    let until = words::time(scene.zone, next.begins_ms);
    let text = scene.pick(
        format!("Free until {until}"),
        format!("Libre jusqu’à {until}"),
    );
    (Tone::Free, text)
}

fn is_reached(scene: &Scene<'_>) -> bool {
    let status = scene.panel.status.as_ref();
    status.is_some_and(|status| status.room.homeserver == Homeserver::Online)
}

/// End of the meetings that follow one another without a gap. A call that runs has none.
fn busy_until(day: &Day, now: u64) -> u64 {
    day.meetings.iter().fold(now, |until, booking| {
        let ends = booking.ends_ms.unwrap_or(u64::MAX);
        let follows = booking.begins_ms <= until && ends > until;
        if follows { ends } else { until }
    })
}

impl Scene<'_> {
    pub(crate) fn pick(&self, en: String, fr: String) -> String {
        match self.language {
            room_messages::api::Language::En => en,
            room_messages::api::Language::Fr => fr,
        }
    }
}
