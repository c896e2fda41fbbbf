//! XML into a small tree. Depth and number of elements are bounded, and no entity but the five of
//! XML itself and character references is known.

use quick_xml::events::Event;
use quick_xml::name::{Namespace, ResolveResult};
use quick_xml::{NsReader, XmlVersion};

use crate::CalendarError;

const MAX_DEPTH: usize = 24;
const MAX_ELEMENTS: usize = 200_000;

/// An element: its name as `D:href`, `C:calendar-data`, `CS:getctag`; other namespaces have `?`.
#[derive(Debug, Default)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) text: String,
    pub(crate) children: Vec<Self>,
    attributes: Vec<(String, String)>,
}

impl Element {
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }

    pub(crate) fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// Text of a child, trimmed; `None` when there is none.
    pub(crate) fn value(&self, name: &str) -> Option<&str> {
        let text = self.child(name)?.text.trim();
        (!text.is_empty()).then_some(text)
    }

    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        let mut all = self.attributes.iter();
        all.find(|(key, _)| key == name).map(|(_, v)| v.as_str())
    }

    /// Whether an element of that name is anywhere within.
    pub(crate) fn holds(&self, name: &str) -> bool {
        let mut children = self.children.iter();
        children.any(|child| child.name == name || child.holds(name))
    }
}

/// The document's root.
pub(crate) fn parse(body: &[u8]) -> Result<Element, CalendarError> {
    let text = std::str::from_utf8(body).map_err(|_| CalendarError::Unreadable)?;
    let mut reader = NsReader::from_str(text);
    let mut open: Vec<Element> = vec![Element::default()];
    let mut count = 0;
    loop {
        let (namespace, event) = reader
            .read_resolved_event()
            .map_err(|_| CalendarError::Unreadable)?;
        let begins = matches!(event, Event::Start(_));
        match event {
            Event::Start(tag) | Event::Empty(tag) => {
                count += 1;
                if open.len() > MAX_DEPTH || count > MAX_ELEMENTS {
                    return Err(CalendarError::TooLarge);
                }
                let name = format!("{}:{}", prefix(&namespace), tag.local_name().into_inner());
                let attributes = tag.attributes().flatten().filter_map(|attribute| {
                    let key = attribute.key.local_name().into_inner().to_owned();
                    let value = attribute.normalized_value(XmlVersion::Implicit1_0).ok()?;
                    Some((key, value.into_owned()))
                });
                open.push(Element {
                    attributes: attributes.collect(),
                    name,
                    ..Element::default()
                });
                if !begins {
                    close(&mut open);
                }
            }
            Event::End(_) => close(&mut open),
            Event::Text(text) => add(&mut open, &text.xml10_content()),
            Event::CData(text) => add(&mut open, &text.xml10_content()),
            Event::GeneralRef(reference) => {
                let c = match reference.resolve_char_ref() {
                    Ok(Some(c)) => Some(c),
                    Ok(None) => named(&reference),
                    Err(_) => None,
                };
                let c = c.ok_or(CalendarError::Unreadable)?;
                add(&mut open, c.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => return Err(CalendarError::Unreadable),
            Event::Eof => break,
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {}
        }
    }
    let [document] = open.as_mut_slice() else {
        return Err(CalendarError::Unreadable);
    };
    document.children.pop().ok_or(CalendarError::Unreadable)
}

fn close(open: &mut Vec<Element>) {
    if open.len() > 1
        && let Some(done) = open.pop()
        && let Some(parent) = open.last_mut()
    {
        parent.children.push(done);
    }
}

fn add(open: &mut [Element], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

fn named(name: &str) -> Option<char> {
    Some(match name {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        _ => return None,
    })
}

fn prefix(namespace: &ResolveResult<'_>) -> &'static str {
    match namespace {
        ResolveResult::Bound(Namespace("DAV:")) => "D",
        ResolveResult::Bound(Namespace("urn:ietf:params:xml:ns:caldav")) => "C",
        ResolveResult::Bound(Namespace("http://calendarserver.org/ns/")) => "CS",
        _ => "?",
    }
}

/// A text as it may stand between tags.
pub(crate) fn escaped(text: &str) -> String {
    quick_xml::escape::escape(text).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn namespaces_count_and_prefixes_do_not() {
        let text = "<?xml version=\"1.0\"?><x:multistatus xmlns:x=\"DAV:\" xmlns=\"urn:ietf:params:xml:ns:caldav\"><x:href>/a&amp;b&#233;</x:href><calendar-data><![CDATA[BEGIN]]></calendar-data><comp name='VEVENT'/></x:multistatus>";
        let root = parse(text.as_bytes()).unwrap();
        assert_eq!(root.name, "D:multistatus");
        assert_eq!(root.value("D:href"), Some("/a&bé"));
        assert_eq!(root.value("C:calendar-data"), Some("BEGIN"));
        assert_eq!(
            root.child("C:comp").unwrap().attribute("name"),
            Some("VEVENT")
        );
        assert!(root.holds("C:comp") && !root.holds("D:comp"));
    }

    #[test]
    fn what_is_no_xml_or_wants_too_much_is_refused() {
        let deep = "<a>".repeat(1000);
        let bomb = "<!DOCTYPE a [<!ENTITY x \"xx\">]><a>&x;</a>";
        for text in ["", "<a", "<a></b>", "<a>&x;</a>", "<a/><", bomb, &deep] {
            assert!(parse(text.as_bytes()).is_err(), "{text}");
        }
        assert!(parse(b"\xff").is_err());
    }
}
