//! The command line.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

/// Ask a room, and tell it what to do.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// Directory where roomd has its sockets.
    #[arg(long, global = true, value_name = "DIR", default_value = "/run/salle")]
    pub runtime: PathBuf,
    /// Directory where fleetd has its socket.
    #[arg(
        long,
        global = true,
        value_name = "DIR",
        default_value = "/run/salle-fleet"
    )]
    pub fleet: PathBuf,
    /// Language of messages; the room's own when it can be asked.
    #[arg(long, global = true, value_enum)]
    pub language: Option<Tongue>,
    /// Print JSON.
    #[arg(long, global = true)]
    pub json: bool,
    #[command(subcommand)]
    pub command: Command,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Tongue {
    En,
    Fr,
}

#[derive(Debug, Subcommand)]
pub enum Command {
    /// Show what the room is doing.
    Status,
    /// Show it again whenever it changes.
    Watch,
    /// Join a call: room id, alias, matrix.to, Element Call or Visio link; or call a person.
    Join {
        target: String,
        #[command(flatten)]
        wait: Wait,
    },
    /// Leave the call.
    Leave {
        #[command(flatten)]
        wait: Wait,
    },
    /// Mute or unmute the microphone.
    Mute {
        state: OnOff,
        #[command(flatten)]
        wait: Wait,
    },
    /// Turn the camera on or off.
    Camera {
        state: OnOff,
        #[command(flatten)]
        wait: Wait,
    },
    /// Share what is plugged in with the others of the call, or end that.
    Share {
        state: OnOff,
        #[command(flatten)]
        wait: Wait,
    },
    /// Turn the camera, or recall and keep where it looks.
    View {
        #[command(subcommand)]
        command: View,
    },
    /// Set the speaker's volume, 0 to 100.
    Volume {
        #[arg(value_parser = clap::value_parser!(u8).range(0..=100))]
        volume: u8,
        #[command(flatten)]
        wait: Wait,
    },
    /// Raise or lower the room's hand.
    Hand {
        state: OnOff,
        #[command(flatten)]
        wait: Wait,
    },
    /// Lay the stage of the call out.
    Layout { layout: Shape },
    /// Send the room to sleep, or wake it.
    Standby { state: OnOff },
    /// Call for help, or take the call back.
    CallHelp { state: OnOff },
    /// Show an emoji to everybody.
    React { reaction: Emoji },
    /// Decline the call that rings in this Matrix room.
    Decline { room_id: String },
    /// Call somebody into the running call, by Matrix user id.
    Add { target: String },
    /// Look for people and rooms to call.
    Search { text: String },
    /// Show the room's day, with the names of its meetings for the next command.
    Meetings,
    /// Join, book, extend or end a meeting.
    Meeting {
        #[command(subcommand)]
        command: Meeting,
    },
    /// Show figures of every track of the call.
    Stats,
    /// Look after the system of this unit.
    Update {
        #[command(subcommand)]
        command: Update,
    },
    /// Wipe everything the unit was told and knows, and start it as it was flashed.
    FactoryReset {
        /// Do it.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Subcommand)]
pub enum Meeting {
    /// Join the call of a meeting.
    Join { id: String },
    /// Begin a meeting now, in a Matrix room made for it.
    Now {
        #[command(flatten)]
        wait: Wait,
    },
    /// Book the room from now on, for 5 to 480 minutes.
    Book { minutes: u32 },
    /// Let a meeting last longer, by 5 to 480 minutes.
    Extend { id: String, minutes: u32 },
    /// End a meeting now, or cancel one to come.
    End { id: String },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Emoji {
    ThumbsUp,
    Clapping,
    Heart,
    Party,
    Laugh,
    ThumbsDown,
}

#[derive(Debug, Subcommand)]
pub enum View {
    /// Turn by steps, -10 to 10: to the right, up, nearer.
    Move {
        #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
        pan: i8,
        #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
        tilt: i8,
        #[arg(long, default_value_t = 0, allow_negative_numbers = true)]
        zoom: i8,
    },
    /// Look where a preset says; `overview` is always there.
    Go { name: String },
    /// Keep where the camera looks now under a name.
    Keep { name: String },
    /// Forget a preset.
    Remove { name: String },
}

/// What is large on the stage.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Shape {
    /// Whoever speaks.
    Speaker,
    /// Nobody.
    Grid,
    /// What somebody shares.
    Content,
}

#[derive(Debug, Subcommand)]
pub enum Update {
    /// Show versions, slots, what is going on, and what became of the last update.
    Status,
    /// Show what installing a bundle would do.
    Plan { source: String },
    /// Install a bundle: a file on the unit, or an address.
    Install {
        source: String,
        #[command(flatten)]
        wait: Wait,
    },
}

#[derive(Clone, Copy, Debug, Args)]
pub struct Wait {
    /// Come back when it is done, not when it is begun.
    #[arg(long)]
    pub wait: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum OnOff {
    On,
    Off,
}

impl OnOff {
    #[must_use]
    pub fn is_on(self) -> bool {
        self == Self::On
    }
}
