//! A window in memory, drawn by the renderer of the product.

use std::rc::Rc;
use std::time::{Duration, Instant};

use slint::platform::software_renderer::{MinimalSoftwareWindow, RepaintBufferType};
use slint::platform::{Platform, WindowAdapter};
use slint::{PhysicalSize, PlatformError, Rgb8Pixel};

struct Memory {
    window: Rc<MinimalSoftwareWindow>,
    /// Without it time stands still, and what turns is always drawn alike.
    begun: Option<Instant>,
}

impl Platform for Memory {
    fn create_window_adapter(&self) -> Result<Rc<dyn WindowAdapter>, PlatformError> {
        Ok(self.window.clone())
    }

    fn duration_since_start(&self) -> Duration {
        self.begun.map_or(Duration::ZERO, |begun| begun.elapsed())
    }
}

/// Makes windows of this thread go to memory: once a thread.
pub fn window() -> Rc<MinimalSoftwareWindow> {
    window_since(Some(Instant::now()))
}

/// The same with a clock that stands still.
pub fn still_window() -> Rc<MinimalSoftwareWindow> {
    window_since(None)
}

fn window_since(begun: Option<Instant>) -> Rc<MinimalSoftwareWindow> {
    let window = MinimalSoftwareWindow::new(RepaintBufferType::NewBuffer);
    let platform = Memory {
        window: window.clone(),
        begun,
    };
    slint::platform::set_platform(Box::new(platform)).expect("one platform a thread");
    window
}

/// The whole picture.
pub fn draw(window: &MinimalSoftwareWindow, size: PhysicalSize) -> Vec<Rgb8Pixel> {
    slint::platform::update_timers_and_animations();
    let (width, height) = (size.width as usize, size.height as usize);
    let mut pixels = vec![Rgb8Pixel::default(); width * height];
    window.request_redraw();
    window.draw_if_needed(|renderer| {
        renderer.render(&mut pixels, width);
    });
    pixels
}
