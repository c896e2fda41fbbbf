//! QEMU's own control line: reset, power, and what happened.

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use serde_json::{Value, json};

use crate::{Error, Result};

const NAME: &str = "QEMU's monitor";
/// What QEMU counts a display's width and height as.
const WIDE: u32 = 0x7fff;
/// Between the steps of a tap: emulation takes its time.
const STEP: Duration = Duration::from_millis(500);

/// A connection on which capabilities are agreed.
#[derive(Debug)]
pub struct Qmp {
    lines: BufReader<UnixStream>,
    /// Names of events that came while waiting for answers.
    events: Vec<String>,
}

impl Qmp {
    pub(crate) fn connect(stream: UnixStream) -> Result<Self> {
        let limit = Some(Duration::from_secs(60));
        stream.set_read_timeout(limit).map_err(broke)?;
        let mut qmp = Self {
            lines: BufReader::new(stream),
            events: Vec::new(),
        };
        qmp.line()?;
        qmp.order("qmp_capabilities", &json!({}))?;
        Ok(qmp)
    }

    /// Gives an order and returns its answer.
    ///
    /// # Errors
    /// When QEMU refuses it or has ended.
    pub fn order(&mut self, name: &str, arguments: &Value) -> Result<Value> {
        let order = json!({ "execute": name, "arguments": arguments });
        let stream = self.lines.get_mut();
        writeln!(stream, "{order}").map_err(broke)?;
        loop {
            let mut said = self.line()?;
            if let Some(event) = said.get("event").and_then(Value::as_str) {
                self.events.push(event.to_owned());
            } else if let Some(answer) = said.get_mut("return") {
                return Ok(answer.take());
            } else {
                return Err(Error::Answer(NAME, said.to_string()));
            }
        }
    }

    /// The reset button.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn reset(&mut self) -> Result<()> {
        self.order("system_reset", &json!({})).map(drop)
    }

    /// Names of what happened up to now, such as `RESET` and `WATCHDOG`.
    ///
    /// # Errors
    /// When QEMU has ended.
    pub fn events(&mut self) -> Result<&[String]> {
        self.order("query-status", &json!({}))?;
        Ok(&self.events)
    }

    /// A tap on a display, at a place in thousandths of its width and height. QEMU's tablet is a pointer
    /// to Linux, which has to be somewhere before it presses.
    ///
    /// # Errors
    /// When QEMU has ended, or the display is not touched.
    pub fn tap(&mut self, display: &str, x: u32, y: u32) -> Result<()> {
        let at = |axis: &str, place: u32| {
            let value = place * WIDE / 1000;
            json!({ "type": "abs", "data": { "axis": axis, "value": value } })
        };
        let press =
            |down: bool| json!({ "type": "btn", "data": { "button": "left", "down": down } });
        let place = json!([at("x", x), at("y", y)]);
        for events in [place, json!([press(true)]), json!([press(false)])] {
            let event = json!({ "device": display, "head": 0, "events": events });
            self.order("input-send-event", &event)?;
            std::thread::sleep(STEP);
        }
        Ok(())
    }

    fn line(&mut self) -> Result<Value> {
        let mut line = String::new();
        self.lines.read_line(&mut line).map_err(broke)?;
        serde_json::from_str(&line).map_err(|_| Error::Answer(NAME, line))
    }
}

fn broke(error: std::io::Error) -> Error {
    Error::Connection(NAME, error)
}
