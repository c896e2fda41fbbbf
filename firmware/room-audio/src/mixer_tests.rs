use super::*;
use crate::tone::tests::sine;
use crate::{Level, loudest_frequency};
use proptest::prelude::*;

const BLOCK: usize = 960;

fn left(stereo: &[i16]) -> Vec<i16> {
    stereo.iter().step_by(2).copied().collect()
}

/// Plays `sound` in blocks of 20 ms; `arrivals[n]` blocks come before output block `n`.
fn play(sound: &[i16], arrivals: impl Iterator<Item = usize>) -> Vec<i16> {
    let mut mixer = Mixer::new(BLOCK);
    let voice = mixer.add().unwrap();
    let mut blocks = sound.chunks(BLOCK);
    let mut heard = Vec::new();
    for count in arrivals {
        for block in blocks.by_ref().take(count) {
            mixer.push(voice, block, 1);
        }
        let mut out = [0; 2 * BLOCK];
        mixer.mix(&mut out);
        heard.extend(left(&out));
    }
    heard
}

#[test]
fn a_steady_voice_comes_out_whole_after_a_short_wait() {
    let sound = sine(440.0, 0.3, 48_000);
    let heard = play(&sound, std::iter::repeat_n(1, 50));
    let start = heard.iter().position(|s| *s != 0).unwrap() - 1;
    assert!(start <= 2 * BLOCK);
    assert_eq!(heard[start..], sound[..heard.len() - start]);
}

#[test]
fn two_voices_are_heard_together_and_stereo_keeps_its_sides() {
    let mut mixer = Mixer::new(BLOCK);
    let (a, b) = (mixer.add().unwrap(), mixer.add().unwrap());
    for _ in 0..3 {
        mixer.push(a, &[1000; BLOCK], 1);
        mixer.push(b, &[200, -300].repeat(BLOCK), 2);
    }
    let mut out = [0; 2 * BLOCK];
    assert!(mixer.mix(&mut out));
    assert_eq!(out[..2], [1200, 700]);
    mixer.remove(b);
    mixer.set_volume(50);
    assert!(mixer.mix(&mut out));
    assert_eq!(out[..2], [250, 250]);
    mixer.set_volume(0);
    mixer.mix(&mut out);
    assert_eq!(out, [0; 2 * BLOCK]);
}

#[test]
fn a_call_rings_over_voices_that_are_turned_down_until_it_ends() {
    let mut mixer = Mixer::new(BLOCK);
    mixer.set_volume(0);
    let heard = |mixer: &mut Mixer| {
        let mut out = [0; 2 * BLOCK];
        let sound = mixer.mix(&mut out);
        (sound, Level::of(&out).dbfs)
    };
    mixer.set_ring(100);
    let (sound, loud) = heard(&mut mixer);
    assert!(sound && loud > -20.0, "{loud}");
    mixer.set_ring(50);
    let (_, half) = heard(&mut mixer);
    assert!((loud - half - 12.0).abs() < 2.0, "{loud} {half}");
    mixer.set_ring(0);
    assert!(!heard(&mut mixer).0);
}

#[test]
fn bursts_are_smoothed_once_the_reserve_has_grown() {
    let sound = sine(440.0, 0.3, 48_000 * 6);
    // Three blocks every 60 ms instead of one every 20 ms.
    let heard = play(&sound, (0..250).map(|n| if n % 3 == 0 { 3 } else { 0 }));
    let late = &heard[heard.len() / 2..];
    let silent = late
        .chunks(240)
        .filter(|c| Level::of(c).dbfs < -60.0)
        .count();
    assert_eq!(silent, 0);
    assert!((loudest_frequency(late).unwrap() - 440.0).abs() < 6.0);
}

#[test]
fn clocks_that_drift_neither_pile_up_nor_run_dry() {
    for (per_mille, name) in [(1003, "fast"), (997, "slow")] {
        let mut mixer = Mixer::new(BLOCK);
        let voice = mixer.add().unwrap();
        let sound = sine(440.0, 0.3, 48_000 * 61);
        let (mut sent, mut silent) = (0, 0);
        for n in 0..3000 {
            let due = (n + 1) * BLOCK * per_mille / 1000;
            mixer.push(voice, &sound[sent..due], 1);
            sent = due;
            let mut out = [0; 2 * BLOCK];
            mixer.mix(&mut out);
            if n > 1500 && Level::of(&out).dbfs < -20.0 {
                silent += 1;
            }
        }
        let held = mixer.voices[&voice].held_ms();
        assert!(held < 120, "{name}: {held} ms");
        assert_eq!(silent, 0, "{name}");
    }
}

#[test]
fn a_flood_is_bounded_and_a_pause_does_not_raise_the_delay() {
    let mut mixer = Mixer::new(BLOCK);
    let voice = mixer.add().unwrap();
    for _ in 0..1000 {
        mixer.push(voice, &[1; BLOCK], 1);
    }
    assert!(mixer.voices[&voice].held_ms() <= 400);
    let mut out = [0; 2 * BLOCK];
    for _ in 0..200 {
        mixer.mix(&mut out);
    }
    assert!(!mixer.mix(&mut out));
    let mut waited = 0;
    while !mixer.mix(&mut out) {
        mixer.push(voice, &[1; BLOCK], 1);
        waited += 1;
    }
    assert!(waited <= 3, "{waited}");
}

#[test]
fn the_end_of_a_short_word_comes_out() {
    let heard = play(
        &[9; BLOCK],
        std::iter::once(1).chain(std::iter::repeat_n(0, 9)),
    );
    assert_eq!(heard.iter().filter(|s| **s == 9).count(), BLOCK);
}

#[test]
fn what_the_room_says_is_heard_over_the_voices_and_then_they_are_as_before() {
    let mut mixer = Mixer::new(BLOCK);
    let voice = mixer.add().unwrap();
    mixer.say(vec![5000; 2 * BLOCK]);
    let mut heard = Vec::new();
    for _ in 0..20 {
        mixer.push(voice, &[1000; BLOCK], 1);
        let mut out = [0; 2 * BLOCK];
        assert!(mixer.mix(&mut out) || !mixer.is_saying());
        heard.extend(left(&out));
    }
    assert!(!mixer.is_saying());
    let first = &heard[..2 * BLOCK];
    assert!(first.iter().all(|sample| (5000..=5400).contains(sample)));
    assert_eq!(heard.last(), Some(&1000));
    mixer.say(vec![5000; 20 * BLOCK]);
    mixer.say(vec![-700; BLOCK]);
    let mut out = [0; 2 * BLOCK];
    mixer.mix(&mut out);
    assert!(left(&out).iter().all(|sample| *sample < 0));
}

proptest! {
    #[test]
    fn no_pattern_of_arrivals_does_harm(
        arrivals in proptest::collection::vec((0_usize..5000, 0_usize..4), 0..100),
    ) {
        let mut mixer = Mixer::new(480);
        let voice = mixer.add().unwrap();
        for (length, channels) in arrivals {
            mixer.push(voice, &vec![i16::MIN; length], channels);
            let mut out = [0; 960];
            mixer.mix(&mut out);
            prop_assert!(mixer.voices[&voice].held_ms() <= 400);
        }
    }
}
