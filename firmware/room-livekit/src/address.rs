//! The address of the signalling socket, from what the authorization service gave.

use url::Url;

/// Where an SFU's signalling is; `Debug` and logs may show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address(Url);

#[derive(Debug, thiserror::Error)]
pub enum AddressError {
    #[error("the SFU's address is not a URL")]
    NotAUrl(#[source] url::ParseError),
    #[error("the SFU's address has the scheme {0:?}, not ws, wss, http or https")]
    Scheme(String),
    #[error("the SFU's address is longer than {MAX_ADDRESS} bytes")]
    TooLong,
}

/// Longest address taken, in bytes.
pub const MAX_ADDRESS: usize = 2048;

/// Protocol 16: 17 only matters to those who announce packet trailers.
///
/// The browser: LiveKit gives the media section of a track that ended to the next one, except to
/// Safari (`ClientInfo.SupportsTransceiverReuse`). `webrtcbin` 1.22 refuses the change of direction
/// that comes with it, and each refusal costs a new session, whose tracks then are given old
/// sections by the other rooms' connections, and so on without end. Nothing else that concerns us
/// depends on the name (audio RED does, which we do not offer).
const QUERY: &str =
    "auto_subscribe=1&adaptive_stream=1&protocol=16&sdk=rust&version=1.0&os=linux&browser=safari";

impl Address {
    /// Takes `ws`, `wss`, `http` or `https`, with whatever path is there.
    ///
    /// # Errors
    /// When it is none of these.
    pub fn parse(text: &str) -> Result<Self, AddressError> {
        if text.len() > MAX_ADDRESS {
            return Err(AddressError::TooLong);
        }
        let scheme = text.split_once(':').map_or("", |(scheme, _)| scheme);
        let text = match scheme.to_ascii_lowercase().as_str() {
            "http" | "ws" => replace_scheme(text, "ws"),
            "https" | "wss" => replace_scheme(text, "wss"),
            other => return Err(AddressError::Scheme(other.chars().take(16).collect())),
        };
        let mut url = Url::parse(&text).map_err(AddressError::NotAUrl)?;
        url.set_fragment(None);
        url.set_query(None);
        let path = format!("{}/rtc", url.path().trim_end_matches('/'));
        url.set_path(&path);
        Ok(Self(url))
    }

    /// The URL to open; `resume` is our participant id in the session to go on with. The token
    /// travels in a header, so that no log of a proxy shows it.
    #[must_use]
    pub fn socket(&self, resume: Option<&str>) -> Url {
        let mut url = self.0.clone();
        url.set_query(Some(QUERY));
        if let Some(sid) = resume {
            url.query_pairs_mut()
                .append_pair("reconnect", "1")
                .append_pair("reconnect_reason", "1")
                .append_pair("sid", sid);
        }
        url
    }
}

fn replace_scheme(text: &str, scheme: &str) -> String {
    let rest = text.split_once(':').map_or("", |(_, rest)| rest);
    format!("{scheme}:{rest}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_path_that_is_there_is_kept_and_http_becomes_ws() {
        for (given, wanted) in [
            ("wss://h/livekit/sfu", "wss://h/livekit/sfu/rtc"),
            ("https://h/livekit/sfu/", "wss://h/livekit/sfu/rtc"),
            ("HTTP://h:7880", "ws://h:7880/rtc"),
            ("ws://h/?a=b#c", "ws://h/rtc"),
        ] {
            assert_eq!(Address::parse(given).unwrap().0.as_str(), wanted);
        }
    }

    #[test]
    fn resuming_names_our_participant() {
        let url = Address::parse("ws://h").unwrap().socket(Some("PA_x&y"));
        assert!(
            url.as_str()
                .ends_with("&reconnect=1&reconnect_reason=1&sid=PA_x%26y")
        );
    }

    #[test]
    fn other_schemes_and_rubbish_are_refused() {
        for text in [
            "",
            "ftp://h",
            "h",
            "wss://",
            "ws://[",
            "javascript:alert(1)",
        ] {
            assert!(Address::parse(text).is_err(), "{text}");
        }
        assert!(Address::parse(&format!("ws://{}", "a".repeat(3000))).is_err());
    }
}
