use std::path::Path;

use room_messages::api::Language;
use room_settings::Login;

use super::*;

const FOLDER: &str = "/var/lib/salle-config/secrets";
const SALLE: &str = "# Salle 4.12
version = 1
wipe_secrets = true

[room]
name = \"Salle Ampère\"
language = \"fr\"

[matrix]
homeserver = \"https://matrix.example.org\"
user = \"@salle:example.org\"   # the account of this room
password = \"hunter2 é\"
recovery_key = \"EsTc LW2K\"
accept_invitations_from = [\"example.org\"]

[network]
identity = \"room-4\"
authority = \"\"\"
-----BEGIN CERTIFICATE-----
AAAA
-----END CERTIFICATE-----
\"\"\"
password = \"wire\"

[time]
servers = [\"ntp.example.org\"]
";

fn read_text(text: &str) -> Result<Commission, SettingsProblems> {
    read(text, Path::new(FOLDER))
}

fn problems(text: &str) -> Vec<(usize, String)> {
    let found = read_text(text).unwrap_err();
    for problem in &found.0 {
        for language in [Language::En, Language::Fr] {
            let sentence = problem.sentence(language);
            assert!(
                !sentence.contains("_file") && !sentence.contains("hunter2"),
                "{sentence}"
            );
        }
    }
    found.0.into_iter().map(|p| (p.line, p.field)).collect()
}

#[test]
fn settings_and_secrets_are_taken_apart() {
    let commission = read_text(SALLE).unwrap();
    assert!(commission.wipe);
    assert_eq!(commission.settings.room.name.as_str(), "Salle Ampère");
    assert!(matches!(
        commission.settings.matrix.login,
        Login::Password(_)
    ));
    let kept: Vec<_> = commission
        .secrets
        .iter()
        .map(|k| (k.file, k.secret.expose()))
        .collect();
    assert_eq!(kept[0], ("password", "hunter2 é"));
    assert_eq!(kept[1], ("recovery-key", "EsTc LW2K"));
    assert_eq!(kept[3], ("network-password", "wire"));
    assert!(kept[2].1.contains("BEGIN CERTIFICATE"));
    assert_eq!(commission.secrets[0].reader, Reader::Room);
    assert_eq!(commission.secrets[2].reader, Reader::Unit);
}

#[test]
fn no_secret_is_left_in_the_settings_nor_in_debug() {
    let commission = read_text(SALLE).unwrap();
    let debug = format!("{commission:?}");
    for secret in ["hunter2", "EsTc", "wire\"", "AAAA"] {
        assert!(
            !commission.text.contains(secret) && !debug.contains(secret),
            "{secret}"
        );
    }
    // What was made is a settings file by itself, line by line where it was.
    assert_eq!(commission.text.lines().count(), SALLE.lines().count());
    assert_eq!(Settings::parse(&commission.text), Ok(commission.settings));
    assert!(commission.text.contains("# the account of this room"));
}

#[test]
fn the_wiped_copy_has_no_secret_and_its_other_lines() {
    let wiped = without_secrets(SALLE).unwrap();
    for secret in ["hunter2", "EsTc", "wire\"", "AAAA"] {
        assert!(!wiped.contains(secret), "{secret}");
    }
    assert_eq!(wiped.lines().count(), SALLE.lines().count());
    assert!(wiped.contains("name = \"Salle Ampère\""));
    assert!(wiped.contains("# password: taken and wiped"));
    // Wiping again changes nothing.
    assert_eq!(without_secrets(&wiped).unwrap(), wiped);
    // It cannot commission anything by itself.
    assert!(!problems(&wiped).is_empty());
}

#[test]
fn each_mistake_is_named_with_the_line_the_installer_sees() {
    let small = "version = 1\n[matrix]\nhomeserver = \"example.org\"\nuser = \"room\"\npassword = \"hunter2\"\n";
    assert!(read_text(small).is_ok());
    for (from, to, line, field) in [
        ("version = 1", "version = 2", 1, "version"),
        ("password = \"hunter2\"", "", 2, "matrix.password"),
        (
            "password = \"hunter2\"",
            "password = \"\"",
            5,
            "matrix.password",
        ),
        (
            "password = \"hunter2\"",
            "password = 7",
            5,
            "matrix.password",
        ),
        (
            "password = \"hunter2\"",
            "password = \"a\\u0007\"",
            5,
            "matrix.password",
        ),
        (
            "password = \"hunter2\"",
            "access_token = \"t\"\nlogin_token = \"u\"",
            2,
            "matrix.login_token",
        ),
        ("\"example.org\"", "\"ftp://x\"", 3, "matrix.homeserver"),
        (
            "version = 1",
            "version = 1\nwipe_secrets = \"yes\"",
            2,
            "wipe_secrets",
        ),
        (
            "password = \"hunter2\"",
            "password = \"\"\"\nhun\nter\"\"\"\nmodes = 1",
            8,
            "matrix.modes",
        ),
        ("[matrix]", "[matrix", 2, "TOML"),
        (
            "version = 1",
            "version = 1\n[network]\nidentity = \"a\"\npassword = \"hunter2\"",
            2,
            "network.authority",
        ),
        (
            "version = 1",
            "version = 1\n[panel]\npin = \"246\"",
            3,
            "panel.pin",
        ),
        (
            "version = 1",
            "version = 1\n[panel]\npin = \"24 68\"",
            3,
            "panel.pin",
        ),
    ] {
        let text = small.replacen(from, to, 1);
        let found = problems(&text);
        assert_eq!(
            found.last(),
            Some(&(line, field.to_owned())),
            "{to}: {found:?}"
        );
    }
}

#[test]
fn a_path_is_refused_where_the_secret_itself_belongs() {
    let text = SALLE.replace(
        "password = \"hunter2 é\"",
        "password_file = \"/etc/salle/password\"",
    );
    let found = read_text(&text).unwrap_err();
    assert!(
        found
            .0
            .iter()
            .any(|p| p.line == 12 && p.field == "matrix.password")
    );
}

#[test]
fn only_what_8021x_can_use_is_taken_for_a_certificate_and_its_key() {
    let pem = |what: &str| format!("-----BEGIN {what}-----\nAAAA\n-----END {what}-----");
    let text = |certificate: &str, key: &str| {
        let authority = pem("CERTIFICATE");
        format!(
            "version = 1\n[matrix]\nhomeserver = \"example.org\"\nuser = \"room\"\npassword = \"a\"\n[network]\nidentity = \"room\"\nauthority = \"\"\"{authority}\"\"\"\ncertificate = \"\"\"{certificate}\"\"\"\nkey = \"\"\"{key}\"\"\"\n"
        )
    };
    let certificate = pem("CERTIFICATE");
    for kind in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
        assert!(read_text(&text(&certificate, &pem(kind))).is_ok(), "{kind}");
    }
    let locked = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n";
    for (certificate, key, field) in [
        (
            pem("PRIVATE KEY"),
            pem("PRIVATE KEY"),
            "network.certificate",
        ),
        (certificate.clone(), certificate.clone(), "network.key"),
        (
            certificate.clone(),
            pem("ENCRYPTED PRIVATE KEY"),
            "network.key",
        ),
        (certificate.clone(), locked.to_owned(), "network.key"),
    ] {
        let found = problems(&text(&certificate, &key));
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0].1, field);
    }
}

#[test]
fn every_way_to_log_in_can_be_written() {
    let text = |line: &str| {
        format!("version = 1\n[matrix]\nhomeserver = \"example.org\"\nuser = \"room\"\n{line}\n")
    };
    let login = |line: &str| read_text(&text(line)).unwrap().settings.matrix.login;
    assert!(matches!(login("password = \"a\""), Login::Password(_)));
    assert!(matches!(
        login("login_token = \"a\""),
        Login::OneTimeToken(_)
    ));
    assert!(matches!(
        login("access_token = \"a\""),
        Login::AccessToken(_)
    ));
}

#[test]
fn no_text_makes_the_reader_panic() {
    for cut in (0..SALLE.len()).filter(|cut| SALLE.is_char_boundary(*cut)) {
        let _ = read_text(&SALLE[..cut]);
        let _ = read_text(&SALLE[cut..]);
        let _ = without_secrets(&SALLE[cut..]);
    }
    let _ = read_text("matrix = { password = \"a\", user = \"b\" }");
    let _ = read_text("matrix.password = \"a\"\nmatrix.user = \"b\"");
    let _ = read_text(&"x".repeat(MAX_FILE + 1));
}
