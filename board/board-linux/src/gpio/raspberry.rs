//! Lines of a Raspberry Pi by rppal, which writes to the chip's registers.
//!
//! It gives its pins back as inputs when they are dropped, but not when the process is killed: a
//! lamp then stays as it was until [`darken`](crate::darken). A register can always be read, so
//! a mute line is never unreadable here.

use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::Duration;

use board_api::BoardError;
use board_api::profile::{Active, Bias, Line};
use rppal::gpio::{InputPin, Level, OutputPin, Trigger};

use super::{Gpio, Inputs, Output};

pub(crate) struct Raspberry(rppal::gpio::Gpio);

impl Raspberry {
    /// # Errors
    /// When this is no Raspberry Pi rppal knows, or its registers are out of reach.
    pub fn open() -> Result<Self, rppal::gpio::Error> {
        rppal::gpio::Gpio::new().map(Self)
    }

    fn pin(&self, line: &Line) -> Result<rppal::gpio::Pin, BoardError> {
        let number = number(line.line.as_str()).ok_or(BoardError::Unplugged)?;
        self.0.get(number).map_err(|error| {
            tracing::debug!(number, %error, "pin refused");
            kind(&error)
        })
    }
}

/// `GPIO17` is 17, as the kernel names the lines.
fn number(name: &str) -> Option<u8> {
    let number = name.strip_prefix("GPIO")?;
    number.parse().ok().filter(|number| *number <= 27)
}

fn kind(error: &rppal::gpio::Error) -> BoardError {
    use rppal::gpio::Error;
    match error {
        Error::PinUsed(_) => BoardError::Busy,
        Error::PinNotAvailable(_) => BoardError::Unplugged,
        Error::PermissionDenied(_) => BoardError::NotAllowed,
        _ => BoardError::Failed,
    }
}

fn level(active: Active) -> Level {
    match active {
        Active::High => Level::High,
        Active::Low => Level::Low,
    }
}

impl Gpio for Raspberry {
    fn inputs(&self, lines: Vec<Line>) -> Box<dyn Inputs> {
        let (edge, edges) = channel();
        let pins = lines.iter().enumerate();
        let pins = pins.map(|(number, line)| self.input(number, line, edge.clone()));
        Box::new(Group {
            pins: pins.collect(),
            edges,
            _edge: edge,
        })
    }

    fn output(&self, line: &Line, active: bool) -> Box<dyn Output> {
        let lit = level(line.active);
        let first = if active { lit } else { !lit };
        let pin = self.pin(line).map(|pin| {
            let mut pin = match first {
                Level::Low => pin.into_output_low(),
                Level::High => pin.into_output_high(),
            };
            // A lamp that is lit by a low level would glow on an input without pull.
            pin.set_reset_on_drop(line.active == Active::High);
            pin
        });
        Box::new(Lamp {
            pin,
            active: line.active,
        })
    }
}

impl Raspberry {
    fn input(
        &self,
        number: usize,
        line: &Line,
        edge: Sender<(usize, bool)>,
    ) -> Result<(InputPin, Active), BoardError> {
        let pin = self.pin(line)?;
        let mut pin = match line.bias {
            Bias::AsIs | Bias::None => pin.into_input(),
            Bias::PullUp => pin.into_input_pullup(),
            Bias::PullDown => pin.into_input_pulldown(),
        };
        let rising = line.active == Active::High;
        let debounce = line.debounce_ms.duration();
        pin.set_async_interrupt(
            Trigger::Both,
            (!debounce.is_zero()).then_some(debounce),
            move |event| {
                let active = (event.trigger == Trigger::RisingEdge) == rising;
                // Nobody listens any more.
                let _ = edge.send((number, active));
            },
        )
        .map_err(|error| kind(&error))?;
        Ok((pin, line.active))
    }
}

struct Group {
    pins: Vec<Result<(InputPin, Active), BoardError>>,
    edges: Receiver<(usize, bool)>,
    /// Keeps the channel open where no line works.
    _edge: Sender<(usize, bool)>,
}

impl Inputs for Group {
    fn is_active(&mut self, number: usize) -> Result<bool, BoardError> {
        match self.pins.get(number) {
            Some(Ok((pin, active))) => Ok(pin.read() == level(*active)),
            Some(Err(error)) => Err(*error),
            None => Err(BoardError::Failed),
        }
    }

    fn next(&mut self, wait: Duration) -> Result<Option<(usize, bool)>, BoardError> {
        let wrong = self.pins.iter().find_map(|pin| pin.as_ref().err().copied());
        if let Some(error) = wrong.filter(|_| self.pins.iter().all(Result::is_err)) {
            return Err(error);
        }
        match self.edges.recv_timeout(wait) {
            Ok(edge) => Ok(Some(edge)),
            Err(RecvTimeoutError::Timeout) => wrong.map_or(Ok(None), Err),
            Err(RecvTimeoutError::Disconnected) => Err(BoardError::Failed),
        }
    }
}

struct Lamp {
    pin: Result<OutputPin, BoardError>,
    active: Active,
}

impl Output for Lamp {
    fn set(&mut self, active: bool) -> Result<(), BoardError> {
        let lit = level(self.active);
        let pin = self.pin.as_mut().map_err(|error| *error)?;
        pin.write(if active { lit } else { !lit });
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pins_are_named_as_the_kernel_names_them() {
        assert_eq!(number("GPIO17"), Some(17));
        for other in ["GPIO28", "GPIO", "17", "salle-join", "GPIO-1"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
