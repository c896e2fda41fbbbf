//! From RTP of a subscribed track to pictures on the stage and sound in the room.
//!
//! What `mediad` uses (one [`Receiver`] per SFU connection, one [`KeyStore`] per process):
//!
//! ```text
//! KeyStore::default()                                 // Clone: a shared handle
//!   .set(&Identity, index: u8, &MediaKey)  .forget(&Identity)  .retain(|&Identity| bool)  .clear()
//! Receiver::new(ReceiverOptions { sfu, encrypted, sif_trailer: Vec<u8> },
//!               keys: KeyStore, stage: Stage, voice: Voice,
//!               changed: voice::Changed) -> Arc<Receiver>   // impl peer::TrackSink
//!   .set_sif_trailer(&[u8])
//!   .set_tracks(Vec<TrackInfo>)        // all tracks signalling knows, whenever one changes
//!   .set_roster(BTreeSet<Identity>)    // whose media may be played
//!   .peer_tracks() -> Vec<PeerTrack>   // read it after `changed`
//!   .statistics() -> Vec<TrackStatistics>
//!   .close()
//! TrackInfo { sid, identity, source, codec: String, encrypted: bool, muted: bool }
//! Stage::new(StageOptions { output, room_name, language, frames_per_second }) -> Result<Stage, StageError>
//!   .show(Screen)  .set_roster(Vec<RosterEntry>)  .picture() -> Result<Vec<u8>, StageError> (blocks)
//! Voice::new(VoiceOptions { output: AudioOutput, simulated }, changed: voice::Changed) -> Voice
//!   .set_running(bool)  .set_volume(u8)  .simulate_present(bool)
//!   .state() -> DeviceState  .speaking() -> Vec<Identity>
//! ```
//!
//! The way of a packet: `webrtcbin` pad → appsink in the connection's pipeline → frame whole
//! ([`room_frames::Depayloader`]) → opened with its sender's keys → [`room_frames::VideoGate`]
//! → decoder in a pipeline of its own → picture slot of the stage, or voice of the mixer.
//!
//! Invariants: nothing of somebody outside the roster is decoded; nothing unencrypted in an
//! encrypted call is; a decoder that breaks on hostile content takes nothing else with it.

#[cfg(test)]
mod between_rooms;
mod branch;
mod decoder;
mod figures;
mod flow;
mod keys;
mod parked;
mod receiver;
#[cfg(test)]
mod tests;
mod track;

pub use keys::KeyStore;
pub use receiver::{Receiver, ReceiverOptions};
pub use track::TrackInfo;
