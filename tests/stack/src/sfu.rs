//! What the SFU itself says and does: LiveKit's room service (Twirp, JSON).

use serde_json::{Value, json};

use crate::account::answer;
use crate::token::ApiKey;
use crate::{Error, Result};

/// The room service of one LiveKit, with the rights of its administrator.
#[derive(Debug, Clone)]
pub struct Sfu {
    http: reqwest::Client,
    /// `http://127.0.0.1:port`.
    url: String,
    key: ApiKey,
}

/// Somebody connected to a room of the SFU.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Participant {
    /// Another one after a full reconnect, the same after a resume.
    pub sid: String,
    pub identity: String,
    /// `JOINING`, `JOINED`, `ACTIVE` or `DISCONNECTED`.
    pub state: String,
    pub tracks: Vec<Track>,
}

/// A track that is published, as the SFU sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Track {
    pub sid: String,
    /// `CAMERA`, `MICROPHONE`, `SCREEN_SHARE`, `SCREEN_SHARE_AUDIO` or `UNKNOWN`.
    pub source: String,
    /// `GCM`, `CUSTOM` or `NONE`.
    pub encryption: String,
    /// `video/VP8`, `audio/opus` and so on; may be empty before the first packet.
    pub mime_type: String,
    /// Pixels; 0 for sound.
    pub width: u64,
    /// Pixels; 0 for sound.
    pub height: u64,
    pub simulcast: bool,
    /// Width and height in pixels of each declared layer, lowest first.
    pub layers: Vec<(u64, u64)>,
    pub muted: bool,
}

impl Sfu {
    pub(crate) fn new(http: reqwest::Client, url: String, key: ApiKey) -> Self {
        Self { http, url, key }
    }

    pub(crate) fn url(&self) -> &str {
        &self.url
    }

    /// Names of the rooms there are (see [`crate::sfu_room_name`]).
    pub async fn rooms(&self) -> Result<Vec<String>> {
        let answer = self.call("ListRooms", "", json!({})).await?;
        let rooms = list(&answer, "rooms");
        Ok(rooms.iter().map(|room| text(room, &["name"])).collect())
    }

    /// Everybody in a room, by the room's name on the SFU. Empty when there is no such room.
    pub async fn participants(&self, room: &str) -> Result<Vec<Participant>> {
        match self
            .call("ListParticipants", room, json!({"room": room}))
            .await
        {
            Ok(answer) => Ok(list(&answer, "participants")
                .iter()
                .map(participant)
                .collect()),
            Err(Error::Refused { status: 404, .. }) => Ok(Vec::new()),
            Err(error) => Err(error),
        }
    }

    /// Throws somebody out of a room.
    pub async fn remove_participant(&self, room: &str, identity: &str) -> Result<()> {
        let body = json!({"room": room, "identity": identity});
        self.call("RemoveParticipant", room, body).await.map(drop)
    }

    /// Mutes or unmutes a track at the SFU. LiveKit refuses to unmute unless set up to.
    pub async fn mute_track(
        &self,
        room: &str,
        identity: &str,
        sid: &str,
        muted: bool,
    ) -> Result<()> {
        let body = json!({"room": room, "identity": identity, "track_sid": sid, "muted": muted});
        self.call("MutePublishedTrack", room, body).await.map(drop)
    }

    /// Changes somebody's name, attributes or permission: `fields` of LiveKit's
    /// `UpdateParticipantRequest`.
    pub async fn update_participant(
        &self,
        room: &str,
        identity: &str,
        fields: Value,
    ) -> Result<()> {
        let mut body = json!({"room": room, "identity": identity});
        if let (Some(body), Value::Object(fields)) = (body.as_object_mut(), fields) {
            body.extend(fields);
        }
        self.call("UpdateParticipant", room, body).await.map(drop)
    }

    /// Makes a room as the authorization service does for users with full access
    /// (MSC4195: empty for 300 s, or 20 s after the last one left). No error when it exists.
    pub async fn create_room(&self, room: &str) -> Result<()> {
        let body = json!({"name": room, "empty_timeout": 300, "departure_timeout": 20});
        self.call("CreateRoom", room, body).await.map(drop)
    }

    /// Ends a room and throws everybody out.
    pub async fn delete_room(&self, room: &str) -> Result<()> {
        self.call("DeleteRoom", room, json!({"room": room}))
            .await
            .map(drop)
    }

    async fn call(&self, method: &str, room: &str, body: Value) -> Result<Value> {
        let url = format!("{}/twirp/livekit.RoomService/{method}", self.url);
        let token = self.key.admin(room);
        let request = self.http.post(url).bearer_auth(token).json(&body);
        answer(format!("LiveKit {method}"), request).await
    }
}

fn participant(value: &Value) -> Participant {
    let tracks = list(value, "tracks");
    Participant {
        sid: text(value, &["sid"]),
        identity: text(value, &["identity"]),
        state: text(value, &["state"]),
        tracks: tracks.iter().map(track).collect(),
    }
}

fn track(value: &Value) -> Track {
    let flag = |name| value.get(name).and_then(Value::as_bool).unwrap_or(false);
    let (width, height) = size(value);
    let or = |found: String, default: &str| {
        if found.is_empty() {
            default.to_owned()
        } else {
            found
        }
    };
    Track {
        sid: text(value, &["sid"]),
        // Protobuf's JSON leaves out the zero value of an enumeration.
        source: or(text(value, &["source"]), "UNKNOWN"),
        encryption: or(text(value, &["encryption"]), "NONE"),
        mime_type: text(value, &["mime_type", "mimeType"]),
        width,
        height,
        simulcast: flag("simulcast"),
        layers: list(value, "layers").iter().map(size).collect(),
        muted: flag("muted"),
    }
}

/// Protobuf's JSON leaves out zeros.
fn size(value: &Value) -> (u64, u64) {
    let number = |name| value.get(name).and_then(Value::as_u64).unwrap_or(0);
    (number("width"), number("height"))
}

fn list<'a>(value: &'a Value, field: &str) -> &'a [Value] {
    value
        .get(field)
        .and_then(Value::as_array)
        .map_or(&[], Vec::as_slice)
}

fn text(value: &Value, fields: &[&str]) -> String {
    let found = fields.iter().find_map(|f| value.get(f)?.as_str());
    found.unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_track_that_says_nothing_is_not_taken_for_an_encrypted_one() {
        let seen = track(&json!({"sid": "TR_1"}));
        assert_eq!(seen.encryption, "NONE");
        assert_eq!(seen.source, "UNKNOWN");
    }

    #[test]
    fn a_camera_track_is_read_whole() {
        let seen = track(&json!({
            "sid": "TR_2", "source": "CAMERA", "encryption": "GCM", "mime_type": "video/VP8",
            "width": 640, "height": 360, "simulcast": true, "muted": true,
            "layers": [{"width": 320, "height": 180}, {"width": 640, "height": 360}],
        }));
        assert_eq!((seen.width, seen.height), (640, 360));
        assert_eq!(seen.layers, [(320, 180), (640, 360)]);
        assert!(seen.simulcast && seen.muted);
        assert_eq!(seen.encryption, "GCM");
    }
}
