//! TURN servers, from LiveKit's form to `webrtcbin`'s.
//!
//! LiveKit: `turn:host:port?transport=udp`, credentials beside it.
//! `webrtcbin`: `turn://user:password@host:port?transport=udp`.
//!
//! STUN servers are left out on purpose: an SFU learns our outside address from the connectivity
//! checks themselves, and a LiveKit that nobody told otherwise names Google's, which would learn
//! of every call.

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

/// Every usable TURN address of `servers` as `webrtcbin` takes it, password included.
pub(crate) fn addresses(servers: &[IceServer]) -> Vec<String> {
    servers
        .iter()
        .flat_map(|server| {
            server
                .urls
                .iter()
                .filter_map(move |url| address(server, url))
        })
        .take(MAX_SERVERS)
        .collect()
}

fn address(server: &IceServer, url: &str) -> Option<String> {
    let (scheme, rest) = url.split_once(':')?;
    let rest = rest.trim_start_matches("//");
    let plain = |c: char| c.is_ascii_alphanumeric() || ".-_:[]?=&".contains(c);
    if url.len() > MAX_URL || rest.is_empty() || !rest.chars().all(plain) {
        return None;
    }
    let port = match scheme {
        "turn" => 3478,
        "turns" => 5349,
        _ => return None,
    };
    let (user, password) = (escape(&server.username), escape(&server.credential));
    let rest = with_port(rest, port);
    Some(format!("{scheme}://{user}:{password}@{rest}"))
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
        let cases = [
            (
                "turn:192.0.2.1:3478?transport=udp",
                "turn://a%3Ab:p%40ss%2Fword@192.0.2.1:3478?transport=udp",
            ),
            (
                "turns:turn.example.org?transport=tcp",
                "turns://a%3Ab:p%40ss%2Fword@turn.example.org:5349?transport=tcp",
            ),
            (
                "turn:[2001:db8::1]",
                "turn://a%3Ab:p%40ss%2Fword@[2001:db8::1]:3478",
            ),
        ];
        for (url, expected) in cases {
            assert_eq!(addresses(&[server(url)]), [expected]);
        }
    }

    #[test]
    fn stun_servers_of_third_parties_are_never_asked() {
        assert!(addresses(&[server("stun:stun.l.google.com:19302")]).is_empty());
    }

    #[test]
    fn strange_addresses_are_left_out_and_long_lists_cut() {
        for url in ["", "http://a", "turn:", "turn:a b", "turn:a/b", "turn:x@y"] {
            assert!(addresses(&[server(url)]).is_empty(), "{url}");
        }
        let many = vec![server("turn:a"); 100];
        assert_eq!(addresses(&many).len(), MAX_SERVERS);
    }

    #[test]
    fn debug_output_shows_no_credential() {
        let text = format!("{:?}", server("turn:a"));
        assert!(!text.contains("p@ss") && !text.contains("a:b"));
    }
}
