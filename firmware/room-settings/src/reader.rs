//! Takes values out of a parsed TOML document and gathers what is wrong with them.
//!
//! Invariant: a key nobody took is a mistake; nothing is silently ignored.

use std::ops::Range;

use room_messages::api::Text;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use crate::error::SettingsProblem;
use crate::values::Refusal;

/// Problems of one file, and where its lines begin.
pub(crate) struct Findings<'t> {
    text: &'t str,
    problems: Vec<SettingsProblem>,
}

impl<'t> Findings<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            problems: Vec::new(),
        }
    }

    pub(crate) fn add(&mut self, at: usize, field: String, (reason, instead): Refusal) {
        let line = line_of(self.text, at);
        self.problems.push(SettingsProblem {
            line,
            field,
            reason,
            instead,
        });
    }

    pub(crate) fn into_problems(mut self) -> Vec<SettingsProblem> {
        self.problems.sort_by_key(|problem| problem.line);
        self.problems
    }
}

/// Line of byte `at`, from 1.
pub(crate) fn line_of(text: &str, at: usize) -> usize {
    let before = text.get(..at.min(text.len())).unwrap_or(text);
    before.matches('\n').count() + 1
}

/// One `[section]`: the file's own, with the defaults behind it.
pub(crate) struct Section<'a> {
    name: &'static str,
    /// Where to point when something is missing.
    at: usize,
    own: Option<&'a DeTable<'a>>,
    default: Option<&'a DeTable<'a>>,
    taken: Vec<&'static str>,
}

/// A value with the place it was found at; `None` for a default.
pub(crate) struct Found<'a> {
    pub(crate) value: &'a DeValue<'a>,
    pub(crate) span: Range<usize>,
}

impl<'a> Section<'a> {
    pub(crate) fn open(
        name: &'static str,
        file: &'a DeTable<'a>,
        defaults: &'a DeTable<'a>,
        findings: &mut Findings<'_>,
    ) -> Self {
        let mut at = 0;
        let own = file.get(name).and_then(|entry| {
            at = entry.span().start;
            let table = entry.get_ref().as_table();
            if table.is_none() {
                findings.add(at, name.to_owned(), not_a("section", "une section", name));
            }
            table
        });
        let default = defaults
            .get(name)
            .and_then(|entry| entry.get_ref().as_table());
        Self {
            name,
            at,
            own,
            default,
            taken: Vec::new(),
        }
    }

    fn field(&self, key: &str) -> String {
        format!("{}.{key}", self.name)
    }

    /// The value of `key`, from the file or the defaults.
    fn take(&mut self, key: &'static str) -> Option<Found<'a>> {
        self.taken.push(key);
        let find = |table: Option<&'a DeTable<'a>>| table.and_then(|table| table.get(key));
        let entry: &'a Spanned<DeValue<'a>> = find(self.own).or_else(|| find(self.default))?;
        Some(Found {
            value: entry.get_ref(),
            span: entry.span(),
        })
    }

    /// A text made into `T`; `None` when absent or refused.
    pub(crate) fn text<T>(
        &mut self,
        key: &'static str,
        make: impl FnOnce(&str) -> Result<T, Refusal>,
        findings: &mut Findings<'_>,
    ) -> Option<T> {
        let found = self.take(key)?;
        let made = match found.value.as_str() {
            Some(text) => make(text),
            None => Err(not_a("text in quotes", "un texte entre guillemets", key)),
        };
        self.keep(key, &found, made, findings)
    }

    /// A whole number in a range.
    pub(crate) fn number(
        &mut self,
        key: &'static str,
        range: std::ops::RangeInclusive<u32>,
        findings: &mut Findings<'_>,
    ) -> Option<u32> {
        let found = self.take(key)?;
        let number = found
            .value
            .as_integer()
            .and_then(|n| u32::from_str_radix(n.as_str(), n.radix()).ok())
            .filter(|n| range.contains(n));
        let (low, high) = (range.start(), range.end());
        let made = number.ok_or_else(|| {
            (
                Text::new(
                    format!("this is not a whole number from {low} to {high}"),
                    format!("ce n'est pas un nombre entier de {low} à {high}"),
                ),
                Text::new(
                    format!("write for example {key} = {high}"),
                    format!("écrivez par exemple {key} = {high}"),
                ),
            )
        });
        self.keep(key, &found, made, findings)
    }

    /// `true` or `false`.
    pub(crate) fn flag(&mut self, key: &'static str, findings: &mut Findings<'_>) -> Option<bool> {
        let found = self.take(key)?;
        let made = found.value.as_bool().ok_or_else(|| {
            (
                Text::new(
                    "this is neither true nor false",
                    "ce n'est ni true (vrai) ni false (faux)",
                ),
                Text::new(
                    format!("write {key} = true or {key} = false"),
                    format!("écrivez {key} = true ou {key} = false"),
                ),
            )
        });
        self.keep(key, &found, made, findings)
    }

    /// A list of texts, each made into `T`; `None` when absent.
    pub(crate) fn list<T>(
        &mut self,
        key: &'static str,
        most: usize,
        make: impl Fn(&str) -> Result<T, Refusal>,
        findings: &mut Findings<'_>,
    ) -> Option<Vec<T>> {
        let found = self.take(key)?;
        let array = found.value.as_array().filter(|array| array.len() <= most);
        let Some(array) = array else {
            let refusal = not_a(
                "list of texts in brackets",
                "une liste de textes entre crochets",
                key,
            );
            findings.add(found.span.start, self.field(key), refusal);
            return None;
        };
        let mut made = Vec::new();
        for entry in array {
            let text = entry.get_ref().as_str().unwrap_or_default();
            match make(text) {
                Ok(value) => made.push(value),
                Err(refusal) => findings.add(entry.span().start, self.field(key), refusal),
            }
        }
        Some(made)
    }

    fn keep<T>(
        &self,
        key: &str,
        found: &Found<'_>,
        made: Result<T, Refusal>,
        findings: &mut Findings<'_>,
    ) -> Option<T> {
        made.map_err(|refusal| findings.add(found.span.start, self.field(key), refusal))
            .ok()
    }

    pub(crate) fn has(&self, key: &str) -> bool {
        self.own.is_some_and(|table| table.contains_key(key))
    }

    pub(crate) fn complain(&self, key: &str, refusal: Refusal, findings: &mut Findings<'_>) {
        findings.add(self.at, self.field(key), refusal);
    }

    /// Complains of every key nobody took.
    pub(crate) fn close(self, findings: &mut Findings<'_>) {
        for (key, _) in self.own.into_iter().flatten() {
            if !self.taken.contains(&key.get_ref().as_ref()) {
                let field = self.field(&shortened(key.get_ref()));
                findings.add(key.span().start, field, unknown(&self.taken));
            }
        }
    }
}

pub(crate) fn shortened(key: &str) -> String {
    key.chars().filter(|c| !c.is_control()).take(64).collect()
}

pub(crate) fn unknown(known: &[&'static str]) -> Refusal {
    let list = known.join(", ");
    (
        Text::new("there is no such setting", "ce réglage n'existe pas"),
        Text::new(
            format!("remove it or write one of: {list}"),
            format!("retirez-le ou écrivez l'un de : {list}"),
        ),
    )
}

pub(crate) fn not_a(en: &str, fr: &str, key: &str) -> Refusal {
    let example = match en {
        "section" => format!("[{key}]"),
        "text in quotes" => format!("{key} = \"…\""),
        _ => format!("{key} = [\"…\"]"),
    };
    (
        Text::new(format!("this is not a {en}"), format!("ce n'est pas {fr}")),
        Text::new(format!("write {example}"), format!("écrivez {example}")),
    )
}
