use super::*;
use crate::Settings;
use crate::testing::{ROOM, settings};

const KEY: &str =
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAdGJzMVHq+nAw5VeTXzIL+VTC/oHgIrpMenBO8qPH0W";

fn service(key: &str) -> Result<ServiceSettings, (String, String)> {
    let parsed = Settings::parse(&format!("{ROOM}[service]\nkey = {key}\n"));
    parsed.map(|settings| settings.service).map_err(|found| {
        let problem = &found.0[0];
        assert_eq!(
            (found.0.len(), problem.line, problem.field.as_str()),
            (1, 7, "service.key")
        );
        let said = |text: &Text| text.en.clone();
        (said(&problem.reason), said(&problem.instead))
    })
}

#[test]
fn without_a_key_there_is_none() {
    let settings = settings("[service]\n");
    assert_eq!(settings.service, ServiceSettings::default());
}

#[test]
fn the_line_of_a_pub_file_is_a_key_and_its_comment_is_not_kept() {
    for line in [
        KEY.to_owned(),
        format!("{KEY} anna@example.org"),
        format!(" {KEY} two words "),
    ] {
        let key = service(&format!("\"{line}\"")).unwrap().key.unwrap();
        assert_eq!(key.public().to_openssh().unwrap().trim_end(), KEY, "{line}");
        assert!(!format!("{key:?}").contains("anna"));
    }
}

#[test]
fn each_wrong_key_is_told_by_what_is_wrong_with_it() {
    let cut = &KEY[..KEY.len() - 4];
    let two = format!("{KEY}\\n{KEY}");
    let long = format!("{KEY} {}", "x".repeat(MAX_KEY));
    let table: &[(&str, &str)] = &[
        ("", "not an OpenSSH public key"),
        ("ssh-ed25519", "not an OpenSSH public key"),
        ("ssh-ed25519 AAAA", "not an OpenSSH public key"),
        (cut, "not an OpenSSH public key"),
        (&KEY[12..], "not an OpenSSH public key"),
        (&two, "not an OpenSSH public key"),
        (&long, "not an OpenSSH public key"),
        // Zeros, and a number that is no point.
        (
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "not an OpenSSH public key",
        ),
        (
            "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAIAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
            "not an OpenSSH public key",
        ),
        ("ssh-rsa AAAAB3NzaC1yc2EAAAADAQAB", "another kind"),
        (
            "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTY=",
            "another kind",
        ),
        (
            "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5",
            "another kind",
        ),
        ("-----BEGIN OPENSSH PRIVATE KEY-----\\nb3Bl", "private"),
    ];
    for (key, reason) in table {
        let (said, instead) = service(&format!("\"{key}\"")).unwrap_err();
        assert!(said.contains(reason), "{key}: {said}");
        assert!(instead.contains("ssh-keygen -t ed25519"), "{instead}");
        assert!(!said.contains("AAAA"), "a key is never in a complaint");
    }
    assert!(service("7").is_err());
    assert!(service("[\"a\"]").is_err());
}
