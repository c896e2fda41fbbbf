//! Requests whose answer is awaited: one a control, the latest.

use crate::touch::{Control, Intent};

/// A control is marked as busy from then on; quicker answers would only flicker.
pub const BUSY_MS: u64 = 150;
/// From then on it is said that it takes longer.
pub const SLOW_MS: u64 = 3_000;

#[derive(Clone, Debug)]
struct Asked {
    ask: u64,
    intent: Intent,
    since: u64,
}

#[derive(Clone, Debug, Default)]
pub struct Waiting {
    next: u64,
    asked: Vec<Asked>,
}

impl Waiting {
    /// The number of the new request.
    pub fn ask(&mut self, steady_ms: u64, intent: Intent) -> u64 {
        self.next += 1;
        let control = intent.control();
        self.asked.retain(|asked| asked.intent.control() != control);
        if control != Control::Passing {
            self.asked.push(Asked {
                ask: self.next,
                intent,
                since: steady_ms,
            });
        }
        self.next
    }

    /// The control that waited for this answer, if it still does.
    pub fn answered(&mut self, ask: u64) -> Option<Intent> {
        let at = self.asked.iter().position(|asked| asked.ask == ask)?;
        Some(self.asked.remove(at).intent)
    }

    /// The control's effect is seen, whatever the answer will say.
    pub fn answered_control(&mut self, control: Control) {
        self.asked.retain(|asked| asked.intent.control() != control);
    }

    pub fn forget(&mut self) {
        self.asked.clear();
    }

    /// What the control was last asked for.
    pub fn wish(&self, control: Control) -> Option<&Intent> {
        let asked = self.asked.iter().find(|a| a.intent.control() == control);
        asked.map(|asked| &asked.intent)
    }

    pub fn is_busy(&self, control: Control, steady_ms: u64) -> bool {
        self.lasts(control, steady_ms, BUSY_MS)
    }

    pub fn is_slow(&self, steady_ms: u64) -> bool {
        let mut asked = self.asked.iter();
        asked.any(|asked| steady_ms.saturating_sub(asked.since) >= SLOW_MS)
    }

    fn lasts(&self, control: Control, steady_ms: u64, at_least: u64) -> bool {
        let mut asked = self.asked.iter().filter(|a| a.intent.control() == control);
        asked.any(|asked| steady_ms.saturating_sub(asked.since) >= at_least)
    }

    /// Milliseconds until a control becomes busy or slow.
    pub fn next_change(&self, steady_ms: u64) -> Option<u64> {
        let ages = self.asked.iter().map(|a| steady_ms.saturating_sub(a.since));
        let due = ages.flat_map(|age| [BUSY_MS, SLOW_MS].map(|limit| limit.checked_sub(age)));
        due.flatten().filter(|due| *due > 0).min()
    }
}
