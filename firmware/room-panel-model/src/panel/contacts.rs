//! The address book and the homeserver's directory, as one list.

use room_messages::api::directory::MAX_SEARCH;

use super::{Effect, Page, Panel};
use crate::offers::Contact;
use crate::touch::Tab;

/// Shorter texts fit too many.
const LEAST: usize = 2;

impl Panel {
    /// Those that fit what is typed: the room's own first, then the directory's. Into a call only
    /// people can be called.
    pub(crate) fn listed(&self) -> Vec<&Contact> {
        let typed = self.sought().to_lowercase();
        let fits = |contact: &&Contact| {
            // Not the server: it is the same for nearly everybody.
            let address = contact.target.split(':').next().unwrap_or_default();
            let mut texts = [contact.name.as_str(), address].into_iter();
            texts.any(|text| text.to_lowercase().contains(&typed))
        };
        let own = self.offers.contacts.iter().flatten().filter(fits);
        let mut listed: Vec<&Contact> = own.collect();
        let (text, found) = &self.found;
        for contact in found.iter().filter(|_| text == self.sought()) {
            if listed.iter().all(|known| known.target != contact.target) {
                listed.push(contact);
            }
        }
        let adds = self.is_in_call();
        listed.retain(|contact| !adds || contact.target.starts_with('@'));
        listed
    }

    /// What is searched for on the screen there is.
    pub(crate) fn sought(&self) -> &str {
        let adds = self.page == Page::Home && self.tab == Tab::Add && self.is_in_call();
        if adds || self.page == Page::Contacts {
            self.typed.trim()
        } else {
            ""
        }
    }

    /// After each letter; what is found for an earlier text is not shown.
    pub(super) fn search(&self) -> Vec<Effect> {
        let text = self.sought();
        let length = text.chars().count();
        if !(LEAST..=MAX_SEARCH).contains(&length) {
            return Vec::new();
        }
        let text = text.to_owned();
        vec![Effect::Search { text }]
    }

    pub(super) fn found(&mut self, text: String, contacts: Vec<Contact>) {
        if text == self.sought() {
            self.found = (text, contacts);
        }
    }
}
