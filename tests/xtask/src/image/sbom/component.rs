//! One component of a list, in CycloneDX's words.

use serde_json::{Value, json};

use super::licence::Licences;

/// Where it is said that a licence could not be read, or not wholly.
pub const REMARK: &str = "salle:licences";

/// What it is, as far as CycloneDX tells things apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Library,
    Application,
    Firmware,
}

/// A part of an image.
#[derive(Debug, Clone)]
pub struct Component {
    kind: Kind,
    pub name: String,
    version: String,
    /// Also what others refer to it by.
    pub purl: String,
    pub licences: Licences,
    pub supplier: Option<&'static str>,
    /// Of the file it came in, in hexadecimal.
    pub sha256: Option<String>,
    /// Files that it was built from: address and SHA-256.
    pub sources: Vec<(String, String)>,
    /// Components that it uses, by `purl`; none when nothing is said about that.
    pub uses: Option<Vec<String>>,
    notes: Vec<(&'static str, String)>,
}

impl Component {
    pub fn new(kind: Kind, name: &str, version: &str, purl: String, licences: Licences) -> Self {
        Self {
            kind,
            name: name.to_owned(),
            version: version.to_owned(),
            purl,
            licences,
            supplier: None,
            sha256: None,
            sources: Vec::new(),
            uses: None,
            notes: Vec::new(),
        }
    }

    pub fn note(&mut self, name: &'static str, value: &str) {
        self.notes.push((name, value.to_owned()));
    }

    pub fn entry(&self) -> Value {
        let mut entry = json!({
            "type": self.kind.word(),
            "bom-ref": self.purl,
            "name": self.name,
            "version": self.version,
            "purl": self.purl,
        });
        let optional = [
            ("licenses", self.licences.list()),
            (
                "supplier",
                self.supplier.map(|name| json!({ "name": name })),
            ),
            ("hashes", self.sha256.as_deref().map(sha256)),
            ("externalReferences", self.references()),
            ("properties", self.properties()),
        ];
        if let Some(fields) = entry.as_object_mut() {
            fields.extend(
                optional
                    .into_iter()
                    .filter_map(|(name, value)| Some((name.to_owned(), value?))),
            );
        }
        entry
    }

    fn references(&self) -> Option<Value> {
        let all = self.sources.iter().map(|(address, hash)| {
            json!({ "type": "source-distribution", "url": address, "hashes": sha256(hash) })
        });
        (!self.sources.is_empty()).then(|| all.collect())
    }

    fn properties(&self) -> Option<Value> {
        let remark = self.licences.remark().map(|text| (REMARK, text));
        let notes = self.notes.iter().map(|(name, text)| (*name, text.as_str()));
        let all: Vec<Value> = remark
            .into_iter()
            .chain(notes)
            .map(|(name, value)| json!({ "name": name, "value": value }))
            .collect();
        (!all.is_empty()).then_some(Value::Array(all))
    }
}

impl Kind {
    const fn word(self) -> &'static str {
        match self {
            Self::Library => "library",
            Self::Application => "application",
            Self::Firmware => "firmware",
        }
    }
}

fn sha256(hash: &str) -> Value {
    json!([{ "alg": "SHA-256", "content": hash }])
}

/// A part of a package URL: all but letters, digits, `.-_~` and the colon as `%XX`.
pub fn encoded(text: &str) -> String {
    text.bytes()
        .map(|byte| match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' | b':' => {
                char::from(byte).to_string()
            }
            other => format!("%{other:02X}"),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_of_debian_is_encoded_as_package_urls_ask() {
        assert_eq!(encoded("1:2.41-12+deb13u4~rc1"), "1:2.41-12%2Bdeb13u4~rc1");
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let unread = Licences::Unread("nobody said".to_owned());
        let entry = Component::new(Kind::Library, "a", "1", "pkg:a".to_owned(), unread).entry();
        assert_eq!(entry.get("licenses"), None);
        assert_eq!(entry.get("hashes"), None);
        assert_eq!(entry["properties"][0]["name"], REMARK);
    }
}
