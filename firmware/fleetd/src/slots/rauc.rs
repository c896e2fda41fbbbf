//! RAUC's D-Bus interface, `de.pengutronix.rauc.Installer` (RAUC 1.11 and newer).
//!
//! Everything in its answers counts as outside input: bounded, parsed, never trusted to be there.

use std::collections::{BTreeMap, HashMap};
use std::path::Path;
use std::time::Duration;

use futures_util::StreamExt as _;
use room_fleet::verity::Verity;
use room_fleet::{Bundle, Image, Refusal, Slot};
use tokio::time::{interval, timeout};
use zbus::zvariant::{OwnedValue, Value};

use super::{Inspected, SlotError, SlotState, Slots, State};

/// Longest wait for an answer; checking the signature of a bundle reads only its end.
const LIMIT: Duration = Duration::from_secs(60);
/// How often a running installation is looked at, should its end be missed.
const LOOK: Duration = Duration::from_secs(5);
/// Looks in a row that may show an idle RAUC before its last error is taken for the end.
const IDLE_LOOKS: u32 = 3;
/// Most images and slots read.
const MOST: usize = 16;

type Dict = HashMap<String, OwnedValue>;

#[zbus::proxy(
    interface = "de.pengutronix.rauc.Installer",
    default_service = "de.pengutronix.rauc",
    default_path = "/"
)]
trait Installer {
    fn install_bundle(&self, source: &str, args: HashMap<&str, Value<'_>>) -> zbus::Result<()>;
    fn inspect_bundle(&self, source: &str, args: HashMap<&str, Value<'_>>) -> zbus::Result<Dict>;
    fn mark(&self, state: &str, slot_identifier: &str) -> zbus::Result<(String, String)>;
    fn get_slot_status(&self) -> zbus::Result<Vec<(String, Dict)>>;
    fn get_primary(&self) -> zbus::Result<String>;
    #[zbus(signal)]
    fn completed(&self, result: i32) -> zbus::Result<()>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn operation(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn last_error(&self) -> zbus::Result<String>;
    #[zbus(property(emits_changed_signal = "false"))]
    fn progress(&self) -> zbus::Result<(i32, String, i32)>;
}

/// Way to RAUC.
#[derive(Clone, Debug)]
pub struct Rauc {
    connection: zbus::Connection,
}

impl Rauc {
    /// Connects to the bus at `address`, or the system bus. RAUC itself need not run yet.
    ///
    /// # Errors
    /// When there is no bus.
    pub async fn connect(address: Option<&str>) -> Result<Self, SlotError> {
        let builder = match address {
            Some(address) => zbus::connection::Builder::address(address),
            None => zbus::connection::Builder::system(),
        };
        let builder = builder.map_err(|error| SlotError::Silent(error.into()))?;
        let connection = builder.method_timeout(LIMIT).build().await;
        let connection = connection.map_err(|error| SlotError::Silent(error.into()))?;
        Ok(Self { connection })
    }

    async fn installer(&self) -> Result<InstallerProxy<'_>, SlotError> {
        let builder = InstallerProxy::builder(&self.connection)
            .cache_properties(zbus::proxy::CacheProperties::No);
        builder.build().await.map_err(failed)
    }
}

/// RAUC's own words become a refusal; anything else means that it is not there.
fn failed(error: zbus::Error) -> SlotError {
    if let zbus::Error::MethodError(name, Some(text), _) = &error {
        let of_bus = name.as_str().starts_with("org.freedesktop.DBus.Error.");
        if !of_bus || name.as_str().ends_with(".Failed") {
            return SlotError::Refused(Refusal::from_rauc(text));
        }
    }
    SlotError::Silent(error.into())
}

impl Slots for Rauc {
    async fn state(&self) -> Result<State, SlotError> {
        let installer = self.installer().await?;
        let listed = installer.get_slot_status().await.map_err(failed)?;
        let operation = installer.operation().await.map_err(failed)?;
        // A bootloader that cannot say is no reason to know nothing.
        let primary = installer.get_primary().await.ok();
        read_state(&listed, primary.as_deref(), &operation)
    }

    async fn inspect(&self, bundle: &Path) -> Result<Inspected, SlotError> {
        let installer = self.installer().await?;
        let path = utf8(bundle)?;
        let answered = installer.inspect_bundle(path, HashMap::new()).await;
        let size = tokio::fs::metadata(bundle).await.map(|meta| meta.len());
        let size = size.map_err(|_| SlotError::Refused(Refusal::NotFound))?;
        read_bundle(&answered.map_err(failed)?, size)
    }

    async fn install(
        &self,
        bundle: &Path,
        mut progress: impl FnMut(u8) + Send,
    ) -> Result<(), SlotError> {
        let installer = self.installer().await?;
        // Before the order, so that the end cannot be missed.
        let mut ends = installer.receive_completed().await.map_err(failed)?;
        let ordered = installer.install_bundle(utf8(bundle)?, HashMap::new());
        ordered.await.map_err(failed)?;
        let mut looks = interval(LOOK);
        let mut idle = 0;
        loop {
            let ended = tokio::select! {
                end = ends.next() => match end {
                    Some(end) => Some(end.args().map_err(failed)?.result == 0),
                    None => return Err(SlotError::Unreadable("the bus went away")),
                },
                _ = looks.tick() => {
                    let operation = installer.operation().await.map_err(failed)?;
                    idle = if operation == "idle" { idle + 1 } else { 0 };
                    let (percent, ..) = installer.progress().await.unwrap_or_default();
                    progress(u8::try_from(percent.clamp(0, 100)).unwrap_or(0));
                    (idle >= IDLE_LOOKS).then_some(false)
                }
            };
            match ended {
                None => {}
                Some(true) => return Ok(()),
                Some(false) => {
                    let said = timeout(LIMIT, installer.last_error()).await;
                    let said = said.ok().and_then(Result::ok).unwrap_or_default();
                    return Err(SlotError::Refused(Refusal::from_rauc(&said)));
                }
            }
        }
    }

    async fn mark_good(&self) -> Result<(), SlotError> {
        let installer = self.installer().await?;
        let (slot, _) = installer.mark("good", "booted").await.map_err(failed)?;
        tracing::info!(slot, "this boot is good");
        Ok(())
    }
}

fn utf8(path: &Path) -> Result<&str, SlotError> {
    path.to_str().ok_or(SlotError::Refused(Refusal::NotFound))
}

fn text<'a>(dict: &'a Dict, key: &str) -> Option<&'a str> {
    dict.get(key).and_then(|value| value.downcast_ref().ok())
}

fn read_state(
    listed: &[(String, Dict)],
    primary: Option<&str>,
    operation: &str,
) -> Result<State, SlotError> {
    let mut slots = BTreeMap::new();
    let (mut booted, mut next) = (None, None);
    for (name, dict) in listed.iter().take(MOST) {
        let Some(slot) = text(dict, "bootname").and_then(Slot::from_bootname) else {
            continue;
        };
        if text(dict, "state") == Some("booted") {
            booted = Some(slot);
        }
        if primary == Some(name) {
            next = Some(slot);
        }
        let state = SlotState {
            good: text(dict, "boot-status") == Some("good"),
            version: text(dict, "bundle.version").map(|v| v.chars().take(64).collect()),
        };
        slots.insert(slot, state);
    }
    Ok(State {
        booted: booted.ok_or(SlotError::Unreadable("no slot is the booted one"))?,
        next,
        slots,
        installing: operation == "installing",
    })
}

/// One dictionary inside another.
fn inner(dict: &Dict, key: &str) -> Option<Dict> {
    dict.get(key).and_then(|value| dict_of(value))
}

fn dict_of(value: &Value<'_>) -> Option<Dict> {
    match value {
        Value::Value(boxed) => dict_of(boxed),
        Value::Dict(dict) => Dict::try_from(dict.try_clone().ok()?).ok(),
        _ => None,
    }
}

fn number(dict: &Dict, key: &str) -> Option<u64> {
    dict.get(key).and_then(|value| value.downcast_ref().ok())
}

fn read_bundle(info: &Dict, size: u64) -> Result<Inspected, SlotError> {
    let unreadable = SlotError::Unreadable;
    let update = inner(info, "update").ok_or(unreadable("no update section"))?;
    let form = inner(info, "bundle").ok_or(unreadable("no bundle section"))?;
    let compatible = text(&update, "compatible").ok_or(unreadable("no compatible"))?;
    let version = text(&update, "version").and_then(|text| text.parse().ok());
    let verity = Verity::new(
        text(&form, "verity-hash").ok_or(SlotError::Refused(Refusal::NotABundle))?,
        text(&form, "verity-salt").ok_or(SlotError::Refused(Refusal::NotABundle))?,
        number(&form, "verity-size").unwrap_or_default(),
    )
    .map_err(|_| SlotError::Refused(Refusal::Damaged))?;
    let bundle = Bundle {
        compatible: compatible.chars().take(128).collect(),
        version: version.ok_or(SlotError::Refused(Refusal::NoVersion))?,
        floor: meta(info, "floor").and_then(|text| text.parse().ok()),
        images: images(info),
        size,
    };
    Ok(Inspected { bundle, verity })
}

/// `[meta.salle]`: a dictionary of dictionaries of texts.
fn meta(info: &Dict, key: &str) -> Option<String> {
    let meta = match info.get("meta").map(|value| &**value)? {
        Value::Value(boxed) => boxed.try_clone().ok()?,
        value => value.try_clone().ok()?,
    };
    let groups = HashMap::<String, HashMap<String, String>>::try_from(meta).ok()?;
    groups.get("salle")?.get(key).cloned()
}

fn images(info: &Dict) -> Vec<Image> {
    let array = match info.get("images").map(|value| &**value) {
        Some(Value::Value(boxed)) => match &**boxed {
            Value::Array(array) => array,
            _ => return Vec::new(),
        },
        Some(Value::Array(array)) => array,
        _ => return Vec::new(),
    };
    let dicts = array.iter().take(MOST).filter_map(dict_of);
    dicts
        .map(|dict| Image {
            class: text(&dict, "slot-class")
                .unwrap_or_default()
                .chars()
                .take(32)
                .collect(),
            size: number(&dict, "size").unwrap_or_default(),
        })
        .collect()
}
