//! What the tests said, added up over all programs that `cargo test` runs.

use std::fmt;

/// How a test says that it is left out (`salle_scenarios::left_out`).
const LEFT_OUT: &str = "left out: ";

/// Tests by how they ended.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Summary {
    /// With those that were left out.
    pub passed: u64,
    pub failed: u64,
    /// Counted by the test harness as passed, and not run: this machine cannot.
    pub left_out: u64,
    /// Passed in an earlier run with the same inputs, and not run again.
    pub kept: u64,
}

impl Summary {
    /// Takes in a line of output; only those that sum up a program count, and those of tests
    /// that say that they are left out.
    pub fn read(&mut self, line: &str) {
        if line.starts_with(LEFT_OUT) {
            self.left_out += 1;
        }
        let Some(rest) = line.trim_start().strip_prefix("test result: ") else {
            return;
        };
        self.passed += number(rest, " passed");
        self.failed += number(rest, " failed");
    }

    pub fn add(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.left_out += other.left_out;
        self.kept += other.kept;
    }

    /// A test that the harness was not even asked to run.
    pub const fn one_left_out() -> Self {
        Self {
            passed: 1,
            failed: 0,
            left_out: 1,
            kept: 0,
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let passed = self.passed.saturating_sub(self.left_out);
        write!(f, "{passed} passed, {} failed", self.failed)?;
        if self.kept > 0 {
            write!(f, ", {} passed before", self.kept)?;
        }
        match self.left_out {
            0 => Ok(()),
            left_out => write!(f, ", {left_out} left out"),
        }
    }
}

fn number(text: &str, unit: &str) -> u64 {
    let before = text
        .split(unit)
        .next()
        .filter(|before| before.len() < text.len());
    let word = before.and_then(|b| b.rsplit([' ', ';', '.']).next());
    word.and_then(|w| w.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_lines_that_sum_up_are_added() {
        let mut summary = Summary::default();
        for line in [
            "running 30 tests",
            "test a_test_that_says_3 failed ... ok",
            "test result: ok. 30 passed; 0 failed; 1 ignored; 0 measured; 0 filtered out; finished in 0.04s",
            "test result: FAILED. 6 passed; 2 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            summary.read(line);
        }
        assert_eq!(summary.to_string(), "36 passed, 2 failed");
    }

    #[test]
    fn a_test_that_is_left_out_has_not_passed() {
        let mut summary = Summary::default();
        for line in [
            "test congestion::a_test ... ",
            "left out: congestion::a_test: only root may make a bad network",
            "ok",
            "test another ... ok",
            "test result: ok. 2 passed; 0 failed; 0 ignored; 0 measured; 0 filtered out",
        ] {
            summary.read(line);
        }
        assert_eq!(summary.to_string(), "1 passed, 0 failed, 1 left out");
    }
}
