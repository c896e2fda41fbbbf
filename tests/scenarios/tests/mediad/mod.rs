//! Plays `roomd` to a real `mediad`: listens on its socket, gives orders, keeps its facts.

use std::process::{Child, Command, Stdio};
use std::time::Duration;

use room_messages::api::{Language, Text};
use room_messages::{
    AudioInput, AudioOutput, Configuration, Decryption, DeviceState, Fact, Identity, MediaKey,
    Order, PeerTrack, RosterEntry, Screen, SfuId, SfuState, Source, StageOutput, Token,
    TrackStatistics, VideoFormat, VideoInput, wire,
};
use salle_stack::{Grants, Site};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{UnixListener, UnixStream};
use tokio::time::timeout;

/// Everything waited for comes within this time, on a machine that does ten other things.
const PATIENCE: Duration = Duration::from_secs(60);

pub struct Mediad {
    pub identity: Identity,
    room: String,
    child: Child,
    socket: UnixStream,
    buffer: Vec<u8>,
    tracks: Vec<PeerTrack>,
    devices: Option<(DeviceState, DeviceState)>,
    state: Option<SfuState>,
    /// The last answer; none while one is asked for.
    statistics: Option<Vec<TrackStatistics>>,
    _directory: tempfile::TempDir,
}

impl Drop for Mediad {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

pub fn key(fill: u8) -> MediaKey {
    MediaKey::new(vec![fill; 16]).unwrap()
}

impl Mediad {
    pub async fn start(room: &str, identity: &str) -> Self {
        Self::start_with(room, identity, SMALL).await
    }

    /// With a camera of this format.
    pub async fn start_with(room: &str, identity: &str, video: VideoFormat) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("mediad.sock");
        let listener = UnixListener::bind(&path).unwrap();
        let child = Command::new(salle_scenarios::binary("mediad").unwrap())
            .arg("--socket")
            .arg(&path)
            .stdin(Stdio::null())
            .spawn()
            .unwrap();
        let (socket, _) = timeout(PATIENCE, listener.accept()).await.unwrap().unwrap();
        let mut this = Self {
            identity: Identity(identity.to_owned()),
            room: room.to_owned(),
            child,
            socket,
            buffer: Vec::new(),
            tracks: Vec::new(),
            devices: None,
            state: None,
            statistics: None,
            _directory: directory,
        };
        this.order(Order::Configure(configuration(video))).await;
        this
    }

    pub async fn order(&mut self, order: Order) {
        let bytes = wire::encode(&order).unwrap();
        self.socket.write_all(&bytes).await.unwrap();
    }

    /// Joins with camera and microphone; `own` is `None` for one who does not encrypt.
    pub async fn join(&mut self, site: &Site, own: Option<u8>, peer: &str, peer_key: u8) {
        if let Some(fill) = own {
            let key = key(fill);
            self.order(Order::SetOwnKey { index: 0, key }).await;
        }
        self.show_with(peer, 0).await;
        self.trust(peer, peer_key).await;
        self.order(Order::SetMicrophone { muted: false }).await;
        self.order(Order::SetCamera { on: true }).await;
        let security = Text::new("test", "essai");
        self.order(Order::Show(Screen::Call {
            security,
            notice: Text::default(),
        }))
        .await;
        let token = self.token(site);
        self.order(Order::Connect {
            sfu: SfuId::OWN,
            url: site.sfu_url().to_owned(),
            token,
            publish: true,
            encrypted: own.is_some(),
        })
        .await;
    }

    /// The stage shows `peer` and so many who have no picture, each as large.
    pub async fn show_with(&mut self, peer: &str, others: usize) {
        let others = (0..others).map(|number| format!("nobody-{number}"));
        let names = std::iter::once(peer.to_owned()).chain(others);
        let entry = |name: String| RosterEntry {
            sfu: SfuId::OWN,
            identity: Identity(name.clone()),
            name,
        };
        let entries = names.map(entry).collect();
        self.order(Order::SetRoster { entries }).await;
    }

    pub async fn trust(&mut self, peer: &str, fill: u8) {
        self.order(Order::SetPeerKey {
            identity: Identity(peer.to_owned()),
            index: 0,
            key: key(fill),
        })
        .await;
    }

    fn token(&self, site: &Site) -> Token {
        Token::new(site.mint_token(&self.room, &self.identity.0, &Grants::default()))
    }

    /// Reads facts until `done`; answers requests for tokens meanwhile, as `roomd` does.
    async fn until(&mut self, site: &Site, what: &str, done: impl Fn(&Self) -> bool) {
        let waited = timeout(PATIENCE, async {
            while !done(self) {
                let fact = self.fact().await;
                self.take(site, fact).await;
            }
        });
        let waited = waited.await;
        assert!(
            waited.is_ok(),
            "{}: {what}; {:?} {:?} {:?} {:?}",
            self.identity.0,
            self.state,
            self.devices,
            self.tracks,
            self.statistics
        );
    }

    async fn fact(&mut self) -> Fact {
        loop {
            if let Some(fact) = wire::decode(&mut self.buffer).unwrap() {
                return fact;
            }
            let read = self.socket.read_buf(&mut self.buffer).await.unwrap();
            assert!(read > 0, "mediad ended");
        }
    }

    async fn take(&mut self, site: &Site, fact: Fact) {
        match fact {
            Fact::PeerTracks { tracks } => self.tracks = tracks,
            Fact::Devices {
                camera, microphone, ..
            } => self.devices = Some((camera, microphone)),
            Fact::Sfu { state, .. } => self.state = Some(state),
            Fact::Statistics { tracks, .. } => self.statistics = Some(tracks),
            Fact::TokenNeeded { sfu } => {
                site.sfu().create_room(&self.room).await.unwrap();
                let token = self.token(site);
                self.order(Order::RenewToken { sfu, token }).await;
            }
            _ => {}
        }
    }

    /// Every received track is in this state.
    pub async fn until_all(&mut self, site: &Site, wanted: Decryption) {
        let what = format!("{wanted:?}");
        self.until(site, &what, |this| {
            let all = this.tracks.iter().all(|track| track.decryption == wanted);
            this.tracks.len() == 2 && all
        })
        .await;
    }

    pub async fn until_muted(&mut self, site: &Site) {
        self.until(site, "tracks muted", |this| {
            this.tracks.len() == 2 && this.tracks.iter().all(|track| track.muted)
        })
        .await;
    }

    pub async fn until_devices(&mut self, site: &Site, state: DeviceState) {
        self.until(site, "devices", |this| this.devices == Some((state, state)))
            .await;
    }

    pub async fn until_state(&mut self, site: &Site, state: SfuState) {
        self.until(site, "state", |this| this.state.as_ref() == Some(&state))
            .await;
    }

    /// Moving pictures and the test tone of the other arrive.
    pub async fn until_plays(&mut self, site: &Site) {
        self.until_figures(site, "picture and tone", plays).await;
    }

    /// The figures of its tracks come to be right.
    pub async fn until_figures(
        &mut self,
        site: &Site,
        what: &str,
        mut right: impl FnMut(&[TrackStatistics]) -> bool,
    ) {
        let begun = tokio::time::Instant::now();
        loop {
            self.statistics = None;
            self.order(Order::TakeStatistics { request: 1 }).await;
            self.until(site, "statistics", |this| this.statistics.is_some())
                .await;
            let seen = self.statistics.take().unwrap_or_default();
            if right(&seen) {
                return;
            }
            assert!(begun.elapsed() < PATIENCE, "{what}: {seen:#?}");
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    }

    /// Closes the socket as a dead `roomd` does; the exit code.
    pub async fn hang_up(mut self) -> Option<i32> {
        self.socket.shutdown().await.unwrap();
        let end = std::time::Instant::now() + PATIENCE;
        loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                return status.code();
            }
            assert!(std::time::Instant::now() < end, "mediad goes on");
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    }
}

fn plays(tracks: &[TrackStatistics]) -> bool {
    let of = |source| {
        let mut others = tracks.iter().filter(|track| track.identity.is_some());
        others.find(move |track| track.source == Some(source))
    };
    let seen = of(Source::Camera).is_some_and(|t| t.frames > 0 && t.frames_per_second >= 5.0);
    let tone = of(Source::Microphone).and_then(|track| track.tone_hz);
    seen && tone.is_some_and(|hz| (hz - 440.0).abs() < 15.0)
}

/// What costs little.
const SMALL: VideoFormat = VideoFormat {
    width: 640,
    height: 360,
    frames_per_second: 20,
    layers: 2,
};

fn configuration(video: VideoFormat) -> Configuration {
    Configuration {
        room_name: "Test".into(),
        language: Language::En,
        camera: VideoInput::Test,
        microphone: AudioInput::Test,
        speaker: AudioOutput::Test,
        content: VideoInput::Test,
        stage: StageOutput::None,
        video,
        content_video: SMALL,
        simulated: true,
    }
}
