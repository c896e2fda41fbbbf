//! Words for whoever stands before the unit, before the room has a picture of its own: plain text
//! on the first console, in both languages.

use std::io::Write as _;
use std::path::Path;

use room_messages::api::Text;

/// While everything is wiped.
pub const RESETTING: Message = Message {
    en: "This unit is being reset to factory state. Do not switch it off.",
    fr: "Cette unité est remise à l'état d'usine. Ne l'éteignez pas.",
};
/// Nobody has commissioned it.
pub const WAITING: Message = Message {
    en: "This unit waits for its settings: plug in a USB stick with salle.toml, or put salle.toml on its boot partition.",
    fr: "Cette unité attend ses réglages : branchez une clé USB avec salle.toml, ou mettez salle.toml sur sa partition « boot ».",
};
/// The button for a service shell was held long enough.
pub const SERVICE: Message = Message {
    en: "The serial console will ask for the service key. You can let go of the button.",
    fr: "La console série demandera la clé de service. Vous pouvez lâcher le bouton.",
};
pub const TAKEN: Message = Message {
    en: "The settings are taken. You can remove the stick.",
    fr: "Les réglages sont pris en compte. Vous pouvez retirer la clé.",
};

/// A sentence in both languages.
#[derive(Clone, Copy, Debug)]
pub struct Message {
    pub en: &'static str,
    pub fr: &'static str,
}

/// Shows a message; a unit without a screen shows nothing.
pub fn show(console: &Path, message: &Message) {
    show_text(console, &Text::new(message.en, message.fr));
}

/// Shows a text of several lines.
pub fn show_text(console: &Path, text: &Text) {
    tracing::info!(message = text.en, "for whoever stands before the unit");
    let Ok(mut file) = std::fs::OpenOptions::new().write(true).open(console) else {
        return;
    };
    // Clear, cursor off; nobody reads it when the screen is gone.
    let lines = format!(
        "\x1b[2J\x1b[H\x1b[?25l\r\n\r\n  {}\r\n\r\n  {}\r\n",
        text.fr, text.en
    );
    let _ = file.write_all(lines.replace('\n', "\r\n").as_bytes());
}
