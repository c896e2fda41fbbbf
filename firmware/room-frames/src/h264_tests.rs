use super::*;

fn stream(units: &[&[u8]]) -> Vec<u8> {
    units
        .iter()
        .flat_map(|unit| [&START_CODE, *unit].concat())
        .collect()
}

fn push_all(payloads: &[Payload], lost: Option<usize>) -> Vec<Depayloaded> {
    let mut depayloader = Depayloader::default();
    payloads
        .iter()
        .enumerate()
        .filter(|(at, _)| Some(*at) != lost)
        .map(|(at, p)| depayloader.push(at as u16, p.marker, &p.bytes))
        .collect()
}

#[test]
fn start_codes_become_long_and_delimiters_vanish() {
    let mixed = [
        0, 0, 0, 1, 9, 0xf0, 0, 0, 1, 0x67, 1, 0, 0, 0, 1, 0x68, 2, 0, 0, 1, 0x65, 3,
    ];
    let normal = stream(&[&[0x67, 1], &[0x68, 2], &[0x65, 3]]);
    assert_eq!(normalise(&mixed), normal);
    assert_eq!(first_slice(&normal), Some(16));
    assert!(is_key_frame(&normal));
    assert!(!is_key_frame(&stream(&[&[0x41, 3]])));
}

#[test]
fn parameter_sets_travel_together_and_slices_in_fragments() {
    let slice = [&[0x65_u8, 0x88][..], &[7; 50]].concat();
    let frame = stream(&[&[0x67, 1, 2], &[0x68, 3], &slice]);
    let payloads = payloads(&frame, 24);
    assert_eq!(payloads[0].bytes, [0x78, 0, 3, 0x67, 1, 2, 0, 2, 0x68, 3]);
    assert_eq!(payloads[1].bytes[..2], [0x7c, 0x85]);
    assert_eq!(payloads.last().unwrap().bytes[..2], [0x7c, 0x45]);
    assert!(payloads.iter().all(|p| p.bytes.len() <= 24));
    let out = push_all(&payloads, None);
    assert_eq!(out.last().unwrap().frame.as_ref(), Some(&frame));
}

#[test]
fn any_lost_packet_loses_the_whole_frame() {
    let slice = [&[0x65_u8, 0x88][..], &[7; 80]].concat();
    let first = payloads(&stream(&[&[0x67, 1, 2], &[0x68, 3], &slice]), 24);
    let second = payloads(&stream(&[&[0x67, 9], &[0x68, 9], &[0x65, 9, 9]]), 24);
    let all: Vec<_> = first.iter().chain(&second).cloned().collect();
    for lost in 1..first.len() {
        let out = push_all(&all, Some(lost));
        let frames: Vec<_> = out.iter().filter_map(|d| d.frame.as_ref()).collect();
        assert_eq!(frames.len(), 1, "packet {lost}");
        assert!(is_key_frame(frames[0]));
        assert!(out.iter().any(|d| d.incomplete), "packet {lost}");
    }
}

#[test]
fn a_trailer_behind_an_aggregate_is_kept_for_recognition() {
    let mut payload = vec![STAP_A, 0, 2, 0x67, 1, 0, 3, 0x65, 1, 2];
    payload.extend(b"Zabcdefghijklmnopqrstuvwxyz01234");
    let out = Depayloader::default().push(0, true, &payload);
    let frame = out.frame.unwrap();
    assert!(frame.ends_with(b"01234"));
    assert!(frame.starts_with(&[0, 0, 0, 1, 0x67, 1]));
}

#[test]
fn escaping_is_undone_and_leaves_no_start_code() {
    let bytes = [0, 0, 0, 0, 1, 0, 0, 3, 0, 0, 2, 0, 0, 4, 0, 0];
    let mut escaped = Vec::new();
    escape(&bytes, &mut escaped);
    assert_eq!(find_start(&escaped, 0), None);
    assert_eq!(unescape(&escaped), bytes);
}
