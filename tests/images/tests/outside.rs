//! What somebody on the room's network reaches of a unit: nothing that its settings do not declare.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

use std::io::ErrorKind;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use salle_images::{Image, Machine, Options};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;

/// RFC 2544's block for tests; the cable between the unit and this namespace.
const UNIT: &str = "198.18.1.2";
const HERE: &str = "198.18.1.1/24";
/// Longer than a kernel in emulation takes to refuse.
const REFUSED: Duration = Duration::from_secs(5);
const AT_ONCE: usize = 2000;
/// Any at which nothing listens.
const DECLARED: u16 = 4242;

#[derive(Debug, PartialEq, Eq)]
enum Port {
    Open,
    Refused,
    Silent,
}

async fn knock(port: u16) -> Port {
    match timeout(REFUSED, TcpStream::connect((UNIT, port))).await {
        Ok(Ok(_)) => Port::Open,
        Ok(Err(error)) if error.kind() == ErrorKind::ConnectionRefused => Port::Refused,
        _ => Port::Silent,
    }
}

/// Every port that says anything at all.
async fn scan() -> Vec<(u16, Port)> {
    let turns = Arc::new(Semaphore::new(AT_ONCE));
    let mut knocks = JoinSet::new();
    for port in 1..=u16::MAX {
        let turn = turns.clone().acquire_owned().await.unwrap();
        knocks.spawn(async move {
            let said = knock(port).await;
            drop(turn);
            (port, said)
        });
    }
    let mut all = knocks.join_all().await;
    all.retain(|(_, said)| *said != Port::Silent);
    all
}

fn cable() -> Options {
    let made = Command::new("sh")
        .arg("-c")
        .arg(format!(
            "ip tuntap add salle0 mode tap && ip address add {HERE} dev salle0 && ip link set salle0 up"
        ))
        .status();
    assert!(
        made.unwrap().success(),
        "no cable to the board: is there /dev/net/tun?"
    );
    let more = [
        "-netdev",
        "tap,id=cable,ifname=salle0,script=no,downscript=no",
        "-device",
        "virtio-net-pci,netdev=cable,romfile=",
    ];
    Options {
        network: false,
        more: more.map(str::to_owned).to_vec(),
        ..Options::default()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_port_answers_that_is_not_declared() {
    let folder = tempfile::tempdir().unwrap();
    let image = Image::from_environment().unwrap();
    let mut machine = Machine::flashed(&image, folder.path(), &cable()).unwrap();
    let address = format!(
        "card=$(ls /sys/class/net | grep -v lo) && ip address add {UNIT}/24 dev $card && ip link set $card up"
    );
    let set = machine.run(&address).unwrap();
    assert_eq!(set.code, 0, "{}", set.text);

    // As the settings' ports are: what is declared is reached, so the scan would see an open door.
    let declare = format!("nft add element inet salle declared_tcp '{{ {DECLARED} }}'");
    assert_eq!(machine.run(&declare).unwrap().code, 0);
    assert_eq!(knock(DECLARED).await, Port::Refused);

    assert_eq!(scan().await, [(DECLARED, Port::Refused)]);
}
