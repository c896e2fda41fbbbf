//! All sites of a test or a demo, from start to stop.

use std::path::PathBuf;
use std::sync::Arc;

use tempfile::TempDir;

use crate::certificates::Authority;
use crate::options::Options;
use crate::site::{Site, Sites};
use crate::{Error, Result};

/// A running stack. Dropping it ends everything at once; [`Stack::stop`] is polite.
#[derive(Debug)]
pub struct Stack {
    sites: Sites,
    /// Removed after the sites have ended: fields are dropped in this order.
    _temporary: Option<TempDir>,
}

impl Stack {
    /// Starts what `options` asks for and waits until all of it answers (some 4 s per
    /// site). Fails, with the end of the server's log, when a server does not come up.
    pub async fn start(options: Options) -> Result<Self> {
        let (directory, temporary) = place(&options)?;
        let authority = Authority::new()?;
        let mut sites = Vec::new();
        for index in 0..options.sites.count() {
            let site = directory.join(format!("site-{index}"));
            sites.push(Arc::new(Site::start(&site, &options, &authority).await?));
        }
        Ok(Self {
            sites,
            _temporary: temporary,
        })
    }

    /// Site 0, or with [`crate::Sites::Two`] also site 1.
    ///
    /// # Panics
    /// When there is no such site: the caller chose how many there are.
    #[must_use]
    #[allow(
        clippy::indexing_slicing,
        reason = "documented; the caller chose the number of sites"
    )]
    pub fn site(&self, index: usize) -> &Arc<Site> {
        &self.sites[index]
    }

    /// All sites, in order.
    #[must_use]
    pub fn sites(&self) -> &[Arc<Site>] {
        &self.sites
    }

    /// Ends all servers, giving each a chance to finish what it does.
    pub async fn stop(self) -> Result<()> {
        for site in &self.sites {
            site.stop().await?;
        }
        Ok(())
    }
}

fn place(options: &Options) -> Result<(PathBuf, Option<TempDir>)> {
    if let Some(directory) = &options.directory {
        return Ok((directory.clone(), None));
    }
    let made = tempfile::Builder::new().prefix("salle-stack-").tempdir();
    let made = made.map_err(|source| Error::File {
        action: "create a directory in",
        path: std::env::temp_dir(),
        source,
    })?;
    Ok((made.path().to_owned(), Some(made)))
}
