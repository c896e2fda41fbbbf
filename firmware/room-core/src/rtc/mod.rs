//! MatrixRTC: memberships, keys, leaving by itself. Pure.
