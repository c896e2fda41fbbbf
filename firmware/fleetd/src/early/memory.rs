//! What stands in for a data partition that cannot be had: a file system in memory, so that the room
//! starts and says what is wrong. Gone with the power.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::tools::{self, ToolError};

/// For a log, and settings from the boot partition; only what is written takes memory.
const BYTES: u64 = 128 * 1024 * 1024;

/// Makes it; a device for `var.mount`.
///
/// # Errors
/// When the kernel or its tools do not give one.
pub fn device(runtime: &Path) -> Result<PathBuf, ToolError> {
    let file = runtime.join("memory.img");
    let failed = |source| ToolError::File {
        what: "there is no memory for what the disk should hold",
        source,
    };
    std::fs::create_dir_all(runtime).map_err(failed)?;
    let made = File::create(&file).and_then(|made| made.set_len(BYTES));
    made.map_err(failed)?;
    tools::run("mkfs.ext4", &["-q".as_ref(), file.as_os_str()])?;
    let args = ["--find", "--show"].map(std::ffi::OsStr::new);
    let device = tools::output("losetup", &[&args[..], &[file.as_os_str()]].concat())?;
    if device.is_empty() {
        return Err(ToolError::Missing {
            what: "there is no loop device",
        });
    }
    Ok(device.into())
}
