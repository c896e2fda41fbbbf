//! A process and all that descend from it: counting what they use, ending them.

use std::collections::HashMap;
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};

/// What a process tree uses.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Usage {
    pub processes: usize,
    /// User and system time since each process began, ended children included.
    pub cpu: Duration,
    /// Memory in KiB, pages shared by n processes counted as 1/n (PSS).
    pub pss_kib: u64,
}

/// `root` and its descendants, parents first. Those that end meanwhile are left out.
#[must_use]
pub fn tree(root: u32) -> Vec<u32> {
    let mut children: HashMap<u32, Vec<u32>> = HashMap::new();
    for (pid, stat) in all() {
        children.entry(stat.parent).or_default().push(pid);
    }
    let mut tree = vec![root];
    let mut at = 0;
    while let Some(pid) = tree.get(at).copied() {
        tree.extend(children.remove(&pid).unwrap_or_default());
        at += 1;
    }
    tree
}

/// Sums over `pids`.
#[must_use]
pub fn usage(pids: &[u32]) -> Usage {
    let mut usage = Usage::default();
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    for pid in pids {
        let Some(stat) = Stat::of(*pid) else { continue };
        usage.processes += 1;
        usage.cpu += Duration::from_millis(stat.cpu_ticks * 1000 / ticks);
        usage.pss_kib += pss_kib(*pid).unwrap_or_default();
    }
    usage
}

/// Ends `root` and its descendants at once.
pub fn end(root: u32) {
    for pid in tree(root) {
        if let Some(pid) = i32::try_from(pid).ok().and_then(Pid::from_raw) {
            // An error means that it has ended already.
            let _ = kill_process(pid, Signal::KILL);
        }
    }
}

struct Stat {
    parent: u32,
    cpu_ticks: u64,
}

impl Stat {
    /// `/proc/PID/stat`, see proc_pid_stat(5); the name may hold spaces and brackets.
    fn of(pid: u32) -> Option<Self> {
        let text = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
        let fields: Vec<&str> = text.rsplit_once(") ")?.1.split(' ').collect();
        let number = |at: usize| fields.get(at)?.parse::<u64>().ok();
        Some(Self {
            parent: u32::try_from(number(1)?).ok()?,
            cpu_ticks: number(11)? + number(12)? + number(13)? + number(14)?,
        })
    }
}

fn all() -> Vec<(u32, Stat)> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, Stat::of(pid)?)))
        .collect()
}

fn pss_kib(pid: u32) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tree_holds_grandchildren_and_ends_with_its_root() {
        let mut shell = std::process::Command::new("sh")
            .args(["-c", "sh -c 'echo ready; sleep 60; true'; true"])
            .stdout(std::process::Stdio::piped())
            .spawn()
            .unwrap();
        let mut word = [0; 5];
        std::io::Read::read_exact(shell.stdout.as_mut().unwrap(), &mut word).unwrap();
        let pids = tree(shell.id());
        assert!(pids.len() >= 2, "{pids:?}");
        assert!(usage(&pids).pss_kib > 0);
        end(shell.id());
        assert!(!shell.wait().unwrap().success());
    }
}
