//! Keeps a sum of voices within 16 bits without the crackle of clipping.

/// Share of full scale up to which nothing is changed.
const KNEE: f32 = 0.7;
const FULL: f32 = i16::MAX as f32;

/// The nearest sample to `value` (16-bit scale, any size) on a curve that bends towards full
/// scale above the knee.
pub(crate) fn limit(value: f32) -> i16 {
    let share = value.abs() / FULL;
    if share <= KNEE {
        return value as i16;
    }
    let room = 1.0 - KNEE;
    let bent = KNEE + room * ((share - KNEE) / room).tanh();
    (bent * FULL).copysign(value) as i16
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quiet_sound_is_untouched_and_loud_sound_bends_but_keeps_its_order() {
        assert_eq!(limit(12_345.0), 12_345);
        assert_eq!(limit(-20_000.0), -20_000);
        let mut last = 0;
        for value in (0..200_000).step_by(500) {
            let limited = limit(value as f32);
            assert!(limited >= last);
            assert_eq!(limit(-(value as f32)), -limited);
            last = limited;
        }
        assert!(last > 32_700);
        assert_eq!(limit(f32::INFINITY), i16::MAX);
    }
}
