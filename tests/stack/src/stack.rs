//! All sites of a test or a demo, from start to stop.

use std::path::PathBuf;
use std::sync::Arc;

use crate::Result;
use crate::certificates::Authority;
use crate::options::Options;
use crate::scratch::Scratch;
use crate::site::{Site, Sites};

/// A running stack. Dropping it ends everything at once; [`Stack::stop`] is polite.
#[derive(Debug)]
pub struct Stack {
    sites: Sites,
    /// Removed after the sites have ended: fields are dropped in this order.
    _scratch: Option<Scratch>,
}

impl Stack {
    /// Starts what `options` asks for and waits until all of it answers (some 4 s per
    /// site). Fails, with the end of the server's log, when a server does not come up.
    pub async fn start(options: Options) -> Result<Self> {
        let (directory, scratch) = place(&options)?;
        let authority = Authority::new()?;
        let mut sites = Vec::new();
        for index in 0..options.sites.count() {
            let site = directory.join(format!("site-{index}"));
            sites.push(Arc::new(Site::start(&site, &options, &authority).await?));
        }
        Ok(Self {
            sites,
            _scratch: scratch,
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

fn place(options: &Options) -> Result<(PathBuf, Option<Scratch>)> {
    if let Some(directory) = &options.directory {
        return Ok((directory.clone(), None));
    }
    let scratch = Scratch::new()?;
    Ok((scratch.path(), Some(scratch)))
}
