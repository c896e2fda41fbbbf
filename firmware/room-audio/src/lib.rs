//! Sample blocks: mixing, levels, tones. Pure.
