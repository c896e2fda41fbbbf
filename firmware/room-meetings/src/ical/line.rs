//! Content lines of RFC 5545: unfolding, and `NAME;PARAMETER=value:value`.
//!
//! Invariant: a line keeps its own text, so that what this firmware does not know survives a
//! change it makes. Lines may be folded in the middle of a UTF-8 character (Outlook does).

use super::ReadError;

/// Longest line once unfolded, in bytes; what is longer is cut. An agenda in HTML fits.
const MAX_LINE: usize = 256 * 1024;
/// Where written lines are folded, in bytes.
const FOLD: usize = 74;
const MAX_PARAMETERS: usize = 32;

/// One property of a component.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Line {
    /// Upper case.
    pub(crate) name: String,
    parameters: Vec<(String, String)>,
    /// As it stands, escapes included.
    pub(crate) value: String,
    raw: String,
}

impl Line {
    /// `None` for what is no content line.
    pub(crate) fn parse(raw: String) -> Option<Self> {
        let colon = outside_quotes(&raw, ':')?;
        let (head, value) = (raw.get(..colon)?, raw.get(colon + 1..)?);
        let mut parts = split_outside_quotes(head, ';');
        // vCard's groups (`item1.URL`) are written by some exporters.
        let name = parts.next()?.trim();
        let name = name.rsplit('.').next().unwrap_or(name).to_ascii_uppercase();
        if name.is_empty() || !name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-') {
            return None;
        }
        let parameters = parts
            .take(MAX_PARAMETERS)
            .filter_map(|part| part.split_once('='))
            .map(|(key, value)| (key.to_ascii_uppercase(), value.replace('"', "")))
            .collect();
        Some(Self {
            name,
            parameters,
            value: value.to_owned(),
            raw,
        })
    }

    pub(crate) fn parameter(&self, key: &str) -> Option<&str> {
        let mut all = self.parameters.iter();
        all.find(|(name, _)| name == key).map(|(_, v)| v.as_str())
    }

    /// The value as a person reads it.
    pub(crate) fn text(&self) -> String {
        unescaped(&self.value)
    }

    /// The line folded, with its end.
    pub(crate) fn write(&self, into: &mut String) {
        fold(&self.raw, into);
    }
}

pub(crate) fn fold(line: &str, into: &mut String) {
    let mut width = 0;
    for c in line.chars() {
        if width + c.len_utf8() > FOLD {
            into.push_str("\r\n ");
            width = 1;
        }
        into.push(c);
        width += c.len_utf8();
    }
    into.push_str("\r\n");
}

fn outside_quotes(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(at, c)| {
        quoted ^= c == '"';
        (c == wanted && !quoted).then_some(at)
    })
}

fn split_outside_quotes(text: &str, at: char) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    text.split(move |c: char| {
        quoted ^= c == '"';
        c == at && !quoted
    })
}

/// `\n`, `\,`, `\;`, `\\`.
fn unescaped(value: &str) -> String {
    let mut text = String::with_capacity(value.len());
    let mut chars = value.chars();
    while let Some(c) = chars.next() {
        match c {
            '\\' => match chars.next() {
                Some('n' | 'N') => text.push('\n'),
                Some(other) => text.push(other),
                None => {}
            },
            other => text.push(other),
        }
    }
    text
}

/// A text as a value.
pub(crate) fn escaped(text: &str) -> String {
    let mut value = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | ',' | ';' => value.extend(['\\', c]),
            '\n' => value.push_str("\\n"),
            c if c.is_control() => {}
            c => value.push(c),
        }
    }
    value
}

/// The logical lines of a file. Bytes that are no UTF-8 are replaced, after unfolding.
pub(crate) fn unfold(bytes: &[u8]) -> Result<Vec<String>, ReadError> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    if bytes.len() > super::MAX_FILE {
        return Err(ReadError::TooLarge);
    }
    let mut lines: Vec<Vec<u8>> = Vec::new();
    for physical in bytes.split(|b| *b == b'\n') {
        let physical = physical.strip_suffix(b"\r").unwrap_or(physical);
        match (physical.first(), lines.last_mut()) {
            (Some(b' ' | b'\t'), Some(line)) => {
                let rest = physical.get(1..).unwrap_or_default();
                let room = MAX_LINE.saturating_sub(line.len()).min(rest.len());
                line.extend_from_slice(rest.get(..room).unwrap_or_default());
            }
            (Some(_), _) => {
                let length = physical.len().min(MAX_LINE);
                lines.push(physical.get(..length).unwrap_or_default().to_vec());
            }
            (None, _) => {}
        }
    }
    let text = |line: Vec<u8>| String::from_utf8_lossy(&line).into_owned();
    Ok(lines.into_iter().map(text).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_folded_within_a_character_is_whole_again() {
        let folded = b"SUMMARY:R\xc3\r\n \xa9union\r\n\tde 9 h\nEND:X\r\n";
        assert_eq!(unfold(folded).unwrap(), ["SUMMARY:Réunionde 9 h", "END:X"]);
    }

    #[test]
    fn quoted_parameters_may_hold_what_separates() {
        let line = Line::parse(
            "ATTENDEE;CN=\"Roux; Anne: chef\";ROLE=CHAIR:mailto:a@example.org".to_owned(),
        );
        let line = line.unwrap();
        assert_eq!(line.parameter("CN"), Some("Roux; Anne: chef"));
        assert_eq!(line.parameter("ROLE"), Some("CHAIR"));
        assert_eq!(line.value, "mailto:a@example.org");
    }

    #[test]
    fn escapes_go_there_and_back() {
        let text = "a, b; c\\d\ne";
        assert_eq!(unescaped(&escaped(text)), text);
        assert_eq!(unescaped("x\\"), "x");
    }

    #[test]
    fn a_written_line_is_folded_and_reads_the_same() {
        let line = format!("SUMMARY:{}", "é".repeat(200));
        let mut text = String::new();
        fold(&line, &mut text);
        assert!(text.lines().all(|line| line.len() <= 75));
        assert_eq!(unfold(text.as_bytes()).unwrap(), [line]);
    }

    #[test]
    fn what_is_no_line_is_left_out() {
        for text in ["", "no colon", ":x", "A B:x", "\"open:x"] {
            assert!(Line::parse(text.to_owned()).is_none(), "{text}");
        }
    }
}
