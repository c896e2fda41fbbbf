//! A peer that is in the lobby or in the call: looking, pressing, ending.

use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::time::Instant;

use crate::browser::Browser;
use crate::element_call::Devices;
use crate::{Error, Observation, Pages, Result, Usage, processes};

/// Between two looks of [`Peer::wait_until`].
const LOOK_EVERY: Duration = Duration::from_millis(250);
const LEAVE_LIMIT: Duration = Duration::from_secs(60);
/// The start button comes after the first sync.
const START_LIMIT: Duration = Duration::from_secs(60);
/// Buttons appear with a short delay after what they belong to.
const PRESS_LIMIT: Duration = Duration::from_secs(60);
/// A hand that is not up by then is raised again.
const HAND_LIMIT: Duration = Duration::from_secs(10);
const HAND_TRIES: u32 = 4;

/// Element Call of one user. Dropped, it is killed without hanging up, like
/// [`Peer::kill`]: the others see a lost participant.
#[derive(Debug)]
pub struct Peer {
    browser: Browser,
    /// The server of the page, when it is this peer's own.
    _pages: Option<Pages>,
    devices: Devices,
}

impl Peer {
    pub(crate) fn new(browser: Browser, pages: Option<Pages>, devices: Devices) -> Self {
        Self {
            browser,
            _pages: pages,
            devices,
        }
    }

    pub(crate) async fn go(&self, link: &str) -> Result<()> {
        let went = self.browser.client.goto(link).await;
        went.map_err(browser("opening the page"))
    }

    /// Presses the start button of the page.
    pub(crate) async fn start(&self) -> Result<()> {
        self.press_within("start()", START_LIMIT).await
    }

    /// Presses Element Call's join button and waits until the call is shown. A peer without
    /// camera or microphone turns them off then.
    ///
    /// # Errors
    /// When the call is not shown within `limit`.
    pub async fn join(&self, limit: Duration) -> Result<()> {
        self.press("join()").await?;
        self.wait_until("the call", |seen| seen.in_call, limit)
            .await?;
        if self.devices.camera.is_none() {
            self.set_camera(false).await?;
        }
        if self.devices.microphone.is_none() {
            self.set_microphone(false).await?;
        }
        Ok(())
    }

    /// What this person sees and hears now.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn observe(&self) -> Result<Observation> {
        self.ask("window.salle.observe()").await
    }

    /// Looks until `condition` holds, and returns that look.
    ///
    /// # Errors
    /// [`Error::NotSeen`] with `what` and the last look after `limit`; [`Error::Page`] as
    /// soon as the page says that it failed.
    pub async fn wait_until(
        &self,
        what: &str,
        condition: impl Fn(&Observation) -> bool,
        limit: Duration,
    ) -> Result<Observation> {
        let end = Instant::now() + limit;
        loop {
            let seen = self.observe().await?;
            if condition(&seen) {
                return Ok(seen);
            }
            if let Some(problem) = seen.problem {
                return Err(Error::Page(problem));
            }
            if Instant::now() > end {
                return Err(Error::NotSeen {
                    what: what.to_owned(),
                    limit,
                    last: serde_json::to_string(&seen).unwrap_or_default(),
                });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
    }

    /// Mutes or unmutes, and waits until Element Call shows it.
    ///
    /// # Errors
    /// When Element Call does not.
    pub async fn set_microphone(&self, on: bool) -> Result<()> {
        self.press(&format!("setMicrophone({on})")).await?;
        let done = self.wait_until(
            "the microphone button",
            |seen| seen.own.microphone == on,
            PRESS_LIMIT,
        );
        done.await.map(drop)
    }

    /// Turns the camera on or off, and waits until Element Call shows it.
    ///
    /// # Errors
    /// When Element Call does not.
    pub async fn set_camera(&self, on: bool) -> Result<()> {
        self.press(&format!("setCamera({on})")).await?;
        let done = self.wait_until(
            "the camera button",
            |seen| seen.own.camera == on,
            PRESS_LIMIT,
        );
        done.await.map(drop)
    }

    /// Raises or lowers the hand, and waits until the homeserver has told Element Call so.
    /// Presses again when that does not come: a hand is lost when the membership changes.
    ///
    /// # Errors
    /// When Element Call shows no call, or does not do it.
    pub async fn set_hand(&self, up: bool) -> Result<()> {
        let done = |seen: &Observation| seen.own.hand_raised == up;
        let mut tries = HAND_TRIES;
        while !done(&self.observe().await?) {
            self.press("type('h')").await?;
            tries -= 1;
            match self.wait_until("the own hand", done, HAND_LIMIT).await {
                Err(Error::NotSeen { .. }) if tries > 0 => {}
                seen => return seen.map(drop),
            }
        }
        Ok(())
    }

    /// Sends the reaction with the thumb up, shown for 3 s.
    ///
    /// # Errors
    /// When Element Call shows no call.
    pub async fn react(&self) -> Result<()> {
        self.press("type('1')").await
    }

    /// Hangs up as a person does, and waits until Element Call has told everybody. The
    /// browser stays open until the peer is dropped.
    ///
    /// # Errors
    /// When the call does not end within a minute.
    pub async fn leave(&self) -> Result<()> {
        self.press("leave()").await?;
        let done = self.wait_until("the end of the call", |seen| seen.ended, LEAVE_LIMIT);
        done.await.map(drop)
    }

    /// Ends the browser at once, as a crash or a power cut does.
    pub fn kill(self) {}

    /// The Matrix device this peer logged in as.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn device_id(&self) -> Result<String> {
        self.ask("window.salle.device()").await
    }

    /// The full Matrix user id.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn user_id(&self) -> Result<String> {
        self.ask("window.salle.user()").await
    }

    /// What the browser's window shows, as PNG.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn screenshot(&self) -> Result<Vec<u8>> {
        let taken = self.browser.client.screenshot().await;
        taken.map_err(browser("taking a screenshot"))
    }

    /// Names of participants, tracks and connections, for the report of a failed test.
    ///
    /// # Errors
    /// When the browser is gone.
    pub async fn trace(&self) -> Result<Value> {
        self.ask("window.salle.trace()").await
    }

    /// Process ids of the browser, to measure; the driver is left out.
    #[must_use]
    pub fn pids(&self) -> Vec<u32> {
        self.browser.pids()
    }

    /// CPU time and memory of the browser so far.
    #[must_use]
    pub fn usage(&self) -> Usage {
        processes::usage(&self.pids())
    }

    /// Tries until Element Call has the button.
    async fn press(&self, call: &str) -> Result<()> {
        self.press_within(call, PRESS_LIMIT).await
    }

    async fn press_within(&self, call: &str, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        while !self.ask::<bool>(&format!("window.salle.{call}")).await? {
            if Instant::now() > end {
                return Err(Error::NotSeen {
                    what: format!("a button to press for {call}"),
                    limit,
                    last: serde_json::to_string(&self.observe().await?).unwrap_or_default(),
                });
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn ask<T: DeserializeOwned>(&self, expression: &str) -> Result<T> {
        let script = format!(
            "const done = arguments[arguments.length - 1];\
             Promise.resolve().then(() => {expression})\
             .then((value) => done({{ value }}), (error) => done({{ error: String(error) }}));"
        );
        let answer = self.browser.client.execute_async(&script, Vec::new()).await;
        let mut answer = answer.map_err(browser("asking the page"))?;
        if let Some(error) = answer.get("error").and_then(Value::as_str) {
            return Err(Error::Page(error.to_owned()));
        }
        let value = answer.get_mut("value").map_or(Value::Null, Value::take);
        serde_json::from_value(value).map_err(Error::Answer)
    }
}

fn browser(step: &'static str) -> impl FnOnce(fantoccini::error::CmdError) -> Error {
    move |cause| Error::Browser {
        step,
        cause: Box::new(cause),
    }
}
