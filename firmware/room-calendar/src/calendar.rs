//! One calendar, of whichever kind its address turns out to be.

use jiff::tz::TimeZone;
use room_meetings::Key;
use room_meetings::ical::{ChangeError, Draft, Found, Gone, Reading, Window};
use room_meetings::ical::{booked, with_end, without};
use url::Url;

use crate::CalendarError;
use crate::caldav::Collection;
use crate::http::{Http, Login};
use crate::published::Published;

/// Where the calendar is.
#[derive(Clone, Debug)]
pub struct Place {
    /// A secret in itself when the file is published under an address nobody can guess.
    pub url: Url,
    pub login: Option<Login>,
    /// Certificates trusted beside the system's, in PEM.
    pub roots: Vec<Vec<u8>>,
}

/// What was found at the address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    CalDav,
    Published,
}

enum Open {
    CalDav(Collection),
    Published(Published),
}

/// One calendar and the copy of it that is kept.
pub struct Calendar {
    http: Http,
    open: Option<Open>,
    zone: TimeZone,
}

/// The address is not printed.
impl std::fmt::Debug for Calendar {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Calendar")
            .field("kind", &self.kind())
            .finish_non_exhaustive()
    }
}

impl Calendar {
    /// Asks nobody yet. `zone` is the room's.
    ///
    /// # Errors
    /// [`CalendarError::Client`].
    pub fn new(place: Place, zone: TimeZone) -> Result<Self, CalendarError> {
        Ok(Self {
            http: Http::new(place.url, place.login, &place.roots)?,
            open: None,
            zone,
        })
    }

    /// What it is, once known.
    #[must_use]
    pub fn kind(&self) -> Option<Kind> {
        self.open.as_ref().map(|open| match open {
            Open::CalDav(_) => Kind::CalDav,
            Open::Published(_) => Kind::Published,
        })
    }

    /// The server's name, for people.
    #[must_use]
    pub fn host(&self) -> &str {
        self.http.host()
    }

    /// Whether meetings can be written there.
    #[must_use]
    pub fn is_writable(&self) -> bool {
        matches!(&self.open, Some(Open::CalDav(collection)) if collection.writable)
    }

    /// Brings the copy up to date; the first time it finds out what the calendar is.
    ///
    /// # Errors
    /// [`CalendarError`]; the copy stays as it was.
    pub async fn refresh(&mut self, window: Window) -> Result<(), CalendarError> {
        let result = match &mut self.open {
            Some(Open::CalDav(collection)) => collection.refresh(&self.http, window).await,
            Some(Open::Published(file)) => file.refresh(&self.http).await,
            None => {
                self.open = Some(open(&self.http, window).await?);
                Ok(())
            }
        };
        // Moved or replaced: what it is now is found out the next time.
        if matches!(result, Err(CalendarError::NotACalendar)) {
            self.open = None;
        }
        result
    }

    /// The meetings of the copy.
    ///
    /// # Errors
    /// When a published file is no calendar.
    pub fn found(&self, reading: &Reading<'_>) -> Result<Found, CalendarError> {
        match &self.open {
            Some(Open::CalDav(collection)) => Ok(collection.found(reading)),
            Some(Open::Published(file)) => file.found(reading),
            None => Ok(Found::default()),
        }
    }

    /// Puts a new meeting in.
    ///
    /// # Errors
    /// [`CalendarError`].
    pub async fn book(&self, draft: &Draft<'_>, now_ms: i64) -> Result<(), CalendarError> {
        let text = booked(draft, now_ms).map_err(CalendarError::Change)?;
        let name = format!("{}.ics", draft.uid);
        self.collection()?.create(&self.http, &name, text).await
    }

    /// Gives a meeting, or one instance of a series, another end.
    ///
    /// # Errors
    /// [`CalendarError::Conflict`] when somebody else changed it: refresh, then try again.
    pub async fn set_end(&self, key: &Key, ends_ms: i64, now_ms: i64) -> Result<(), CalendarError> {
        let (href, text) = self.find(|file| with_end(file, key, ends_ms, now_ms, &self.zone))?;
        let collection = self.collection()?;
        collection.replace(&self.http, href, Some(text)).await
    }

    /// Takes a meeting, or one instance of a series, out.
    ///
    /// # Errors
    /// As [`Self::set_end`].
    pub async fn delete(&self, key: &Key, now_ms: i64) -> Result<(), CalendarError> {
        let (href, gone) = self.find(|file| without(file, key, now_ms, &self.zone))?;
        let text = match gone {
            Gone::All => None,
            Gone::Instance(text) => Some(text),
        };
        let result = self.collection()?.replace(&self.http, href, text).await;
        match result {
            // Somebody else took it out.
            Err(CalendarError::NotACalendar) => Ok(()),
            result => result,
        }
    }

    fn collection(&self) -> Result<&Collection, CalendarError> {
        match &self.open {
            Some(Open::CalDav(collection)) if collection.writable => Ok(collection),
            _ => Err(CalendarError::ReadOnly),
        }
    }

    /// The object that a change concerns, changed.
    fn find<T>(
        &self,
        change: impl Fn(&[u8]) -> Result<T, ChangeError>,
    ) -> Result<(&str, T), CalendarError> {
        for (href, object) in self.collection()?.objects() {
            match change(object.text.as_bytes()) {
                Ok(changed) => return Ok((href, changed)),
                Err(ChangeError::NotThere | ChangeError::Read(_)) => {}
                Err(error) => return Err(CalendarError::Change(error)),
            }
        }
        Err(CalendarError::Change(ChangeError::NotThere))
    }
}

async fn open(http: &Http, window: Window) -> Result<Open, CalendarError> {
    if let Some(collection) = Collection::open(http, window).await? {
        return Ok(Open::CalDav(collection));
    }
    let file = Published::open(http, http.home()).await?;
    Ok(Open::Published(file))
}
