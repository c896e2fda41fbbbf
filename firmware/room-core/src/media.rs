//! The condition `mediad` should be in.
//!
//! Invariant: what `mediad` was told since it started equals this condition, so that a restarted
//! one is put back by [`Media::replay`]. An order that changes nothing is not sent.

use std::collections::BTreeMap;

use room_messages::api::View;
use room_messages::{
    Arrangement, Configuration, Identity, MAX_ROSTER, MediaKey, Order, RosterEntry, Screen, SfuId,
    SimulatedDevice, Token,
};

/// Most keys of others that are kept: every slot of sixteen participants, or four of a thousand.
const MAX_KEYS: usize = 4096;
/// Volume before anybody chose one.
const VOLUME: u8 = 80;

#[derive(Debug)]
struct Connection {
    url: String,
    token: Token,
    kind: Kind,
}

/// The two ways to an SFU; a connection keeps its own.
#[derive(Debug)]
enum Kind {
    Call { publish: bool, encrypted: bool },
    Visit,
}

/// Keeper of the wanted condition.
#[derive(Debug)]
pub struct Media {
    configuration: Configuration,
    up: bool,
    connections: BTreeMap<SfuId, Connection>,
    own_key: Option<(u8, MediaKey)>,
    peer_keys: BTreeMap<(Identity, u8), MediaKey>,
    roster: Vec<RosterEntry>,
    muted: bool,
    camera: bool,
    share: bool,
    view: View,
    volume: u8,
    ring: u8,
    screen: Screen,
    arrangement: Arrangement,
    /// Devices of a simulated board that were unplugged or plugged in.
    plugged: BTreeMap<SimulatedDevice, bool>,
}

impl Media {
    /// `maximum_volume`: 10 to 100.
    #[must_use]
    pub fn new(configuration: Configuration, screen: Screen, maximum_volume: u8) -> Self {
        Self {
            configuration,
            up: false,
            connections: BTreeMap::new(),
            own_key: None,
            peer_keys: BTreeMap::new(),
            roster: Vec::new(),
            muted: true,
            camera: false,
            share: false,
            view: View::default(),
            volume: VOLUME.min(maximum_volume),
            ring: 0,
            screen,
            arrangement: Arrangement::default(),
            plugged: BTreeMap::new(),
        }
    }

    /// Who belongs to the call, as `mediad` was told.
    #[must_use]
    pub fn roster(&self) -> &[RosterEntry] {
        &self.roster
    }

    /// Whether `mediad` is connected.
    #[must_use]
    pub fn is_up(&self) -> bool {
        self.up
    }

    #[must_use]
    pub fn volume(&self) -> u8 {
        self.volume
    }

    /// `mediad` is there, knowing nothing: everything it must be told.
    pub fn came_up(&mut self) -> Vec<Order> {
        self.up = true;
        self.replay()
    }

    pub fn went_down(&mut self) {
        self.up = false;
    }

    /// Takes the order into the condition; returns it when `mediad` must hear it now.
    pub fn order(&mut self, order: Order) -> Option<Order> {
        (self.take(&order) && self.up).then_some(order)
    }

    /// Whether the order changes the condition.
    fn take(&mut self, order: &Order) -> bool {
        match order {
            Order::SetMicrophone { muted } => replace(&mut self.muted, *muted),
            Order::SetCamera { on } => replace(&mut self.camera, *on),
            Order::SetShare { on } => replace(&mut self.share, *on),
            Order::SetView { view } => replace(&mut self.view, *view),
            Order::SetSpeaker { volume } => replace(&mut self.volume, (*volume).min(100)),
            Order::SetRing { volume } => replace(&mut self.ring, (*volume).min(100)),
            Order::Show(screen) => replace(&mut self.screen, screen.clone()),
            Order::Arrange(how) => replace(&mut self.arrangement, how.clone()),
            Order::SetOwnKey { index, key } => {
                self.own_key = Some((*index, key.clone()));
                true
            }
            Order::SetPeerKey {
                identity,
                index,
                key,
            } => self.keep_key(identity, *index, key),
            Order::SetRoster { entries } => self.set_roster(entries),
            Order::Connect {
                sfu,
                url,
                token,
                publish,
                encrypted,
            } => {
                let connection = Connection {
                    url: url.clone(),
                    token: token.clone(),
                    kind: Kind::Call {
                        publish: *publish,
                        encrypted: *encrypted,
                    },
                };
                self.connections.insert(*sfu, connection);
                true
            }
            // Never beside keys: a call that has some is ended before.
            Order::Visit { .. } if self.is_sealed() => false,
            Order::Visit { url, token } => {
                let connection = Connection {
                    url: url.clone(),
                    token: token.clone(),
                    kind: Kind::Visit,
                };
                self.connections.insert(SfuId::OWN, connection);
                true
            }
            Order::RenewToken { sfu, token } => {
                let known = self.connections.get_mut(sfu);
                known
                    .map(|connection| connection.token = token.clone())
                    .is_some()
            }
            Order::Disconnect { sfu } => self.connections.remove(sfu).is_some(),
            Order::EndCall => self.end_call(),
            Order::SimulateDevice { device, present } => {
                self.plugged.insert(*device, *present) != Some(*present)
            }
            // Questions, and what is said, have no lasting effect here.
            Order::Configure(_)
            | Order::Say { .. }
            | Order::TakePicture { .. }
            | Order::TakeStatistics { .. } => true,
        }
    }

    /// Whether a call with end-to-end encryption is on.
    fn is_sealed(&self) -> bool {
        let sealed = |connection: &Connection| match connection.kind {
            Kind::Call { encrypted, .. } => encrypted,
            Kind::Visit => false,
        };
        self.own_key.is_some() || self.connections.values().any(sealed)
    }

    fn keep_key(&mut self, identity: &Identity, index: u8, key: &MediaKey) -> bool {
        let slot = (identity.clone(), index);
        if self.peer_keys.len() >= MAX_KEYS && !self.peer_keys.contains_key(&slot) {
            return false;
        }
        self.peer_keys.insert(slot, key.clone());
        true
    }

    fn set_roster(&mut self, entries: &[RosterEntry]) -> bool {
        let entries: Vec<_> = entries.iter().take(MAX_ROSTER).cloned().collect();
        let listed = |identity: &Identity| entries.iter().any(|entry| entry.identity == *identity);
        self.peer_keys.retain(|(identity, _), _| listed(identity));
        replace(&mut self.roster, entries)
    }

    fn end_call(&mut self) -> bool {
        self.connections.clear();
        self.own_key = None;
        self.peer_keys.clear();
        self.roster.clear();
        true
    }

    /// Every order that leads from nothing to the condition.
    fn replay(&self) -> Vec<Order> {
        let mut orders = vec![Order::Configure(self.configuration.clone())];
        orders.extend(
            self.plugged
                .iter()
                .map(|(device, present)| Order::SimulateDevice {
                    device: *device,
                    present: *present,
                }),
        );
        orders.extend([
            Order::SetMicrophone { muted: self.muted },
            Order::SetView { view: self.view },
            Order::SetCamera { on: self.camera },
            Order::SetShare { on: self.share },
            Order::SetSpeaker {
                volume: self.volume,
            },
            Order::SetRing { volume: self.ring },
            Order::Show(self.screen.clone()),
            Order::Arrange(self.arrangement.clone()),
        ]);
        // Keys and roster first: a track that arrives with its connection finds them.
        orders.extend(self.own_key.iter().map(|(index, key)| Order::SetOwnKey {
            index: *index,
            key: key.clone(),
        }));
        if !self.roster.is_empty() {
            orders.push(Order::SetRoster {
                entries: self.roster.clone(),
            });
        }
        orders.extend(
            self.peer_keys
                .iter()
                .map(|((identity, index), key)| Order::SetPeerKey {
                    identity: identity.clone(),
                    index: *index,
                    key: key.clone(),
                }),
        );
        orders.extend(
            self.connections
                .iter()
                .map(|(sfu, connection)| connection.order(*sfu)),
        );
        orders
    }
}

impl Connection {
    fn order(&self, sfu: SfuId) -> Order {
        let (url, token) = (self.url.clone(), self.token.clone());
        match self.kind {
            Kind::Call { publish, encrypted } => Order::Connect {
                sfu,
                url,
                token,
                publish,
                encrypted,
            },
            Kind::Visit => Order::Visit { url, token },
        }
    }
}

/// Stores `new`; whether it differs from the old.
fn replace<T: PartialEq>(old: &mut T, new: T) -> bool {
    let changed = *old != new;
    *old = new;
    changed
}

#[cfg(test)]
mod tests;
