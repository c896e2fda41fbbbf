//! Loudness as RFC 6464 carries it.

/// Level of samples in dB below full scale: 0 is the loudest, 127 silence.
pub(super) fn below_full_scale(samples: &[i16]) -> u8 {
    if samples.is_empty() {
        return 127;
    }
    let sum: f64 = samples
        .iter()
        .map(|sample| f64::from(*sample) / 32_768.0)
        .map(|sample| sample * sample)
        .sum();
    let mean = sum / samples.len() as f64;
    if mean <= 0.0 {
        return 127;
    }
    (-10.0 * mean.log10()).round().clamp(0.0, 127.0) as u8
}

/// 16-bit little-endian bytes as samples.
pub(super) fn samples(bytes: &[u8]) -> Vec<i16> {
    bytes
        .chunks_exact(2)
        .filter_map(|pair| pair.try_into().ok())
        .map(i16::from_le_bytes)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn silence_is_127_and_full_scale_near_0() {
        assert_eq!(below_full_scale(&[]), 127);
        assert_eq!(below_full_scale(&[0; 960]), 127);
        assert_eq!(below_full_scale(&[i16::MIN; 960]), 0);
        assert_eq!(below_full_scale(&[328; 960]), 40);
    }
}
