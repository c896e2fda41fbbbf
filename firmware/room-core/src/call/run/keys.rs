//! Keys of the call, both ways, addressed: to Olm, and to `mediad`.
//!
//! The rules are `rtc::outbound`'s and `rtc::inbound`'s; here they get the call's names.

use std::time::Duration;

use room_messages::{MediaKey, Order};

use super::Around;
use crate::input::Effect;
use crate::matrix::{Account, Failure, MatrixOrder, ReceivedKey};
use crate::rtc::inbound::{Inbound, Install};
use crate::rtc::outbound::{self, KeySource, Outbound, Recipient};
use crate::rtc::session::Member;
use crate::rtc::{PeerDevice, key_message};
use crate::{Entropy, Moment, RequestId};

/// Wait after a rate limit that does not say how long.
const DEFAULT_WAIT: Duration = Duration::from_secs(5);

/// See the module.
#[derive(Debug)]
pub(super) struct Keys {
    own: PeerDevice,
    member_id: String,
    room: String,
    outbound: Option<Outbound>,
    /// The distribution under way and its recipients.
    sending: Option<(RequestId, u64, Vec<PeerDevice>)>,
    shared: bool,
    inbound: Option<Inbound>,
}

/// Fresh keys from the system's randomness: 16 bytes, as Element Call makes them.
struct Fresh<'a>(&'a mut dyn Entropy);

impl KeySource for Fresh<'_> {
    fn fresh_key(&mut self) -> MediaKey {
        let random: [u8; 32] = self.0.bytes();
        let (key, _) = random.split_at(16);
        #[allow(clippy::expect_used, reason = "sixteen bytes are a valid length")]
        MediaKey::new(key.to_vec()).expect("sixteen bytes")
    }
}

impl Keys {
    pub(super) fn new(account: &Account) -> Self {
        Self {
            own: PeerDevice::new(&account.user, &account.device),
            member_id: String::new(),
            room: String::new(),
            outbound: None,
            sending: None,
            shared: false,
            inbound: None,
        }
    }

    /// Makes the first key. Only for an encrypted call; without it every other order is silent.
    pub(super) fn begin(
        &mut self,
        member_id: &str,
        room: &str,
        around: &mut Around<'_>,
    ) -> Vec<Effect> {
        self.member_id = member_id.to_owned();
        self.room = room.to_owned();
        let (outbound, orders) = Outbound::start(around.now, &[], &mut Fresh(around.entropy));
        self.outbound = Some(outbound);
        self.carry_out(orders, around)
    }

    pub(super) fn members_changed(
        &mut self,
        members: &[Member],
        around: &mut Around<'_>,
    ) -> Vec<Effect> {
        let installs = self
            .inbound
            .as_mut()
            .map(|keys| keys.members_changed(around.now, members));
        let mut effects = install(installs.unwrap_or_default());
        let members: Vec<Recipient> = members.iter().map(Recipient::from).collect();
        effects.extend(self.with(around, |outbound, now, keys| {
            outbound.members_changed(now, &members, keys)
        }));
        effects
    }

    pub(super) fn homeserver_back(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        self.with(around, Outbound::homeserver_back)
    }

    pub(super) fn tick(&mut self, around: &mut Around<'_>) -> Vec<Effect> {
        self.with(around, Outbound::tick)
    }

    pub(super) fn sent(
        &mut self,
        request: RequestId,
        result: Result<Vec<PeerDevice>, Failure>,
        around: &mut Around<'_>,
    ) -> Vec<Effect> {
        let ours = |sending: &mut (RequestId, u64, Vec<PeerDevice>)| sending.0 == request;
        let Some((_, round, recipients)) = self.sending.take_if(ours) else {
            return Vec::new();
        };
        if let Err(Failure::RateLimited { retry_after }) = result {
            let wait = retry_after.unwrap_or(DEFAULT_WAIT);
            return self.with(around, |outbound, now, keys| {
                outbound.held_up(now, round, wait, keys)
            });
        }
        let missed = result.unwrap_or_else(|_| recipients.clone());
        self.shared |= missed.len() < recipients.len();
        self.with(around, |outbound, now, keys| {
            outbound.distributed(now, round, &missed, keys)
        })
    }

    /// Since when this device is without the room's current key, in Unix milliseconds; `None`
    /// when it has it.
    pub(super) fn lacked_since_ms(&self, peer: &PeerDevice) -> Option<u64> {
        self.outbound
            .as_ref()?
            .lacked_since(peer)
            .map(|since| since.unix_ms)
    }

    /// The call's room is known: keys for it are kept from now on, also before their senders'
    /// memberships.
    pub(super) fn listen(&mut self, room: &str) {
        self.inbound = Some(Inbound::new(room.to_owned()));
    }

    /// A key arrived; one that does not count is forgotten.
    pub(super) fn arrived(&mut self, key: &ReceivedKey, now: Moment) -> Vec<Effect> {
        let device = key.sender_device.as_deref();
        let installs = self
            .inbound
            .as_mut()
            .and_then(|keys| keys.received(now, &key.sender, device, &key.content).ok());
        install(installs.unwrap_or_default())
    }

    /// Whether some member got a key of ours.
    pub(super) fn is_shared(&self) -> bool {
        self.shared
    }

    pub(super) fn next_deadline(&self) -> Option<Duration> {
        self.outbound.as_ref().and_then(Outbound::next_deadline)
    }

    fn with(
        &mut self,
        around: &mut Around<'_>,
        act: impl FnOnce(&mut Outbound, Moment, &mut dyn KeySource) -> Vec<outbound::Order>,
    ) -> Vec<Effect> {
        let Some(outbound) = &mut self.outbound else {
            return Vec::new();
        };
        let orders = act(outbound, around.now, &mut Fresh(around.entropy));
        self.carry_out(orders, around)
    }

    fn carry_out(&mut self, orders: Vec<outbound::Order>, around: &mut Around<'_>) -> Vec<Effect> {
        let mut effects = Vec::new();
        for order in orders {
            effects.push(match order {
                outbound::Order::Use { index, key } => {
                    Effect::Media(Order::SetOwnKey { index, key })
                }
                outbound::Order::Distribute {
                    round,
                    index,
                    key,
                    to,
                } => {
                    let request = around.requests.next();
                    self.sending = Some((request, round, to.clone()));
                    let content = key_message::content(
                        &self.room,
                        &self.own,
                        &self.member_id,
                        index,
                        &key,
                        around.now.unix_ms,
                    );
                    let order = MatrixOrder::SendKey {
                        request,
                        recipients: to,
                        content,
                    };
                    Effect::Matrix(order)
                }
            });
        }
        effects
    }
}

fn install(installs: Vec<Install>) -> Vec<Effect> {
    let order = |install: Install| {
        let Install {
            identity,
            index,
            key,
        } = install;
        Effect::Media(Order::SetPeerKey {
            identity,
            index,
            key,
        })
    };
    installs.into_iter().map(order).collect()
}
