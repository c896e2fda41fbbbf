//! What can go wrong, in the words the call's keeper decides by.

use std::time::Duration;

use room_core::homeserver;
use room_core::rtc::admission;

/// Why a session could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// No answer: name, network, TLS, or nobody listening. Trying again may help.
    #[error("the homeserver cannot be reached")]
    Unreachable(#[source] BoxError),
    /// Its certificate is not one to trust: unknown authority, another name, or a wrong date (here
    /// or there). Trying again may help: clocks are set late.
    #[error("the homeserver's certificate is not valid: {0}")]
    Certificate(String),
    /// Something answers there, and it is no Matrix homeserver.
    #[error("the address is not that of a Matrix homeserver")]
    NotAHomeserver(#[source] BoxError),
    #[error("the homeserver refuses this user name and password")]
    WrongPassword,
    /// The access token (stored or given) is not valid any more.
    #[error("the homeserver does not know this access token")]
    UnknownToken,
    #[error("the account is deactivated or locked")]
    Deactivated,
    /// The stored session or the given token belongs to another user than the settings name.
    #[error("the session belongs to another user than the one in the settings")]
    OtherUser,
    #[error("the user name is not valid")]
    BadUser,
    #[error("the homeserver asks to wait before logging in again")]
    RateLimited { retry_after: Option<Duration> },
    #[error("no space left in the state directory")]
    DiskFull,
    #[error("another process holds the state directory")]
    Locked,
    #[error("the state directory cannot be used")]
    State(#[source] BoxError),
    /// Any other refusal of the homeserver.
    #[error("the homeserver answered {status} {errcode}")]
    Server { status: u16, errcode: String },
}

/// A cause, kept for the log's chain.
pub type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Why a single request failed. Nothing was tried twice.
#[derive(Debug, thiserror::Error)]
pub enum RequestError {
    /// 429. `retry_after` from the body or the header, at most one hour.
    #[error("the homeserver asks to wait")]
    RateLimited { retry_after: Option<Duration> },
    /// 403: not allowed here.
    #[error("not permitted ({errcode})")]
    Forbidden { errcode: String },
    /// 404: the thing is gone or was never there.
    #[error("not found ({errcode})")]
    NotFound { errcode: String },
    /// The server does not know the endpoint or the feature.
    #[error("the homeserver does not offer this")]
    Unsupported,
    /// The delay is longer than the server allows.
    #[error("the delay is longer than the homeserver allows")]
    TooLong { max: Option<Duration> },
    /// 401: the access token is not valid any more.
    #[error("the session is not valid any more")]
    LoggedOut,
    /// No answer, or none in time; the request may have been carried out.
    #[error("no answer from the homeserver")]
    Network(#[source] BoxError),
    /// 5xx.
    #[error("the homeserver failed with {status}")]
    Server { status: u16 },
    /// Any other 4xx.
    #[error("the homeserver refused with {status} {errcode}")]
    Refused { status: u16, errcode: String },
    /// A redirect, an oversized answer, or one that is not what the specification says.
    #[error("the answer is not readable")]
    Unreadable,
    /// An identifier given by the caller is not one.
    #[error("not a valid {what}")]
    BadId { what: &'static str },
    /// The room is not known, or the room is not joined.
    #[error("not in this room")]
    NotInRoom,
    /// Encrypting or decrypting failed on our side.
    #[error("encryption failed")]
    Crypto(#[source] BoxError),
}

impl From<homeserver::Refusal> for RequestError {
    fn from(refusal: homeserver::Refusal) -> Self {
        use homeserver::Refusal;
        match refusal {
            Refusal::RateLimited { retry_after } => Self::RateLimited { retry_after },
            Refusal::LoggedOut => Self::LoggedOut,
            Refusal::TooLong { max } => Self::TooLong { max },
            Refusal::Unsupported => Self::Unsupported,
            Refusal::Forbidden { errcode } => Self::Forbidden { errcode },
            Refusal::NotFound { errcode } => Self::NotFound { errcode },
            Refusal::Server { status } => Self::Server { status },
            Refusal::Refused { status, errcode } => Self::Refused { status, errcode },
            Refusal::Unreadable => Self::Unreadable,
        }
    }
}

/// Why an SFU's authorization service gave no token.
#[derive(Debug, thiserror::Error)]
pub enum SfuError {
    /// The homeserver gave no OpenID token.
    #[error("no identity token from the homeserver")]
    OpenId(#[source] RequestError),
    /// The service's address is not one a room may talk to.
    #[error("the address of the authorization service is not valid")]
    BadAddress,
    /// No answer: name, network, TLS, or nobody listening.
    #[error("the authorization service cannot be reached")]
    Unreachable(#[source] BoxError),
    /// 404: this endpoint does not exist there.
    #[error("the authorization service does not know this request")]
    NotFound,
    #[error("the authorization service asks to wait")]
    RateLimited { retry_after: Option<Duration> },
    /// 4xx with the service's own word for it.
    #[error("the authorization service refused with {status} {errcode}")]
    Refused { status: u16, errcode: String },
    /// 5xx.
    #[error("the authorization service failed with {status}")]
    Server { status: u16 },
    #[error("the answer of the authorization service is not readable")]
    Unreadable,
}

impl From<admission::Refusal> for SfuError {
    fn from(refusal: admission::Refusal) -> Self {
        use admission::Refusal;
        match refusal {
            Refusal::NotFound => Self::NotFound,
            Refusal::RateLimited { retry_after } => Self::RateLimited { retry_after },
            Refusal::Refused { status, errcode } => Self::Refused { status, errcode },
            Refusal::Server { status } => Self::Server { status },
            Refusal::Unreadable => Self::Unreadable,
        }
    }
}
