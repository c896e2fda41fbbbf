//! Errors as an installer reads them: what happened, and what to do next.

use std::io::ErrorKind;

use room_messages::api::{Language, Text};

use crate::client::ClientError;

/// The message, without a line end.
#[must_use]
pub fn explain(error: &ClientError, language: Language) -> String {
    let text = match error {
        ClientError::Refused(problem) => {
            let (what, next) = (&problem.what, &problem.next);
            return format!(
                "{}: {}\n{}",
                problem.code,
                what.in_language(language),
                next.in_language(language)
            );
        }
        ClientError::Connect { path, source } => connect(&path.display().to_string(), source),
        ClientError::Ended => Text::new(
            "roomd ended.\nLook at its log, or start it again, then watch again.",
            "roomd s'est arrêté.\nConsultez son journal ou redémarrez-le, puis relancez la commande.",
        ),
        ClientError::Talk(_) => Text::new(
            "The daemon broke off the conversation.\nLook whether it was restarted, then try again.",
            "Le démon a interrompu la conversation.\nVoyez s'il fut redémarré, puis réessayez.",
        ),
        ClientError::Unreadable => Text::new(
            "The daemon answered in a way this roomctl does not know.\nUse a roomctl of the same version.",
            "La réponse du démon est inconnue de ce roomctl.\nUtilisez un roomctl de la même version.",
        ),
    };
    text.in_language(language).to_owned()
}

fn connect(path: &str, source: &std::io::Error) -> Text {
    let fleet = path.ends_with("fleetd.sock");
    let (daemon, option) = if fleet {
        ("fleetd", "--fleet")
    } else {
        ("roomd", "--runtime")
    };
    match source.kind() {
        ErrorKind::NotFound | ErrorKind::ConnectionRefused => Text::new(
            format!(
                "{daemon} does not run ({path}).\nStart it, or name its directory with {option}."
            ),
            format!(
                "{daemon} ne tourne pas ({path}).\nDémarrez-le, ou indiquez son répertoire avec {option}."
            ),
        ),
        ErrorKind::PermissionDenied => Text::new(
            format!(
                "You may not use {path}.\nRun roomctl as a member of the socket's group, or as root."
            ),
            format!(
                "Vous n'avez pas accès à {path}.\nLancez roomctl en tant que membre du groupe du socket, ou root."
            ),
        ),
        _ => Text::new(
            format!("{daemon} cannot be reached at {path}: {source}.\nCheck {option}."),
            format!("{daemon} est injoignable à {path} : {source}.\nVérifiez {option}."),
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_way_of_not_reaching_roomd_says_what_to_do() {
        for kind in [
            ErrorKind::NotFound,
            ErrorKind::PermissionDenied,
            ErrorKind::TimedOut,
        ] {
            let error = ClientError::Connect {
                path: "/run/x".into(),
                source: kind.into(),
            };
            let (en, fr) = (explain(&error, Language::En), explain(&error, Language::Fr));
            assert!(en.lines().count() == 2 && fr.lines().count() == 2 && en != fr);
            assert!(en.contains("/run/x") && fr.contains("/run/x"));
        }
    }
}
