//! The root of one slot: base, programs and settings as erofs with its dm-verity tree behind it,
//! in one file that is written to a slot as it is.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::base::Base;
use super::install::{Manifest, put};
use super::{EPOCH, Variant, Wanted, board, digest, finish, keys, once, wrong};
use crate::{Result, places, run};

const PROFILE: &str = "qemu-arm64";
/// The oldest version that may be installed over this one.
pub const FLOOR: &str = "0.1.0";
/// Identifiers that are random elsewhere. The salt needs to be no secret: it only keeps two
/// images from having the same tree by accident.
const FILE_SYSTEM_ID: &str = "5a11e000-0000-4000-8000-000000000001";
const VERITY_ID: &str = "5a11e000-0000-4000-8000-000000000002";
const SALT: &str = "73616c6c652d726f6f742d73616c742d7631";
/// Bytes of a block of the file system and of the hash tree.
const BLOCK: u64 = 4096;

/// A root ready to be written to a slot.
#[derive(Debug, Clone)]
pub struct Root {
    folder: PathBuf,
    /// dm-verity's, SHA-256 in hexadecimal.
    pub hash: String,
    /// Blocks of the file system; the tree begins right behind them.
    pub blocks: u64,
}

impl Root {
    /// File system and hash tree.
    pub fn image(&self) -> PathBuf {
        self.folder.join("root.img")
    }

    /// The table for device mapper, but for the device: `DEVICE` stands for it.
    pub fn table(&self) -> String {
        let sectors = self.blocks * (BLOCK / 512);
        format!(
            "0 {sectors} verity 1 DEVICE DEVICE {BLOCK} {BLOCK} {blocks} {tree} sha256 {hash} {SALT}",
            blocks = self.blocks,
            // The first block of the tree's area is its header.
            tree = self.blocks + 1,
            hash = self.hash,
        )
    }
}

pub fn build(base: &Base, programs: &[PathBuf], wanted: &Wanted) -> Result<Root> {
    let manifest = Manifest::read()?;
    let values = board_values()?;
    let mut inputs = vec![
        base.key().into_bytes(),
        manifest.inputs()?,
        format!("{values:?}").into_bytes(),
    ];
    let placed = placed(wanted.variant, keys::keyring()?);
    for file in programs.iter().chain(placed.iter().map(|(from, _)| from)) {
        inputs.push(digest::of_file(file)?.into_bytes());
    }
    inputs.push(include_bytes!("root.rs").to_vec());
    inputs.push(include_bytes!("install.rs").to_vec());
    inputs.push(wanted.name().into_bytes());
    let inputs: Vec<&[u8]> = inputs.iter().map(Vec::as_slice).collect();
    let key = digest::key(&inputs)?;
    let folder = once(&format!("root-{}-{key}", wanted.name()), |into| {
        make(base, programs, wanted, into).map(drop)
    })?;
    opened(folder)
}

/// Makes it in a folder, whatever the cache has.
pub fn make(base: &Base, programs: &[PathBuf], wanted: &Wanted, into: &Path) -> Result<Root> {
    let values = board_values()?;
    let tree = into.join("tree");
    copy(&base.root(), &tree)?;
    Manifest::read()?.install(&tree, &values)?;
    ours(&tree, programs, &values, wanted)?;
    finish::system_users(&tree)?;
    seal(&tree, into)?;
    opened(into.to_owned())
}

fn opened(folder: PathBuf) -> Result<Root> {
    let path = folder.join("verity");
    let text = fs::read_to_string(&path).map_err(wrong("read", &path))?;
    let mut words = text.split_whitespace();
    let hash = words.next().unwrap_or_default().to_owned();
    let blocks = words.next().and_then(|word| word.parse().ok());
    let blocks =
        blocks.ok_or_else(|| format!("{} is damaged: remove its folder", path.display()))?;
    Ok(Root {
        folder,
        hash,
        blocks,
    })
}

/// Hard links: the base stays what it is because files are replaced, never written to.
fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut copy = Command::new("cp");
    copy.args(["--archive", "--link"]).arg(from).arg(to);
    run::quietly("copying the base", &mut copy)
}

fn ours(
    tree: &Path,
    programs: &[PathBuf],
    values: &BTreeMap<String, String>,
    wanted: &Wanted,
) -> Result<()> {
    for program in programs {
        let name = program.file_name().unwrap_or_default();
        let bytes = fs::read(program).map_err(wrong("read", program))?;
        put(&tree.join("usr/bin").join(name), &bytes, "0755")?;
    }
    for (from, to) in placed(wanted.variant, keys::keyring()?) {
        let bytes = fs::read(&from).map_err(wrong("read", &from))?;
        let mode = if to.starts_with("usr/lib/salle-probe/") {
            "0755"
        } else {
            "0644"
        };
        put(&tree.join(to), &bytes, mode)?;
    }
    if wanted.variant == Variant::Test {
        let wants = "usr/lib/systemd/system/sysinit.target.wants/salle-probe.service";
        finish::link(&tree.join(wants), "../salle-probe.service")?;
    }
    let compatible = values
        .get("compatible")
        .map(String::as_str)
        .unwrap_or_default();
    let release = release(compatible, wanted);
    put(
        &tree.join("usr/share/salle/release.toml"),
        release.as_bytes(),
        "0644",
    )?;
    let release = format!("IMAGE_ID=salle\nIMAGE_VERSION={}\n", wanted.version);
    let path = tree.join("usr/lib/os-release");
    let before = fs::read_to_string(&path).map_err(wrong("read", &path))?;
    put(&path, format!("{before}{release}").as_bytes(), "0644")
}

/// What the system says of itself; `systemd/README.md` has the fields.
fn release(compatible: &str, wanted: &Wanted) -> String {
    // Only what is signed with a release key is one: see `keys`.
    let channel = if keys::is_release() && wanted.variant == Variant::Release {
        "release"
    } else {
        "test"
    };
    format!(
        "version = \"{}\"\ncompatible = \"{compatible}\"\nfloor = \"{FLOOR}\"\n\
         channel = \"{channel}\"\ntpm2_pcrs = \"8+9\"\n",
        wanted.version
    )
}

/// Files of the board that are no units: where from, and where to in the image.
fn placed(variant: Variant, keyring: PathBuf) -> Vec<(PathBuf, String)> {
    let mut all = vec![
        (
            board().join("fw_env.config"),
            "etc/fw_env.config".to_owned(),
        ),
        (keyring, "usr/share/salle/keyring.pem".to_owned()),
        (
            places::checkout().join(format!("board/profiles/{PROFILE}.toml")),
            format!("usr/share/salle/board/{PROFILE}.toml"),
        ),
    ];
    if variant == Variant::Test {
        let probe = places::checkout().join("tests/images/probe");
        all.push((probe.join("probe"), "usr/lib/salle-probe/probe".to_owned()));
        for unit in ["salle-probe.service", "salle-empty.target"] {
            all.push((probe.join(unit), format!("usr/lib/systemd/system/{unit}")));
        }
    }
    all
}

/// `[image]` of the board's profile: what templates are filled with.
fn board_values() -> Result<BTreeMap<String, String>> {
    let path = places::checkout().join(format!("board/profiles/{PROFILE}.toml"));
    let text = fs::read_to_string(&path).map_err(wrong("read", &path))?;
    let table: toml::Table = text
        .parse()
        .map_err(|e| format!("{}: {e}", path.display()))?;
    let image = table.get("image").and_then(toml::Value::as_table);
    let texts = image.into_iter().flatten();
    Ok(texts
        .filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned())))
        .collect())
}

fn seal(tree: &Path, into: &Path) -> Result<()> {
    let image = into.join("root.img");
    let mut erofs = Command::new("mkfs.erofs");
    erofs.args([
        "-zlz4hc,9",
        "-C65536",
        "--all-root",
        "-T",
        EPOCH,
        "-U",
        FILE_SYSTEM_ID,
    ]);
    erofs.arg(&image).arg(tree);
    run::quietly("packing the root", &mut erofs)?;
    fs::remove_dir_all(tree).map_err(wrong("remove", tree))?;
    let bytes = fs::metadata(&image).map_err(wrong("read", &image))?.len();
    let blocks = bytes.div_ceil(BLOCK);
    let mut verity = Command::new("veritysetup");
    verity.args([
        "format",
        "--hash=sha256",
        "--data-block-size=4096",
        "--hash-block-size=4096",
    ]);
    verity
        .arg(format!("--salt={SALT}"))
        .arg(format!("--uuid={VERITY_ID}"));
    verity.arg(format!("--data-blocks={blocks}"));
    verity
        .arg(format!("--hash-offset={}", blocks * BLOCK))
        .arg(&image)
        .arg(&image);
    let said = run::output(&mut verity).ok_or("veritysetup made no hash tree")?;
    let hash = root_hash(&said).ok_or("veritysetup names no root hash")?;
    let path = into.join("verity");
    fs::write(&path, format!("{hash} {blocks}\n")).map_err(wrong("write", &path))
}

fn root_hash(said: &str) -> Option<&str> {
    let line = said
        .lines()
        .find_map(|line| line.strip_prefix("Root hash:"))?;
    let hash = line.trim();
    (hash.len() == 64).then_some(hash)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_puts_the_tree_behind_the_file_system() {
        let root = Root {
            folder: PathBuf::new(),
            hash: "ab".repeat(32),
            blocks: 10,
        };
        let table = root.table();
        assert!(table.starts_with("0 80 verity 1 DEVICE DEVICE 4096 4096 10 11 sha256 abab"));
    }

    #[test]
    fn a_release_has_nothing_of_the_probe() {
        let release = format!("{:?}", placed(Variant::Release, PathBuf::new()));
        assert!(!release.contains("probe"), "{release}");
        let test = format!("{:?}", placed(Variant::Test, PathBuf::new()));
        assert!(test.contains("salle-probe.service"));
    }

    #[test]
    fn the_root_hash_is_read() {
        let said = format!("Salt:   \t12\nRoot hash:      \t{}\n", "0".repeat(64));
        assert_eq!(root_hash(&said).unwrap().len(), 64);
        assert_eq!(root_hash("nothing"), None);
    }
}
