//! A call for help from the room.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Help {
    /// Six characters that stand for this call in the log and on the screen, easily said over a
    /// telephone.
    pub reference: String,
    pub since_ms: u64,
    /// When it ends by itself.
    pub until_ms: u64,
}

/// `PUT /v1/help`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CallForHelp {
    pub wanted: bool,
}
