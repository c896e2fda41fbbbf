//! Why something people ask of the day is not done.
//!
//! Invariant: a code never changes its meaning.

use room_messages::api::{Problem, Text};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refusal {
    Unknown,
    Taken,
    ReadOnly,
    NoWayToJoin,
    Minutes,
    TooMany,
}

impl Refusal {
    pub(super) fn problem(self) -> Problem {
        let (code, what, next) = self.texts();
        Problem {
            code: code.to_owned(),
            what: Text::new(what.0, what.1),
            next: Text::new(next.0, next.1),
        }
    }

    #[rustfmt::skip]
    fn texts(self) -> (&'static str, (&'static str, &'static str), (&'static str, &'static str)) {
        match self {
            Self::Unknown => ("MEET-01",
                ("This meeting is over, or was cancelled.", "Cette réunion est terminée ou fut annulée."),
                ("Choose another one from the list.", "Choisissez-en une autre dans la liste.")),
            Self::Taken => ("MEET-02",
                ("The room is taken for a part of that time.", "La salle est prise pendant une partie de ce temps."),
                ("Choose a shorter time, or another room.", "Choisissez une durée plus courte, ou une autre salle.")),
            Self::ReadOnly => ("MEET-03",
                ("This meeting's calendar can only be read from here.", "Le calendrier de cette réunion ne peut qu'être lu d'ici."),
                ("Ask the organiser to change the meeting.", "Demandez à l'organisateur de modifier la réunion.")),
            Self::NoWayToJoin => ("MEET-04",
                ("This meeting has no link that this room can join.", "Cette réunion n'a pas de lien que cette salle puisse rejoindre."),
                ("Ask the organiser for an Element Call, Matrix or Visio link, and add it to the invitation.", "Demandez à l'organisateur un lien Element Call, Matrix ou Visio, à ajouter à l'invitation.")),
            Self::Minutes => ("MEET-05",
                ("A booking lasts 5 to 480 minutes.", "Une réservation dure de 5 à 480 minutes."),
                ("Choose a time within that.", "Choisissez une durée entre ces bornes.")),
            Self::TooMany => ("MEET-06",
                ("The calendar has not answered the changes before this one.", "Le calendrier n'a pas répondu aux modifications précédentes."),
                ("Wait a moment, then press again.", "Attendez un instant, puis appuyez de nouveau.")),
        }
    }
}
