//! The status as it changes, taken out of `GET /v1/events`: server-sent events (HTML standard, 9.2), as
//! far as `roomd` writes them.

/// Longest event kept while it arrives, in bytes.
pub const MAX_EVENT: usize = 4 * 1024 * 1024;

const END: &[u8] = b"\n\n";

#[derive(Debug, thiserror::Error)]
#[error("an event is longer than {MAX_EVENT} bytes")]
pub struct TooLong;

/// Takes the data of the first whole event out of `buffer`; `None` when it has not all arrived. Signs
/// of life (comments) have no data and are passed over. Bytes, since a character may be cut in two
/// on the way.
///
/// # Errors
/// When what has arrived is too long: the connection must be closed.
pub fn take(buffer: &mut Vec<u8>) -> Result<Option<String>, TooLong> {
    while let Some(end) = buffer.windows(END.len()).position(|pair| pair == END) {
        let event: Vec<u8> = buffer.drain(..end + END.len()).collect();
        let data = data(&String::from_utf8_lossy(&event));
        if !data.is_empty() {
            return Ok(Some(data));
        }
    }
    if buffer.len() > MAX_EVENT {
        return Err(TooLong);
    }
    Ok(None)
}

fn data(event: &str) -> String {
    let lines = event.lines().filter_map(|line| line.strip_prefix("data:"));
    lines.map(str::trim_start).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn events_arrive_whole_however_the_bytes_are_cut_and_signs_of_life_are_none() {
        let sent = "event: status\ndata: {\"a\":\ndata: \"é\"}\n\n:\n\ndata: 2\n\n";
        let (mut buffer, mut taken) = (Vec::new(), Vec::new());
        for byte in sent.bytes() {
            buffer.push(byte);
            taken.extend(take(&mut buffer).unwrap());
        }
        assert_eq!(taken, ["{\"a\":\n\"é\"}", "2"]);
        assert!(buffer.is_empty());
    }

    #[test]
    fn an_event_without_end_is_refused() {
        let mut buffer = vec![b'x'; MAX_EVENT];
        assert!(take(&mut buffer).unwrap().is_none());
        buffer.push(b'x');
        assert!(take(&mut buffer).is_err());
    }
}
