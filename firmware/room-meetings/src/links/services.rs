//! Meeting services that this room cannot join, by their hosts and paths.

use serde::{Deserialize, Serialize};
use url::Url;

/// Whose meeting it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Service {
    Zoom,
    Teams,
    GoogleMeet,
    Webex,
    Jitsi,
    BigBlueButton,
    GoTo,
    Whereby,
    Chime,
    Pexip,
    Skype,
    Rainbow,
    Tixeo,
    Livestorm,
    /// An instance of La Suite Meet that the settings do not name.
    Visio,
    /// A link protected by a password of its own, or one that names no room.
    ElementCall,
}

impl Service {
    /// As people know it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Zoom => "Zoom",
            Self::Teams => "Microsoft Teams",
            Self::GoogleMeet => "Google Meet",
            Self::Webex => "Webex",
            Self::Jitsi => "Jitsi Meet",
            Self::BigBlueButton => "BigBlueButton",
            Self::GoTo => "GoTo Meeting",
            Self::Whereby => "Whereby",
            Self::Chime => "Amazon Chime",
            Self::Pexip => "Pexip",
            Self::Skype => "Skype",
            Self::Rainbow => "Rainbow",
            Self::Tixeo => "Tixeo",
            Self::Livestorm => "Livestorm",
            Self::Visio => "Visio",
            Self::ElementCall => "Element Call",
        }
    }
}

/// A host, itself or with something before it, and how its meetings' paths begin. Without a path
/// any will do but none at all: a link to the vendor's front page is no meeting.
const HOSTS: &[(&str, &[&str], Service)] = &[
    (
        "zoom.us",
        &["/j/", "/my/", "/w/", "/s/", "/wc/"],
        Service::Zoom,
    ),
    (
        "zoom.com",
        &["/j/", "/my/", "/w/", "/s/", "/wc/"],
        Service::Zoom,
    ),
    (
        "zoomgov.com",
        &["/j/", "/my/", "/w/", "/s/", "/wc/"],
        Service::Zoom,
    ),
    (
        "teams.microsoft.com",
        &["/l/meetup-join/", "/meet/", "/l/meeting/"],
        Service::Teams,
    ),
    ("teams.live.com", &["/meet/"], Service::Teams),
    (
        "teams.microsoft.us",
        &["/l/meetup-join/", "/meet/"],
        Service::Teams,
    ),
    ("meet.google.com", &[], Service::GoogleMeet),
    ("webex.com", &[], Service::Webex),
    ("meet.jit.si", &[], Service::Jitsi),
    ("8x8.vc", &[], Service::Jitsi),
    ("gotomeet.me", &[], Service::GoTo),
    ("meet.goto.com", &[], Service::GoTo),
    ("gotomeeting.com", &["/join/"], Service::GoTo),
    ("whereby.com", &[], Service::Whereby),
    ("chime.aws", &[], Service::Chime),
    ("pexip.me", &[], Service::Pexip),
    ("join.skype.com", &[], Service::Skype),
    ("openrainbow.com", &[], Service::Rainbow),
    ("tixeo.com", &[], Service::Tixeo),
    ("app.livestorm.co", &[], Service::Livestorm),
];

pub(super) fn by_host(url: &Url) -> Option<Service> {
    let host = url.host_str()?;
    let is = |known: &str| {
        host.strip_suffix(known)
            .is_some_and(|before| before.is_empty() || before.ends_with('.'))
    };
    let (_, paths, service) = HOSTS.iter().find(|(known, ..)| is(known))?;
    let path = url.path();
    let meets = match *paths {
        [] => path.len() > 1,
        paths => paths.iter().any(|begin| path.starts_with(begin)),
    };
    meets.then_some(*service)
}

/// Instances that anybody may run, by how such hosts and paths are usually named; and Element
/// Call links that name no room.
pub(super) fn by_shape(url: &Url) -> Option<Service> {
    let host = url.host_str()?;
    let first = host.split('.').next().unwrap_or_default();
    let path = url.path();
    match first {
        "jitsi" | "meet-jitsi" if path.len() > 1 => Some(Service::Jitsi),
        "bbb" | "bigbluebutton" if path.len() > 1 => Some(Service::BigBlueButton),
        _ if path.starts_with("/bigbluebutton/") => Some(Service::BigBlueButton),
        _ if host == "call.element.io" && path.len() > 1 => Some(Service::ElementCall),
        _ => None,
    }
}
