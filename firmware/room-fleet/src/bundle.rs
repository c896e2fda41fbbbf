//! What a verified bundle says of itself.

use crate::Version;

/// One image in a bundle.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// `rootfs` or `kernel`.
    pub class: String,
    /// Bytes it takes in its slot.
    pub size: u64,
}

/// Manifest of a bundle whose signature RAUC has found good.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bundle {
    pub compatible: String,
    pub version: Version,
    /// Once this version is proven, no older one than `floor` may be installed.
    pub floor: Option<Version>,
    pub images: Vec<Image>,
    /// Bytes of the bundle file.
    pub size: u64,
}
