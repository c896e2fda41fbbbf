//! What the answer to a request at a homeserver means, from its status and its bytes alone.
//!
//! Invariant: whatever a server sends is read or refused, and what is kept of a refusal is fit
//! for a log: no text of the server's but a cleaned code. Deliberately absent: the connection,
//! and the limit on an answer's length (`room-matrix` reads no more than it wants).

use std::time::Duration;

use serde_json::Value;

/// `Retry-After` beyond this is a mistake or an attack.
pub const LONGEST_WAIT: Duration = Duration::from_secs(3600);
/// Longest code kept of a refusal, in characters.
const MAX_CODE: usize = 64;

/// Why a homeserver did not do what was asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// 429. At most [`LONGEST_WAIT`].
    RateLimited { retry_after: Option<Duration> },
    /// 401: the access token is not valid any more.
    LoggedOut,
    /// A delayed event's delay is longer than the server allows.
    TooLong { max: Option<Duration> },
    /// The server does not know the endpoint or the feature.
    Unsupported,
    /// 403.
    Forbidden { errcode: String },
    /// 404 of a thing, not of an endpoint.
    NotFound { errcode: String },
    /// 5xx.
    Server { status: u16 },
    /// Any other 4xx.
    Refused { status: u16, errcode: String },
    /// Anything else: a redirect, or a success without JSON.
    Unreadable,
}

/// JSON of a success, else the refusal it means. `retry_after` is the header of that name.
///
/// # Errors
/// Each [`Refusal`].
pub fn read(status: u16, retry_after: Option<&str>, body: &[u8]) -> Result<Value, Refusal> {
    let json = serde_json::from_slice::<Value>(body);
    if (200..300).contains(&status) {
        return json.map_err(|_| Refusal::Unreadable);
    }
    Err(refusal(status, retry_after, &json.unwrap_or_default()))
}

fn refusal(status: u16, header: Option<&str>, body: &Value) -> Refusal {
    let errcode = errcode(body);
    let max = || {
        let ms = body.get("org.matrix.msc4140.max_delay")?.as_u64()?;
        Some(Duration::from_millis(ms))
    };
    match (status, errcode.as_str()) {
        (429, _) => Refusal::RateLimited {
            retry_after: retry_after(header, body),
        },
        (401, _) if errcode != "M_UNAUTHORIZED" => Refusal::LoggedOut,
        (_, "ORG.MATRIX.MSC4140_DELAY_TOO_LARGE" | "M_MAX_DELAY_EXCEEDED") => {
            Refusal::TooLong { max: max() }
        }
        (400, _) if text(body, "org.matrix.msc4140.errcode") == "M_MAX_DELAY_EXCEEDED" => {
            Refusal::TooLong { max: max() }
        }
        (404 | 405 | 501, "M_UNRECOGNIZED" | "") => Refusal::Unsupported,
        (403, _) => Refusal::Forbidden { errcode },
        (404, _) => Refusal::NotFound { errcode },
        (500.., _) => Refusal::Server { status },
        (400.., _) => Refusal::Refused { status, errcode },
        _ => Refusal::Unreadable,
    }
}

/// `errcode`, cleaned: it is shown to people and written to logs.
#[must_use]
pub fn errcode(body: &Value) -> String {
    let allowed = |c: &char| c.is_ascii_alphanumeric() || matches!(c, '_' | '.');
    let code = text(body, "errcode").chars().filter(allowed);
    code.take(MAX_CODE).collect()
}

fn text<'a>(body: &'a Value, field: &str) -> &'a str {
    body.get(field).and_then(Value::as_str).unwrap_or_default()
}

/// How long a server asks to wait: `retry_after_ms` of the body, else the header in seconds; at
/// most [`LONGEST_WAIT`].
#[must_use]
pub fn retry_after(header: Option<&str>, body: &Value) -> Option<Duration> {
    let in_body = body.get("retry_after_ms").and_then(Value::as_u64);
    let in_header = || Some(Duration::from_secs(header?.trim().parse().ok()?));
    in_body
        .map(Duration::from_millis)
        .or_else(in_header)
        .map(|wait| wait.min(LONGEST_WAIT))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn refused(status: u16, body: &Value) -> Refusal {
        read(status, None, body.to_string().as_bytes()).unwrap_err()
    }

    #[test]
    fn a_rate_limit_carries_the_wait_of_body_or_header() {
        let limited = json!({"errcode": "M_LIMIT_EXCEEDED", "retry_after_ms": 1500});
        let retry_after = Some(Duration::from_millis(1500));
        assert_eq!(refused(429, &limited), Refusal::RateLimited { retry_after });
        let table = [
            (Some("7"), Some(Duration::from_secs(7))),
            (Some(" 7 "), Some(Duration::from_secs(7))),
            (Some("99999999999"), Some(LONGEST_WAIT)),
            (Some("soon"), None),
            (None, None),
        ];
        for (header, wait) in table {
            let refusal = read(429, header, b"{}").unwrap_err();
            assert_eq!(refusal, Refusal::RateLimited { retry_after: wait });
        }
    }

    #[test]
    fn every_spelling_of_a_delay_that_is_too_long_is_understood() {
        let synapse = json!({"errcode": "ORG.MATRIX.MSC4140_DELAY_TOO_LARGE"});
        assert_eq!(refused(400, &synapse), Refusal::TooLong { max: None });
        let older = json!({
            "errcode": "M_UNKNOWN",
            "org.matrix.msc4140.errcode": "M_MAX_DELAY_EXCEEDED",
            "org.matrix.msc4140.max_delay": 5000,
        });
        let max = Some(Duration::from_secs(5));
        assert_eq!(refused(400, &older), Refusal::TooLong { max });
    }

    #[test]
    fn refusals_are_told_apart() {
        let with = |code: &str| json!({ "errcode": code });
        let errcode = |code: &str| code.to_owned();
        let table = [
            (401, with("M_UNKNOWN_TOKEN"), Refusal::LoggedOut),
            (
                403,
                with("M_FORBIDDEN"),
                Refusal::Forbidden {
                    errcode: errcode("M_FORBIDDEN"),
                },
            ),
            (
                404,
                with("M_NOT_FOUND"),
                Refusal::NotFound {
                    errcode: errcode("M_NOT_FOUND"),
                },
            ),
            (404, with("M_UNRECOGNIZED"), Refusal::Unsupported),
            (502, Value::Null, Refusal::Server { status: 502 }),
            (302, Value::Null, Refusal::Unreadable),
            (
                400,
                with("M_BAD_JSON\u{1b}[31m"),
                Refusal::Refused {
                    status: 400,
                    errcode: errcode("M_BAD_JSON31m"),
                },
            ),
        ];
        for (status, body, expected) in table {
            assert_eq!(refused(status, &body), expected);
        }
        assert_eq!(read(200, None, b"<html>"), Err(Refusal::Unreadable));
        assert_eq!(read(200, None, b"{}"), Ok(json!({})));
    }
}
