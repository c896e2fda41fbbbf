//! Whose invitations the room accepts.

/// One rule of `accept_invitations_from`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvitationRule {
    /// Everybody on the homeserver of the room's own account.
    OwnServer,
    Everybody,
    /// Everybody on this homeserver.
    Server(String),
    User(String),
}

/// Whether one of `rules` lets `inviter` invite the account `own`.
#[must_use]
pub fn accepts(rules: &[InvitationRule], own: &str, inviter: &str) -> bool {
    rules.iter().any(|rule| match rule {
        InvitationRule::Everybody => true,
        InvitationRule::User(user) => user == inviter,
        InvitationRule::Server(server) => server_of(inviter) == Some(server),
        InvitationRule::OwnServer => {
            server_of(inviter).is_some() && server_of(inviter) == server_of(own)
        }
    })
}

/// What stands behind the first colon: a server name may hold a port, a localpart no colon.
fn server_of(user: &str) -> Option<&str> {
    user.strip_prefix('@')?
        .split_once(':')
        .map(|(_, server)| server)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_rule_admits_whom_it_names_and_nobody_else() {
        let own = "@room:a.org";
        let server = InvitationRule::Server("b.org:8448".into());
        let user = InvitationRule::User("@anna:c.org".into());
        let table = [
            (vec![], "@x:a.org", false),
            (vec![InvitationRule::OwnServer], "@x:a.org", true),
            (vec![InvitationRule::OwnServer], "@x:a.org.evil.org", false),
            (vec![InvitationRule::OwnServer], "nobody", false),
            (vec![InvitationRule::Everybody], "@x:z.org", true),
            (vec![server.clone()], "@x:b.org:8448", true),
            (vec![server.clone()], "@x:b.org", false),
            (vec![server, user.clone()], "@anna:c.org", true),
            (vec![user], "@annette:c.org", false),
        ];
        for (rules, inviter, admitted) in table {
            assert_eq!(
                accepts(&rules, own, inviter),
                admitted,
                "{rules:?} {inviter}"
            );
        }
    }
}
