//! A calendar collection of a CalDAV server.
//!
//! A copy of the objects of the window is kept. Where the server tells what changed
//! (sync-collection, RFC 6578) only that is fetched; where it only tells that something changed
//! (ctag), entity tags are compared; and all is fetched anew when neither is known, or once the
//! window has moved on.

use std::collections::BTreeMap;

use reqwest::header::{HeaderName, IF_MATCH, IF_NONE_MATCH};
use room_meetings::ical::{Found, Reading, Window, read};
use url::Url;

use crate::CalendarError;
use crate::http::{Answer, Http, Request};
use crate::multistatus::{Multistatus, Part};
use crate::requests;

/// Most objects of one window, and their size together.
const MAX_OBJECTS: usize = 4000;
const MAX_BYTES: usize = 32 * 1024 * 1024;
/// Objects fetched at once.
const BATCH: usize = 50;
const XML: &str = "application/xml; charset=utf-8";
const ICS: &str = "text/calendar; charset=utf-8";
const DEPTH: HeaderName = HeaderName::from_static("depth");

pub(crate) struct Collection {
    url: Url,
    pub(crate) writable: bool,
    syncs: bool,
    /// What stands for the state of the copy.
    token: Option<String>,
    ctag: Option<String>,
    window: Window,
    objects: BTreeMap<String, Object>,
}

pub(crate) struct Object {
    etag: Option<String>,
    pub(crate) text: String,
}

impl Collection {
    /// Looks at an address; `None` when no CalDAV server answers there.
    pub(crate) async fn open(http: &Http, window: Window) -> Result<Option<Self>, CalendarError> {
        let answer = propfind(http, http.home(), "0").await?;
        if answer.status != 207 {
            return match answer.status {
                401 if http.has_login() => Err(answer.error()),
                429 | 500..=599 if answer.status != 501 => Err(answer.error()),
                _ => Ok(None),
            };
        }
        let Ok(about) = Multistatus::read(&answer.body) else {
            return Ok(None);
        };
        let Some(part) = about.parts.into_iter().next() else {
            return Ok(None);
        };
        let (url, part) = if part.is_calendar {
            (answer.url, part)
        } else {
            only_calendar(http, &answer.url, &part).await?
        };
        let mut collection = Self {
            writable: part.writable.unwrap_or_else(|| http.has_login()),
            syncs: part.syncs,
            url,
            token: None,
            ctag: None,
            window,
            objects: BTreeMap::new(),
        };
        collection.fetch(http, window, &part).await?;
        Ok(Some(collection))
    }

    /// Brings the copy up to date.
    pub(crate) async fn refresh(
        &mut self,
        http: &Http,
        window: Window,
    ) -> Result<(), CalendarError> {
        if window == self.window
            && let Some(token) = self.token.clone()
            && self.sync(http, &token).await?
        {
            return Ok(());
        }
        let answer = propfind(http, &self.url, "0").await?;
        let about = multistatus(&answer)?;
        let part = about.parts.into_iter().next();
        let part = part.ok_or(CalendarError::NotACalendar)?;
        let known = self.ctag.is_some() && part.ctag == self.ctag;
        if window == self.window && known {
            return Ok(());
        }
        self.writable = part.writable.unwrap_or_else(|| http.has_login());
        self.fetch(http, window, &part).await
    }

    /// All entity tags of the window, and the objects that are new or changed. The state is noted
    /// as it was before: what changes meanwhile is seen the next time.
    async fn fetch(
        &mut self,
        http: &Http,
        window: Window,
        part: &Part,
    ) -> Result<(), CalendarError> {
        let answer = report(http, &self.url, "1", requests::query(window, false)).await?;
        let mut listed = BTreeMap::new();
        for object in multistatus(&answer)?.parts {
            if !object.gone && listed.len() < MAX_OBJECTS {
                listed.insert(object.href, object.etag);
            }
        }
        self.objects.retain(|href, _| listed.contains_key(href));
        let is_new = |(href, etag): &(String, Option<String>)| {
            let known = self.objects.get(href);
            etag.is_none() || known.is_none_or(|known| known.etag != *etag)
        };
        let new: Vec<String> = listed.into_iter().filter(is_new).map(|(h, _)| h).collect();
        self.load(http, &new).await?;
        self.window = window;
        self.ctag.clone_from(&part.ctag);
        self.token = part.sync_token.clone().filter(|_| self.syncs);
        Ok(())
    }

    /// What changed since a token; false when the server does not know it any more.
    async fn sync(&mut self, http: &Http, token: &str) -> Result<bool, CalendarError> {
        // RFC 6578 wants depth 0; a few servers want 1 and say so with 400.
        let answer = report(http, &self.url, "0", requests::changes(token)).await?;
        if matches!(answer.status, 400 | 403 | 405 | 409 | 410 | 412 | 415 | 501) {
            self.token = None;
            self.ctag = None;
            return Ok(false);
        }
        let changes = multistatus(&answer)?;
        if changes.parts.iter().any(|part| part.cut_short) || changes.sync_token.is_none() {
            self.token = None;
            self.ctag = None;
            return Ok(false);
        }
        let mut changed = Vec::new();
        for part in changes.parts {
            let known = self.objects.get(&part.href);
            if part.gone {
                self.objects.remove(&part.href);
            } else if part.href.ends_with('/') {
                // The collection itself; some servers name it too.
            } else if known.is_none_or(|known| known.etag.is_none() || known.etag != part.etag) {
                changed.push(part.href);
            }
        }
        self.load(http, &changed).await?;
        self.token = changes.sync_token;
        Ok(true)
    }

    async fn load(&mut self, http: &Http, hrefs: &[String]) -> Result<(), CalendarError> {
        for batch in hrefs.chunks(BATCH) {
            let body = requests::objects(batch.iter().map(String::as_str));
            let answer = report(http, &self.url, "1", body).await?;
            for part in multistatus(&answer)?.parts {
                match part.data {
                    Some(text) if !part.gone => {
                        let etag = part.etag;
                        self.objects.insert(part.href, Object { etag, text });
                    }
                    _ => {
                        self.objects.remove(&part.href);
                    }
                }
            }
            let bytes: usize = self.objects.values().map(|object| object.text.len()).sum();
            if self.objects.len() > MAX_OBJECTS || bytes > MAX_BYTES {
                return Err(CalendarError::TooLarge);
            }
        }
        Ok(())
    }

    pub(crate) fn found(&self, reading: &Reading<'_>) -> Found {
        let mut found = Found::default();
        for object in self.objects.values() {
            match read(object.text.as_bytes(), reading) {
                Ok(more) => found.add(more),
                Err(_) => found.skipped += 1,
            }
        }
        found
    }

    pub(crate) fn objects(&self) -> impl Iterator<Item = (&String, &Object)> {
        self.objects.iter()
    }

    /// Puts a new object into the collection.
    pub(crate) async fn create(
        &self,
        http: &Http,
        name: &str,
        text: String,
    ) -> Result<(), CalendarError> {
        let mut url = self.url.clone();
        if let Ok(mut path) = url.path_segments_mut() {
            path.pop_if_empty().push(name);
        }
        let request = Request::new("PUT", &url)
            .header(IF_NONE_MATCH, "*")
            .body(ICS, text);
        written(&http.send(request).await?)
    }

    /// Writes or deletes an object, if nobody else has meanwhile.
    pub(crate) async fn replace(
        &self,
        http: &Http,
        href: &str,
        text: Option<String>,
    ) -> Result<(), CalendarError> {
        let url = http.at(&self.url, href).ok_or(CalendarError::Redirected)?;
        let mut request = match text {
            Some(text) => Request::new("PUT", &url).body(ICS, text),
            None => Request::new("DELETE", &url),
        };
        // A weak tag cannot be asked for (RFC 9110, 13.1.1); nor can one that was never given.
        let etag = self.objects.get(href).and_then(|o| o.etag.as_ref());
        if let Some(etag) = etag.filter(|etag| !etag.starts_with("W/")) {
            request = request.header(IF_MATCH, etag);
        }
        written(&http.send(request).await?)
    }
}

/// The one calendar of a collection, or of the user's home.
async fn only_calendar(http: &Http, url: &Url, part: &Part) -> Result<(Url, Part), CalendarError> {
    let home = part.home.as_deref().and_then(|home| http.at(url, home));
    if !part.is_collection && home.is_none() {
        return Err(CalendarError::NotACalendar);
    }
    let place = home.as_ref().unwrap_or(url);
    let answer = propfind(http, place, "1").await?;
    let parts = multistatus(&answer)?.parts.into_iter();
    let mut calendars = parts.filter(|part| part.is_calendar && part.takes_events);
    let first = calendars.next().ok_or(CalendarError::NotACalendar)?;
    if calendars.next().is_some() {
        return Err(CalendarError::Several);
    }
    let url = http.at(&answer.url, &first.href);
    Ok((url.ok_or(CalendarError::Redirected)?, first))
}

async fn propfind(http: &Http, url: &Url, depth: &str) -> Result<Answer, CalendarError> {
    let request = Request::new("PROPFIND", url)
        .header(DEPTH, depth)
        .body(XML, requests::about());
    http.send(request).await
}

async fn report(
    http: &Http,
    url: &Url,
    depth: &str,
    body: String,
) -> Result<Answer, CalendarError> {
    let request = Request::new("REPORT", url).header(DEPTH, depth);
    http.send(request.body(XML, body)).await
}

fn multistatus(answer: &Answer) -> Result<Multistatus, CalendarError> {
    if answer.status != 207 {
        return Err(answer.error());
    }
    Multistatus::read(&answer.body)
}

fn written(answer: &Answer) -> Result<(), CalendarError> {
    match answer.status {
        200 | 201 | 204 => Ok(()),
        403 | 405 => Err(CalendarError::ReadOnly),
        _ => Err(answer.error()),
    }
}
