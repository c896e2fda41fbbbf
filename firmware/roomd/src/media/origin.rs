//! Where `mediad` comes from.

use std::path::PathBuf;
use std::str::FromStr;

/// User of the service `mediad`.
const USER: &str = "salle-media";

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// This program is started and kept running by `roomd`.
    Program(PathBuf),
    /// systemd does that, as a user of its own.
    Service,
}

impl FromStr for Origin {
    type Err = std::convert::Infallible;

    /// `service`, or a path (`./service` for a program of that name).
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Ok(match text {
            "service" => Self::Service,
            path => Self::Program(path.into()),
        })
    }
}

/// Who may connect as `mediad`: the service's user; where there is none, our own.
pub(super) fn service_user() -> u32 {
    let passwd = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    id_in(&passwd).unwrap_or_else(|| {
        tracing::warn!(
            user = USER,
            "there is no such user; mediad must run as our own"
        );
        rustix::process::getuid().as_raw()
    })
}

fn id_in(passwd: &str) -> Option<u32> {
    let mut lines = passwd.lines().map(|line| line.split(':'));
    let mut fields = lines.find_map(|mut f| (f.next() == Some(USER)).then_some(f))?;
    fields.nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_word_service_is_no_path() {
        assert_eq!("service".parse(), Ok(Origin::Service));
        assert_eq!("./service".parse(), Ok(Origin::Program("./service".into())));
    }

    #[test]
    fn the_user_of_the_service_is_found_by_its_whole_name() {
        let passwd =
            "root:x:0:0::/:/bin/sh\nsalle-media2:x:7:7::/:\nsalle-media:x:991:990:Salle:/:\n";
        assert_eq!(id_in(passwd), Some(991));
        assert_eq!(id_in("salle-media:x"), None);
        assert_eq!(id_in(""), None);
    }
}
