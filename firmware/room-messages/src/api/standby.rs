//! Whether the room is awake.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Standby {
    /// Somebody does something here, or is about to.
    #[default]
    Awake,
    /// Somebody is in the room, and does nothing with it: the display is on.
    HalfAwake,
    /// The display is off.
    Standby,
}

/// `PUT /v1/standby`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SetStandby {
    pub standby: bool,
}
