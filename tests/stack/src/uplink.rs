//! A bad network on the way to the SFU, and no network at all.
//!
//! Invariant: only packets towards this SFU suffer, or those of the daemons that are cut off,
//! and none any more when the value is dropped. Made of packet filter rules (nftables), because
//! not every kernel has `netem`. Only root may do this.

use std::process::Command;

use crate::{Error, Result};

/// How bad.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// So many of a hundred packets are lost, at random.
    Loss { percent: u8 },
    /// What goes beyond this is lost, as behind a narrow line with a short queue.
    Narrow { kilobytes_per_second: u32 },
    /// Signalling connections are reset, also new ones; media goes on.
    NoSignalling,
}

/// Where an SFU listens.
#[derive(Clone, Copy, Debug)]
pub(crate) struct SfuPorts {
    /// UDP.
    pub media: u16,
    /// TCP.
    pub signalling: u16,
}

/// Lasts until dropped.
#[derive(Debug)]
pub struct BadUplink {
    table: String,
}

impl BadUplink {
    /// Whether this process may make one.
    #[must_use]
    pub fn is_allowed() -> bool {
        nft("list tables").is_ok()
    }

    pub(crate) fn begin(ports: SfuPorts, trouble: Trouble) -> Result<Self> {
        let SfuPorts { media, signalling } = ports;
        let uplink = Self {
            table: format!("salle_{media}"),
        };
        let table = &uplink.table;
        let rule = match trouble {
            Trouble::Loss { percent } => {
                format!("udp dport {media} numgen random mod 100 < {percent} drop")
            }
            Trouble::Narrow {
                kilobytes_per_second: rate,
            } => format!(
                "udp dport {media} limit rate over {rate} kbytes/second burst 16 kbytes drop"
            ),
            Trouble::NoSignalling => format!("tcp dport {signalling} reject with tcp reset"),
        };
        nft(&format!(
            "add table inet {table}; \
             add chain inet {table} out {{ type filter hook output priority 0; }}; \
             add rule inet {table} out {rule}"
        ))?;
        Ok(uplink)
    }
}

impl Drop for BadUplink {
    fn drop(&mut self) {
        // Nothing to be done about a rule that does not go; its port is not used again soon.
        let _ = nft(&format!("delete table inet {}", self.table));
    }
}

/// The processes of one group are cut off from everybody: nothing they send arrives, and
/// nothing reaches them. Lasts until dropped.
#[derive(Debug)]
pub struct Cut {
    table: String,
}

impl Cut {
    /// Cuts off what runs in this group. Packets are lost on their way in, as on a torn cable:
    /// a filter on the way out would give their senders an error. Those to the group are known
    /// by their connection, which its own packets mark.
    ///
    /// # Errors
    /// When the packet filter refuses: see [`BadUplink::is_allowed`].
    pub fn begin(group: u32) -> Result<Self> {
        let cut = Self {
            table: format!("salle_cut_{group}"),
        };
        let table = &cut.table;
        nft(&format!(
            "add table inet {table}; \
             add chain inet {table} out {{ type filter hook output priority 0; }}; \
             add chain inet {table} in {{ type filter hook input priority 0; }}; \
             add rule inet {table} out meta skgid {group} ct mark set {group}; \
             add rule inet {table} in ct mark {group} drop"
        ))?;
        Ok(cut)
    }
}

impl Drop for Cut {
    fn drop(&mut self) {
        // As above; the group is not used again soon.
        let _ = nft(&format!("delete table inet {}", self.table));
    }
}

fn nft(commands: &str) -> Result<()> {
    let output = Command::new("nft")
        .arg(commands)
        .output()
        .map_err(|source| Error::Spawn {
            program: "nft",
            source,
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(Error::Uplink(said.trim().to_owned()))
}
