//! A real D-Bus daemon of one test's own, and on it a stand-in for RAUC's interface that can be
//! told to misbehave.

use std::collections::HashMap;
use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};

use zbus::object_server::SignalEmitter;
use zbus::zvariant::{OwnedValue, Value};

const CONFIG: &str = r#"<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-BUS Bus Configuration 1.0//EN" "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:dir=FOLDER</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy>
</busconfig>"#;

/// Ends with the test.
pub struct Bus {
    child: Child,
    pub address: String,
}

impl Drop for Bus {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Bus {
    pub fn start(folder: &Path) -> Self {
        let config = folder.join("bus.conf");
        let text = CONFIG.replace("FOLDER", &folder.display().to_string());
        std::fs::write(&config, text).unwrap();
        let mut child = Command::new("dbus-daemon")
            .arg(format!("--config-file={}", config.display()))
            .args(["--nofork", "--print-address"])
            .stdout(Stdio::piped())
            .spawn()
            .expect("dbus-daemon is installed (cargo xtask setup)");
        let mut line = String::new();
        let out = child.stdout.take().unwrap();
        BufReader::new(out).read_line(&mut line).unwrap();
        let address = line.trim().to_owned();
        assert!(!address.is_empty(), "the bus tells its address");
        Self { child, address }
    }
}

/// What the stand-in does, and what it was asked.
#[derive(Debug)]
pub struct Script {
    pub booted: &'static str,
    pub primary: &'static str,
    pub compatible: String,
    pub version: String,
    pub verity: (String, String, u64),
    /// Words with which a bundle is refused when it is looked at.
    pub refuse: Option<String>,
    /// How an installation ends.
    pub end: End,
    pub marked: Vec<(String, String)>,
    pub installed: Vec<String>,
}

#[derive(Clone, Debug, PartialEq)]
pub enum End {
    Good,
    Bad(String),
    /// It says nothing, and is idle at once.
    Silence,
    Never,
}

impl Default for Script {
    fn default() -> Self {
        Self {
            booted: "A",
            primary: "rootfs.0",
            compatible: "salle-qemu-arm64".into(),
            version: "0.2.0".into(),
            verity: (
                "56ff85f7b85ca86ecd8fab49f31090c23f6ffe0b36e525e90a7a323300115d3b".into(),
                "6ff2bb848dbec67f18d082ce95ea59137779a158a45d416d9a61139c0488f923".into(),
                4096,
            ),
            refuse: None,
            end: End::Good,
            marked: Vec::new(),
            installed: Vec::new(),
        }
    }
}

pub type Shared = Arc<Mutex<Script>>;

struct Rauc {
    script: Shared,
    busy: Arc<Mutex<bool>>,
}

type Dict = HashMap<String, OwnedValue>;

fn value(of: impl Into<Value<'static>>) -> OwnedValue {
    of.into().try_into().unwrap()
}

#[zbus::interface(name = "de.pengutronix.rauc.Installer")]
impl Rauc {
    async fn install_bundle(
        &self,
        source: String,
        _args: HashMap<String, OwnedValue>,
        #[zbus(signal_emitter)] emitter: SignalEmitter<'_>,
    ) -> zbus::fdo::Result<()> {
        let end = {
            let mut script = self.script.lock().unwrap();
            script.installed.push(source);
            script.end.clone()
        };
        if end != End::Silence {
            *self.busy.lock().unwrap() = true;
        }
        let (emitter, busy, script) = (emitter.to_owned(), self.busy.clone(), self.script.clone());
        tokio::spawn(async move {
            let code = match end {
                End::Good => {
                    let mut script = script.lock().unwrap();
                    script.primary = if script.booted == "A" {
                        "rootfs.1"
                    } else {
                        "rootfs.0"
                    };
                    0
                }
                End::Bad(_) => 1,
                End::Silence | End::Never => return,
            };
            *busy.lock().unwrap() = false;
            Rauc::completed(&emitter, code).await.unwrap();
        });
        Ok(())
    }

    async fn inspect_bundle(
        &self,
        _source: String,
        _args: HashMap<String, OwnedValue>,
    ) -> zbus::fdo::Result<Dict> {
        let script = self.script.lock().unwrap();
        if let Some(words) = &script.refuse {
            return Err(zbus::fdo::Error::Failed(words.clone()));
        }
        let update: HashMap<String, Value<'static>> = HashMap::from([
            ("compatible".to_owned(), script.compatible.clone().into()),
            ("version".to_owned(), script.version.clone().into()),
        ]);
        let (hash, salt, size) = script.verity.clone();
        let form: HashMap<String, Value<'static>> = HashMap::from([
            ("format".to_owned(), "verity".into()),
            ("verity-hash".to_owned(), hash.into()),
            ("verity-salt".to_owned(), salt.into()),
            ("verity-size".to_owned(), size.into()),
        ]);
        let image = |class: &'static str, size: u64| -> HashMap<String, Value<'static>> {
            HashMap::from([
                ("slot-class".to_owned(), class.into()),
                ("size".to_owned(), size.into()),
            ])
        };
        let meta = HashMap::from([(
            "salle".to_owned(),
            HashMap::from([("floor".to_owned(), "0.1.5".to_owned())]),
        )]);
        // As RAUC does: a variant in a variant.
        let boxed = |inner: Value<'static>| value(Value::Value(Box::new(inner)));
        Ok(HashMap::from([
            ("update".to_owned(), boxed(update.into())),
            ("bundle".to_owned(), boxed(form.into())),
            (
                "images".to_owned(),
                boxed(vec![image("rootfs", 9000), image("kernel", 3000)].into()),
            ),
            ("meta".to_owned(), boxed(meta.into())),
        ]))
    }

    async fn mark(&self, state: String, slot: String) -> (String, String) {
        self.script.lock().unwrap().marked.push((state, slot));
        ("rootfs.0".to_owned(), "marked".to_owned())
    }

    async fn get_slot_status(&self) -> Vec<(String, Dict)> {
        let script = self.script.lock().unwrap();
        let slot = |name: &str, bootname: &'static str| {
            let booted = if script.booted == bootname {
                "booted"
            } else {
                "inactive"
            };
            let dict = HashMap::from([
                ("class".to_owned(), value("rootfs")),
                ("bootname".to_owned(), value(bootname)),
                ("state".to_owned(), value(booted)),
                ("boot-status".to_owned(), value("good")),
            ]);
            (name.to_owned(), dict)
        };
        let kernel = HashMap::from([("class".to_owned(), value("kernel"))]);
        vec![
            slot("rootfs.0", "A"),
            slot("rootfs.1", "B"),
            ("kernel.0".to_owned(), kernel),
        ]
    }

    async fn get_primary(&self) -> String {
        self.script.lock().unwrap().primary.to_owned()
    }

    #[zbus(signal)]
    async fn completed(emitter: &SignalEmitter<'_>, result: i32) -> zbus::Result<()>;

    #[zbus(property)]
    async fn operation(&self) -> String {
        let busy = *self.busy.lock().unwrap();
        if busy { "installing" } else { "idle" }.to_owned()
    }

    #[zbus(property)]
    async fn last_error(&self) -> String {
        match &self.script.lock().unwrap().end {
            End::Bad(words) => words.clone(),
            _ => String::new(),
        }
    }

    #[zbus(property)]
    async fn progress(&self) -> (i32, String, i32) {
        (40, "Copying image".to_owned(), 2)
    }
}

/// Puts the stand-in on the bus; gone when the connection is dropped.
pub async fn rauc(bus: &Bus, script: Shared) -> zbus::Connection {
    let stand_in = Rauc {
        script,
        busy: Arc::default(),
    };
    zbus::connection::Builder::address(bus.address.as_str())
        .unwrap()
        .name("de.pengutronix.rauc")
        .unwrap()
        .serve_at("/", stand_in)
        .unwrap()
        .build()
        .await
        .unwrap()
}
