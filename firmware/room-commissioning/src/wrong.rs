//! Why a secret of `salle.toml` cannot be used, without quoting it.

use room_messages::api::Text;

pub(crate) enum Wrong {
    NotText,
    Empty,
    TooLong,
    Unprintable,
    NoCertificate,
    NoKey,
    LockedKey,
    NoPin,
    NamesAFile,
}

impl Wrong {
    pub(crate) fn reason(&self) -> Text {
        match self {
            Self::NotText => Text::new(
                "this is not text in quotes",
                "ce n'est pas un texte entre guillemets",
            ),
            Self::Empty => Text::new("this secret is empty", "ce secret est vide"),
            Self::TooLong => Text::new(
                "this secret is longer than 16 KiB",
                "ce secret dépasse 16 Kio",
            ),
            Self::Unprintable => Text::new(
                "this secret has characters that cannot be typed",
                "ce secret contient des caractères qui ne se tapent pas",
            ),
            Self::NoCertificate => Text::new(
                "this is not a certificate in PEM (it has no line BEGIN CERTIFICATE)",
                "ce n'est pas un certificat au format PEM (sans ligne BEGIN CERTIFICATE)",
            ),
            Self::NoKey => Text::new(
                "this is not a private key in PEM (it has no line BEGIN PRIVATE KEY)",
                "ce n'est pas une clé privée au format PEM (sans ligne BEGIN PRIVATE KEY)",
            ),
            Self::LockedKey => Text::new(
                "this key is locked by a password, which nobody can type on the unit",
                "cette clé est protégée par un mot de passe, que personne ne peut taper sur l'unité",
            ),
            Self::NoPin => Text::new(
                "a PIN has 4 to 12 digits and nothing else",
                "un code PIN compte de 4 à 12 chiffres et rien d'autre",
            ),
            Self::NamesAFile => Text::new(
                "the unit has no such file yet",
                "l'unité n'a pas encore ce fichier",
            ),
        }
    }
}
