//! After a call: how it ended, and what one can do.

use super::Scene;
use crate::words;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EndedView {
    pub name: String,
    /// `32 min`; empty when it never began.
    pub lasted: String,
    pub what: String,
    pub next: String,
    pub code: String,
    /// It can be joined once more.
    pub again: bool,
}

pub(crate) fn of(scene: &Scene<'_>) -> EndedView {
    let Some(ended) = &scene.panel.ended else {
        return EndedView::default();
    };
    let problem = ended.problem.as_ref();
    let text = |text: &room_messages::api::Text| text.in_language(scene.language).to_owned();
    EndedView {
        name: ended
            .name
            .clone()
            .or_else(|| ended.target.clone())
            .unwrap_or_default(),
        lasted: ended.lasted_ms.map_or_else(String::new, words::length),
        what: problem.map_or_else(String::new, |problem| text(&problem.what)),
        next: problem.map_or_else(String::new, |problem| text(&problem.next)),
        code: problem.map_or_else(String::new, |problem| problem.code.clone()),
        again: ended.target.is_some(),
    }
}
