//! ICE servers, from LiveKit's form to `webrtcbin`'s.
//!
//! LiveKit: `stun:host:port`, `turn:host:port?transport=udp`, credentials beside it.
//! `webrtcbin`: `stun://host:port`, `turn://user:password@host:port?transport=udp`.

use std::fmt;

/// Longest server address accepted, in bytes.
const MAX_URL: usize = 512;
/// Most addresses used of one connection.
pub const MAX_SERVERS: usize = 8;

/// One entry of the list an SFU hands out. Its `Debug` shows no credential.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct IceServer {
    pub urls: Vec<String>,
    pub username: String,
    pub credential: String,
}

impl fmt::Debug for IceServer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("IceServer")
            .field("urls", &self.urls)
            .finish_non_exhaustive()
    }
}

/// An address that is not one of an ICE server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a stun:, turn: or turns: address")]
pub struct IceServerError;

/// An address as `webrtcbin` takes it.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Address {
    Stun(String),
    /// Holds the password.
    Turn(String),
}

/// Every usable address of `servers`, the unusable left out.
pub(crate) fn addresses(servers: &[IceServer]) -> Vec<Address> {
    servers
        .iter()
        .flat_map(|server| server.urls.iter().map(move |url| address(server, url)))
        .filter_map(Result::ok)
        .take(MAX_SERVERS)
        .collect()
}

fn address(server: &IceServer, url: &str) -> Result<Address, IceServerError> {
    let (scheme, rest) = url.split_once(':').ok_or(IceServerError)?;
    let rest = rest.trim_start_matches("//");
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]?=&".contains(c);
    if url.len() > MAX_URL || rest.is_empty() || !rest.chars().all(plain) {
        return Err(IceServerError);
    }
    match scheme {
        "stun" => Ok(Address::Stun(format!("stun://{}", with_port(rest, 3478)))),
        "turn" | "turns" => {
            let port = if scheme == "turn" { 3478 } else { 5349 };
            let (user, password) = (escape(&server.username), escape(&server.credential));
            let rest = with_port(rest, port);
            Ok(Address::Turn(format!(
                "{scheme}://{user}:{password}@{rest}"
            )))
        }
        _ => Err(IceServerError),
    }
}

/// `host?query` with the default port put in; `webrtcbin` has no defaults.
fn with_port(rest: &str, port: u16) -> String {
    let (host, query) = match rest.split_once('?') {
        Some((host, query)) => (host, format!("?{query}")),
        None => (rest, String::new()),
    };
    let has_port = match host.rsplit_once(']') {
        Some((_, after)) => after.starts_with(':'),
        None => host.contains(':'),
    };
    if has_port {
        format!("{host}{query}")
    } else {
        format!("{host}:{port}{query}")
    }
}

/// Percent-encodes all but RFC 3986's unreserved characters.
fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> IceServer {
        IceServer {
            urls: vec![url.into()],
            username: "a:b".into(),
            credential: "p@ss/word".into(),
        }
    }

    #[test]
    fn livekit_addresses_become_those_of_webrtcbin() {
        let stun = |text: &str| Address::Stun(text.to_owned());
        let turn = |text: &str| Address::Turn(text.to_owned());
        let cases = [
            (
                "stun:stun.example.org:19302",
                stun("stun://stun.example.org:19302"),
            ),
            (
                "stun:stun.example.org",
                stun("stun://stun.example.org:3478"),
            ),
            (
                "turn:192.0.2.1:3478?transport=udp",
                turn("turn://a%3Ab:p%40ss%2Fword@192.0.2.1:3478?transport=udp"),
            ),
            (
                "turns:turn.example.org?transport=tcp",
                turn("turns://a%3Ab:p%40ss%2Fword@turn.example.org:5349?transport=tcp"),
            ),
            ("stun:[2001:db8::1]", stun("stun://[2001:db8::1]:3478")),
        ];
        for (url, expected) in cases {
            assert!(addresses(&[server(url)]) == [expected], "{url}");
        }
    }

    #[test]
    fn strange_addresses_are_left_out_and_long_lists_cut() {
        for url in ["", "http://a", "stun:", "turn:a b", "stun:a/b", "turn:x@y"] {
            assert!(addresses(&[server(url)]).is_empty(), "{url}");
        }
        let many = vec![server("stun:a"); 100];
        assert_eq!(addresses(&many).len(), MAX_SERVERS);
    }

    #[test]
    fn debug_output_shows_no_credential() {
        let text = format!("{:?}", server("turn:a"));
        assert!(!text.contains("p@ss") && !text.contains("a:b"));
    }
}
