//! What kind of stack to start. Every field has a default that suits most tests.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::time::Duration;

/// How many sites (a homeserver, an SFU and an authorization service each).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Sites {
    #[default]
    One,
    /// Two that federate with each other.
    Two,
}

impl Sites {
    pub(crate) fn count(self) -> usize {
        match self {
            Self::One => 1,
            Self::Two => 2,
        }
    }
}

/// How often clients may call the homeserver.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum RateLimits {
    /// No limit in practice.
    #[default]
    Open,
    /// What Element's guide asks of a site with calls: messages 0.5/s with a burst of 30,
    /// delayed events 1/s with a burst of 20. Registering and logging in stay open.
    Guide,
    /// Synapse's own: messages 0.2/s with a burst of 10, delayed events 1/s with a burst
    /// of 5. Registering stays open, because tests make their accounts at once.
    Default,
}

/// For users of which homeservers the authorization service makes rooms on its SFU.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FullAccess {
    /// Those of the own site; others only get a token. This is how real sites run.
    #[default]
    OwnSite,
    /// Nobody: every user is a restricted one.
    Nobody,
}

/// What to start. `Options::default()` is one open site with every feature on.
#[derive(Debug, Clone)]
pub struct Options {
    pub sites: Sites,
    pub rate_limits: RateLimits,
    /// Delayed events (MSC4140): the longest delay the homeserver accepts; `None` switches
    /// them off, which is what a Synapse that nobody set up for calls does.
    pub longest_delay: Option<Duration>,
    /// Sticky events (MSC4354).
    pub sticky: bool,
    /// Whether the homeserver names its SFU, by MSC4143's endpoint and in well-known.
    pub transports: bool,
    /// Whether it has MSC4143's endpoint; without it a homeserver that names its SFU does so in
    /// well-known only, as older ones do.
    pub transports_endpoint: bool,
    /// Whether the authorization service knows delegation of delayed leaves. Without it
    /// `delay_id` and its kin are unknown fields, and the endpoint answers 404.
    pub delegation: bool,
    pub full_access: FullAccess,
    /// Where clients reach the servers. Another one than loopback must be an address of this
    /// machine's `lo`, in a network namespace made for it: a virtual board is not on loopback.
    pub address: Ipv4Addr,
    /// Whether clients are told `https` and `wss`, with a certificate of
    /// [`Site::authority_file`](crate::Site::authority_file), as on a real site.
    pub tls: bool,
    /// Where to keep data and ports so that a later start finds the same site again.
    /// `None` is a new directory that goes away with the stack.
    pub directory: Option<PathBuf>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            sites: Sites::One,
            rate_limits: RateLimits::Open,
            longest_delay: Some(Duration::from_secs(24 * 3600)),
            sticky: true,
            transports: true,
            transports_endpoint: true,
            delegation: true,
            full_access: FullAccess::OwnSite,
            address: Ipv4Addr::LOCALHOST,
            tls: false,
            directory: None,
        }
    }
}
