//! Debian's short names of licences (copyright format 1.0) as SPDX identifiers.
//!
//! The format has names of its own, which mean one licence each, in capitals or not; what else a
//! copyright file names is known when SPDX has that very name.
//! Deliberately absent: names of several texts; `GPL` or `Artistic` without a version, which the
//! format would have be the first and hardly anybody means so; exceptions, whose words are free.

use super::licence::Name;

/// Names that the format defines, where SPDX has the same text under another name.
const SAME: [(&str, &str); 6] = [
    ("Apache-2", "Apache-2.0"),
    ("CC0", "CC0-1.0"),
    ("Expat", "MIT"),
    ("MPL-2", "MPL-2.0"),
    ("Zope-2.0", "ZPL-2.0"),
    ("Zope-2.1", "ZPL-2.1"),
];
/// Identifiers of SPDX that people also give to other texts of the same origin.
const AMBIGUOUS: [&str; 7] = ["ICU", "Intel", "Libpng", "MIT", "NTP", "TCL", "X11"];
/// Licences with "or any later version"; the longer names first.
const FAMILIES: [(&str, &str); 5] = [
    ("GFDL-NIV-", "-no-invariants"),
    ("GFDL-", ""),
    ("AGPL-", ""),
    ("LGPL-", ""),
    ("GPL-", ""),
];

/// A single short name.
pub fn name(short: &str) -> Name {
    spdx(short).map_or_else(|| Name::AsWritten(short.to_owned()), Name::Spdx)
}

/// Short names joined by `and`, `or` and commas, as an expression of SPDX; nothing when one of
/// them is not certain.
pub fn expression(words: &str) -> Option<String> {
    // Some write the operators as SPDX does.
    let words = words.replace(" OR ", " or ").replace(" AND ", " and ");
    joined(&words).map(|(text, _)| text)
}

/// The licences of files to which all of them apply: the parts of `A and B`. A choice and an
/// exception stay whole.
pub fn parts(words: &str) -> Vec<&str> {
    let words = words.trim_end_matches(',');
    if is_choice(words) || words.to_ascii_lowercase().contains(" with ") {
        return vec![words];
    }
    let parts = words.split(" and ").flat_map(|part| part.split(" AND "));
    parts.map(|part| part.trim_end_matches(',')).collect()
}

pub fn is_choice(words: &str) -> bool {
    words.contains(" or ") || words.contains(" OR ")
}

/// With whether it is a choice, which needs brackets among others.
fn joined(words: &str) -> Option<(String, bool)> {
    // By the format, a comma binds loosest, `or` looser than `and`.
    if words.contains(", and ") && words.contains(", or ") {
        return None;
    }
    for (separator, operator) in [
        (", or ", " OR "),
        (", and ", " AND "),
        (" or ", " OR "),
        (" and ", " AND "),
    ] {
        if words.contains(separator) {
            let parts: Option<Vec<_>> = words.split(separator).map(joined).collect();
            let bracketed = parts?.into_iter().map(|(text, choice)| {
                if choice && operator == " AND " {
                    format!("({text})")
                } else {
                    text
                }
            });
            let text = bracketed.collect::<Vec<_>>().join(operator);
            return Some((text, operator == " OR "));
        }
    }
    Some((spdx(words.trim())?, false))
}

fn spdx(short: &str) -> Option<String> {
    let same = SAME
        .iter()
        .find(|(debian, _)| debian.eq_ignore_ascii_case(short))
        .map(|(_, spdx)| *spdx);
    let known = same.or_else(|| identifier(short).filter(|id| !AMBIGUOUS.contains(id)));
    known
        .or_else(|| identifier(&with_later_versions(short)?))
        .map(str::to_owned)
}

/// As SPDX writes it; nothing for those that it has given up.
fn identifier(text: &str) -> Option<&'static str> {
    let known = spdx::identifiers::LICENSES
        .iter()
        .find(|known| known.name.eq_ignore_ascii_case(text))?;
    spdx::license_id(known.name).filter(|id| !id.is_deprecated())?;
    Some(known.name)
}

/// `GPL-2+` is `GPL-2.0-or-later`, `LGPL-2.1` is `LGPL-2.1-only`.
fn with_later_versions(short: &str) -> Option<String> {
    let (family, kind) = FAMILIES
        .iter()
        .find(|(family, _)| short.starts_with(family))?;
    let version = short.strip_prefix(family)?;
    let (version, which) = match version.strip_suffix('+') {
        Some(version) => (version, "or-later"),
        None => (version, "only"),
    };
    if !version.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let version = match version.split_once('.') {
        None => format!("{version}.0"),
        Some(_) => version.to_owned(),
    };
    let family = family.replace("-NIV", "");
    Some(format!("{family}{version}{kind}-{which}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_become_identifiers_of_spdx() {
        for (debian, spdx) in [
            ("GPL-2", "GPL-2.0-only"),
            ("GPL-2.0", "GPL-2.0-only"),
            ("GPL-3+", "GPL-3.0-or-later"),
            ("LGPL-2.1+", "LGPL-2.1-or-later"),
            ("GFDL-NIV-1.3+", "GFDL-1.3-no-invariants-or-later"),
            ("GPL-2.0-or-later", "GPL-2.0-or-later"),
            ("Expat", "MIT"),
            ("BSD-3-clause", "BSD-3-Clause"),
            ("unlicense", "Unlicense"),
        ] {
            assert_eq!(name(debian), Name::Spdx(spdx.to_owned()));
        }
    }

    #[test]
    fn what_is_not_certain_stays_as_debian_writes_it() {
        for debian in [
            "MIT",
            "GPL",
            "GPL-2+ with OpenSSL exception",
            "public-domain",
            "Artistic",
            "Apache-2.0+",
            "GPL-77",
        ] {
            assert_eq!(name(debian), Name::AsWritten(debian.to_owned()));
        }
    }

    #[test]
    fn what_applies_together_is_taken_apart_and_a_choice_is_not() {
        assert_eq!(parts("LGPL-2.1,"), ["LGPL-2.1"]);
        assert_eq!(parts("A and B AND C"), ["A", "B", "C"]);
        assert_eq!(parts("A or B, and C"), ["A or B, and C"]);
        let exception = "GPL-2+ with Font exception and ISC";
        assert_eq!(parts(exception), [exception]);
    }

    #[test]
    fn commas_bind_loosest_in_an_expression() {
        for (debian, spdx) in [
            ("GPL-2+ or Expat", "GPL-2.0-or-later OR MIT"),
            ("ISC and GPL-2 or Expat", "ISC AND GPL-2.0-only OR MIT"),
            ("ISC or Expat, and Zlib", "(ISC OR MIT) AND Zlib"),
            ("GPL-2.0+ OR MPL-2.0", "GPL-2.0-or-later OR MPL-2.0"),
        ] {
            let expression = expression(debian).unwrap();
            assert_eq!(expression, spdx);
            spdx::Expression::parse(&expression).unwrap();
        }
        assert_eq!(expression("ISC or MIT-like"), None);
    }
}
