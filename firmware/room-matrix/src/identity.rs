//! The room's own cross-signing: made when the account has none, and this device signed.
//!
//! Runs once after the first sync; a failure changes nothing else, and is tried again at the next
//! start.

use matrix_sdk::Client;
use matrix_sdk::encryption::recovery::RecoveryError;
use matrix_sdk::encryption::secret_storage::SecretStorageError;
use matrix_sdk::ruma::api::client::uiaa::{
    AuthData, MatrixUserIdentifier, Password, UserIdentifier,
};
use room_messages::Token;

use crate::crypto;
use crate::options::Login;

/// What is at hand to sign with.
#[derive(Clone, Debug)]
pub struct Means {
    pub login: Login,
    pub recovery_key: Option<Token>,
}

/// Whether this device is signed by its own account at the end.
pub async fn settle(client: &Client, user: &str, means: &Means) -> bool {
    if verified(client).await {
        return true;
    }
    if let Login::Password(password) = &means.login
        && let Err(error) = bootstrap(client, user, password).await
    {
        tracing::warn!(class = %crypto::sdk(error), "cross-signing could not be set up");
    }
    if !refreshed(client).await
        && let Some(key) = &means.recovery_key
    {
        let recovery = client.encryption().recovery();
        if let Err(error) = Box::pin(recovery.recover(key.expose())).await {
            tracing::warn!(
                class = class(&error),
                "the recovery key did not verify this device"
            );
        }
    }
    refreshed(client).await
}

/// The same after asking the homeserver: a signature counts once the own keys were fetched with
/// it.
async fn refreshed(client: &Client) -> bool {
    if let Some(user) = client.user_id()
        && let Err(error) = client.encryption().request_user_identity(user).await
    {
        tracing::debug!(class = %crypto::sdk(error), "own keys could not be fetched");
    }
    verified(client).await
}

pub async fn verified(client: &Client) -> bool {
    let device = client.encryption().get_own_device().await;
    device.is_ok_and(|device| device.is_some_and(|d| d.is_cross_signed_by_owner()))
}

/// In words that name nobody: the errors themselves hold addresses with user ids.
fn class(error: &RecoveryError) -> &'static str {
    match error {
        RecoveryError::SecretStorage(SecretStorageError::SecretStorageKey(_)) => "wrong key",
        RecoveryError::SecretStorage(SecretStorageError::MissingKeyInfo { .. }) => {
            "the account has no secret storage"
        }
        _ => "the homeserver did not answer as needed",
    }
}

/// Does nothing when the account has an identity. Servers with MSC3967 ask no password the first
/// time.
async fn bootstrap(client: &Client, user: &str, password: &Token) -> matrix_sdk::Result<()> {
    let encryption = client.encryption();
    let first = Box::pin(encryption.bootstrap_cross_signing_if_needed(None)).await;
    let Err(error) = first else {
        return Ok(());
    };
    let Some(challenge) = error.as_uiaa_response() else {
        return Err(error);
    };
    let mut answer = Password::new(
        UserIdentifier::Matrix(MatrixUserIdentifier::new(user.to_owned())),
        password.expose().to_owned(),
    );
    answer.session = challenge.session.clone();
    Box::pin(encryption.bootstrap_cross_signing(Some(AuthData::Password(answer)))).await
}
