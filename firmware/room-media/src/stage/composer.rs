//! What the stage shows now, drawn with as little work as possible.
//!
//! Invariant: the picture always is of the newest state when [`Composer::refresh`] returns.
//! Only tiles whose picture changed are drawn again; everything else stays where it is.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use room_messages::api::Text;
use room_messages::{Identity, RosterEntry, Screen, Source};

use super::StageError;
use super::canvas::{Canvas, Colour, Round};
use super::layout::{MAX_TILES, Place, fit, grid};
use super::paint::{NOTICE, Painter};
use super::picture::{Picture, Scaler};
use super::slot::{FrameSlot, Shot};

/// Height of the line along the top during a call.
const TOP: u32 = 52;
const MARGIN: u32 = 8;

/// Where the pictures of all tracks are found.
pub(super) type Slots = BTreeMap<(Identity, Source), FrameSlot>;

pub(super) struct Composer {
    painter: Painter,
    picture: Picture,
    screen: Screen,
    roster: Vec<RosterEntry>,
    tiles: Vec<Tile>,
    stale: bool,
}

struct Tile {
    place: Place,
    identity: Identity,
    tag: Canvas,
    card: Canvas,
    shown: Shown,
    scaler: Option<Scaler>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Nothing,
    Card,
    Picture(Source, u64),
}

impl Composer {
    pub(super) fn new(
        painter: Painter,
        screen: Screen,
        size: (u32, u32),
    ) -> Result<Self, StageError> {
        Ok(Self {
            painter,
            picture: Picture::new(size.0, size.1)?,
            screen,
            roster: Vec::new(),
            tiles: Vec::new(),
            stale: true,
        })
    }

    pub(super) const fn picture(&self) -> &Picture {
        &self.picture
    }

    /// Every text on the picture, from top to bottom.
    pub(super) fn said(&self) -> &[String] {
        self.painter.said()
    }

    pub(super) fn show(&mut self, screen: Screen) {
        if self.screen != screen {
            self.screen = screen;
            self.stale = true;
        }
    }

    pub(super) fn set_roster(&mut self, roster: Vec<RosterEntry>) {
        if self.roster != roster {
            self.roster = roster;
            self.stale = true;
        }
    }

    /// Draws what changed; `true` when anything did.
    pub(super) fn refresh(&mut self, slots: &Slots) -> Result<bool, StageError> {
        let mut changed = std::mem::take(&mut self.stale);
        if changed {
            self.begin();
        }
        for tile in &mut self.tiles {
            changed |= tile.refresh(&mut self.picture, slots)?;
        }
        Ok(changed)
    }

    /// Draws the ground, and lays the tiles out anew.
    fn begin(&mut self) {
        self.tiles.clear();
        let ground = match &self.screen {
            Screen::Idle { line } => self.painter.idle(line),
            Screen::Message { title, next } => self.painter.message(title, next),
            Screen::Call { security, notice } => {
                let more = self.roster.len().saturating_sub(MAX_TILES);
                let alone = self.roster.is_empty();
                let free = if *notice == Text::default() {
                    0
                } else {
                    NOTICE
                };
                let ground = self.painter.call(security, notice, more, alone);
                self.lay_out(free);
                ground
            }
        };
        self.picture.put(&ground, 0, 0);
    }

    /// Tiles, with `free` pixels kept free below them.
    fn lay_out(&mut self, free: u32) {
        let area = Place {
            x: MARGIN,
            y: TOP,
            width: self.picture.info.width() - 2 * MARGIN,
            height: self.picture.info.height() - TOP - MARGIN.max(free),
        };
        let places = grid(area, self.roster.len());
        for (entry, place) in self.roster.iter().zip(places) {
            let mut hasher = DefaultHasher::new();
            entry.identity.hash(&mut hasher);
            let seed = hasher.finish();
            let (width, height) = (place.width, place.height);
            self.tiles.push(Tile {
                place,
                identity: entry.identity.clone(),
                tag: self.painter.tag(&entry.name, width - 24),
                card: self.painter.card(&entry.name, seed, width, height),
                shown: Shown::Nothing,
                scaler: None,
            });
        }
    }
}

impl Tile {
    fn refresh(&mut self, picture: &mut Picture, slots: &Slots) -> Result<bool, StageError> {
        // A shared screen is what people look at.
        let newest = [Source::ScreenShare, Source::Camera]
            .into_iter()
            .find_map(|source| {
                let slot = slots.get(&(self.identity.clone(), source))?;
                Some((source, slot.newest()?))
            });
        let shown = match &newest {
            Some((source, shot)) => Shown::Picture(*source, shot.number),
            None => Shown::Card,
        };
        if self.shown == shown {
            return Ok(false);
        }
        match newest {
            Some((_, shot)) => self.draw(picture, &shot)?,
            None => self.draw_card(picture),
        }
        self.shown = shown;
        Ok(true)
    }

    fn draw_card(&mut self, picture: &mut Picture) {
        self.scaler = None;
        picture.put(&self.card, self.place.x, self.place.y);
    }

    fn draw(&mut self, picture: &mut Picture, shot: &Shot) -> Result<(), StageError> {
        let (width, height) = (shot.info.width(), shot.info.height());
        if !self.scaler.as_ref().is_some_and(|scaler| scaler.fits(shot)) {
            let place = fit(self.place, width, height);
            self.scaler = Some(Scaler::new((width, height), picture, place)?);
            // What was there before must not look out from behind.
            picture.put(&backdrop(self.place), self.place.x, self.place.y);
        }
        if let Some(scaler) = &self.scaler {
            picture.draw(shot, scaler)?;
        }
        let lower = self.place.y + self.place.height;
        let top = lower.saturating_sub(self.tag.height + 12);
        picture.put(&self.tag, self.place.x + 12, top);
        Ok(())
    }
}

fn backdrop(place: Place) -> Canvas {
    let mut canvas = Canvas::new(place.width, place.height);
    let whole = Round {
        x: 0.0,
        y: 0.0,
        width: place.width as f32,
        height: place.height as f32,
        radius: 0.0,
    };
    canvas.fill(whole, Colour::solid(12, 14, 22));
    canvas
}

#[cfg(test)]
#[path = "composer_tests.rs"]
mod tests;
