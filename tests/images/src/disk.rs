//! A unit's disk.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Error, Image, Partition, Result, gpt};

/// What a unit's disk has room for: the image is smaller, `data` takes the rest.
const SIZE: u64 = 4 << 30;

/// A unit's disk: what it writes goes to a file of its own.
#[derive(Debug)]
pub struct Disk {
    path: PathBuf,
}

impl Disk {
    /// A freshly flashed disk, in a folder of the test.
    ///
    /// # Errors
    /// When qemu-img cannot make it.
    pub fn flashed(image: &Image, folder: &Path) -> Result<Self> {
        Self::over(&image.disk(), "raw", &folder.join("disk.qcow2"))
    }

    /// A copy of this disk as it is now; the machine that has it must have ended.
    ///
    /// # Errors
    /// When the file cannot be copied.
    pub fn copy(&self, name: &str) -> Result<Self> {
        let path = self.path.with_file_name(name);
        std::fs::copy(&self.path, &path).map_err(Error::file("copy to", &path))?;
        Ok(Self { path })
    }

    fn over(base: &Path, format: &str, path: &Path) -> Result<Self> {
        let mut make = Command::new("qemu-img");
        make.args(["create", "-q", "-f", "qcow2", "-F", format, "-b"]);
        make.arg(base).arg(path).arg(SIZE.to_string());
        run("qemu-img", &mut make)?;
        Ok(Self {
            path: path.to_owned(),
        })
    }

    /// For QEMU's `-blockdev`: the file and its format.
    pub(crate) fn block_device(&self) -> String {
        format!(
            "driver=qcow2,node-name=disk,file.driver=file,file.filename={},file.cache.direct=off",
            self.path.display()
        )
    }
}

/// A disk as a plain file: for changing it from outside.
#[derive(Debug)]
pub struct RawDisk {
    file: File,
    path: PathBuf,
}

impl RawDisk {
    /// A copy of the image, as large as a unit's disk.
    ///
    /// # Errors
    /// When it cannot be written.
    pub fn flashed(image: &Image, folder: &Path) -> Result<Self> {
        let path = folder.join("disk.raw");
        let mut copy = Command::new("cp");
        copy.arg("--sparse=always").arg(image.disk()).arg(&path);
        run("cp", &mut copy)?;
        let open = File::options().read(true).write(true).open(&path);
        let file = open.map_err(Error::file("open", &path))?;
        file.set_len(SIZE).map_err(Error::file("size", &path))?;
        Ok(Self { file, path })
    }

    /// Its bytes.
    ///
    /// # Errors
    /// When the file cannot be looked at.
    pub fn size(&self) -> Result<u64> {
        let about = self.file.metadata();
        Ok(about.map_err(Error::file("look at", &self.path))?.len())
    }

    /// The same content on a larger disk.
    ///
    /// # Errors
    /// When the file cannot grow.
    pub fn grow(&self, by: u64) -> Result<()> {
        let grown = self.file.set_len(self.size()? + by);
        grown.map_err(Error::file("size", &self.path))
    }

    /// # Errors
    /// When there is none of that label.
    pub fn partition(&self, label: &str) -> Result<Partition> {
        gpt::find(&self.file, label)
    }

    /// # Errors
    /// When the file cannot be read.
    pub fn read(&self, at: u64, length: usize) -> Result<Vec<u8>> {
        let mut bytes = vec![0; length];
        let read = self.file.read_exact_at(&mut bytes, at);
        read.map_err(Error::file("read", &self.path))?;
        Ok(bytes)
    }

    /// # Errors
    /// When the file cannot be written.
    pub fn write(&self, at: u64, bytes: &[u8]) -> Result<()> {
        let written = self.file.write_all_at(bytes, at);
        written.map_err(Error::file("write", &self.path))
    }

    /// Turns one bit round.
    ///
    /// # Errors
    /// When the file cannot be read or written.
    pub fn flip(&self, at: u64) -> Result<()> {
        let byte = self.read(at, 1)?;
        let flipped: Vec<u8> = byte.iter().map(|byte| byte ^ 1).collect();
        self.write(at, &flipped)
    }

    /// Writes a file to the boot partition, as an installer does on the flashed medium.
    ///
    /// # Errors
    /// When mtools cannot.
    pub fn put_on_boot(&self, name: &str, text: &str) -> Result<()> {
        let from = self.path.with_file_name(name);
        std::fs::write(&from, text).map_err(Error::file("write", &from))?;
        let start = self.partition("boot")?.start;
        let mut copy = Command::new("mcopy");
        copy.args(["-o", "-i", &format!("{}@@{start}", self.path.display())]);
        run("mcopy", copy.arg(&from).arg(format!("::{name}")))
    }

    pub(crate) fn block_device(&self) -> String {
        format!(
            "driver=raw,node-name=disk,file.driver=file,file.filename={}",
            self.path.display()
        )
    }

    /// Its file.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
}

pub(crate) fn run(program: &'static str, command: &mut Command) -> Result<()> {
    let output = command.output();
    let output = output.map_err(|source| Error::Start { program, source })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Error::Program { program, said })
}
