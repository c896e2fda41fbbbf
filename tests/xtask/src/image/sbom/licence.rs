//! Licences of a component, as far as its makers say them in a form a machine can read.
//!
//! Invariant: nothing is guessed. A name becomes an SPDX identifier only where the two mean one
//! and the same text; every other name stays as it was written, and where no name can be read, it
//! says so.

use serde_json::{Value, json};

/// What is known of a component's licences.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Licences {
    /// An expression of SPDX identifiers.
    Expression(String),
    /// All of them apply, each to some of the component's files.
    Each {
        names: Vec<Name>,
        /// What has to be known to read the names rightly.
        remark: Option<String>,
    },
    /// None could be read, and why.
    Unread(String),
}

/// One licence.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Name {
    Spdx(String),
    /// In the words of who wrote it.
    AsWritten(String),
}

impl Licences {
    /// The field of a crate's manifest. Old manifests write `/` for OR.
    pub fn of_manifest(field: &str) -> Self {
        if field.is_empty() {
            return Self::Unread("its manifest names no licence".to_owned());
        }
        let canonical = spdx::Expression::canonicalize(field).ok().flatten();
        let expression = canonical.unwrap_or_else(|| field.to_owned());
        if spdx::Expression::parse(&expression).is_ok() {
            Self::Expression(expression)
        } else {
            Self::Each {
                names: vec![Name::AsWritten(field.to_owned())],
                remark: Some("as in its manifest; no expression of SPDX".to_owned()),
            }
        }
    }

    /// CycloneDX's `licenses`.
    pub fn list(&self) -> Option<Value> {
        match self {
            Self::Expression(text) => {
                Some(json!([{ "expression": text, "acknowledgement": "declared" }]))
            }
            Self::Each { names, .. } => Some(names.iter().map(Name::entry).collect()),
            Self::Unread(_) => None,
        }
    }

    pub fn remark(&self) -> Option<&str> {
        match self {
            Self::Expression(_) => None,
            Self::Each { remark, .. } => remark.as_deref(),
            Self::Unread(why) => Some(why),
        }
    }
}

impl Name {
    fn entry(&self) -> Value {
        let (key, text) = match self {
            Self::Spdx(id) => ("id", id),
            Self::AsWritten(name) => ("name", name),
        };
        json!({ "license": { key: text, "acknowledgement": "declared" } })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_manifest_means_or_by_its_slash() {
        for field in ["MIT/Apache-2.0", "MIT OR Apache-2.0"] {
            let read = Licences::of_manifest(field);
            assert_eq!(read, Licences::Expression("MIT OR Apache-2.0".to_owned()));
        }
    }

    #[test]
    fn what_is_no_expression_stays_as_it_was_written() {
        let read = Licences::of_manifest("see LICENCE");
        let entry = &read.list().unwrap()[0]["license"];
        assert_eq!(entry["name"], "see LICENCE");
        assert!(read.remark().is_some());
    }

    #[test]
    fn a_component_without_licence_has_a_reason() {
        let read = Licences::of_manifest("");
        assert_eq!(read.list(), None);
        assert!(read.remark().unwrap().contains("manifest"));
    }
}
