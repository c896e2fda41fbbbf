//! The main loop: orders from `roomd` on one side, devices and SFUs on the other.
//!
//! In: orders, reports of the SFUs' tasks, word that a device or a track changed, time.
//! Out: facts. The watchdog is fed from this loop, so a loop that stands still is noticed.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use room_livekit::Address;
use room_media::receive::{KeyStore, Receiver, ReceiverOptions};
use room_media::stage::Signs;
use room_messages::{
    Arrangement, Configuration, EndReason, Fact, Identity, MAX_ROSTER, MediaKey, Order, PeerTrack,
    Picture, RosterEntry, SfuId, SfuState, Source, Token,
};
use sd_notify::NotifyState;
use tokio::sync::{Notify, mpsc};
use tokio::time::{MissedTickBehavior, interval, timeout};

use crate::devices::{Devices, Wanted};
use crate::outcome::Failure;
use crate::sfu::{Envelope, Handle, Report, SfuOptions, SfuOrder};
use crate::socket;
use crate::told::Told;

const TICK: Duration = Duration::from_millis(250);
/// Connections besides the own one; as many as `roomd` asks for at most, and some to spare.
const MAX_SFUS: usize = 64;
/// How long clean leaves may take when everything ends.
const GOODBYE: Duration = Duration::from_secs(2);
/// A `roomd` that does not read its facts for so long is as good as gone.
const DEAF: Duration = Duration::from_secs(20);

struct Room {
    facts: mpsc::Sender<Fact>,
    told: Told,
    changed: Arc<Notify>,
    reports: mpsc::UnboundedSender<Envelope>,
    keys: KeyStore,
    own_key: Option<(u8, MediaKey)>,
    roster: Vec<RosterEntry>,
    arrangement: Arrangement,
    /// Who can be heard, and who speaks.
    audible: BTreeSet<Identity>,
    speaking: Vec<Identity>,
    muted: bool,
    camera_on: bool,
    share: bool,
    /// Muted by the server until `roomd` says something new about it: camera, microphone.
    held: (bool, bool),
    sfus: BTreeMap<SfuId, Handle>,
    next_number: u64,
}

/// Runs until `roomd` closes the socket.
///
/// # Errors
/// See [`Failure`].
pub async fn run(path: &Path) -> Result<(), Failure> {
    room_media::gst::init().map_err(|error| Failure::Start {
        what: "GStreamer",
        source: Box::new(error),
    })?;
    let (mut orders, facts) = socket::open(path).await.map_err(|source| Failure::Socket {
        path: path.to_owned(),
        source,
    })?;
    let _ = sd_notify::notify(&[NotifyState::Ready]);
    // The first offer of a process is slow: made now, no call waits for it.
    tokio::task::spawn_blocking(room_media::gst::warm_up);
    let (reports, mut inbox) = mpsc::unbounded_channel();
    let mut room = Room::new(facts, reports);
    let version = env!("CARGO_PKG_VERSION").to_owned();
    room.tell(Fact::Started { version }).await?;
    let Some(first) = orders.recv().await else {
        return Ok(());
    };
    let Order::Configure(configuration) = first.map_err(Failure::Wire)? else {
        return Err(Failure::NotConfigured);
    };
    let devices = start_devices(configuration, &room.changed).await?;
    room.tell(devices.fact()).await?;
    let changed = Arc::clone(&room.changed);
    let mut ticks = interval(TICK);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            order = orders.recv() => match order {
                Some(order) => room.order(&devices, order.map_err(Failure::Wire)?).await?,
                None => break,
            },
            Some(envelope) = inbox.recv() => room.report(&devices, envelope).await?,
            () = changed.notified() => room.tell_changes(&devices).await?,
            _ = ticks.tick() => room.tick(&devices).await?,
        }
    }
    room.say_goodbye(&devices, &mut inbox).await;
    Ok(())
}

async fn start_devices(
    configuration: Configuration,
    changed: &Arc<Notify>,
) -> Result<Devices, Failure> {
    let changed = Arc::clone(changed);
    tokio::task::spawn_blocking(move || Devices::start(&configuration, &changed))
        .await
        .map_err(|error| Failure::Start {
            what: "the devices",
            source: Box::new(error),
        })?
}

impl Room {
    fn new(facts: mpsc::Sender<Fact>, reports: mpsc::UnboundedSender<Envelope>) -> Self {
        Self {
            facts,
            told: Told::default(),
            changed: Arc::new(Notify::new()),
            reports,
            keys: KeyStore::default(),
            own_key: None,
            roster: Vec::new(),
            arrangement: Arrangement::default(),
            audible: BTreeSet::new(),
            speaking: Vec::new(),
            muted: true,
            camera_on: false,
            share: false,
            held: (false, false),
            sfus: BTreeMap::new(),
            next_number: 0,
        }
    }

    async fn tell(&mut self, fact: Fact) -> Result<(), Failure> {
        let Some(fact) = self.told.news(fact) else {
            return Ok(());
        };
        let sent = timeout(DEAF, self.facts.send(fact)).await;
        // A closed socket ends the orders too, and with them this process, by the front door.
        sent.map(|_| ()).map_err(|_| Failure::Start {
            what: "telling roomd",
            source: "it does not read its socket".into(),
        })
    }

    async fn order(&mut self, devices: &Devices, order: Order) -> Result<(), Failure> {
        match order {
            Order::Configure(_) => return Err(Failure::NotConfigured),
            Order::Connect {
                sfu,
                url,
                token,
                publish,
                encrypted,
            } => {
                let wish = Wish {
                    sfu,
                    url,
                    token,
                    publish,
                    encrypted,
                    guest: false,
                };
                return self.connect(devices, wish).await;
            }
            Order::Visit { url, token } => return self.visit(devices, url, token).await,
            Order::RenewToken { sfu, token } => self.order_one(sfu, SfuOrder::Token(token)),
            Order::Disconnect { sfu } => self.order_one(sfu, SfuOrder::Leave),
            Order::SetOwnKey { index, key } => {
                for handle in self.sfus.values().filter(|handle| handle.publishes) {
                    let key = key.clone();
                    handle.order(SfuOrder::OwnKey { index, key });
                }
                self.own_key = Some((index, key));
            }
            Order::SetPeerKey {
                identity,
                index,
                key,
            } => self.keys.set(&identity, index, &key),
            Order::SetRoster { entries } => self.set_roster(devices, entries),
            Order::SetMicrophone { muted } => {
                self.muted = muted;
                self.held.1 = false;
                self.settle_capture(devices);
            }
            Order::SetCamera { on } => {
                self.camera_on = on;
                self.held.0 = false;
                self.settle_capture(devices);
            }
            Order::SetShare { on } => {
                self.share = on;
                self.settle_capture(devices);
            }
            Order::SetView { view } => devices.capture.set_view(view),
            Order::SetSpeaker { volume } => {
                devices.voice.set_volume(volume.min(100));
                return self.tell(devices.fact()).await;
            }
            Order::SetRing { volume } => devices.voice.set_ring(volume.min(100)),
            Order::Say { prompts } => devices.say(prompts),
            Order::Show(screen) => devices.stage.show(screen),
            Order::Arrange(arrangement) => self.arrange(devices, arrangement),
            Order::TakePicture { request } => self.take_picture(devices, request),
            Order::TakeStatistics { request } => {
                let tracks = self.sfus.values().flat_map(Handle::statistics).collect();
                return self.tell(Fact::Statistics { request, tracks }).await;
            }
            Order::SimulateDevice { device, present } => {
                if devices.simulated {
                    devices.plug(device, present);
                }
            }
            Order::EndCall => self.end_call(devices),
        }
        Ok(())
    }

    fn order_one(&self, sfu: SfuId, order: SfuOrder) {
        if let Some(handle) = self.sfus.get(&sfu) {
            handle.order(order);
        }
    }

    /// Without end-to-end encryption, and so never beside a call that has it.
    async fn visit(&mut self, devices: &Devices, url: String, token: Token) -> Result<(), Failure> {
        let sealed = |handle: &Handle| handle.encrypted && !handle.is_leaving();
        if self.own_key.is_some() || self.sfus.values().any(sealed) {
            tracing::error!("a visit is ordered into an encrypted call: nothing is done");
            return Ok(());
        }
        let wish = Wish {
            sfu: SfuId::OWN,
            url,
            token,
            publish: true,
            encrypted: false,
            guest: true,
        };
        self.connect(devices, wish).await
    }

    async fn connect(&mut self, devices: &Devices, wish: Wish) -> Result<(), Failure> {
        let sfu = wish.sfu;
        let address = match Address::parse(&wish.url) {
            Ok(address) if self.sfus.len() < MAX_SFUS => address,
            Ok(_) => return self.refuse(sfu, "too many SFUs").await,
            Err(error) => return self.refuse(sfu, &crate::outcome::chain(&error)).await,
        };
        if let Some(handle) = self.sfus.get(&sfu) {
            let same = handle.address == address
                && handle.publishes == wish.publish
                && handle.encrypted == wish.encrypted;
            if same && !handle.is_leaving() {
                handle.order(SfuOrder::Token(wish.token));
                return Ok(());
            }
            handle.order(SfuOrder::Leave);
        }
        self.next_number += 1;
        let changed = Arc::clone(&self.changed);
        let receiver = Receiver::new(
            ReceiverOptions {
                sfu,
                encrypted: wish.encrypted,
                sif_trailer: Vec::new(),
            },
            self.keys.clone(),
            devices.stage.clone(),
            devices.voice.clone(),
            Arc::new(move || changed.notify_one()),
        );
        let options = SfuOptions {
            sfu,
            number: self.next_number,
            address,
            token: wish.token,
            encrypted: wish.encrypted,
            guest: wish.guest,
            capture: wish.publish.then(|| Arc::clone(&devices.capture)),
            simulated: devices.simulated,
            receiver,
        };
        let handle = Handle::start(options, self.reports.clone());
        if let Some((index, key)) = self.own_key.clone().filter(|_| wish.publish) {
            handle.order(SfuOrder::OwnKey { index, key });
        }
        handle.order(self.members_of(sfu));
        self.sfus.insert(sfu, handle);
        devices.voice.set_running(true);
        self.settle_capture(devices);
        Ok(())
    }

    async fn refuse(&mut self, sfu: SfuId, detail: &str) -> Result<(), Failure> {
        let detail = detail.to_owned();
        let reason = EndReason::Unreachable { detail };
        let state = SfuState::Ended { reason };
        self.tell(Fact::Sfu { sfu, state }).await
    }

    fn members_of(&self, sfu: SfuId) -> SfuOrder {
        let members = self.roster.iter().filter(|entry| entry.sfu == sfu);
        SfuOrder::Members {
            members: members.map(|entry| entry.identity.clone()).collect(),
            tiles: self.roster.len(),
            arrangement: self.arrangement.clone(),
        }
    }

    fn set_roster(&mut self, devices: &Devices, mut entries: Vec<RosterEntry>) {
        entries.truncate(MAX_ROSTER);
        let listed: BTreeSet<Identity> = entries.iter().map(|e| e.identity.clone()).collect();
        self.keys.retain(|identity| listed.contains(identity));
        self.roster = entries;
        devices.stage.set_roster(self.roster.clone());
        self.mark(devices);
        self.tell_members();
    }

    fn arrange(&mut self, devices: &Devices, arrangement: Arrangement) {
        devices.stage.arrange(arrangement.clone());
        self.arrangement = arrangement;
        self.tell_members();
    }

    fn tell_members(&self) {
        for (sfu, handle) in &self.sfus {
            handle.order(self.members_of(*sfu));
        }
    }

    /// Whoever has no open microphone is shown as muted.
    fn mark(&self, devices: &Devices) {
        let signs = self.roster.iter().map(|entry| {
            let who = &entry.identity;
            let signs = Signs {
                muted: !self.audible.contains(who),
                speaking: self.speaking.contains(who),
            };
            (who.clone(), signs)
        });
        devices.stage.mark(signs.collect());
    }

    /// Opens what is wanted and published, and tells the server of it.
    fn settle_capture(&self, devices: &Devices) {
        let camera = self.camera_on && !self.held.0;
        let microphone = !self.muted && !self.held.1;
        let mut publishes = false;
        let publishing = |handle: &&Handle| handle.publishes && !handle.is_leaving();
        for handle in self.sfus.values().filter(publishing) {
            publishes = true;
            handle.order(SfuOrder::Share { on: self.share });
            handle.order(SfuOrder::Muted {
                camera: !camera,
                microphone: !microphone,
            });
        }
        let capture = &devices.capture;
        capture.set_open(Wanted {
            camera: publishes && camera,
            microphone: publishes && microphone,
            content: publishes && self.share,
        });
    }

    fn take_picture(&self, devices: &Devices, request: u64) {
        let (stage, facts) = (devices.stage.clone(), self.facts.clone());
        tokio::task::spawn_blocking(move || match stage.picture() {
            Ok(png) => {
                let picture = Picture(png);
                let _ = facts.blocking_send(Fact::Picture { request, picture });
            }
            Err(error) => tracing::warn!(%error, "no picture of the stage"),
        });
    }

    fn end_call(&mut self, devices: &Devices) {
        for handle in self.sfus.values() {
            handle.order(SfuOrder::Leave);
        }
        self.own_key = None;
        self.keys.clear();
        self.roster.clear();
        self.held = (false, false);
        self.share = false;
        devices.stage.set_roster(Vec::new());
        devices.capture.set_open(Wanted::default());
    }

    async fn report(&mut self, devices: &Devices, envelope: Envelope) -> Result<(), Failure> {
        let current = self.sfus.get(&envelope.sfu);
        if current.is_none_or(|handle| handle.number != envelope.number) {
            return Ok(());
        }
        match envelope.report {
            Report::Fact(fact) => self.tell(fact).await,
            Report::OwnTracks(tracks) => self.tell(Fact::OwnTracks { tracks }).await,
            Report::MutedByServer(source) => {
                match source {
                    Source::Camera => self.held.0 = true,
                    Source::Microphone => self.held.1 = true,
                    Source::ScreenShare => self.share = false,
                    Source::ScreenShareAudio => {}
                }
                self.settle_capture(devices);
                self.tell(Fact::MutedByServer { source }).await
            }
            Report::Ended => {
                self.sfus.remove(&envelope.sfu);
                self.settle_capture(devices);
                devices.voice.set_running(!self.sfus.is_empty());
                self.tell_changes(devices).await
            }
        }
    }

    async fn tell_changes(&mut self, devices: &Devices) -> Result<(), Failure> {
        let receivers = self.sfus.values().map(Handle::receiver);
        let tracks: Vec<PeerTrack> = receivers.flat_map(Receiver::peer_tracks).collect();
        let audible = tracks.iter().filter(|track| is_open_microphone(track));
        let audible = audible.map(|track| track.identity.clone()).collect();
        if self.audible != audible {
            self.audible = audible;
            self.mark(devices);
        }
        self.tell(Fact::PeerTracks { tracks }).await?;
        self.tell(devices.fact()).await
    }

    async fn tick(&mut self, devices: &Devices) -> Result<(), Failure> {
        let _ = sd_notify::notify(&[NotifyState::Watchdog]);
        if self.sfus.is_empty() {
            return Ok(());
        }
        let identities = devices.voice.speaking();
        if self.speaking != identities {
            self.speaking.clone_from(&identities);
            self.mark(devices);
        }
        self.tell(Fact::Speaking { identities }).await
    }

    /// Camera off and keys gone at once; then, briefly, clean leaves.
    async fn say_goodbye(
        mut self,
        devices: &Devices,
        inbox: &mut mpsc::UnboundedReceiver<Envelope>,
    ) {
        self.end_call(devices);
        let until = Instant::now() + GOODBYE;
        while !self.sfus.is_empty() {
            let left = until.saturating_duration_since(Instant::now());
            let Ok(Some(envelope)) = timeout(left, inbox.recv()).await else {
                return;
            };
            if matches!(envelope.report, Report::Ended) {
                self.sfus.remove(&envelope.sfu);
            }
        }
    }
}

fn is_open_microphone(track: &PeerTrack) -> bool {
    track.source == Source::Microphone && !track.muted
}

/// An [`Order::Connect`] or [`Order::Visit`].
struct Wish {
    sfu: SfuId,
    url: String,
    token: Token,
    publish: bool,
    encrypted: bool,
    guest: bool,
}
