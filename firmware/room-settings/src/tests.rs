use super::*;

const SMALLEST: &str = "version = 1\n[matrix]\nhomeserver = \"https://hs.example.org\"\nuser = \"@r:example.org\"\npassword_file = \"/etc/salle/password\"\n";

fn problems(text: &str) -> Vec<(usize, String)> {
    let found = Settings::parse(text).unwrap_err();
    for problem in &found.0 {
        assert!(!problem.reason.fr.is_empty() && !problem.instead.fr.is_empty());
        assert!(!problem.reason.en.is_empty() && !problem.instead.en.is_empty());
    }
    found.0.into_iter().map(|p| (p.line, p.field)).collect()
}

#[test]
fn the_smallest_file_is_completed_by_the_defaults() {
    let settings = Settings::parse(SMALLEST).unwrap();
    assert_eq!(settings.room.name.as_str(), "Room");
    assert_eq!(settings.matrix.mode, Mode::Compatibility);
    assert_eq!(
        settings.matrix.accept_invitations_from,
        [InvitationRule::OwnServer]
    );
    assert_eq!(settings.video.format(), VideoFormat::default());
    assert!(settings.board.profile.is_automatic());
    assert_eq!(settings.api.listen, None);
}

#[test]
fn every_setting_can_be_written() {
    let text = "version = 1
[room]
name = \"Salle 4\"
language = \"fr\"
[matrix]
homeserver = \"example.org\"
user = \"room-4\"
access_token_file = \"/run/credentials/token\"
mode = \"matrix_2_0\"
accept_invitations_from = [\"example.org\", \"@anna:example.com\", \"*\"]
recovery_key_file = \"/etc/salle/recovery\"
key_sharing = \"identity_based\"
transport = \"https://rtc.example.org/jwt\"
[board]
profile = \"pi-5\"
[api]
listen = \"127.0.0.1:8090\"
[simulation]
camera = \"file:/tmp/a.y4m\"
microphone = \"none\"
[video]
width = 640
height = 360
frames_per_second = 20
layers = 2
";
    let settings = Settings::parse(text).unwrap();
    assert_eq!(settings.room.language, Language::Fr);
    assert_eq!(settings.matrix.accept_invitations_from.len(), 3);
    assert_eq!(
        settings.simulation.camera,
        SimulatedDevice::File("/tmp/a.y4m".into())
    );
    assert_eq!(settings.video.format().layers, 2);
}

#[test]
fn each_mistake_is_named_with_its_line_and_field() {
    let table: &[(&str, &str, usize, &str)] = &[
        ("version = 1", "version = 7", 1, "version"),
        ("version = 1", "", 1, "version"),
        ("[matrix]", "[matrix]\nmod = \"x\"", 3, "matrix.mod"),
        ("[matrix]", "[matrix]\nmode = \"x\"", 3, "matrix.mode"),
        ("[matrix]", "[matrix]\nmode = 3", 3, "matrix.mode"),
        (
            "[matrix]",
            "[matrix]\naccept_invitations_from = \"*\"",
            3,
            "matrix.accept_invitations_from",
        ),
        (
            "[matrix]",
            "[matrix]\naccept_invitations_from = [1]",
            3,
            "matrix.accept_invitations_from",
        ),
        (
            "[matrix]",
            "[matrix]\ntransport = \"https://a/\"",
            3,
            "matrix.transport",
        ),
        ("[matrix]", "[vidéo]\n[matrix]", 2, "TOML"),
        (
            "[matrix]",
            "[video]\nwidth = 641\n[matrix]",
            2,
            "video.width",
        ),
        (
            "[matrix]",
            "[video]\nwidth = 64\n[matrix]",
            3,
            "video.width",
        ),
        ("[matrix]", "[typo]\n[matrix]", 2, "typo"),
        (
            "[matrix]",
            "[simulation]\ncamera = \"webcam\"\n[matrix]",
            3,
            "simulation.camera",
        ),
        ("https://hs.example.org", "ftp://hs", 3, "matrix.homeserver"),
        ("\"@r:example.org\"", "\"@r\"", 4, "matrix.user"),
        ("/etc/salle/password", "password", 5, "matrix.password_file"),
        ("password_file", "#", 2, "matrix.password_file"),
        ("user =", "#", 2, "matrix.user"),
        ("version = 1", "version = 1\nversion = 1", 2, "TOML"),
    ];
    for (from, to, line, field) in table {
        let text = SMALLEST.replacen(from, to, 1);
        assert_eq!(problems(&text), [(*line, (*field).to_owned())], "{to}");
    }
}

#[test]
fn all_mistakes_of_a_file_show_at_once() {
    let text = SMALLEST.replace("[matrix]", "[room]\nname = \"\"\n[matrix]\nmode = \"x\"");
    assert_eq!(problems(&text).len(), 2);
}

#[test]
fn a_missing_file_says_where_to_look() {
    let error = Settings::load(Path::new("/nonexistent/room.toml")).unwrap_err();
    assert!(error.text().en.contains("--settings"));
    assert!(error.text().fr.contains("--settings"));
}

#[test]
fn no_text_makes_the_reader_panic() {
    for cut in 0..SMALLEST.len() {
        let _ = Settings::parse(&SMALLEST[..cut]);
        let _ = Settings::parse(&SMALLEST[cut..]);
    }
}
