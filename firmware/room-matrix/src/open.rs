//! How a session begins: the stored device again, or a login.

use matrix_sdk::authentication::matrix::MatrixSession;
use matrix_sdk::config::RequestConfig;
use matrix_sdk::cross_process_lock::CrossProcessLockConfig;
use matrix_sdk::ruma::{OwnedDeviceId, OwnedUserId, UserId};
use matrix_sdk::store::RoomLoadSettings;
use matrix_sdk::{Client, SessionMeta, SessionTokens, SqliteCryptoStore, SqliteStateStore};
use matrix_sdk_base::crypto::CollectStrategy;
use matrix_sdk_base::store::StoreConfig;
use matrix_sdk_base::{BaseClient, DmRoomDefinition, ThreadingSupport};
use room_messages::Token;
use serde_json::{Value, json};

use crate::error::{OpenError, RequestError};
use crate::http::{self, Api, Call};
use crate::options::{KeyRecipients, Login, SessionOptions};
use crate::store::{self, Store, StoredSession};

/// An opened session, not syncing yet.
pub struct Opened {
    pub client: Client,
    /// The same store and Olm machine as in `client`, which does not lend its own.
    pub base: BaseClient,
    pub api: Api,
    pub store: Store,
    pub stored: StoredSession,
}

pub async fn open(options: &SessionOptions) -> Result<Opened, OpenError> {
    let store = Store::open(&options.state_dir)?;
    let http = http::client().map_err(|error| OpenError::Unreachable(error.into()))?;
    let mut api = Api {
        http,
        base: options.homeserver.clone(),
        token: None,
    };
    let stored = match keep(&store, &api, options).await? {
        Some(stored) => stored,
        None => begin(&store, &api, options).await?,
    };
    api.token = Some(stored.access_token.clone());
    let (client, base) = restore(&store, &stored, &api.http, options).await?;
    Ok(Opened {
        client,
        base,
        api,
        store,
        stored,
    })
}

/// The stored session, when it is still of use. Without an answer from the homeserver it is kept:
/// a room must start while its homeserver is away.
async fn keep(
    store: &Store,
    api: &Api,
    options: &SessionOptions,
) -> Result<Option<StoredSession>, OpenError> {
    let Some(stored) = store.load()? else {
        return Ok(None);
    };
    if !same_user(&options.user, &stored.user) {
        return Err(OpenError::OtherUser);
    }
    match (whoami(api, &stored.access_token).await, &options.login) {
        (Err(RequestError::LoggedOut), Login::AccessToken(token))
            if *token == stored.access_token =>
        {
            Err(OpenError::UnknownToken)
        }
        // The homeserver has deleted the device: its keys are useless, a new one is needed.
        (Err(RequestError::LoggedOut), _) => store.forget().map(|()| None),
        _ => Ok(Some(stored)),
    }
}

async fn begin(
    store: &Store,
    api: &Api,
    options: &SessionOptions,
) -> Result<StoredSession, OpenError> {
    // Databases without a session are what a login cut short has left.
    store.forget()?;
    let stored = match &options.login {
        Login::AccessToken(token) => adopt(api, token).await?,
        Login::Password(_) | Login::Token(_) => log_in(api, options).await?,
    };
    if !same_user(&options.user, &stored.user) {
        return Err(OpenError::OtherUser);
    }
    store.save(&stored)?;
    Ok(stored)
}

async fn whoami(api: &Api, token: &Token) -> Result<Value, RequestError> {
    let api = Api {
        token: Some(token.clone()),
        ..api.clone()
    };
    api.send(Call::get(&["v3", "account", "whoami"])).await
}

async fn adopt(api: &Api, token: &Token) -> Result<StoredSession, OpenError> {
    let answer = whoami(api, token).await.map_err(refused)?;
    stored(&answer, token.clone())
}

async fn log_in(api: &Api, options: &SessionOptions) -> Result<StoredSession, OpenError> {
    let mut body = match &options.login {
        Login::Token(token) => json!({"type": "m.login.token", "token": token.expose()}),
        Login::Password(text) | Login::AccessToken(text) => json!({
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": options.user},
            "password": text.expose(),
        }),
    };
    if let Some(fields) = body.as_object_mut() {
        let name = options.device_display_name.clone();
        fields.insert("initial_device_display_name".into(), name.into());
    }
    let answer = api.send(Call::post(&["v3", "login"], &body)).await;
    let answer = answer.map_err(refused)?;
    let token = answer.get("access_token").and_then(Value::as_str);
    let token = token.ok_or_else(no_homeserver)?;
    stored(&answer, Token::new(token.to_owned()))
}

fn stored(answer: &Value, access_token: Token) -> Result<StoredSession, OpenError> {
    let field = |name| answer.get(name).and_then(Value::as_str);
    let (Some(user), Some(device)) = (field("user_id"), field("device_id")) else {
        return Err(no_homeserver());
    };
    UserId::parse(user).map_err(|_| no_homeserver())?;
    Ok(StoredSession {
        user: user.to_owned(),
        device: device.to_owned(),
        access_token,
    })
}

fn no_homeserver() -> OpenError {
    OpenError::NotAHomeserver(Box::new(RequestError::Unreadable))
}

/// What rustls has against the certificate, in its words. It is known by them: the error's type is
/// hidden in the causes of the HTTP client's.
fn bad_certificate(error: &(dyn std::error::Error + 'static)) -> Option<String> {
    let chain = std::iter::successors(Some(error), |error| error.source());
    let texts = chain.map(ToString::to_string);
    texts
        .filter_map(|text| Some(text.split_once("invalid peer certificate: ")?.1.to_owned()))
        .last()
}

/// What a refused login means.
fn refused(error: RequestError) -> OpenError {
    match error {
        RequestError::Network(cause) => match bad_certificate(cause.as_ref()) {
            Some(detail) => OpenError::Certificate(detail),
            None => OpenError::Unreachable(cause),
        },
        RequestError::RateLimited { retry_after } => OpenError::RateLimited { retry_after },
        RequestError::LoggedOut => OpenError::UnknownToken,
        RequestError::Forbidden { errcode } | RequestError::Refused { errcode, .. }
            if matches!(
                errcode.as_str(),
                "M_USER_DEACTIVATED" | "M_USER_LOCKED" | "M_USER_SUSPENDED"
            ) =>
        {
            OpenError::Deactivated
        }
        RequestError::Forbidden { .. } => OpenError::WrongPassword,
        RequestError::Refused { status, errcode } if !errcode.is_empty() => {
            OpenError::Server { status, errcode }
        }
        RequestError::Server { status } => OpenError::Server {
            status,
            errcode: String::new(),
        },
        other => OpenError::NotAHomeserver(Box::new(other)),
    }
}

/// The settings may name the local part alone.
fn same_user(wanted: &str, user: &str) -> bool {
    if wanted.starts_with('@') {
        return wanted == user;
    }
    let local = user.strip_prefix('@').and_then(|rest| rest.split_once(':'));
    local.is_some_and(|(local, _)| local == wanted)
}

async fn restore(
    store: &Store,
    stored: &StoredSession,
    http: &reqwest::Client,
    options: &SessionOptions,
) -> Result<(Client, BaseClient), OpenError> {
    let base = base_client(store, options).await?;
    let client = Client::builder()
        .homeserver_url(options.homeserver.as_str())
        .http_client(http.clone())
        // Every request is tried once; who asked decides what comes next.
        .request_config(
            RequestConfig::new()
                .disable_retry()
                .timeout(std::time::Duration::from_secs(15)),
        )
        .base_client(base.clone())
        .build()
        .await
        .map_err(store::database)?;
    let session = MatrixSession {
        meta: SessionMeta {
            user_id: OwnedUserId::try_from(stored.user.as_str()).map_err(|_| OpenError::BadUser)?,
            device_id: OwnedDeviceId::from(stored.device.as_str()),
        },
        tokens: SessionTokens {
            access_token: stored.access_token.expose().to_owned(),
            refresh_token: None,
        },
    };
    Box::pin(
        client
            .matrix_auth()
            .restore_session(session, RoomLoadSettings::default()),
    )
    .await
    .map_err(store::database)?;
    Ok((client, base))
}

/// Made here and not by the builder, so that the Olm machine can be reached: matrix-sdk's own
/// requests cannot carry the query of a sticky event.
async fn base_client(store: &Store, options: &SessionOptions) -> Result<BaseClient, OpenError> {
    let path = store.databases();
    let state = SqliteStateStore::open(&path, None)
        .await
        .map_err(store::database)?;
    let crypto = SqliteCryptoStore::open(&path, None)
        .await
        .map_err(store::database)?;
    let stores = StoreConfig::new(CrossProcessLockConfig::SingleProcess)
        .state_store(state)
        .crypto_store(crypto);
    let mut base = BaseClient::new(
        stores,
        ThreadingSupport::Disabled,
        DmRoomDefinition::default(),
    );
    base.room_key_recipient_strategy = strategy(options.key_recipients);
    Ok(base)
}

pub fn strategy(recipients: KeyRecipients) -> CollectStrategy {
    match recipients {
        KeyRecipients::AllDevices => CollectStrategy::AllDevices,
        KeyRecipients::SignedByOwner => CollectStrategy::IdentityBasedStrategy,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_settings_may_name_the_whole_user_or_the_local_part() {
        assert!(same_user("room", "@room:localhost:44257"));
        assert!(same_user("@room:h", "@room:h"));
        assert!(!same_user("@room:h", "@room:other"));
        assert!(!same_user("roo", "@room:h"));
    }

    #[test]
    fn each_refusal_of_a_login_has_its_own_name() {
        let forbidden = |errcode: &str| RequestError::Forbidden {
            errcode: errcode.into(),
        };
        assert!(matches!(
            refused(forbidden("M_FORBIDDEN")),
            OpenError::WrongPassword
        ));
        assert!(matches!(
            refused(forbidden("M_USER_DEACTIVATED")),
            OpenError::Deactivated
        ));
        assert!(matches!(
            refused(RequestError::LoggedOut),
            OpenError::UnknownToken
        ));
        assert!(matches!(
            refused(RequestError::Unreadable),
            OpenError::NotAHomeserver(_)
        ));
        assert!(matches!(
            refused(RequestError::Network("x".into())),
            OpenError::Unreachable(_)
        ));
    }
}
