//! Keys from others on their way to `mediad`.

use std::collections::BTreeMap;

use base64::Engine as _;
use room_messages::{MediaKey, Order};
use serde_json::Value;

use crate::input::Effect;
use crate::matrix::ReceivedKey;
use crate::rtc::PeerDevice;
use crate::rtc::session::Member;

const MOST: usize = 4096;

#[derive(Debug, Default)]
pub(super) struct Arrivals {
    keys: BTreeMap<(PeerDevice, u8), MediaKey>,
}

impl Arrivals {
    pub(super) fn take(&mut self, room: &str, key: &ReceivedKey) -> Option<(PeerDevice, u8)> {
        let content = &key.content;
        let text = |path: &str| content.pointer(path).and_then(Value::as_str);
        let claimed = text("/member/claimed_device_id")?;
        if text("/room_id")? != room || key.sender_device.as_deref() != Some(claimed) {
            return None;
        }
        let index = content.pointer("/keys/index").and_then(Value::as_u64)?;
        let index = u8::try_from(index).ok()?;
        let bytes = base64::engine::general_purpose::STANDARD
            .decode(text("/keys/key")?)
            .ok()?;
        let slot = (PeerDevice::new(&key.sender, claimed), index);
        if self.keys.len() >= MOST && !self.keys.contains_key(&slot) {
            return None;
        }
        self.keys.insert(slot.clone(), MediaKey::new(bytes).ok()?);
        Some(slot)
    }

    pub(super) fn orders(&self, members: &[Member]) -> Vec<Effect> {
        let mut effects = Vec::new();
        for member in members {
            let peer = member.peer();
            for ((_, index), key) in self.keys.range((peer.clone(), 0)..=(peer.clone(), 255)) {
                effects.push(Effect::Media(Order::SetPeerKey {
                    identity: member.identity.clone(),
                    index: *index,
                    key: key.clone(),
                }));
            }
        }
        effects
    }
}
