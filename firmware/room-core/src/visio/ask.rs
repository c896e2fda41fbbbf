//! What is asked of an instance, as values: who sends it decides nothing.
//!
//! Every path ends in a slash (a POST without it is redirected), bodies are JSON, and a guest
//! needs no session and no CSRF token.

use std::fmt;

use room_messages::Token;
use serde_json::{Value, json};
use url::Url;

use super::{Cookie, Meeting};
use crate::call::people::clean_name;

/// When nothing of the room's name may be sent: a blank one is refused.
const NAMELESS: &str = "Salle";

/// One HTTP request. `Debug` shows nothing of it.
#[derive(Clone, PartialEq)]
pub struct Ask {
    pub url: Url,
    /// A POST with this JSON, else a GET.
    pub body: Option<Value>,
    pub cookie: Option<Cookie>,
    pub bearer: Option<Token>,
}

impl fmt::Debug for Ask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Ask(…)")
    }
}

impl Ask {
    /// Whether there is such a meeting, and may it be entered at once.
    #[must_use]
    pub fn look_up(meeting: &Meeting, name: &str) -> Self {
        let mut url = address(meeting, None);
        url.query_pairs_mut().append_pair("username", name);
        Self {
            url,
            body: None,
            cookie: None,
            bearer: None,
        }
    }

    /// Asks to be let in, or whether it was decided. The cookie makes it the same guest.
    #[must_use]
    pub fn enter(meeting: &Meeting, name: &str, cookie: Option<Cookie>) -> Self {
        Self {
            url: address(meeting, Some("request-entry")),
            body: Some(json!({"username": name})),
            cookie,
            bearer: None,
        }
    }

    /// Raises or lowers the own hand; with the newest LiveKit token.
    #[must_use]
    pub fn hand(meeting: &Meeting, raised: bool, token: Token) -> Self {
        Self {
            url: address(meeting, Some("toggle-hand")),
            body: Some(json!({"raised": raised})),
            cookie: None,
            bearer: Some(token),
        }
    }
}

fn address(meeting: &Meeting, action: Option<&str>) -> Url {
    let mut url = meeting.origin().clone();
    let action = action.map_or_else(String::new, |action| format!("{action}/"));
    url.set_path(&format!("/api/v1.0/rooms/{}/{action}", meeting.code()));
    url
}

/// The room's name as an instance takes it: never blank, and at most 64 characters, since LiveKit
/// allows 256 bytes.
#[must_use]
pub fn own_name(name: &str) -> String {
    let name = clean_name(Some(name), "");
    if name.is_empty() {
        NAMELESS.to_owned()
    } else {
        name
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::visio::link::{Instances, Reading};

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

    #[test]
    fn each_question_goes_to_its_own_path_with_a_slash_at_the_end() {
        let base = "https://visio.example.org/api/v1.0/rooms/abc-defg-hij/";
        let look = Ask::look_up(&meeting(), "Salle d'été & co");
        assert_eq!(
            look.url.as_str(),
            format!("{base}?username=Salle+d%27%C3%A9t%C3%A9+%26+co")
        );
        assert_eq!(look.body, None);
        let enter = Ask::enter(&meeting(), "Salle", None);
        assert_eq!(enter.url.as_str(), format!("{base}request-entry/"));
        assert_eq!(enter.body, Some(json!({"username": "Salle"})));
        let hand = Ask::hand(&meeting(), true, Token::new("secret".into()));
        assert_eq!(hand.url.as_str(), format!("{base}toggle-hand/"));
        assert_eq!(format!("{hand:?}"), "Ask(…)");
    }

    #[test]
    fn a_name_is_never_blank_long_or_broken_over_lines() {
        assert_eq!(own_name(" Salle\nAmpère "), "SalleAmpère");
        assert_eq!(own_name("\u{0}\n "), NAMELESS);
        assert_eq!(own_name(&"x".repeat(300)).len(), 64);
    }
}
