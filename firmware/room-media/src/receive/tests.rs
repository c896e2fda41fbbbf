//! Whole branches: RTP made by the sending formats through a fake pad, decoders and all.
