//! What the stage shows in each phase.

use room_messages::api::{Homeserver, Phase, Problem, SecurityLevel, Text};
use room_messages::{Order, Screen};

use super::Room;
use crate::Moment;

pub(super) fn idle(homeserver: Homeserver) -> Screen {
    let line = match homeserver {
        Homeserver::Connecting => Text::new("Connecting…", "Connexion…"),
        Homeserver::Online => Text::new("Ready", "Prête"),
        Homeserver::Offline => Text::new(
            "The homeserver cannot be reached",
            "Le serveur est injoignable",
        ),
        Homeserver::Refused => Text::new("Login refused", "Connexion refusée"),
    };
    Screen::Idle { line }
}

impl Room {
    pub(super) fn screen(&self, now: Moment) -> Order {
        Order::Show(match self.call.phase() {
            Phase::Idle => self.idle_screen(),
            Phase::Joining => message(
                Text::new("Joining the call…", "Connexion à l'appel…"),
                Text::default(),
            ),
            Phase::Leaving => message(
                Text::new("Leaving the call…", "Sortie de l'appel…"),
                Text::default(),
            ),
            Phase::Failed => self
                .call
                .problem()
                .map_or_else(|| self.idle_screen(), problem),
            Phase::InCall | Phase::Reconnecting => Screen::Call {
                security: self.security_line(now),
                notice: self.pressing().first().map_or_else(Text::default, line),
            },
        })
    }

    /// A fault only a person can mend is shown where that person sees it.
    fn idle_screen(&self) -> Screen {
        match self.state_fault.as_ref().or(self.login_problem.as_ref()) {
            Some(fault) => problem(fault),
            None => idle(self.homeserver),
        }
    }

    fn security_line(&self, now: Moment) -> Text {
        if self.call.phase() == Phase::Reconnecting {
            return Text::new("Reconnecting…", "Reconnexion…");
        }
        let security = self.security(now);
        match security.level {
            SecurityLevel::None => Text::default(),
            SecurityLevel::Encrypted if !security.reasons.is_empty() => Text::new(
                "End-to-end encrypted; somebody does not have this room's key yet",
                "Chiffré de bout en bout ; quelqu'un n'a pas encore la clé de cette salle",
            ),
            SecurityLevel::Encrypted => {
                Text::new("End-to-end encrypted", "Chiffré de bout en bout")
            }
            SecurityLevel::Pending => {
                Text::new("Checking the encryption…", "Vérification du chiffrement…")
            }
            SecurityLevel::Degraded => Text::new(
                "Somebody's media cannot be decrypted",
                "Les flux de quelqu'un ne peuvent être déchiffrés",
            ),
            SecurityLevel::Unencrypted => {
                Text::new("Not end-to-end encrypted", "Non chiffré de bout en bout")
            }
        }
    }
}

fn message(title: Text, next: Text) -> Screen {
    Screen::Message { title, next }
}

/// What is wrong and the next step, in one line: a call goes on, so it is said discreetly.
fn line(problem: &Problem) -> Text {
    let (what, next) = (&problem.what, &problem.next);
    Text::new(
        format!("{} {}", what.en, next.en),
        format!("{} {}", what.fr, next.fr),
    )
}

fn problem(problem: &Problem) -> Screen {
    message(problem.what.clone(), problem.next.clone())
}
