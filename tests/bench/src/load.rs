//! What processes use over a stretch of time, read from `/proc` while they are left alone.
//!
//! Invariant: nothing here talks to the processes it measures.

use std::collections::BTreeMap;
use std::time::Duration;

use salle_peers::processes;
use tokio::time::{Instant, sleep};

use crate::figures::Series;

/// Looks at the memory in one stretch: its median counts.
const LOOKS: u32 = 5;

/// Of one process, or of several taken together.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Use {
    /// CPU seconds per second.
    pub cores: f64,
    /// PSS, in MB of 1000000 bytes.
    pub megabytes: f64,
}

/// What a tree of processes used.
#[derive(Clone, Debug, Default)]
pub struct Load {
    pub total: Use,
    /// By kind of process, e.g. `mediad` or `renderer`.
    pub parts: BTreeMap<String, Use>,
    /// Cores by name of thread, without numbers in it, as `process/thread`.
    pub threads: BTreeMap<String, f64>,
    /// How busy the whole machine was, 0 to 1.
    pub machine: f64,
}

impl Load {
    /// Measures for `length`. Processes that begin meanwhile are left out.
    pub async fn of(pids: &[u32], length: Duration) -> Self {
        let (before, begun) = (Moment::of(pids), Instant::now());
        let mut looks = Vec::new();
        for _ in 0..LOOKS {
            sleep(length / LOOKS).await;
            looks.push(memory(pids));
        }
        let (after, seconds) = (Moment::of(pids), begun.elapsed().as_secs_f64());
        let mut load = before.until(&after, seconds);
        load.add_memory(&looks);
        load
    }

    fn add_memory(&mut self, looks: &[BTreeMap<String, f64>]) {
        let sum = |look: &BTreeMap<String, f64>| Some(look.values().sum());
        self.total.megabytes = median(looks.iter().map(sum));
        let names: Vec<&String> = looks.iter().flat_map(BTreeMap::keys).collect();
        for name in names {
            let values = looks.iter().map(|look| look.get(name).copied());
            self.parts.entry(name.clone()).or_default().megabytes = median(values);
        }
    }

    /// Threads from the busiest, with their cores.
    pub fn busiest(&self) -> Vec<(&str, f64)> {
        let threads = self.threads.iter();
        let mut busiest: Vec<_> = threads
            .map(|(name, cores)| (name.as_str(), *cores))
            .collect();
        busiest.sort_by(|a, b| b.1.total_cmp(&a.1));
        busiest
    }
}

fn median(values: impl Iterator<Item = Option<f64>>) -> f64 {
    Series::new(values).median().unwrap_or_default()
}

/// Counters at one moment.
struct Moment {
    /// CPU seconds by kind of process.
    processes: BTreeMap<String, f64>,
    threads: BTreeMap<String, f64>,
    machine: Machine,
}

impl Moment {
    fn of(pids: &[u32]) -> Self {
        let mut moment = Self {
            processes: BTreeMap::new(),
            threads: BTreeMap::new(),
            machine: Machine::now(),
        };
        for pid in pids {
            let kind = kind(*pid);
            for (thread, cpu) in threads(*pid) {
                let name = format!("{kind}/{thread}");
                *moment.threads.entry(name).or_default() += cpu;
            }
            let used = processes::usage(&[*pid]).cpu.as_secs_f64();
            *moment.processes.entry(kind).or_default() += used;
        }
        moment
    }

    fn until(&self, after: &Self, seconds: f64) -> Load {
        let mut load = Load {
            machine: self.machine.busy_until(&after.machine),
            ..Load::default()
        };
        for (kind, cpu) in &after.processes {
            let cores = grown(cpu, self.processes.get(kind)) / seconds;
            load.total.cores += cores;
            load.parts.entry(kind.clone()).or_default().cores = cores;
        }
        for (name, cpu) in &after.threads {
            let cores = grown(cpu, self.threads.get(name)) / seconds;
            load.threads.insert(name.clone(), cores);
        }
        load
    }
}

/// A thread that ended takes its time along.
fn grown(after: &f64, before: Option<&f64>) -> f64 {
    (after - before.copied().unwrap_or_default()).max(0.0)
}

fn memory(pids: &[u32]) -> BTreeMap<String, f64> {
    let mut kinds = BTreeMap::new();
    for pid in pids {
        let kib = processes::usage(&[*pid]).pss_kib;
        *kinds.entry(kind(*pid)).or_default() += kib as f64 * 1024.0 / 1e6;
    }
    kinds
}

/// The name of a daemon, or what a process of Chromium is for.
fn kind(pid: u32) -> String {
    let line = std::fs::read_to_string(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    kind_of(&line)
}

fn kind_of(line: &str) -> String {
    // Chromium rewrites its command line with spaces.
    let words = || line.split(['\0', ' ']);
    let value = |key: &str| words().find_map(|word| word.strip_prefix(key));
    if let Some(service) = value("--utility-sub-type=") {
        let name = service.split('.').next().unwrap_or(service);
        return format!("{name} service");
    }
    if let Some(kind) = value("--type=") {
        return kind.to_owned();
    }
    let program = words().next().unwrap_or_default();
    let name = program.rsplit('/').next().unwrap_or_default();
    if name == "chromium" {
        "browser".into()
    } else {
        name.to_owned()
    }
}

/// Name and CPU seconds of every thread: the first figure of `schedstat` is nanoseconds.
fn threads(pid: u32) -> Vec<(String, f64)> {
    let tasks = std::fs::read_dir(format!("/proc/{pid}/task"));
    let tasks = tasks.into_iter().flatten().flatten();
    tasks.filter_map(|task| thread(&task.path())).collect()
}

fn thread(task: &std::path::Path) -> Option<(String, f64)> {
    let name = std::fs::read_to_string(task.join("comm")).ok()?;
    let spent = std::fs::read_to_string(task.join("schedstat")).ok()?;
    let spent: f64 = spent.split(' ').next()?.parse().ok()?;
    let name = name.trim().chars().filter(|c| !c.is_ascii_digit());
    Some((name.collect(), spent / 1e9))
}

/// All CPUs together, in clock ticks; see proc_stat(5).
#[derive(Clone, Copy, Debug, Default)]
struct Machine {
    all: f64,
    idle: f64,
}

impl Machine {
    fn now() -> Self {
        Self::read(&std::fs::read_to_string("/proc/stat").unwrap_or_default())
    }

    fn read(text: &str) -> Self {
        let line = text.lines().next().unwrap_or_default();
        let ticks: Vec<f64> = line
            .split(' ')
            .filter_map(|word| word.parse().ok())
            .collect();
        // Guests' time, the last two, is in the first two already.
        let all = ticks.iter().take(8).sum();
        let idle = ticks.iter().skip(3).take(2).sum();
        Self { all, idle }
    }

    fn busy_until(self, after: &Self) -> f64 {
        let all = after.all - self.all;
        let idle = after.idle - self.idle;
        if all > 0.0 { 1.0 - idle / all } else { 0.0 }
    }
}

#[cfg(test)]
#[path = "load_tests.rs"]
mod tests;
