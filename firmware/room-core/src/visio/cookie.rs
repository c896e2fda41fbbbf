//! The lobby knows a guest by one cookie alone. Its name can be configured, and it is marked
//! Secure over plain http too, so it is kept and sent by hand.

use std::fmt;

/// La Suite's name for it, unless an instance chose another.
const NAME: &str = "lobbyParticipantId";
const MAX_NAME: usize = 64;
const MAX_VALUE: usize = 256;
/// Most `Set-Cookie` headers looked at.
const MAX_HEADERS: usize = 16;

/// `name=value`, fit for a header. Whoever has it is this guest, so `Debug` does not show it.
#[derive(Clone, PartialEq, Eq)]
pub struct Cookie(String);

impl fmt::Debug for Cookie {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Cookie(…)")
    }
}

impl Cookie {
    /// The one among `Set-Cookie` headers whose value is the `id` of the answer they came with;
    /// else the one with La Suite's own name.
    #[must_use]
    pub fn find<'a>(headers: impl Iterator<Item = &'a str>, id: Option<&str>) -> Option<Self> {
        let pairs: Vec<_> = headers.take(MAX_HEADERS).filter_map(pair).collect();
        let by_value = pairs.iter().find(|(_, value)| Some(*value) == id);
        let found = by_value.or_else(|| pairs.iter().find(|(name, _)| *name == NAME));
        found.map(|(name, value)| Self(format!("{name}={value}")))
    }

    /// The value of a `Cookie` header.
    #[must_use]
    pub fn header(&self) -> &str {
        &self.0
    }
}

/// RFC 6265, 4.1.1: a token and cookie octets; what is too long is left out as a whole.
fn pair(header: &str) -> Option<(&str, &str)> {
    let (name, value) = header.split(';').next()?.trim().split_once('=')?;
    let name_byte = |b: u8| b.is_ascii_alphanumeric() || b"-_.!#$%&'*+^`|~".contains(&b);
    let value_byte = |b: u8| b.is_ascii_graphic() && !b"\",;\\".contains(&b);
    let good = (1..=MAX_NAME).contains(&name.len())
        && (1..=MAX_VALUE).contains(&value.len())
        && name.bytes().all(name_byte)
        && value.bytes().all(value_byte);
    good.then_some((name, value))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_guests_own_cookie_is_found_whatever_its_name_and_fit_for_a_header() {
        let find = |headers: &[&str], id: Option<&str>| {
            let found = Cookie::find(headers.iter().copied(), id);
            found.map(|cookie| cookie.header().to_owned())
        };
        let session = "sessionid=x; HttpOnly";
        let lobby = "lobbyParticipantId=4969-e692; HttpOnly; Path=/; SameSite=Lax; Secure";
        let own = Some("lobbyParticipantId=4969-e692".to_owned());
        assert_eq!(find(&[session, lobby], Some("4969-e692")), own);
        assert_eq!(find(&[session, lobby], None), own);
        let other = find(&[session, "guest=7; Path=/"], Some("7"));
        assert_eq!(other.as_deref(), Some("guest=7"));
        assert_eq!(find(&[session], Some("7")), None);
        let long = format!("lobbyParticipantId={}", "a".repeat(300));
        for bad in [
            "",
            "=",
            "lobbyParticipantId",
            &long,
            "lobbyParticipantId=a\rb",
        ] {
            assert_eq!(find(&[bad], None), None, "{bad}");
        }
    }
}
