//! People of a meeting whose names the SFU itself tells.

use serde::{Deserialize, Serialize};

use crate::Identity;

/// Somebody on an SFU; bounded in length, as they wrote it otherwise.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SfuPerson {
    pub identity: Identity,
    pub name: String,
    /// La Suite's attribute `handRaisedAt`; `None` while the hand is down.
    pub hand_raised_at: Option<String>,
}

impl std::fmt::Debug for SfuPerson {
    /// Names nobody.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("SfuPerson(…)")
    }
}
