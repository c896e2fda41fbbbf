//! A switch whose port asks for 802.1X: hostapd on one end of the board's cable. What is behind the
//! port, DHCP and a way to 10.0.2.2, gets the board's frames only once hostapd lets it in.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use serde_json::json;

use crate::disk::run;
use crate::{Error, Machine, Options, Result};

const PROGRAM: &str = "hostapd";
/// Its end of the cable.
const CARD: &str = "port";
/// For hostapd to be there.
const READY: Duration = Duration::from_secs(60);

/// The port; it ends with its value.
#[derive(Debug)]
pub struct Switch {
    child: Child,
    log: PathBuf,
}

impl Switch {
    /// The cable of a board that will be plugged in here.
    #[must_use]
    pub fn cable() -> Options {
        let tap = format!("tap,id=switch,ifname={CARD},script=no,downscript=no");
        let more = [
            ["-netdev", &tap],
            ["-netdev", "hubport,id=wire1,hubid=0,netdev=switch"],
            ["-netdev", "user,id=behind"],
            ["-netdev", "hubport,id=wire2,hubid=0,netdev=behind"],
            ["-netdev", "hubport,id=wire,hubid=0"],
            ["-device", "virtio-net-pci,netdev=wire,romfile="],
        ];
        Options {
            network: false,
            more: more.concat().into_iter().map(str::to_owned).collect(),
            ..Options::default()
        }
    }

    /// Plugs in a board that has just been switched on. The switch has a certificate, and knows
    /// whose it takes, in `keys` (see [`crate::keys::authority`]); and one name with its password.
    ///
    /// # Errors
    /// When hostapd does not start.
    pub fn plug_in(
        machine: &mut Machine,
        folder: &Path,
        keys: &Path,
        user: &str,
        password: &str,
    ) -> Result<Self> {
        machine
            .qmp()
            .order("set_link", &json!({"name": "behind", "up": false}))?;
        run("ip", Command::new("ip").args(["link", "set", CARD, "up"]))?;
        let users = folder.join("switch-users");
        let known = format!("* PEAP,TLS\n\"{user}\" MSCHAPV2 \"{password}\" [2]\n");
        std::fs::write(&users, known).map_err(Error::file("write", &users))?;
        let config = folder.join("switch.conf");
        let text = format!(
            "interface={CARD}\ndriver=wired\nieee8021x=1\neap_server=1\neap_user_file={}\n\
             ca_cert={keys}/ca.pem\nserver_cert={keys}/cert.pem\nprivate_key={keys}/key.pem\n",
            users.display(),
            keys = keys.display(),
        );
        std::fs::write(&config, text).map_err(Error::file("write", &config))?;
        let log = folder.join("switch.log");
        let file = std::fs::File::create(&log).map_err(Error::file("create", &log))?;
        let mut hostapd = Command::new(PROGRAM);
        hostapd.arg(&config).stdin(Stdio::null()).stdout(file);
        let child = hostapd.spawn().map_err(|source| Error::Start {
            program: PROGRAM,
            source,
        })?;
        let switch = Self { child, log };
        switch.wait_for("AP-ENABLED", READY)?;
        Ok(switch)
    }

    /// Waits until the board is let in, and opens the port to it.
    ///
    /// # Errors
    /// When it is not within the limit.
    pub fn wait_to_open(&self, machine: &mut Machine, limit: Duration) -> Result<()> {
        self.wait_for("AP-STA-CONNECTED", limit)?;
        let open = json!({"name": "behind", "up": true});
        machine.qmp().order("set_link", &open).map(drop)
    }

    /// Whether it has let anybody in.
    #[must_use]
    pub fn has_let_in(&self) -> bool {
        self.said().contains("AP-STA-CONNECTED")
    }

    fn said(&self) -> String {
        std::fs::read_to_string(&self.log).unwrap_or_default()
    }

    fn wait_for(&self, what: &str, limit: Duration) -> Result<()> {
        let began = Instant::now();
        while !self.said().contains(what) {
            if began.elapsed() > limit {
                return Err(Error::TimedOut {
                    what: format!("{PROGRAM}'s {what}"),
                    limit,
                    serial: self.said(),
                });
            }
            std::thread::sleep(Duration::from_millis(200));
        }
        Ok(())
    }
}

impl Drop for Switch {
    fn drop(&mut self) {
        // Already ended is as good.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
