//! The figures of a call as tables.

use std::fmt::Write as _;

use room_messages::api::{Language, NamedTrack, Statistics};

use super::words;

/// Steps of the join, connections and a table of tracks, the last line without a line end. `-` in
/// place of a user is the room itself.
#[must_use]
pub fn statistics(statistics: &Statistics, language: Language) -> String {
    let mut text = String::new();
    for milestone in &statistics.timeline {
        let _ = writeln!(text, "{:<16}{:>8} ms", milestone.step, milestone.after_ms);
    }
    for connection in &statistics.connections {
        let user = connection.user.as_deref().unwrap_or("-");
        let quality = words::quality(Some(connection.quality), language);
        let _ = writeln!(text, "{user:<32}{quality}");
    }
    if statistics.tracks.is_empty() {
        text.push_str(words::either(language, "no tracks", "aucun flux"));
        return text;
    }
    let _ = writeln!(
        text,
        "{:<32}{:<14}{:<6}{:>10}{:>7}{:>10}{:>7}{:>8}",
        "user", "source", "codec", "size", "fps", "kbit/s", "loss%", "undec."
    );
    for track in &statistics.tracks {
        let _ = writeln!(text, "{}", row(track));
    }
    text.trim_end().to_owned()
}

fn row(track: &NamedTrack) -> String {
    let figures = &track.figures;
    let source = figures
        .source
        .map(|source| format!("{source:?}"))
        .unwrap_or_default();
    let rid = figures
        .rid
        .as_ref()
        .map(|rid| format!(" {rid}"))
        .unwrap_or_default();
    let size = match (figures.width, figures.height) {
        (0, _) | (_, 0) => "-".to_owned(),
        (width, height) => format!("{width}x{height}"),
    };
    format!(
        "{:<32}{:<14}{:<6}{:>10}{:>7.1}{:>10.1}{:>7.1}{:>8}",
        track.user.as_deref().unwrap_or("-"),
        source + &rid,
        figures.codec,
        size,
        figures.frames_per_second,
        figures.bits_per_second as f64 / 1000.0,
        figures.loss_percent,
        figures.decrypt_failures
    )
}
