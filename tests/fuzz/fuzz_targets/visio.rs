//! Answers of a Visio instance, and the texts that name its meetings.
#![no_main]

use libfuzzer_sys::fuzz_target;
use room_core::visio::link::{Instances, Reading};
use room_core::visio::{Answer, Cookie};

fuzz_target!(|input: (u16, Option<&str>, Vec<&str>, &[u8], &str)| {
    let (status, retry_after, cookies, body, text) = input;
    // Most statuses are no success, so every body is read as one too.
    for status in [status, 200] {
        let answer = Answer {
            status,
            retry_after: retry_after.map(str::to_owned),
            cookies: cookies.iter().map(|cookie| (*cookie).to_owned()).collect(),
            body: body.to_vec(),
        };
        let _ = answer.found(true);
        let _ = answer.done();
        if let Ok((_, Some(cookie))) = answer.entry(true) {
            fits_a_header(&cookie);
        }
    }
    let instances = Instances {
        hosts: vec!["visio.example.org".to_owned()],
        default: None,
    };
    if let Reading::Meeting(meeting) = instances.read(text) {
        assert_eq!(meeting.code().len(), 12);
        assert_eq!(meeting.host(), "visio.example.org");
    }
});

fn fits_a_header(cookie: &Cookie) {
    let header = cookie.header();
    assert!(header.len() <= 512 && header.bytes().all(|b| b.is_ascii_graphic() && b != b';'));
}
