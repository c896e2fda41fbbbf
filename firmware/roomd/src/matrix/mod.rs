//! The room's Matrix session: opened without end, then carrying out the mind's orders.
//!
//! In: orders from the mind. Out: facts to the mind, one per question. Each order is tried once,
//! in a task of its own, so that a slow answer holds up nothing else.

mod convert;
mod day;
mod directory;
mod orders;

pub use directory::{Directory, Search, directory};

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use room_core::input::Input;
use room_core::matrix::{Account, Capabilities, MatrixFact, MatrixOrder};
use room_core::problem::Issue;
use room_matrix::{Network, OpenError, RequestError, Session};
use room_messages::api::Problem;
use room_settings::Settings;
use tokio::sync::mpsc;
use tokio::time::sleep;

use crate::character;
use crate::clock::Clock;
use crate::mind::Mind;

const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// What the session works with.
#[derive(Debug)]
pub struct Shell {
    pub settings: Arc<Settings>,
    pub state: PathBuf,
    pub mind: Mind,
    pub clock: Clock,
    pub orders: mpsc::UnboundedReceiver<MatrixOrder>,
    pub searches: mpsc::Receiver<Search>,
    pub network: Network,
}

impl Shell {
    /// Runs until the process ends.
    pub async fn run(mut self) {
        let Some((session, facts)) = self.open().await else {
            return;
        };
        self.serve(session, facts).await;
    }

    /// Opens the session; `None` when only a person can help, and the status says how.
    async fn open(&mut self) -> Option<(Session, mpsc::Receiver<room_matrix::MatrixFact>)> {
        let mut pause = FIRST_PAUSE;
        loop {
            self.network.begin();
            let (problem, lasting, asked) = match self.try_open().await {
                Ok(opened) => return Some(opened),
                Err(failure) => failure,
            };
            tracing::error!(code = problem.code, "no Matrix session");
            self.tell(MatrixFact::LoginFailed { problem, lasting })
                .await;
            if lasting {
                return None;
            }
            // What a server asks for is waited for whatever becomes of the network.
            sleep(asked.unwrap_or_default()).await;
            pause = match self.network.pause(pause).await {
                true => FIRST_PAUSE,
                false => (pause * 2).min(LONGEST_PAUSE),
            };
        }
    }

    async fn try_open(
        &self,
    ) -> Result<(Session, mpsc::Receiver<room_matrix::MatrixFact>), (Problem, bool, Option<Duration>)>
    {
        let options = character::session_options(&self.settings, &self.state, self.network.clone())
            .map_err(|problem| (problem, true, None))?;
        let opened = Box::pin(Session::open(options)).await;
        opened.map_err(|error| {
            let asked = match &error {
                OpenError::RateLimited { retry_after } => *retry_after,
                _ => None,
            };
            let (problem, lasting) = self.explain(&error);
            (problem, lasting, asked)
        })
    }

    /// The problem, and whether only a person can mend it.
    fn explain(&self, error: &OpenError) -> (Problem, bool) {
        let server = self.settings.matrix.homeserver.as_str();
        let state = self.state.display().to_string();
        match error {
            OpenError::Unreachable(_) => (Issue::HomeserverUnreachable.about(server), false),
            OpenError::Certificate(cause) => (
                Issue::CertificateRefused.about(&format!("{server} ({cause})")),
                false,
            ),
            OpenError::NotAHomeserver(_) => (Issue::NotAHomeserver.about(server), true),
            OpenError::WrongPassword => (Issue::WrongPassword.about(server), true),
            OpenError::UnknownToken => (Issue::TokenExpired.about(server), true),
            OpenError::Deactivated => (Issue::AccountDeactivated.about(server), true),
            OpenError::OtherUser => (Issue::OtherUser.problem(), true),
            OpenError::BadUser => (Issue::BadUser.about(server), true),
            OpenError::RateLimited { .. } => (Issue::HomeserverBusy.about(server), false),
            OpenError::DiskFull => (Issue::DiskFull.about(&state), false),
            OpenError::Locked => (Issue::StateLocked.about(&state), false),
            OpenError::State(cause) => (
                Issue::StateUnusable.about(&format!("{state}: {cause}")),
                false,
            ),
            OpenError::Server { status, errcode } => {
                let about = format!("{server} ({status} {errcode})");
                (Issue::HomeserverRefused.about(&about), *status < 500)
            }
        }
    }

    async fn serve(
        &mut self,
        session: Session,
        mut facts: mpsc::Receiver<room_matrix::MatrixFact>,
    ) {
        let mut introduced = false;
        let mut day = day::Teller::new(Arc::clone(&self.settings));
        loop {
            tokio::select! {
                fact = facts.recv() => match fact {
                    Some(fact) => {
                        // Not before the first answer of the sync: what is watched earlier could
                        // meet a sync that is still being restored.
                        let online = matches!(fact, room_matrix::MatrixFact::Online);
                        for fact in day.facts(self.clock.now().unix_ms, &fact) {
                            self.mind.tell_day(fact).await;
                        }
                        if let Some(fact) = convert::fact(fact) {
                            self.tell(fact).await;
                        }
                        if online && !std::mem::replace(&mut introduced, true) {
                            tokio::spawn(introduce(session.clone(), self.mind.clone()));
                        }
                    }
                    None => return self.tell(MatrixFact::LoggedOut).await,
                },
                order = self.orders.recv() => match order {
                    Some(order) => self.carry_out(&session, order),
                    None => return,
                },
                Some(search) = self.searches.recv() => directory::carry_out(&session, search),
            }
        }
    }

    fn carry_out(&self, session: &Session, order: MatrixOrder) {
        if let MatrixOrder::Watch { rooms } = order {
            return session.watch(rooms);
        }
        let (session, mind) = (session.clone(), self.mind.clone());
        tokio::spawn(async move {
            if let Some(fact) = Box::pin(orders::carry_out(&session, order)).await {
                mind.tell(Input::Matrix(fact)).await;
            }
        });
    }

    async fn tell(&self, fact: MatrixFact) {
        self.mind.tell(Input::Matrix(fact)).await;
    }
}

/// Says who we are as soon as the homeserver says what it offers.
async fn introduce(session: Session, mind: Mind) {
    let mut pause = FIRST_PAUSE;
    let offered = loop {
        let mut asked = Duration::ZERO;
        match session.capabilities().await {
            Ok(offered) => break offered,
            Err(error) => {
                tracing::warn!(%error, "the homeserver does not say what it offers");
                if let RequestError::RateLimited { retry_after } = error {
                    asked = retry_after.unwrap_or_default();
                }
            }
        }
        sleep(pause.max(asked)).await;
        pause = (pause * 2).min(Duration::from_secs(10));
    };
    let verified = session.verified().await;
    let account = Account {
        user: session.user().to_owned(),
        device: session.device().to_owned(),
        verified,
        capabilities: Capabilities {
            delayed_events: offered.delayed_events,
            max_delay: offered.max_delay,
            sticky_events: offered.sticky_events,
        },
    };
    tracing::info!(?offered, verified, "logged in");
    mind.tell(Input::Matrix(MatrixFact::LoggedIn(account)))
        .await;
}
