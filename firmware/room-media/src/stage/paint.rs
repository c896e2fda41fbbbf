//! What the screens, cards and labels look like. Drawn once, when they change.

use room_messages::api::{Language, Text};

use super::canvas::{Canvas, Colour, Round};
use super::frame::RADIUS;
use super::text::{Style, Writer};
use super::{icon, name};

const WHITE: Colour = Colour::solid(245, 247, 252);
const SOFT: Colour = Colour::solid(169, 178, 199);
const DAWN: Colour = Colour::solid(24, 36, 66);
const NIGHT: Colour = Colour::solid(8, 10, 17);
const CARD: Colour = Colour::solid(24, 29, 43);
const EDGE: Colour = Colour::solid(44, 51, 70);
const MUTED: Colour = Colour::solid(255, 130, 130);
/// Calm, and apart from each other; white initials stay readable on all.
const CIRCLES: [Colour; 6] = [
    Colour::solid(58, 96, 178),
    Colour::solid(26, 122, 108),
    Colour::solid(142, 74, 150),
    Colour::solid(176, 88, 56),
    Colour::solid(76, 92, 118),
    Colour::solid(120, 108, 32),
];
const MAX_LINE: usize = 400;
/// Height of the line on what is wrong during a call; even.
pub(super) const NOTICE: u32 = 56;

/// What the room is called and in which language it speaks.
#[derive(Clone, Debug)]
pub(super) struct Voice {
    pub(super) room: String,
    pub(super) language: Language,
}

pub(super) struct Painter {
    writer: Writer,
    voice: Voice,
    width: u32,
    height: u32,
    /// Every text on the screen, from top to bottom, names of participants last.
    said: Vec<String>,
}

const fn style(size: f32, strong: bool, colour: Colour, width: u32) -> Style {
    Style {
        size,
        strong,
        colour,
        width,
        lines: 1,
    }
}

impl Painter {
    pub(super) fn new(voice: Voice, width: u32, height: u32) -> Self {
        Self {
            writer: Writer::new(),
            voice,
            width,
            height,
            said: Vec::new(),
        }
    }

    /// What the room is called.
    pub(super) fn room(&self) -> &str {
        &self.voice.room
    }

    /// What the screen says, for those who cannot look at it.
    pub(super) fn said(&self) -> &[String] {
        &self.said
    }

    /// A new screen, on which nothing is said yet.
    fn ground(&mut self) -> Canvas {
        self.said.clear();
        Canvas::gradient(self.width, self.height, DAWN, NIGHT)
    }

    /// A text of the screen.
    fn say(&mut self, text: &str, look: Style) -> Canvas {
        self.said.push(text.to_owned());
        self.writer.write(text, look)
    }

    /// A text in the largest of `sizes` at which all of it fits on the lines given with it. What
    /// does not fit on those of the last size ends in an ellipsis.
    fn say_whole(&mut self, text: &str, mut look: Style, sizes: [(f32, usize); 3]) -> Canvas {
        for (size, lines) in sizes {
            (look.size, look.lines) = (size, lines);
            if self.writer.fits(text, look) {
                break;
            }
        }
        self.say(text, look)
    }

    fn local(&self, text: &Text, longest: usize) -> String {
        name::clean_to(text.in_language(self.voice.language), longest)
    }

    /// No call: the room's name, and a line below it.
    pub(super) fn idle(&mut self, line: &Text) -> Canvas {
        let mut canvas = self.ground();
        let (left, width) = (self.width / 16, self.width * 7 / 8);
        let room = name::clean(&self.voice.room);
        let title = self.say(&room, style(76.0, true, WHITE, width));
        let top = self.height * 5 / 12 - title.height / 2;
        canvas.put(&title, left, top);
        let bar = Round {
            x: left as f32 + 2.0,
            y: (top + title.height + 14) as f32,
            width: 64.0,
            height: 5.0,
            radius: 2.5,
        };
        canvas.fill(bar, Colour::solid(112, 150, 255));
        let line = self.local(line, MAX_LINE);
        let mut look = style(32.0, false, SOFT, width);
        look.lines = 2;
        let line = self.say(&line, look);
        canvas.put(&line, left, top + title.height + 44);
        canvas
    }

    /// Something is going on or went wrong: what, and the next step.
    pub(super) fn message(&mut self, title: &Text, next: &Text) -> Canvas {
        let mut canvas = self.ground();
        let room = name::clean(&self.voice.room);
        let (left, width) = (self.width / 16, self.width * 7 / 8);
        let room = self.say(&room, style(30.0, true, SOFT, width));
        canvas.put(&room, left, self.height / 12);
        let inner = self.width * 3 / 4 - 96;
        // What is named may be as long as a link, and is what somebody has to read whole.
        let title = self.local(title, MAX_LINE);
        let look = style(46.0, true, WHITE, inner);
        let title = self.say_whole(&title, look, [(46.0, 3), (34.0, 5), (28.0, 8)]);
        let next = self.local(next, MAX_LINE);
        let look = style(28.0, false, SOFT, inner);
        let next = self.say_whole(&next, look, [(28.0, 4), (24.0, 5), (20.0, 7)]);
        let height = title.height + 20 + next.height + 88;
        let top = (self.height.saturating_sub(height)) / 2;
        panel(&mut canvas, left, top, self.width * 3 / 4, height, 24.0);
        canvas.put(&title, left + 48, top + 44);
        canvas.put(&next, left + 48, top + 44 + title.height + 20);
        canvas
    }

    /// Ground of a call: the room's name and the line on security along the top, what is wrong
    /// along the bottom, where [`NOTICE`] pixels are kept free for it.
    pub(super) fn call(
        &mut self,
        security: &Text,
        notice: &Text,
        more: usize,
        alone: bool,
    ) -> Canvas {
        let mut canvas = self.ground();
        let room = name::clean(&self.voice.room);
        let room = self.say(&room, style(24.0, true, WHITE, self.width / 3));
        canvas.put(&room, 20, 26 - room.height / 2);
        let security = self.local(security, MAX_LINE);
        let mut right = self.width - 16;
        if !security.is_empty() {
            self.said.push(security.clone());
            let label = self.pill(&security, 20.0, self.width / 2);
            right -= label.width;
            canvas.put(&label, right, 26 - label.height / 2);
        }
        if more > 0 {
            let label = self.pill(&format!("+{more}"), 20.0, self.width / 8);
            canvas.put(&label, right - label.width - 10, 26 - label.height / 2);
        }
        if alone {
            let text = match self.voice.language {
                Language::En => "Waiting for the others",
                Language::Fr => "En attente des autres participants",
            };
            let text = self.say(text, style(40.0, false, SOFT, self.width));
            let left = (self.width - text.width.min(self.width)) / 2;
            canvas.put(&text, left, self.height / 2 - text.height / 2);
        }
        let notice = self.local(notice, 2 * MAX_LINE);
        if !notice.is_empty() {
            let look = style(18.0, false, SOFT, self.width - 40);
            let text = self.say_whole(&notice, look, [(18.0, 1), (18.0, 2), (15.0, 2)]);
            let top = self.height - NOTICE + NOTICE.saturating_sub(text.height) / 2;
            canvas.put(&text, 20, top);
        }
        canvas
    }

    /// What stands on a tile: the name, or whose screen it is.
    pub(super) fn label(&mut self, name: &str, content: bool) -> String {
        let name = name::clean(name);
        let label = match (content, self.voice.language) {
            (false, _) => name,
            (true, Language::En) => format!("{name} · screen"),
            (true, Language::Fr) => format!("{name} · écran"),
        };
        self.said.push(label.clone());
        label
    }

    /// The tag on a tile `width` pixels wide, with a sign in front when `muted`.
    pub(super) fn tag(&mut self, label: &str, width: u32, muted: bool) -> Canvas {
        let size = match width {
            0..170 => 13.0,
            170..300 => 16.0,
            _ => 20.0,
        };
        let sign = muted.then(|| icon::microphone_off(size as u32 * 6 / 5, MUTED));
        self.signed(sign, label, size, width.saturating_sub(24))
    }

    fn pill(&mut self, text: &str, size: f32, width: u32) -> Canvas {
        self.signed(None, text, size, width)
    }

    fn signed(&mut self, sign: Option<Canvas>, text: &str, size: f32, width: u32) -> Canvas {
        let side = size as u32 * 3 / 5;
        let before = sign.as_ref().map_or(0, |sign| sign.width + side / 2);
        let inner = width.saturating_sub(2 * side + 2 + before).max(8);
        let text = self.writer.write(text, style(size, false, WHITE, inner));
        let mut canvas = Canvas::new(text.width + 2 * side + before, text.height + side);
        let shape = Round {
            x: 0.0,
            y: 0.0,
            width: canvas.width as f32,
            height: canvas.height as f32,
            radius: 9.0,
        };
        canvas.fill(shape, Colour(8, 10, 20, 200));
        canvas.put(&text, side + before, side / 2);
        if let Some(sign) = sign {
            let top = canvas.height.saturating_sub(sign.height) / 2;
            canvas.put(&sign, side, top);
        }
        canvas
    }

    /// A tile without picture: initials in a circle. `seed` picks the colour.
    pub(super) fn card(&mut self, name: &str, seed: u64, width: u32, height: u32) -> Canvas {
        let mut canvas = Canvas::new(width, height);
        panel(&mut canvas, 0, 0, width, height, RADIUS);
        let circle = (height * 2 / 5) as f32;
        let top = height as f32 * 0.24;
        let shape = Round {
            x: (width as f32 - circle) / 2.0,
            y: top,
            width: circle,
            height: circle,
            radius: circle / 2.0,
        };
        let pick = usize::try_from(seed % CIRCLES.len() as u64).unwrap_or(0);
        canvas.fill(shape, *CIRCLES.get(pick).unwrap_or(&CARD));
        let size = (circle * 0.4).round();
        let letters = name::initials(&name::clean(name));
        let letters = self.writer.write(&letters, style(size, true, WHITE, width));
        let centre = |inner: u32| (width.saturating_sub(inner)) / 2;
        let middle = (top + circle / 2.0) as u32;
        let above = middle.saturating_sub(letters.height / 2);
        canvas.put(&letters, centre(letters.width), above);
        canvas
    }
}

/// A surface with a thin edge.
fn panel(canvas: &mut Canvas, left: u32, top: u32, width: u32, height: u32, radius: f32) {
    let outer = Round {
        x: left as f32,
        y: top as f32,
        width: width as f32,
        height: height as f32,
        radius,
    };
    canvas.fill(outer, EDGE);
    let inner = Round {
        x: outer.x + 1.5,
        y: outer.y + 1.5,
        width: outer.width - 3.0,
        height: outer.height - 3.0,
        radius: radius - 1.5,
    };
    canvas.fill(inner, CARD);
}
