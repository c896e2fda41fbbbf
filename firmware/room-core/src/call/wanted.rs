//! What a text asks to be joined: a Matrix room or a Visio meeting.

use room_messages::api::Problem;

use crate::problem::Issue;
use crate::target::{Place, Target, TargetError};
use crate::visio::link::Reading;
use crate::visio::{Instances, Meeting};

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wanted {
    Matrix(Target),
    Visio(Meeting),
}

impl Wanted {
    /// Reads a target.
    ///
    /// # Errors
    /// What to tell of a text that is none.
    pub fn read(text: &str, visio: &Instances) -> Result<Self, Problem> {
        match visio.read(text) {
            Reading::Meeting(meeting) => Ok(Self::Visio(meeting)),
            Reading::CodeAlone => Err(Issue::TargetCode.about(text)),
            Reading::Other => match Target::person(text) {
                Some(user) => Ok(Self::person(user)),
                None => Target::parse(text)
                    .map(Self::Matrix)
                    .map_err(|error| problem(error, text)),
            },
        }
    }

    fn person(user: String) -> Self {
        Self::Matrix(Target {
            place: Place::Person(user),
            via: Vec::new(),
        })
    }
}

fn problem(error: TargetError, text: &str) -> Problem {
    let issue = match error {
        TargetError::Length => Issue::TargetLength,
        TargetError::Unreadable => Issue::TargetUnreadable,
        TargetError::Visio => Issue::TargetVisio,
        TargetError::LinkPassword => Issue::TargetPassword,
        TargetError::NotARoom => Issue::TargetNotARoom,
    };
    issue.about(text)
}
