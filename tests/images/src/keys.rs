//! Keys that no unit should trust.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::bundle::development_keys;
use crate::disk::run;
use crate::{Error, Result};

/// What `openssl ca` wants to know; the dates are on its command line.
const AUTHORITY: &str = "[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n\
    default_md=sha256\npolicy=p\n[p]\ncommonName=supplied\norganizationName=optional\n\
    [leaf]\nbasicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature\n\
    extendedKeyUsage=emailProtection\n";
const NEW_KEY: [&str; 7] = [
    "req",
    "-newkey",
    "ec",
    "-pkeyopt",
    "ec_paramgen_curve:P-256",
    "-nodes",
    "-subj",
];

/// A stranger's: `cert.pem`, `key.pem`, and `ca.pem`, which no image has.
///
/// # Errors
/// When openssl does not make them.
pub fn foreign(folder: &Path) -> Result<PathBuf> {
    let keys = made(folder, "foreign-keys")?;
    let mut openssl = Command::new("openssl");
    openssl.args(NEW_KEY).arg("/CN=Stranger");
    openssl.args([
        "-x509", "-days", "10", "-keyout", "key.pem", "-out", "cert.pem",
    ]);
    openssl.args(["-addext", "keyUsage=digitalSignature"]);
    openssl.args(["-addext", "extendedKeyUsage=emailProtection"]);
    run("openssl", openssl.current_dir(&keys))?;
    let from = keys.join("cert.pem");
    fs::copy(&from, keys.join("ca.pem")).map_err(Error::file("copy", &from))?;
    Ok(keys)
}

/// Signed by the image's own authority, for the year 2020.
///
/// # Errors
/// When openssl does not make them.
pub fn expired(folder: &Path) -> Result<PathBuf> {
    let keys = made(folder, "expired-keys")?;
    let authority = development_keys()?;
    for (name, text) in [("config", AUTHORITY), ("index", ""), ("serial", "01\n")] {
        let path = keys.join(name);
        fs::write(&path, text).map_err(Error::file("write", &path))?;
    }
    let mut openssl = Command::new("openssl");
    openssl.args(NEW_KEY).arg("/CN=Of the past");
    openssl.args(["-new", "-keyout", "key.pem", "-out", "request"]);
    run("openssl", openssl.current_dir(&keys))?;
    let mut openssl = Command::new("openssl");
    openssl.args(["ca", "-batch", "-notext", "-config", "config"]);
    openssl.args(["-startdate", "20200101000000Z"]);
    openssl.args(["-enddate", "20210101000000Z"]);
    openssl.args(["-extensions", "leaf", "-in", "request", "-out", "cert.pem"]);
    openssl.arg("-cert").arg(authority.join("ca.pem"));
    openssl.arg("-keyfile").arg(authority.join("ca-key.pem"));
    run("openssl", openssl.current_dir(&keys))?;
    Ok(keys)
}

/// An authority of that name with a certificate it signed: `ca.pem`, and `cert.pem` with `key.pem`.
///
/// # Errors
/// When openssl does not make them.
pub fn authority(folder: &Path, name: &str) -> Result<PathBuf> {
    let keys = made(folder, name)?;
    let openssl = |words: &[&str]| {
        let mut openssl = Command::new("openssl");
        run("openssl", openssl.args(words).current_dir(&keys))
    };
    let subject = format!("/CN={name}");
    let authority = [&subject, "-x509", "-days", "10", "-keyout", "ca-key.pem"];
    openssl(&[&NEW_KEY[..], &authority, &["-out", "ca.pem"]].concat())?;
    let leaf = ["/CN=leaf", "-keyout", "key.pem", "-out", "request"];
    openssl(&[&NEW_KEY[..], &leaf].concat())?;
    let sign = [
        "x509",
        "-req",
        "-in",
        "request",
        "-days",
        "10",
        "-CAcreateserial",
    ];
    let by = ["-CA", "ca.pem", "-CAkey", "ca-key.pem", "-out", "cert.pem"];
    openssl(&[&sign[..], &by].concat())?;
    Ok(keys)
}

fn made(folder: &Path, name: &str) -> Result<PathBuf> {
    let keys = folder.join(name);
    fs::create_dir_all(&keys).map_err(Error::file("create", &keys))?;
    Ok(keys)
}
