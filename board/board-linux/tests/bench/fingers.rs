//! uinput: a touch panel that is touched by events written here.

use std::path::Path;

use evdev::uinput::VirtualDevice;
use evdev::{
    AbsInfo, AbsoluteAxisCode, AttributeSet, EventType, InputEvent, KeyCode, UinputAbsSetup,
};

use super::wait_for;

const SPAN: i32 = 4095;

pub struct Fingers {
    device: VirtualDevice,
}

impl Fingers {
    pub fn new() -> Self {
        let axis = AbsInfo::new(0, 0, SPAN, 0, 0, 1);
        let keys: AttributeSet<KeyCode> = [KeyCode::BTN_TOUCH].into_iter().collect();
        let mut device = VirtualDevice::builder()
            .unwrap()
            .name("Salle test panel")
            .with_keys(&keys)
            .unwrap()
            .with_absolute_axis(&UinputAbsSetup::new(AbsoluteAxisCode::ABS_X, axis))
            .unwrap()
            .with_absolute_axis(&UinputAbsSetup::new(AbsoluteAxisCode::ABS_Y, axis))
            .unwrap()
            .build()
            .unwrap();
        let node = device.enumerate_dev_nodes_blocking().unwrap().next();
        let node = node.unwrap().unwrap();
        wait_for("the panel's node", || Path::new(&node).exists());
        Self { device }
    }

    fn emit(&mut self, events: &[(EventType, u16, i32)]) {
        let events: Vec<_> = events
            .iter()
            .map(|(kind, code, value)| InputEvent::new(kind.0, *code, *value))
            .collect();
        self.device.emit(&events).unwrap();
    }

    pub fn tap(&mut self, x: f32, y: f32) {
        let place = |fraction: f32| (fraction * SPAN as f32) as i32;
        self.emit(&[
            (EventType::ABSOLUTE, AbsoluteAxisCode::ABS_X.0, place(x)),
            (EventType::ABSOLUTE, AbsoluteAxisCode::ABS_Y.0, place(y)),
            (EventType::KEY, KeyCode::BTN_TOUCH.0, 1),
        ]);
        self.lift();
    }

    pub fn lift(&mut self) {
        self.emit(&[(EventType::KEY, KeyCode::BTN_TOUCH.0, 0)]);
    }
}
