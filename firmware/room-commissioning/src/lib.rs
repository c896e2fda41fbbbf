//! `salle.toml` → settings and secrets.
