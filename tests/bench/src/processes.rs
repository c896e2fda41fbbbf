//! What process trees cost, as the kernel accounts it.

use std::collections::BTreeMap;
use std::fs;
use std::time::{Duration, Instant};

/// Figures of a set of process trees over one stretch of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Cost {
    /// CPU seconds spent per second that passed, user and system.
    pub cores: f64,
    /// Proportional set size at the end, in MB (shared pages are split among their users).
    pub pss_mb: f64,
}

/// One reading, to be compared with a later one.
#[derive(Debug)]
pub struct Reading {
    at: Instant,
    /// CPU ticks by process, so that one that ends in between does not count backwards.
    ticks: BTreeMap<u32, u64>,
}

/// Reads the trees below `roots` now.
#[must_use]
pub fn read(roots: &[u32]) -> Reading {
    let ticks = tree(roots)
        .into_iter()
        .filter_map(|pid| Some((pid, cpu_ticks(pid)?)))
        .collect();
    Reading {
        at: Instant::now(),
        ticks,
    }
}

/// The cost since `before`. Processes that ended in between are left out.
#[must_use]
pub fn since(before: &Reading, roots: &[u32]) -> Cost {
    let now = read(roots);
    let spent: u64 = now
        .ticks
        .iter()
        .map(|(pid, ticks)| ticks.saturating_sub(before.ticks.get(pid).copied().unwrap_or(0)))
        .sum();
    Cost {
        cores: seconds(spent) / elapsed(before.at),
        pss_mb: now.ticks.keys().map(|pid| pss_kb(*pid)).sum::<f64>() / 1024.0,
    }
}

/// Linux counts in ticks of 10 ms on every machine we build for (`USER_HZ` = 100).
fn seconds(ticks: u64) -> f64 {
    Duration::from_millis(ticks.saturating_mul(10)).as_secs_f64()
}

fn elapsed(since: Instant) -> f64 {
    since.elapsed().as_secs_f64().max(0.001)
}

/// `roots` and everything below them.
fn tree(roots: &[u32]) -> Vec<u32> {
    let parents = parents();
    let mut found: Vec<u32> = roots.to_vec();
    let mut next = 0;
    while let Some(&parent) = found.get(next) {
        let children = parents.iter().filter(|(_, p)| **p == parent);
        found.extend(children.map(|(pid, _)| *pid));
        next += 1;
    }
    found
}

fn parents() -> BTreeMap<u32, u32> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries
        .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
        .filter_map(|pid| Some((pid, stat_field(pid, 1)?.try_into().ok()?)))
        .collect()
}

fn cpu_ticks(pid: u32) -> Option<u64> {
    Some(stat_field(pid, 11)? + stat_field(pid, 12)?)
}

/// The n-th number after the state letter in `/proc/PID/stat` (proc(5): ppid is the first,
/// utime the eleventh, stime the twelfth). The command's name before it may hold anything.
fn stat_field(pid: u32, n: usize) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(") ")?;
    rest.split(' ').nth(n)?.parse().ok()
}

fn pss_kb(pid: u32) -> f64 {
    let rollup = fs::read_to_string(format!("/proc/{pid}/smaps_rollup")).unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Pss:"));
    line.and_then(|rest| rest.split_whitespace().next()?.parse().ok())
        .unwrap_or(0.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_costs_memory_and_its_work_is_counted() {
        let own = [std::process::id()];
        let before = read(&own);
        let mut sum = 0_u64;
        while seconds(since_ticks(&before)) < 0.05 {
            sum = std::hint::black_box(sum.wrapping_mul(31).wrapping_add(7));
        }
        let cost = since(&before, &own);
        assert!(cost.pss_mb > 0.1, "{cost:?}");
        assert!(cost.cores > 0.0, "{cost:?}");
    }

    fn since_ticks(before: &Reading) -> u64 {
        let pid = std::process::id();
        cpu_ticks(pid).unwrap_or(0) - before.ticks.get(&pid).copied().unwrap_or(0)
    }
}
