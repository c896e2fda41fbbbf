//! Voices to the speaker; see `receive` for what `mediad` uses.
