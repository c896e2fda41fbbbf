//! From what was pressed to what it means.

use std::rc::Rc;

use room_messages::api::Language;
use room_panel_model::Theme;
use room_panel_model::touch::{Tab, Touch, Turn};
use slint::ComponentHandle as _;

use crate::ui::{Fingers, PanelWindow, Press};

/// Calls `touched` for each press and key.
pub fn listen(window: &PanelWindow, touched: impl Fn(Touch) + 'static) {
    let touched = Rc::new(touched);
    let keys = Rc::clone(&touched);
    let fingers = window.global::<Fingers>();
    fingers.on_press(move |press, at| touched(meaning(press, usize::try_from(at).unwrap_or(0))));
    fingers.on_key(move |text| text.chars().for_each(|key| keys(Touch::Key(key))));
}

fn meaning(press: Press, at: usize) -> Touch {
    match press {
        Press::Anywhere => Touch::Anywhere,
        Press::Back => Touch::Back,
        Press::OtherLanguage => Touch::OtherLanguage,
        Press::English => Touch::Language(Language::En),
        Press::French => Touch::Language(Language::Fr),
        Press::JoinMeeting => Touch::JoinMeeting(at),
        Press::MeetNow => Touch::MeetNow,
        Press::OpenBook => Touch::OpenBook,
        Press::Book => Touch::Book(at),
        Press::ExtendMeeting => Touch::ExtendMeeting(at),
        Press::EndMeeting => Touch::EndMeeting(at),
        Press::OpenDial => Touch::OpenDial,
        Press::OpenContacts => Touch::OpenContacts,
        Press::CallContact => Touch::CallContact(at),
        Press::Erase => Touch::Erase,
        Press::JoinTyped => Touch::JoinTyped,
        Press::Accept => Touch::Accept(at),
        Press::Decline => Touch::Decline(at),
        Press::Microphone => Touch::Microphone,
        Press::Camera => Touch::Camera,
        Press::Louder => Touch::Louder,
        Press::Quieter => Touch::Quieter,
        Press::Leave => Touch::Leave,
        Press::Hand => Touch::Hand,
        Press::Share => Touch::Share,
        Press::Layout => Touch::Layout(at),
        Press::React => Touch::React(at),
        Press::Position => Touch::Position(at),
        Press::Again => Touch::Again,
        Press::OpenFaults => Touch::OpenFaults,
        Press::Report => Touch::Report,
        Press::OpenSettings => Touch::OpenSettings,
        Press::ThemeLight => Touch::Theme(Theme::Light),
        Press::ThemeDark => Touch::Theme(Theme::Dark),
        Press::ThemeContrast => Touch::Theme(Theme::HighContrast),
        Press::LargeText => Touch::LargeText,
        Press::Clean => Touch::Clean,
        Press::Sleep => Touch::Sleep,
        other => tab_or_turn(other),
    }
}

fn tab_or_turn(press: Press) -> Touch {
    let turn = match press {
        Press::TabPeople => return Touch::OpenTab(Tab::People),
        Press::TabSecurity => return Touch::OpenTab(Tab::Security),
        Press::TabLayout => return Touch::OpenTab(Tab::Layout),
        Press::TabAdd => return Touch::OpenTab(Tab::Add),
        Press::TabTones => return Touch::OpenTab(Tab::Tones),
        Press::TabReactions => return Touch::OpenTab(Tab::Reactions),
        Press::TabCamera => return Touch::OpenTab(Tab::Camera),
        Press::TurnLeft => Turn::Left,
        Press::TurnRight => Turn::Right,
        Press::TurnUp => Turn::Up,
        Press::TurnDown => Turn::Down,
        Press::TurnNearer => Turn::Nearer,
        Press::TurnFarther => Turn::Farther,
        _ => return Touch::Anywhere,
    };
    Touch::Turn(turn)
}
