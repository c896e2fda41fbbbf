//! The certificates of a stack: one authority, one certificate per site, both for
//! `localhost` only. Servers really verify each other with it.

use std::path::{Path, PathBuf};

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};

use crate::{Error, Result};

/// Signs the sites' certificates; lives as long as the stack.
pub(crate) struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// Where a site's certificate, its key and the authority's certificate are.
#[derive(Debug, Clone)]
pub(crate) struct CertificateFiles {
    pub certificate: PathBuf,
    pub key: PathBuf,
    pub authority: PathBuf,
}

impl Authority {
    pub(crate) fn new() -> Result<Self> {
        let mut params = CertificateParams::default();
        params
            .distinguished_name
            .push(DnType::CommonName, "Salle test stack");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, key()?);
        Ok(Self {
            issuer: issuer.map_err(|source| Error::Certificate { source })?,
        })
    }

    /// PEM of the authority, for clients that verify.
    pub(crate) fn pem(&self) -> String {
        self.issuer.pem()
    }

    /// Makes and writes the certificate of a site.
    pub(crate) fn write(&self, directory: &Path) -> Result<CertificateFiles> {
        let wrong = |source| Error::Certificate { source };
        let names = vec!["localhost".to_owned(), "127.0.0.1".to_owned()];
        let params = CertificateParams::new(names).map_err(wrong)?;
        let key = key()?;
        let certificate = params.signed_by(&key, &self.issuer).map_err(wrong)?;
        let files = CertificateFiles {
            certificate: directory.join("tls.crt"),
            key: directory.join("tls.key"),
            authority: directory.join("authority.crt"),
        };
        write(&files.certificate, &certificate.pem())?;
        write(&files.key, &key.serialize_pem())?;
        write(&files.authority, &self.pem())?;
        Ok(files)
    }
}

fn key() -> Result<KeyPair> {
    KeyPair::generate().map_err(|source| Error::Certificate { source })
}

pub(crate) fn write(path: &Path, text: &str) -> Result<()> {
    std::fs::write(path, text).map_err(|source| Error::File {
        action: "write",
        path: path.to_owned(),
        source,
    })
}
