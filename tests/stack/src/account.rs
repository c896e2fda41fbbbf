//! A person with an account at a site, and what such a person does by the plain
//! client-server API. No encryption here: peers and rooms bring their own.

use reqwest::Method;
use serde_json::{Value, json};

use crate::{Error, Result};

/// An account that is logged in. Cloning it shares the login.
#[derive(Clone)]
pub struct Account {
    /// `@name:localhost:port`.
    pub user_id: String,
    pub password: String,
    pub access_token: String,
    pub device_id: String,
    /// The homeserver's address for clients, without a slash at the end.
    pub homeserver_url: String,
    pub(crate) http: reqwest::Client,
}

impl std::fmt::Debug for Account {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Account").finish_non_exhaustive()
    }
}

/// What kind of room to make. The default is an encrypted private room in which
/// everybody may join calls.
#[derive(Debug, Clone)]
pub struct RoomOptions {
    pub encrypted: bool,
    pub name: Option<String>,
    /// User ids to invite.
    pub invite: Vec<String>,
    /// Power level needed for `org.matrix.msc3401.call.member`. `None` leaves it at the
    /// room's `state_default` (50), where ordinary members cannot join calls.
    pub call_member_level: Option<i64>,
    /// Local part of an alias: `lobby` becomes `#lobby:localhost:port`.
    pub alias: Option<String>,
    /// Anybody may join without an invitation.
    pub public: bool,
    /// Room version; `None` is the server's default (12).
    pub version: Option<String>,
}

impl Default for RoomOptions {
    fn default() -> Self {
        Self {
            encrypted: true,
            name: None,
            invite: Vec::new(),
            call_member_level: Some(0),
            alias: None,
            public: false,
            version: None,
        }
    }
}

/// One `m.room.member` of a room.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Member {
    pub user_id: String,
    /// `join`, `invite`, `leave`, `ban` or `knock`.
    pub membership: String,
}

impl Account {
    /// Makes a room and answers its id.
    pub async fn create_room(&self, options: RoomOptions) -> Result<String> {
        let body = options.body();
        let answer = self.post("/_matrix/client/v3/createRoom", &body).await?;
        text(&answer, "createRoom", "room_id")
    }

    /// Invites a user (by full id) to a room.
    pub async fn invite(&self, room_id: &str, user_id: &str) -> Result<()> {
        self.post(
            &room_path(room_id, &["invite"]),
            &json!({"user_id": user_id}),
        )
        .await?;
        Ok(())
    }

    /// Joins a room by id or alias, and answers its id.
    pub async fn join(&self, room: &str) -> Result<String> {
        self.join_via(room, &[]).await
    }

    /// Joins a room of another site: `via` names servers that are in it.
    pub async fn join_via(&self, room: &str, via: &[&str]) -> Result<String> {
        let mut path = path(&["_matrix", "client", "v3", "join", room]);
        for (i, server) in via.iter().enumerate() {
            let mark = if i == 0 { '?' } else { '&' };
            let pair: String = url::form_urlencoded::Serializer::new(String::new())
                .append_pair("server_name", server)
                .append_pair("via", server)
                .finish();
            path.push(mark);
            path.push_str(&pair);
        }
        let answer = self.post(&path, &json!({})).await?;
        text(&answer, "join", "room_id")
    }

    /// Leaves a room.
    pub async fn leave(&self, room_id: &str) -> Result<()> {
        self.post(&room_path(room_id, &["leave"]), &json!({}))
            .await?;
        Ok(())
    }

    /// Removes a user from a room.
    pub async fn kick(&self, room_id: &str, user_id: &str) -> Result<()> {
        self.post(&room_path(room_id, &["kick"]), &json!({"user_id": user_id}))
            .await?;
        Ok(())
    }

    /// Sends a state event and answers its event id.
    pub async fn send_state(
        &self,
        room_id: &str,
        kind: &str,
        key: &str,
        content: &Value,
    ) -> Result<String> {
        let path = room_path(room_id, &["state", kind, key]);
        let answer = self.request(Method::PUT, &path, Some(content)).await?;
        text(&answer, "send state", "event_id")
    }

    /// Schedules a state event (MSC4140) and answers its delay id.
    pub async fn send_delayed_state(
        &self,
        room_id: &str,
        kind: &str,
        key: &str,
        content: &Value,
        delay: std::time::Duration,
    ) -> Result<String> {
        let path = format!(
            "{}?org.matrix.msc4140.delay={}",
            room_path(room_id, &["state", kind, key]),
            delay.as_millis()
        );
        let answer = self.request(Method::PUT, &path, Some(content)).await?;
        text(&answer, "schedule state", "delay_id")
    }

    /// Sends a timeline event, unencrypted, and answers its event id.
    pub async fn send_event(&self, room_id: &str, kind: &str, content: &Value) -> Result<String> {
        let transaction = crate::token::random_text(12)?;
        let path = room_path(room_id, &["send", kind, &transaction]);
        let answer = self.request(Method::PUT, &path, Some(content)).await?;
        text(&answer, "send", "event_id")
    }

    /// The content of a state event, `None` when there is none.
    pub async fn state(&self, room_id: &str, kind: &str, key: &str) -> Result<Option<Value>> {
        let path = room_path(room_id, &["state", kind, key]);
        match self.request(Method::GET, &path, None).await {
            Ok(content) => Ok(Some(content)),
            Err(Error::Refused { status: 404, .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// All state events of a room, whole.
    pub async fn all_state(&self, room_id: &str) -> Result<Vec<Value>> {
        let path = room_path(room_id, &["state"]);
        let answer = self.request(Method::GET, &path, None).await?;
        Ok(answer.as_array().cloned().unwrap_or_default())
    }

    /// Everybody whom the room knows, invited and gone ones too.
    pub async fn members(&self, room_id: &str) -> Result<Vec<Member>> {
        let path = room_path(room_id, &["members"]);
        let answer = self.request(Method::GET, &path, None).await?;
        let chunk = answer.get("chunk").and_then(Value::as_array);
        Ok(chunk.into_iter().flatten().filter_map(member).collect())
    }

    /// State keys and contents of all `org.matrix.msc3401.call.member` events that say
    /// somebody is in the call (those with an empty content say the opposite).
    pub async fn call_members(&self, room_id: &str) -> Result<Vec<(String, Value)>> {
        let state = self.all_state(room_id).await?;
        Ok(state.iter().filter_map(call_member).collect())
    }

    /// This user's events that the homeserver is yet to send (MSC4140).
    pub async fn delayed_events(&self) -> Result<Vec<Value>> {
        let path = "/_matrix/client/unstable/org.matrix.msc4140/delayed_events";
        let answer = self.request(Method::GET, path, None).await?;
        let events = answer.get("delayed_events").and_then(Value::as_array);
        Ok(events.cloned().unwrap_or_default())
    }

    /// An OpenID token object as the authorization service wants it.
    pub async fn openid_token(&self) -> Result<Value> {
        let segments = [
            "_matrix",
            "client",
            "v3",
            "user",
            &self.user_id,
            "openid",
            "request_token",
        ];
        self.post(&path(&segments), &json!({})).await
    }

    /// A further login of the same user: a new device.
    pub async fn new_device(&self) -> Result<Self> {
        let body = json!({
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": self.user_id},
            "password": self.password,
        });
        let answer = self.post("/_matrix/client/v3/login", &body).await?;
        Ok(Self {
            access_token: text(&answer, "login", "access_token")?,
            device_id: text(&answer, "login", "device_id")?,
            ..self.clone()
        })
    }

    /// Any client-server request with this account's token. `path` begins with a slash
    /// and is percent-encoded already; see [`Account::room_path`].
    pub async fn request(&self, method: Method, path: &str, body: Option<&Value>) -> Result<Value> {
        let what = format!("{method} {}", path.split('?').next().unwrap_or_default());
        let url = format!("{}{path}", self.homeserver_url);
        let mut request = self
            .http
            .request(method, url)
            .bearer_auth(&self.access_token);
        if let Some(body) = body {
            request = request.json(body);
        }
        answer(what, request).await
    }

    /// `/_matrix/client/v3/rooms/{room}/…`, percent-encoded.
    #[must_use]
    pub fn room_path(room_id: &str, rest: &[&str]) -> String {
        room_path(room_id, rest)
    }

    async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.request(Method::POST, path, Some(body)).await
    }
}

impl RoomOptions {
    fn body(self) -> Value {
        let encryption = json!([{
            "type": "m.room.encryption", "state_key": "",
            "content": {"algorithm": "m.megolm.v1.aes-sha2"},
        }]);
        let level = |level: i64| json!({"events": {"org.matrix.msc3401.call.member": level}});
        let preset = if self.public {
            "public_chat"
        } else {
            "private_chat"
        };
        let visibility = if self.public { "public" } else { "private" };
        let fields = [
            ("preset", Some(json!(preset))),
            ("visibility", Some(json!(visibility))),
            ("invite", Some(json!(self.invite))),
            ("initial_state", self.encrypted.then_some(encryption)),
            (
                "power_level_content_override",
                self.call_member_level.map(level),
            ),
            ("name", self.name.map(Value::String)),
            ("room_alias_name", self.alias.map(Value::String)),
            ("room_version", self.version.map(Value::String)),
        ];
        let given = fields
            .into_iter()
            .filter_map(|(name, value)| Some((name.to_owned(), value?)));
        Value::Object(given.collect())
    }
}

/// Sends a request and reads its answer; a refusal becomes [`Error::Refused`].
pub(crate) async fn answer(what: String, request: reqwest::RequestBuilder) -> Result<Value> {
    let response = match request.send().await {
        Ok(response) => response,
        Err(source) => return Err(Error::Unreachable { what, source }),
    };
    let status = response.status();
    let body: Value = response.json().await.unwrap_or_default();
    if status.is_success() {
        return Ok(body);
    }
    let field = |names: [&str; 2]| {
        let found = names.iter().find_map(|n| body.get(n)?.as_str());
        found.unwrap_or_default().to_owned()
    };
    Err(Error::Refused {
        what,
        status: status.as_u16(),
        code: field(["errcode", "code"]),
        message: field(["error", "msg"]),
    })
}

pub(crate) fn text(answer: &Value, what: &str, field: &'static str) -> Result<String> {
    let found = answer.get(field).and_then(Value::as_str);
    found.map(str::to_owned).ok_or_else(|| Error::Unexpected {
        what: what.to_owned(),
        field,
    })
}

fn room_path(room_id: &str, rest: &[&str]) -> String {
    let mut segments = vec!["_matrix", "client", "v3", "rooms", room_id];
    segments.extend_from_slice(rest);
    path(&segments)
}

/// Segments to a percent-encoded path.
fn path(segments: &[&str]) -> String {
    const KEPT: &[u8] = b"-._~";
    let mut out = String::new();
    for segment in segments {
        out.push('/');
        for byte in segment.bytes() {
            if byte.is_ascii_alphanumeric() || KEPT.contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    out
}

fn member(event: &Value) -> Option<Member> {
    Some(Member {
        user_id: event.get("state_key")?.as_str()?.to_owned(),
        membership: event
            .get("content")?
            .get("membership")?
            .as_str()?
            .to_owned(),
    })
}

fn call_member(event: &Value) -> Option<(String, Value)> {
    let is_member = event.get("type")? == "org.matrix.msc3401.call.member";
    let content = event.get("content")?;
    let in_call = content.get("application").is_some();
    (is_member && in_call).then_some(())?;
    Some((
        event.get("state_key")?.as_str()?.to_owned(),
        content.clone(),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_keeps_what_belongs_to_a_segment_inside_it() {
        let path = room_path("!a/b:c", &["state", "m.room.member", "@x:y"]);
        assert_eq!(
            path,
            "/_matrix/client/v3/rooms/%21a%2Fb%3Ac/state/m.room.member/%40x%3Ay"
        );
    }

    #[test]
    fn an_empty_membership_is_not_in_the_call() {
        let left =
            json!({"type": "org.matrix.msc3401.call.member", "state_key": "k", "content": {}});
        assert_eq!(call_member(&left), None);
    }
}
