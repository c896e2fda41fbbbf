//! Names and lines from outside, made fit to be drawn.
//!
//! They come from other people: a name must not hide another, run out of its tile, change the
//! direction of what follows, or cost much to shape.

const LONGEST: usize = 64;
/// Combining marks in a row; more are only used to draw over others.
const MARKS: usize = 3;

/// The name without controls, invisible and direction-changing characters, at most 64 long,
/// with an ellipsis when it was longer.
pub(super) fn clean(name: &str) -> String {
    clean_to(name, LONGEST)
}

/// As [`clean`], with another limit.
pub(super) fn clean_to(name: &str, longest: usize) -> String {
    let mut out = String::new();
    let (mut length, mut marks, mut space) = (0, 0, false);
    // No name worth reading hides behind this many characters that are not shown.
    for c in name.chars().take(16 * longest) {
        if c.is_whitespace() || c.is_control() {
            space = !out.is_empty();
            continue;
        }
        if invisible(c) {
            continue;
        }
        marks = if is_mark(c) { marks + 1 } else { 0 };
        if marks > MARKS {
            continue;
        }
        if length + usize::from(space) >= longest {
            out.push('…');
            return out;
        }
        if std::mem::take(&mut space) {
            out.push(' ');
            length += 1;
        }
        out.push(c);
        length += 1;
    }
    out
}

/// One or two letters that stand for a name.
pub(super) fn initials(name: &str) -> String {
    let mut letters = name
        .split_whitespace()
        .filter_map(|word| word.chars().find(|c| c.is_alphanumeric()));
    let first = letters.next();
    let all = first.into_iter().chain(letters.next_back());
    let text: String = all.flat_map(char::to_uppercase).take(3).collect();
    if text.is_empty() { "?".into() } else { text }
}

fn invisible(c: char) -> bool {
    matches!(c,
        '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
        | '\u{180b}'..='\u{180f}' | '\u{200b}' | '\u{200c}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0e}'
        | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fffb}' | '\u{e000}'..='\u{f8ff}'
        | '\u{e0000}'..='\u{10ffff}')
}

fn is_mark(c: char) -> bool {
    matches!(c,
        '\u{0300}'..='\u{036f}' | '\u{0483}'..='\u{0489}' | '\u{0591}'..='\u{05c7}'
        | '\u{0610}'..='\u{061a}' | '\u{064b}'..='\u{065f}' | '\u{0e31}' | '\u{0e34}'..='\u{0e3a}'
        | '\u{0e47}'..='\u{0e4e}' | '\u{1ab0}'..='\u{1aff}' | '\u{1dc0}'..='\u{1dff}'
        | '\u{20d0}'..='\u{20ff}' | '\u{fe20}'..='\u{fe2f}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_names_become_harmless_and_others_stay() {
        assert_eq!(clean("Hélène Garnier"), "Hélène Garnier");
        assert_eq!(clean("  a\n\tb\u{0}  c "), "a b c");
        assert_eq!(clean("nom\u{202e}cod.exe"), "nomcod.exe");
        assert_eq!(clean("\u{200b}\u{2066}x\u{feff}"), "x");
        assert_eq!(clean(&"e\u{301}".repeat(20)).chars().count(), 40);
        assert_eq!(
            clean(&format!("a{}", "\u{315}".repeat(500)))
                .chars()
                .count(),
            4
        );
        let long = clean(&"é".repeat(10_000));
        assert_eq!(long.chars().count(), 65);
        assert!(long.ends_with('…'));
    }

    #[test]
    fn initials_are_of_the_first_and_last_word() {
        for (name, expected) in [
            ("Hélène de la Tour", "HT"),
            ("élise", "É"),
            ("@bob:example.org", "B"),
            ("(…)", "?"),
            ("", "?"),
        ] {
            assert_eq!(initials(name), expected);
        }
    }
}
