//! What somebody could do who has taken over a daemon: nothing to another's state, to the root, or
//! to gain rights.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use salle_images::{Image, LONG, Machine, Options};

/// A file in each folder that belongs to one daemon only.
const STATES: [&str; 5] = [
    "/var/lib/salle",
    "/var/lib/salle-fleet",
    "/var/lib/salle-panel",
    "/var/lib/salle-config/secrets",
    "/var/cache/salle-media",
];
/// Each daemon, and which of the folders are its own.
const DAEMONS: [(&str, &[&str]); 5] = [
    (
        "roomd",
        &["/var/lib/salle", "/var/lib/salle-config/secrets"],
    ),
    ("mediad", &["/var/cache/salle-media"]),
    ("fleetd", &["/var/lib/salle-fleet"]),
    ("paneld", &["/var/lib/salle-panel"]),
    ("salle-compositor", &[]),
];
/// What else must not work, as words of the shell.
const FORBIDDEN: [(&str, &str); 10] = [
    ("write the programs", "echo >/usr/bin/salle-x"),
    ("write the settings of the system", "echo >/etc/salle-x"),
    ("write the root", "echo >/salle-x"),
    (
        "change its own settings",
        "echo >>/var/lib/salle-config/room.toml",
    ),
    ("read the journal", "ls /var/log/journal/*"),
    ("mount", "mount -t tmpfs tmpfs /tmp"),
    ("make a user namespace", "unshare --user true"),
    ("read a disk", "head -c 1 /dev/vda"),
    ("change a kernel setting", "echo 1 >/proc/sys/kernel/sysrq"),
    ("see the processes of others", "ls /proc/1/root"),
];

/// The daemon's own unit with another program: everything of its sandbox is as it is.
fn twin(daemon: &str) -> String {
    let keep = "-e '/^Exec/d' -e '/^Restart/d' -e '/^Watchdog/d' -e '/^RuntimeDirectory/d' \
                -e '/^Upholds/d' -e '/^BindsTo/d' -e '/^Notify/d' -e 's/^Type=.*/Type=oneshot/'";
    format!(
        "sed {keep} -e '/^\\[Install\\]/,$d' /usr/lib/systemd/system/{daemon}.service \
         >/run/systemd/system/twin-{daemon}.service && \
         printf '[Service]\\nExecStart=/bin/bash /run/twin/{daemon}\\nStandardOutput=file:/run/twin/{daemon}.out\\n' \
         >>/run/systemd/system/twin-{daemon}.service"
    )
}

/// One line for each try: `yes` or `no`, and what.
fn tries() -> String {
    let attempt = |what: &str, words: &str| {
        format!("if ({words}) >/dev/null 2>&1; then echo 'yes {what}'; else echo 'no {what}'; fi\n")
    };
    let mut script = String::new();
    for state in STATES {
        script += &attempt(&format!("read {state}"), &format!("cat {state}/secret"));
    }
    for (what, words) in FORBIDDEN {
        script += &attempt(what, words);
    }
    script + "grep -E '^(NoNewPrivs|Seccomp|CapEff|CapPrm|CapBnd|CapAmb):' /proc/self/status\n"
}

fn put(machine: &mut Machine, path: &str, text: &str) {
    let script = format!("cat >{path} <<'END'\n{text}END\n");
    assert_eq!(machine.run(&script).unwrap().code, 0);
}

fn attempts_of(machine: &mut Machine, daemon: &str) -> String {
    put(machine, &format!("/run/twin/{daemon}"), &tries());
    let start = format!(
        "{} && systemctl daemon-reload && systemctl start twin-{daemon}",
        twin(daemon)
    );
    let started = machine.run_within(&start, LONG).unwrap();
    let log = format!("systemctl status twin-{daemon}; journalctl -u twin-{daemon} --no-pager");
    assert_eq!(
        started.code,
        0,
        "{}\n{}",
        started.text,
        machine.run(&log).unwrap().text
    );
    machine
        .run(&format!("cat /run/twin/{daemon}.out"))
        .unwrap()
        .text
}

#[test]
fn a_daemon_that_is_taken_over_reaches_nothing_but_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let mut machine = Machine::flashed(&image, folder.path(), &Options::default()).unwrap();
    let mut prepare = String::from("set -e; mkdir -p /run/twin; command -v mount unshare sed;");
    for state in STATES {
        prepare += &format!("mkdir -p {state}; echo secret >{state}/secret;");
    }
    let prepared = machine.run(&prepare).unwrap();
    assert_eq!(prepared.code, 0, "{}", prepared.text);

    for (daemon, own) in DAEMONS {
        let said = attempts_of(&mut machine, daemon);
        for state in STATES {
            // Its own shows that a try that can succeed does. Secrets are given to roomd only.
            let word = if own.contains(&state) { "yes" } else { "no" };
            let line = format!("{word} read {state}");
            assert!(
                said.lines().any(|said| said == line),
                "{daemon}: no `{line}` in\n{said}"
            );
        }
        for (what, _) in FORBIDDEN {
            let line = format!("no {what}");
            assert!(
                said.lines().any(|said| said == line),
                "{daemon}: no `{line}` in\n{said}"
            );
        }
        for line in ["NoNewPrivs:\t1", "Seccomp:\t2"] {
            assert!(said.contains(line), "{daemon}: no `{line}` in\n{said}");
        }
        for set in ["CapEff", "CapPrm", "CapBnd", "CapAmb"] {
            let line = format!("{set}:\t0000000000000000");
            assert!(said.contains(&line), "{daemon}: no `{line}` in\n{said}");
        }
    }
}

#[test]
fn no_file_of_the_image_gives_rights() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let mut machine = Machine::flashed(&image, folder.path(), &Options::default()).unwrap();
    // In bash: the image has no find.
    let look = "shopt -s globstar dotglob nullglob; for file in /usr/** /etc/** /boot/**; do \
                if [ -f \"$file\" ] && { [ -u \"$file\" ] || [ -g \"$file\" ]; }; then echo \"$file\"; fi; done; \
                echo looked";
    let found = machine.run_within(look, LONG).unwrap();
    assert_eq!(found.text, "looked");
}
