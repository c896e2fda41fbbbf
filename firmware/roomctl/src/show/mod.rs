//! Status and figures for people.
//!
//! Invariant: everything the status says that an installer or integrator could act on is here, in
//! both languages. Deliberately absent: colours and clocks; how long something has lasted needs
//! no time zone.

mod directory;
mod figures;
mod meetings;
mod people;
mod words;

use std::fmt::Write as _;

use room_messages::api::{Call, Device, Language, Meetings, Presence, Share, Stage, Status};

pub use directory::directory;
pub use figures::statistics;
pub use meetings::meetings;

/// Width of the names on the left.
const NAMES: usize = 14;

/// Several lines, the last without a line end. `now_ms` is Unix time.
#[must_use]
pub fn status(status: &Status, language: Language, now_ms: u64) -> String {
    let mut page = Page {
        text: String::new(),
        language,
        now_ms,
    };
    page.room(status);
    page.standby(status);
    page.help(status);
    page.ringing(status);
    page.call(&status.call);
    page.stage(&status.stage);
    page.devices(status);
    page.people(status);
    page.troubles(status);
    page.text.trim_end().to_owned()
}

struct Page {
    text: String,
    language: Language,
    now_ms: u64,
}

impl Page {
    fn word<'a>(&self, en: &'a str, fr: &'a str) -> &'a str {
        words::either(self.language, en, fr)
    }

    fn line(&mut self, name: &str, value: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.text, "{name:<NAMES$}{value}");
    }

    fn room(&mut self, status: &Status) {
        self.line(self.word("Room", "Salle"), &status.room.name);
        let user = status.room.user.as_deref().unwrap_or("-");
        let server = words::homeserver(status.room.homeserver, self.language);
        let account = format!("{user} ({server})");
        self.line(self.word("Account", "Compte"), &account);
        self.meeting(&status.meetings);
    }

    /// The meeting that runs or is next.
    fn meeting(&mut self, meetings: &Meetings) {
        let Some(next) = meetings.meetings.iter().find(|m| m.begins_ms.is_some()) else {
            return;
        };
        let title = meetings::title(next, self.language);
        let state = words::meeting(next.phase, self.language);
        let value = format!("{title} ({state})");
        self.line(self.word("Meeting", "Réunion"), &value);
    }

    /// Who is there, and whether the display is on.
    fn standby(&mut self, status: &Status) {
        let level = words::standby(status.standby, self.language);
        let value = match status.presence {
            Presence::Unknown => level.to_owned(),
            Presence::Somebody => format!("{level} ({})", self.word("somebody", "quelqu'un")),
            Presence::Nobody => format!("{level} ({})", self.word("nobody", "personne")),
        };
        self.line(self.word("Standby", "Veille"), &value);
        if status.updating {
            let value = self.word(
                "running, keep the power on",
                "en cours, laisser sous tension",
            );
            self.line(self.word("Update", "Mise à jour"), value);
        }
    }

    fn help(&mut self, status: &Status) {
        if let Some(help) = &status.help {
            let since = words::lasting(self.now_ms, help.since_ms, self.language);
            let wanted = self.word("wanted", "demandée");
            let value = format!("{wanted} {since} ({})", help.reference);
            self.line(self.word("Help", "Aide"), &value);
        }
    }

    fn ringing(&mut self, status: &Status) {
        for ring in &status.ringing {
            let by = self.word("called by", "appelé par");
            let value = format!("{} ({by} {})", ring.name, ring.caller);
            self.line(self.word("Ringing", "Sonne"), &value);
        }
    }

    fn call(&mut self, call: &Call) {
        let phase = words::phase(call.phase, self.language);
        let name = call.name.as_deref().or(call.target.as_deref());
        let value = name.map_or_else(|| phase.to_owned(), |name| format!("{phase}: {name}"));
        self.line(self.word("Call", "Appel"), &value);
        if let Some(visio) = &call.visio {
            let entry = words::entry(visio.entry, self.language);
            self.line("Visio", &format!("{entry} ({})", visio.instance));
        }
        if !call.phase.is_member() {
            return;
        }
        let level = words::security(call.security.level, self.language);
        self.line(self.word("Security", "Sécurité"), level);
        let quality = words::quality(call.connection, self.language);
        self.line(self.word("Connection", "Connexion"), quality);
        let hand = if call.hand_raised {
            self.word("raised", "levée")
        } else {
            self.word("down", "baissée")
        };
        self.line(self.word("Hand", "Main"), hand);
        let leaves = if call.leaves_by_itself {
            self.word("leaves by itself", "sort d'elle-même")
        } else {
            self.word(
                "stays in the call until its membership expires",
                "reste dans l'appel jusqu'à l'expiration de sa participation",
            )
        };
        self.line(self.word("If cut off", "Si coupée"), leaves);
    }

    fn stage(&mut self, stage: &Stage) {
        if !stage.layouts.is_empty() {
            let layout = words::layout(stage.layout, self.language);
            self.line(self.word("Stage", "Écran"), layout);
        }
    }

    fn devices(&mut self, status: &Status) {
        let (microphone, camera) = (&status.microphone, &status.camera);
        let state = match (microphone.hardware_muted, microphone.muted) {
            (true, _) => self.word("muted by its switch", "coupé par son interrupteur"),
            (false, true) => self.word("muted", "coupé"),
            (false, false) => self.word("on", "ouvert"),
        };
        let device = words::device(microphone.device, self.language);
        self.line("Microphone", &format!("{state} ({device})"));
        let state = if camera.on {
            self.word("on", "allumée")
        } else {
            self.word("off", "éteinte")
        };
        let device = words::device(camera.device, self.language);
        let value = format!("{state} ({device})");
        self.line(self.word("Camera", "Caméra"), &value);
        if !camera.presets.is_empty() {
            let presets = camera.presets.join(", ");
            let value = format!("{} % ({presets})", camera.view.zoom);
            self.line(self.word("View", "Vue"), &value);
        }
        let device = words::device(status.speaker.device, self.language);
        let value = format!("{} % ({device})", status.speaker.volume);
        self.line(self.word("Speaker", "Haut-parleur"), &value);
        self.share(&status.share);
    }

    /// Most rooms have nothing to share, and say nothing of it.
    fn share(&mut self, share: &Share) {
        if share.device == Device::Absent {
            return;
        }
        let state = if share.active {
            self.word("on", "en cours")
        } else {
            self.word("off", "arrêté")
        };
        let device = words::device(share.device, self.language);
        let value = format!("{state} ({device})");
        self.line(self.word("Share", "Partage"), &value);
    }

    fn people(&mut self, status: &Status) {
        for person in &status.call.participants {
            let value = people::participant(person, self.language, self.now_ms);
            self.line("", &value);
        }
        for user in &status.call.calling {
            self.line("", &format!("{user} [{}]", self.word("called", "appelé")));
        }
    }

    fn troubles(&mut self, status: &Status) {
        for reason in &status.call.security.reasons {
            let who = reason.participant.as_deref().unwrap_or(&status.room.name);
            let text = reason.text.in_language(self.language);
            let since = words::lasting(self.now_ms, reason.since_ms, self.language);
            self.line("!", &format!("{who}: {text} ({since})"));
        }
        let call = status.call.problem.iter().chain(&status.call.notices);
        for problem in call.chain(&status.faults) {
            let what = problem.what.in_language(self.language);
            let next = problem.next.in_language(self.language);
            self.line("!", &format!("{}: {what} {next}", problem.code));
        }
    }
}

#[cfg(test)]
mod tests;
