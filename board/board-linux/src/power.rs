//! Everything that puts the room's display to sleep, as one.

use board_api::profile::{Line, Profile};
use board_api::{BoardError, DisplayPower};

use crate::cec;
use crate::display::Connector;
use crate::gpio::{Gpio, Output};
use crate::rule::Roots;

/// A relay in the display's supply. What is plugged in behind it, nobody can tell.
struct Relay {
    output: Box<dyn Output>,
    on: bool,
}

impl Relay {
    /// The display has its power from now on: this program may have ended while it slept.
    fn new(gpio: &dyn Gpio, line: &Line) -> Self {
        Self {
            output: gpio.output(line, true),
            on: true,
        }
    }
}

impl DisplayPower for Relay {
    fn is_connected(&mut self) -> Result<bool, BoardError> {
        Ok(true)
    }

    fn is_on(&mut self) -> Result<bool, BoardError> {
        Ok(self.on)
    }

    fn set_on(&mut self, on: bool) -> Result<(), BoardError> {
        self.output.set(on)?;
        self.on = on;
        Ok(())
    }
}

/// Several ways to the same display; never empty.
struct Together(Vec<Box<dyn DisplayPower>>);

impl DisplayPower for Together {
    fn is_connected(&mut self) -> Result<bool, BoardError> {
        self.all(|way| way.is_connected())
    }

    fn is_on(&mut self) -> Result<bool, BoardError> {
        self.all(|way| way.is_on())
    }

    /// Each is set, whatever the one before says; the first error counts. What cuts the power is
    /// last on the way to sleep, and first on the way back.
    fn set_on(&mut self, on: bool) -> Result<(), BoardError> {
        let set = |way: &mut Box<dyn DisplayPower>| way.set_on(on);
        if on {
            return self.0.iter_mut().rev().map(set).fold(Ok(()), Result::and);
        }
        self.0.iter_mut().map(set).fold(Ok(()), Result::and)
    }
}

impl Together {
    fn all(
        &mut self,
        ask: impl Fn(&mut Box<dyn DisplayPower>) -> Result<bool, BoardError>,
    ) -> Result<bool, BoardError> {
        for way in &mut self.0 {
            if !ask(way)? {
                return Ok(false);
            }
        }
        Ok(true)
    }
}

/// `None` when the profile names no way.
pub(crate) fn of(
    gpio: &dyn Gpio,
    roots: &Roots,
    profile: &Profile,
) -> Option<Box<dyn DisplayPower>> {
    let display = profile.display.as_ref()?;
    let mut ways: Vec<Box<dyn DisplayPower>> = Vec::new();
    if display.dpms {
        let panel = profile.panel.clone();
        ways.push(Box::new(Connector::new(roots.clone(), display, panel)));
    }
    if let Some(rule) = &display.cec {
        let adapter = cec::Adapter::new(roots.clone(), rule);
        ways.push(Box::new(cec::Display::new(adapter)));
    }
    if let Some(line) = &display.relay {
        ways.push(Box::new(Relay::new(gpio, line)));
    }
    (!ways.is_empty()).then(|| Box::new(Together(ways)) as Box<_>)
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use super::*;

    type Said = Arc<Mutex<Vec<(&'static str, bool)>>>;

    struct Noted(&'static str, Said, Result<(), BoardError>);

    impl DisplayPower for Noted {
        fn is_connected(&mut self) -> Result<bool, BoardError> {
            Ok(true)
        }

        fn is_on(&mut self) -> Result<bool, BoardError> {
            Ok(true)
        }

        fn set_on(&mut self, on: bool) -> Result<(), BoardError> {
            self.1.lock().unwrap().push((self.0, on));
            self.2
        }
    }

    #[test]
    fn power_is_cut_last_and_given_first_and_one_that_fails_stops_none() {
        let said = Said::default();
        let way = |name, result| Box::new(Noted(name, Arc::clone(&said), result)) as Box<_>;
        let failed = Err(BoardError::NotAllowed);
        let mut display = Together(vec![way("dpms", failed), way("relay", Ok(()))]);
        assert_eq!(display.set_on(false), failed);
        assert_eq!(display.set_on(true), failed);
        let order = [
            ("dpms", false),
            ("relay", false),
            ("relay", true),
            ("dpms", true),
        ];
        assert_eq!(*said.lock().unwrap(), order);
    }
}
