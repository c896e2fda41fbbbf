//! Where the camera looks.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// The view that is always there: everything the camera sees.
pub const OVERVIEW: &str = "overview";

/// The part of the camera's picture that is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct View {
    /// −1000 (left end) to 1000 (right end): thousandths of the way there is at this zoom; 0 is
    /// the middle.
    #[schema(minimum = -1000, maximum = 1000)]
    pub pan: i16,
    /// −1000 (lower end) to 1000 (upper end), likewise.
    #[schema(minimum = -1000, maximum = 1000)]
    pub tilt: i16,
    /// In per cent: 100 (the whole picture) to 400.
    #[schema(minimum = 100, maximum = 400)]
    pub zoom: u16,
}

impl Default for View {
    fn default() -> Self {
        Self {
            pan: 0,
            tilt: 0,
            zoom: 100,
        }
    }
}

/// `POST /v1/camera/move`, in steps: what is shown moves by a tenth of its width and height each,
/// and grows by about a fifth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields, default)]
pub struct Move {
    /// −10 to 10: to the left, to the right.
    #[schema(minimum = -10, maximum = 10)]
    pub pan: i8,
    /// −10 to 10: down, up.
    #[schema(minimum = -10, maximum = 10)]
    pub tilt: i8,
    /// −10 to 10: farther, nearer.
    #[schema(minimum = -10, maximum = 10)]
    pub zoom: i8,
}

/// A preset by its name: `PUT /v1/camera/preset` goes there, `POST /v1/camera/presets` keeps where
/// the camera looks now, `POST /v1/camera/presets/remove` forgets it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PresetName {
    /// 1 to 40 characters; `overview` is always there and cannot be changed.
    pub name: String,
}
