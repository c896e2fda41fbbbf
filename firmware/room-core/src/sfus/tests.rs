use super::*;

fn at(seconds: u64) -> Moment {
    Moment {
        since_start: Duration::from_secs(seconds),
        unix_ms: seconds * 1000,
    }
}

fn grant() -> Grant {
    Grant {
        url: "wss://sfu".into(),
        token: Token::new("t".into()),
    }
}

fn asked(effects: &[SfuEffect]) -> TokenRequest {
    match effects {
        [SfuEffect::Ask(request)] => request.clone(),
        other => panic!("{other:?}"),
    }
}

fn connects(effects: &[SfuEffect]) -> (SfuId, bool) {
    match effects {
        [SfuEffect::Media(Order::Connect { sfu, publish, .. })] => (*sfu, *publish),
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_own_sfu_publishes_and_others_only_listen() {
    let (mut sfus, mut ids) = (Sfus::new(Endpoint::SfuGet), RequestId::default());
    let own = asked(&sfus.begin("https://a", &mut ids));
    assert_eq!(own.endpoint, Endpoint::SfuGet);
    let (effects, _) = sfus.answered(at(0), own.request, Ok(grant()), &mut ids);
    assert_eq!(connects(&effects), (SfuId::OWN, true));
    let urls = ["https://b", "https://a", "https://b"];
    let other = asked(&sfus.want(urls.into_iter(), &mut ids));
    assert_eq!(other.endpoint, Endpoint::GetToken);
    let (effects, _) = sfus.answered(at(0), other.request, Ok(grant()), &mut ids);
    assert_eq!(connects(&effects), (SfuId(1), false));
    assert_eq!(
        sfus.want(["https://a"].into_iter(), &mut ids),
        [SfuEffect::Media(Order::Disconnect { sfu: SfuId(1) })]
    );
}

#[test]
fn another_sfu_is_asked_by_both_endpoints_then_again_after_a_pause_without_end() {
    let (mut sfus, mut ids) = (Sfus::new(Endpoint::SfuGet), RequestId::default());
    let mut request = asked(&sfus.want(["https://b"].into_iter(), &mut ids));
    let mut now = at(0);
    for _ in 0..20 {
        assert_eq!(request.endpoint, Endpoint::GetToken);
        let failure = Err(TokenFailure::Failing);
        let (effects, _) = sfus.answered(now, request.request, failure, &mut ids);
        let second = asked(&effects);
        assert_eq!(second.endpoint, Endpoint::SfuGet);
        let (effects, news) = sfus.answered(now, second.request, failure_again(), &mut ids);
        assert!(effects.is_empty() && news.is_none());
        let until = sfus.next_deadline().unwrap();
        assert!(until > now.since_start && until <= now.since_start + Duration::from_secs(30));
        now.since_start = until;
        request = asked(&sfus.tick(now, &mut ids));
    }
}

fn failure_again() -> Result<Grant, TokenFailure> {
    Err(TokenFailure::Failing)
}

#[test]
fn the_own_service_is_given_up_at_once_when_it_refuses_and_after_three_tries_when_it_fails() {
    for (failure, tries) in [(TokenFailure::Refused, 1), (TokenFailure::Unreachable, 3)] {
        let (mut sfus, mut ids) = (Sfus::new(Endpoint::SfuGet), RequestId::default());
        let mut request = asked(&sfus.begin("https://a", &mut ids));
        let mut now = at(0);
        for attempt in 1..=tries {
            let (_, news) = sfus.answered(now, request.request, Err(failure), &mut ids);
            assert_eq!(news.is_some(), attempt == tries);
            now.since_start = sfus.next_deadline().unwrap();
            request = asked(&sfus.tick(now, &mut ids));
        }
    }
}

#[test]
fn a_restarted_sfu_is_asked_for_a_new_room_at_once() {
    let (mut sfus, mut ids) = (Sfus::new(Endpoint::SfuGet), RequestId::default());
    let own = asked(&sfus.begin("https://a", &mut ids));
    sfus.answered(at(0), own.request, Ok(grant()), &mut ids);
    sfus.fact(at(1), SfuId::OWN, &SfuState::Connected, &mut ids);
    let gone = SfuState::Ended {
        reason: EndReason::RoomMissing,
    };
    let (effects, news) = sfus.fact(at(9), SfuId::OWN, &gone, &mut ids);
    assert_eq!(news, Some(OwnSfu::Reconnecting));
    let again = asked(&effects);
    let (effects, _) = sfus.answered(at(9), again.request, Ok(grant()), &mut ids);
    assert_eq!(connects(&effects), (SfuId::OWN, true));
}

#[test]
fn a_room_that_is_missing_also_after_a_fresh_token_is_given_up_before_other_troubles() {
    let unreachable = || EndReason::Unreachable {
        detail: "refused".into(),
    };
    for (reason, tries) in [(EndReason::RoomMissing, 2), (unreachable(), 3)] {
        let (mut sfus, mut ids) = (Sfus::new(Endpoint::SfuGet), RequestId::default());
        let mut request = asked(&sfus.begin("https://a", &mut ids));
        let mut now = at(0);
        for attempt in 1..=tries {
            sfus.answered(now, request.request, Ok(grant()), &mut ids);
            let state = SfuState::Ended {
                reason: reason.clone(),
            };
            let (effects, news) = sfus.fact(now, SfuId::OWN, &state, &mut ids);
            let over = news == Some(OwnSfu::Lost(reason.clone()));
            assert_eq!(over, attempt == tries, "{reason:?} {attempt}");
            request = if attempt == 1 {
                asked(&effects)
            } else {
                now.since_start = sfus.next_deadline().unwrap();
                asked(&sfus.tick(now, &mut ids))
            };
        }
    }
}

#[test]
fn a_token_for_a_running_connection_renews_it() {
    let (mut sfus, mut ids) = (Sfus::new(Endpoint::SfuGet), RequestId::default());
    let own = asked(&sfus.begin("https://a", &mut ids));
    sfus.answered(at(0), own.request, Ok(grant()), &mut ids);
    sfus.fact(at(1), SfuId::OWN, &SfuState::Connected, &mut ids);
    let request = asked(&sfus.token_needed(SfuId::OWN, &mut ids));
    assert!(sfus.token_needed(SfuId::OWN, &mut ids).is_empty());
    let (effects, _) = sfus.answered(at(2), request.request, Ok(grant()), &mut ids);
    assert!(matches!(
        effects.as_slice(),
        [SfuEffect::Media(Order::RenewToken { .. })]
    ));
}

#[test]
fn late_answers_after_the_call_are_ignored() {
    let (mut sfus, mut ids) = (Sfus::new(Endpoint::SfuGet), RequestId::default());
    let own = asked(&sfus.begin("https://a", &mut ids));
    sfus.release();
    assert_eq!(
        sfus.answered(at(1), own.request, Ok(grant()), &mut ids),
        (vec![], None)
    );
    assert_eq!(
        sfus.fact(at(1), SfuId::OWN, &SfuState::Connected, &mut ids),
        (vec![], None)
    );
    assert!(sfus.is_released());
}

#[test]
fn a_flood_of_services_is_capped() {
    let (mut sfus, mut ids) = (Sfus::new(Endpoint::SfuGet), RequestId::default());
    let urls: Vec<_> = (0..500).map(|n| format!("https://s{n}")).collect();
    let effects = sfus.want(urls.iter().map(String::as_str), &mut ids);
    assert_eq!(effects.len(), MAX_OTHERS);
}
