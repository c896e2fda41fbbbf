//! The bodies of requests (RFC 4791, RFC 6578).

use jiff::Timestamp;
use room_meetings::ical::Window;

use crate::xml::escaped;

const NAMESPACES: &str = "xmlns:D=\"DAV:\" xmlns:C=\"urn:ietf:params:xml:ns:caldav\" xmlns:CS=\"http://calendarserver.org/ns/\"";

/// What a collection is, and whether it changed.
pub(crate) fn about() -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><D:propfind {NAMESPACES}><D:prop><D:resourcetype/><D:sync-token/><CS:getctag/><D:supported-report-set/><D:current-user-privilege-set/><C:supported-calendar-component-set/><C:calendar-home-set/></D:prop></D:propfind>"
    )
}

/// Entity tags, or whole objects, of what happens in a window.
pub(crate) fn query(window: Window, data: bool) -> String {
    let data = if data { "<C:calendar-data/>" } else { "" };
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><C:calendar-query {NAMESPACES}><D:prop><D:getetag/>{data}</D:prop><C:filter><C:comp-filter name=\"VCALENDAR\"><C:comp-filter name=\"VEVENT\"><C:time-range start=\"{}\" end=\"{}\"/></C:comp-filter></C:comp-filter></C:filter></C:calendar-query>",
        utc(window.from_ms),
        utc(window.to_ms)
    )
}

/// What changed since a token.
pub(crate) fn changes(token: &str) -> String {
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><D:sync-collection {NAMESPACES}><D:sync-token>{}</D:sync-token><D:sync-level>1</D:sync-level><D:prop><D:getetag/></D:prop></D:sync-collection>",
        escaped(token)
    )
}

/// Objects by their addresses.
pub(crate) fn objects<'a>(hrefs: impl Iterator<Item = &'a str>) -> String {
    let hrefs: String = hrefs
        .map(|href| format!("<D:href>{}</D:href>", escaped(href)))
        .collect();
    format!(
        "<?xml version=\"1.0\" encoding=\"utf-8\"?><C:calendar-multiget {NAMESPACES}><D:prop><D:getetag/><C:calendar-data/></D:prop>{hrefs}</C:calendar-multiget>"
    )
}

fn utc(ms: i64) -> String {
    let at = Timestamp::from_millisecond(ms).unwrap_or(Timestamp::UNIX_EPOCH);
    at.strftime("%Y%m%dT%H%M%SZ").to_string()
}
