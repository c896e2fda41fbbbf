//! Every SFU of one call: the room's own, on which it publishes, and one connection that only
//! listens for each other service named by a membership.
//!
//! Invariants: at most [`MAX_OTHERS`] other SFUs; one connection per service address, compared as
//! text; a service nobody names any more is left; after [`Sfus::release`] nothing is held and
//! late answers are ignored. A lost SFU is asked for again without end, with growing pauses.
//! Deliberately absent: the connection itself, which `mediad` keeps, and its own reconnecting.

use std::collections::BTreeMap;
use std::time::Duration;

use room_messages::{EndReason, Order, SfuId, SfuState, Token};

use crate::pause::Pause;
use crate::{Moment, RequestId};

/// Most SFUs besides the own one.
pub const MAX_OTHERS: usize = 32;
/// First connections tried before a join is given up.
const OWN_TRIES: u32 = 3;
/// The same where the SFU has no room for the call: `mediad` has waited for it each time, and
/// the second time it was asked for anew.
const MISSING_TRIES: u32 = 2;

/// Which of an authorization service's two endpoints to ask.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Endpoint {
    /// `/sfu/get`, identity `user:device`.
    SfuGet,
    /// `/get_token`, hashed identity.
    GetToken,
}

/// A token to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    pub request: RequestId,
    pub service_url: String,
    pub endpoint: Endpoint,
}

/// Admission to an SFU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub url: String,
    pub token: Token,
}

/// Why there is no token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenFailure {
    /// No answer, or no identity token from the homeserver.
    Unreachable,
    /// The endpoint does not exist there.
    NotFound,
    RateLimited {
        retry_after: Option<Duration>,
    },
    /// The service refuses, or its address is not one.
    Refused,
    /// The service fails, or answers nonsense.
    Failing,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq)]
pub enum SfuEffect {
    Ask(TokenRequest),
    Media(Order),
}

/// What the call must know of its own SFU.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OwnSfu {
    Connected,
    Reconnecting,
    /// No token to be had; final while joining.
    NoToken(TokenFailure),
    /// Not connected; final while joining.
    Lost(EndReason),
    /// Over, and not to be tried again by itself.
    Expelled(EndReason),
}

#[derive(Debug)]
enum Phase {
    Asking {
        request: RequestId,
        renewal: bool,
    },
    Waiting {
        until: Duration,
        renewal: bool,
    },
    /// `mediad` was told to connect.
    Given,
    Connected,
}

#[derive(Debug)]
struct Link {
    id: SfuId,
    endpoint: Endpoint,
    phase: Phase,
    pause: Pause,
    /// Address the last grant named, for problems.
    address: String,
}

/// See the module.
#[derive(Debug)]
pub struct Sfus {
    encrypted: bool,
    own_url: Option<String>,
    own_endpoint: Endpoint,
    links: BTreeMap<String, Link>,
    next_id: u32,
}

impl Sfus {
    #[must_use]
    pub fn new(own_endpoint: Endpoint) -> Self {
        Self {
            encrypted: true,
            own_url: None,
            own_endpoint,
            links: BTreeMap::new(),
            next_id: 1,
        }
    }

    /// Whether media is end-to-end encrypted; before the first connection.
    pub fn set_encrypted(&mut self, encrypted: bool) {
        self.encrypted = encrypted;
    }

    /// Names the own SFU and asks for its token.
    pub fn begin(&mut self, url: &str, requests: &mut RequestId) -> Vec<SfuEffect> {
        self.own_url = Some(url.to_owned());
        let endpoint = self.own_endpoint;
        vec![self.open(url, SfuId::OWN, endpoint, requests)]
    }

    /// Brings the other connections in line with the services the memberships name.
    pub fn want<'a>(
        &mut self,
        urls: impl Iterator<Item = &'a str>,
        requests: &mut RequestId,
    ) -> Vec<SfuEffect> {
        let own = self.own_url.clone();
        let mut wanted: Vec<&str> = urls.filter(|url| Some(*url) != own.as_deref()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        let mut effects = self.drop_unwanted(&wanted);
        for url in wanted {
            if self.links.contains_key(url) || self.others() >= MAX_OTHERS {
                continue;
            }
            let id = SfuId(self.next_id);
            self.next_id = self.next_id.saturating_add(1);
            effects.push(self.open(url, id, Endpoint::GetToken, requests));
        }
        effects
    }

    fn others(&self) -> usize {
        self.links
            .values()
            .filter(|link| link.id != SfuId::OWN)
            .count()
    }

    fn drop_unwanted(&mut self, wanted: &[&str]) -> Vec<SfuEffect> {
        let mut effects = Vec::new();
        self.links.retain(|url, link| {
            let keep = link.id == SfuId::OWN || wanted.contains(&url.as_str());
            if !keep {
                effects.push(SfuEffect::Media(Order::Disconnect { sfu: link.id }));
            }
            keep
        });
        effects
    }

    fn open(
        &mut self,
        url: &str,
        id: SfuId,
        endpoint: Endpoint,
        requests: &mut RequestId,
    ) -> SfuEffect {
        let request = requests.next();
        let link = Link {
            id,
            endpoint,
            phase: Phase::Asking {
                request,
                renewal: false,
            },
            pause: Pause::default(),
            address: url.to_owned(),
        };
        self.links.insert(url.to_owned(), link);
        SfuEffect::Ask(TokenRequest {
            request,
            service_url: url.to_owned(),
            endpoint,
        })
    }

    /// A service answered. `None` when the question is no longer open.
    pub fn answered(
        &mut self,
        now: Moment,
        request: RequestId,
        result: Result<Grant, TokenFailure>,
        requests: &mut RequestId,
    ) -> (Vec<SfuEffect>, Option<OwnSfu>) {
        let encrypted = self.encrypted;
        let asked = |link: &Link| match link.phase {
            Phase::Asking {
                request: open,
                renewal,
            } if open == request => Some(renewal),
            _ => None,
        };
        let Some((url, link, renewal)) = self
            .links
            .iter_mut()
            .find_map(|(url, link)| asked(link).map(|renewal| (url, link, renewal)))
        else {
            return (Vec::new(), None);
        };
        match result {
            Ok(grant) => (vec![give(link, grant, renewal, encrypted)], None),
            Err(failure) => refuse(now, url, link, failure, renewal, requests),
        }
    }

    /// `mediad` wants a fresh token for a reconnect.
    pub fn token_needed(&mut self, sfu: SfuId, requests: &mut RequestId) -> Vec<SfuEffect> {
        let link = self.links.iter_mut().find(|(_, link)| link.id == sfu);
        let Some((url, link)) = link else {
            return Vec::new();
        };
        if matches!(link.phase, Phase::Asking { .. } | Phase::Waiting { .. }) {
            return Vec::new();
        }
        vec![ask(url, link, true, requests)]
    }

    /// `mediad` says how a connection is.
    pub fn fact(
        &mut self,
        now: Moment,
        sfu: SfuId,
        state: &SfuState,
        requests: &mut RequestId,
    ) -> (Vec<SfuEffect>, Option<OwnSfu>) {
        let Some((url, link)) = self.links.iter_mut().find(|(_, link)| link.id == sfu) else {
            return (Vec::new(), None);
        };
        let own = sfu == SfuId::OWN;
        let (effects, news) = match state {
            SfuState::Connecting => (Vec::new(), None),
            SfuState::Connected => {
                link.pause.reset();
                if matches!(link.phase, Phase::Given) {
                    link.phase = Phase::Connected;
                }
                (Vec::new(), Some(OwnSfu::Connected))
            }
            SfuState::Reconnecting => (Vec::new(), Some(OwnSfu::Reconnecting)),
            SfuState::Ended { reason } => ended(now, url, link, reason, requests),
        };
        (effects, news.filter(|_| own))
    }

    /// Asks again where a pause is over.
    pub fn tick(&mut self, now: Moment, requests: &mut RequestId) -> Vec<SfuEffect> {
        let due = |link: &Link| match link.phase {
            Phase::Waiting { until, renewal } if now.since_start >= until => Some(renewal),
            _ => None,
        };
        self.links
            .iter_mut()
            .filter_map(|(url, link)| due(link).map(|renewal| ask(url, link, renewal, requests)))
            .collect()
    }

    #[must_use]
    pub fn next_deadline(&self) -> Option<Duration> {
        let waiting = |link: &Link| match link.phase {
            Phase::Waiting { until, .. } => Some(until),
            _ => None,
        };
        self.links.values().filter_map(waiting).min()
    }

    /// The connection that carries this service's participants.
    #[must_use]
    pub fn id_of(&self, url: &str) -> Option<SfuId> {
        self.links.get(url).map(|link| link.id)
    }

    /// Address of the own SFU, as far as it is known.
    #[must_use]
    pub fn own_address(&self) -> String {
        let own = self.links.values().find(|link| link.id == SfuId::OWN);
        own.map(|link| link.address.clone()).unwrap_or_default()
    }

    /// Forgets everything; `mediad` gets `EndCall` from the call itself.
    pub fn release(&mut self) {
        self.links.clear();
        self.own_url = None;
    }

    #[must_use]
    pub fn is_released(&self) -> bool {
        self.links.is_empty()
    }
}

/// Passes a grant on to `mediad`.
fn give(link: &mut Link, grant: Grant, renewal: bool, encrypted: bool) -> SfuEffect {
    link.phase = if renewal {
        Phase::Connected
    } else {
        Phase::Given
    };
    link.address.clone_from(&grant.url);
    SfuEffect::Media(if renewal {
        Order::RenewToken {
            sfu: link.id,
            token: grant.token,
        }
    } else {
        Order::Connect {
            sfu: link.id,
            url: grant.url,
            token: grant.token,
            publish: link.id == SfuId::OWN,
            encrypted,
        }
    })
}

/// The other endpoint at once for those we only listen to; a pause, or the end, otherwise.
fn refuse(
    now: Moment,
    url: &str,
    link: &mut Link,
    failure: TokenFailure,
    renewal: bool,
    requests: &mut RequestId,
) -> (Vec<SfuEffect>, Option<OwnSfu>) {
    let own = link.id == SfuId::OWN;
    if !own && link.endpoint == Endpoint::GetToken {
        link.endpoint = Endpoint::SfuGet;
        return (vec![ask(url, link, renewal, requests)], None);
    }
    if !own {
        link.endpoint = Endpoint::GetToken;
    }
    let asked = match failure {
        TokenFailure::RateLimited { retry_after } => retry_after,
        _ => None,
    };
    link.phase = Phase::Waiting {
        until: link.pause.end(now, asked),
        renewal,
    };
    let hopeless = matches!(failure, TokenFailure::Refused | TokenFailure::NotFound);
    let give_up = own && (hopeless || link.pause.tries() >= OWN_TRIES);
    (Vec::new(), give_up.then_some(OwnSfu::NoToken(failure)))
}

/// A connection is over.
fn ended(
    now: Moment,
    url: &str,
    link: &mut Link,
    reason: &EndReason,
    requests: &mut RequestId,
) -> (Vec<SfuEffect>, Option<OwnSfu>) {
    match reason {
        EndReason::Asked => (Vec::new(), None),
        EndReason::DuplicateIdentity | EndReason::Removed if link.id == SfuId::OWN => {
            (Vec::new(), Some(OwnSfu::Expelled(reason.clone())))
        }
        _ if link.pause.tries() == 0 => {
            // The first time at once: a restarted SFU has forgotten its rooms, and only a new
            // token request makes the service create ours again.
            link.pause.end(now, None);
            (
                vec![ask(url, link, false, requests)],
                Some(OwnSfu::Reconnecting),
            )
        }
        _ => {
            link.phase = Phase::Waiting {
                until: link.pause.end(now, None),
                renewal: false,
            };
            let most = match reason {
                EndReason::RoomMissing => MISSING_TRIES,
                _ => OWN_TRIES,
            };
            let give_up = link.pause.tries() >= most;
            let lost = OwnSfu::Lost(reason.clone());
            (
                Vec::new(),
                Some(if give_up { lost } else { OwnSfu::Reconnecting }),
            )
        }
    }
}

fn ask(url: &str, link: &mut Link, renewal: bool, requests: &mut RequestId) -> SfuEffect {
    let request = requests.next();
    link.phase = Phase::Asking { request, renewal };
    SfuEffect::Ask(TokenRequest {
        request,
        service_url: url.to_owned(),
        endpoint: link.endpoint,
    })
}

#[cfg(test)]
mod tests;
