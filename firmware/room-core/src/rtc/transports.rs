//! Where calls are carried, as a homeserver says (MSC4143).
//!
//! Invariant: an address taken from here is absolute, `http` or `https`, and bounded; so is
//! their number. Deliberately absent: the requests themselves.

use serde_json::Value;

use super::membership::{is_service_url, service_url};

/// Most transports looked at.
pub const MAX_TRANSPORTS: usize = 32;

/// Addresses of authorization services in the answer of
/// `GET …/org.matrix.msc4143/rtc/transports`, best first. Synapse answers `{}` when none is set;
/// anything that is no LiveKit transport with a usable address is passed over.
#[must_use]
pub fn of_endpoint(answer: &Value) -> Vec<String> {
    list_in(answer, "rtc_transports")
}

/// Addresses in `/.well-known/matrix/client` (`org.matrix.msc4143.rtc_foci`), best first.
#[must_use]
pub fn of_well_known(file: &Value) -> Vec<String> {
    list_in(file, "org.matrix.msc4143.rtc_foci")
}

/// The service to publish through: the homeserver's first, else the settings' own.
#[must_use]
pub fn choose(homeserver: &[String], settings: Option<&str>) -> Option<String> {
    let first = homeserver.first().map(String::as_str);
    let chosen = first.or(settings.filter(|url| is_service_url(url)));
    chosen.map(str::to_owned)
}

fn list_in(answer: &Value, name: &str) -> Vec<String> {
    let list = answer.get(name).and_then(Value::as_array);
    let entries = list.into_iter().flatten().take(MAX_TRANSPORTS);
    entries.filter_map(service_url).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_without_a_list_names_nothing() {
        for answer in [json!({}), json!([]), json!({"rtc_transports": 7})] {
            assert!(of_endpoint(&answer).is_empty(), "{answer}");
        }
    }

    #[test]
    fn the_first_livekit_transport_wins_and_others_are_passed_over() {
        let list = json!([
            1,
            {"type": "other", "livekit_service_url": "https://no"},
            {"type": "livekit"},
            {"type": "livekit", "livekit_service_url": "ftp://no"},
            {"type": "livekit", "livekit_service_url": "https://user:pass@no"},
            {"type": "livekit", "livekit_service_url": "https://yes/jwt"},
        ]);
        let body = json!({"rtc_transports": list, "org.matrix.msc4143.rtc_foci": list});
        let expected = ["https://yes/jwt".to_owned()];
        assert_eq!(of_endpoint(&body), expected);
        assert_eq!(of_well_known(&body), expected);
        let table = [
            (&expected[..], Some("https://own"), Some("https://yes/jwt")),
            (&[], Some("https://own"), Some("https://own")),
            (&[], Some("ftp://own"), None),
            (&[], None, None),
        ];
        for (homeserver, settings, chosen) in table {
            assert_eq!(choose(homeserver, settings).as_deref(), chosen);
        }
    }
}
