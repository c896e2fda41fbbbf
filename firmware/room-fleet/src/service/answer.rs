//! Gathers a pasted signature from a console: one block, within bounds.

/// Longest line, in bytes; `ssh-keygen` writes 70.
const MAX_LINE: usize = 256;
/// Longest block, in bytes; an ed25519 signature has about 300.
const MAX_BLOCK: usize = 2048;
const BEGIN: &[u8] = b"-----BEGIN SSH SIGNATURE-----";
const END: &[u8] = b"-----END SSH SIGNATURE-----";

/// What has come so far. Lines outside a block count for nothing.
#[derive(Debug, Default)]
pub(super) struct Answer {
    line: Vec<u8>,
    /// `None` outside a block.
    block: Option<Vec<u8>>,
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Gathered {
    More,
    /// From the first line to the last, with plain line ends.
    Whole(Vec<u8>),
    TooLong,
}

impl Answer {
    pub(super) fn push(&mut self, byte: u8) -> Gathered {
        if byte == b'\n' || byte == b'\r' {
            let line = std::mem::take(&mut self.line);
            return self.line(line.trim_ascii());
        }
        if self.line.len() >= MAX_LINE {
            *self = Self::default();
            return Gathered::TooLong;
        }
        self.line.push(byte);
        Gathered::More
    }

    fn line(&mut self, line: &[u8]) -> Gathered {
        if line == BEGIN {
            // Whoever begins anew means the new one.
            self.block = Some(Vec::new());
        }
        let Some(block) = &mut self.block else {
            return Gathered::More;
        };
        if line.is_empty() {
            return Gathered::More;
        }
        block.extend_from_slice(line);
        block.push(b'\n');
        if block.len() > MAX_BLOCK {
            *self = Self::default();
            return Gathered::TooLong;
        }
        if line != END {
            return Gathered::More;
        }
        Gathered::Whole(self.block.take().unwrap_or_default())
    }
}
