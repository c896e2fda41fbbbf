//! A published iCalendar file: one address, the whole calendar, read only.

use reqwest::header::{ACCEPT, IF_MODIFIED_SINCE, IF_NONE_MATCH};
use room_meetings::ical::{Found, Reading, read};
use url::Url;

use crate::CalendarError;
use crate::http::{Answer, Http, Request};

/// The file as it was last read.
pub(crate) struct Published {
    url: Url,
    etag: Option<String>,
    modified: Option<String>,
    file: Vec<u8>,
}

impl Published {
    /// Fetches the file for the first time.
    pub(crate) async fn open(http: &Http, url: &Url) -> Result<Self, CalendarError> {
        let mut published = Self {
            url: url.clone(),
            etag: None,
            modified: None,
            file: Vec::new(),
        };
        published.refresh(http).await?;
        Ok(published)
    }

    pub(crate) async fn refresh(&mut self, http: &Http) -> Result<(), CalendarError> {
        let mut request = Request::new("GET", &self.url).header(ACCEPT, "text/calendar");
        if let Some(etag) = &self.etag {
            request = request.header(IF_NONE_MATCH, etag);
        } else if let Some(modified) = &self.modified {
            request = request.header(IF_MODIFIED_SINCE, modified);
        }
        let answer = http.send(request).await?;
        match answer.status {
            304 => Ok(()),
            200 => self.take(answer),
            _ => Err(answer.error()),
        }
    }

    fn take(&mut self, answer: Answer) -> Result<(), CalendarError> {
        if !looks_like_one(&answer.body) {
            return Err(CalendarError::NotACalendar);
        }
        self.etag = answer.etag;
        self.modified = answer.modified;
        self.file = answer.body;
        Ok(())
    }

    pub(crate) fn found(&self, reading: &Reading<'_>) -> Result<Found, CalendarError> {
        Ok(read(&self.file, reading)?)
    }
}

/// A page for people says something else first.
fn looks_like_one(body: &[u8]) -> bool {
    let body = body.strip_prefix(b"\xef\xbb\xbf").unwrap_or(body);
    let begin = b"BEGIN:VCALENDAR";
    let text = body.trim_ascii_start();
    text.get(..begin.len())
        .is_some_and(|head| head.eq_ignore_ascii_case(begin))
}
