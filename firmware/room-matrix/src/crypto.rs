//! Encryption for requests matrix-sdk cannot send itself: call keys by Olm, sticky events by
//! Megolm. The Olm machine is matrix-sdk's own, so sessions and ratchets are never used twice.
//!
//! Invariant: one encryption for a room at a time, since sharing a room's session and using it
//! must not interleave.

use std::collections::BTreeSet;

use matrix_sdk::ruma::api::client::keys::get_keys;
use matrix_sdk::ruma::api::client::to_device::send_event_to_device::v3::Request as ToDevice;
use matrix_sdk::ruma::events::AnyMessageLikeEventContent;
use matrix_sdk::ruma::serde::Raw;
use matrix_sdk::ruma::{OwnedDeviceId, OwnedUserId, TransactionId, UserId};
use matrix_sdk::{Client, Room, RoomMemberships};
use matrix_sdk_base::BaseClient;
use matrix_sdk_base::crypto::types::requests::ToDeviceRequest;
use matrix_sdk_base::crypto::{CollectStrategy, Device, DeviceData, OlmMachine};
use room_core::homeserver::LONGEST_WAIT;
use serde_json::Value;
use tokio::sync::Mutex;

use crate::error::{BoxError, RequestError};

/// Users with one of their devices.
pub type Devices = Vec<(OwnedUserId, OwnedDeviceId)>;

#[derive(Debug)]
pub struct Crypto {
    client: Client,
    base: BaseClient,
    strategy: CollectStrategy,
    /// Held while a room's session is shared and used.
    room_sessions: Mutex<()>,
}

impl Crypto {
    pub fn new(client: Client, base: BaseClient, strategy: CollectStrategy) -> Self {
        Self {
            client,
            base,
            strategy,
            room_sessions: Mutex::new(()),
        }
    }

    /// A copy of the handle, so that no lock is held over a request.
    pub async fn machine(&self) -> Result<OlmMachine, RequestError> {
        let machine = self.base.olm_machine().await;
        machine
            .clone()
            .ok_or_else(|| RequestError::Crypto("the session has no keys".into()))
    }

    /// Encrypts one message for each device and sends them all; those it did not reach.
    ///
    /// A device nobody has seen yet is asked for: with lazily loaded members sliding sync does
    /// not announce it.
    pub async fn send_to_devices(
        &self,
        kind: &str,
        recipients: &Devices,
        content: &Value,
    ) -> Result<Devices, RequestError> {
        let machine = self.machine().await?;
        let (mut devices, mut missing) = known(&machine, recipients).await?;
        if !missing.is_empty() {
            let users: BTreeSet<_> = missing.iter().map(|(user, _)| user.clone()).collect();
            self.query(&machine, &users).await?;
            (devices, missing) = known(&machine, recipients).await?;
        }
        let users: BTreeSet<_> = devices.iter().map(|d| d.user_id().to_owned()).collect();
        self.claim(&machine, &users).await?;
        let (requests, withheld) = machine
            .encrypt_content_for_devices(devices, kind, content, self.strategy.clone())
            .await
            .map_err(crypto)?;
        for request in &requests {
            self.send_to_device(request).await?;
        }
        let refused = withheld.into_iter();
        let refused = refused.map(|(d, _)| (d.user_id().to_owned(), d.device_id().to_owned()));
        Ok(missing.into_iter().chain(refused).collect())
    }

    /// Encrypts an event for a room with the session all its devices have.
    pub async fn encrypt(
        &self,
        room: &Room,
        kind: &str,
        content: &Value,
    ) -> Result<Value, RequestError> {
        let machine = self.machine().await?;
        let _turn = self.room_sessions.lock().await;
        room.sync_members().await.map_err(sdk)?;
        let members = self
            .base
            .state_store()
            .get_user_ids(room.room_id(), RoomMemberships::ACTIVE)
            .await
            .map_err(crypto)?;
        let unknown = unknown_users(&machine, &members).await?;
        if !unknown.is_empty() {
            self.query(&machine, &unknown).await?;
        }
        self.claim(&machine, &members.into_iter().collect()).await?;
        if let Err(error) = self.share(&machine, room).await {
            // A session some devices lack must not be used.
            let discarded = machine.discard_room_key(room.room_id()).await;
            discarded.map_err(crypto)?;
            return Err(error);
        }
        let content = Raw::<AnyMessageLikeEventContent>::from_json_string(content.to_string())
            .map_err(crypto)?;
        let encrypted = machine
            .encrypt_room_event_raw(room.room_id(), kind, &content)
            .await
            .map_err(crypto)?;
        encrypted.content.deserialize_as_unchecked().map_err(crypto)
    }

    async fn share(&self, machine: &OlmMachine, room: &Room) -> Result<(), RequestError> {
        let requests = self.base.share_room_key(room.room_id()).await;
        for request in requests.map_err(crypto)? {
            let response = self.send_to_device(&request).await?;
            machine
                .mark_request_as_sent(&request.txn_id, &response)
                .await
                .map_err(crypto)?;
        }
        Ok(())
    }

    async fn send_to_device(
        &self,
        request: &ToDeviceRequest,
    ) -> Result<
        matrix_sdk::ruma::api::client::to_device::send_event_to_device::v3::Response,
        RequestError,
    > {
        let request = ToDevice::new_raw(
            request.event_type.clone(),
            request.txn_id.clone(),
            request.messages.clone(),
        );
        self.client.send(request).await.map_err(http)
    }

    /// The device of `user` with both these identity keys, unpadded base64, as the homeserver
    /// says now.
    pub async fn find_device(
        &self,
        user: &UserId,
        curve25519: &str,
        ed25519: &str,
    ) -> Result<Option<OwnedDeviceId>, RequestError> {
        let machine = self.machine().await?;
        self.query(&machine, &BTreeSet::from([user.to_owned()]))
            .await?;
        let devices = machine.get_user_devices(user, None).await.map_err(crypto)?;
        let fits = |device: &Device| {
            let (olm, signing) = (device.curve25519_key(), device.ed25519_key());
            olm.is_some_and(|key| key.to_base64() == curve25519)
                && signing.is_some_and(|key| key.to_base64() == ed25519)
        };
        let found = devices.devices().find(fits);
        Ok(found.map(|device| device.device_id().to_owned()))
    }

    /// Asks the homeserver for all devices of these users.
    async fn query(
        &self,
        machine: &OlmMachine,
        users: &BTreeSet<OwnedUserId>,
    ) -> Result<(), RequestError> {
        let (id, query) = machine.query_keys_for_users(users.iter().map(|user| &**user));
        let mut request = get_keys::v3::Request::new();
        request.device_keys = query.device_keys;
        let response = self.client.send(request).await.map_err(http)?;
        mark(machine, &id, &response).await
    }

    /// Fetches one-time keys where no Olm session exists.
    async fn claim(
        &self,
        machine: &OlmMachine,
        users: &BTreeSet<OwnedUserId>,
    ) -> Result<(), RequestError> {
        let missing = machine.get_missing_sessions(users.iter().map(|user| &**user));
        let Some((id, request)) = missing.await.map_err(crypto)? else {
            return Ok(());
        };
        let response = self.client.send(request).await.map_err(http)?;
        machine
            .mark_request_as_sent(&id, &response)
            .await
            .map_err(crypto)
    }
}

async fn mark(
    machine: &OlmMachine,
    id: &TransactionId,
    response: &get_keys::v3::Response,
) -> Result<(), RequestError> {
    let marked = machine.mark_request_as_sent(id, response);
    Box::pin(marked).await.map_err(crypto)
}

/// The devices the store knows, and the rest.
async fn known(
    machine: &OlmMachine,
    recipients: &Devices,
) -> Result<(Vec<DeviceData>, Devices), RequestError> {
    let (mut devices, mut missing) = (Vec::new(), Devices::new());
    for (user, device) in recipients {
        match machine
            .get_device(user, device, None)
            .await
            .map_err(crypto)?
        {
            Some(known) => devices.push((*known).clone()),
            None => missing.push((user.clone(), device.clone())),
        }
    }
    Ok((devices, missing))
}

/// Members whose devices were never asked for, or have changed since.
async fn unknown_users(
    machine: &OlmMachine,
    members: &[OwnedUserId],
) -> Result<BTreeSet<OwnedUserId>, RequestError> {
    let tracked = machine.store().load_tracked_users().await.map_err(crypto)?;
    let current = |user: &UserId| tracked.iter().any(|t| t.user_id == user && !t.dirty);
    Ok(members
        .iter()
        .filter(|user| !current(user))
        .cloned()
        .collect())
}

pub fn crypto(error: impl Into<BoxError>) -> RequestError {
    RequestError::Crypto(error.into())
}

/// An error of matrix-sdk, in the caller's words.
pub fn sdk(error: matrix_sdk::Error) -> RequestError {
    match error {
        matrix_sdk::Error::Http(error) => http(*error),
        other => RequestError::Crypto(other.into()),
    }
}

pub fn http(error: matrix_sdk::HttpError) -> RequestError {
    use matrix_sdk::ruma::api::error::{ErrorKind, RetryAfter};
    let Some(api) = error.as_client_api_error() else {
        return match error {
            matrix_sdk::HttpError::Reqwest(cause) => crate::http::network(cause),
            _ => RequestError::Unreadable,
        };
    };
    let status = api.status_code.as_u16();
    let kind = api.error_kind();
    let errcode = kind
        .map(|kind| kind.errcode().to_string())
        .unwrap_or_default();
    match (status, kind) {
        (429, Some(ErrorKind::LimitExceeded(limit))) => RequestError::RateLimited {
            retry_after: match limit.retry_after {
                Some(RetryAfter::Delay(wait)) => Some(wait.min(LONGEST_WAIT)),
                Some(RetryAfter::DateTime(at)) => {
                    let wait = at.duration_since(std::time::SystemTime::now());
                    Some(wait.unwrap_or_default().min(LONGEST_WAIT))
                }
                None => None,
            },
        },
        (429, _) => RequestError::RateLimited { retry_after: None },
        (_, Some(ErrorKind::UnknownToken(_))) => RequestError::LoggedOut,
        (403, _) => RequestError::Forbidden { errcode },
        (404, _) => RequestError::NotFound { errcode },
        (500.., _) => RequestError::Server { status },
        _ => RequestError::Refused { status, errcode },
    }
}
