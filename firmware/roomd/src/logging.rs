//! The log: standard error, structured, without personal ids.

use tracing_subscriber::EnvFilter;
use tracing_subscriber::fmt;

/// Starts the log. `SALLE_LOG` sets the level (default `info`); matrix-sdk's own lines stay out
/// whatever it says, because they name users and rooms.
pub fn start() {
    let wanted = std::env::var("SALLE_LOG").unwrap_or_else(|_| "info".to_owned());
    let filter = EnvFilter::builder().parse_lossy(format!(
        "{wanted},eyeball=warn,eyeball_im=warn,{}",
        room_matrix::LOG_DIRECTIVES
    ));
    let journal = std::env::var_os("JOURNAL_STREAM").is_some();
    let lines = fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(false);
    // The journal has its own clock.
    if journal {
        lines.without_time().init();
    } else {
        lines.init();
    }
}
