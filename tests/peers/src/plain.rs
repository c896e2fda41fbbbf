//! A plain LiveKit participant in Chromium, for meetings without end-to-end encryption.

use std::time::Duration;

use url::form_urlencoded::Serializer;

use crate::browser::Loopback;
use crate::element_call::Devices;
use crate::{CameraPicture, Pages, Peer, Result, Tone};

const JOIN_LIMIT: Duration = Duration::from_secs(90);

/// `livekit-client` 2.21 set up as La Suite Meet's web client is: VP9, with a VP8 copy for those
/// who cannot take it.
#[derive(Debug)]
pub struct WebGuest;

impl WebGuest {
    /// Joins with camera and microphone.
    ///
    /// # Errors
    /// When something is not installed, or the SFU does not let it in within 90 s.
    pub async fn join(url: &str, token: &str, microphone: Tone) -> Result<Peer> {
        let devices = Devices {
            camera: Some(CameraPicture::default()),
            microphone: Some(microphone),
        };
        let browser = devices.browser(Loopback::Offered).await?;
        let pages = Pages::start(None).await?;
        let mut fragment = Serializer::new(String::new());
        fragment.append_pair("url", url).append_pair("token", token);
        let link = pages.plain_link(&fragment.finish());
        let peer = Peer::new(browser, Some(pages), devices);
        peer.go(&link).await?;
        peer.wait_until("being in", |seen| seen.in_call, JOIN_LIMIT)
            .await?;
        Ok(peer)
    }
}
