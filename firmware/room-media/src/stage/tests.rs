use super::*;
use room_messages::SfuId;
use room_messages::api::Layout;

fn stage(output: StageOutput) -> Stage {
    let options = StageOptions::new(output, "Salle Molière".into(), Language::Fr);
    Stage::new(options).unwrap()
}

fn test_picture(slot: &FrameSlot, pattern: &str) {
    use gstreamer as gst;
    use gstreamer::prelude::*;
    let line = format!(
        "videotestsrc num-buffers=1 pattern={pattern} ! video/x-raw,format=I420,width=1280,height=720,colorimetry=bt601 ! appsink name=sink sync=false"
    );
    let pipeline = gst::parse::launch(&line)
        .unwrap()
        .downcast::<gst::Pipeline>()
        .unwrap();
    let sink = pipeline
        .by_name("sink")
        .unwrap()
        .downcast::<gstreamer_app::AppSink>()
        .unwrap();
    pipeline.set_state(gst::State::Playing).unwrap();
    let sample = sink.pull_sample().unwrap();
    let info = gstreamer_video::VideoInfo::from_caps(sample.caps().unwrap()).unwrap();
    slot.put(sample.buffer_owned().unwrap(), info);
    pipeline.set_state(gst::State::Null).unwrap();
}

/// Set `SALLE_LOOK` to a folder to look at the screens.
fn look(name: &str, png: &[u8]) {
    let decoder = png::Decoder::new(std::io::Cursor::new(png));
    let reader = decoder.read_info().unwrap();
    assert_eq!((reader.info().width, reader.info().height), (1280, 720));
    if let Some(folder) = std::env::var_os("SALLE_LOOK") {
        std::fs::write(std::path::Path::new(&folder).join(name), png).unwrap();
    }
}

fn roster(names: &[&str]) -> Vec<RosterEntry> {
    names
        .iter()
        .map(|name| RosterEntry {
            sfu: SfuId::OWN,
            identity: Identity((*name).into()),
            name: (*name).into(),
        })
        .collect()
}

#[test]
fn every_screen_gives_a_picture_on_request() {
    let stage = stage(StageOutput::None);
    let line = Text::new(
        "Join from your phone",
        "Touchez l’écran de table pour rejoindre un appel",
    );
    stage.show(Screen::Idle { line });
    look("idle.png", &stage.picture().unwrap());
    let title = Text::new("", "Le serveur d’appel ne répond pas");
    let next = Text::new(
        "",
        "Vérifiez le réseau de la salle, puis réessayez. Si l’erreur persiste, appelez l’assistance et donnez le code CALL-03.",
    );
    stage.show(Screen::Message { title, next });
    look("message.png", &stage.picture().unwrap());
    let security = Text::new("", "Chiffré de bout en bout");
    stage.show(Screen::Call {
        security,
        notice: Text::default(),
    });
    look("alone.png", &stage.picture().unwrap());
    let names = [
        "Hélène Garnier",
        "Karim Benali",
        "Zoé Lefèvre",
        "Владимир, عمر الخيام",
        "Une personne dont le nom est vraiment beaucoup trop long pour sa tuile et dépasse",
    ];
    stage.set_roster(roster(&names));
    let slots: Vec<_> = [0, 3, 4]
        .map(|n| stage.slot(&Identity(names[n].into()), Source::Camera))
        .into();
    for slot in &slots {
        test_picture(slot, "smpte");
    }
    look("five.png", &stage.picture().unwrap());
    stage.set_roster(roster(&names[..2]));
    look("two.png", &stage.picture().unwrap());
    let many: Vec<String> = (0..30).map(|n| format!("Personne {n}")).collect();
    stage.set_roster(roster(&many.iter().map(String::as_str).collect::<Vec<_>>()));
    look("many.png", &stage.picture().unwrap());
}

fn arranged(layout: Layout, speaker: &str, content: &str) -> Arrangement {
    let who = |name: &str| (!name.is_empty()).then(|| Identity(name.into()));
    Arrangement {
        layout,
        speaker: who(speaker),
        content: who(content),
    }
}

#[test]
fn every_layout_gives_a_picture_with_everybody_named() {
    let stage = stage(StageOutput::None);
    let names = [
        "Hélène Garnier",
        "Karim Benali",
        "Zoé Lefèvre",
        "Maximilian von Hohenstaufen-Weißenburg",
        "Владимир, عمر الخيام",
        "Ana",
        "Bao Nguyễn",
    ];
    let security = Text::new("", "Chiffré de bout en bout");
    stage.show(Screen::Call {
        security,
        notice: Text::default(),
    });
    stage.set_roster(roster(&names));
    let slots = [0, 2, 3].map(|n| stage.slot(&Identity(names[n].into()), Source::Camera));
    for (slot, pattern) in slots.iter().zip(["smpte", "gradient", "smpte75"]) {
        test_picture(slot, pattern);
    }
    let sign = |muted, speaking| Signs { muted, speaking };
    let signs = [sign(false, true), sign(true, false), sign(true, false)];
    let named = names.iter().map(|name| Identity((*name).into()));
    stage.mark(named.zip(signs).collect());
    look("marked.png", &stage.picture().unwrap());
    stage.arrange(arranged(Layout::Speaker, names[2], ""));
    let picture = stage.picture().unwrap();
    look("speaker.png", &picture);
    let shown = &said(&picture)[2..];
    let first = [names[2], names[0], names[1], names[3], names[4], names[5]];
    assert_eq!(shown, first);
    let screen = stage.slot(&Identity(names[1].into()), Source::ScreenShare);
    test_picture(&screen, "checkers-8");
    stage.arrange(arranged(Layout::Content, names[6], names[1]));
    let picture = stage.picture().unwrap();
    look("content.png", &picture);
    let shown = &said(&picture)[2..];
    assert_eq!(shown[0], "Karim Benali · écran");
    assert_eq!(
        shown[1..],
        [names[0], names[1], names[2], names[3], names[6]]
    );
    stage.set_roster(roster(&names[..1]));
    stage.arrange(arranged(Layout::Speaker, "", ""));
    look("speaker-alone.png", &stage.picture().unwrap());
}

/// The lines a picture says stand on it.
fn said(png: &[u8]) -> Vec<String> {
    let decoder = png::Decoder::new(std::io::Cursor::new(png));
    let reader = decoder.read_info().unwrap();
    let texts = &reader.info().utf8_text;
    let text = texts.iter().find(|text| text.keyword == DESCRIPTION);
    let text = text.unwrap().get_text().unwrap();
    text.lines().map(str::to_owned).collect()
}

#[test]
fn a_picture_says_in_words_what_stands_on_it_in_the_rooms_language() {
    let stage = stage(StageOutput::None);
    let line = Text::new("Ready", "Prête");
    stage.show(Screen::Idle { line });
    assert_eq!(said(&stage.picture().unwrap()), ["Salle Molière", "Prête"]);
    let title = Text::new("It fails.", "C’est en panne.");
    let next = Text::new("Mend it.", "Réparez.");
    stage.show(Screen::Message { title, next });
    let message = said(&stage.picture().unwrap());
    assert_eq!(message, ["Salle Molière", "C’est en panne.", "Réparez."]);
    let security = Text::new("Encrypted", "Chiffré");
    let notice = Text::new("The disk is full.", "Le disque est plein.");
    stage.show(Screen::Call { security, notice });
    stage.set_roster(roster(&["Ada"]));
    let call = said(&stage.picture().unwrap());
    let expected = ["Salle Molière", "Chiffré", "Le disque est plein.", "Ada"];
    assert_eq!(call, expected);
}

#[test]
fn what_goes_wrong_in_a_call_is_shown_below_the_tiles() {
    let stage = stage(StageOutput::None);
    let notice = Text::new(
        "",
        "Il n'y a plus de place dans le répertoire d'état /var/lib/salle. Libérez de la place ; rien n'est perdu, un nouvel essai est fait.",
    );
    let names = ["Hélène Garnier", "Karim Benali", "Zoé Lefèvre"];
    stage.set_roster(roster(&names));
    for (name, notice) in [("call.png", Text::default()), ("fault.png", notice)] {
        let security = Text::new("", "Chiffré de bout en bout");
        stage.show(Screen::Call { security, notice });
        look(name, &stage.picture().unwrap());
    }
}

#[test]
fn a_long_problem_is_shown_whole() {
    let mut writer = text::Writer::new();
    let style = text::Style {
        size: 28.0,
        strong: true,
        colour: canvas::Colour::solid(255, 255, 255),
        width: 864,
        lines: 8,
    };
    // The longest a thing may be that a problem names, in the longest sentence around it.
    let link = format!("https://call.example.org/#?roomId={}", "w".repeat(166));
    let title = format!(
        "« {link} » est un lien Visio : une autre sorte de réunion, que cette version ne peut pas rejoindre."
    );
    assert!(writer.fits(&title, style));
    assert!(!writer.fits(&title, text::Style { lines: 1, ..style }));
    let stage = stage(StageOutput::None);
    let next = Text::new("", "Demandez à l'organisateur un lien Element Call.");
    let title = Text::new("", title);
    stage.show(Screen::Message { title, next });
    look("long.png", &stage.picture().unwrap());
}

#[test]
fn a_file_shows_what_the_stage_showed() {
    let path = std::env::temp_dir().join(format!("salle-stage-{}.mkv", std::process::id()));
    let stage = stage(StageOutput::File(path.clone()));
    stage.show(Screen::Call {
        security: Text::default(),
        notice: Text::default(),
    });
    stage.set_roster(roster(&["Ada"]));
    let slot = stage.slot(&Identity("Ada".into()), Source::Camera);
    crate::voice::tests::wait_for("the file grows", || {
        test_picture(&slot, "smpte");
        std::fs::metadata(&path).is_ok_and(|file| file.len() > 20_000)
    });
    drop(stage);
    let bytes = std::fs::read(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    assert_eq!(bytes[..4], [0x1a, 0x45, 0xdf, 0xa3]);
}

/// Cost of a call's stage, for whoever changes how it is drawn: run with `--ignored`.
#[test]
#[ignore = "measures"]
fn drawing_nine_tiles_costs_little() {
    let stage = stage(StageOutput::None);
    drop(stage);
    let voice = Voice {
        room: "Salle".into(),
        language: Language::En,
    };
    let painter = Painter::new(voice, 1280, 720);
    let screen = Screen::Call {
        security: Text::default(),
        notice: Text::default(),
    };
    let mut composer = Composer::new(painter, screen, (1280, 720)).unwrap();
    let names: Vec<String> = (0..9).map(|n| n.to_string()).collect();
    composer.set_roster(roster(
        &names.iter().map(String::as_str).collect::<Vec<_>>(),
    ));
    let mut slots = Slots::new();
    for name in &names {
        slots.insert(
            (Identity(name.clone()), Source::Camera),
            FrameSlot::default(),
        );
    }
    let mut spent = Duration::ZERO;
    for _ in 0..30 {
        for slot in slots.values() {
            test_picture(slot, "smpte");
        }
        let begun = Instant::now();
        composer.refresh(&slots).unwrap();
        spent += begun.elapsed();
    }
    println!("9 tiles of 720p: {:?} a picture", spent / 30);
}
