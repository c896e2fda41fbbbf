//! What one board revision has: the content of a file in `board/profiles/`, as data.
//!
//! Invariant: a value of these types can be used as it is; what cannot is refused when the file
//! is read. `docs/boards.md` describes every key. Deliberately absent: reading files
//! (`room-settings`) and using what is described (`board-linux`).

use serde::Deserialize;

/// Most rules for one device.
pub const MAX_RULES: usize = 32;
/// Longest name, pattern or path, in bytes.
pub const MAX_TEXT: usize = 128;

/// A whole profile.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Profile {
    /// 1.
    pub version: Version,
    pub name: Name,
    pub kind: ProfileKind,
    /// Device trees this profile is for (`compatible`).
    #[serde(default)]
    pub device_tree: Vec<Text>,
    #[serde(default)]
    pub gpio: Gpio,
    #[serde(default)]
    pub buttons: ButtonLines,
    pub mute_line: Option<Line>,
    /// A presence sensor; active: it sees movement.
    pub presence: Option<Line>,
    #[serde(default)]
    pub lamps: Lamps,
    #[serde(default)]
    pub camera: Rules,
    #[serde(default)]
    pub microphone: Rules,
    #[serde(default)]
    pub speaker: Rules,
    /// Capture devices for what is shared; never taken for a camera.
    #[serde(default)]
    pub content: Rules,
    pub display: Option<Display>,
    pub touch: Option<TouchRule>,
    /// The speakerphone whose buttons and lamps are used.
    pub speakerphone: Option<PhoneRule>,
    /// The touch panel's display.
    pub panel: Option<PanelCard>,
    #[serde(default)]
    pub encoders: Encoders,
    /// For whoever builds the image; nothing of it is used on the board.
    #[serde(default)]
    pub image: serde::de::IgnoredAny,
}

/// The one version there is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u32")]
pub struct Version;

impl TryFrom<u32> for Version {
    type Error = &'static str;

    fn try_from(version: u32) -> Result<Self, Self::Error> {
        (version == 1)
            .then_some(Self)
            .ok_or("this version of profiles is not known; write version = 1")
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProfileKind {
    /// Nothing is real; settings say what stands for it.
    Simulated,
    /// What the kernel offers.
    Linux,
}

/// 1 to 64 lower-case letters, digits and dashes.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Name(String);

/// 1 to 128 bytes without control characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "String")]
pub struct Text(String);

impl Name {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Name {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let good = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        ((1..=64).contains(&text.len()) && text.bytes().all(good))
            .then_some(Self(text))
            .ok_or("a profile is named by 1 to 64 lower-case letters, digits and dashes")
    }
}

impl Text {
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for Text {
    type Error = &'static str;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        let good = (1..=MAX_TEXT).contains(&text.len()) && !text.chars().any(char::is_control);
        good.then_some(Self(text))
            .ok_or("this is not 1 to 128 printable bytes")
    }
}

/// How GPIO lines are driven.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Gpio {
    #[serde(default)]
    pub driver: GpioDriver,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GpioDriver {
    /// The kernel's character devices; lines are found by their names.
    #[default]
    Gpiocdev,
    /// Raspberry Pi's own; lines are named `GPIO0` to `GPIO27`.
    Rppal,
}

/// One GPIO line.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Name in the device tree; see `gpioinfo`.
    pub line: Text,
    /// Level at which it counts as pressed, asserted or lit.
    #[serde(default)]
    pub active: Active,
    /// Inputs only.
    #[serde(default)]
    pub bias: Bias,
    /// Inputs only.
    #[serde(default)]
    pub debounce_ms: Debounce,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Active {
    #[default]
    High,
    Low,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bias {
    /// As the board's firmware left it.
    #[default]
    AsIs,
    None,
    PullUp,
    PullDown,
}

/// 0 to 500 ms; a level that holds shorter is bounce. 10 ms when nothing is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "u16")]
pub struct Debounce(u16);

impl Debounce {
    #[must_use]
    pub fn duration(self) -> std::time::Duration {
        std::time::Duration::from_millis(u64::from(self.0))
    }
}

impl Default for Debounce {
    fn default() -> Self {
        Self(10)
    }
}

impl TryFrom<u16> for Debounce {
    type Error = &'static str;

    fn try_from(ms: u16) -> Result<Self, Self::Error> {
        (ms <= 500)
            .then_some(Self(ms))
            .ok_or("bounce lasts 0 to 500 ms")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ButtonLines {
    pub join: Option<Line>,
    pub hang_up: Option<Line>,
    pub mute: Option<Line>,
    pub volume_up: Option<Line>,
    pub volume_down: Option<Line>,
    pub camera: Option<Line>,
    pub help: Option<Line>,
    pub call: Option<Line>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Lamps {
    pub call: Option<Line>,
    pub mute: Option<Line>,
    #[serde(default)]
    pub status: StatusLines,
}

/// Lines of the status light: `single`, or one per colour. Amber without a line of its own is
/// red and green together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusLines {
    pub single: Option<Line>,
    pub green: Option<Line>,
    pub amber: Option<Line>,
    pub red: Option<Line>,
}

/// At most 32 rules, best first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<Rule>")]
pub struct Rules(Vec<Rule>);

impl Rules {
    #[must_use]
    pub fn as_slice(&self) -> &[Rule] {
        &self.0
    }
}

impl TryFrom<Vec<Rule>> for Rules {
    type Error = &'static str;

    fn try_from(rules: Vec<Rule>) -> Result<Self, Self::Error> {
        (rules.len() <= MAX_RULES)
            .then_some(Self(rules))
            .ok_or("there are at most 32 rules for one device")
    }
}

/// Which device is meant. Everything that is written must fit; `*` stands for any characters.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Rule {
    /// As the device calls itself; of sound cards their id (`cat /proc/asound/cards`, in
    /// brackets) or name.
    pub name: Option<Text>,
    /// Kernel driver.
    pub driver: Option<Text>,
    /// Where it is plugged in: a name in `/dev/v4l/by-path` or `/dev/snd/by-path`, or a path
    /// below `/sys/devices`.
    pub path: Option<Text>,
    /// Sound only: number of the PCM on its card, 0 when not written.
    #[serde(default)]
    pub device: u8,
}

/// The room's display, and how it is put to sleep: by everything that is written.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Display {
    /// Name of the connector, e.g. `HDMI-A-1`; the first one of the board when not written.
    pub connector: Option<Text>,
    /// Its connector is told to be empty. Only where a compositor shows the stage.
    #[serde(default)]
    pub dpms: bool,
    /// Its own bus (HDMI CEC), which brings its remote control's keys, too.
    pub cec: Option<CecRule>,
    /// A relay; active: the display has power.
    pub relay: Option<Line>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CecRule {
    /// As the adapter calls itself, `*` for any characters; the first adapter when not written.
    pub adapter: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TouchRule {
    /// As the panel calls itself, `*` for any characters; the first panel when not written.
    pub name: Option<Text>,
}

#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PhoneRule {
    /// As the device calls itself, `*` for any characters; the first telephone (HID) when not
    /// written.
    pub name: Option<Text>,
}

/// The graphics card (DRM) that the touch panel's display hangs on, and nothing else: a card has one
/// master. Everything that is written must fit, and something is; `*` stands for any characters.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "WrittenCard")]
pub struct PanelCard {
    /// Kernel driver.
    pub driver: Option<Text>,
    /// Where the card is, below `/sys/devices`.
    pub path: Option<Text>,
}

/// As it is in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenCard {
    driver: Option<Text>,
    path: Option<Text>,
}

impl TryFrom<WrittenCard> for PanelCard {
    type Error = &'static str;

    fn try_from(WrittenCard { driver, path }: WrittenCard) -> Result<Self, Self::Error> {
        // An empty rule would fit the card of the stage too.
        (driver.is_some() || path.is_some())
            .then_some(Self { driver, path })
            .ok_or("the panel's card is told by its driver, its path, or both")
    }
}

#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Encoders {
    /// Best first.
    #[serde(default)]
    pub video: Vec<VideoEncoder>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum VideoEncoder {
    Vp8Software,
    H264Software,
    /// V4L2 memory-to-memory.
    H264V4l2,
}
