//! What the bootloader will measure of a kernel image, told before it is started.
//!
//! U-Boot (`CONFIG_MEASURED_BOOT`, `boot/bootm.c`) extends PCR 8 with the SHA-256 of the kernel and
//! PCR 9 with that of the initramfs, each as it lies in the FIT image and each once; the root hash is in
//! the initramfs, so the two stand for the whole system. PCR 1 has the command line, which names the
//! slot and is composed by the bootloader alone; it is not part of what is sealed to.

use std::fmt::Write as _;

use fdt::Fdt;
use sha2::{Digest as _, Sha256};

/// As `systemd-cryptenroll --tpm2-pcrs` names them.
pub const REGISTERS: &str = "8+9";
/// Where a FIT image has what goes into each.
const PARTS: [(u8, &str); 2] = [(8, "/images/kernel"), (9, "/images/ramdisk")];

/// The registers with their values after this image was started, for `--tpm2-pcrs`; `None` when it is no
/// FIT image with both parts.
#[must_use]
pub fn expected(image: &[u8]) -> Option<String> {
    let image = Fdt::new(image).ok()?;
    let mut text = String::new();
    for (register, path) in PARTS {
        let data = image.find_node(path)?.property("data")?.value;
        let separator = if text.is_empty() { "" } else { "+" };
        write!(text, "{separator}{register}:sha256=").ok()?;
        for byte in extended(data) {
            write!(text, "{byte:02x}").ok()?;
        }
    }
    Some(text)
}

/// TPM 2.0 Library, part 1, 17.2: the register's new value is the hash of its old one, zeros here, and
/// the digest.
fn extended(data: &[u8]) -> [u8; 32] {
    let digest = Sha256::digest(data);
    Sha256::new()
        .chain_update([0; 32])
        .chain_update(digest)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `{ images { kernel { data = "k"; }; ramdisk { data = "r"; }; }; };`, compiled by dtc.
    const IMAGE: &[u8] = include_bytes!("measured/two-parts.itb");

    #[test]
    fn both_registers_are_told_from_what_is_in_the_image() {
        // printf k | sha256sum, zeros and that through sha256sum again; the same with r.
        assert_eq!(
            expected(IMAGE).unwrap(),
            "8:sha256=1d1f213d9b59ab02a9ace8f04c1822881b435ebc90264bf3e8db23f498162937\
             +9:sha256=f3c69773f8c67d0d8813967cb815466b37885d3282992a2d6f13c752a599d8c8"
        );
    }

    #[test]
    fn what_is_no_such_image_is_told_and_not_guessed() {
        assert_eq!(expected(b""), None);
        assert_eq!(expected(&[0; 64]), None);
        assert_eq!(expected(&IMAGE[..60]), None);
    }
}
