//! Keys that sign bundles of development images, and the keyring that an image trusts.
//!
//! Invariant: a development key is made on this machine, named so, and in no checkout; an
//! image for units in the field gets its keyring by `SALLE_KEYRING` and then trusts no other.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::{folder, wrong};
use crate::{Result, run};

const YEARS_20: &str = "7300";
const EXTENSIONS: &str = "[ca]\nbasicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\n\
                          subjectKeyIdentifier=hash\n\
                          [leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
                          extendedKeyUsage=emailProtection\nauthorityKeyIdentifier=keyid\n";

/// What an image trusts: `$SALLE_KEYRING`, else this machine's development key.
pub fn keyring() -> Result<PathBuf> {
    match std::env::var_os("SALLE_KEYRING").filter(|path| !path.is_empty()) {
        Some(path) => Ok(path.into()),
        None => Ok(development()?.join("ca.pem")),
    }
}

/// Whether an image gets a keyring that its maker named.
pub fn is_release() -> bool {
    std::env::var_os("SALLE_KEYRING").is_some_and(|path| !path.is_empty())
}

/// A folder with `ca.pem`, `cert.pem` and `key.pem` that sign for this machine's images only.
pub fn development() -> Result<PathBuf> {
    let keys = folder("development-keys")?;
    if keys.join("complete").exists() {
        return Ok(keys);
    }
    let extensions = keys.join("extensions");
    fs::write(&extensions, EXTENSIONS).map_err(wrong("write", &extensions))?;
    request(
        &keys,
        "ca-key.pem",
        "ca.csr",
        "/CN=Salle development only/O=not for units in the field",
    )?;
    sign(
        &keys,
        &[
            "-in",
            "ca.csr",
            "-signkey",
            "ca-key.pem",
            "-extensions",
            "ca",
            "-out",
            "ca.pem",
        ],
    )?;
    request(
        &keys,
        "key.pem",
        "cert.csr",
        "/CN=Salle development bundles/O=not for units in the field",
    )?;
    let by_ca = [
        "-in",
        "cert.csr",
        "-CA",
        "ca.pem",
        "-CAkey",
        "ca-key.pem",
        "-CAcreateserial",
    ];
    let leaf = [&by_ca[..], &["-extensions", "leaf", "-out", "cert.pem"]].concat();
    sign(&keys, &leaf)?;
    fs::write(keys.join("complete"), "").map_err(wrong("write", &keys))?;
    Ok(keys)
}

fn request(keys: &Path, key: &str, out: &str, subject: &str) -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl.args([
        "req",
        "-new",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
    ]);
    openssl.args(["-keyout", key, "-out", out, "-subj", subject]);
    run::quietly("making a development key", openssl.current_dir(keys))
}

fn sign(keys: &Path, arguments: &[&str]) -> Result<()> {
    let mut openssl = Command::new("openssl");
    openssl
        .args(["x509", "-req", "-days", YEARS_20, "-extfile", "extensions"])
        .args(arguments);
    run::quietly("signing a development key", openssl.current_dir(keys))
}
