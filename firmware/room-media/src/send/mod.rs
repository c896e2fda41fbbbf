//! What the room sends.
