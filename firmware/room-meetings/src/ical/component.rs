//! Components of a calendar file: `BEGIN:X` … `END:X`, one within another.
//!
//! Invariant: what is written back is what was read, line by line. Depth, number of components
//! and of lines are bounded; a component that is never closed is refused, since then the file
//! was cut off and meetings are missing.

use super::ReadError;
use super::line::{Line, fold, unfold};

/// Calendar, event, alarm; time zone, observance: nothing is deeper.
const MAX_DEPTH: usize = 6;
const MAX_COMPONENTS: usize = 50_000;
const MAX_LINES: usize = 400_000;

#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Component {
    /// Upper case.
    pub(crate) name: String,
    pub(crate) lines: Vec<Line>,
    pub(crate) parts: Vec<Self>,
}

impl Component {
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            lines: Vec::new(),
            parts: Vec::new(),
        }
    }

    /// Every `VCALENDAR` of a file.
    pub(crate) fn read(bytes: &[u8]) -> Result<Vec<Self>, ReadError> {
        let lines = unfold(bytes)?;
        if lines.len() > MAX_LINES {
            return Err(ReadError::TooLarge);
        }
        let mut builder = Builder::default();
        for line in lines {
            builder.take(line)?;
        }
        builder.finish()
    }

    pub(crate) fn line(&self, name: &str) -> Option<&Line> {
        self.lines.iter().find(|line| line.name == name)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Line> {
        self.lines.iter().filter(move |line| line.name == name)
    }

    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        self.line(name).map(|line| line.value.trim())
    }

    /// Puts a line in place of those of the same name.
    pub(crate) fn set(&mut self, line: &str) {
        if let Some(line) = Line::parse(line.to_owned()) {
            self.remove(&line.name.clone());
            self.lines.push(line);
        }
    }

    pub(crate) fn add(&mut self, line: &str) {
        self.lines.extend(Line::parse(line.to_owned()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.lines.retain(|line| line.name != name);
    }

    pub(crate) fn write(&self, into: &mut String) {
        fold(&format!("BEGIN:{}", self.name), into);
        self.lines.iter().for_each(|line| line.write(into));
        self.parts.iter().for_each(|part| part.write(into));
        fold(&format!("END:{}", self.name), into);
    }
}

/// The open components, outermost first.
#[derive(Default)]
struct Builder {
    open: Vec<Component>,
    done: Vec<Component>,
    count: usize,
}

impl Builder {
    fn take(&mut self, text: String) -> Result<(), ReadError> {
        let Some(line) = Line::parse(text) else {
            return Ok(());
        };
        match (line.name.as_str(), self.open.last_mut()) {
            ("BEGIN", _) => self.begin(line.value.trim()),
            ("END", Some(_)) => self.end(line.value.trim()),
            (_, Some(component)) => {
                component.lines.push(line);
                Ok(())
            }
            // Before the first calendar: mail headers, or something else altogether.
            (_, None) => Ok(()),
        }
    }

    fn begin(&mut self, name: &str) -> Result<(), ReadError> {
        self.count += 1;
        if self.open.len() >= MAX_DEPTH || self.count > MAX_COMPONENTS {
            return Err(ReadError::TooLarge);
        }
        self.open.push(Component::new(&name.to_ascii_uppercase()));
        Ok(())
    }

    fn end(&mut self, name: &str) -> Result<(), ReadError> {
        let Some(component) = self.open.pop() else {
            return Ok(());
        };
        if !component.name.eq_ignore_ascii_case(name) {
            return Err(ReadError::CutOff);
        }
        match self.open.last_mut() {
            Some(parent) => parent.parts.push(component),
            None if component.name == "VCALENDAR" => self.done.push(component),
            None => {}
        }
        Ok(())
    }

    fn finish(self) -> Result<Vec<Component>, ReadError> {
        if !self.open.is_empty() {
            return Err(ReadError::CutOff);
        }
        if self.done.is_empty() {
            return Err(ReadError::NotACalendar);
        }
        Ok(self.done)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_what_was_read() {
        let text = "BEGIN:VCALENDAR\r\nX-UNKNOWN;A=\"b;c\":d\\,e\r\nBEGIN:VEVENT\r\nUID:1\r\nBEGIN:VALARM\r\nACTION:NONE\r\nEND:VALARM\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
        let calendars = Component::read(text.as_bytes()).unwrap();
        let mut written = String::new();
        calendars[0].write(&mut written);
        assert_eq!(written, text);
    }

    #[test]
    fn a_file_that_was_cut_off_or_is_none_is_refused() {
        let table: [(&[u8], ReadError); 5] = [
            (b"", ReadError::NotACalendar),
            (b"<html>", ReadError::NotACalendar),
            (b"BEGIN:VEVENT\nEND:VEVENT", ReadError::NotACalendar),
            (b"BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1", ReadError::CutOff),
            (b"BEGIN:VCALENDAR\nEND:VEVENT", ReadError::CutOff),
        ];
        for (text, error) in table {
            assert_eq!(Component::read(text).err(), Some(error));
        }
    }

    #[test]
    fn depth_and_number_are_bounded() {
        let deep = "BEGIN:VCALENDAR\n".repeat(1000);
        assert_eq!(
            Component::read(deep.as_bytes()).err(),
            Some(ReadError::TooLarge)
        );
        let many = "BEGIN:VCALENDAR\nEND:VCALENDAR\n".repeat(MAX_COMPONENTS + 1);
        assert_eq!(
            Component::read(many.as_bytes()).err(),
            Some(ReadError::TooLarge)
        );
    }
}
