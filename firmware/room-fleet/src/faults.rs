//! What the unit's care has to complain of, for `roomctl update status` and the room's status.

use room_messages::api::{Problem, Text};

use crate::data::Report;
use crate::{Channel, Ended, Login, Outcome, Reason};

/// Everything that can be complained of.
#[derive(Clone, Copy, Debug)]
pub struct Concern<'a> {
    pub channel: Channel,
    pub last: Option<&'a Outcome>,
    pub data: Report,
    /// `roomd` does not answer, though there are settings.
    pub room_silent: bool,
    /// Mistakes in the settings somebody tried to apply.
    pub settings: &'a [Problem],
    /// Of each interface that was asked for one.
    pub logins: &'a [Login],
    /// Somebody has a root shell on the serial console.
    pub service_open: bool,
}

/// Worst first.
#[must_use]
pub fn faults(concern: Concern<'_>) -> Vec<Problem> {
    let mut faults = Vec::new();
    if concern.service_open {
        faults.push(problem(
            "SVC-01",
            Text::new(
                "A service shell is open on the serial console: whoever sits there can see and change everything.",
                "Un shell de service est ouvert sur la console série : qui s'y trouve peut tout voir et tout changer.",
            ),
            Text::new(
                "If nobody is at work there for you, pull the plug.",
                "Si personne n'y travaille pour vous, débranchez l'unité.",
            ),
        ));
    }
    if concern.room_silent {
        faults.push(problem(
            "FLEET-01",
            Text::new("roomd does not answer.", "roomd ne répond pas."),
            Text::new(
                "It is started again without end; if it stays so, restart the unit.",
                "Il est relancé sans fin ; si cela persiste, redémarrez l'unité.",
            ),
        ));
    }
    faults.extend_from_slice(concern.settings);
    faults.extend(concern.logins.iter().filter_map(Login::problem));
    faults.extend(concern.last.and_then(of_outcome));
    faults.extend(concern.data.problems());
    if concern.channel == Channel::Test {
        faults.push(problem(
            "FLEET-02",
            Text::new(
                "This unit runs a test system: anybody can sign an update for it.",
                "Cette unité exécute un système d'essai : n'importe qui peut signer une mise à jour.",
            ),
            Text::new(
                "Flash a release before it is used for meetings.",
                "Flashez une version diffusée avant de l'utiliser en réunion.",
            ),
        ));
    }
    faults
}

/// What became of the last update, when it was not proven.
fn of_outcome(outcome: &Outcome) -> Option<Problem> {
    let (from, to) = (&outcome.from, &outcome.to);
    match &outcome.ended {
        Ended::Proven => None,
        Ended::FellBack { reasons } => {
            let why = reasons_text(reasons);
            Some(problem(
                "UPD-20",
                Text::new(
                    format!("The update to {to} was taken back to {from}: {}.", why.en),
                    format!(
                        "La mise à jour vers {to} fut annulée, retour à {from} : {}.",
                        why.fr
                    ),
                ),
                Text::new(
                    "Mend the reason, or wait for a newer version.",
                    "Remédiez à la cause, ou attendez une version plus récente.",
                ),
            ))
        }
        Ended::Interrupted => Some(problem(
            "UPD-21",
            Text::new(
                format!("The update to {to} was cut short; {from} goes on."),
                format!("La mise à jour vers {to} fut interrompue ; {from} continue."),
            ),
            Text::new("Start it again.", "Relancez-la."),
        )),
        Ended::Failed { refusal } => Some(refusal.problem()),
    }
}

/// Each different reason once, in order.
fn reasons_text(reasons: &[Reason]) -> Text {
    let mut seen: Vec<&Reason> = Vec::new();
    for reason in reasons {
        if !seen.contains(&reason) {
            seen.push(reason);
        }
    }
    let texts: Vec<Text> = seen.iter().map(|reason| reason.text()).collect();
    let join = |pick: fn(&Text) -> &str| texts.iter().map(pick).collect::<Vec<_>>().join("; ");
    Text::new(join(|t| &t.en), join(|t| &t.fr))
}

fn problem(code: &str, what: Text, next: Text) -> Problem {
    Problem {
        code: code.to_owned(),
        what,
        next,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn outcome(ended: Ended) -> Outcome {
        Outcome {
            from: "0.1.0".parse().unwrap(),
            to: "0.2.0".parse().unwrap(),
            ended,
            at_ms: 0,
        }
    }

    fn codes(last: Option<&Outcome>, data: Report, room_silent: bool) -> Vec<String> {
        let concern = Concern {
            channel: Channel::Release,
            last,
            data,
            room_silent,
            settings: &[],
            logins: &[],
            service_open: false,
        };
        faults(concern).into_iter().map(|p| p.code).collect()
    }

    #[test]
    fn a_sound_unit_has_nothing_to_complain_of() {
        let sealed = Report {
            sealed: true,
            ..Report::default()
        };
        let proven = outcome(Ended::Proven);
        assert!(codes(Some(&proven), sealed, false).is_empty());
        assert_eq!(
            codes(None, Report::default(), true),
            ["FLEET-01", "DATA-03"]
        );
    }

    #[test]
    fn an_open_service_shell_stands_first() {
        let concern = Concern {
            channel: Channel::Test,
            last: None,
            data: Report::default(),
            room_silent: true,
            settings: &[],
            logins: &[],
            service_open: true,
        };
        assert_eq!(faults(concern)[0].code, "SVC-01");
    }

    #[test]
    fn the_reason_of_a_fallback_is_told_once_each() {
        let reasons = vec![Reason::CameraLost, Reason::CameraLost, Reason::Stopped];
        let problem = of_outcome(&outcome(Ended::FellBack { reasons })).unwrap();
        assert_eq!(problem.what.en.matches("camera").count(), 1);
        assert!(problem.what.en.contains("it stopped before"));
        assert!(problem.what.fr.contains("caméra"));
    }
}
