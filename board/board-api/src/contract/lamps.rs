//! Lamps and the status light.

use super::{Bench, Checked, LampName, until};
use crate::{Colour, Lamp, Pattern, Percent, StatusLight};

fn lamp(bench: &mut Bench, name: LampName) -> Result<&mut Box<dyn Lamp>, String> {
    let lamp = match name {
        LampName::Call => bench.board.call_lamp.as_mut(),
        LampName::Mute => bench.board.mute_lamp.as_mut(),
        LampName::Status => None,
    };
    lamp.ok_or_else(|| format!("no lamp {name:?}"))
}

fn light(bench: &mut Bench) -> Result<&mut Box<dyn StatusLight>, String> {
    bench.board.light.as_mut().ok_or("no status light".into())
}

fn set(bench: &mut Bench, name: LampName, pattern: Pattern) -> Checked {
    let set = lamp(bench, name)?.set(pattern);
    set.map_err(|error| format!("{name:?} {pattern:?}: {error}"))
}

fn shows(bench: &mut Bench, name: LampName, lit: bool) -> Checked {
    until(&format!("{name:?} is lit: {lit}"), || {
        Ok(bench.hand.is_lit(name) == lit)
    })
}

/// # Errors
/// What is wrong.
pub fn the_light_takes_every_colour(mut bench: Bench) -> Checked {
    for colour in [Colour::Green, Colour::Amber, Colour::Red, Colour::Off] {
        let set = light(&mut bench)?.set(colour, Pattern::Steady, Percent::FULL);
        set.map_err(|error| format!("{colour:?}: {error}"))?;
        shows(&mut bench, LampName::Status, colour != Colour::Off)?;
    }
    Ok(())
}

/// # Errors
/// What is wrong.
pub fn lamps_are_lit_and_go_dark(mut bench: Bench) -> Checked {
    for name in [LampName::Call, LampName::Mute] {
        shows(&mut bench, name, false)?;
        set(&mut bench, name, Pattern::Steady)?;
        shows(&mut bench, name, true)?;
    }
    set(&mut bench, LampName::Call, Pattern::Dark)?;
    shows(&mut bench, LampName::Call, false)?;
    shows(&mut bench, LampName::Mute, true)
}

/// # Errors
/// What is wrong.
pub fn blinking_goes_on_by_itself(mut bench: Bench) -> Checked {
    let changing = |pattern: &Pattern| !pattern.phases_ms().is_empty();
    for pattern in Pattern::ALL.into_iter().filter(changing) {
        set(&mut bench, LampName::Call, pattern)?;
        for lit in [true, false, true, false] {
            shows(&mut bench, LampName::Call, lit)?;
        }
    }
    set(&mut bench, LampName::Call, Pattern::Steady)?;
    shows(&mut bench, LampName::Call, true)
}

/// # Errors
/// What is wrong.
pub fn released_lamps_are_dark(mut bench: Bench) -> Checked {
    set(&mut bench, LampName::Call, Pattern::Steady)?;
    set(&mut bench, LampName::Mute, Pattern::Flashing)?;
    let lit = light(&mut bench)?.set(Colour::Red, Pattern::Steady, Percent::FULL);
    lit.map_err(|error| format!("light: {error}"))?;
    shows(&mut bench, LampName::Status, true)?;
    let Bench {
        board, mut hand, ..
    } = bench;
    drop(board);
    for name in [LampName::Call, LampName::Mute, LampName::Status] {
        until(&format!("{name:?} is dark"), || Ok(!hand.is_lit(name)))?;
    }
    Ok(())
}
