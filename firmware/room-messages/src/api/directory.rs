//! `GET /v1/directory`: people and rooms to call.

use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

/// Longest search, in characters.
pub const MAX_SEARCH: usize = 100;

/// The request that searches for `text`.
#[must_use]
pub fn request(text: &str) -> String {
    let query = form_urlencoded::Serializer::new(String::new())
        .append_pair("search", text)
        .finish();
    format!("/v1/directory?{query}")
}

/// Who and what fits a search; at most 20 people and 20 rooms.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Directory {
    pub entries: Vec<Entry>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct Entry {
    /// As they call themselves; cleaned and bounded.
    pub name: String,
    /// For `POST /v1/call/join`; a person's also for `POST /v1/call/add`.
    pub target: String,
    pub kind: EntryKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EntryKind {
    Person,
    Room,
}
