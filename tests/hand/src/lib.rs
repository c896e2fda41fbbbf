//! A hand on the touch panel: the very panel that is shipped, drawn into memory, found by the labels
//! a screen reader reads, pressed where it is drawn.
//!
//! Invariant: there is one panel a process, since a process has one loop that draws; it is put in
//! front of one room after the other ([`Hand::face`]), and meets each as after a restart of `roomd`.

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

use clap::Parser as _;
use i_slint_backend_testing::{AccessibleRole, ElementHandle, ElementQuery};
use paneld::args::Cli;
use paneld::{desk, headless};
use room_panel::ui::PanelWindow;
use slint::platform::{PointerEventButton, WindowEvent};
use slint::{ComponentHandle as _, LogicalPosition};
use tempfile::TempDir;
use tokio::sync::oneshot;

/// Between two looks.
const LOOK_EVERY: Duration = Duration::from_millis(20);
/// Longest wait for the loop that draws.
const PATIENCE: Duration = Duration::from_secs(30);

/// Why a press or a look failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("nothing labelled “{label}” within {limit:?}; there is {there:?}")]
    NotThere {
        label: String,
        limit: Duration,
        there: Vec<String>,
    },
    #[error("the panel does not draw any more")]
    Gone,
    #[error("the panel's folder cannot be used")]
    Folder(#[source] std::io::Error),
}

pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Something that can be pressed or read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Control {
    pub label: String,
    pub enabled: bool,
    /// Middle, in logical pixels.
    at: (i32, i32),
}

/// See the module.
#[derive(Debug)]
pub struct Hand {
    folder: TempDir,
}

static HAND: OnceLock<Hand> = OnceLock::new();

impl Hand {
    /// The one panel of this process, 1280 by 800 pixels, in front of the room whose runtime
    /// directory is `runtime`.
    ///
    /// # Errors
    /// When the room's socket cannot be put before the panel.
    pub fn before(runtime: &Path) -> Result<&'static Self> {
        let hand = match HAND.get() {
            Some(hand) => hand,
            None => {
                let folder = tempfile::tempdir().map_err(Error::Folder)?;
                HAND.get_or_init(|| {
                    show(folder.path().to_owned());
                    Self { folder }
                })
            }
        };
        hand.face(runtime)?;
        Ok(hand)
    }

    /// Puts the panel before another room.
    fn face(&self, runtime: &Path) -> Result<()> {
        let link = self.folder.path().join("roomd.sock");
        match std::fs::remove_file(&link) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(Error::Folder(error));
            }
            _ => {}
        }
        std::os::unix::fs::symlink(runtime.join("roomd.sock"), link).map_err(Error::Folder)
    }

    /// Everything that can be pressed now.
    ///
    /// # Errors
    /// When the panel is gone.
    pub async fn controls(&self) -> Result<Vec<Control>> {
        on_panel(|window| {
            let buttons = ElementQuery::from_root(window).match_descendants();
            let buttons = buttons.match_accessible_role(AccessibleRole::Button);
            buttons.find_all().iter().map(control).collect()
        })
        .await
    }

    /// Whether something with this label is on the screen: a button, or a text.
    ///
    /// # Errors
    /// When the panel is gone.
    pub async fn shows(&self, label: &str) -> Result<bool> {
        let label = label.to_owned();
        on_panel(move |window| find(window, &label).is_some()).await
    }

    /// Waits until it is there.
    ///
    /// # Errors
    /// [`Error::NotThere`] after `limit`.
    pub async fn sees(&self, label: &str, limit: Duration) -> Result<()> {
        let end = Instant::now() + limit;
        while !self.shows(label).await? {
            if Instant::now() > end {
                return Err(self.not_there(label, limit).await);
            }
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok(())
    }

    async fn not_there(&self, label: &str, limit: Duration) -> Error {
        let there = self.controls().await.unwrap_or_default().into_iter();
        Error::NotThere {
            label: label.to_owned(),
            limit,
            there: there.map(|control| control.label).collect(),
        }
    }

    /// Waits for the button and presses it; how long the panel took from the press to the picture
    /// that answers it.
    ///
    /// # Errors
    /// [`Error::NotThere`] after `limit`.
    pub async fn taps(&self, label: &str, limit: Duration) -> Result<Duration> {
        self.sees(label, limit).await?;
        let (wanted, before) = (label.to_owned(), headless::drawn());
        let pressed = on_panel(move |window| {
            let at = control(&find(window, &wanted)?).at;
            let began = Instant::now();
            press(window, at);
            Some(began)
        });
        let Some(began) = pressed.await? else {
            return Err(self.not_there(label, limit).await);
        };
        while headless::drawn() == before && began.elapsed() < PATIENCE {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        Ok(began.elapsed())
    }

    /// Types on the keyboard that is shown, a key a letter.
    ///
    /// # Errors
    /// [`Error::NotThere`] for a letter that has no key.
    pub async fn types(&self, text: &str, limit: Duration) -> Result<()> {
        for letter in text.chars() {
            self.taps(&letter.to_string(), limit).await?;
        }
        Ok(())
    }

    /// A finger somewhere.
    ///
    /// # Errors
    /// When the panel is gone.
    pub async fn pokes(&self, x: i32, y: i32) -> Result<()> {
        on_panel(move |window| press(window, (x, y))).await
    }
}

/// The panel on a thread of its own, until the process ends.
fn show(folder: PathBuf) {
    let thread = std::thread::Builder::new().name("panel".to_owned());
    let shown = thread.spawn(move || {
        let cli = Cli::parse_from([
            "paneld".as_ref(),
            "--headless".as_ref(),
            "--runtime".as_ref(),
            folder.as_os_str(),
            "--state".as_ref(),
            folder.as_os_str(),
        ]);
        // Whoever waits for it hears that it is gone.
        let _ = paneld::run(&cli);
    });
    drop(shown);
}

/// Does something on the thread that draws, as soon as it turns.
async fn on_panel<T: Send + 'static>(
    act: impl FnOnce(&PanelWindow) -> T + Send + 'static,
) -> Result<T> {
    let end = Instant::now() + PATIENCE;
    // Before the thread has a display there is no loop to call.
    while slint::invoke_from_event_loop(|| {}).is_err() {
        if Instant::now() > end {
            return Err(Error::Gone);
        }
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let (answer, said) = oneshot::channel();
    let queued = slint::invoke_from_event_loop(move || {
        // The window is made before the loop turns; who asked may have given up.
        let _ = desk::look(act).map(|said| answer.send(said));
    });
    queued.map_err(|_| Error::Gone)?;
    said.await.map_err(|_| Error::Gone)
}

fn find(window: &PanelWindow, label: &str) -> Option<ElementHandle> {
    ElementHandle::find_by_accessible_label(window, label).next()
}

#[allow(
    clippy::cast_possible_truncation,
    reason = "no display has more pixels than an i32 counts"
)]
fn control(element: &ElementHandle) -> Control {
    let (at, size) = (element.absolute_position(), element.size());
    Control {
        label: element.accessible_label().unwrap_or_default().to_string(),
        enabled: element.accessible_enabled().unwrap_or(true),
        at: (
            (at.x + size.width / 2.0) as i32,
            (at.y + size.height / 2.0) as i32,
        ),
    }
}

#[allow(
    clippy::cast_precision_loss,
    reason = "no display has more pixels than an f32 counts"
)]
fn press(window: &PanelWindow, (x, y): (i32, i32)) {
    let position = LogicalPosition::new(x as f32, y as f32);
    let button = PointerEventButton::Left;
    let window = window.window();
    window.dispatch_event(WindowEvent::PointerPressed { position, button });
    window.dispatch_event(WindowEvent::PointerReleased { position, button });
    window.dispatch_event(WindowEvent::PointerExited);
}
