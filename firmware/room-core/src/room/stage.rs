//! What the stage shows in each phase, and how it lies in a call.

use room_messages::api::{Homeserver, Phase, Problem, SecurityLevel, Text, Visio, VisioEntry};
use room_messages::{Decryption, Identity, Order, PeerTrack, Screen, Source};

use super::Room;
use crate::Moment;
use crate::call::{Running, Visit};
use crate::problem::Issue;
use crate::staging::Seen;

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
    /// Who is seen, heard and sharing goes into the arrangement of the tiles.
    pub(super) fn settle_stage(&mut self, now: Moment) {
        let room = Identity::ROOM;
        let own = self.share.is_active().then_some(&room);
        let seen = self.call.running().filter(|_| self.is_in_call());
        let seen = seen.map(|running| {
            let evidence = match running {
                Running::Matrix(run) => run.evidence(now, &[]),
                Running::Visio(visit) => visit.evidence(now, &[]),
            };
            let others = evidence.peers.iter().filter_map(sharer);
            others.chain(own).collect::<Vec<_>>()
        });
        let seen = seen.as_deref().map(|sharing| Seen {
            roster: self.media.roster(),
            speaking: &self.speaking,
            sharing,
        });
        self.staging.observe(now.since_start, seen);
    }

    pub(super) fn is_in_call(&self) -> bool {
        self.call.phase().is_member()
    }

    pub(super) fn screen(&self, now: Moment) -> Order {
        Order::Show(match self.call.phase() {
            Phase::Idle => self.idle_screen(),
            Phase::Joining => self.joining_screen(),
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
                notice: self.notice(),
            },
        })
    }

    /// A fault first; then that help was called for; then what others last did to the room.
    fn notice(&self) -> Text {
        let fault = self.pressing().into_iter().next();
        let help = || self.help_notice();
        let notice = fault.or_else(help).or_else(|| self.notices().pop());
        notice.as_ref().map_or_else(Text::default, line)
    }

    fn help_notice(&self) -> Option<Problem> {
        let help = self.help.status()?;
        Some(Issue::HelpWanted.about(&help.reference))
    }

    fn joining_screen(&self) -> Screen {
        let Some(visio) = self.call.visit().map(Visit::status) else {
            return message(
                Text::new("Joining the call…", "Connexion à l'appel…"),
                Text::default(),
            );
        };
        let (title, next) = at_the_door(&visio);
        message(title, next)
    }

    /// A fault only a person can mend is shown where that person sees it.
    fn idle_screen(&self) -> Screen {
        match self.state_fault.as_ref().or(self.login_problem.as_ref()) {
            Some(fault) => problem(fault),
            None => match self.help_notice() {
                Some(notice) => problem(&notice),
                None if self.updating => updating(),
                None => idle(self.homeserver),
            },
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
            SecurityLevel::Unencrypted if self.call.visit().is_some() => Text::new(
                "Not end-to-end encrypted: a Visio meeting",
                "Non chiffré de bout en bout : réunion Visio",
            ),
            SecurityLevel::Unencrypted => {
                Text::new("Not end-to-end encrypted", "Non chiffré de bout en bout")
            }
        }
    }
}

/// Whose screen this track shows. What is refused as unencrypted is never shown.
fn sharer(track: &PeerTrack) -> Option<&Identity> {
    let shown = !track.muted && track.decryption != Decryption::Refused;
    (track.source == Source::ScreenShare && shown).then_some(&track.identity)
}

/// Where a guest stands, and what helps.
fn at_the_door(visio: &Visio) -> (Text, Text) {
    let host = &visio.instance;
    match visio.entry {
        VisioEntry::Asking | VisioEntry::Admitted => (
            Text::new(
                "Joining the Visio meeting…",
                "Connexion à la réunion Visio…",
            ),
            Text::new(
                "It is not end-to-end encrypted.",
                "Elle n'est pas chiffrée de bout en bout.",
            ),
        ),
        VisioEntry::Waiting => (
            Text::new("Waiting to be let in", "En attente d'être admis"),
            Text::new(
                format!("Somebody in the meeting has to let “{}” in.", visio.name),
                format!(
                    "Quelqu'un dans la réunion doit admettre « {} ».",
                    visio.name
                ),
            ),
        ),
        VisioEntry::Throttled => (
            Text::new(
                format!("{host} asks to wait a moment"),
                format!("{host} demande d'attendre un moment"),
            ),
            Text::new("It goes on by itself.", "Cela reprend de soi-même."),
        ),
        VisioEntry::Unreachable => (
            Text::new(
                format!("{host} cannot be reached"),
                format!("{host} est injoignable"),
            ),
            Text::new(
                "It is tried again; check the network.",
                "De nouveaux essais sont faits ; vérifiez le réseau.",
            ),
        ),
    }
}

fn updating() -> Screen {
    message(
        Text::new(
            "The system of this room is being updated",
            "Le système de cette salle est mis à jour",
        ),
        Text::new(
            "It restarts by itself; leave it its power.",
            "Elle redémarre d'elle-même ; laissez-la sous tension.",
        ),
    )
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
