//! Framing of orders and facts: a 32-bit big-endian length, then that many bytes of JSON.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// Longest message, in bytes. A full HD stage as PNG in base64 fits.
pub const MAX_MESSAGE: usize = 16 * 1024 * 1024;

#[derive(Debug, thiserror::Error)]
pub enum WireError {
    #[error("a message of {0} bytes is longer than {MAX_MESSAGE}")]
    TooLong(usize),
    /// The cause names the field, never its value.
    #[error("a message is not one this version knows, at line {line} column {column}")]
    Malformed { line: usize, column: usize },
}

/// The frame of one message, length included.
///
/// # Errors
/// [`WireError::TooLong`].
pub fn encode<T: Serialize>(message: &T) -> Result<Vec<u8>, WireError> {
    let mut frame = vec![0; 4];
    serde_json::to_writer(&mut frame, message).map_err(|error| malformed(&error))?;
    let length = frame.len() - 4;
    let prefix = u32::try_from(length)
        .ok()
        .filter(|_| length <= MAX_MESSAGE)
        .ok_or(WireError::TooLong(length))?;
    frame.splice(..4, prefix.to_be_bytes());
    Ok(frame)
}

/// Takes the first whole message out of `buffer`; `None` when it has not all arrived.
///
/// # Errors
/// When the message is too long or not of this version: the connection must be closed.
pub fn decode<T: DeserializeOwned>(buffer: &mut Vec<u8>) -> Result<Option<T>, WireError> {
    let Some(prefix) = buffer.first_chunk::<4>() else {
        return Ok(None);
    };
    let length = u32::from_be_bytes(*prefix) as usize;
    if length > MAX_MESSAGE {
        return Err(WireError::TooLong(length));
    }
    let Some(body) = buffer.get(4..4 + length) else {
        return Ok(None);
    };
    let message = serde_json::from_slice(body).map_err(|error| malformed(&error))?;
    buffer.drain(..4 + length);
    Ok(Some(message))
}

fn malformed(error: &serde_json::Error) -> WireError {
    WireError::Malformed {
        line: error.line(),
        column: error.column(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Fact, Order, SfuId};

    #[test]
    fn messages_arrive_whole_however_the_bytes_are_cut() {
        let sent = [
            Order::SetCamera { on: true },
            Order::Disconnect { sfu: SfuId(3) },
        ];
        let bytes: Vec<u8> = sent.iter().flat_map(|o| encode(o).unwrap()).collect();
        let (mut buffer, mut received) = (Vec::new(), Vec::new());
        for byte in bytes {
            buffer.push(byte);
            received.extend(decode::<Order>(&mut buffer).unwrap());
        }
        assert_eq!(received, sent);
        assert!(buffer.is_empty());
    }

    #[test]
    fn a_length_beyond_the_limit_is_refused_before_anything_is_kept() {
        let mut buffer = vec![0xff; 4];
        assert!(matches!(
            decode::<Fact>(&mut buffer),
            Err(WireError::TooLong(_))
        ));
    }
}
