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
    super::stage::arrange,
    document,
    super::calls::join,
    super::calls::leave,
    super::gestures::hand,
    super::gestures::react,
    super::gestures::decline,
    super::gestures::add,
    super::directory::directory,
    super::meetings::now,
    super::meetings::join,
    super::meetings::book,
    super::meetings::extend,
    super::meetings::end,
    super::presence::presence,
    super::standby::standby,
    super::help::help,
    super::views::statistics,
    super::devices::microphone,
    super::devices::camera,
    super::camera::turn,
    super::camera::recall,
    super::camera::keep,
    super::camera::forget,
    super::devices::speaker,
    super::devices::share,
    super::simulation::board,
))]
struct Document;

/// This description.
#[utoipa::path(get, path = "/v1/openapi.json",
    responses((status = 200, content_type = "application/json", description = "OpenAPI 3.1")))]
pub async fn document() -> Json<utoipa::openapi::OpenApi> {
    Json(Document::openapi())
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn exactly_the_routes_that_are_served_are_described() {
        let document = Document::openapi();
        let described: BTreeSet<&str> = document.paths.paths.keys().map(String::as_str).collect();
        let served = super::super::routes();
        let served: BTreeSet<&str> = served.iter().map(|(path, _)| *path).collect();
        assert_eq!(described, served);
    }

    #[test]
    fn what_answers_hold_is_described() {
        let text = Document::openapi().to_json().unwrap();
        for name in ["Status", "Problem", "BoardEvent", "Statistics", "Readiness"] {
            assert!(
                text.contains(&format!("\"#/components/schemas/{name}\"")),
                "{name}"
            );
        }
    }
}
