//! Answers of several parts (RFC 4918, 13).

use crate::CalendarError;
use crate::xml::{Element, parse};

/// Most parts that are looked at.
const MAX_PARTS: usize = 20_000;

/// What the server says of one address.
#[derive(Debug, Default)]
pub(crate) struct Part {
    pub(crate) href: String,
    /// It is gone.
    pub(crate) gone: bool,
    /// The answer ends here although there is more (RFC 6578, 3.6).
    pub(crate) cut_short: bool,
    pub(crate) etag: Option<String>,
    pub(crate) data: Option<String>,
    pub(crate) ctag: Option<String>,
    pub(crate) sync_token: Option<String>,
    pub(crate) is_calendar: bool,
    pub(crate) is_collection: bool,
    /// It takes meetings, or does not say what it takes.
    pub(crate) takes_events: bool,
    pub(crate) syncs: bool,
    /// What the user may do; `None` when the server does not say.
    pub(crate) writable: Option<bool>,
    /// Where the user's calendars are.
    pub(crate) home: Option<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Multistatus {
    pub(crate) parts: Vec<Part>,
    pub(crate) sync_token: Option<String>,
}

impl Multistatus {
    pub(crate) fn read(body: &[u8]) -> Result<Self, CalendarError> {
        let root = parse(body)?;
        if root.name != "D:multistatus" {
            return Err(CalendarError::Unreadable);
        }
        let parts = root.all("D:response").take(MAX_PARTS);
        Ok(Self {
            parts: parts.filter_map(Part::read).collect(),
            sync_token: root.value("D:sync-token").map(str::to_owned),
        })
    }
}

impl Part {
    fn read(response: &Element) -> Option<Self> {
        let status = response.value("D:status").map(code);
        let mut part = Self {
            href: response.value("D:href")?.to_owned(),
            gone: status.is_some_and(|status| matches!(status, 404 | 410)),
            cut_short: status == Some(507),
            takes_events: true,
            ..Self::default()
        };
        for found in response.all("D:propstat") {
            if code(found.value("D:status").unwrap_or_default()) == 200 {
                found.child("D:prop").into_iter().for_each(|p| part.take(p));
            }
        }
        Some(part)
    }

    fn take(&mut self, prop: &Element) {
        let text = |name| prop.value(name).map(str::to_owned);
        self.etag = text("D:getetag").or(self.etag.take());
        self.data = text("C:calendar-data").or(self.data.take());
        self.ctag = text("CS:getctag").or(self.ctag.take());
        self.sync_token = text("D:sync-token").or(self.sync_token.take());
        if let Some(kind) = prop.child("D:resourcetype") {
            self.is_calendar = kind.child("C:calendar").is_some();
            self.is_collection = kind.child("D:collection").is_some();
        }
        if let Some(set) = prop.child("C:supported-calendar-component-set") {
            let mut comps = set.all("C:comp").filter_map(|comp| comp.attribute("name"));
            self.takes_events = comps.any(|name| name.eq_ignore_ascii_case("VEVENT"));
        }
        if let Some(reports) = prop.child("D:supported-report-set") {
            self.syncs = reports.holds("D:sync-collection");
        }
        if let Some(rights) = prop.child("D:current-user-privilege-set") {
            let may = ["D:write", "D:write-content", "D:bind", "D:all"];
            self.writable = Some(may.iter().any(|right| rights.holds(right)));
        }
        let home = prop.child("C:calendar-home-set");
        self.home = home
            .and_then(|home| home.value("D:href"))
            .map(str::to_owned);
    }
}

/// `HTTP/1.1 200 OK`
fn code(status: &str) -> u16 {
    let mut words = status.split_whitespace().skip(1);
    words.next().and_then(|code| code.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_nextcloud_is_understood() {
        let text = r#"<?xml version="1.0"?><d:multistatus xmlns:d="DAV:" xmlns:s="http://sabredav.org/ns" xmlns:cal="urn:ietf:params:xml:ns:caldav" xmlns:cs="http://calendarserver.org/ns/"><d:response><d:href>/remote.php/dav/calendars/salle/personal/</d:href><d:propstat><d:prop><d:resourcetype><d:collection/><cal:calendar/></d:resourcetype><d:sync-token>http://sabre.io/ns/sync/42</d:sync-token><cs:getctag>http://sabre.io/ns/sync/42</cs:getctag><d:supported-report-set><d:supported-report><d:report><d:sync-collection/></d:report></d:supported-report></d:supported-report-set><cal:supported-calendar-component-set><cal:comp name="VEVENT"/><cal:comp name="VTODO"/></cal:supported-calendar-component-set><d:current-user-privilege-set><d:privilege><d:read/></d:privilege></d:current-user-privilege-set></d:prop><d:status>HTTP/1.1 200 OK</d:status></d:propstat><d:propstat><d:prop><cal:calendar-home-set/></d:prop><d:status>HTTP/1.1 404 Not Found</d:status></d:propstat></d:response><d:response><d:href>/x</d:href><d:status>HTTP/1.1 404 Not Found</d:status></d:response><d:sync-token>t</d:sync-token></d:multistatus>"#;
        let found = Multistatus::read(text.as_bytes()).unwrap();
        let part = &found.parts[0];
        assert!(part.is_calendar && part.is_collection && part.syncs && part.takes_events);
        assert_eq!(part.writable, Some(false));
        assert_eq!(
            part.sync_token.as_deref(),
            Some("http://sabre.io/ns/sync/42")
        );
        assert!(found.parts[1].gone);
        assert_eq!(found.sync_token.as_deref(), Some("t"));
    }

    #[test]
    fn a_page_of_another_kind_is_no_answer() {
        assert!(Multistatus::read(b"<html xmlns='x'><body/></html>").is_err());
    }
}
