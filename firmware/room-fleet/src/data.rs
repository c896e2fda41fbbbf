//! The data partition before it is mounted: made, unlocked, checked, wiped.
//!
//! Invariant: a partition that holds anything is only ever emptied for a factory reset, or when
//! nothing readable is left of it, which only a file system checker may say; never because its key
//! cannot be had. Emptying always ends in a fresh, empty one. The wish for a reset is forgotten last,
//! so a power cut begins it again. Whatever fails, the unit starts in the end: [`after_start_failed`].

use room_messages::api::{Problem, Text};
use serde::{Deserialize, Serialize};

/// What lies in the partition, as `blkid` tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// There is no partition yet.
    Absent,
    Ext4,
    Luks,
    /// Nothing known. Damaged perhaps, and a copy of its superblock may still be there.
    Unknown,
    /// Looked into, and nothing readable is left.
    Lost,
}

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Found {
    pub content: Content,
    /// There is one, or the board's description promises one.
    pub tpm: bool,
    /// By the bootloader's note, or the button held at power-on.
    pub reset: bool,
}

/// How the partition is made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// LUKS2, its key sealed to the TPM.
    Sealed,
    Plain,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Destroy what unlocks it: seconds, and nothing can be read any more where it was sealed.
    DestroyKeys,
    /// Overwrite every block.
    Overwrite,
    /// Remove its entry from the partition table.
    Remove,
    /// Make it on the free end of the disk.
    Make(Kind),
    /// The disk is larger than before: the partition takes the rest.
    Grow,
    /// Wipe what an installer may have left in the clear on the boot partition.
    WipeBootFile,
    ForgetReset,
    Unlock,
    Check,
}

/// What to do, in this order.
#[must_use]
pub fn plan(found: Found) -> Vec<Step> {
    let kind = if found.tpm { Kind::Sealed } else { Kind::Plain };
    let mut steps = Vec::new();
    let empty = found.reset || found.content == Content::Lost;
    if empty {
        if found.content == Content::Luks {
            steps.push(Step::DestroyKeys);
        }
        if found.content != Content::Absent {
            steps.extend([Step::Overwrite, Step::Remove]);
        }
    }
    let made = empty || found.content == Content::Absent;
    steps.push(if made { Step::Make(kind) } else { Step::Grow });
    if found.reset {
        steps.extend([Step::WipeBootFile, Step::ForgetReset]);
    }
    let sealed = match found.content {
        _ if made => kind == Kind::Sealed,
        content => content == Content::Luks,
    };
    if sealed {
        steps.push(Step::Unlock);
    }
    steps.push(Step::Check);
    steps
}

/// What follows when a step fails: `None` when this start cannot go on with this disk.
#[must_use]
pub fn after_failure(step: Step, found: Found) -> Option<Found> {
    let lost = Found {
        content: Content::Lost,
        ..found
    };
    match step {
        // Nothing readable is left: what was there is lost, the room is not. It asks to be
        // commissioned again.
        Step::Check if found.content != Content::Lost => Some(lost),
        // A TPM that does not give the key to this system may give it to the one in the other slot,
        // or to this one again when what was changed is changed back.
        _ => None,
    }
}

/// What becomes of a start whose data partition cannot be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AfterFailedStart {
    /// Start over: a system on trial uses up its tries, and the old one follows.
    Again,
    /// No system of this unit can: it goes on in memory, says so, and touches nothing of the disk.
    InMemory,
}

/// As many as the bootloader gives a system on trial.
const FAILED_STARTS: u32 = 3;

/// By the starts in a row, this one included, that could not have the partition.
#[must_use]
pub const fn after_start_failed(starts: u32) -> AfterFailedStart {
    if starts > FAILED_STARTS {
        AfterFailedStart::InMemory
    } else {
        AfterFailedStart::Again
    }
}

/// What became of it, for `fleetd` and the status.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Report {
    /// Encrypted, its key sealed to the TPM.
    pub sealed: bool,
    /// What was on it could not be read any more, and it was made anew.
    pub lost: bool,
    /// It was reset to factory state by somebody's wish.
    pub reset: bool,
    /// The disk cannot be used; everything is kept in memory only.
    pub memory: bool,
    /// It cannot be used because the TPM does not give its key; it is as it was.
    #[serde(default)]
    pub locked: bool,
    /// It is sealed, but the bootloader measured nothing into the TPM.
    #[serde(default)]
    pub unmeasured: bool,
}

impl Report {
    /// What stays to be said, worst first.
    #[must_use]
    pub fn problems(self) -> Vec<Problem> {
        let entry = |code: &str, en: &str, fr: &str, next_en: &str, next_fr: &str| Problem {
            code: code.to_owned(),
            what: Text::new(en, fr),
            next: Text::new(next_en, next_fr),
        };
        let mut problems = Vec::new();
        if self.locked {
            problems.push(entry(
                "DATA-04",
                "The unit's data is locked: its TPM does not give the key to this system. Nothing is lost.",
                "Les données de l'unité sont verrouillées : son TPM ne donne pas la clé à ce système. Rien n'est perdu.",
                "Undo what was changed on the unit (board, TPM, bootloader) and restart it; or reset it to factory state by holding the hang-up button while the power comes.",
                "Annulez ce qui fut changé sur l'unité (carte, TPM, chargeur) et redémarrez-la ; ou remettez-la à l'état d'usine en tenant le bouton raccrocher à la mise sous tension.",
            ));
        } else if self.memory {
            problems.push(entry(
                "DATA-01",
                "The unit's disk cannot be used; settings are lost when power goes.",
                "Le disque de l'unité est inutilisable ; les réglages seront perdus à l'extinction.",
                "Replace the card or disk.",
                "Remplacez la carte ou le disque.",
            ));
        }
        if self.lost {
            problems.push(entry(
                "DATA-02",
                "The data partition could not be read and was made anew.",
                "La partition des données était illisible et fut recréée.",
                "Commission the unit again; if it happens again, replace the card or disk.",
                "Remettez l'unité en service ; si cela se répète, remplacez la carte ou le disque.",
            ));
        }
        if self.unmeasured {
            problems.push(entry(
                "DATA-05",
                "The data of this unit is encrypted, but its bootloader measures nothing: the TPM gives the key to any system.",
                "Les données de cette unité sont chiffrées, mais son chargeur ne mesure rien : le TPM donne la clé à n'importe quel système.",
                "Whoever changes what is on its card or disk can read the account's keys; lock the unit away.",
                "Qui modifie le contenu de sa carte ou de son disque peut lire les clés du compte ; mettez l'unité sous clé.",
            ));
        }
        if !self.sealed && !self.memory {
            problems.push(entry(
                "DATA-03",
                "The data of this unit is not encrypted: it has no TPM.",
                "Les données de cette unité ne sont pas chiffrées : elle n'a pas de TPM.",
                "Whoever takes its card or disk can read the account's keys; lock the unit away or use a board with a TPM.",
                "Qui prend sa carte ou son disque peut lire les clés du compte ; mettez l'unité sous clé ou prenez une carte avec TPM.",
            ));
        }
        problems
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(content: Content, tpm: bool, reset: bool) -> Found {
        Found {
            content,
            tpm,
            reset,
        }
    }

    #[test]
    fn what_is_found_decides_what_is_done() {
        use Kind::{Plain, Sealed};
        use Step::{
            Check, DestroyKeys, ForgetReset, Grow, Make, Overwrite, Remove, Unlock, WipeBootFile,
        };
        let table: &[(Found, &[Step])] = &[
            (found(Content::Absent, false, false), &[Make(Plain), Check]),
            (
                found(Content::Absent, true, false),
                &[Make(Sealed), Unlock, Check],
            ),
            (found(Content::Ext4, false, false), &[Grow, Check]),
            // A TPM that was added later does not encrypt what is there.
            (found(Content::Ext4, true, false), &[Grow, Check]),
            (found(Content::Luks, true, false), &[Grow, Unlock, Check]),
            (found(Content::Unknown, false, false), &[Grow, Check]),
            (
                found(Content::Lost, false, false),
                &[Overwrite, Remove, Make(Plain), Check],
            ),
            (
                found(Content::Lost, true, false),
                &[Overwrite, Remove, Make(Sealed), Unlock, Check],
            ),
            (
                found(Content::Luks, true, true),
                &[
                    DestroyKeys,
                    Overwrite,
                    Remove,
                    Make(Sealed),
                    WipeBootFile,
                    ForgetReset,
                    Unlock,
                    Check,
                ],
            ),
            (
                found(Content::Ext4, false, true),
                &[
                    Overwrite,
                    Remove,
                    Make(Plain),
                    WipeBootFile,
                    ForgetReset,
                    Check,
                ],
            ),
            (
                found(Content::Absent, false, true),
                &[Make(Plain), WipeBootFile, ForgetReset, Check],
            ),
        ];
        for (found, expected) in table {
            assert_eq!(plan(*found), *expected, "{found:?}");
        }
    }

    #[test]
    fn a_reset_is_forgotten_only_after_everything_is_wiped() {
        for content in [
            Content::Absent,
            Content::Ext4,
            Content::Luks,
            Content::Unknown,
            Content::Lost,
        ] {
            for tpm in [false, true] {
                let steps = plan(found(content, tpm, true));
                let place = |step| steps.iter().position(|s| *s == step);
                let forgotten = place(Step::ForgetReset).unwrap();
                for wiping in [
                    Step::DestroyKeys,
                    Step::Overwrite,
                    Step::Remove,
                    Step::WipeBootFile,
                ] {
                    assert!(place(wiping).is_none_or(|at| at < forgotten));
                }
            }
        }
    }

    #[test]
    fn data_that_cannot_be_read_is_made_anew_once_and_never_in_a_loop() {
        for content in [Content::Ext4, Content::Luks, Content::Unknown] {
            let first = found(content, true, false);
            let second = after_failure(Step::Check, first).unwrap();
            assert_eq!(second.content, Content::Lost);
            assert_eq!(after_failure(Step::Check, second), None);
        }
    }

    #[test]
    fn a_key_that_the_tpm_refuses_never_empties_anything() {
        let sealed = found(Content::Luks, true, false);
        assert_eq!(after_failure(Step::Unlock, sealed), None);
        for step in plan(sealed) {
            assert!(!matches!(
                step,
                Step::DestroyKeys | Step::Overwrite | Step::Remove | Step::Make(_)
            ));
        }
    }

    #[test]
    fn a_system_on_trial_uses_up_its_tries_and_no_unit_starts_over_for_ever() {
        let after: Vec<_> = (1..=5).map(after_start_failed).collect();
        use AfterFailedStart::{Again, InMemory};
        assert_eq!(after, [Again, Again, Again, InMemory, InMemory]);
    }

    #[test]
    fn each_state_of_the_partition_says_what_it_is() {
        let codes = |report: Report| -> Vec<String> {
            report.problems().into_iter().map(|p| p.code).collect()
        };
        let sealed = Report {
            sealed: true,
            ..Report::default()
        };
        assert_eq!(codes(sealed), Vec::<String>::new());
        assert_eq!(codes(Report::default()), ["DATA-03"]);
        let unmeasured = Report {
            unmeasured: true,
            ..sealed
        };
        assert_eq!(codes(unmeasured), ["DATA-05"]);
        let memory = Report {
            memory: true,
            ..Report::default()
        };
        assert_eq!(codes(memory), ["DATA-01"]);
        let locked = Report {
            locked: true,
            ..memory
        };
        assert_eq!(codes(locked), ["DATA-04"]);
    }
}
