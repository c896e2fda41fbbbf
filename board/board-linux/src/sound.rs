//! Where the microphone and the speaker are plugged in.
//!
//! Cards are looked at in sysfs: a PCM that plays or captures cannot be opened a second time to
//! be asked.

use board_api::profile::{Rule, Rules};
use board_api::{BoardError, Sound, SoundPort};

use crate::rule::{Described, Roots, attribute, driver, entries, paths};

pub(crate) struct Port {
    roots: Roots,
    rules: Vec<Rule>,
    /// `c` or `p`, as PCM nodes are named.
    direction: char,
}

impl Port {
    pub fn capture(roots: Roots, rules: &Rules) -> Self {
        let rules = rules.as_slice().to_vec();
        Self {
            roots,
            rules,
            direction: 'c',
        }
    }

    pub fn playback(roots: Roots, rules: &Rules) -> Self {
        Self {
            direction: 'p',
            ..Self::capture(roots, rules)
        }
    }

    fn describe(&self, card: &str) -> Described {
        let folder = self.roots.sys.join("class/sound").join(card);
        let device = folder.join("device");
        let id = attribute(&folder.join("id"));
        let product = attribute(&device.join("../product"));
        let number = card.trim_start_matches("card");
        let control = self.roots.dev.join("snd").join(format!("controlC{number}"));
        Described {
            names: [id, product].into_iter().flatten().collect(),
            driver: driver(&device),
            paths: paths(&self.roots, &device, "snd/by-path", &control),
        }
    }

    fn has_pcm(&self, card: &str, device: u8) -> bool {
        let number = card.trim_start_matches("card");
        let node = format!("pcmC{number}D{device}{}", self.direction);
        // The card is there a moment before its node is.
        self.roots.sys.join("class/sound").join(&node).exists()
            && self.roots.dev.join("snd").join(&node).exists()
    }
}

impl SoundPort for Port {
    fn sound(&mut self) -> Result<Option<Sound>, BoardError> {
        let cards = entries(&self.roots.sys.join("class/sound"), "card");
        let found: Vec<(String, Described)> = cards
            .into_iter()
            .map(|card| {
                let described = self.describe(&card);
                (card, described)
            })
            .collect();
        for rule in &self.rules {
            for (card, described) in found.iter().filter(|(_, one)| one.fits(rule)) {
                let id = described.names.first();
                if let Some(id) = id.filter(|_| self.has_pcm(card, rule.device)) {
                    return Ok(Some(Sound {
                        pcm: format!("hw:CARD={id},DEV={}", rule.device),
                        name: described.names.last().unwrap_or(id).clone(),
                    }));
                }
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::Path;

    use super::*;

    fn add(root: &Path, number: u8, id: &str, pcms: &[&str]) {
        let device = root.join(format!("devices/usb{number}/iface"));
        let card = device.join(format!("sound/card{number}"));
        fs::create_dir_all(&card).unwrap();
        fs::create_dir_all(root.join("class/sound")).unwrap();
        fs::create_dir_all(root.join("dev/snd")).unwrap();
        fs::write(card.join("id"), format!("{id}\n")).unwrap();
        fs::write(device.join("../product"), format!("{id} by the sea\n")).unwrap();
        symlink(&device, card.join("device")).unwrap();
        symlink(&card, root.join(format!("class/sound/card{number}"))).unwrap();
        for pcm in pcms {
            let name = format!("pcmC{number}{pcm}");
            fs::write(root.join("class/sound").join(&name), "").unwrap();
            fs::write(root.join("dev/snd").join(&name), "").unwrap();
        }
    }

    fn rules(text: &str) -> Rules {
        let table: std::collections::BTreeMap<String, Rules> =
            toml::from_str(&format!("rules = {text}")).unwrap();
        table["rules"].clone()
    }

    #[test]
    fn cards_are_found_by_id_or_product_when_they_go_the_wanted_way() {
        let folder = tempfile::tempdir().unwrap();
        let root = folder.path();
        add(root, 0, "vc4hdmi0", &["D0p"]);
        add(root, 1, "Jabra", &["D0c", "D0p", "D1c"]);
        let roots = Roots {
            sys: root.to_owned(),
            dev: root.join("dev"),
        };
        let any = rules("[{ name = \"*\" }]");
        let pcm = |mut port: Port| port.sound().unwrap().map(|sound| sound.pcm);
        let capture = |text| pcm(Port::capture(roots.clone(), &rules(text)));
        assert_eq!(
            pcm(Port::playback(roots.clone(), &any)),
            Some("hw:CARD=vc4hdmi0,DEV=0".into())
        );
        assert_eq!(
            pcm(Port::capture(roots.clone(), &any)),
            Some("hw:CARD=Jabra,DEV=0".into())
        );
        assert_eq!(
            capture("[{ name = \"Jabra by*\", device = 1 }]"),
            Some("hw:CARD=Jabra,DEV=1".into())
        );
        assert_eq!(
            capture("[{ path = \"usb1/*\" }]"),
            Some("hw:CARD=Jabra,DEV=0".into())
        );
        assert_eq!(capture("[{ name = \"vc4hdmi0\" }]"), None);
        assert_eq!(capture("[]"), None);
    }
}
