//! Raised hands and reactions.

use serde_json::Value;

use super::{Around, Run, Step};
use crate::RequestId;
use crate::matrix::Failure;

impl Run {
    pub(in crate::call) fn set_hand(&mut self, _raised: bool, _around: &mut Around<'_>) -> Step {
        Step::default()
    }

    pub(super) fn timeline_event(&mut self, _event: Value, _around: &mut Around<'_>) -> Step {
        Step::default()
    }

    pub(super) fn reaction_sent(
        &mut self,
        _request: RequestId,
        _result: Result<String, Failure>,
        _around: &mut Around<'_>,
    ) -> Step {
        Step::default()
    }

    pub(super) fn hands_recounted(&mut self, _around: &mut Around<'_>) -> Step {
        Step::default()
    }
}
