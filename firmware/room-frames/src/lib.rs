//! Frame encryption and RTP payload formats: pure, without GStreamer.
