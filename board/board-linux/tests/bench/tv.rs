//! The display at the other end of the bus: vivid's own HDMI input, to which its output is
//! connected.
#![allow(unsafe_code, reason = "ioctl; each use says why it is sound")]

use std::fs::File;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;

use linux_cec::device::{Device, MessageData};
use linux_cec::message::Message;
use linux_cec::operand::{PowerStatus, UiCommand};
use linux_cec::{FollowerMode, LogicalAddress, LogicalAddressType, Timeout};
use rustix::ioctl::{Opcode, Updater, ioctl, opcode};

/// `struct v4l2_queryctrl`.
#[repr(C)]
#[derive(Default)]
struct Control {
    id: u32,
    kind: u32,
    name: [u8; 32],
    minimum: i32,
    maximum: i32,
    step: i32,
    default: i32,
    flags: u32,
    reserved: [u32; 2],
}

/// `struct v4l2_control`.
#[repr(C)]
struct Value {
    id: u32,
    value: i32,
}

/// `VIDIOC_QUERYCTRL`, `VIDIOC_S_CTRL`; `V4L2_CTRL_FLAG_NEXT_CTRL`.
const QUERYCTRL: Opcode = opcode::read_write::<Control>(b'V', 36);
const S_CTRL: Opcode = opcode::read_write::<Value>(b'V', 28);
const NEXT: u32 = 0x8000_0000;

/// Plugs the output's cable into the input, or out of it.
fn connect(plugged: bool) {
    let node = File::options().read(true).write(true).open("/dev/video0");
    let node = node.unwrap();
    let mut control = Control::default();
    loop {
        control.id |= NEXT;
        // SAFETY: `Control` has the layout of `struct v4l2_queryctrl`, which this call reads and
        // fills; every bit pattern is a valid value of its fields.
        unsafe { ioctl(&node, Updater::<QUERYCTRL, Control>::new(&mut control)) }.unwrap();
        let name = String::from_utf8_lossy(&control.name);
        if name.starts_with("HDMI") && name.contains("Is Connected To") {
            break;
        }
    }
    // A test pattern, nothing, then the outputs.
    let value = if plugged { control.maximum } else { 1 };
    let mut set = Value {
        id: control.id,
        value,
    };
    // SAFETY: `Value` has the layout of `struct v4l2_control`, which this call reads.
    unsafe { ioctl(&node, Updater::<S_CTRL, Value>::new(&mut set)) }.unwrap();
}

fn adapter(part: &str) -> Device {
    let open = |number: u8| Device::open(Path::new("/dev").join(format!("cec{number}"))).ok();
    let named = |device: &Device| {
        let name = device.get_adapter_name().unwrap();
        name.to_string_lossy().contains(part)
    };
    (0..8).filter_map(open).find(named).unwrap()
}

pub struct Tv {
    awake: Arc<AtomicBool>,
    ended: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
    remote: Device,
}

impl Tv {
    pub fn plug_in() -> Self {
        connect(true);
        let mut device = adapter("vid-cap");
        if device.get_logical_addresses().unwrap().is_empty() {
            device.set_logical_address(LogicalAddressType::Tv).unwrap();
        }
        device.set_follower_mode(FollowerMode::Enabled).unwrap();
        let (awake, ended) = (Arc::default(), Arc::default());
        let theirs = (Arc::clone(&awake), Arc::clone(&ended));
        let thread = std::thread::spawn(move || watch(&device, &theirs.0, &theirs.1));
        Self {
            awake,
            ended,
            thread: Some(thread),
            remote: adapter("vid-cap"),
        }
    }

    pub fn is_awake(&self) -> bool {
        self.awake.load(Ordering::Relaxed)
    }

    /// A key of its remote control goes down and up again.
    pub fn press(&self, key: UiCommand) {
        let room = LogicalAddress::PlaybackDevice1;
        self.remote.press_user_control(key, room).unwrap();
        self.remote.release_user_control(room).unwrap();
    }
}

impl Drop for Tv {
    fn drop(&mut self) {
        self.ended.store(true, Ordering::Relaxed);
        let _ = self.thread.take().map(JoinHandle::join);
        connect(false);
    }
}

fn watch(device: &Device, awake: &AtomicBool, ended: &AtomicBool) {
    while !ended.load(Ordering::Relaxed) {
        let Ok(envelope) = device.rx_message(Timeout::from_ms(100)) else {
            continue;
        };
        match envelope.message {
            MessageData::Valid(Message::ImageViewOn) => awake.store(true, Ordering::Relaxed),
            MessageData::Valid(Message::Standby) => awake.store(false, Ordering::Relaxed),
            MessageData::Valid(Message::GiveDevicePowerStatus) => {
                let status = if awake.load(Ordering::Relaxed) {
                    PowerStatus::On
                } else {
                    PowerStatus::Standby
                };
                let report = Message::ReportPowerStatus { status };
                device.tx_message(&report, envelope.initiator).unwrap();
            }
            _ => {}
        }
    }
}
