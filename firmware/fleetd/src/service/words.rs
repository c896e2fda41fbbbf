//! What the serial console says.

use room_fleet::Version;
use room_fleet::service::{NAMESPACE, Why};
use room_messages::api::Text;
use room_settings::ServiceKey;

pub fn no_key() -> Text {
    Text::new(
        "\nThis unit has no service key in its settings ([service] key): there is no service shell.\n",
        "\nCette unité n'a pas de clé de service dans ses réglages ([service] key) : pas de shell de service.\n",
    )
}

/// Which unit this is, and whom it would let in.
pub fn greeting(room: &str, version: &Version, key: &ServiceKey) -> Text {
    let key = key.public().fingerprint(Default::default());
    Text::new(
        format!(
            "\nSalle {version}, room \"{room}\". A service shell opens within five minutes for the key\n{key}.\n"
        ),
        format!(
            "\nSalle {version}, salle « {room} ». Un shell de service s'ouvre dans les cinq minutes pour la clé\n{key}.\n"
        ),
    )
}

/// A command to be copied as it is: quotes and line ends are where people go wrong.
pub fn challenge(text: &str) -> Text {
    let command = format!("printf %s {text} | ssh-keygen -Y sign -n {NAMESPACE} -f KEY");
    Text::new(
        format!(
            "\nRun this where the key is (KEY: its file), and paste the whole block that it prints:\n\n{command}\n\n"
        ),
        format!(
            "\nLancez ceci là où est la clé (KEY : son fichier), puis collez tout le bloc affiché :\n\n{command}\n\n"
        ),
    )
}

pub fn wrong(left: u32) -> Text {
    Text::new(
        format!("\nThis is not the answer. Tries left: {left}. The challenge is a new one.\n"),
        format!("\nCe n'est pas la réponse. Essais restants : {left}. Le défi est nouveau.\n"),
    )
}

pub fn shut(why: Why) -> Text {
    let why = why.text();
    Text::new(
        format!(
            "\n{} To try again, restart the unit with the join button held.\n",
            why.en
        ),
        format!(
            "\n{} Pour réessayer, redémarrez l'unité en tenant le bouton « rejoindre ».\n",
            why.fr
        ),
    )
}

pub fn open(minutes: u64) -> Text {
    Text::new(
        format!("\nThe service shell is open; it closes after {minutes} minutes without input.\n"),
        format!(
            "\nLe shell de service est ouvert ; il se ferme après {minutes} minutes sans saisie.\n"
        ),
    )
}

pub fn closed() -> Text {
    Text::new(
        "\nThe service shell is closed until the unit is started with the join button held.\n",
        "\nLe shell de service est fermé jusqu'au prochain démarrage avec le bouton « rejoindre » tenu.\n",
    )
}
