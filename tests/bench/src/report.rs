//! What came out, as text.

use std::fmt;

use crate::figures::{CPU, JOIN, MEMORY, Series, Target, ratio};
use crate::load::Load;
use crate::measured::{Joined, Stretch};
use crate::meeting::Outcome;

/// Threads that are named.
const THREADS: usize = 9;
/// The thread that encodes the drawn stage into a file; a room with a screen has none.
pub const RECORDER: &str = "mediad/stage-output:sr";
/// From here on the scheduler decides, not the work.
const FULL: f64 = 0.97;

impl Outcome {
    /// CPU seconds per second of the room without the recording of its stage.
    fn drawn_cores(&self) -> f64 {
        let load = &self.room_drawn.load;
        let recorder = load.threads.get(RECORDER).copied().unwrap_or_default();
        load.total.cores - recorder
    }

    fn joins(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        type Step = fn(&Joined) -> Option<f64>;
        let steps: [(&str, Step); 3] = [
            ("order to in the call, ms", |joined| joined.in_call),
            ("order to first picture, ms", |joined| joined.picture),
            ("order to first sound, ms", |joined| joined.sound),
        ];
        for (name, step) in steps {
            let room = Series::new(self.room_joins.iter().map(step));
            let other = Series::new(self.element_call_joins.iter().map(step));
            let texts = (with_range(&room), with_range(&other));
            line(f, name, texts, ratio(room.median(), other.median()), JOIN)?;
        }
        Ok(())
    }

    fn costs(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (drawn, blind) = (self.room_drawn.load.total, self.room_blind.load.total);
        let other = self.element_call.load.total;
        for (name, room, other, target, digits) in [
            (
                "CPU, stage drawn, cores",
                self.drawn_cores(),
                other.cores,
                CPU,
                3,
            ),
            ("CPU, stage not drawn", blind.cores, other.cores, CPU, 3),
            (
                "memory, stage drawn, MB",
                drawn.megabytes,
                other.megabytes,
                MEMORY,
                1,
            ),
            (
                "memory, stage not drawn",
                blind.megabytes,
                other.megabytes,
                MEMORY,
                1,
            ),
        ] {
            let texts = (format!("{room:.digits$}"), format!("{other:.digits$}"));
            line(f, name, texts, ratio(Some(room), Some(other)), target)?;
        }
        Ok(())
    }

    /// Medians of the room's own steps, in their order.
    fn steps(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(last) = self.room_joins.last() else {
            return Ok(());
        };
        let median = |name: &str| {
            let all = self.room_joins.iter();
            let of = |joined: &Joined| Some(joined.steps.iter().find(|step| step.0 == name)?.1);
            Series::new(all.map(of)).median().unwrap_or_default()
        };
        let names = last.steps.iter().map(|(name, _)| name);
        let texts: Vec<String> = names
            .map(|name| format!("{name} {:.0}", median(name)))
            .collect();
        writeln!(f, "  steps of the room, ms: {}", texts.join(", "))
    }

    fn details(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, stretch) in [
            ("room, drawn", &self.room_drawn),
            ("room, not drawn", &self.room_blind),
            ("Element Call", &self.element_call),
        ] {
            detail(f, name, stretch)?;
        }
        Ok(())
    }
}

fn detail(f: &mut fmt::Formatter<'_>, name: &str, stretch: &Stretch) -> fmt::Result {
    let load = &stretch.load;
    let parts: Vec<String> = load
        .parts
        .iter()
        .map(|(kind, used)| format!("{kind} {:.3} cores {:.1} MB", used.cores, used.megabytes))
        .collect();
    let full = if load.machine >= FULL {
        " (full: figures are of what fitted)"
    } else {
        ""
    };
    writeln!(f, "  {name}: {}", parts.join(" | "))?;
    writeln!(f, "    {}", stretch.work)?;
    writeln!(f, "    threads, per cent of a core: {}", threads(load))?;
    writeln!(
        f,
        "    whole machine {:.0} % busy{full}",
        load.machine * 100.0
    )
}

fn threads(load: &Load) -> String {
    let busiest = load.busiest().into_iter().take(THREADS);
    let texts: Vec<String> = busiest
        .map(|(name, cores)| format!("{name} {:.1}", cores * 100.0))
        .collect();
    texts.join(", ")
}

fn with_range(series: &Series) -> String {
    match (series.median(), series.range()) {
        (Some(median), Some((from, to))) => format!("{median:.0} ({from:.0}-{to:.0})"),
        _ => "not seen".to_owned(),
    }
}

fn line(
    f: &mut fmt::Formatter<'_>,
    name: &str,
    (room, other): (String, String),
    ratio: Option<f64>,
    target: Target,
) -> fmt::Result {
    let reached = ratio.is_some_and(|ratio| target.reached(ratio));
    let ratio = ratio.map_or("?".to_owned(), |ratio| format!("{ratio:.2}"));
    let word = if reached { "reached" } else { "missed" };
    writeln!(
        f,
        "  {name:<27} {room:>18} {other:>18} {ratio:>6} {:>8.2}  {word}",
        target.0
    )
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{}", self.case)?;
        writeln!(
            f,
            "  {:<27} {:>18} {:>18} {:>6} {:>8}",
            "", "room", "Element Call", "ratio", "to reach"
        )?;
        self.joins(f)?;
        self.costs(f)?;
        self.steps(f)?;
        self.details(f)
    }
}
