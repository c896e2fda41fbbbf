//! What a search of the directory found: a line each, the target first.

use room_messages::api::Language;
use room_messages::api::directory::Directory;

use super::words::either;

#[must_use]
pub fn directory(found: &Directory, language: Language) -> String {
    if found.entries.is_empty() {
        return either(
            language,
            "Nobody and nothing fits.",
            "Rien ni personne ne correspond.",
        )
        .to_owned();
    }
    let entries = found.entries.iter();
    let width = entries.clone().map(|one| one.target.chars().count()).max();
    let width = width.unwrap_or_default();
    let lines = entries.map(|one| format!("{:<width$}  {}", one.target, one.name));
    lines.collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use room_messages::api::directory::{Entry, EntryKind};

    use super::*;

    #[test]
    fn each_entry_has_a_line_with_what_to_give_to_join() {
        let entry = |target: &str, name: &str| Entry {
            name: name.to_owned(),
            target: target.to_owned(),
            kind: EntryKind::Person,
        };
        let entries = vec![entry("@anna:example.org", "Anna"), entry("#a:b.org", "A")];
        assert_eq!(
            directory(&Directory { entries }, Language::En),
            "@anna:example.org  Anna\n#a:b.org           A"
        );
        let none = directory(&Directory::default(), Language::Fr);
        assert_eq!(none, "Rien ni personne ne correspond.");
    }
}
