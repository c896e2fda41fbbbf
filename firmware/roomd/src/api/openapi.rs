//! The API described by itself.

use axum::Json;
use utoipa::OpenApi;

/// Salle's control API.
#[derive(OpenApi)]
#[openapi(paths(
    super::views::status,
    super::readiness::readiness,
    super::events::events,
    super::views::stage,
    super::calls::join,
    super::calls::leave,
    super::calls::hand,
    super::views::statistics,
    super::devices::microphone,
    super::devices::camera,
    super::devices::speaker,
    super::simulation::board,
))]
struct Document;

pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_route_is_described() {
        let document = Document::openapi();
        assert_eq!(document.paths.paths.len(), 12);
        let text = document.to_json().unwrap();
        for name in ["Status", "Problem", "BoardEvent", "Statistics"] {
            assert!(
                text.contains(&format!("\"#/components/schemas/{name}\"")),
                "{name}"
            );
        }
    }
}
