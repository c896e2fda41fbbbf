//! Whether the board has a TPM, and whether the bootloader measured into it.

use std::fs;
use std::path::Path;

use super::tools;

const DEVICE: &str = "/dev/tpmrm0";
const TREE: &str = "/sys/firmware/devicetree/base";
/// Of the first TPM, with a file for each register.
const REGISTERS: &str = "/sys/class/tpm/tpm0/pcr-sha256";
/// Deeper than any board nests its buses.
const DEPTH: u32 = 8;

/// Waits for the one that the board's description promises. Whether there is one: also when it does
/// not come, because data that should be sealed is not written in the clear for want of patience.
#[must_use]
pub fn wait() -> bool {
    let device = Path::new(DEVICE);
    if device.exists() {
        return true;
    }
    let promised = promises(Path::new(TREE), DEPTH);
    if promised {
        tools::appears(device);
    }
    promised
}

/// Every binding of a TPM in the device tree specification's schema is compatible with a `tcg,tpm…`.
fn promises(node: &Path, depth: u32) -> bool {
    let compatible = fs::read(node.join("compatible")).unwrap_or_default();
    let mut names = compatible.split(|byte| *byte == 0);
    if names.any(|name| name.starts_with(b"tcg,tpm")) {
        return true;
    }
    if depth == 0 {
        return false;
    }
    let entries = fs::read_dir(node).into_iter().flatten().flatten();
    entries
        .filter(|entry| entry.file_type().is_ok_and(|kind| kind.is_dir()))
        .any(|entry| promises(&entry.path(), depth - 1))
}

/// Whether all of these registers (`8+9`) hold something: they begin as zeros.
#[must_use]
pub fn is_measured(registers: &str) -> bool {
    registers
        .split('+')
        .all(|register| holds_something(&Path::new(REGISTERS).join(register)))
}

fn holds_something(register: &Path) -> bool {
    let value = fs::read_to_string(register).unwrap_or_default();
    let value = value.trim();
    !value.is_empty() && value.bytes().any(|digit| digit != b'0')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tpm_is_promised_by_its_node_wherever_it_is() {
        let tree = tempfile::tempdir().unwrap();
        let bus = tree.path().join("soc/spi@1");
        fs::create_dir_all(bus.join("tpm@0")).unwrap();
        fs::write(tree.path().join("compatible"), b"linux,dummy-virt\0").unwrap();
        assert!(!promises(tree.path(), DEPTH));
        let chip = b"infineon,slb9670\0tcg,tpm_tis-spi\0";
        fs::write(bus.join("tpm@0/compatible"), chip).unwrap();
        assert!(promises(tree.path(), DEPTH));
    }

    #[test]
    fn a_register_of_zeros_was_not_measured_into() {
        let folder = tempfile::tempdir().unwrap();
        let register = folder.path().join("8");
        assert!(!holds_something(&register));
        fs::write(&register, "0".repeat(64)).unwrap();
        assert!(!holds_something(&register));
        fs::write(&register, format!("{}A\n", "0".repeat(63))).unwrap();
        assert!(holds_something(&register));
    }
}
