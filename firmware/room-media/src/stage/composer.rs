//! What the stage shows now, drawn with as little work as possible.
//!
//! Invariant: the picture always is of the newest state when [`Composer::refresh`] returns.
//! Only tiles whose picture changed are drawn again; everything else stays where it is.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use room_messages::api::Text;
use room_messages::{Arrangement, Identity, RosterEntry, Screen, Source};

use super::canvas::{Canvas, Colour, Round};
use super::cast::{Cast, Role, Whose, cast};
use super::frame::Frame;
use super::layout::{Place, fit, grid, strip};
use super::paint::{NOTICE, Painter};
use super::picture::{Picture, Scaler};
use super::slot::{FrameSlot, Shot};
use super::{Signs, StageError};

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
    arrangement: Arrangement,
    cast: Cast,
    signs: BTreeMap<Identity, Signs>,
    /// What tiles lie on.
    ground: Canvas,
    tiles: Vec<Tile>,
    stale: bool,
}

struct Tile {
    place: Place,
    identity: Identity,
    sources: &'static [Source],
    label: String,
    signs: Signs,
    frame: Frame,
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
            arrangement: Arrangement::default(),
            cast: Cast::default(),
            signs: BTreeMap::new(),
            ground: Canvas::new(0, 0),
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
            self.cast = cast(&self.roster, &self.arrangement);
            self.stale = true;
        }
    }

    /// Who gets the floor is of no matter to a grid.
    pub(super) fn arrange(&mut self, arrangement: Arrangement) {
        self.arrangement = arrangement;
        let cast = cast(&self.roster, &self.arrangement);
        if self.cast != cast {
            self.cast = cast;
            self.stale = true;
        }
    }

    /// Who speaks and who is muted; nobody else is either.
    pub(super) fn mark(&mut self, signs: BTreeMap<Identity, Signs>) {
        self.signs = signs;
        for tile in &mut self.tiles {
            let now = signs_of(&self.signs, &tile.identity, tile.sources);
            if tile.signs != now {
                tile.signs = now;
                tile.tag = self.painter.tag(&tile.label, tile.place.width, now.muted);
                tile.frame = Frame::new(&self.ground, tile.place, now.speaking);
                // Drawn again from the ground up, so that nothing of the old marks stays.
                tile.shown = Shown::Nothing;
                tile.scaler = None;
            }
        }
    }

    /// Draws what changed; `true` when anything did.
    pub(super) fn refresh(&mut self, slots: &Slots) -> Result<bool, StageError> {
        let mut changed = std::mem::take(&mut self.stale);
        if changed {
            self.begin();
        }
        for tile in &mut self.tiles {
            changed |= tile.refresh(&mut self.picture, &self.ground, slots)?;
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
                let alone = self.roster.is_empty();
                let free = if *notice == Text::default() {
                    0
                } else {
                    NOTICE
                };
                let ground = self.painter.call(security, notice, self.cast.more, alone);
                self.lay_out(&ground, free);
                ground
            }
        };
        self.picture.put(&ground, 0, 0);
        self.ground = ground;
    }

    /// Tiles, with `free` pixels kept free below them.
    fn lay_out(&mut self, ground: &Canvas, free: u32) {
        let area = Place {
            x: MARGIN,
            y: TOP,
            width: self.picture.info.width() - 2 * MARGIN,
            height: self.picture.info.height() - TOP - MARGIN.max(free),
        };
        let Cast { large, others, .. } = self.cast.clone();
        let places = match large {
            Some(large) => {
                let (place, beside) = strip(area, others.len());
                self.add(ground, large, place);
                beside
            }
            None => grid(area, others.len()),
        };
        for (role, place) in others.into_iter().zip(places) {
            self.add(ground, role, place);
        }
    }

    fn add(&mut self, ground: &Canvas, role: Role, place: Place) {
        let (identity, name) = match role.whose {
            Whose::Room => (Identity::ROOM, self.painter.room().to_owned()),
            Whose::At(at) => match self.roster.get(at) {
                Some(entry) => (entry.identity.clone(), entry.name.clone()),
                None => return,
            },
        };
        let mut hasher = DefaultHasher::new();
        identity.hash(&mut hasher);
        let seed = hasher.finish();
        let (width, height) = (place.width, place.height);
        let label = self.painter.label(&name, role.is_content());
        let signs = signs_of(&self.signs, &identity, role.sources);
        self.tiles.push(Tile {
            place,
            sources: role.sources,
            frame: Frame::new(ground, place, signs.speaking),
            tag: self.painter.tag(&label, width, signs.muted),
            card: self.painter.card(&name, seed, width, height),
            identity,
            label,
            signs,
            shown: Shown::Nothing,
            scaler: None,
        });
    }
}

impl Tile {
    fn refresh(
        &mut self,
        picture: &mut Picture,
        ground: &Canvas,
        slots: &Slots,
    ) -> Result<bool, StageError> {
        let newest = self.sources.iter().find_map(|source| {
            let slot = slots.get(&(self.identity.clone(), *source))?;
            Some((*source, slot.newest()?))
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
            None => self.draw_card(picture, ground),
        }
        self.shown = shown;
        Ok(true)
    }

    fn draw_card(&mut self, picture: &mut Picture, ground: &Canvas) {
        self.scaler = None;
        let Place {
            x,
            y,
            width,
            height,
        } = self.place;
        // A card's edge lets through what was there before.
        picture.put(&ground.part(x, y, width, height), x, y);
        picture.put(&self.card, x, y);
        self.finish(picture);
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
        self.finish(picture);
        Ok(())
    }

    /// Tag and edge, over whatever the tile shows.
    fn finish(&self, picture: &mut Picture) {
        let Place { x, y, height, .. } = self.place;
        let margin = if height < 170 { 8 } else { 12 };
        let top = (y + height).saturating_sub(self.tag.height + margin);
        picture.put(&self.tag, x + margin, top);
        for (part, left, top) in &self.frame.0 {
            picture.put(part, x + left, y + top);
        }
    }
}

/// A screen has no voice.
fn signs_of(signs: &BTreeMap<Identity, Signs>, who: &Identity, sources: &[Source]) -> Signs {
    let person = sources.contains(&Source::Camera);
    let signs = signs.get(who).copied().filter(|_| person);
    signs.unwrap_or_default()
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
