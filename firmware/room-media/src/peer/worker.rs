//! The thread that owns one `webrtcbin`: it carries out steps one after the other.
//!
//! Input: closures. Output: their results, each through its own channel. Ends when the handle
//! is dropped, and then stops the pipeline, which may take a while and therefore happens here.

use std::sync::mpsc;
use std::time::Duration;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use tokio::sync::oneshot;

use super::PeerError;

/// Longest a step of `webrtcbin` may take. The first offer of a process takes about a second
/// on a loaded machine.
const STEP_LIMIT: Duration = Duration::from_secs(15);

/// The pipeline and its one connection, as steps see it.
#[derive(Clone, Debug)]
pub(super) struct Bench {
    pub pipeline: gst::Pipeline,
    pub webrtc: gst::Element,
}

type Step = Box<dyn FnOnce(&Bench) + Send>;

/// Handle of the thread.
#[derive(Debug)]
pub(super) struct Worker {
    steps: mpsc::Sender<Step>,
    ended: tokio::sync::watch::Receiver<bool>,
}

impl Worker {
    pub fn start(name: &str, bench: Bench) -> Result<Self, PeerError> {
        let (steps, inbox) = mpsc::channel::<Step>();
        let (end, ended) = tokio::sync::watch::channel(false);
        std::thread::Builder::new()
            .name(format!("peer-{name}").chars().take(15).collect())
            .spawn(move || {
                for step in inbox {
                    step(&bench);
                }
                stop(&bench);
                let _ = end.send(true);
            })
            .map_err(|error| PeerError::Build {
                what: format!("thread: {error}"),
            })?;
        Ok(Self { steps, ended })
    }

    /// Carries out a step on the thread and waits for its result.
    pub async fn run<T: Send + 'static>(
        &self,
        step: impl FnOnce(&Bench) -> Result<T, PeerError> + Send + 'static,
    ) -> Result<T, PeerError> {
        let (reply, result) = oneshot::channel();
        let step = Box::new(move |bench: &Bench| {
            let _ = reply.send(step(bench));
        });
        self.steps.send(step).map_err(|_| PeerError::Closed)?;
        result.await.map_err(|_| PeerError::Closed)?
    }

    /// Carries out a step on the thread without waiting.
    pub fn order(&self, step: impl FnOnce(&Bench) + Send + 'static) {
        let _ = self.steps.send(Box::new(step));
    }

    /// Ends the thread and waits until the pipeline is gone.
    pub async fn close(self) {
        let Self { steps, mut ended } = self;
        drop(steps);
        let _ = ended.wait_for(|ended| *ended).await;
    }
}

fn stop(bench: &Bench) {
    if let Some(bus) = bench.pipeline.bus() {
        // The handler holds the event channel, which must end with the connection.
        bus.unset_sync_handler();
    }
    if bench.pipeline.set_state(gst::State::Null).is_err() {
        tracing::warn!("a connection's pipeline does not stop");
    }
}

impl Bench {
    /// Calls a `webrtcbin` action that answers by a promise, and waits for the answer.
    pub fn ask(
        &self,
        step: &'static str,
        call: impl FnOnce(&gst::Element, &gst::Promise),
    ) -> Result<Option<gst::Structure>, PeerError> {
        let (reply, answer) = mpsc::channel();
        let promise = gst::Promise::with_change_func(move |result| {
            let _ = reply.send(result.map(|fields| fields.map(|fields| fields.to_owned())));
        });
        call(&self.webrtc, &promise);
        let fields = answer
            .recv_timeout(STEP_LIMIT)
            .map_err(|_| PeerError::TimedOut { step })?
            .map_err(|error| PeerError::Refused {
                step,
                detail: format!("{error:?}"),
            })?;
        match fields
            .as_ref()
            .map(|fields| fields.get::<glib::Error>("error"))
        {
            Some(Ok(error)) => Err(PeerError::Refused {
                step,
                detail: error.to_string(),
            }),
            _ => Ok(fields),
        }
    }
}
