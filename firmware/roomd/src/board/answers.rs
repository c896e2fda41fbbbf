//! Notes once when a thing stops answering, and once when it answers again: it is asked every
//! second, and a log of a unit without buttons would hold nothing else.

use board_api::BoardError;

/// How one thing answered last.
#[derive(Debug)]
pub struct Answers {
    what: &'static str,
    wrong: Option<BoardError>,
}

impl Answers {
    pub const fn of(what: &'static str) -> Self {
        Self { what, wrong: None }
    }

    /// Whether this is news, which is logged.
    pub fn note(&mut self, wrong: Option<BoardError>) -> bool {
        let news = self.wrong != wrong;
        if news {
            match wrong {
                Some(error) => tracing::warn!(what = self.what, %error, "it does not answer"),
                None => tracing::info!(what = self.what, "it answers"),
            }
        }
        self.wrong = wrong;
        news
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_change_is_news() {
        let mut answers = Answers::of("the buttons");
        assert!(!answers.note(None));
        assert!(answers.note(Some(BoardError::Unplugged)));
        assert!(!answers.note(Some(BoardError::Unplugged)));
        assert!(answers.note(Some(BoardError::Failed)));
        assert!(answers.note(None));
    }
}
