//! Who is in the room, as sensors tell.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// There is no sensor, or it is silent.
    #[default]
    Unknown,
    Somebody,
    Nobody,
}

/// `PUT /v1/presence`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Sensed {
    pub somebody: bool,
    /// For how long it counts unless it is said again, 5 to 3600.
    #[schema(minimum = 5, maximum = 3600)]
    pub seconds: u32,
}
