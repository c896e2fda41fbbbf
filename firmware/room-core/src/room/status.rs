//! Everything a panel shows, as it is now.

use room_messages::api::meetings::Meetings;
use room_messages::api::{
    Call, Camera, Device, Microphone, Milestone, NamedConnection, NamedTrack, Participant, Phase,
    Presence, Problem, Ringing, Room as RoomStatus, Security, Share, Speaker, Standby, Statistics,
    Status, TrackState,
};
use room_messages::{DeviceState, Identity, Order, PeerTrack, SfuId, Source, TrackStatistics};

use super::{Room, visiting};
use crate::Moment;
use crate::call::{Run, Running, Visit};
use crate::security::{self, Evidence, Person};

impl Room {
    /// Computed anew from the facts each time.
    #[must_use]
    pub fn status(&self, now: Moment) -> Status {
        Status {
            room: self.room_status(),
            // Not the mind's: whoever has the room's day puts both here.
            meetings: Meetings::default(),
            presence: Presence::default(),
            // Nor this: it follows from the others.
            standby: Standby::default(),
            call: self.call_status(now),
            microphone: Microphone {
                muted: self.mute.asked_muted(),
                hardware_muted: self.mute.line_asserted(),
                device: device(self.devices.microphone),
            },
            camera: Camera {
                on: self.mute.asked_camera(),
                device: device(self.devices.camera),
                view: self.lens.view(),
                presets: self.lens.names(),
            },
            speaker: Speaker {
                volume: self.media.volume(),
                maximum: self.character.maximum_volume,
                device: device(self.devices.speaker),
            },
            stage: self.staging.status(),
            share: Share {
                active: self.share.is_active(),
                device: device(self.devices.content),
            },
            updating: self.updating,
            help: self.help.status(),
            ringing: self.ringing(now),
            faults: self.faults(),
        }
    }

    /// Calls that ring, unless the room is in that very call or on its way into it.
    pub(super) fn ringing(&self, now: Moment) -> Vec<Ringing> {
        let own = self
            .account
            .as_ref()
            .map_or("", |account| account.user.as_str());
        let mut ringing = self.bells.ringing(now, own);
        // The bell itself hears of the answer by the membership, a sync later.
        let joining = matches!(
            self.call.phase(),
            Phase::Joining | Phase::InCall | Phase::Reconnecting
        );
        let answered = self.call.run().and_then(Run::room_id).filter(|_| joining);
        ringing.retain(|bell| Some(bell.room_id.as_str()) != answered);
        ringing
    }

    /// How loud it rings: not at all into another call, nor where nobody is to be disturbed.
    pub(super) fn ring(&self, now: Moment) -> Order {
        let silent = self.hushed || self.stopping || self.call.phase().is_call();
        let volume = if silent || self.ringing(now).is_empty() {
            0
        } else {
            let character = &self.character;
            character.ring_volume.min(character.maximum_volume)
        };
        Order::SetRing { volume }
    }

    fn room_status(&self) -> RoomStatus {
        let account = self.account.as_ref();
        RoomStatus {
            name: self.character.name.clone(),
            language: self.character.language,
            user: account.map(|account| account.user.clone()),
            device: account.map(|account| account.device.clone()),
            homeserver: self.homeserver,
            verified: self.verified,
            version: self.character.version.clone(),
        }
    }

    fn call_status(&self, now: Moment) -> Call {
        let blank = Call {
            phase: self.call.phase(),
            target: self.call.target().map(str::to_owned),
            room_id: None,
            name: None,
            since_ms: None,
            security: self.security(now),
            connection: None,
            participants: Vec::new(),
            hand_raised: false,
            leaves_by_itself: true,
            problem: self.call.problem().cloned(),
            visio: None,
            notices: self.notices(),
            calling: Vec::new(),
        };
        match self.call.running() {
            Some(Running::Matrix(run)) => self.run_status(run, now, blank),
            Some(Running::Visio(visit)) => self.visit_status(visit, now, blank),
            None => blank,
        }
    }

    fn run_status(&self, run: &Run, now: Moment, blank: Call) -> Call {
        Call {
            room_id: run.room_id().map(str::to_owned),
            name: run.room_name().map(str::to_owned),
            since_ms: run.since_ms(),
            connection: run.own_quality(),
            participants: self.participants(run, now),
            hand_raised: run.hand_raised(),
            leaves_by_itself: run.leaves_by_itself(),
            calling: run.waited_for().map(str::to_owned).collect(),
            ..blank
        }
    }

    /// What others did to this room, newest last.
    pub(super) fn notices(&self) -> Vec<Problem> {
        if !self.call.captures() {
            return Vec::new();
        }
        let mut notices = self.call.visit().map(Visit::notices).unwrap_or_default();
        let told = self.call.run().and_then(Run::told);
        notices.extend(told.map(crate::problem::Issue::problem));
        let own = self.mute.notices().into_iter().chain(self.share.notice());
        notices.extend(own.map(crate::problem::Issue::problem));
        notices
    }

    /// Level of the running call.
    pub(super) fn security(&self, now: Moment) -> Security {
        let connected = self.is_in_call();
        match self.call.running().filter(|_| connected) {
            Some(Running::Matrix(run)) => {
                security::of_call(run.evidence(now, &run.present_persons()))
            }
            Some(Running::Visio(visit)) => security::of_call(visit.evidence(now, &[])),
            None => Security::default(),
        }
    }

    /// Unix milliseconds at which status changes by time alone.
    pub(super) fn next_change_ms(&self, now: Moment) -> Option<u64> {
        let run = self.call.run();
        let by_run = run.map(|run| {
            [
                security::next_change_ms(run.evidence(now, &run.present_persons())),
                run.next_expiry_ms(),
                run.next_reaction_end_ms(now),
            ]
        });
        let by_run = by_run.into_iter().flatten().flatten();
        by_run.chain(self.bells.next_end_ms()).min()
    }

    fn participants(&self, run: &Run, now: Moment) -> Vec<Participant> {
        let persons = run.persons();
        let evidence = run.evidence(now, &persons);
        let each = run.others().iter().zip(&persons);
        each.map(|(member, person)| Participant {
            name: run.name_of(member),
            user: member.user.clone(),
            device: member.device.clone(),
            present: run.is_present(member),
            microphone: track_state(evidence, person, Source::Microphone),
            camera: track_state(evidence, person, Source::Camera),
            screen_share: track_state(evidence, person, Source::ScreenShare),
            encryption: security::of_person(evidence, person),
            connection: run.quality_of(member),
            speaking: self.speaking.contains(&member.identity),
            hand_raised: run.hand_of(member),
            reaction: run.reaction_of(member, now),
        })
        .collect()
    }

    /// Steps of the running join.
    #[must_use]
    pub fn timeline(&self) -> Vec<Milestone> {
        match self.call.running() {
            Some(Running::Matrix(run)) => run.timeline().to_vec(),
            Some(Running::Visio(visit)) => visit.timeline().to_vec(),
            None => Vec::new(),
        }
    }

    /// Figures from `mediad`, with the names Matrix has for their identities.
    #[must_use]
    pub fn statistics(&self, tracks: Vec<TrackStatistics>) -> Statistics {
        let user = |identity: &str| self.user_of(identity);
        let named = |mut figures: TrackStatistics| NamedTrack {
            user: figures.identity.as_deref().and_then(user),
            source: figures.source.take(),
            figures,
        };
        Statistics {
            timeline: self.timeline(),
            tracks: tracks.into_iter().map(named).collect(),
            connections: match self.call.running() {
                Some(Running::Matrix(run)) => connections(run),
                Some(Running::Visio(visit)) => visiting::connections(visit),
                None => Vec::new(),
            },
        }
    }

    /// Who an identity is, as [`Participant`] names them.
    fn user_of(&self, identity: &str) -> Option<String> {
        match self.call.running()? {
            Running::Matrix(run) => {
                let mut others = run.others().iter();
                let found = others.find(|member| member.identity.0 == identity);
                found.map(|member| member.user.clone())
            }
            Running::Visio(visit) => {
                let mut guests = visit.guests().iter();
                let found = guests.find(|guest| guest.person.identity.0 == identity);
                found.map(|guest| guest.person.identity.0.clone())
            }
        }
    }
}

fn connections(run: &Run) -> Vec<NamedConnection> {
    let own = run.own_quality().map(|quality| (None, quality));
    let others = run.others().iter().filter_map(|member| {
        let quality = run.quality_of(member)?;
        Some((Some(member.user.clone()), quality))
    });
    let all = own.into_iter().chain(others);
    all.map(|(user, quality)| NamedConnection { user, quality })
        .collect()
}

pub(super) fn track_state(evidence: Evidence<'_>, person: &Person, source: Source) -> TrackState {
    let theirs =
        |track: &&PeerTrack| is_of(track, person.sfu, &person.identity) && track.source == source;
    match evidence.peers.iter().find(theirs) {
        None => TrackState::Off,
        Some(track) if track.muted => TrackState::Muted,
        Some(_) => TrackState::On,
    }
}

fn is_of(track: &PeerTrack, sfu: SfuId, identity: &Identity) -> bool {
    track.sfu == sfu && track.identity == *identity
}

fn device(state: DeviceState) -> Device {
    match state {
        DeviceState::Absent => Device::Absent,
        DeviceState::Off => Device::Off,
        DeviceState::Standby => Device::Standby,
        DeviceState::Live => Device::Live,
        DeviceState::Failed => Device::Failed,
    }
}
