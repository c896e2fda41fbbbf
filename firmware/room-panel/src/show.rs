//! From the view to the properties of the screen, one by one.

use room_messages::api::{Language, SecurityLevel};
use room_panel_model::view::{self, View};
use room_panel_model::{Theme as Chosen, offers, touch};
use slint::{ComponentHandle as _, SharedString};

use crate::lists::{Lists, fill};
use crate::ui;
use crate::ui::{Data, PanelWindow, Theme};

pub fn show(window: &PanelWindow, lists: &Lists, view: &View) {
    let theme = window.global::<Theme>();
    theme.set_skin(match view.theme {
        Chosen::Light => ui::Skin::Light,
        Chosen::Dark => ui::Skin::Dark,
        Chosen::HighContrast => ui::Skin::Contrast,
    });
    theme.set_large(view.large_text);
    speak(view.language);
    let data = window.global::<Data>();
    data.set_french(view.language == Language::Fr);
    frame(&data, view);
    idle(&data, lists, view);
    pages(&data, lists, view);
    call(&data, lists, &view.call);
    care(&data, lists, view);
    data.set_screen(screen(view.screen));
}

/// Both languages are bundled, so this cannot fail but by a mistake in `lang/`, which a test finds.
fn speak(language: Language) {
    let name = match language {
        Language::En => "en",
        Language::Fr => "fr",
    };
    let _ = slint::select_bundled_translation(name);
}

fn frame(data: &Data<'_>, view: &View) {
    data.set_room(text(&view.room));
    data.set_time(text(&view.time));
    data.set_pane(pane(&view.pane));
    data.set_in_call(view.bar.is_some());
    if let Some(bar) = &view.bar {
        data.set_bar(self::bar(bar));
    }
    let (notice, is_problem) = view.notice.clone().unwrap_or_default();
    data.set_notice(text(&notice));
    data.set_notice_is_problem(is_problem);
    data.set_subject(text(&view.subject));
    data.set_join_busy(view.join_busy);
    data.set_fault_count(number(view.faults));
    data.set_cleaning(i32::try_from(view.cleaning_s).unwrap_or(0));
    data.set_percent(view.percent.map_or(-1, i32::from));
}

fn pane(pane: &view::Pane) -> ui::Pane {
    ui::Pane {
        tone: tone(pane.tone),
        kicker: text(&pane.kicker),
        big: text(&pane.big),
        date: text(&pane.date),
        title: text(&pane.title),
        note: text(&pane.note),
        foot: text(&pane.foot),
        security: match pane.security {
            SecurityLevel::None => ui::Security::None,
            SecurityLevel::Encrypted => ui::Security::Encrypted,
            SecurityLevel::Pending => ui::Security::Pending,
            SecurityLevel::Degraded => ui::Security::Degraded,
            SecurityLevel::Unencrypted => ui::Security::Unencrypted,
        },
        reasons: number(pane.reasons),
        working: pane.working,
    }
}

fn tone(tone: view::Tone) -> ui::Tone {
    match tone {
        view::Tone::Neutral => ui::Tone::Neutral,
        view::Tone::Free => ui::Tone::Free,
        view::Tone::Busy => ui::Tone::Busy,
        view::Tone::Call => ui::Tone::Call,
        view::Tone::Ring => ui::Tone::Ring,
        view::Tone::Wait => ui::Tone::Wait,
        view::Tone::Fault => ui::Tone::Fault,
    }
}

fn bar(bar: &view::Bar) -> ui::Bar {
    ui::Bar {
        muted: bar.muted,
        hardware_muted: bar.hardware_muted,
        microphone_busy: bar.microphone_busy,
        microphone_failed: bar.microphone_failed,
        camera_on: bar.camera_on,
        camera_busy: bar.camera_busy,
        camera_failed: bar.camera_failed,
        camera_absent: bar.camera_absent,
        volume: i32::from(bar.volume),
        leave_busy: bar.leave_busy,
    }
}

fn idle(data: &Data<'_>, lists: &Lists, view: &View) {
    let idle = &view.idle;
    data.set_has_card(idle.card.is_some());
    if let Some(card) = &idle.card {
        data.set_card(ui::Card {
            chip: text(&card.chip),
            is_now: card.is_now,
            title: text(&card.title),
            when: text(&card.when),
            host: text(&card.host),
            joinable: card.joinable,
            hint: text(&card.hint),
            extend: i32::try_from(card.extend_min).unwrap_or(0),
            can_end: card.can_end,
            busy: card.busy,
            at: number(card.at),
        });
    }
    let rows = idle.later.iter().map(|row| ui::Row {
        begins: text(&row.begins),
        ends: text(&row.ends),
        title: text(&row.title),
        note: text(&row.note),
        joinable: row.joinable,
        at: number(row.at),
    });
    fill(&lists.later, rows);
    data.set_has_calendar(idle.has_calendar);
    data.set_stale(text(&idle.stale));
    data.set_meet_now(idle.meet_now);
    data.set_can_book(idle.book);
    data.set_has_contacts(idle.contacts);
    data.set_address(text(&idle.address));
}

fn pages(data: &Data<'_>, lists: &Lists, view: &View) {
    data.set_typed(text(&view.dial.typed));
    data.set_numbers(view.dial.numbers);
    let contacts = view.contacts.iter().map(|contact| ui::Contact {
        name: text(&contact.name),
        detail: text(&contact.detail),
        initials: text(&contact.initials),
        is_room: contact.is_room,
    });
    fill(&lists.contacts, contacts);
    let lengths = view.book.iter().map(|row| ui::Length {
        length: text(&row.length),
        until: text(&row.until),
    });
    fill(&lists.lengths, lengths);
    let ringing = view.ringing.iter().map(|ring| ui::Ring {
        caller: text(&ring.caller),
        initials: text(&ring.initials),
        name: text(&ring.name),
        declinable: ring.declinable,
    });
    fill(&lists.ringing, ringing);
    let ended = &view.ended;
    data.set_ended(ui::Ended {
        name: text(&ended.name),
        lasted: text(&ended.lasted),
        what: text(&ended.what),
        next: text(&ended.next),
        code: text(&ended.code),
        again: ended.again,
    });
}

fn call(data: &Data<'_>, lists: &Lists, call: &view::CallView) {
    data.set_tab(match call.tab {
        touch::Tab::People => ui::Tab::People,
        touch::Tab::Security => ui::Tab::Security,
        touch::Tab::Layout => ui::Tab::Layout,
        touch::Tab::Add => ui::Tab::Add,
        touch::Tab::Tones => ui::Tab::Tones,
        touch::Tab::Reactions => ui::Tab::Reactions,
        touch::Tab::Camera => ui::Tab::Camera,
    });
    data.set_count(text(&call.count));
    data.set_security_title(text(&call.security_title));
    fill(&lists.people, call.people.iter().map(person));
    fill(&lists.actions, call.actions.iter().map(action));
    let lines = call.security.iter().map(|line| ui::SecurityLine {
        who: text(&line.who),
        text: text(&line.text),
        since: text(&line.since),
    });
    fill(&lists.security, lines);
    let layouts = call.layouts.iter().map(|mark| ui::LayoutMark {
        kind: match mark.layout {
            offers::Layout::Speaker => ui::LayoutKind::Speaker,
            offers::Layout::Grid => ui::LayoutKind::Grid,
            offers::Layout::Content => ui::LayoutKind::Content,
        },
        chosen: mark.chosen,
    });
    fill(&lists.layouts, layouts);
    fill(
        &lists.reactions,
        call.reactions.iter().map(|emoji| text(emoji)),
    );
    fill(
        &lists.positions,
        call.positions.iter().map(|name| text(name)),
    );
}

fn person(person: &view::Person) -> ui::Person {
    ui::Person {
        name: text(&person.name),
        initials: text(&person.initials),
        note: text(&person.note),
        mark: match person.mark {
            view::Mark::Waiting => ui::Mark::Waiting,
            view::Mark::Safe => ui::Mark::Safe,
            view::Mark::Alert => ui::Mark::Alert,
            view::Mark::Plain => ui::Mark::Plain,
        },
        sound: match person.sound {
            view::Sound::Off => ui::Sound::Off,
            view::Sound::Muted => ui::Sound::Muted,
            view::Sound::On => ui::Sound::On,
        },
        camera: person.camera,
        sharing: person.sharing,
        speaking: person.speaking,
        hand: person.hand,
        reaction: text(&person.reaction),
        away: person.away,
    }
}

fn action(action: &view::Action) -> ui::Action {
    ui::Action {
        kind: match action.kind {
            view::ActionKind::Hand => ui::ActionKind::Hand,
            view::ActionKind::Layout => ui::ActionKind::Layout,
            view::ActionKind::Share => ui::ActionKind::Share,
            view::ActionKind::Add => ui::ActionKind::Add,
            view::ActionKind::Tones => ui::ActionKind::Tones,
            view::ActionKind::Reactions => ui::ActionKind::Reactions,
            view::ActionKind::Camera => ui::ActionKind::Camera,
        },
        on: action.on,
        busy: action.busy,
    }
}

/// Faults, PIN, settings, and what is waited for.
fn care(data: &Data<'_>, lists: &Lists, view: &View) {
    let faults = view.faults_view.faults.iter().map(|fault| ui::Fault {
        code: text(&fault.code),
        what: text(&fault.what),
        next: text(&fault.next),
    });
    fill(&lists.faults, faults);
    data.set_reference(text(&view.faults_view.reference));
    data.set_about(text(&view.faults_view.about));
    data.set_pin_typed(number(view.pin.typed));
    data.set_pin_length(number(view.pin.length));
    data.set_pin_wrong(view.pin.wrong);
    data.set_pin_closed(i32::try_from(view.pin.closed_s).unwrap_or(i32::MAX));
    data.set_version(text(&view.settings.version));
    if view.screen == view::Screen::Settings {
        data.set_address(text(&view.settings.address));
    }
    fill(&lists.steps, view.steps.iter().map(|step| text(step)));
}

fn screen(screen: view::Screen) -> ui::Screen {
    match screen {
        view::Screen::Starting => ui::Screen::Starting,
        view::Screen::Idle => ui::Screen::Idle,
        view::Screen::Dial => ui::Screen::Dial,
        view::Screen::Contacts => ui::Screen::Contacts,
        view::Screen::Book => ui::Screen::Book,
        view::Screen::Ringing => ui::Screen::Ringing,
        view::Screen::Joining => ui::Screen::Joining,
        view::Screen::Lobby => ui::Screen::Lobby,
        view::Screen::Call => ui::Screen::Call,
        view::Screen::Leaving => ui::Screen::Leaving,
        view::Screen::Ended => ui::Screen::Ended,
        view::Screen::Uncommissioned => ui::Screen::Uncommissioned,
        view::Screen::Updating => ui::Screen::Updating,
        view::Screen::Faults => ui::Screen::Faults,
        view::Screen::Pin => ui::Screen::Pin,
        view::Screen::Settings => ui::Screen::Settings,
        view::Screen::Cleaning => ui::Screen::Cleaning,
        view::Screen::Standby => ui::Screen::Standby,
    }
}

fn text(text: &str) -> SharedString {
    text.into()
}

fn number(number: usize) -> i32 {
    i32::try_from(number).unwrap_or(i32::MAX)
}
