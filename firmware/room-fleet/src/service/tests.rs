use ssh_key::private::Ed25519Keypair;
use ssh_key::{HashAlg, LineEnding, PrivateKey};

use super::*;

const RANDOM: [u8; 32] = [7; 32];
const SOON: Duration = Duration::from_secs(1);

fn owner() -> PrivateKey {
    Ed25519Keypair::from_seed(&[1; 32]).into()
}

fn stranger() -> PrivateKey {
    Ed25519Keypair::from_seed(&[2; 32]).into()
}

fn unit() -> Unit {
    Unit {
        machine: "0123456789abcdef0123456789abcdef".into(),
        boot: "b00t-1d".into(),
    }
}

fn door() -> Door {
    Door::new(owner().public_key().clone(), unit())
}

fn signed(key: &PrivateKey, namespace: &str, text: &str) -> String {
    let signature = key.sign(namespace, HashAlg::Sha512, text.as_bytes());
    signature.unwrap().to_pem(LineEnding::LF).unwrap() + "\n"
}

#[test]
fn the_text_names_unit_and_start_and_has_nothing_a_shell_would_touch() {
    let text = door().ask(RANDOM);
    assert_eq!(
        text,
        "salle-service:1:0123456789abcdef0123456789abcdef:b00t1d:BwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwcHBwc"
    );
    let hostile = Unit {
        machine: "a'; \u{1b}[2J\n".repeat(100),
        boot: String::new(),
    };
    let text = Door::new(owner().public_key().clone(), hostile).ask(RANDOM);
    assert!(
        text.len() < 160
            && text
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || ":-_".contains(c))
    );
}

#[test]
fn only_this_key_for_this_purpose_over_this_challenge_opens() {
    let asked = door().ask(RANDOM);
    let other = door().ask([8; 32]);
    let right = signed(&owner(), NAMESPACE, &asked);
    let sha256 = owner().sign(NAMESPACE, HashAlg::Sha256, asked.as_bytes());
    let sha256 = sha256.unwrap().to_pem(LineEnding::LF).unwrap() + "\n";
    let wrong = Heard::Wrong { left: TRIES - 1 };
    let bent = right.replacen("AAAA", "AAAB", 1);
    let table = [
        ("the right one", right.clone(), Heard::Open),
        ("by SHA-256", sha256, Heard::Open),
        (
            "text with its line end",
            signed(&owner(), NAMESPACE, &format!("{asked}\n")),
            Heard::Open,
        ),
        (
            "text with another",
            signed(&owner(), NAMESPACE, &format!("{asked}\r\n")),
            Heard::Open,
        ),
        (
            "pasted with other line ends",
            right.replace('\n', "\r\n"),
            Heard::Open,
        ),
        ("lines indented", right.replace('\n', " \n  "), Heard::Open),
        ("words before", format!("hello\n\n{right}"), Heard::Open),
        (
            "begun anew",
            format!("{}\n{right}", &right[..100]),
            Heard::Open,
        ),
        (
            "text with two line ends",
            signed(&owner(), NAMESPACE, &format!("{asked}\n\n")),
            wrong,
        ),
        ("another key", signed(&stranger(), NAMESPACE, &asked), wrong),
        (
            "another challenge",
            signed(&owner(), NAMESPACE, &other),
            wrong,
        ),
        ("another purpose", signed(&owner(), "git", &asked), wrong),
        (
            "no purpose in common",
            signed(&owner(), "salle-service@salle2", &asked),
            wrong,
        ),
        ("a bit of it changed", bent, wrong),
        ("nothing in the block", block(""), wrong),
        ("garbage in the block", block("\u{0}\u{ff}=====\n"), wrong),
        ("base64 of nothing", block("AAAA\n"), wrong),
        (
            "not closed",
            right.replace("-----END", "-----end"),
            Heard::Wait,
        ),
        ("no block", "let me in\n".into(), Heard::Wait),
        ("nothing", String::new(), Heard::Wait),
        ("a block too long", block(&"QUFB\n".repeat(500)), wrong),
        ("a line too long", "A".repeat(300), wrong),
    ];
    for (what, heard, verdict) in table {
        let mut door = door();
        door.ask(RANDOM);
        assert_eq!(door.hear(SOON, heard.as_bytes()), verdict, "{what}");
        // Whatever comes in one byte after the other is judged the same.
        let mut door = Door::new(owner().public_key().clone(), unit());
        door.ask(RANDOM);
        let each = heard.bytes().map(|byte| door.hear(SOON, &[byte]));
        let last = each.into_iter().find(|heard| *heard != Heard::Wait);
        assert_eq!(last.unwrap_or(Heard::Wait), verdict, "{what}, slowly");
    }
}

fn block(inside: &str) -> String {
    format!("-----BEGIN SSH SIGNATURE-----\n{inside}-----END SSH SIGNATURE-----\n")
}

#[test]
fn what_ssh_keygen_signed_opens() {
    // Made by OpenSSH 9.2: `ssh-keygen -Y sign -n salle-service@salle -f KEY < text`, where text is
    // the challenge of these tests without a line end. The private key was thrown away.
    let key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAdGJzMVHq+nAw5VeTXzIL+VTC/oHgIrpMenBO8qPH0W";
    let mut door = Door::new(key.parse().unwrap(), unit());
    door.ask(RANDOM);
    let signature = include_bytes!("../../tests/data/service.sig");
    assert_eq!(door.hear(SOON, signature), Heard::Open);
}

#[test]
fn an_answer_counts_once() {
    let mut door = door();
    let right = {
        let asked = door.ask(RANDOM);
        signed(&owner(), NAMESPACE, &asked)
    };
    assert_eq!(
        door.hear(SOON, block("AAAA\n").as_bytes()),
        Heard::Wrong { left: 2 }
    );
    // Its challenge is gone, and the next is another.
    assert_eq!(door.hear(SOON, right.as_bytes()), Heard::Wait);
    let asked = door.ask([9; 32]);
    assert_eq!(door.hear(SOON, right.as_bytes()), Heard::Wrong { left: 1 });
    door.ask([10; 32]);
    let late = signed(&owner(), NAMESPACE, &asked);
    assert_eq!(door.hear(SOON, late.as_bytes()), Heard::Shut(Why::TooOften));
}

#[test]
fn a_door_that_was_opened_or_shut_stays_shut() {
    let knock = |door: &mut Door, random: u8| {
        let asked = door.ask([random; 32]);
        door.hear(SOON, signed(&owner(), NAMESPACE, &asked).as_bytes())
    };
    let mut opened = door();
    assert_eq!(knock(&mut opened, 1), Heard::Open);
    assert_eq!(knock(&mut opened, 2), Heard::Shut(Why::Opened));
    let mut late = door();
    assert_eq!(late.hear(PATIENCE, b""), Heard::Shut(Why::TooLate));
    assert_eq!(knock(&mut late, 1), Heard::Shut(Why::TooLate));
    let mut flooded = door();
    flooded.ask(RANDOM);
    let lines = "y\n".repeat(MAX_HEARD / 2);
    assert_eq!(flooded.hear(SOON, lines.as_bytes()), Heard::Wait);
    assert_eq!(flooded.hear(SOON, b"y"), Heard::Shut(Why::TooMuch));
    assert_eq!(knock(&mut flooded, 1), Heard::Shut(Why::TooMuch));
    let mut wrong = door();
    for left in [2, 1] {
        wrong.ask([left; 32]);
        assert_eq!(
            wrong.hear(SOON, block("").as_bytes()),
            Heard::Wrong { left: left.into() }
        );
    }
    wrong.ask(RANDOM);
    assert_eq!(
        wrong.hear(SOON, block("").as_bytes()),
        Heard::Shut(Why::TooOften)
    );
    assert_eq!(knock(&mut wrong, 9), Heard::Shut(Why::TooOften));
}

#[test]
fn the_right_answer_counts_until_the_last_second_and_not_after_it() {
    for (at, verdict) in [
        (PATIENCE - SOON, Heard::Open),
        (PATIENCE, Heard::Shut(Why::TooLate)),
        (PATIENCE + SOON, Heard::Shut(Why::TooLate)),
    ] {
        let mut door = door();
        let asked = door.ask(RANDOM);
        let answer = signed(&owner(), NAMESPACE, &asked);
        assert_eq!(door.hear(at, answer.as_bytes()), verdict, "{at:?}");
    }
}

#[test]
fn two_answers_at_once_are_one_try() {
    let mut door = door();
    door.ask(RANDOM);
    let twice = block("AAAA\n").repeat(2);
    assert_eq!(door.hear(SOON, twice.as_bytes()), Heard::Wrong { left: 2 });
}

#[test]
fn every_end_is_told_in_both_languages() {
    for why in [Why::TooLate, Why::TooOften, Why::TooMuch, Why::Opened] {
        assert!(!why.text().en.is_empty() && !why.text().fr.is_empty());
    }
}

#[test]
fn a_shell_is_quiet_for_as_long_as_the_mark_of_input_stays() {
    let minutes = |n: u64| Duration::from_secs(60 * n);
    let mut quiet = Quiet::new(100);
    assert_eq!(quiet.look(minutes(10), 100), minutes(10));
    // The clock was set back, and that is input like any.
    assert_eq!(quiet.look(minutes(20), 50), Duration::ZERO);
    assert_eq!(quiet.look(minutes(40), 50), minutes(20));
    assert!(quiet.look(minutes(50), 50) >= MAX_QUIET);
}

proptest::proptest! {
    #[test]
    fn no_bytes_open_a_door_or_make_it_panic(bytes: Vec<u8>, inside: Vec<u8>) {
        let mut door = door();
        door.ask(RANDOM);
        proptest::prop_assert_ne!(door.hear(SOON, &bytes), Heard::Open);
        let mut pasted = b"-----BEGIN SSH SIGNATURE-----\n".to_vec();
        pasted.extend(inside);
        pasted.extend(b"\n-----END SSH SIGNATURE-----\n");
        door.ask(RANDOM);
        proptest::prop_assert_ne!(door.hear(SOON, &pasted), Heard::Open);
    }
}
