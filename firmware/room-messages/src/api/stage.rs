//! How the stage is laid out.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// A way to lay out the stage.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Hash,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    ToSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// Whoever speaks is large, the others stand in a strip.
    Speaker,
    /// Everybody has the same size.
    #[default]
    Grid,
    /// What somebody shares is large, the people stand in a strip.
    Content,
}

/// How a call is shown; a call begins as `grid`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Stage {
    /// What is shown: `content` by itself as soon as somebody shares, until people choose another.
    pub layout: Layout,
    /// What can be chosen now; empty outside a call, without `content` while nobody shares.
    pub layouts: Vec<Layout>,
}

/// `PUT /v1/stage`
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Arrange {
    pub layout: Layout,
}
