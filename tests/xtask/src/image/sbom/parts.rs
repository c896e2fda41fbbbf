//! What each of the two lists has in it.

use super::super::{Image, Wanted, packages, u_boot};
use super::component::{Component, Kind, encoded};
use super::document::{self, Subject};
use super::{copyright, debian};
use crate::Result;

pub fn of_programs(crates: &[Component]) -> Result<String> {
    let subject = Subject {
        name: "salle-programs",
        kind: "application",
        version: env!("CARGO_PKG_VERSION"),
        notes: vec![],
    };
    document::text(&subject, crates)
}

pub fn of_image(image: &Image, wanted: &Wanted, crates: Vec<Component>) -> Result<String> {
    let mut all = debian::components()?;
    all.push(boot_loader()?);
    all.extend(crates);
    let subject = Subject {
        name: "salle-qemu-arm64",
        kind: "firmware",
        version: &wanted.version,
        notes: vec![
            ("salle:root-hash", &image.root_hash),
            ("salle:variant", wanted.variant.name()),
        ],
    };
    document::text(&subject, &all)
}

/// Debian's source with our lines: not Debian's binary package of that name.
fn boot_loader() -> Result<Component> {
    let version = u_boot::version();
    let purl = format!("pkg:deb/debian/u-boot@{}?arch=source", encoded(version));
    let licences = copyright::licences(&u_boot::copyright()?);
    let mut component = Component::new(Kind::Firmware, "u-boot", version, purl, licences);
    component.supplier = Some("Debian");
    component.sources = u_boot::sources()?
        .into_iter()
        .map(|source| {
            (
                format!("{}/{}", packages::MIRROR, source.path),
                source.sha256,
            )
        })
        .collect();
    component.note("salle:changes", "board/qemu-arm64/u-boot");
    Ok(component)
}
