//! What is plugged in: cameras, sound, the display, the touch panel.

use std::time::Instant;

use super::{Bench, Checked, LIMIT, Plug, same, until};
use crate::{BoardError, Kind, Ports, Touched};

fn error(what: &'static str) -> impl Fn(BoardError) -> String {
    move |error| format!("{what}: {error}")
}

/// Waits until the board says that something of this kind may have changed.
fn told(ports: &mut Ports, kind: Kind) -> Checked {
    let begun = Instant::now();
    loop {
        let kinds = ports.hotplug.next(LIMIT).map_err(error("hotplug"))?;
        if kinds.has(kind) {
            return Ok(());
        }
        if begun.elapsed() > LIMIT {
            return Err(format!("no word of {kind:?}"));
        }
    }
}

/// # Errors
/// What is wrong.
pub fn an_unplugged_camera_is_told_and_found_again(mut bench: Bench) -> Checked {
    let ports = &mut bench.ports;
    let camera = ports.camera.camera().map_err(error("camera"))?;
    let camera = camera.ok_or("no camera at first")?;
    let formats = ports.camera.formats().map_err(error("formats"))?;
    if formats.is_empty() {
        return Err(format!("{camera:?} offers no format"));
    }
    bench.hand.plug(Plug::Camera, false);
    told(ports, Kind::Camera)?;
    until("the camera is gone", || {
        Ok(ports.camera.camera() == Ok(None))
    })?;
    same(
        "formats",
        ports.camera.formats(),
        Err(BoardError::Unplugged),
    )?;
    bench.hand.plug(Plug::Camera, true);
    told(ports, Kind::Camera)?;
    until("the camera is back", || {
        let found = ports.camera.camera().map_err(error("camera"))?;
        Ok(found.is_some_and(|found| found.name == camera.name))
    })
}

/// # Errors
/// What is wrong.
pub fn an_unplugged_sound_card_is_told_and_found_again(mut bench: Bench) -> Checked {
    let ports = &mut bench.ports;
    let microphone = ports.microphone.sound().map_err(error("microphone"))?;
    let speaker = ports.speaker.sound().map_err(error("speaker"))?;
    if microphone.is_none() || speaker.is_none() {
        return Err(format!("at first {microphone:?} and {speaker:?}"));
    }
    bench.hand.plug(Plug::Sound, false);
    told(ports, Kind::Sound)?;
    until("both are gone", || {
        let both = (ports.microphone.sound(), ports.speaker.sound());
        Ok(both == (Ok(None), Ok(None)))
    })?;
    bench.hand.plug(Plug::Sound, true);
    told(ports, Kind::Sound)?;
    until("both are back", || {
        let both = (ports.microphone.sound(), ports.speaker.sound());
        Ok(both == (Ok(microphone.clone()), Ok(speaker.clone())))
    })
}

/// # Errors
/// What is wrong.
pub fn a_finger_is_told_where_it_is(mut bench: Bench) -> Checked {
    let panel = bench.board.touch.as_mut().ok_or("no touch panel")?;
    for (x, y) in [(0.25, 0.75), (1.0, 0.0)] {
        bench.hand.touch(x, y);
        let down = panel.next(LIMIT).map_err(error("touch"))?;
        let down = down.ok_or("no touch")?;
        same("what", down.what, Touched::Down)?;
        if (down.x - x).abs() > 0.01 || (down.y - y).abs() > 0.01 {
            return Err(format!("{down:?} instead of {x}, {y}"));
        }
        let up = panel.next(LIMIT).map_err(error("touch"))?;
        same("up", up.map(|touch| touch.what), Some(Touched::Up))?;
    }
    Ok(())
}

/// # Errors
/// What is wrong.
pub fn a_display_sleeps_and_wakes(mut bench: Bench) -> Checked {
    let display = bench.board.display.as_mut().ok_or("no display")?;
    for on in [true, false, true] {
        display.set_on(on).map_err(error("display"))?;
        until(&format!("the display is on: {on}"), || {
            Ok(display.is_on() == Ok(on))
        })?;
        // A screen that is asked what it is takes a moment to say so.
        until("the display is connected", || {
            Ok(display.is_connected() == Ok(true))
        })?;
    }
    Ok(())
}
