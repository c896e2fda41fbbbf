//! Bundles: good ones, and ones that no unit should take.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::disk::run;
use crate::{Error, Image, Result};

/// Where `cargo xtask test images` has put `ca.pem`, `cert.pem` and `key.pem`.
const KEYS: &str = "SALLE_KEYS";

/// The rauc that packs them.
const RAUC: &str = "SALLE_RAUC";

/// What goes into a bundle.
#[derive(Debug, Clone)]
pub struct Bundle {
    pub version: String,
    pub compatible: String,
    /// The oldest version that may be installed over it.
    pub floor: String,
    root: PathBuf,
    kernel: PathBuf,
    keys: PathBuf,
    /// Whether rauc looks at its own signature, which it does not find good when it should not.
    checked: bool,
}

/// Where the keys are that the image trusts.
pub(crate) fn development_keys() -> Result<PathBuf> {
    let keys = std::env::var_os(KEYS).ok_or(Error::NoImage(KEYS))?;
    Ok(keys.into())
}

impl Bundle {
    /// The image itself, as an update.
    ///
    /// # Errors
    /// When nothing says where the keys are.
    pub fn of(image: &Image, version: &str) -> Result<Self> {
        Ok(Self {
            version: version.to_owned(),
            compatible: "salle-qemu-arm64".to_owned(),
            floor: "0.1.0".to_owned(),
            root: image.root(),
            kernel: image.kernel(),
            keys: development_keys()?,
            checked: true,
        })
    }

    /// With another kernel image.
    #[must_use]
    pub fn kernel(mut self, kernel: &Path) -> Self {
        kernel.clone_into(&mut self.kernel);
        self
    }

    /// With another root.
    #[must_use]
    pub fn root(mut self, root: &Path) -> Self {
        root.clone_into(&mut self.root);
        self
    }

    /// Signed with keys that no unit trusts.
    #[must_use]
    pub fn bad_keys(mut self, keys: &Path) -> Self {
        keys.clone_into(&mut self.keys);
        self.checked = false;
        self
    }

    /// Packs and signs it.
    ///
    /// # Errors
    /// When rauc does not make it.
    pub fn write(&self, folder: &Path, name: &str) -> Result<PathBuf> {
        let content = folder.join(format!("{name}.content"));
        fs::create_dir_all(&content).map_err(Error::file("create", &content))?;
        for (from, to) in [(&self.root, "root.img"), (&self.kernel, "kernel.img")] {
            let to = content.join(to);
            fs::copy(from, &to).map_err(Error::file("write", &to))?;
        }
        let manifest = content.join("manifest.raucm");
        fs::write(&manifest, self.manifest()).map_err(Error::file("write", &manifest))?;
        let bundle = folder.join(name);
        let program = std::env::var_os(RAUC).ok_or(Error::NoImage(RAUC))?;
        let mut rauc = Command::new(program);
        rauc.arg("bundle");
        let keyring = self.checked.then_some(("--keyring", "ca.pem"));
        for (option, file) in [("--cert", "cert.pem"), ("--key", "key.pem")]
            .into_iter()
            .chain(keyring)
        {
            rauc.arg(option).arg(self.keys.join(file));
        }
        // Quick rather than small.
        rauc.arg("--mksquashfs-args=-comp lz4")
            .arg(&content)
            .arg(&bundle);
        run("rauc", &mut rauc)?;
        fs::remove_dir_all(&content).map_err(Error::file("remove", &content))?;
        Ok(bundle)
    }

    fn manifest(&self) -> String {
        let size = fs::metadata(&self.root).map_or(0, |about| about.len());
        format!(
            "[update]\ncompatible={}\nversion={}\n\n[bundle]\nformat=verity\n\n[meta.salle]\nfloor={}\nsize={size}\n\n\
             [image.rootfs]\nfilename=root.img\n\n[image.kernel]\nfilename=kernel.img\n",
            self.compatible, self.version, self.floor
        )
    }
}
