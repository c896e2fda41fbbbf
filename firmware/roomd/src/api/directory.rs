//! The homeserver's directory.

use axum::Json;
use axum::extract::{RawQuery, State};
use room_core::problem::Issue;
use room_messages::api::Problem;
use room_messages::api::directory::{Directory, MAX_SEARCH};

use super::App;
use super::answer::Refusal;

/// People and public rooms of the homeserver whose name or address fits, people first.
#[utoipa::path(get, path = "/v1/directory",
    params(("search" = String, Query, description = "1 to 100 characters")),
    responses((status = 200, body = Directory), (status = "default", body = Problem)))]
pub async fn directory(
    State(app): State<App>,
    RawQuery(query): RawQuery,
) -> Result<Json<Directory>, Refusal> {
    let text = searched(query.as_deref().unwrap_or_default());
    let text = text.ok_or_else(|| Issue::SearchLength.problem())?;
    Ok(Json(app.directory.search(text).await?))
}

fn searched(query: &str) -> Option<String> {
    let mut pairs = url::form_urlencoded::parse(query.as_bytes());
    let (_, text) = pairs.find(|(name, _)| name == "search")?;
    let text = text.trim();
    (1..=MAX_SEARCH)
        .contains(&text.chars().count())
        .then(|| text.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_is_read_from_the_query_and_bounded() {
        assert_eq!(searched("search=+Anna%20B+").as_deref(), Some("Anna B"));
        let long = format!("search={}", "a".repeat(MAX_SEARCH + 1));
        for query in ["", "search=", "search=%20", "find=anna", long.as_str()] {
            assert_eq!(searched(query), None, "{query}");
        }
    }
}
