//! From RTP of a subscribed track to pictures on the stage and sound in the room.
//!
//! What `mediad` uses (one [`Receiver`] per SFU connection, one [`KeyStore`] per process):
//!
//! ```text
//! KeyStore::default()                                 // Clone: a shared handle
//!   .set(&Identity, index: u8, &MediaKey)  .forget(&Identity)  .retain(|&Identity| bool)  .clear()
//! Receiver::new(ReceiverOptions { sfu, encrypted, simulated, sif_trailer: Vec<u8> },
//!               keys: KeyStore, stage: Stage, voice: Voice,
//!               changed: Arc<dyn Fn() + Send + Sync>) -> Arc<Receiver>   // impl peer::TrackSink
//!   .set_sif_trailer(&[u8])
//!   .set_tracks(Vec<TrackInfo>)        // all tracks signalling knows, whenever one changes
//!   .set_roster(BTreeSet<Identity>)    // whose media may be played
//!   .peer_tracks() -> Vec<PeerTrack>   // read it after `changed`
//!   .statistics() -> Vec<TrackStatistics>
//!   .close()
//! TrackInfo { sid, identity, source, codec: String, encrypted: bool, muted: bool }
//! Stage::new(StageOptions { output, room_name, language, frames_per_second }) -> Result<Stage, StageError>
//!   .show(Screen)  .set_roster(Vec<RosterEntry>)  .picture() -> Result<Vec<u8>, StageError> (blocks)
//! Voice::new(VoiceOptions { output: AudioOutput, simulated }) -> Voice
//!   .set_running(bool)  .set_volume(u8)  .simulate_present(bool)
//!   .state() -> DeviceState  .speaking() -> Vec<Identity>
//! ```
