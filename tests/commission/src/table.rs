//! Every question, in the order in which they are asked.

use crate::answers::Answers;
use crate::question::{Choice, Empty, Form, Question, Topic};
use crate::words::Words;

const fn words(en: &'static str, fr: &'static str) -> Words {
    Words::new(en, fr)
}

const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----";
const KEY: &str = "-----BEGIN PRIVATE KEY-----";

const LANGUAGES: &[Choice] = &[
    Choice {
        word: "en",
        label: words("English", "English"),
        also: &["anglais"],
        toml: Some("\"en\""),
    },
    Choice {
        word: "fr",
        label: words("français", "français"),
        also: &["francais", "french"],
        toml: Some("\"fr\""),
    },
];

const YES_NO: &[Choice] = &[
    Choice {
        word: "yes",
        label: words("yes", "oui"),
        also: &["y", "oui", "o"],
        toml: Some("true"),
    },
    Choice {
        word: "no",
        label: words("no", "non"),
        also: &["n", "non"],
        toml: Some("false"),
    },
];
const YES: usize = 0;
const NO: usize = 1;

const LOGINS: &[Choice] = &[
    Choice {
        word: "password",
        label: words("password", "mot de passe"),
        also: &[],
        toml: None,
    },
    Choice {
        word: "token",
        label: words("one-time login token", "jeton de connexion à usage unique"),
        also: &["jeton"],
        toml: None,
    },
];

const NETWORKS: &[Choice] = &[
    Choice {
        word: "automatic",
        label: words("automatic (DHCP)", "automatique (DHCP)"),
        also: &["automatique", "dhcp"],
        toml: None,
    },
    Choice {
        word: "fixed",
        label: words("fixed address", "adresse fixe"),
        also: &["fixe"],
        toml: None,
    },
];

const WIRED: &[Choice] = &[
    Choice {
        word: "none",
        label: words("none", "aucune"),
        also: &["aucun"],
        toml: None,
    },
    Choice {
        word: "peap",
        label: words(
            "PEAP: identity and password",
            "PEAP : identité et mot de passe",
        ),
        also: &[],
        toml: None,
    },
    Choice {
        word: "eap-tls",
        label: words(
            "EAP-TLS: certificate and key",
            "EAP-TLS : certificat et clé",
        ),
        also: &["tls"],
        toml: None,
    },
];

/// Asked, and written, whatever else was answered.
const ALWAYS: fn(&Answers) -> bool = |_| true;

pub(crate) const QUESTIONS: &[Question] = &[
    Question {
        topic: Topic::Language,
        name: words("Language of the room", "Langue de la salle"),
        why: words(
            "What its screen speaks, and the rest of these questions.",
            "Celle de son écran, et de la suite de ces questions.",
        ),
        form: Form::Choice(LANGUAGES),
        key: Some(("room", "language")),
        empty: Empty::Choice(0),
        when: ALWAYS,
    },
    Question {
        topic: Topic::Replace,
        name: words(
            "Replace the salle.toml that is there?",
            "Remplacer le salle.toml qui s'y trouve ?",
        ),
        why: words(
            "No ends here and leaves it as it is.",
            "Non s'arrête ici et le laisse tel quel.",
        ),
        form: Form::YesNo(YES_NO),
        key: None,
        empty: Empty::Choice(NO),
        when: |answers| answers.occupied,
    },
    Question {
        topic: Topic::Name,
        name: words("Name of the room", "Nom de la salle"),
        why: words(
            "As it is on the door: the idle screen shows it.",
            "Tel qu'il est sur la porte : l'écran d'accueil l'affiche.",
        ),
        form: Form::Line,
        key: Some(("room", "name")),
        empty: Empty::Refused { example: "Room" },
        when: ALWAYS,
    },
    Question {
        topic: Topic::Homeserver,
        name: words("Homeserver", "Serveur Matrix"),
        why: words(
            "Its web address, or its server name: https://matrix.example.org or example.org.",
            "Son adresse web ou son nom de serveur : https://matrix.example.org ou example.org.",
        ),
        form: Form::Line,
        key: Some(("matrix", "homeserver")),
        empty: Empty::Refused {
            example: "example.org",
        },
        when: ALWAYS,
    },
    Question {
        topic: Topic::User,
        name: words("Account of the room", "Compte de la salle"),
        why: words(
            "Its Matrix user, made by whoever runs the homeserver: @room-4:example.org.",
            "Son utilisateur Matrix, créé par qui gère le serveur : @salle-4:example.org.",
        ),
        form: Form::Line,
        key: Some(("matrix", "user")),
        empty: Empty::Refused { example: "room" },
        when: ALWAYS,
    },
    Question {
        topic: Topic::Login,
        name: words("Login", "Connexion"),
        why: words(
            "A one-time token must still be valid when the unit first starts.",
            "Un jeton à usage unique doit être encore valable au premier démarrage de l'unité.",
        ),
        form: Form::Choice(LOGINS),
        key: None,
        empty: Empty::Choice(0),
        when: ALWAYS,
    },
    Question {
        topic: Topic::Password,
        name: words("Password of the account", "Mot de passe du compte"),
        why: words(
            "It is not shown while you type or paste it.",
            "Il ne s'affiche pas pendant la saisie.",
        ),
        form: Form::Secret,
        key: Some(("matrix", "password")),
        empty: Empty::Refused { example: "x" },
        when: |answers| answers.is(Topic::Login, "password"),
    },
    Question {
        topic: Topic::LoginToken,
        name: words("Login token", "Jeton de connexion"),
        why: words(
            "It is not shown while you type or paste it.",
            "Il ne s'affiche pas pendant la saisie.",
        ),
        form: Form::Secret,
        key: Some(("matrix", "login_token")),
        empty: Empty::Refused { example: "x" },
        when: |answers| answers.is(Topic::Login, "token"),
    },
    Question {
        topic: Topic::RecoveryKey,
        name: words("Recovery key", "Clé de récupération"),
        why: words(
            "With it the room's device is verified, and others see no warning. It is not shown.",
            "Avec elle l'appareil de la salle est vérifié, et nul ne voit d'alerte. Elle ne s'affiche pas.",
        ),
        form: Form::Secret,
        key: Some(("matrix", "recovery_key")),
        empty: Empty::Silent(words("none", "aucune")),
        when: ALWAYS,
    },
    Question {
        topic: Topic::Invitations,
        name: words("Who may invite the room", "Qui peut inviter la salle"),
        why: words(
            "Server names or users, divided by commas; * is everybody. Name your own server too.",
            "Noms de serveurs ou utilisateurs, séparés par des virgules ; * : tous. Nommez aussi le vôtre.",
        ),
        form: Form::List,
        key: Some(("matrix", "accept_invitations_from")),
        empty: Empty::Silent(words("its own server", "son propre serveur")),
        when: ALWAYS,
    },
    Question {
        topic: Topic::Network,
        name: words("Network", "Réseau"),
        why: words(
            "How the unit gets its address on the wire.",
            "Comment l'unité obtient son adresse sur le câble.",
        ),
        form: Form::Choice(NETWORKS),
        key: None,
        empty: Empty::Choice(0),
        when: ALWAYS,
    },
    Question {
        topic: Topic::Address,
        name: words("Address", "Adresse"),
        why: words(
            "With the length of its prefix: 192.0.2.10/24.",
            "Avec la longueur de son préfixe : 192.0.2.10/24.",
        ),
        form: Form::Line,
        key: Some(("network", "address")),
        empty: Empty::Refused {
            example: "192.0.2.10/24",
        },
        when: |answers| answers.is(Topic::Network, "fixed"),
    },
    Question {
        topic: Topic::Gateway,
        name: words("Gateway", "Passerelle"),
        why: words(
            "The way to other networks: 192.0.2.1.",
            "Le chemin vers les autres réseaux : 192.0.2.1.",
        ),
        form: Form::Line,
        key: Some(("network", "gateway")),
        empty: Empty::Silent(words("none", "aucune")),
        when: |answers| answers.is(Topic::Network, "fixed"),
    },
    Question {
        topic: Topic::Dns,
        name: words("DNS servers", "Serveurs DNS"),
        why: words(
            "Their addresses, divided by commas. Without one the homeserver is not found by its name.",
            "Leurs adresses, séparées par des virgules. Sans eux le serveur Matrix est introuvable par son nom.",
        ),
        form: Form::List,
        key: Some(("network", "dns")),
        empty: Empty::Silent(words("none", "aucun")),
        when: |answers| answers.is(Topic::Network, "fixed"),
    },
    Question {
        topic: Topic::Wired,
        name: words("802.1X", "802.1X"),
        why: words(
            "How the unit logs in to the switch, where the network asks for it.",
            "Comment l'unité s'identifie auprès du commutateur, là où le réseau le demande.",
        ),
        form: Form::Choice(WIRED),
        key: None,
        empty: Empty::Choice(0),
        when: ALWAYS,
    },
    Question {
        topic: Topic::Identity,
        name: words("Identity for 802.1X", "Identité 802.1X"),
        why: words(
            "The name by which the network knows the unit.",
            "Le nom sous lequel le réseau connaît l'unité.",
        ),
        form: Form::Line,
        key: Some(("network", "identity")),
        empty: Empty::Refused { example: "room" },
        when: with_8021x,
    },
    Question {
        topic: Topic::Authority,
        name: words("Certificate of the authority", "Certificat de l'autorité"),
        why: words(
            "Path of a PEM file: who signs the certificate of the authentication server.",
            "Chemin d'un fichier PEM : qui signe le certificat du serveur d'authentification.",
        ),
        form: Form::File,
        key: Some(("network", "authority")),
        empty: Empty::Refused {
            example: CERTIFICATE,
        },
        when: with_8021x,
    },
    Question {
        topic: Topic::WiredPassword,
        name: words("Password for 802.1X", "Mot de passe 802.1X"),
        why: words(
            "It is not shown while you type or paste it.",
            "Il ne s'affiche pas pendant la saisie.",
        ),
        form: Form::Secret,
        key: Some(("network", "password")),
        empty: Empty::Refused { example: "x" },
        when: |answers| answers.is(Topic::Wired, "peap"),
    },
    Question {
        topic: Topic::Certificate,
        name: words("Certificate of the unit", "Certificat de l'unité"),
        why: words("Path of a PEM file.", "Chemin d'un fichier PEM."),
        form: Form::File,
        key: Some(("network", "certificate")),
        empty: Empty::Refused {
            example: CERTIFICATE,
        },
        when: |answers| answers.is(Topic::Wired, "eap-tls"),
    },
    Question {
        topic: Topic::Key,
        name: words("Key of that certificate", "Clé de ce certificat"),
        why: words(
            "Path of a PEM file with a private key that has no password.",
            "Chemin d'un fichier PEM contenant une clé privée sans mot de passe.",
        ),
        form: Form::File,
        key: Some(("network", "key")),
        empty: Empty::Refused { example: KEY },
        when: |answers| answers.is(Topic::Wired, "eap-tls"),
    },
    Question {
        topic: Topic::TimeServers,
        name: words("Time servers", "Serveurs de temps"),
        why: words(
            "Names or addresses, divided by commas.",
            "Noms ou adresses, séparés par des virgules.",
        ),
        form: Form::List,
        key: Some(("time", "servers")),
        empty: Empty::Silent(words("those of the network", "ceux du réseau")),
        when: ALWAYS,
    },
    Question {
        topic: Topic::Pin,
        name: words(
            "PIN of the panel's settings",
            "Code PIN des réglages du panneau",
        ),
        why: words(
            "4 to 12 digits, so that visitors do not change them. They are not shown.",
            "De 4 à 12 chiffres, pour que les visiteurs n'y touchent pas. Ils ne s'affichent pas.",
        ),
        form: Form::Secret,
        key: Some(("panel", "pin")),
        empty: Empty::Silent(words("none", "aucun")),
        when: ALWAYS,
    },
    Question {
        topic: Topic::Wipe,
        name: words(
            "Wipe the secrets once taken?",
            "Effacer les secrets une fois pris ?",
        ),
        why: words(
            "The unit then overwrites them in this copy of the file.",
            "L'unité les écrase alors dans cette copie du fichier.",
        ),
        form: Form::YesNo(YES_NO),
        key: Some(("", "wipe_secrets")),
        empty: Empty::Choice(YES),
        when: ALWAYS,
    },
    Question {
        topic: Topic::Write,
        name: words("Write it?", "L'écrire ?"),
        why: words(
            "No goes through the questions again; Enter then keeps an answer.",
            "Non reprend les questions ; Entrée garde alors une réponse.",
        ),
        form: Form::YesNo(YES_NO),
        key: None,
        empty: Empty::Choice(YES),
        when: ALWAYS,
    },
];

fn with_8021x(answers: &Answers) -> bool {
    !answers.is(Topic::Wired, "none")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answers::{Answers, Value};
    use crate::{check, salle_toml};

    #[test]
    fn every_text_is_there_in_french_and_english_and_fits_on_a_line() {
        for question in QUESTIONS {
            let labels = question.form.choices().iter().map(|choice| choice.label);
            for words in labels.chain([question.name, question.why]) {
                for text in [words.en, words.fr] {
                    let length = text.chars().count();
                    assert!((1..=100).contains(&length), "{text}: {length}");
                }
            }
            assert_ne!(question.why.en, question.why.fr);
        }
    }

    #[test]
    fn a_topic_is_asked_once_and_a_key_is_written_once_for_each_way_through() {
        for (at, question) in QUESTIONS.iter().enumerate() {
            for other in QUESTIONS.iter().skip(at + 1) {
                assert_ne!(question.topic, other.topic);
                assert!(question.key.is_none() || question.key != other.key);
            }
        }
    }

    #[test]
    fn what_stands_in_for_missing_answers_is_sound_on_every_way_through() {
        let choices = |topic| {
            let question = QUESTIONS.iter().find(|q| q.topic == topic).unwrap();
            question.form.choices().iter().map(Value::Choice)
        };
        for login in choices(Topic::Login) {
            for network in choices(Topic::Network) {
                for wired in choices(Topic::Wired) {
                    let answers = Answers::new(false)
                        .with(Topic::Login, login.clone())
                        .with(Topic::Network, network.clone())
                        .with(Topic::Wired, wired);
                    let draft = salle_toml::draft(&answers);
                    check::as_the_unit(&draft).unwrap_or_else(|e| panic!("{e}\n{draft}"));
                }
            }
        }
    }
}
