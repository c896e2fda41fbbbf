//! What an installer, a panel or a calendar may name as the call to join.
//!
//! Invariant: a [`Target`] holds identifiers of the right shape and bounded length; nothing here
//! asks a server. Deliberately absent: the old Element Call links that name a call by a path
//! only, since they do not say on which homeserver it is.

use url::Url;

/// Longest target, in characters.
pub const MAX_TARGET: usize = 2048;
/// Longest identifier, in bytes (Matrix specification, appendices).
const MAX_ID: usize = 255;
/// Most servers to join through that are kept.
const MAX_VIA: usize = 5;

/// A Matrix room to be in a call in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    pub place: Place,
    /// Servers to join through, at most five.
    pub via: Vec<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// `!…`
    Room(String),
    /// `#…:server`
    Alias(String),
    /// `@…:server`: the room of the two, made when there is none.
    Person(String),
    /// A Matrix room that is made for this call.
    New,
}

/// Why a text is not a call this room can join.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TargetError {
    #[error("a target has 1 to {MAX_TARGET} characters")]
    Length,
    #[error("this is neither a room, an alias nor a link to one")]
    Unreadable,
    /// A video meeting of La Suite (Visio).
    #[error("this is a Visio link")]
    Visio,
    /// An Element Call link whose media is encrypted with a password in the link.
    #[error("this Element Call link is protected by a password of its own")]
    LinkPassword,
    /// A link to a person, a message or a space of another kind.
    #[error("this link does not lead to a room")]
    NotARoom,
}

impl Target {
    /// Reads a room id, alias, `matrix:` URI, matrix.to link or Element Call link.
    ///
    /// # Errors
    /// [`TargetError`].
    pub fn parse(text: &str) -> Result<Self, TargetError> {
        let text = text.trim();
        if text.is_empty() || text.chars().count() > MAX_TARGET {
            return Err(TargetError::Length);
        }
        if text.starts_with(['!', '#']) {
            return Self::new(text, Vec::new());
        }
        let url = Url::parse(text).map_err(|_| TargetError::Unreadable)?;
        match url.scheme() {
            "matrix" => from_matrix_uri(&url),
            "https" | "http" if url.host_str() == Some("matrix.to") => from_matrix_to(&url),
            "https" | "http" => from_element_call(&url),
            "element" | "io.element.call" => from_element_call(&url),
            _ => Err(TargetError::Unreadable),
        }
    }

    /// Reads a user id, or a `matrix:` URI or matrix.to link to a person. Kept apart from
    /// [`Target::parse`]: the text of a meeting names people who are not to be called.
    #[must_use]
    pub fn person(text: &str) -> Option<String> {
        let text = text.trim();
        if text.chars().count() > MAX_TARGET {
            return None;
        }
        let id = match text.starts_with('@') {
            true => text.to_owned(),
            false => person_in_link(&Url::parse(text).ok()?)?,
        };
        is_user(&id).then_some(id)
    }

    /// A Matrix room that is made for this call, and nobody asked into it yet.
    #[must_use]
    pub fn new_room() -> Self {
        let (place, via) = (Place::New, Vec::new());
        Self { place, via }
    }

    fn new(id: &str, via: Vec<String>) -> Result<Self, TargetError> {
        let place = match id.chars().next() {
            Some('!') if is_room_id(id) => Place::Room(id.to_owned()),
            Some('#') if is_alias(id) => Place::Alias(id.to_owned()),
            Some('@' | '$') => return Err(TargetError::NotARoom),
            _ => return Err(TargetError::Unreadable),
        };
        Ok(Self { place, via })
    }
}

/// `matrix:r/alias:server`, `matrix:roomid/id:server?via=…`
fn from_matrix_uri(url: &Url) -> Result<Target, TargetError> {
    let path = decoded(url.path());
    let (kind, rest) = path.split_once('/').ok_or(TargetError::Unreadable)?;
    let name = rest.split('/').next().unwrap_or_default();
    let id = match kind {
        "r" => format!("#{name}"),
        "roomid" => format!("!{name}"),
        _ => return Err(TargetError::NotARoom),
    };
    Target::new(&id, servers(url.query().unwrap_or_default(), "via"))
}

/// `https://matrix.to/#/!id:server?via=…`, `https://matrix.to/#/#alias:server`
fn from_matrix_to(url: &Url) -> Result<Target, TargetError> {
    let fragment = url.fragment().ok_or(TargetError::Unreadable)?;
    let (path, query) = fragment.split_once('?').unwrap_or((fragment, ""));
    let path = path.trim_start_matches('/');
    let id = decoded(path.split('/').next().unwrap_or_default());
    Target::new(&id, servers(query, "via"))
}

/// `https://matrix.to/#/@name:server`, `matrix:u/name:server`
fn person_in_link(url: &Url) -> Option<String> {
    if url.scheme() == "matrix" {
        let path = decoded(url.path());
        return Some(format!("@{}", path.strip_prefix("u/")?));
    }
    let matrix_to = url.host_str() == Some("matrix.to");
    let fragment = url.fragment().filter(|_| matrix_to)?;
    let path = fragment.split('?').next().unwrap_or_default();
    Some(decoded(path.trim_start_matches('/')))
}

/// `https://call.example.org/room/#/name?roomId=!…` and the forms embedded clients use. The
/// parameters stand behind `?` in the fragment, or directly behind `#`, or in the query.
fn from_element_call(url: &Url) -> Result<Target, TargetError> {
    let fragment = url.fragment().unwrap_or_default();
    let inner = fragment
        .split_once('?')
        .map_or(fragment, |(_, query)| query);
    let queries = [inner, url.query().unwrap_or_default()];
    let all = |name: &str| queries.iter().find_map(|query| parameter(query, name));
    let Some(room) = all("roomId") else {
        return Err(if is_visio(url) {
            TargetError::Visio
        } else {
            TargetError::Unreadable
        });
    };
    if all("password").is_some_and(|password| !password.is_empty()) {
        return Err(TargetError::LinkPassword);
    }
    let via = queries
        .iter()
        .flat_map(|query| servers(query, "viaServers"))
        .take(MAX_VIA)
        .collect();
    Target::new(&room, via)
}

/// La Suite's meetings are named `abc-defg-hij`.
fn is_visio(url: &Url) -> bool {
    let parts: Vec<_> = url.path().trim_matches('/').split('-').collect();
    let lower = |part: &&str| part.bytes().all(|b| b.is_ascii_lowercase());
    let lengths: Vec<_> = parts.iter().map(|part| part.len()).collect();
    lengths == [3, 4, 3] && parts.iter().all(lower)
}

fn parameter(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .find(|(key, _)| key == name)
        .map(|(_, value)| value.into_owned())
}

/// Servers named by every `name` parameter, each perhaps a list with commas.
fn servers(query: &str, name: &str) -> Vec<String> {
    url::form_urlencoded::parse(query.as_bytes())
        .filter(|(key, _)| key == name)
        .flat_map(|(_, value)| value.split(',').map(str::to_owned).collect::<Vec<_>>())
        .filter(|server| is_server(server))
        .take(MAX_VIA)
        .collect()
}

/// Percent-decoding of a path; `+` stays as it is.
fn decoded(text: &str) -> String {
    let kept = text.replace('+', "%2B");
    parameter(&format!("x={}", kept.replace('&', "%26")), "x").unwrap_or_default()
}

/// Room ids have no server part from room version 12 on (MSC4291).
fn is_room_id(id: &str) -> bool {
    (2..=MAX_ID).contains(&id.len()) && id.chars().skip(1).all(|c| c.is_ascii_graphic() && c != '/')
}

fn is_alias(id: &str) -> bool {
    let Some((local, server)) = id.split_once(':') else {
        return false;
    };
    let plain = |c: char| !c.is_control() && !c.is_whitespace() && c != '/';
    id.len() <= MAX_ID && local.len() > 1 && local.chars().all(plain) && is_server(server)
}

/// The localpart of old accounts may hold any visible character (Matrix specification,
/// appendices, historical user ids).
fn is_user(id: &str) -> bool {
    let parts = id.strip_prefix('@').and_then(|rest| rest.split_once(':'));
    let (Some((local, server)), true) = (parts, id.len() <= MAX_ID) else {
        return false;
    };
    let plain = |b: u8| b.is_ascii_graphic() && b != b'/';
    !local.is_empty() && local.bytes().all(plain) && is_server(server)
}

fn is_server(name: &str) -> bool {
    (1..=230).contains(&name.len())
        && name
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-.:[]".contains(&b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_form_of_a_room_is_read() {
        let room = "!abc:example.org";
        let alias = "#daily:example.org:8448";
        let table = [
            ("!abc:example.org", room, 0),
            ("  !abc:example.org\n", room, 0),
            (
                "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM",
                "!31hneApxJ_1o-63DmFrpeqnkFfWppnzWso1JvH3ogLM",
                0,
            ),
            ("#daily:example.org:8448", alias, 0),
            (
                "https://matrix.to/#/!abc:example.org?via=a.org&via=b.org",
                room,
                2,
            ),
            (
                "https://matrix.to/#/!abc:example.org/$event?via=a.org",
                room,
                1,
            ),
            (
                "https://matrix.to/#/%23daily%3Aexample.org%3A8448",
                alias,
                0,
            ),
            ("https://matrix.to/#/#daily:example.org:8448", alias, 0),
            ("matrix:roomid/abc:example.org?via=a.org", room, 1),
            ("matrix:r/daily:example.org:8448?action=join", alias, 0),
            (
                "https://call.element.io/room/#/test-call?roomId=!abc:example.org",
                room,
                0,
            ),
            (
                "https://call.element.io/room/#/?roomId=%21abc%3Aexample.org&viaServers=a.org,b.org",
                room,
                2,
            ),
            (
                "https://call.element.io/room#?intent=start_call&roomId=!abc:example.org",
                room,
                0,
            ),
            (
                "https://host/room/#userId=x&roomId=!abc:example.org",
                room,
                0,
            ),
            ("https://host/?roomId=!abc:example.org#/x", room, 0),
        ];
        for (text, id, via) in table {
            let target = Target::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"));
            let found = match &target.place {
                Place::Room(found) | Place::Alias(found) => found,
                other => panic!("{text}: {other:?}"),
            };
            assert_eq!(found, id, "{text}");
            assert_eq!(target.via.len(), via, "{text}");
        }
    }

    #[test]
    fn what_is_no_room_is_refused_for_the_right_reason() {
        let long = format!("!{}", "a".repeat(3000));
        let table = [
            ("", TargetError::Length),
            (long.as_str(), TargetError::Length),
            ("hello", TargetError::Unreadable),
            ("!", TargetError::Unreadable),
            ("#alias", TargetError::Unreadable),
            ("#a b:example.org", TargetError::Unreadable),
            (
                "ftp://example.org/!abc:example.org",
                TargetError::Unreadable,
            ),
            (
                "https://matrix.to/#/@anna:example.org",
                TargetError::NotARoom,
            ),
            ("matrix:u/anna:example.org", TargetError::NotARoom),
            (
                "https://visio.numerique.gouv.fr/abc-defg-hij",
                TargetError::Visio,
            ),
            ("https://call.element.io/daily", TargetError::Unreadable),
            (
                "https://call.element.io/room/#/x?roomId=!a:b&password=s",
                TargetError::LinkPassword,
            ),
        ];
        for (text, error) in table {
            assert_eq!(Target::parse(text), Err(error), "{text}");
        }
    }

    #[test]
    fn people_are_read_from_addresses_and_links_and_nothing_else_is_taken_for_one() {
        let anna = Some("@anna:example.org:8448".to_owned());
        let table = [
            ("@anna:example.org:8448", anna.clone()),
            (" @anna:example.org:8448\n", anna.clone()),
            ("https://matrix.to/#/@anna:example.org:8448", anna.clone()),
            (
                "https://matrix.to/#/%40anna%3Aexample.org%3A8448?via=x.org",
                anna.clone(),
            ),
            ("matrix:u/anna:example.org:8448?action=chat", anna),
            ("@:example.org", None),
            ("@anna", None),
            ("@an na:example.org", None),
            ("@anna:exa mple.org", None),
            ("#anna:example.org", None),
            ("https://example.org/#/@anna:example.org", None),
            ("https://matrix.to/#/!room:example.org", None),
        ];
        for (text, person) in table {
            assert_eq!(Target::person(text), person, "{text}");
        }
        assert_eq!(Target::person(&format!("@a:{}", "b".repeat(3000))), None);
    }

    #[test]
    fn a_list_of_servers_is_cut_short_and_cleaned() {
        let link = format!(
            "https://matrix.to/#/!a:b?via=bad%20name{}",
            "&via=s.org".repeat(50)
        );
        assert_eq!(Target::parse(&link).unwrap().via.len(), MAX_VIA);
    }
}
