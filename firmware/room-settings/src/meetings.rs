//! The room's calendar, and what it does about meetings.

use std::fmt;
use std::time::Duration;

use room_messages::api::Text;
use url::{Host, Url};

use crate::SecretFile;
use crate::reader::{Findings, Section};
use crate::sections::{missing, secret_file};
use crate::values::{Refusal, is_server_name};

const MAX_ADDRESS: usize = 2048;
const MAX_HOSTS: usize = 16;

/// The calendar that says when the room is taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarSettings {
    /// CalDAV or a published iCalendar file: which of them its content tells.
    pub url: CalendarAddress,
    pub login: Option<CalendarLogin>,
    /// Between two questions, 15 s to a day.
    pub interval: Duration,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CalendarLogin {
    pub user: String,
    pub password: SecretFile,
}

/// What the room does by itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MeetingSettings {
    /// How long before its beginning a meeting can be joined, up to an hour.
    pub join_before: Duration,
    /// Join when the meeting begins.
    pub automatic_join: bool,
    /// Leave after having been alone in the call for so long; `None`: never.
    pub automatic_leave: Option<Duration>,
    /// Give a meeting back that nobody came to for so long; `None`: never.
    pub release_after: Option<Duration>,
    /// Hosts of La Suite Meet that the room joins, lower case.
    pub visio_hosts: Vec<String>,
    /// Where codes typed without a link are looked up: `https://host/`, its host one of those.
    pub visio_default: Option<Url>,
}

/// `https://…`, with its query; a secret in itself where a calendar is published under an address
/// nobody can guess, and so not printed.
#[derive(Clone, PartialEq, Eq)]
pub struct CalendarAddress(Url);

impl CalendarAddress {
    fn new(text: &str) -> Result<Self, Refusal> {
        // What calendars offer to "subscribe" to.
        let text = text.trim();
        let subscribed = ["webcal://", "webcals://"]
            .iter()
            .find_map(|scheme| text.strip_prefix(scheme));
        let secure = subscribed.map(|rest| format!("https://{rest}"));
        let url = Url::parse(secure.as_deref().unwrap_or(text)).ok();
        let good = |url: &Url| {
            matches!(url.scheme(), "http" | "https")
                && url.has_host()
                && url.username().is_empty()
                && url.password().is_none()
                && text.len() <= MAX_ADDRESS
        };
        let url = url.filter(good).ok_or_else(|| {
            (
                Text::new(
                    "this is not the address of a calendar (user and password do not belong in it)",
                    "ce n'est pas l'adresse d'un calendrier (sans utilisateur ni mot de passe)",
                ),
                example("url = \"https://cal.example.org/dav/room-4/\""),
            )
        })?;
        Ok(Self(url))
    }

    #[must_use]
    pub fn url(&self) -> &Url {
        &self.0
    }

    /// A password would cross the network for everybody to read.
    fn is_exposed(&self) -> bool {
        self.0.scheme() == "http" && !is_local(&self.0)
    }
}

impl fmt::Debug for CalendarAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "CalendarAddress({}…)",
            self.0.host_str().unwrap_or_default()
        )
    }
}

fn is_local(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(ip)) => ip.is_loopback(),
        Some(Host::Ipv6(ip)) => ip.is_loopback(),
        None => false,
    }
}

fn example(text: &str) -> Text {
    Text::new(
        format!("write for example {text}"),
        format!("écrivez par exemple {text}"),
    )
}

fn user(text: &str) -> Result<String, Refusal> {
    let plain = |c: char| !c.is_control() && c != ':';
    if (1..=256).contains(&text.len()) && text.chars().all(plain) {
        return Ok(text.to_owned());
    }
    Err((
        Text::new(
            "a calendar's user has 1 to 256 printable characters, none of them a colon",
            "un utilisateur de calendrier compte de 1 à 256 caractères imprimables, sans deux-points",
        ),
        example("user = \"room-4\""),
    ))
}

fn host(text: &str) -> Result<String, Refusal> {
    if is_server_name(text) && !text.contains([':', '[', ']']) {
        return Ok(text.to_ascii_lowercase());
    }
    Err((
        Text::new(
            "this is not the name of a host",
            "ce n'est pas le nom d'un hôte",
        ),
        example("visio_hosts = [\"visio.numerique.gouv.fr\"]"),
    ))
}

/// A host, or a whole address: with a port, or plain on the unit's own loopback.
fn instance(text: &str) -> Result<Url, Refusal> {
    let whole = text.contains("://");
    let address = if whole {
        text.to_owned()
    } else {
        format!("https://{text}")
    };
    let bare = |url: &Url| {
        let tls = url.scheme() == "https" || (url.scheme() == "http" && is_local(url));
        let no_more = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        tls && no_more && url.username().is_empty() && url.password().is_none()
    };
    let url = Url::parse(&address).ok().filter(Url::has_host);
    url.filter(|url| text.len() <= MAX_ADDRESS && bare(url))
        .ok_or_else(|| {
            (
                Text::new(
                    "this is not the host of a Visio instance",
                    "ce n'est pas l'hôte d'une instance Visio",
                ),
                example("visio_default = \"visio.numerique.gouv.fr\""),
            )
        })
}

/// A code typed at the panel must not lead where links may not.
fn is_listed(url: &Url, hosts: &[String]) -> bool {
    let host = url.host_str().unwrap_or_default();
    hosts.iter().any(|known| known.eq_ignore_ascii_case(host))
}

fn unlisted() -> Refusal {
    (
        Text::new(
            "this instance is not among `visio_hosts`",
            "cette instance n'est pas parmi `visio_hosts`",
        ),
        Text::new("add its host there", "ajoutez-y son hôte"),
    )
}

/// `None` for a room without a calendar.
pub(crate) fn calendar(
    mut section: Section<'_>,
    findings: &mut Findings<'_>,
) -> Option<CalendarSettings> {
    let url = section.text("url", CalendarAddress::new, findings);
    let user = section.text("user", user, findings);
    let password = section.text("password_file", secret_file, findings);
    let interval = section.number("interval", 15..=86_400, findings);
    let has = |key| section.has(key);
    let keys = ["user", "password_file", "interval"];
    if !has("url") && keys.into_iter().any(has) {
        let example = "url = \"https://cal.example.org/dav/room-4/\"";
        section.complain("url", missing(example), findings);
    }
    match (has("user"), has("password_file")) {
        (true, false) => {
            let example = "password_file = \"/etc/salle/calendar-password\"";
            section.complain("password_file", missing(example), findings);
        }
        (false, true) => section.complain("user", missing("user = \"room-4\""), findings),
        _ => {}
    }
    if has("user") && url.as_ref().is_some_and(CalendarAddress::is_exposed) {
        section.complain("url", exposed(), findings);
    }
    section.close(findings);
    let login = user.zip(password);
    Some(CalendarSettings {
        url: url?,
        login: login.map(|(user, password)| CalendarLogin { user, password }),
        interval: Duration::from_secs(interval?.into()),
    })
}

fn exposed() -> Refusal {
    (
        Text::new(
            "without TLS everybody on the way reads the password",
            "sans TLS, chacun sur le trajet lit le mot de passe",
        ),
        Text::new(
            "write the address with https",
            "écrivez l'adresse avec https",
        ),
    )
}

pub(crate) fn meetings(
    mut section: Section<'_>,
    findings: &mut Findings<'_>,
) -> Option<MeetingSettings> {
    let join = section.number("join_minutes", 0..=60, findings);
    let automatic_join = section.flag("automatic_join", findings);
    let leave = section.number("automatic_leave", 0..=120, findings);
    let release = section.number("release_after", 0..=120, findings);
    let hosts = section.list("visio_hosts", MAX_HOSTS, host, findings);
    let default = section.text("visio_default", instance, findings);
    if let (Some(url), Some(hosts)) = (&default, &hosts)
        && !is_listed(url, hosts)
    {
        section.complain("visio_default", unlisted(), findings);
    }
    section.close(findings);
    Some(MeetingSettings {
        join_before: minutes(join?),
        automatic_join: automatic_join?,
        automatic_leave: Some(minutes(leave?)).filter(|wait| !wait.is_zero()),
        release_after: Some(minutes(release?)).filter(|wait| !wait.is_zero()),
        visio_hosts: hosts?,
        visio_default: default,
    })
}

fn minutes(count: u32) -> Duration {
    Duration::from_secs(u64::from(count) * 60)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::{fields, settings};

    #[test]
    fn a_silent_file_has_no_calendar_and_a_room_that_does_nothing_by_itself() {
        let settings = settings("");
        assert_eq!(settings.calendar, None);
        let meetings = settings.meetings;
        assert_eq!(meetings.join_before, Duration::from_secs(300));
        assert!(!meetings.automatic_join);
        assert_eq!(
            (meetings.automatic_leave, meetings.release_after),
            (None, None)
        );
        assert_eq!(meetings.visio_hosts, ["visio.numerique.gouv.fr"]);
        assert_eq!(meetings.visio_default, None);
    }

    #[test]
    fn everything_can_be_written() {
        let settings = settings(
            "[calendar]\nurl = \"https://cal.example.org/dav/room/?x=1\"\nuser = \"room-4\"\npassword_file = \"/c\"\ninterval = 120\n[meetings]\njoin_minutes = 10\nautomatic_join = true\nautomatic_leave = 5\nrelease_after = 15\nvisio_hosts = [\"Meet.Example.org\"]\n",
        );
        let calendar = settings.calendar.unwrap();
        assert_eq!(calendar.login.unwrap().user, "room-4");
        assert_eq!(calendar.interval, Duration::from_secs(120));
        assert!(settings.meetings.automatic_join);
        assert_eq!(
            settings.meetings.automatic_leave,
            Some(Duration::from_secs(300))
        );
        assert_eq!(
            settings.meetings.release_after,
            Some(Duration::from_secs(900))
        );
        assert_eq!(settings.meetings.visio_hosts, ["meet.example.org"]);
    }

    #[test]
    fn an_address_to_subscribe_to_is_taken_and_never_printed() {
        let settings =
            settings("[calendar]\nurl = \"webcal://cal.example.org/private-9f3a/basic.ics\"\n");
        let calendar = settings.calendar.unwrap();
        assert_eq!(
            calendar.url.url().as_str(),
            "https://cal.example.org/private-9f3a/basic.ics"
        );
        assert!(!format!("{calendar:?}").contains("9f3a"));
    }

    #[test]
    fn each_mistake_is_named_with_its_line_and_field() {
        for (more, line, field) in [
            ("[calendar]\nurl = \"cal.example.org\"", 7, "calendar.url"),
            ("[calendar]\nurl = \"ftp://a.org/\"", 7, "calendar.url"),
            (
                "[calendar]\nurl = \"https://me:secret@a.org/\"",
                7,
                "calendar.url",
            ),
            ("[calendar]\ninterval = 60", 6, "calendar.url"),
            (
                "[calendar]\nurl = \"https://a.org/\"\ninterval = 5",
                8,
                "calendar.interval",
            ),
            (
                "[calendar]\nurl = \"https://a.org/\"\nuser = \"a\"",
                6,
                "calendar.password_file",
            ),
            (
                "[calendar]\nurl = \"https://a.org/\"\npassword_file = \"/p\"",
                6,
                "calendar.user",
            ),
            (
                "[calendar]\nurl = \"http://a.org/\"\nuser = \"a\"\npassword_file = \"/p\"",
                6,
                "calendar.url",
            ),
            ("[meetings]\njoin_minutes = 90", 7, "meetings.join_minutes"),
            (
                "[meetings]\nautomatic_join = \"yes\"",
                7,
                "meetings.automatic_join",
            ),
            (
                "[meetings]\nvisio_hosts = [\"https://a.org\"]",
                7,
                "meetings.visio_hosts",
            ),
            (
                "[meetings]\nvisio_default = \"https://visio.numerique.gouv.fr/abc\"",
                7,
                "meetings.visio_default",
            ),
            (
                "[meetings]\nvisio_default = \"http://visio.numerique.gouv.fr\"",
                7,
                "meetings.visio_default",
            ),
            (
                "[meetings]\nvisio_default = \"visio.example.org\"",
                6,
                "meetings.visio_default",
            ),
            ("[time]\nzone = \"Europe/Salle\"", 7, "time.zone"),
        ] {
            assert_eq!(fields(more), [(line, field.to_owned())], "{more}");
        }
    }

    #[test]
    fn the_instance_of_typed_codes_is_a_host_or_an_address_among_those_allowed() {
        for (written, url) in [
            ("visio.example.org", "https://visio.example.org/"),
            (
                "https://Visio.example.org:8443",
                "https://visio.example.org:8443/",
            ),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000/"),
        ] {
            let hosts = "visio_hosts = [\"visio.example.org\", \"127.0.0.1\"]";
            let settings = settings(&format!(
                "[meetings]\n{hosts}\nvisio_default = \"{written}\"\n"
            ));
            let default = settings.meetings.visio_default.unwrap();
            assert_eq!(default.as_str(), url);
        }
    }

    #[test]
    fn a_password_may_cross_the_units_own_loopback() {
        let local = "[calendar]\nurl = \"http://127.0.0.1:5232/room/\"\nuser = \"a\"\npassword_file = \"/p\"\n";
        assert!(settings(local).calendar.is_some());
    }
}
