//! Where the camera looks, and the views people kept.
//!
//! Invariants: a call begins with the whole picture, whatever the one before looked at; a view is
//! always within the picture; the overview can be neither replaced nor forgotten.

use room_messages::api::{Move, OVERVIEW, Problem, View};
use serde::{Deserialize, Serialize};

use crate::problem::Issue;

/// Views kept besides the overview: as many as find room beside the arrows on the smallest panel.
const MOST: usize = 3;
/// Longest name, in characters.
const LONGEST: usize = 40;
/// Zoom in per cent; each about a fifth more than the one before.
const STOPS: [u16; 9] = [100, 120, 144, 172, 207, 250, 300, 350, 400];
/// Where pan and tilt end.
const END: i16 = 1000;

/// A view somebody named.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preset {
    pub name: String,
    pub view: View,
}

/// See the module.
#[derive(Debug, Default)]
pub struct Lens {
    view: View,
    presets: Vec<Preset>,
}

impl Lens {
    #[must_use]
    pub fn view(&self) -> View {
        self.view
    }

    /// The call is over, or there is none.
    pub fn rest(&mut self) {
        self.view = View::default();
    }

    /// Turns it by these steps, as far as there is anything to see.
    pub fn turn(&mut self, by: Move) {
        let zoom = zoomed(self.view.zoom, by.zoom);
        let place = |at: i16, steps: i8| {
            let kept = rescaled(at, self.view.zoom, zoom);
            bounded(kept.saturating_add(i32::from(steps).saturating_mul(step(zoom))))
        };
        let (pan, tilt) = (place(self.view.pan, by.pan), place(self.view.tilt, by.tilt));
        self.view = View { pan, tilt, zoom };
    }

    /// # Errors
    /// When there is no such preset.
    pub fn find(&self, name: &str) -> Result<View, Problem> {
        if name == OVERVIEW {
            return Ok(View::default());
        }
        let found = self.presets.iter().find(|preset| preset.name == name);
        found.map_or_else(
            || Err(Issue::NoSuchPreset.about(name)),
            |preset| Ok(preset.view),
        )
    }

    /// Looks there; an unknown name changes nothing.
    pub fn recall(&mut self, name: &str) {
        if let Ok(view) = self.find(name) {
            self.view = view;
        }
    }

    /// Whether the present view can be kept under `name`.
    ///
    /// # Errors
    /// When it is no name for one, or there are too many.
    pub fn may_keep(&self, name: &str) -> Result<(), Problem> {
        let blank = name.trim() != name || name.is_empty();
        let odd = name.chars().any(char::is_control) || name.chars().count() > LONGEST;
        if blank || odd || name == OVERVIEW {
            return Err(Issue::BadPresetName.problem());
        }
        let known = self.presets.iter().any(|preset| preset.name == name);
        if !known && self.presets.len() >= MOST {
            return Err(Issue::TooManyPresets.about(&MOST.to_string()));
        }
        Ok(())
    }

    /// Keeps where it looks under a name, in place of what was kept there; all there are then.
    pub fn keep(&mut self, name: &str) -> Vec<Preset> {
        if self.may_keep(name).is_ok() {
            let view = self.view;
            match self.presets.iter_mut().find(|preset| preset.name == name) {
                Some(preset) => preset.view = view,
                None => self.presets.push(Preset {
                    name: name.to_owned(),
                    view,
                }),
            }
        }
        self.presets.clone()
    }

    /// Forgets a preset; all there are then.
    pub fn forget(&mut self, name: &str) -> Vec<Preset> {
        self.presets.retain(|preset| preset.name != name);
        self.presets.clone()
    }

    /// Takes over what was kept; what cannot be one is left out.
    pub fn remember(&mut self, presets: Vec<Preset>) {
        for Preset { name, view } in presets {
            let within = |at: i16| (-END..=END).contains(&at);
            let sound = within(view.pan) && within(view.tilt) && STOPS.contains(&view.zoom);
            if sound && self.may_keep(&name).is_ok() {
                self.presets.retain(|preset| preset.name != name);
                self.presets.push(Preset { name, view });
            }
        }
    }

    /// Every name that can be recalled, the overview first.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let kept = self.presets.iter().map(|preset| preset.name.clone());
        std::iter::once(OVERVIEW.to_owned()).chain(kept).collect()
    }
}

fn zoomed(zoom: u16, steps: i8) -> u16 {
    let at = STOPS.iter().position(|stop| *stop >= zoom).unwrap_or(0);
    let at = at.saturating_add_signed(isize::from(steps));
    let last = STOPS.last().copied().unwrap_or(100);
    STOPS.get(at).copied().unwrap_or(last)
}

/// How far a tenth of what is shown is, in thousandths of the way from the middle to an end.
fn step(zoom: u16) -> i32 {
    match i32::from(zoom) - 100 {
        ..=0 => 0,
        hidden => 20_000 / hidden,
    }
}

/// The same middle at another zoom.
fn rescaled(at: i16, from: u16, to: u16) -> i32 {
    let (from, to, at) = (i32::from(from), i32::from(to), i32::from(at));
    match (to - 100) * from {
        0 => 0,
        way => at * (from - 100) * to / way,
    }
}

fn bounded(at: i32) -> i16 {
    let end = i32::from(END);
    i16::try_from(at.clamp(-end, end)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn steps(pan: i8, tilt: i8, zoom: i8) -> Move {
        Move { pan, tilt, zoom }
    }

    #[test]
    fn the_whole_picture_cannot_be_turned_a_part_can_and_never_leaves_the_picture() {
        let mut lens = Lens::default();
        lens.turn(steps(1, 1, 0));
        assert_eq!(lens.view(), View::default());
        lens.turn(steps(1, -1, 5));
        let View { pan, tilt, zoom } = lens.view();
        assert_eq!((pan, tilt, zoom), (133, -133, 250));
        lens.turn(steps(10, 0, 0));
        assert_eq!(lens.view().pan, 1000);
        lens.turn(steps(0, 0, 10));
        assert_eq!(lens.view().zoom, 400);
        lens.turn(steps(0, 0, -10));
        assert_eq!(lens.view(), View::default());
    }

    #[test]
    fn what_is_in_the_middle_stays_there_while_zooming() {
        let mut lens = Lens::default();
        lens.turn(steps(0, 0, 5));
        lens.turn(steps(3, 0, 0));
        let middle = |view: View| {
            let zoom = f64::from(view.zoom) / 100.0;
            f64::from(view.pan) / 1000.0 * (1.0 - 1.0 / zoom) / 2.0
        };
        let before = middle(lens.view());
        lens.turn(steps(0, 0, 3));
        assert_eq!(lens.view().zoom, 400);
        assert!((middle(lens.view()) - before).abs() < 0.002);
    }

    #[test]
    fn presets_are_kept_replaced_recalled_and_forgotten_the_overview_stays() {
        let mut lens = Lens::default();
        lens.turn(steps(0, 0, 4));
        lens.keep("Table");
        let table = lens.view();
        lens.turn(steps(5, 0, 2));
        assert_eq!(lens.keep("Board").len(), 2);
        lens.recall("Table");
        assert_eq!(lens.view(), table);
        lens.recall("nowhere");
        assert_eq!(lens.view(), table);
        lens.recall(OVERVIEW);
        assert_eq!(lens.view(), View::default());
        lens.forget(OVERVIEW);
        assert_eq!(lens.forget("Table").len(), 1);
        assert_eq!(lens.names(), [OVERVIEW, "Board"]);
        assert_eq!(lens.find("Table").unwrap_err().code, "CAM-05");
    }

    #[test]
    fn names_that_are_none_and_more_than_find_room_are_refused() {
        let mut lens = Lens::default();
        let long = "w".repeat(41);
        for name in ["", " a", "a\nb", OVERVIEW, &long] {
            assert_eq!(lens.may_keep(name).unwrap_err().code, "CAM-06", "{name}");
        }
        for n in 0..MOST {
            lens.keep(&n.to_string());
        }
        assert_eq!(lens.may_keep("more").unwrap_err().code, "CAM-07");
        assert!(lens.may_keep("0").is_ok());
    }

    #[test]
    fn what_was_kept_comes_back_and_what_cannot_be_one_does_not() {
        let preset = |name: &str, zoom| Preset {
            name: name.to_owned(),
            view: View {
                zoom,
                ..View::default()
            },
        };
        let mut lens = Lens::default();
        lens.remember(vec![preset("a", 120), preset("", 120), preset("b", 9999)]);
        assert_eq!(lens.names(), [OVERVIEW, "a"]);
    }
}
