//! Contrast of every colour that text or a control stands on, computed from the theme's tokens
//! (WCAG 2.2: 1.4.3 text at least 4.5:1, 1.4.11 controls at least 3:1).
#![allow(
    clippy::unwrap_used,
    reason = "a test states what it expects; clippy sees only test functions as tests"
)]

mod common;

use common::platform;
use room_panel::Screen;
use room_panel::ui::{Colours, Theme};
use slint::{Color, ComponentHandle as _};

fn luminance(color: Color) -> f64 {
    let channel = |value: u8| {
        let value = f64::from(value) / 255.0;
        if value <= 0.040_45 {
            value / 12.92
        } else {
            ((value + 0.055) / 1.055).powf(2.4)
        }
    };
    0.2126 * channel(color.red()) + 0.7152 * channel(color.green()) + 0.0722 * channel(color.blue())
}

fn contrast(one: Color, other: Color) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

type Pair = (&'static str, Color, Color);

fn texts(c: &Colours) -> Vec<Pair> {
    let mut pairs = vec![
        ("accent button", c.on_accent, c.accent),
        ("accent pressed", c.on_accent, c.accent_pressed),
        ("danger button", c.on_danger, c.danger),
        ("danger pressed", c.on_danger, c.danger_pressed),
        ("good button", c.on_good, c.good),
        ("good pressed", c.on_good, c.good_pressed),
        ("button", c.text, c.fill),
        ("button pressed", c.text, c.pressed),
        ("state that alerts", c.danger_text, c.fill),
        ("chip", c.text, c.chip),
        ("notice", c.ground, c.text),
    ];
    for ground in [c.ground, c.card] {
        pairs.extend([
            ("text", c.text, ground),
            ("quiet text", c.quiet, ground),
            ("accent text", c.accent_text, ground),
            ("danger text", c.danger_text, ground),
            ("good text", c.good_text, ground),
            ("warning text", c.warn_text, ground),
        ]);
    }
    for ink in [c.good_text, c.danger_text, c.warn_text, c.quiet] {
        pairs.push(("chip text", ink, c.chip));
    }
    for pane in panes(c) {
        pairs.push(("pane text", c.pane_text, pane));
        pairs.push(("quiet pane text", c.pane_quiet, pane));
    }
    pairs
}

fn panes(c: &Colours) -> [Color; 7] {
    [
        c.pane_neutral,
        c.pane_free,
        c.pane_busy,
        c.pane_call,
        c.pane_ring,
        c.pane_wait,
        c.pane_fault,
    ]
}

fn controls(c: &Colours) -> Vec<Pair> {
    let mut pairs = Vec::new();
    for ground in [c.ground, c.card] {
        pairs.extend([
            ("outline of a button", c.outline, ground),
            ("accent button on its ground", c.accent, ground),
            ("danger button on its ground", c.danger, ground),
            ("good button on its ground", c.good, ground),
            ("outline that alerts", c.danger_text, ground),
            ("focus ring", c.focus, ground),
        ]);
    }
    let marks = [
        c.mark_neutral,
        c.mark_free,
        c.mark_busy,
        c.mark_call,
        c.mark_ring,
        c.mark_wait,
        c.mark_fault,
    ];
    pairs.extend(
        marks
            .into_iter()
            .zip(panes(c))
            .map(|(mark, pane)| ("mark of the pane", mark, pane)),
    );
    // The security badge stands on the panes of a call.
    for pane in [c.pane_call, c.pane_wait, c.pane_ring] {
        for mark in [c.mark_free, c.mark_wait, c.mark_fault] {
            pairs.push(("security badge", mark, pane));
        }
    }
    pairs
}

#[test]
fn every_text_has_four_and_a_half_to_one_and_every_control_three() {
    let _window = platform::window();
    let screen = Screen::new(|_| {}).unwrap();
    let theme = screen.window().global::<Theme>();
    let skins = [
        ("light", theme.get_light()),
        ("dark", theme.get_dark()),
        ("contrast", theme.get_contrast()),
    ];
    let mut poor = Vec::new();
    for (skin, colours) in skins {
        for (least, pairs) in [(4.5, texts(&colours)), (3.0, controls(&colours))] {
            for (what, one, other) in pairs {
                let found = contrast(one, other);
                if found < least {
                    poor.push(format!("{skin}: {what} {found:.2} < {least}"));
                }
            }
        }
    }
    assert!(poor.is_empty(), "{poor:#?}");
}
