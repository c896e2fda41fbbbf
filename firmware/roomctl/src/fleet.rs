//! `roomctl update …` and `roomctl factory-reset`: asked of `fleetd`.

use std::time::Duration;

use hyper::Method;
use room_fleet::api::{Activity, Confirm, Planned, RESET_WORD, Source, Update as State};
use room_fleet::{CallState, Channel, Ended};
use room_messages::api::{Language, Problem, Text};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::args::{Cli, Update};
use crate::client::{ClientError, request_at, text};
use crate::{print, spoken};

const LOOK: Duration = Duration::from_secs(1);

/// Carries out a subcommand.
///
/// # Errors
/// [`ClientError`].
pub async fn update(cli: &Cli, command: &Update) -> Result<(), ClientError> {
    match command {
        Update::Status => {
            let (json, state) = ask::<State>(cli, Method::GET, "/v1/update", None).await?;
            show(cli, &json, |language| status(&state, language));
            Ok(())
        }
        Update::Plan { source } => {
            // Nothing but an installable bundle is a success: scripts go by that.
            match planned(cli, "/v1/update/plan", source).await?.refusals[..] {
                [] => Ok(()),
                _ => Err(ClientError::Refused(Box::new(stands_against()))),
            }
        }
        Update::Install { source, wait } => {
            planned(cli, "/v1/update/install", source).await?;
            if wait.wait {
                wait_for_end(cli).await?;
            }
            Ok(())
        }
    }
}

/// Wipes the unit, when it was meant.
///
/// # Errors
/// [`ClientError`]; without `--yes` always.
pub async fn factory_reset(cli: &Cli, yes: bool) -> Result<(), ClientError> {
    if !yes {
        return Err(ClientError::Refused(Box::new(not_meant())));
    }
    let confirm = RESET_WORD.to_owned();
    let body = json(&Confirm { confirm });
    let socket = cli.fleet.join("fleetd.sock");
    request_at(socket, Method::POST, "/v1/factory-reset", body).await?;
    let (en, fr) = (
        "The unit restarts when no call is going on, and begins anew.",
        "L'unité redémarre dès qu'aucun appel n'est en cours, et repart de zéro.",
    );
    show(cli, "{}", |language| in_(language, en, fr).to_owned());
    Ok(())
}

fn not_meant() -> Problem {
    Problem {
        code: "CTL-01".to_owned(),
        what: Text::new(
            "This wipes settings, account and keys of the unit.",
            "Ceci efface réglages, compte et clés de l'unité.",
        ),
        next: Text::new(
            "Say --yes if that is meant.",
            "Ajoutez --yes si c'est voulu.",
        ),
    }
}

fn stands_against() -> Problem {
    Problem {
        code: "CTL-02".to_owned(),
        what: Text::new(
            "As it is, this bundle would be refused.",
            "En l'état, ce paquet serait refusé.",
        ),
        next: Text::new(
            "Do what the lines with ! say.",
            "Faites ce que disent les lignes marquées !.",
        ),
    }
}

async fn planned(cli: &Cli, path: &str, source: &str) -> Result<Planned, ClientError> {
    let source = Source {
        source: absolute(source),
        only_new: false,
    };
    let (json, planned) = ask::<Planned>(cli, Method::POST, path, json(&source)).await?;
    show(cli, &json, |language| plan(&planned, language));
    Ok(planned)
}

/// fleetd has another working directory.
fn absolute(source: &str) -> String {
    if source.contains("://") {
        return source.to_owned();
    }
    let path = std::path::absolute(source);
    path.map_or_else(|_| source.to_owned(), |path| path.display().to_string())
}

/// Until it is installed and the restart is on its way, or it ended otherwise.
async fn wait_for_end(cli: &Cli) -> Result<(), ClientError> {
    let mut last = String::new();
    loop {
        let (json, state) = ask::<State>(cli, Method::GET, "/v1/update", None).await?;
        let now = activity(state.activity, Language::En);
        if now != last && !cli.json {
            print(&activity(state.activity, spoken(cli, None)));
        }
        last = now;
        match (state.activity, &state.trial) {
            (Activity::Restarting, _) | (Activity::Idle, Some(_)) => return Ok(()),
            (Activity::Idle, None) => {
                show(cli, &json, |language| status(&state, language));
                let fault = state
                    .faults
                    .into_iter()
                    .find(|f| f.code.starts_with("UPD-"));
                return match fault {
                    Some(problem) => Err(ClientError::Refused(Box::new(problem))),
                    None => Ok(()),
                };
            }
            _ => tokio::time::sleep(LOOK).await,
        }
    }
}

async fn ask<T: DeserializeOwned>(
    cli: &Cli,
    method: Method,
    path: &str,
    body: Option<String>,
) -> Result<(String, T), ClientError> {
    let socket = cli.fleet.join("fleetd.sock");
    let bytes = text(request_at(socket, method, path, body).await?).await?;
    let value = serde_json::from_slice(&bytes).map_err(|_| ClientError::Unreadable)?;
    Ok((String::from_utf8_lossy(&bytes).into_owned(), value))
}

fn json<T: Serialize>(body: &T) -> Option<String> {
    serde_json::to_string(body).ok()
}

fn show(cli: &Cli, json: &str, words: impl FnOnce(Language) -> String) {
    if cli.json {
        return print(json);
    }
    print(&words(spoken(cli, None)));
}

fn in_<'a>(language: Language, en: &'a str, fr: &'a str) -> &'a str {
    if language == Language::Fr { fr } else { en }
}

/// Several lines, the last without a line end.
fn plan(planned: &Planned, language: Language) -> String {
    let plan = &planned.plan;
    let mib = plan.size.div_ceil(1024 * 1024);
    let unit = in_(language, "MiB", "Mio");
    let slot = in_(language, "slot", "emplacement");
    let mut lines = vec![format!(
        "{} → {} ({mib} {unit}, {slot} {})",
        plan.from,
        plan.to,
        plan.slot.bootname()
    )];
    let numbered = planned.steps.iter().enumerate();
    lines.extend(numbered.map(|(at, step)| format!("{}. {}", at + 1, step.in_language(language))));
    lines.extend(
        planned
            .waiting
            .iter()
            .map(|wait| format!("… {}", wait.in_language(language))),
    );
    lines.extend(
        planned
            .refusals
            .iter()
            .map(|problem| fault(problem, language)),
    );
    lines.join("\n")
}

fn fault(problem: &Problem, language: Language) -> String {
    let (what, next) = (&problem.what, &problem.next);
    format!(
        "! {}: {} {}",
        problem.code,
        what.in_language(language),
        next.in_language(language)
    )
}

fn status(state: &State, language: Language) -> String {
    let channel = match state.channel {
        Channel::Test => in_(language, "test", "essai"),
        Channel::Release => in_(language, "release", "diffusion"),
    };
    let mut lines = vec![
        format!("{:<14}{} ({channel})", "Version", state.version),
        format!(
            "{:<14}{}",
            in_(language, "Board", "Carte"),
            state.compatible
        ),
        format!("{:<14}{}", in_(language, "Oldest", "Minimum"), state.floor),
    ];
    for slot in &state.slots {
        let good = if slot.good {
            in_(language, "good", "bon")
        } else {
            in_(language, "not good", "pas bon")
        };
        let running = in_(language, "runs", "en service");
        let mut words = vec![good];
        words.extend(slot.booted.then_some(running));
        words.extend(slot.version.as_deref());
        let name = in_(language, "Slot", "Emplacement");
        lines.push(format!(
            "{name:<12}{} {}",
            slot.slot.bootname(),
            words.join(", ")
        ));
    }
    if state.call == CallState::GoingOn {
        lines.push(in_(language, "A call is going on.", "Un appel est en cours.").to_owned());
    }
    if state.activity != Activity::Idle {
        lines.push(activity(state.activity, language));
    }
    if let Some(last) = &state.last {
        lines.push(format!(
            "{:<14}{} → {}: {}",
            in_(language, "Last update", "Mise à jour"),
            last.from,
            last.to,
            ended(&last.ended, language)
        ));
    }
    lines.extend(state.faults.iter().map(|problem| fault(problem, language)));
    lines.join("\n")
}

fn ended(ended: &Ended, language: Language) -> String {
    match ended {
        Ended::Proven => in_(language, "proven", "a fait ses preuves").to_owned(),
        Ended::FellBack { reasons } => {
            let words = reasons
                .iter()
                .map(|r| r.text().in_language(language).to_owned());
            let words: Vec<_> = words.collect();
            let back = in_(language, "taken back", "annulée");
            format!("{back} ({})", words.join("; "))
        }
        Ended::Interrupted => in_(language, "cut short", "interrompue").to_owned(),
        Ended::Failed { .. } => in_(language, "failed", "échouée").to_owned(),
    }
}

fn activity(activity: Activity, language: Language) -> String {
    let word = |en: &'static str, fr: &'static str| in_(language, en, fr).to_owned();
    match activity {
        Activity::Idle => word("Nothing is going on.", "Rien n'est en cours."),
        Activity::Fetching { bytes, of } => {
            let mib = bytes / (1024 * 1024);
            let of = of
                .map(|of| format!("/{}", of.div_ceil(1024 * 1024)))
                .unwrap_or_default();
            format!(
                "{} {mib}{of} MiB",
                word("Fetching the bundle:", "Récupération du paquet :")
            )
        }
        Activity::Checking => word("Checking the bundle.", "Vérification du paquet."),
        Activity::Waiting => word(
            "Waiting for the end of the call.",
            "En attente de la fin de l'appel.",
        ),
        Activity::Installing { percent } => {
            format!(
                "{} {percent} %",
                word("Writing the slot:", "Écriture de l'emplacement :")
            )
        }
        Activity::Restarting => word(
            "Installed; the restart follows.",
            "Installée ; le redémarrage suit.",
        ),
        Activity::OnTrial => word(
            "The new system is being judged.",
            "Le nouveau système est à l'épreuve.",
        ),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_becomes_absolute_and_an_address_stays() {
        assert_eq!(absolute("https://a/b.raucb"), "https://a/b.raucb");
        assert_eq!(absolute("/a/b.raucb"), "/a/b.raucb");
        assert!(absolute("b.raucb").starts_with('/'));
    }

    #[test]
    fn the_status_tells_why_an_update_was_taken_back_in_both_languages() {
        let text = r#"{"version":"0.1.0","compatible":"salle-x","channel":"test","floor":"0.1.0",
            "slots":[{"slot":"A","booted":true,"good":true,"version":null},
                     {"slot":"B","booted":false,"good":false,"version":"0.2.0"}],
            "call":"none","activity":{"activity":"idle"},"trial":null,
            "last":{"from":"0.1.0","to":"0.2.0","at_ms":1,
                    "ended":{"ended":"fell_back","reasons":[{"reason":"camera_lost"}]}},
            "faults":[]}"#;
        let state: State = serde_json::from_str(text).unwrap();
        let (en, fr) = (status(&state, Language::En), status(&state, Language::Fr));
        assert!(en.contains("taken back (the camera"), "{en}");
        assert!(fr.contains("annulée (la caméra"), "{fr}");
        assert!(en.contains("B not good, 0.2.0"), "{en}");
    }
}
