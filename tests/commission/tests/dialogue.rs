//! Answers in, `salle.toml` out, without a terminal.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod support;

use room_commissioning::Commission;
use room_messages::api::Language;
use room_settings::{InvitationRule, Login, WiredProof};

use support::{ALL, CERTIFICATE, KEY, SHORTEST, Told, accepted, secrets, tell};

fn commission(answers: &[&str]) -> Commission {
    accepted(&tell(Language::En, answers).file.unwrap())
}

#[test]
fn the_few_answers_that_are_needed_make_a_file_the_unit_accepts() {
    let commission = commission(SHORTEST);
    let settings = &commission.settings;
    assert_eq!(settings.room.name.as_str(), "Room 4.12");
    assert_eq!(settings.room.language, Language::En);
    assert_eq!(settings.matrix.user.as_str(), "@room:example.org");
    assert!(matches!(settings.matrix.login, Login::Password(_)));
    assert_eq!(
        settings.matrix.accept_invitations_from,
        [InvitationRule::OwnServer]
    );
    assert_eq!(settings.network, Default::default());
    assert_eq!(settings.time, Default::default());
    assert!(commission.wipe);
    assert_eq!(commission.secrets.len(), 1);
}

#[test]
fn every_answer_arrives_in_the_settings() {
    let commission = commission(ALL);
    let settings = &commission.settings;
    assert_eq!(settings.room.language, Language::Fr);
    assert_eq!(settings.room.name.as_str(), "Salle \"Ampère\" \\ 4");
    assert!(matches!(settings.matrix.login, Login::OneTimeToken(_)));
    assert_eq!(settings.matrix.accept_invitations_from.len(), 3);
    let network = &settings.network;
    assert_eq!(network.address.unwrap().prefix, 24);
    assert!(network.gateway.is_some());
    assert_eq!(network.dns.len(), 2);
    let login = network.login.as_ref().unwrap();
    assert_eq!(login.identity, "room-4");
    assert!(matches!(login.proof, WiredProof::Certificate { .. }));
    assert_eq!(settings.time.servers, ["ntp.example.org"]);
    assert!(!commission.wipe);
    let kept: Vec<_> = commission
        .secrets
        .iter()
        .map(|k| k.secret.expose())
        .collect();
    assert_eq!(
        kept,
        [
            "tok\"en",
            "EsTc LW2K",
            CERTIFICATE,
            CERTIFICATE,
            KEY,
            "86428642"
        ]
    );
}

#[test]
fn a_list_of_nothing_leaves_the_file_silent() {
    let mut answers = SHORTEST.to_vec();
    answers[7] = " , ;";
    let rules = commission(&answers).settings.matrix.accept_invitations_from;
    assert_eq!(rules, [InvitationRule::OwnServer]);
}

#[test]
fn peap_takes_an_authority_and_a_password() {
    let mut answers = SHORTEST.to_vec();
    answers[9] = "peap";
    answers.splice(10..10, ["room-4", "/authority.pem", "wire"]);
    let login = commission(&answers).settings.network.login.unwrap();
    assert!(matches!(login.proof, WiredProof::Password(_)));
}

#[test]
fn a_wrong_answer_is_asked_again_with_the_reason_and_nothing_is_lost() {
    for (before, wrong, reason) in [
        (0, "de", "number from 1 to 2"),
        (1, "", "1 à 64 caractères"),
        (2, "ftp://x", "ni une adresse web"),
        (3, "@room", "pas un utilisateur Matrix"),
        (4, "3", "nombre de 1 à 2"),
        (5, "", "ce secret est vide"),
        (5, "a\u{7}b", "ne se tapent pas"),
        (
            7,
            "example.org, not_a_server",
            "not_a_server : ce n'est ni un nom",
        ),
        (9, "192.0.2.10", "préfixe"),
        (9, "192.0.2.10/33", "préfixe"),
        (10, "gateway", "pas une adresse"),
        (11, "192.0.2.53, dns", "dns : ce n'est pas une adresse"),
        (13, "a\"b", "identité"),
        (14, "/nowhere.pem", "illisible"),
        (14, "", "chemin d'un fichier"),
        (14, "/key.pem", "BEGIN CERTIFICATE"),
        (14, "/authority.der", "n'est pas du texte"),
        (16, "/certificate.pem", "BEGIN PRIVATE KEY"),
        (17, "ntp_1", "serveur de temps"),
        (18, "246", "4 à 12 chiffres"),
        (18, "24 68", "4 à 12 chiffres"),
        (19, "peut-être", "oui ou non"),
        (20, "si", "oui ou non"),
    ] {
        let mut answers = ALL.to_vec();
        answers.insert(before, wrong);
        let told = tell(Language::En, &answers);
        let again = &told.shown[before + 1];
        assert!(again.contains(reason), "{wrong}: {again}");
        assert_eq!(told.file, tell(Language::En, ALL).file, "{wrong}");
    }
}

#[test]
fn secrets_are_in_the_file_and_nowhere_else() {
    for wrong in [None, Some("\u{1}tok\"en")] {
        let mut answers = ALL.to_vec();
        // Twice through the questions, so that every kept answer is shown.
        answers.truncate(20);
        answers.push("non");
        let kept = [""; 21];
        answers.extend(kept);
        if let Some(wrong) = wrong {
            answers.insert(5, wrong);
        }
        let told = tell(Language::En, &answers);
        let file = told.file.unwrap();
        assert_eq!(accepted(&file).secrets.len(), 6);
        let shown = told.shown.concat() + &told.debug;
        for secret in secrets() {
            assert!(file.contains(secret), "{secret}");
            assert!(!shown.contains(secret), "{secret}");
        }
        assert!(shown.contains("saisi, non affiché"));
    }
}

#[test]
fn what_is_typed_at_a_question_for_secrets_is_to_be_hidden() {
    let told = tell(Language::En, ALL);
    let hidden: Vec<_> = (0..told.hidden.len())
        .filter(|at| told.hidden[*at])
        .collect();
    assert_eq!(hidden, [5, 6, 18]);
}

#[test]
fn no_at_the_end_goes_through_the_questions_again_and_enter_keeps_every_answer() {
    let mut answers = ALL.to_vec();
    answers.truncate(20);
    answers.push("non");
    answers.extend([""; 21]);
    let again = tell(Language::En, &answers);
    assert_eq!(again.file, tell(Language::En, ALL).file);
    assert!(again.shown[22].contains("[Salle \"Ampère\" \\ 4]"));
    assert!(again.shown[27].contains("[inchangé; -: aucune]"));
    assert!(again.shown[28].contains("; -: son propre serveur]"));
}

#[test]
fn what_was_answered_can_be_changed_and_taken_back() {
    let mut answers = ALL.to_vec();
    answers.truncate(20);
    answers.push("non");
    answers.extend([
        "en", "", "", "", "password", "hunter2", "-", "-", "1", "none",
    ]);
    answers.extend(["-", "-", "", ""]);
    let file = tell(Language::En, &answers).file.unwrap();
    let commission = accepted(&file);
    assert_eq!(commission.settings.room.language, Language::En);
    assert!(commission.settings.matrix.recovery_key_file.is_none());
    assert_eq!(commission.settings.network, Default::default());
    assert_eq!(commission.secrets.len(), 1);
    assert!(!file.contains("tok"), "the token of before is not written");
}

#[test]
fn a_file_that_is_there_stays_unless_yes_is_said() {
    for (answer, stays) in [("", true), ("n", true), ("yes", false), ("o", false)] {
        let told = support::tell_where(Language::En, true, &["1", answer]);
        assert_eq!(told.left, stays, "{answer}");
        assert!(told.shown[1].contains("/media/stick/salle.toml"));
    }
}

#[test]
fn the_first_answer_chooses_the_language_of_the_rest() {
    for (begun, answer, heading) in [
        (Language::En, "fr", "Nom de la salle"),
        (Language::Fr, "en", "Name of the room"),
        (Language::Fr, "", "Nom de la salle"),
        (Language::En, "", "Name of the room"),
    ] {
        let told = tell(begun, &[answer]);
        assert!(told.shown[1].contains(heading), "{answer}");
    }
}

#[test]
fn everything_is_said_in_both_languages() {
    let in_language = |word: &'static str| -> Told {
        let mut answers = ALL.to_vec();
        answers[0] = word;
        let language = if word == "en" {
            Language::En
        } else {
            Language::Fr
        };
        tell(language, &answers)
    };
    let (en, fr) = (in_language("en"), in_language("fr"));
    assert_eq!(en.shown.len(), fr.shown.len());
    for (en, fr) in en.shown.iter().zip(&fr.shown) {
        // The line under the heading is never the same by chance.
        let why = |text: &str| {
            text.lines()
                .find(|l| l.starts_with("  "))
                .map(str::to_owned)
        };
        assert_ne!(why(en).unwrap(), why(fr).unwrap());
    }
}

#[test]
fn two_files_of_the_same_answers_differ_by_when_they_were_written() {
    // A unit takes each text once: a stick written anew must count as new.
    let file = tell(Language::En, SHORTEST).file.unwrap();
    assert!(file.starts_with("# Written 2026-03-01 09:00"));
}
