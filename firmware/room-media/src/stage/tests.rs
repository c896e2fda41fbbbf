use super::*;
use room_messages::SfuId;

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
    stage.show(Screen::Call { security });
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

#[test]
fn a_file_shows_what_the_stage_showed() {
    let path = std::env::temp_dir().join(format!("salle-stage-{}.mkv", std::process::id()));
    let stage = stage(StageOutput::File(path.clone()));
    stage.show(Screen::Call {
        security: Text::default(),
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
