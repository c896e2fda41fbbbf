//! What can be joined, in what people and programs write into a meeting.
//!
//! Matrix rooms (matrix.to, `matrix:`, Element Call links) are read by the grammar of
//! [`room_core::target`], the one place that says what a target is. Visio links are known by
//! their hosts, which the settings name: Google Meet's look the same. Everything else that is a
//! meeting is named, never hidden: somebody has to know why Join stays dark.
//! Invariant: bounded work, bounded results; a link that wraps another is opened at most twice.

mod scan;
mod services;

use std::fmt;

use room_core::target::{Target, TargetError};
use serde::{Deserialize, Serialize};
use url::Url;

pub use room_core::visio::Instances;
pub use services::Service;

/// Most links of one meeting.
pub const MAX_LINKS: usize = 8;

/// One way to join a meeting.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Link {
    /// A call in a Matrix room; `target` as `room_core::target` reads it.
    Matrix { target: String },
    /// A meeting of La Suite: `https://host/abc-defg-hij`.
    Visio { target: String },
    /// A meeting elsewhere, which this room cannot join.
    Other { service: Service, host: String },
}

impl Link {
    /// What to hand to a join order, if this room can join.
    #[must_use]
    pub fn target(&self) -> Option<&str> {
        match self {
            Self::Matrix { target } | Self::Visio { target } => Some(target),
            Self::Other { .. } => None,
        }
    }
}

/// Links are invitations: a log has their kind only.
impl fmt::Debug for Link {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Matrix { .. } => f.write_str("Matrix(…)"),
            Self::Visio { .. } => f.write_str("Visio(…)"),
            Self::Other { service, .. } => write!(f, "Other({service:?})"),
        }
    }
}

/// Every way to join that the texts hold, in their order, those of this room first.
#[must_use]
pub fn find<'a>(texts: impl IntoIterator<Item = &'a str>, visio: &Instances) -> Vec<Link> {
    let mut found: Vec<Link> = Vec::new();
    for text in texts {
        for candidate in scan::candidates(text) {
            let link = read(&candidate, visio);
            found.extend(link.filter(|link| !found.contains(link)));
        }
    }
    // A stable sort: within each half the order of the texts stays.
    found.sort_by_key(|link| link.target().is_none());
    found.truncate(MAX_LINKS);
    found
}

/// One candidate: a link, or a bare room or alias.
fn read(text: &str, visio: &Instances) -> Option<Link> {
    let url = match Url::parse(text) {
        Ok(url) => scan::unwrapped(url),
        Err(_) => return matrix(text),
    };
    if let Some(link) = of_visio(&url, visio) {
        return Some(link);
    }
    if let Some(service) = services::by_host(&url) {
        return Some(other(service, &url));
    }
    match Target::parse(url.as_str()) {
        Ok(_) => matrix(url.as_str()),
        // The shape of a Visio link, but of no instance that this room joins.
        Err(TargetError::Visio) => Some(other(Service::Visio, &url)),
        Err(TargetError::LinkPassword) => Some(other(Service::ElementCall, &url)),
        Err(_) => services::by_shape(&url).map(|service| other(service, &url)),
    }
}

fn matrix(text: &str) -> Option<Link> {
    Target::parse(text).ok().map(|_| Link::Matrix {
        target: text.to_owned(),
    })
}

fn other(service: Service, url: &Url) -> Link {
    let host = url.host_str().unwrap_or_default();
    Link::Other {
        service,
        host: host.chars().take(100).collect(),
    }
}

fn of_visio(url: &Url, instances: &Instances) -> Option<Link> {
    let meeting = instances.meeting(url)?;
    let target = format!("{}{}", meeting.origin(), meeting.code());
    Some(Link::Visio { target })
}

#[cfg(test)]
mod tests;
