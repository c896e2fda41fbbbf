//! OpenID tokens of a homeserver, and what an authorization service is sent of them.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_core::homeserver;
use room_core::rtc::PeerDevice;
use room_core::rtc::admission::{OpenIdToken, Request};
use room_core::sfus::Endpoint;

fuzz_target!(|answer: (&[u8], String)| {
    let (body, service_url) = answer;
    let own = PeerDevice::new("@room:example.org", "ROOM");
    let Ok(answer) = homeserver::read(200, None, body) else {
        return;
    };
    let Some(token) = OpenIdToken::read(&answer) else {
        return;
    };
    for endpoint in [Endpoint::SfuGet, Endpoint::GetToken] {
        let request = Request {
            service_url: service_url.clone(),
            endpoint,
            room: "!room".into(),
            member_id: "member".into(),
        };
        if let Some(address) = request.address(false) {
            assert_eq!(address.scheme(), "https");
        }
        let sent = request.body(&own, &token);
        let fields = sent["openid_token"].as_object().map(|fields| fields.len());
        assert_eq!(fields, Some(4));
    }
});
