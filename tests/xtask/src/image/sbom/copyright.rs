//! Reads a Debian package's `copyright` file.
//!
//! Machine-readable ones (copyright format 1.0, once called DEP-5) name a licence for each group
//! of files. Others are prose: of them only the licences of `/usr/share/common-licenses` that they
//! refer to are told, with the remark that there may be more.
//! Deliberately absent: recognising a licence by its text. What is alike is not the same.

use std::collections::BTreeSet;

use super::debian_names;
use super::licence::{Licences, Name};

const COMMON: &str = "/usr/share/common-licenses/";
/// Common licences whose name says all; of the others, a bare `GPL-2` leaves open whether later
/// versions will do.
const COMPLETE: [&str; 4] = ["Apache-2.0", "CC0-1.0", "MPL-1.1", "MPL-2.0"];

pub fn licences(text: &str) -> Licences {
    let paragraphs = paragraphs(text);
    if paragraphs.first().is_some_and(is_machine_readable) {
        let declared = declared(&paragraphs);
        if !declared.is_empty() {
            return together(&declared);
        }
    }
    referred(text)
}

/// Fields of one paragraph: names in lower case, values' first lines.
type Paragraph = Vec<(String, String)>;

fn paragraphs(text: &str) -> Vec<Paragraph> {
    let mut all = vec![Paragraph::new()];
    for line in text.lines() {
        if line.trim().is_empty() {
            all.push(Paragraph::new());
        } else if !line.starts_with([' ', '\t', '#'])
            && let Some((name, value)) = line.split_once(':')
            && let Some(last) = all.last_mut()
        {
            last.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
    }
    all.retain(|paragraph| !paragraph.is_empty());
    all
}

fn value<'a>(paragraph: &'a Paragraph, name: &str) -> Option<&'a str> {
    let field = paragraph.iter().find(|(known, _)| known == name);
    field.map(|(_, value)| value.as_str())
}

fn is_machine_readable(header: &Paragraph) -> bool {
    let format = value(header, "format").or_else(|| value(header, "format-specification"));
    format.is_some_and(|format| {
        let format = format.to_ascii_lowercase();
        ["copyright-format", "dep5", "dep-5"]
            .iter()
            .any(|name| format.contains(name))
    })
}

/// Of the whole and of groups of files. A paragraph with a licence only gives the text of a name
/// that the others use: `A or B` must not become `A` and `B` by it.
fn declared(paragraphs: &[Paragraph]) -> BTreeSet<&str> {
    let applied = paragraphs
        .iter()
        .enumerate()
        .filter(|(index, paragraph)| *index == 0 || value(paragraph, "files").is_some());
    applied
        .filter_map(|(_, paragraph)| value(paragraph, "license"))
        .flat_map(|words| match words {
            "" => vec!["without a short name"],
            words => debian_names::parts(words),
        })
        .collect()
}

/// As an expression where a choice is among them and all are certain, else one by one.
fn together(declared: &BTreeSet<&str>) -> Licences {
    if declared.iter().any(|words| debian_names::is_choice(words)) {
        let all: Option<BTreeSet<String>> = declared
            .iter()
            .map(|name| debian_names::expression(name))
            .collect();
        if let Some(all) = all {
            return Licences::Expression(all_of(&all));
        }
    }
    let names: BTreeSet<Name> = declared
        .iter()
        .map(|name| debian_names::name(name))
        .collect();
    Licences::Each {
        names: names.into_iter().collect(),
        remark: None,
    }
}

fn all_of(expressions: &BTreeSet<String>) -> String {
    let alone = expressions.len() == 1;
    let parts = expressions.iter().map(|one| {
        if alone || !one.contains(" OR ") {
            one.clone()
        } else {
            format!("({one})")
        }
    });
    parts.collect::<Vec<_>>().join(" AND ")
}

fn referred(text: &str) -> Licences {
    let names: BTreeSet<Name> = text.split(COMMON).skip(1).filter_map(common_name).collect();
    if names.is_empty() {
        return Licences::Unread("its copyright file is not machine-readable".to_owned());
    }
    Licences::Each {
        names: names.into_iter().collect(),
        remark: Some(
            "its copyright file is not machine-readable; named are the common licences that it \
             refers to, there may be more"
                .to_owned(),
        ),
    }
}

fn common_name(rest: &str) -> Option<Name> {
    let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && !"-.+".contains(c));
    let name = rest.get(..end.unwrap_or(rest.len()))?.trim_end_matches('.');
    if name.is_empty() {
        None
    } else if COMPLETE.contains(&name) {
        Some(Name::Spdx(name.to_owned()))
    } else {
        Some(Name::AsWritten(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: &str =
        "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n\n";

    fn each(text: &str) -> Vec<Name> {
        match licences(text) {
            Licences::Each { names, .. } => names,
            other => panic!("{other:?}"),
        }
    }

    fn spdx(id: &str) -> Name {
        Name::Spdx(id.to_owned())
    }

    fn as_written(name: &str) -> Name {
        Name::AsWritten(name.to_owned())
    }

    #[test]
    fn the_licences_of_all_groups_of_files_are_told_once() {
        let text = format!(
            "{HEADER}Files: *\nCopyright: 2020 A\nLicense: GPL-2+\n Text: with a colon.\n\n\
             Files: b/*\nLicense: public-domain\n\nFiles: c/*\nLicense: GPL-2+\n"
        );
        let wanted = [spdx("GPL-2.0-or-later"), as_written("public-domain")];
        assert_eq!(each(&text), wanted);
    }

    #[test]
    fn a_choice_does_not_become_two_obligations() {
        let text = format!(
            "{HEADER}Files: *\nLicense: GPL-2+ or Expat\n\nFiles: d\nLicense: ISC\n\n\
             License: GPL-2+\n text\n\nLicense: Expat\n text\n"
        );
        let wanted = "(GPL-2.0-or-later OR MIT) AND ISC".to_owned();
        assert_eq!(licences(&text), Licences::Expression(wanted));
    }

    #[test]
    fn a_choice_with_an_uncertain_name_stays_as_it_was_written() {
        let text = format!("{HEADER}Files: *\nLicense: GPL-1+ or Artistic\n");
        assert_eq!(each(&text), [as_written("GPL-1+ or Artistic")]);
    }

    #[test]
    fn prose_tells_the_common_licences_it_refers_to() {
        let text = "License: see /usr/share/common-licenses/GPL-2.\n\
                    or `/usr/share/common-licenses/Apache-2.0' and /usr/share/common-licenses/GPL-2";
        assert_eq!(each(text), [spdx("Apache-2.0"), as_written("GPL-2")]);
        assert!(licences(text).remark().unwrap().contains("may be more"));
    }

    #[test]
    fn prose_without_a_reference_is_not_read() {
        assert!(matches!(licences("Do what you like."), Licences::Unread(_)));
    }
}
