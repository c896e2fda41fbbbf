//! What a session needs to begin.

use std::path::PathBuf;

use room_messages::Token;
use url::Url;

use crate::Network;

/// How the session is opened when the state directory holds none.
#[derive(Clone, Debug)]
pub enum Login {
    /// Text of the password file, its end of line cut off.
    Password(Token),
    /// `m.login.token`.
    Token(Token),
    /// An access token an administrator made; its device is kept. No other client may use or
    /// have used that device: its keys would not be ours.
    AccessToken(Token),
}

/// Which devices of a call's members may receive the room's keys.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum KeyRecipients {
    /// Every device, as Element Call does by default.
    #[default]
    AllDevices,
    /// Only devices their owner has signed. Fails as a whole until the room's own account has
    /// cross-signing.
    SignedByOwner,
}

#[derive(Clone, Debug)]
pub struct SessionOptions {
    /// Base address of the client-server API (not a server name).
    pub homeserver: Url,
    /// `@room:server`, or the local part alone.
    pub user: String,
    pub login: Login,
    /// The daemon's state directory; the session lives in `matrix/` below it, mode 0700.
    pub state_dir: PathBuf,
    /// Shown to other users in device lists.
    pub device_display_name: String,
    /// Recovery key or passphrase of the account's secret storage: the device verifies itself
    /// with it.
    pub recovery_key: Option<Token>,
    pub key_recipients: KeyRecipients,
    /// Use sync v2 even where the server has sliding sync.
    pub force_sync_v2: bool,
    /// A change of it ends the wait before the next try.
    pub network: Network,
}
