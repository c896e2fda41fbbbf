use super::*;

fn voice(output: AudioOutput) -> Voice {
    let options = VoiceOptions {
        output,
        simulated: true,
    };
    Voice::new(options, Arc::new(|| ()))
}

fn id(name: &str) -> Identity {
    Identity(name.into())
}

pub(crate) fn wait_for(what: &str, condition: impl Fn() -> bool) {
    let begun = Instant::now();
    while !condition() {
        assert!(begun.elapsed() < Duration::from_secs(30), "never: {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

fn tone() -> Vec<i16> {
    (0..960)
        .map(|at| {
            ((f64::from(at) / 48_000.0 * 500.0 * std::f64::consts::TAU).sin() * 8000.0) as i16
        })
        .collect()
}

/// The loudest frequency of a WAV's left channel, in so many samples from the first sound on.
fn first_tone(wav: &[u8], samples: usize) -> f64 {
    let left: Vec<i16> = wav[44..]
        .chunks_exact(4)
        .map(|f| i16::from_le_bytes([f[0], f[1]]))
        .collect();
    let first = left.iter().position(|s| *s != 0).unwrap();
    room_audio::loudest_frequency(&left[first..first + samples]).unwrap()
}

#[test]
fn the_speaker_is_open_only_while_running_and_fails_when_unplugged() {
    let voice = voice(AudioOutput::Test);
    assert_eq!(voice.state(), DeviceState::Off);
    voice.set_running(true);
    wait_for("live", || voice.state() == DeviceState::Live);
    voice.simulate_present(false);
    wait_for("failed", || voice.state() == DeviceState::Failed);
    voice.simulate_present(true);
    wait_for("live again", || voice.state() == DeviceState::Live);
    voice.set_running(false);
    wait_for("off", || voice.state() == DeviceState::Off);
}

#[test]
fn without_an_output_there_is_no_speaker_but_voices_are_measured() {
    let voice = voice(AudioOutput::None);
    voice.set_running(true);
    assert_eq!(voice.state(), DeviceState::Absent);
    let track = voice.track(id("a")).unwrap();
    for _ in 0..20 {
        track.push(&tone(), 1);
    }
    let figures = track.figures();
    assert!(
        (figures.level_dbfs.unwrap() + 15.3).abs() < 1.0,
        "{figures:?}"
    );
    assert!((figures.tone_hz.unwrap() - 500.0).abs() < 3.0);
}

#[test]
fn the_loudest_speaks_first_and_the_silent_do_not() {
    let voice = voice(AudioOutput::None);
    let quiet = voice.track(id("quiet")).unwrap();
    let loud = voice.track(id("loud")).unwrap();
    let silent = voice.track(id("silent")).unwrap();
    quiet.push(&tone().iter().map(|s| s / 4).collect::<Vec<_>>(), 1);
    loud.push(&tone(), 1);
    silent.push(&[1; 960], 1);
    assert_eq!(voice.speaking(), [id("loud"), id("quiet")]);
    drop(loud);
    assert_eq!(voice.speaking(), [id("quiet")]);
}

#[test]
fn a_file_holds_what_was_played_in_every_call() {
    let path = std::env::temp_dir().join(format!("salle-voice-{}.wav", std::process::id()));
    let voice = voice(AudioOutput::File(path.clone()));
    for _ in 0..2 {
        voice.set_running(true);
        wait_for("live", || voice.state() == DeviceState::Live);
        let track = voice.track(id("a")).unwrap();
        let length = || std::fs::metadata(&path).map_or(0, |m| m.len());
        let before = length();
        for _ in 0..5 {
            track.push(&tone(), 1);
        }
        wait_for("written", || length() > before + 60_000);
        voice.set_running(false);
        wait_for("off", || voice.state() == DeviceState::Off);
    }
    drop(voice);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    let data = u32::from_le_bytes(bytes[40..44].try_into().unwrap()) as usize;
    assert_eq!(data + 44, bytes.len());
    assert!((first_tone(&bytes, 3000) - 500.0).abs() < 10.0);
}

#[test]
fn a_call_that_rings_opens_the_speaker_and_is_heard() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("ring.wav");
    let voice = voice(AudioOutput::File(path.clone()));
    voice.set_volume(0);
    voice.set_ring(80);
    wait_for("live", || voice.state() == DeviceState::Live);
    let length = || std::fs::metadata(&path).map_or(0, |m| m.len());
    wait_for("a note", || length() > 44 + 4 * 9600);
    voice.set_ring(0);
    wait_for("off", || voice.state() == DeviceState::Off);
    drop(voice);
    let bytes = std::fs::read(&path).unwrap();
    assert!((first_tone(&bytes, 4800) - 659.0).abs() < 10.0);
}

#[test]
fn a_device_that_does_not_exist_is_a_failure_not_an_end() {
    crate::gst::init().unwrap();
    let voice = voice(AudioOutput::Device("no-such-device".into()));
    voice.set_running(true);
    wait_for("failed", || voice.state() == DeviceState::Failed);
}

#[test]
fn what_is_said_opens_the_speaker_to_its_end_and_no_longer() {
    crate::gst::init().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("said.wav");
    let voice = voice(AudioOutput::File(path.clone()));
    voice.say(&[Prompt::Muted], Language::En);
    wait_for("live", || voice.state() == DeviceState::Live);
    wait_for("off", || voice.state() == DeviceState::Off);
    drop(voice);
    let wav = std::fs::read(&path).unwrap();
    let heard: Vec<i16> = wav[44..]
        .chunks_exact(4)
        .map(|f| i16::from_le_bytes([f[0], f[1]]))
        .collect();
    let said = prompt::samples(&[Prompt::Muted], Language::En).unwrap();
    assert!(heard.len() >= said.len() && heard.len() < said.len() + 2 * BLOCK);
    assert!(heard.iter().any(|sample| sample.unsigned_abs() > 6000));
}

#[test]
fn without_a_speaker_nothing_is_said_later() {
    crate::gst::init().unwrap();
    let voice = voice(AudioOutput::Test);
    voice.simulate_present(false);
    voice.say(&[Prompt::Muted], Language::En);
    voice.simulate_present(true);
    std::thread::sleep(5 * PERIOD);
    assert_eq!(voice.state(), DeviceState::Off);
}
