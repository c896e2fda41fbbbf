//! Questions to Visio instances: each asked once, in a task of its own, so that a slow answer
//! holds up nothing else.

use room_core::input::Input;
use room_core::visio::{VisioFact, VisioOrder};
use room_visio::Visio;
use tokio::sync::mpsc;

use crate::mind::Mind;

/// Runs until the process ends.
pub async fn serve(mut orders: mpsc::UnboundedReceiver<VisioOrder>, mind: Mind) {
    let visio = match Visio::new() {
        Ok(visio) => Some(visio),
        Err(error) => {
            tracing::error!(%error, "Visio meetings cannot be joined");
            None
        }
    };
    while let Some(VisioOrder { request, ask }) = orders.recv().await {
        let (visio, mind) = (visio.clone(), mind.clone());
        tokio::spawn(async move {
            let answer = match visio {
                Some(visio) => visio.ask(ask).await,
                None => None,
            };
            mind.tell(Input::Visio(VisioFact { request, answer })).await;
        });
    }
}
