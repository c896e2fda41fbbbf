//! What each touch does.

use room_messages::api::{Device, Language, Standby};

use super::{CLEANING_MS, Effect, MAX_TYPED, Page, Panel};
use crate::clock::Now;
use crate::offers::{Booking, Way};
use crate::reference;
use crate::touch::{Control, Intent, Tab, Touch};

/// One press of louder or quieter, in percent.
const VOLUME_STEP: u8 = 10;

impl Panel {
    /// Carries out a touch. One on a dark screen only wakes it; none counts while cleaning.
    pub fn touch(&mut self, now: Now, touch: Touch) -> Vec<Effect> {
        if self
            .cleaning_until
            .is_some_and(|until| until > now.steady_ms)
        {
            return Vec::new();
        }
        self.touched = now.steady_ms;
        let mut effects = self.wake(now);
        if std::mem::take(&mut self.asleep) {
            return effects;
        }
        effects.extend(self.act(now, touch));
        self.pass(now);
        effects
    }

    /// The room may not see fingers on this display by itself.
    fn wake(&mut self, now: Now) -> Vec<Effect> {
        match self.level() {
            Some(Standby::HalfAwake | Standby::Standby) => self.ask(now, Intent::Wake),
            Some(Standby::Awake) | None => Vec::new(),
        }
    }

    fn act(&mut self, now: Now, touch: Touch) -> Vec<Effect> {
        match touch {
            Touch::Anywhere => Vec::new(),
            Touch::Back => self.back(),
            Touch::Language(_) | Touch::OtherLanguage | Touch::Theme(_) | Touch::LargeText => {
                self.choose(touch)
            }
            Touch::OpenDial => self.open(Page::Dial),
            Touch::OpenContacts => self.open(Page::Contacts),
            Touch::OpenBook => self.open(Page::Book),
            Touch::OpenFaults => self.open(Page::Faults),
            Touch::OpenSettings if self.lock.is_set() => self.open(Page::Pin),
            Touch::OpenSettings => self.open(Page::Settings),
            Touch::OpenTab(tab) => self.open_tab(tab),
            Touch::Key(key) => self.key(now, key),
            Touch::Erase => self.erase(),
            Touch::Clean => self.clean(now),
            Touch::Sleep => self.sleep(now),
            Touch::Report => self.report(now),
            other => self.ask_for(now, other),
        }
    }

    /// Touches that ask the room for something.
    fn ask_for(&mut self, now: Now, touch: Touch) -> Vec<Effect> {
        let intent = match touch {
            Touch::Accept(at) => self.accept(now, at),
            Touch::Decline(at) => self.decline(now, at),
            Touch::Microphone => self.microphone(now),
            Touch::Camera => self.camera(now),
            Touch::Louder => self.volume(true),
            Touch::Quieter => self.volume(false),
            Touch::Book(at) => self.book(at),
            other => self.plain(other),
        };
        intent.map_or_else(Vec::new, |intent| self.ask(now, intent))
    }

    fn ask(&mut self, now: Now, intent: Intent) -> Vec<Effect> {
        if self.status.is_none() {
            return Vec::new();
        }
        // Joining twice would begin anew.
        let again = intent.control() == Control::Join && self.waiting.wish(Control::Join).is_some();
        if again {
            return Vec::new();
        }
        self.join_sent |= intent.control() == Control::Join;
        let ask = self.waiting.ask(now.steady_ms, intent.clone());
        vec![Effect::Ask { ask, intent }]
    }

    fn plain(&mut self, touch: Touch) -> Option<Intent> {
        let offers = &self.offers;
        match touch {
            Touch::JoinMeeting(at) => self.meeting(at),
            Touch::ExtendMeeting(at) => self.extend(at),
            Touch::EndMeeting(at) => {
                let id = self.booking(at)?.id.clone();
                Some(Intent::EndMeeting { id })
            }
            Touch::MeetNow => offers.meet_now.then_some(Intent::MeetNow),
            Touch::CallContact(at) => self.contact(at),
            Touch::JoinTyped => self.typed_target(),
            Touch::Again => self.again(),
            Touch::Leave => Some(Intent::Leave),
            Touch::Hand => self.hand(),
            Touch::Share => offers.share.map(|on| Intent::Share { on: !on }),
            Touch::Layout(at) => {
                let layout = offers.layouts.get(at).copied();
                layout.map(|layout| Intent::Layout { layout })
            }
            Touch::React(at) => {
                let emoji = offers.reactions.get(at)?.clone();
                Some(Intent::React { emoji })
            }
            Touch::Position(at) => {
                let name = offers.positions.as_ref()?.get(at)?.clone();
                Some(Intent::Position { name })
            }
            Touch::Turn(turn) => Some(Intent::Turn(turn)),
            _ => None,
        }
    }

    fn booking(&self, at: usize) -> Option<&Booking> {
        self.offers.day.as_ref()?.meetings.get(at)
    }

    fn book(&mut self, at: usize) -> Option<Intent> {
        let lengths = crate::view::lengths(self.offers.bookable_min);
        let minutes = lengths.get(at).copied()?;
        self.page = Page::Home;
        Some(Intent::Book { minutes })
    }

    fn extend(&self, at: usize) -> Option<Intent> {
        let booking = self.booking(at)?;
        let minutes = crate::view::extension(booking);
        let id = booking.id.clone();
        (minutes > 0).then_some(Intent::ExtendMeeting { id, minutes })
    }

    fn meeting(&self, at: usize) -> Option<Intent> {
        match &self.booking(at)?.way {
            Way::Target(target) => Some(Intent::Join {
                target: target.clone(),
            }),
            Way::NotFromHere(_) | Way::Unknown => None,
        }
    }

    fn contact(&self, at: usize) -> Option<Intent> {
        let contact = self.listed().get(at).copied()?;
        Some(self.to_call(contact.target.clone()))
    }

    fn typed_target(&self) -> Option<Intent> {
        let target = self.typed.trim();
        (!target.is_empty()).then(|| self.to_call(target.to_owned()))
    }

    /// In a call another one is added to it, otherwise joined.
    fn to_call(&self, target: String) -> Intent {
        if self.is_in_call() {
            return Intent::Add { target };
        }
        Intent::Join { target }
    }

    fn again(&mut self) -> Option<Intent> {
        let target = self.ended.as_ref()?.target.clone()?;
        self.ended = None;
        Some(Intent::Join { target })
    }

    fn accept(&mut self, now: Now, at: usize) -> Option<Intent> {
        let target = self.ringing(now).get(at)?.room_id.clone();
        Some(Intent::Join { target })
    }

    /// Silences it here; the caller is told when the room can do that.
    fn decline(&mut self, now: Now, at: usize) -> Option<Intent> {
        let ring = self.ringing(now).get(at).copied()?.clone();
        self.ignored.push((ring.room_id.clone(), ring.until_ms));
        let room_id = ring.room_id;
        self.offers.decline.then_some(Intent::Decline { room_id })
    }

    fn microphone(&mut self, now: Now) -> Option<Intent> {
        let microphone = &self.status.as_ref()?.microphone;
        if microphone.hardware_muted {
            self.tell(
                now,
                "The microphone is muted by the room's mute switch. Use that switch to unmute.",
                "Le micro est coupé par l’interrupteur de la salle. Rétablissez-le par cet interrupteur.",
                false,
            );
            return None;
        }
        let muted = match self.waiting.wish(Control::Microphone) {
            Some(Intent::Microphone { muted }) => *muted,
            _ => microphone.muted,
        };
        Some(Intent::Microphone { muted: !muted })
    }

    fn camera(&mut self, now: Now) -> Option<Intent> {
        let camera = &self.status.as_ref()?.camera;
        if camera.device == Device::Absent {
            self.tell(
                now,
                "This room has no camera connected.",
                "Aucune caméra n’est branchée dans cette salle.",
                false,
            );
            return None;
        }
        let on = match self.waiting.wish(Control::Camera) {
            Some(Intent::Camera { on }) => *on,
            _ => camera.on,
        };
        Some(Intent::Camera { on: !on })
    }

    fn volume(&self, louder: bool) -> Option<Intent> {
        let now = self.shown_volume()?;
        let most = self.status.as_ref()?.speaker.maximum;
        let volume = if louder {
            now.saturating_add(VOLUME_STEP).min(most)
        } else {
            now.saturating_sub(VOLUME_STEP)
        };
        (volume != now).then_some(Intent::Speaker { volume })
    }

    /// The level asked for, at once: a slider that lags is pressed too often.
    pub(crate) fn shown_volume(&self) -> Option<u8> {
        match self.waiting.wish(Control::Speaker) {
            Some(Intent::Speaker { volume }) => Some(*volume),
            _ => Some(self.status.as_ref()?.speaker.volume),
        }
    }

    fn hand(&self) -> Option<Intent> {
        let raised = match self.waiting.wish(Control::Hand) {
            Some(Intent::Hand { raised }) => *raised,
            _ => self.status.as_ref()?.call.hand_raised,
        };
        Some(Intent::Hand { raised: !raised })
    }

    fn back(&mut self) -> Vec<Effect> {
        if self.page == Page::Home && self.tab == Tab::People {
            self.ended = None;
        }
        if self.page == Page::Home {
            self.tab = Tab::People;
        }
        self.page = Page::Home;
        self.typed.clear();
        self.lock.clear();
        self.reported = None;
        Vec::new()
    }

    fn open(&mut self, page: Page) -> Vec<Effect> {
        if page != self.page {
            self.typed.clear();
            self.lock.clear();
            self.reported = None;
        }
        self.page = page;
        self.ended = None;
        Vec::new()
    }

    fn open_tab(&mut self, tab: Tab) -> Vec<Effect> {
        self.tab = tab;
        self.page = Page::Home;
        self.typed.clear();
        Vec::new()
    }

    fn key(&mut self, now: Now, key: char) -> Vec<Effect> {
        if self.page == Page::Pin {
            if self.lock.key(now.steady_ms, key) {
                self.page = Page::Settings;
            }
            return Vec::new();
        }
        if self.page == Page::Home && self.tab == Tab::Tones && self.is_in_call() {
            self.typed.push(key);
            return self.ask(now, Intent::Tone { key });
        }
        if self.typed.chars().count() < MAX_TYPED && !key.is_control() {
            self.typed.push(key);
        }
        self.search()
    }

    fn erase(&mut self) -> Vec<Effect> {
        if self.page == Page::Pin {
            self.lock.erase();
        } else {
            self.typed.pop();
        }
        self.search()
    }

    fn choose(&mut self, touch: Touch) -> Vec<Effect> {
        match touch {
            Touch::OtherLanguage => {
                let other = match self.language() {
                    Language::En => Language::Fr,
                    Language::Fr => Language::En,
                };
                self.visitor = Some(other);
                return Vec::new();
            }
            // Whoever changes the unit has given the PIN.
            _ if self.page != Page::Settings => return Vec::new(),
            Touch::Language(language) => {
                self.visitor = None;
                self.choices.language = Some(language);
            }
            Touch::Theme(theme) => self.choices.theme = theme,
            Touch::LargeText => self.choices.large_text = !self.choices.large_text,
            _ => return Vec::new(),
        }
        vec![Effect::Keep(self.choices)]
    }

    fn clean(&mut self, now: Now) -> Vec<Effect> {
        self.cleaning_until = Some(now.steady_ms + CLEANING_MS);
        self.page = Page::Home;
        Vec::new()
    }

    fn sleep(&mut self, now: Now) -> Vec<Effect> {
        self.page = Page::Home;
        self.asleep = !self.is_in_call();
        if self.asleep {
            return self.ask(now, Intent::Sleep);
        }
        Vec::new()
    }

    fn report(&mut self, now: Now) -> Vec<Effect> {
        if self.reported.is_some() {
            return Vec::new();
        }
        let reference = reference::of(now.unix_ms);
        self.reported = Some(reference.clone());
        vec![Effect::Note { reference }]
    }
}
