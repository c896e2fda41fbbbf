use super::*;

const VISIO: &str = "visio.example.gouv.fr";

fn hosts() -> Instances {
    Instances {
        hosts: vec![VISIO.to_owned()],
        default: None,
    }
}

fn found(text: &str) -> Vec<Link> {
    find([text], &hosts())
}

fn visio(slug: &str) -> Link {
    Link::Visio {
        target: format!("https://{VISIO}/{slug}"),
    }
}

fn matrix(target: &str) -> Link {
    Link::Matrix {
        target: target.to_owned(),
    }
}

fn service(text: &str) -> Option<Service> {
    match found(text).as_slice() {
        [Link::Other { service, .. }] => Some(*service),
        _ => None,
    }
}

#[test]
fn what_this_room_joins_is_found_wherever_it_stands() {
    let element = "https://call.element.io/room/#/daily?roomId=!abc:example.org";
    let table = [
        (format!("Rejoindre : {element}."), matrix(element)),
        (format!("({element})"), matrix(element)),
        (format!("<a href=\"{element}\">Join</a>"), matrix(element)),
        (
            "Voir matrix:r/daily:example.org !".to_owned(),
            matrix("matrix:r/daily:example.org"),
        ),
        (
            "#daily:example.org".to_owned(),
            matrix("#daily:example.org"),
        ),
        (
            "https://matrix.to/#/!a:b.org?via=b.org&amp;via=c.org, merci".to_owned(),
            matrix("https://matrix.to/#/!a:b.org?via=b.org&via=c.org"),
        ),
        (
            format!("https://{VISIO}/abc-defg-hij"),
            visio("abc-defg-hij"),
        ),
        (
            format!("HTTPS://{VISIO}/ABCdefgHIJ/?x=1 (code)"),
            visio("abc-defg-hij"),
        ),
        (
            format!(
                "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2F{VISIO}%2Fabc-defg-hij&data=05%7C02&reserved=0"
            ),
            visio("abc-defg-hij"),
        ),
        (
            format!("https://www.google.com/url?q=https://{VISIO}/abc-defg-hij&sa=D"),
            visio("abc-defg-hij"),
        ),
    ];
    for (text, link) in table {
        let found = found(&text);
        assert_eq!(found.len(), 1, "{text}");
        assert!(found[0] == link, "{text}");
    }
}

#[test]
fn what_cannot_be_joined_from_here_is_named() {
    let table = [
        (
            "https://us02web.zoom.us/j/123456?pwd=abc",
            Some(Service::Zoom),
        ),
        (
            "Join: https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%7d",
            Some(Service::Teams),
        ),
        (
            "https://teams.microsoft.com/meet/123?p=x",
            Some(Service::Teams),
        ),
        (
            "https://meet.google.com/abc-defg-hij",
            Some(Service::GoogleMeet),
        ),
        ("https://example.webex.com/meet/anne", Some(Service::Webex)),
        ("https://meet.jit.si/Salle", Some(Service::Jitsi)),
        ("https://jitsi.example.org/Salle", Some(Service::Jitsi)),
        (
            "https://bbb.example.org/b/abc",
            Some(Service::BigBlueButton),
        ),
        (
            "https://other.example.org/abc-defg-hij",
            Some(Service::Visio),
        ),
        (
            "https://call.element.io/room/#/x?roomId=!a:b&password=s",
            Some(Service::ElementCall),
        ),
        ("https://call.element.io/daily", Some(Service::ElementCall)),
        ("https://zoom.us/pricing", None),
        ("https://example.org/agenda.pdf", None),
        ("https://notzoom.us/j/1", None),
        ("Salle 4, 2e étage", None),
        ("mailto:anne@example.org", None),
        ("https://", None),
    ];
    for (text, expected) in table {
        assert_eq!(service(text), expected, "{text}");
    }
}

#[test]
fn what_can_be_joined_comes_first_and_nothing_twice() {
    let texts = [
        "https://zoom.us/j/1 https://zoom.us/j/1",
        "x",
        "https://visio.example.gouv.fr/abc-defg-hij",
    ];
    let found = find(texts, &hosts());
    assert_eq!(found.len(), 2);
    assert!(found[0] == visio("abc-defg-hij"));
}

#[test]
fn a_text_made_of_links_or_of_nonsense_is_searched_in_bounds() {
    let many: String = (0..10_000)
        .map(|n| format!("https://zoom.us/j/{n} https://meet{n}.zoom.us/j/1 "))
        .collect();
    assert!(found(&many).len() <= MAX_LINKS);
    assert!(found(&"é".repeat(400_000)).is_empty());
    let deep = "https://www.google.com/url?q=".repeat(1000);
    assert!(found(&deep).is_empty());
}

#[test]
fn no_debug_output_shows_a_link() {
    let shown = format!(
        "{:?}",
        found("https://visio.example.gouv.fr/abc-defg-hij https://zoom.us/j/1?pwd=x")
    );
    assert_eq!(shown, "[Visio(…), Other(Zoom)]");
}
