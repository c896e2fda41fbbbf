//! The number that attendees give to support when they report a problem.
//!
//! It is the moment of the report in seconds, so that support finds the line in the log without a
//! directory of reports; two reports of one room never share it unless made in the same second.

/// Without letters that are mistaken for digits on the phone (Crockford's Base32).
const DIGITS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

/// `1NQ-5HK-4` and the like: seven characters in groups, for about a thousand years.
#[must_use]
pub fn of(unix_ms: u64) -> String {
    let mut rest = unix_ms / 1000;
    let mut signs = [b'0'; 7];
    for sign in signs.iter_mut().rev() {
        let at = usize::try_from(rest % 32).unwrap_or(0);
        *sign = DIGITS.get(at).copied().unwrap_or(b'0');
        rest /= 32;
    }
    let mut text = String::with_capacity(9);
    for (at, sign) in signs.into_iter().enumerate() {
        if at == 3 || at == 6 {
            text.push('-');
        }
        text.push(char::from(sign));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_second_has_a_number_of_its_own_that_can_be_read_aloud() {
        let one = of(1_795_423_920_000);
        assert_eq!(one.len(), 9);
        assert_ne!(one, of(1_795_423_921_000));
        assert!(!one.contains(['I', 'L', 'O', 'U']), "{one}");
    }
}
