//! Speakerphones: the buttons and lamps of a USB sound device, by hidraw.
//!
//! The kernel's input layer knows volume keys but neither hook nor phone mute with its lamps, so the
//! reports themselves are read and written. Two crates read report descriptors; both make a field
//! for each of the up to 2³² that twelve bytes can claim, and read reports past their end, so this
//! crate reads what little it needs itself.

mod descriptor;
mod reports;
#[cfg(test)]
mod tests;

use std::collections::VecDeque;
use std::fs::File;
use std::io::{ErrorKind, Read as _, Write as _};
use std::path::Path;
use std::time::{Duration, Instant};

use board_api::profile::PhoneRule;
use board_api::{BoardError, Button, PhoneLamps, Speakerphone};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use crate::node;
use crate::rule::{Roots, entries, like};
use descriptor::{Layout, MAX_DESCRIPTOR};
use reports::Reports;

/// Longest report (`HID_MAX_BUFFER_SIZE`).
const MAX_REPORT: usize = 16 * 1024;
/// Reports taken in one go.
const MAX_BURST: usize = 64;

pub(crate) struct Phone {
    roots: Roots,
    name: Option<String>,
    open: Option<Open>,
    shown: PhoneLamps,
}

struct Open {
    file: File,
    reports: Reports,
    waiting: VecDeque<Button>,
}

impl Phone {
    pub fn new(roots: Roots, rule: &PhoneRule) -> Self {
        Self {
            roots,
            name: rule.name.as_ref().map(|name| name.as_str().to_owned()),
            open: None,
            shown: PhoneLamps::default(),
        }
    }

    /// The first device that is a telephone and has the right name.
    fn find(&self) -> Result<Open, BoardError> {
        let class = self.roots.sys.join("class/hidraw");
        let mut refused = BoardError::Unplugged;
        for entry in entries(&class, "hidraw") {
            let device = class.join(&entry).join("device");
            let Some(layout) = layout(&device).filter(Layout::is_phone) else {
                continue;
            };
            let name = name(&device).unwrap_or_default();
            if self.name.as_ref().is_some_and(|rule| !like(rule, &name)) {
                continue;
            }
            match node::open(&self.roots.dev.join(&entry)) {
                Ok(file) => {
                    return Ok(Open {
                        file,
                        reports: Reports::new(layout),
                        waiting: VecDeque::new(),
                    });
                }
                Err(error) => refused = kind(&error),
            }
        }
        Err(refused)
    }

    /// The device; one that has just come is shown the room's state.
    fn open(&mut self) -> Result<&mut Open, BoardError> {
        if self.open.is_none() {
            let mut open = self.find()?;
            open.show(self.shown)?;
            self.open = Some(open);
        }
        self.open.as_mut().ok_or(BoardError::Unplugged)
    }

    fn look(&mut self, wait: Duration) -> Result<Option<Button>, BoardError> {
        let off_hook = self.shown.off_hook;
        let open = self.open()?;
        if let Some(button) = open.waiting.pop_front() {
            return Ok(Some(button));
        }
        let timeout = Timespec::try_from(wait).map_err(|_| BoardError::Failed)?;
        let mut fds = [PollFd::new(&open.file, PollFlags::IN)];
        match poll(&mut fds, Some(&timeout)) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Err(BoardError::Failed),
        }
        open.read(off_hook)?;
        Ok(open.waiting.pop_front())
    }
}

impl Open {
    fn read(&mut self, off_hook: bool) -> Result<(), BoardError> {
        let mut report = vec![0; MAX_REPORT];
        for _ in 0..MAX_BURST {
            match self.file.read(&mut report) {
                Ok(0) => return Err(BoardError::Unplugged),
                Ok(length) => {
                    let report = report.get(..length).unwrap_or_default();
                    self.waiting.extend(self.reports.pressed(report, off_hook));
                }
                Err(error) if error.kind() == ErrorKind::WouldBlock => return Ok(()),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(error) => return Err(kind(&error)),
            }
        }
        Ok(())
    }

    fn show(&mut self, lamps: PhoneLamps) -> Result<(), BoardError> {
        for report in self.reports.lit(lamps) {
            self.file.write_all(&report).map_err(|error| kind(&error))?;
        }
        Ok(())
    }
}

impl Speakerphone for Phone {
    fn next(&mut self, wait: Duration) -> Result<Option<Button>, BoardError> {
        let end = Instant::now() + wait;
        loop {
            let left = end.saturating_duration_since(Instant::now());
            match self.look(left) {
                Ok(None) if Instant::now() < end => {}
                Ok(button) => return Ok(button),
                Err(error) => {
                    self.open = None;
                    return Err(error);
                }
            }
        }
    }

    fn show(&mut self, lamps: PhoneLamps) -> Result<(), BoardError> {
        self.shown = lamps;
        // One that has just come is shown it already.
        let shown = match &mut self.open {
            Some(open) => open.show(lamps),
            None => self.open().map(|_| ()),
        };
        shown.inspect_err(|_| self.open = None)
    }
}

impl Drop for Phone {
    fn drop(&mut self) {
        if let Some(open) = &mut self.open {
            // One that is gone has no lamps either.
            let _ = open.show(PhoneLamps::default());
        }
    }
}

fn layout(device: &Path) -> Option<Layout> {
    let mut bytes = Vec::new();
    let file = File::open(device.join("report_descriptor")).ok()?;
    let most = u64::try_from(MAX_DESCRIPTOR).unwrap_or_default() + 1;
    file.take(most).read_to_end(&mut bytes).ok()?;
    let layout = descriptor::read(&bytes);
    if layout.is_err() {
        tracing::debug!("a HID device describes itself wrongly; it is passed over");
    }
    layout.ok()
}

/// As the device calls itself.
fn name(device: &Path) -> Option<String> {
    let text = std::fs::read_to_string(device.join("uevent")).ok()?;
    let mut lines = text.lines();
    lines.find_map(|line| Some(line.strip_prefix("HID_NAME=")?.to_owned()))
}

fn kind(error: &std::io::Error) -> BoardError {
    match error.kind() {
        ErrorKind::PermissionDenied => BoardError::NotAllowed,
        ErrorKind::WouldBlock | ErrorKind::TimedOut => BoardError::TimedOut,
        // ENODEV and EIO come when it is pulled out.
        _ => BoardError::Unplugged,
    }
}
