//! A display in memory, for machines without one.
//!
//! The same loop as on a display: timers, wake-ups from other threads, drawing when something
//! changed. Fingers are whoever calls [`slint::invoke_from_event_loop`].

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, Sender, channel};
use std::time::{Duration, Instant};

use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{
    EventLoopProxy, Platform, WindowAdapter, duration_until_next_timer_update,
    update_timers_and_animations,
};
use slint::{EventLoopError, PhysicalSize, PlatformError, Rgb8Pixel};

/// Longest sleep of the loop: without timers it still turns.
const TURN: Duration = Duration::from_secs(1);

/// Pictures drawn so far by this process.
static DRAWN: AtomicU64 = AtomicU64::new(0);

/// Pictures drawn so far by this process; for those who wait for the next one.
#[must_use]
pub fn drawn() -> u64 {
    DRAWN.load(Ordering::Acquire)
}

enum Message {
    Call(Box<dyn FnOnce() + Send>),
    Quit,
}

struct Memory {
    window: Rc<MinimalSoftwareWindow>,
    size: PhysicalSize,
    begun: Instant,
    sender: Sender<Message>,
    receiver: RefCell<Receiver<Message>>,
}

/// Makes windows of this process go to memory.
///
/// # Errors
/// When another platform is set already.
pub fn set_up(width: u32, height: u32) -> Result<(), slint::platform::SetPlatformError> {
    let window = MinimalSoftwareWindow::new(RepaintBufferType::ReusedBuffer);
    let size = PhysicalSize::new(width, height);
    window.set_size(size);
    let (sender, receiver) = channel();
    slint::platform::set_platform(Box::new(Memory {
        window,
        size,
        begun: Instant::now(),
        sender,
        receiver: RefCell::new(receiver),
    }))
}

impl Platform for Memory {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.begun.elapsed()
    }

    fn new_event_loop_proxy(&self) -> Option<Box<dyn EventLoopProxy>> {
        Some(Box::new(Proxy(self.sender.clone())))
    }

    fn run_event_loop(&self) -> Result<(), PlatformError> {
        let (width, height) = (self.size.width as usize, self.size.height as usize);
        let mut pixels = vec![Rgb8Pixel::default(); width * height];
        loop {
            update_timers_and_animations();
            self.window.draw_if_needed(|renderer| {
                renderer.render(&mut pixels, width);
                DRAWN.fetch_add(1, Ordering::AcqRel);
            });
            let pause = duration_until_next_timer_update().unwrap_or(TURN).min(TURN);
            match self.receiver.borrow().recv_timeout(pause) {
                Ok(Message::Call(call)) => call(),
                Ok(Message::Quit) | Err(RecvTimeoutError::Disconnected) => return Ok(()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }
}

struct Proxy(Sender<Message>);

impl Proxy {
    fn send(&self, message: Message) -> Result<(), EventLoopError> {
        let sent = self.0.send(message);
        sent.map_err(|_| EventLoopError::EventLoopTerminated)
    }
}

impl EventLoopProxy for Proxy {
    fn quit_event_loop(&self) -> Result<(), EventLoopError> {
        self.send(Message::Quit)
    }

    fn invoke_from_event_loop(
        &self,
        event: Box<dyn FnOnce() + Send>,
    ) -> Result<(), EventLoopError> {
        self.send(Message::Call(event))
    }
}
