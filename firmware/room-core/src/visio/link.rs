//! Links and codes of meetings.
//!
//! A meeting is `https://{instance}/abc-defg-hij`. La Suite's own web client takes a looser form:
//! three, four and three letters or digits in any case, with or without hyphens; it writes them
//! small and puts the hyphens in, which the API itself does not.

use std::fmt;

use url::Url;

use super::is_loopback;

/// Longest text that is looked at, in bytes.
const MAX_TEXT: usize = 2048;

/// The instances of La Suite that the settings allow.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Instances {
    /// Hosts, lower case.
    pub hosts: Vec<String>,
    /// Where codes typed without a link are looked up.
    pub default: Option<Url>,
}

/// One meeting of an instance that is allowed. No `Debug` shows its code: it is an invitation.
#[derive(Clone, PartialEq, Eq)]
pub struct Meeting {
    /// Scheme, host and port, nothing else.
    origin: Url,
    code: String,
}

/// What a text may be, as far as this module knows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reading {
    Meeting(Meeting),
    /// A code, and the settings name no instance for it.
    CodeAlone,
    /// Something else.
    Other,
}

impl fmt::Debug for Meeting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Meeting(…)")
    }
}

impl Meeting {
    #[must_use]
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Host of the instance, for people.
    #[must_use]
    pub fn host(&self) -> &str {
        self.origin.host_str().unwrap_or_default()
    }

    #[must_use]
    pub fn origin(&self) -> &Url {
        &self.origin
    }

    /// Reached without TLS: on one machine.
    #[must_use]
    pub fn is_plain(&self) -> bool {
        self.origin.scheme() == "http"
    }
}

impl Instances {
    /// Reads a link to an allowed instance, with or without `https://`, or a code.
    #[must_use]
    pub fn read(&self, text: &str) -> Reading {
        let text = text.trim();
        if text.len() > MAX_TEXT {
            return Reading::Other;
        }
        if let Some(code) = code(text) {
            return self.typed(code, text.contains('-'));
        }
        let whole = text.contains("://");
        let url = if whole {
            Url::parse(text)
        } else {
            Url::parse(&format!("https://{text}"))
        };
        let meeting = url.ok().and_then(|url| self.meeting(&url));
        meeting.map_or(Reading::Other, Reading::Meeting)
    }

    /// Ten letters without hyphens may be anything; only where there is an instance to ask are
    /// they taken for a code.
    fn typed(&self, code: String, hyphens: bool) -> Reading {
        match &self.default {
            Some(origin) => Reading::Meeting(Meeting {
                origin: origin.clone(),
                code,
            }),
            None if hyphens => Reading::CodeAlone,
            None => Reading::Other,
        }
    }

    /// The meeting a link leads to, if its host is allowed.
    #[must_use]
    pub fn meeting(&self, url: &Url) -> Option<Meeting> {
        let host = url.host_str()?;
        let allowed = self.hosts.iter().any(|own| own.eq_ignore_ascii_case(host));
        let code = code_of(url)?;
        let mut origin = url.clone();
        origin.set_path("/");
        origin.set_query(None);
        origin.set_fragment(None);
        let bare = origin.set_username("").is_ok() && origin.set_password(None).is_ok();
        if origin.scheme() == "http" && !is_loopback(&origin) {
            origin.set_scheme("https").ok()?;
        }
        (allowed && bare).then_some(Meeting { origin, code })
    }
}

/// The code in a web link's path, whatever its host.
#[must_use]
pub fn code_of(url: &Url) -> Option<String> {
    let web = matches!(url.scheme(), "https" | "http");
    code(url.path().trim_matches('/')).filter(|_| web)
}

/// `abc-defg-hij` from the looser spellings.
#[must_use]
pub fn code(text: &str) -> Option<String> {
    let plain: String = match text.len() {
        10 => text.to_ascii_lowercase(),
        12 if text.split('-').map(str::len).eq([3, 4, 3]) => {
            text.to_ascii_lowercase().split('-').collect()
        }
        _ => return None,
    };
    if !plain.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return None;
    }
    let (first, second, third) = (plain.get(..3)?, plain.get(3..7)?, plain.get(7..)?);
    Some(format!("{first}-{second}-{third}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn instances(default: Option<&str>) -> Instances {
        Instances {
            hosts: vec!["visio.example.org".into(), "127.0.0.1".into()],
            default: default.map(|text| text.parse().unwrap()),
        }
    }

    fn read(text: &str) -> Option<(String, String)> {
        match instances(None).read(text) {
            Reading::Meeting(m) => Some((m.origin().to_string(), m.code().to_owned())),
            _ => None,
        }
    }

    #[test]
    fn links_are_read_in_every_spelling_and_lead_to_tls() {
        let secure = "https://visio.example.org/";
        for (text, origin) in [
            ("https://visio.example.org/abc-defg-hij", secure),
            (" https://VISIO.example.org/ABC-defg-HIJ/ \n", secure),
            ("https://visio.example.org/abcdefghij?x=1#y", secure),
            ("http://visio.example.org/abc-defg-hij", secure),
            ("visio.example.org/abc-defg-hij", secure),
            ("https://me:pw@visio.example.org/abc-defg-hij", secure),
            (
                "https://visio.example.org:8443/abc-defg-hij",
                "https://visio.example.org:8443/",
            ),
            (
                "http://127.0.0.1:8000/abc-defg-hij",
                "http://127.0.0.1:8000/",
            ),
        ] {
            let expected = Some((origin.to_owned(), "abc-defg-hij".to_owned()));
            assert_eq!(read(text), expected, "{text}");
        }
    }

    #[test]
    fn what_is_no_meeting_of_an_allowed_instance_is_left_to_others() {
        for text in [
            "",
            "https://elsewhere.example.org/abc-defg-hij",
            "https://visio.example.org.evil.org/abc-defg-hij",
            "https://visio.example.org/",
            "https://visio.example.org/abc-defg",
            "https://visio.example.org/a/abc-defg-hij",
            "https://visio.example.org/abc-dé-ghij",
            "ftp://visio.example.org/abc-defg-hij",
            "abcdefghij",
            "helloworld",
            "!abc:example.org",
            "#daily:example.org",
            "abcde-fghij",
            "éééééé",
        ] {
            assert_eq!(instances(None).read(text), Reading::Other, "{text}");
        }
        let long = format!(
            "https://visio.example.org/abc-defg-hij?{}",
            "x".repeat(3000)
        );
        assert_eq!(instances(None).read(&long), Reading::Other);
    }

    #[test]
    fn a_typed_code_needs_an_instance_that_the_settings_name() {
        assert_eq!(instances(None).read("abc-defg-hij"), Reading::CodeAlone);
        let origin = "https://visio.example.org/";
        for text in ["abc-defg-hij", "ABCDEFGHIJ", " abcdefghij "] {
            let Reading::Meeting(meeting) = instances(Some(origin)).read(text) else {
                panic!("{text}");
            };
            assert_eq!(meeting.code(), "abc-defg-hij");
            assert_eq!(meeting.origin().as_str(), origin);
            assert_eq!(format!("{meeting:?}"), "Meeting(…)");
        }
    }
}
