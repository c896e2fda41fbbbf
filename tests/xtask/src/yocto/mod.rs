//! The Yocto layers: what can be held without building an image.
//!
//! Deliberately absent: bitbake. It wants an unprivileged user and a clone of every layer; how
//! to parse and build with it is in `yocto/README.md`.

mod crates;
mod lint;

pub use crates::write;
pub use lint::lint;
