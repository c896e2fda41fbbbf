//! Finds what looks like a link in a text, plain or HTML, and opens links that wrap another.

use url::Url;

/// Longest text that is searched, in bytes; agendas with pasted mails fit.
const MAX_TEXT: usize = 256 * 1024;
/// Most candidates of one text: mails quote the same link over and over.
const MAX_CANDIDATES: usize = 200;
const SCHEMES: [&str; 5] = [
    "https://",
    "http://",
    "matrix:",
    "element:",
    "io.element.call:",
];
/// Links in links that are opened, e.g. a safe link around a redirect.
const MAX_WRAPS: usize = 2;

pub(super) fn candidates(text: &str) -> Vec<String> {
    let end = (0..=text.len().min(MAX_TEXT))
        .rev()
        .find(|at| text.is_char_boundary(*at));
    let text = text.get(..end.unwrap_or(0)).unwrap_or_default();
    // Places often are nothing but a room: `#daily:example.org`.
    if text.trim().starts_with(['#', '!']) && !text.trim().contains(char::is_whitespace) {
        return vec![text.trim().to_owned()];
    }
    let pieces = text.split(|c: char| c.is_whitespace() || c.is_control() || "<>\"".contains(c));
    pieces
        .filter_map(link_in)
        .take(MAX_CANDIDATES)
        .map(|link| link.replace("&amp;", "&"))
        .collect()
}

/// From its scheme to its end, without what belongs to the sentence.
fn link_in(piece: &str) -> Option<&str> {
    let lower = piece.to_ascii_lowercase();
    let begins = SCHEMES
        .iter()
        .filter_map(|scheme| lower.find(scheme))
        .min()?;
    let link = piece.get(begins..)?;
    let mut end = link.trim_end_matches(['.', ',', ';', ':', '!', '?', '\'', '…', '»', '*']);
    for (open, close) in [('(', ')'), ('[', ']')] {
        while end.ends_with(close) && end.matches(close).count() > end.matches(open).count() {
            end = end.strip_suffix(close).unwrap_or(end);
        }
    }
    Some(end)
}

/// What a wrapped link leads to: Outlook's safe links, Google's redirects, and those of Proofpoint
/// and the like that carry the address as it is.
pub(super) fn unwrapped(mut url: Url) -> Url {
    for _ in 0..MAX_WRAPS {
        let Some(inner) = wrapped(&url) else { break };
        url = inner;
    }
    url
}

fn wrapped(url: &Url) -> Option<Url> {
    let host = url.host_str()?;
    let key = if host.ends_with(".safelinks.protection.outlook.com") {
        "url"
    } else if host == "www.google.com" && url.path() == "/url" {
        "q"
    } else if host.ends_with("statics.teams.cdn.office.net") {
        "url"
    } else {
        return None;
    };
    let mut pairs = url.query_pairs();
    let inner = pairs.find(|(name, _)| name == key)?.1;
    let inner = Url::parse(&inner).ok()?;
    matches!(inner.scheme(), "http" | "https" | "matrix").then_some(inner)
}
