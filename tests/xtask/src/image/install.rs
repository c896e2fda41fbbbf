//! Follows `systemd/install.toml`: the one list of what of ours goes where in the image.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use super::{finish, wrong};
use crate::{Result, places};

const VERSION: i64 = 1;

/// The manifest and the folder its sources are in.
#[derive(Debug)]
pub struct Manifest {
    folder: PathBuf,
    table: toml::Table,
}

impl Manifest {
    pub fn read() -> Result<Self> {
        let folder = places::checkout().join("systemd");
        let path = folder.join("install.toml");
        let text = fs::read_to_string(&path).map_err(wrong("read", &path))?;
        let table: toml::Table = text
            .parse()
            .map_err(|e| format!("{}: {e}", path.display()))?;
        match table.get("version").and_then(toml::Value::as_integer) {
            Some(VERSION) => Ok(Self { folder, table }),
            other => Err(format!(
                "{}: version {other:?} is not known",
                path.display()
            )),
        }
    }

    /// Everything that installing depends on, for a key.
    pub fn inputs(&self) -> Result<Vec<u8>> {
        let mut all = self.table.to_string().into_bytes();
        for file in self.entries("file")? {
            let path = self.folder.join(text(file, "source")?);
            all.extend(fs::read(&path).map_err(wrong("read", &path))?);
        }
        Ok(all)
    }

    /// `values` replace `@name@` in templates.
    pub fn install(&self, root: &Path, values: &BTreeMap<String, String>) -> Result<()> {
        for entry in self.entries("directory")? {
            let path = below(root, text(entry, "path")?)?;
            fs::create_dir_all(&path).map_err(wrong("create", &path))?;
            set_mode(&path, text(entry, "mode")?)?;
        }
        for entry in self.entries("file")? {
            self.file(entry, root, values)?;
        }
        for entry in self.entries("link")? {
            finish::link(&below(root, text(entry, "path")?)?, text(entry, "target")?)?;
        }
        Ok(())
    }

    fn file(
        &self,
        entry: &toml::Table,
        root: &Path,
        values: &BTreeMap<String, String>,
    ) -> Result<()> {
        let source = self.folder.join(text(entry, "source")?);
        let mut bytes = fs::read(&source).map_err(wrong("read", &source))?;
        if entry.get("template").and_then(toml::Value::as_bool) == Some(true) {
            let template = String::from_utf8_lossy(&bytes).into_owned();
            bytes = filled(&template, values)
                .map_err(|name| format!("{}: nothing says what @{name}@ is", source.display()))?
                .into_bytes();
        }
        put(
            &below(root, text(entry, "destination")?)?,
            &bytes,
            text(entry, "mode")?,
        )
    }

    fn entries(&self, kind: &str) -> Result<Vec<&toml::Table>> {
        let entries = self.table.get(kind).and_then(toml::Value::as_array);
        let tables: Option<Vec<_>> = entries
            .into_iter()
            .flatten()
            .map(toml::Value::as_table)
            .collect();
        tables.ok_or_else(|| format!("install.toml: [[{kind}]] is not a list of tables"))
    }
}

/// Writes a file with its mode, in place of what was there.
pub fn put(path: &Path, bytes: &[u8], mode: &str) -> Result<()> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(wrong("create", parent))?;
    }
    // Files of the base are shared with it by hard links.
    let _ = fs::remove_file(path);
    fs::write(path, bytes).map_err(wrong("write", path))?;
    set_mode(path, mode)
}

fn set_mode(path: &Path, mode: &str) -> Result<()> {
    let bits = u32::from_str_radix(mode, 8).map_err(|_| format!("install.toml: mode {mode:?}"))?;
    fs::set_permissions(path, fs::Permissions::from_mode(bits)).map_err(wrong("set mode of", path))
}

fn text<'a>(entry: &'a toml::Table, name: &str) -> Result<&'a str> {
    let value = entry.get(name).and_then(toml::Value::as_str);
    value.ok_or_else(|| format!("install.toml: `{name}` is missing in {entry}"))
}

/// An absolute path of the image, in the folder that becomes its root.
fn below(root: &Path, path: &str) -> Result<PathBuf> {
    let inside = Path::new(path.trim_start_matches('/'));
    if inside
        .components()
        .all(|part| matches!(part, Component::Normal(_)))
    {
        Ok(root.join(inside))
    } else {
        Err(format!("install.toml: {path} leads out of the image"))
    }
}

/// Replaces each `@name@`; the error is the name that has no value.
fn filled(template: &str, values: &BTreeMap<String, String>) -> Result<String, String> {
    let mut text = String::new();
    let mut parts = template.split('@');
    text.push_str(parts.next().unwrap_or_default());
    while let Some(name) = parts.next() {
        // A sign that is not a name's beginning, as in a comment, stays what it is.
        match (values.get(name), parts.clone().next()) {
            (Some(value), Some(rest)) => {
                text.push_str(value);
                text.push_str(rest);
                parts.next();
            }
            _ if is_name(name) => return Err(name.to_owned()),
            _ => {
                text.push('@');
                text.push_str(name);
            }
        }
    }
    Ok(text)
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn templates_take_the_boards_values_and_nothing_else() {
        let values = BTreeMap::from([("compatible".to_owned(), "salle-x".to_owned())]);
        assert_eq!(
            filled("# @…@ x\na=@compatible@\n", &values).unwrap(),
            "# @…@ x\na=salle-x\n"
        );
        assert_eq!(filled("a=@other@\n", &values).unwrap_err(), "other");
    }

    #[test]
    fn nothing_is_installed_outside_the_image() {
        assert!(below(Path::new("/r"), "/usr/../../etc").is_err());
        assert_eq!(
            below(Path::new("/r"), "/etc/x").unwrap(),
            Path::new("/r/etc/x")
        );
    }

    #[test]
    fn every_file_of_the_manifest_is_there() {
        Manifest::read().unwrap().inputs().unwrap();
    }
}
