//! What the touch panel is told.

use crate::SecretFile;
use crate::reader::{Findings, Section};
use crate::sections::secret_file;

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PanelSettings {
    /// The digits before the panel's settings page; without them the page is open to everybody.
    pub pin: Option<SecretFile>,
}

pub(crate) fn read(mut section: Section<'_>, findings: &mut Findings<'_>) -> PanelSettings {
    let pin = section.text("pin_file", secret_file, findings);
    section.close(findings);
    PanelSettings { pin }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::testing::settings;

    #[test]
    fn the_panels_settings_are_open_unless_a_pin_is_named() {
        assert_eq!(settings("").panel.pin, None);
        let named = settings("[panel]\npin_file = \"/pin\"\n");
        let file = named.panel.pin.unwrap();
        assert_eq!(file.path(), Path::new("/pin"));
    }
}
