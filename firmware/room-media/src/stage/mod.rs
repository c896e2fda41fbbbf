//! The stage picture; see `receive` for what `mediad` uses.
