//! A whole list as CycloneDX 1.6, JSON.
//!
//! Invariant: the same components give the same bytes. Components are in the order of their
//! package URLs, keys in that of the alphabet; the time is the image's own and the serial number
//! follows from the content.

use serde_json::{Value, json};

use super::super::{EPOCH_DATE, digest};
use super::component::{Component, REMARK};
use crate::Result;

/// What a list is about.
#[derive(Debug)]
pub struct Subject<'a> {
    pub name: &'a str,
    pub kind: &'a str,
    pub version: &'a str,
    pub notes: Vec<(&'a str, &'a str)>,
}

pub fn text(subject: &Subject, components: &[Component]) -> Result<String> {
    let mut components: Vec<&Component> = components.iter().collect();
    components.sort_by(|one, other| one.purl.cmp(&other.purl));
    let mut document = json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata(subject),
        "components": components.iter().map(|one| one.entry()).collect::<Value>(),
        "dependencies": dependencies(subject, &components),
    });
    // Another crate of the workspace may have switched serde_json to the order of insertion.
    document.sort_all_objects();
    let serial = serial_number(&digest::of_bytes(document.to_string().as_bytes())?);
    if let Some(fields) = document.as_object_mut() {
        fields.insert("serialNumber".to_owned(), serial.into());
    }
    document.sort_all_objects();
    Ok(format!("{document:#}\n"))
}

fn metadata(subject: &Subject) -> Value {
    let notes = [(REMARK, "each component names its own")];
    let notes = notes.iter().chain(&subject.notes);
    let properties: Value = notes
        .map(|(name, value)| json!({ "name": name, "value": value }))
        .collect();
    json!({
        "timestamp": EPOCH_DATE,
        "lifecycles": [{ "phase": "build" }],
        "tools": { "components": [{
            "type": "application", "name": "salle xtask", "version": env!("CARGO_PKG_VERSION"),
        }]},
        "component": {
            "type": subject.kind,
            "bom-ref": subject.name,
            "name": subject.name,
            "version": subject.version,
            "properties": properties,
        },
    })
}

/// Who says nothing about what it uses has no entry, which in CycloneDX means just that.
fn dependencies(subject: &Subject, components: &[&Component]) -> Value {
    let all = components.iter().map(|one| one.purl.as_str());
    let root = json!({ "ref": subject.name, "dependsOn": all.collect::<Vec<_>>() });
    let known = components.iter().filter_map(|one| {
        let uses = one.uses.as_ref()?;
        Some(json!({ "ref": one.purl, "dependsOn": uses }))
    });
    std::iter::once(root).chain(known).collect()
}

/// A UUID of version 8, which is free in its content: the first bits of a SHA-256.
fn serial_number(sha256: &str) -> String {
    let part = |from: usize, to: usize| sha256.get(from..to).unwrap_or_default();
    format!(
        "urn:uuid:{}-{}-8{}-8{}-{}",
        part(0, 8),
        part(8, 12),
        part(13, 16),
        part(17, 20),
        part(20, 32)
    )
}

#[cfg(test)]
mod tests {
    use super::super::component::Kind;
    use super::super::licence::Licences;
    use super::*;

    fn component(name: &str) -> Component {
        let licences = Licences::Expression("MIT".to_owned());
        Component::new(
            Kind::Library,
            name,
            "1",
            format!("pkg:cargo/{name}@1"),
            licences,
        )
    }

    fn subject() -> Subject<'static> {
        Subject {
            name: "an image",
            kind: "firmware",
            version: "0.1.0",
            notes: vec![("salle:variant", "release")],
        }
    }

    #[test]
    fn the_order_of_the_components_changes_nothing() {
        let one = text(&subject(), &[component("a"), component("b")]).unwrap();
        let other = text(&subject(), &[component("b"), component("a")]).unwrap();
        assert_eq!(one, other);
    }

    #[test]
    fn another_content_has_another_serial_number() {
        let serial = |names: &[&str]| {
            let all: Vec<_> = names.iter().map(|name| component(name)).collect();
            let read: Value = serde_json::from_str(&text(&subject(), &all).unwrap()).unwrap();
            read["serialNumber"].as_str().unwrap().to_owned()
        };
        assert_ne!(serial(&["a"]), serial(&["a", "b"]));
        assert_eq!(serial(&["a"]).len(), "urn:uuid:".len() + 36);
    }

    #[test]
    fn what_uses_nothing_is_told_apart_from_what_nobody_asked() {
        let mut asked = component("a");
        asked.uses = Some(Vec::new());
        let read: Value =
            serde_json::from_str(&text(&subject(), &[asked, component("b")]).unwrap()).unwrap();
        let told: Vec<_> = read["dependencies"].as_array().unwrap().iter().collect();
        assert_eq!(told.len(), 2);
        assert_eq!(told[0]["dependsOn"].as_array().unwrap().len(), 2);
        assert_eq!(told[1]["ref"], "pkg:cargo/a@1");
    }
}
