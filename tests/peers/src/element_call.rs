//! Opening Element Call for one user.

use std::time::Duration;

use crate::browser::{Browser, Loopback};
use crate::{
    CameraPicture, Error, PageLink, Pages, Peer, PeerOptions, Result, Sabotage, Tone, media,
};

/// Log in, first sync, Element Call's own start: 5 to 10 s on two busy cores.
const OPEN_LIMIT: Duration = Duration::from_secs(90);
const JOIN_LIMIT: Duration = Duration::from_secs(60);

/// Element Call embedded 0.26.1 in headless Chromium.
#[derive(Debug)]
pub struct ElementCall;

impl ElementCall {
    /// Logs in and opens Element Call's lobby: everything is ready, nothing is joined.
    ///
    /// # Errors
    /// When something is not installed, the homeserver refuses, or the lobby does not
    /// appear within 90 s.
    pub async fn open(options: PeerOptions) -> Result<Peer> {
        let devices = Devices {
            camera: options.camera,
            microphone: options.microphone,
        };
        let browser = devices.browser(Loopback::Offered).await?;
        let pages = Pages::start(options.livekit_service_url.as_deref()).await?;
        let link = link(&pages, &options);
        let peer = Peer::new(browser, Some(pages), devices);
        peer.go(&link).await?;
        in_lobby(peer).await
    }

    /// Follows a link of [`Pages::link`] as a person does, with a click on its start button,
    /// as far as the lobby, in a browser that uses the network as a person's does: it needs
    /// a network interface besides loopback. The [`Pages`] must live as long as the peer.
    ///
    /// # Errors
    /// As [`ElementCall::open`].
    pub async fn follow(
        link: &str,
        camera: Option<CameraPicture>,
        microphone: Option<Tone>,
    ) -> Result<Peer> {
        let devices = Devices { camera, microphone };
        let peer = Peer::new(devices.browser(Loopback::Hidden).await?, None, devices);
        peer.go(link).await?;
        peer.start().await?;
        in_lobby(peer).await
    }

    /// [`ElementCall::open`], then [`Peer::join`].
    ///
    /// # Errors
    /// As both.
    pub async fn join(options: PeerOptions) -> Result<Peer> {
        let peer = Self::open(options).await?;
        peer.join(JOIN_LIMIT).await?;
        Ok(peer)
    }
}

async fn in_lobby(peer: Peer) -> Result<Peer> {
    let lobby = peer.wait_until("the lobby", |seen| seen.in_lobby, OPEN_LIMIT);
    lobby.await?;
    Ok(peer)
}

/// What a peer has; Chromium always has both, so that it can turn them on later.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Devices {
    pub camera: Option<CameraPicture>,
    pub microphone: Option<Tone>,
}

impl Devices {
    pub(crate) async fn browser(self, loopback: Loopback) -> Result<Browser> {
        let folder = media::folder().await?;
        let files = tokio::task::spawn_blocking(move || {
            let camera = self.camera.unwrap_or_default();
            let microphone = self.microphone.unwrap_or(Tone { hz: 1000 });
            Ok::<_, Error>((
                media::camera_file(&folder, camera)?,
                media::microphone_file(&folder, microphone)?,
            ))
        });
        let (camera, microphone) = files
            .await
            .map_err(|error| Error::Page(error.to_string()))??;
        Browser::start(&camera, &microphone, loopback).await
    }
}

/// The link the peer's own browser opens.
fn link(pages: &Pages, options: &PeerOptions) -> String {
    let sabotage = match options.sabotage {
        Sabotage::None => "none",
        Sabotage::WrongKey => "wrong-key",
        Sabotage::NoKey => "no-key",
        Sabotage::Unencrypted => "unencrypted",
    };
    pages.link(&PageLink {
        homeserver_url: &options.homeserver_url,
        user: &options.user,
        password: &options.password,
        room: &options.room_id,
        title: "Peer",
        display_name: None,
        mode: options.mode,
        more: vec![
            ("auto", "true".into()),
            ("rawAudio", "true".into()),
            ("sabotage", sabotage.into()),
            ("rings", options.rings.to_string()),
            ("countsOnly", options.counts_only.to_string()),
            ("keyDelayMs", options.key_delay.as_millis().to_string()),
        ],
    })
}
