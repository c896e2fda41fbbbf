//! What one SFU connection receives.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, Weak};
use std::time::{SystemTime, UNIX_EPOCH};

use gstreamer as gst;
use room_frames::SifTrailer;
use room_messages::{Decryption, Identity, PeerTrack, SfuId, TrackStatistics};

use super::branch::{Branch, Carried, Told};
use super::decoder::Target;
use super::flow::Flow;
use super::keys::{KeyStore, lock};
use super::track::{Admission, TrackInfo, codec_of, is_video};
use crate::peer::{IncomingTrack, TrackSink};
use crate::stage::Stage;
use crate::voice::{Changed, Voice};

/// More tracks than any call has; what comes beyond is left out.
const MAX_TRACKS: usize = 4000;

#[derive(Clone, Debug)]
pub struct ReceiverOptions {
    pub sfu: SfuId,
    /// Whether the call is end-to-end encrypted.
    pub encrypted: bool,
    /// `JoinResponse.sif_trailer`; may be set later.
    pub sif_trailer: Vec<u8>,
}

/// Takes an SFU connection's received tracks: give it to `peer::Subscription::new`.
pub struct Receiver {
    sfu: SfuId,
    encrypted: bool,
    keys: KeyStore,
    stage: Stage,
    voice: Voice,
    changed: Changed,
    this: Weak<Self>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    sif: SifTrailer,
    roster: BTreeSet<Identity>,
    /// By LiveKit's track id.
    tracks: BTreeMap<String, Known>,
    /// By media section.
    branches: BTreeMap<String, Section>,
}

struct Known {
    info: TrackInfo,
    decryption: Decryption,
    since_ms: u64,
}

struct Section {
    branch: Branch,
    pad: gst::Pad,
    /// Track it carries, `TR_…`.
    sid: Option<String>,
}

impl std::fmt::Debug for Receiver {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Receiver")
            .field("sfu", &self.sfu)
            .finish_non_exhaustive()
    }
}

impl Receiver {
    /// `changed` is called, from any thread, when [`Self::peer_tracks`] has news.
    #[must_use]
    pub fn new(
        options: ReceiverOptions,
        keys: KeyStore,
        stage: Stage,
        voice: Voice,
        changed: Changed,
    ) -> Arc<Self> {
        Arc::new_cyclic(|this| Self {
            sfu: options.sfu,
            encrypted: options.encrypted,
            keys,
            stage,
            voice,
            changed,
            this: Weak::clone(this),
            state: Mutex::new(State {
                sif: SifTrailer::new(&options.sif_trailer),
                ..State::default()
            }),
        })
    }

    /// The trailer of the SFU's own frames, from its join response. For tracks added later.
    pub fn set_sif_trailer(&self, trailer: &[u8]) {
        lock(&self.state).sif = SifTrailer::new(trailer);
    }

    /// All tracks signalling knows of on this SFU, whenever one changes.
    pub fn set_tracks(&self, tracks: Vec<TrackInfo>) {
        let mut state = lock(&self.state);
        let mut old = std::mem::take(&mut state.tracks);
        for info in tracks.into_iter().take(MAX_TRACKS) {
            let known = old.remove(&info.sid);
            let known = self.known(info, known, &state.roster);
            state.tracks.insert(known.info.sid.clone(), known);
        }
        self.assign_all(&mut state);
        drop(state);
        (self.changed)();
    }

    /// Whose media may be played.
    pub fn set_roster(&self, roster: BTreeSet<Identity>) {
        let mut state = lock(&self.state);
        state.roster = roster;
        let tracks = std::mem::take(&mut state.tracks);
        for (sid, known) in tracks {
            let known = self.known(known.info.clone(), Some(known), &state.roster);
            state.tracks.insert(sid, known);
        }
        self.assign_all(&mut state);
        drop(state);
        (self.changed)();
    }

    /// All tracks others publish on this SFU, and what became of them here.
    #[must_use]
    pub fn peer_tracks(&self) -> Vec<PeerTrack> {
        let state = lock(&self.state);
        state
            .tracks
            .values()
            .map(|known| PeerTrack {
                sfu: self.sfu,
                identity: known.info.identity.clone(),
                source: known.info.source,
                sid: known.info.sid.clone(),
                muted: known.info.muted,
                decryption: known.decryption,
                since_ms: known.since_ms,
            })
            .collect()
    }

    /// Figures of the tracks that are received now.
    #[must_use]
    pub fn statistics(&self) -> Vec<TrackStatistics> {
        let state = lock(&self.state);
        state
            .branches
            .values()
            .filter_map(|section| section.branch.statistics())
            .collect()
    }

    /// Stops decoding and lets go of every pad.
    pub fn close(&self) {
        let branches = std::mem::take(&mut lock(&self.state).branches);
        drop(branches);
    }

    /// A track with its decryption, which begins anew when its admission changed.
    fn known(&self, info: TrackInfo, old: Option<Known>, roster: &BTreeSet<Identity>) -> Known {
        let at_first = self.admission(&info, roster).at_first();
        let kept = old.filter(|old| {
            old.info.identity == info.identity
                && old.info.encrypted == info.encrypted
                && (at_first == Decryption::Waiting || old.decryption == at_first)
        });
        match kept {
            Some(old) => Known { info, ..old },
            None => Known {
                info,
                decryption: at_first,
                since_ms: unix_ms(),
            },
        }
    }

    fn admission(&self, info: &TrackInfo, roster: &BTreeSet<Identity>) -> Admission {
        let in_roster = roster.contains(&info.identity);
        Admission::of(self.encrypted, info.encrypted, in_roster)
    }

    fn assign_all(&self, state: &mut State) {
        let State {
            branches,
            tracks,
            roster,
            sif,
        } = state;
        for section in branches.values() {
            self.assign(section, tracks, roster, sif);
        }
    }

    /// Lets a section carry what it should, unless it does already.
    fn assign(
        &self,
        section: &Section,
        tracks: &BTreeMap<String, Known>,
        roster: &BTreeSet<Identity>,
        sif: &SifTrailer,
    ) {
        let known = section.sid.as_ref().and_then(|sid| tracks.get(sid));
        let admitted = known
            .map(|known| (&known.info, self.admission(&known.info, roster)))
            .filter(|(_, admission)| matches!(admission, Admission::Sealed | Admission::Plain));
        let Some((info, admission)) = admitted else {
            section.branch.carry(None);
            return;
        };
        section.branch.set_muted(info.muted);
        if !section.branch.carries(info) {
            let carried = self.carried(info, admission, &section.branch.caps_codec, sif);
            section.branch.carry(carried);
        }
    }

    fn carried(
        &self,
        info: &TrackInfo,
        admission: Admission,
        caps_codec: &str,
        sif: &SifTrailer,
    ) -> Option<Carried> {
        let codec = codec_of(info, caps_codec)?;
        let video = is_video(info.source);
        if video == (codec == room_frames::Codec::Opus) {
            return None;
        }
        let target = if video {
            Target::Picture(self.stage.slot(&info.identity, info.source))
        } else {
            Target::Sound(Arc::new(self.voice.track(info.identity.clone())?))
        };
        let ring = self.keys.ring(&info.identity)?;
        Some(Carried {
            info: info.clone(),
            codec,
            flow: Flow::new(codec, admission, ring, sif.clone()),
            target,
        })
    }

    /// A track's decryption changed, says its streaming thread.
    fn told(&self, sid: &str, decryption: Decryption) {
        if let Some(known) = lock(&self.state).tracks.get_mut(sid) {
            known.decryption = decryption;
            known.since_ms = unix_ms();
        }
        (self.changed)();
    }

    fn teller(&self) -> Told {
        let this = Weak::clone(&self.this);
        Arc::new(move |sid, decryption| {
            if let Some(this) = this.upgrade() {
                this.told(sid, decryption);
            }
        })
    }
}

impl TrackSink for Receiver {
    fn added(&self, track: IncomingTrack) {
        let attached = Branch::attach(&track.pad, &track.pipeline, track.codec, self.teller());
        let branch = match attached {
            Ok(branch) => branch,
            Err(error) => {
                tracing::error!(%error, "a received track cannot be taken");
                return;
            }
        };
        let section = Section {
            branch,
            pad: track.pad,
            sid: Some(track.sid).filter(|sid| !sid.is_empty()),
        };
        let mut state = lock(&self.state);
        self.assign(&section, &state.tracks, &state.roster, &state.sif);
        let old = state.branches.insert(track.mid, section);
        drop(state);
        drop(old);
    }

    fn changed(&self, mid: &str, sid: Option<&str>) {
        let mut state = lock(&self.state);
        let State {
            branches,
            tracks,
            roster,
            sif,
        } = &mut *state;
        if let Some(section) = branches.get_mut(mid) {
            section.sid = sid.map(str::to_owned);
            self.assign(section, tracks, roster, sif);
        }
    }

    fn removed(&self, mid: &str, pad: &gst::Pad) {
        let mut state = lock(&self.state);
        let named = state.branches.get(mid).is_some_and(|s| s.pad == *pad);
        let mid = if named {
            Some(mid.to_owned())
        } else {
            let mut sections = state.branches.iter();
            sections
                .find(|(_, section)| section.pad == *pad)
                .map(|(mid, _)| mid.clone())
        };
        let gone = mid.and_then(|mid| state.branches.remove(&mid));
        drop(state);
        drop(gone);
    }
}

fn unix_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |d| u64::try_from(d.as_millis()).unwrap_or(u64::MAX))
}
