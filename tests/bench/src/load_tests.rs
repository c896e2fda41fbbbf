use super::*;

#[test]
fn a_process_is_named_by_what_it_is_for() {
    assert_eq!(kind_of("/x/release/mediad\0--socket\0/run/a"), "mediad");
    assert_eq!(
        kind_of("/usr/lib/chromium/chromium\0--headless=new"),
        "browser"
    );
    assert_eq!(
        kind_of("/usr/lib/chromium/chromium --type=renderer --x"),
        "renderer"
    );
    let network = "chromium --type=utility --utility-sub-type=network.mojom.NetworkService";
    assert_eq!(kind_of(network), "network service");
}

#[test]
fn the_machine_is_as_busy_as_it_was_not_idle() {
    let before = Machine::read("cpu  100 0 100 700 100 0 0 0 0 0\ncpu0 1 2 3");
    let after = Machine::read("cpu  160 0 100 720 120 0 0 0 9 9\ncpu0 1 2 3");
    assert!((before.busy_until(&after) - 0.6).abs() < 1e-9);
    assert!(after.busy_until(&after).abs() < 1e-9);
}

#[test]
fn cores_are_what_grew_by_second_and_memory_is_the_median_look() {
    let moment = |cpu: f64| Moment {
        processes: BTreeMap::from([("mediad".to_owned(), cpu)]),
        threads: BTreeMap::from([("mediad/stage".to_owned(), cpu / 2.0)]),
        machine: Machine::default(),
    };
    let mut load = moment(10.0).until(&moment(13.0), 10.0);
    let look = |mb: f64| BTreeMap::from([("mediad".to_owned(), mb)]);
    load.add_memory(&[look(50.0), look(90.0), look(60.0)]);
    assert!((load.total.cores - 0.3).abs() < 1e-9);
    assert!((load.total.megabytes - 60.0).abs() < 1e-9);
    assert!((load.threads["mediad/stage"] - 0.15).abs() < 1e-9);
}

#[tokio::test]
async fn this_very_process_uses_memory() {
    let load = Load::of(&[std::process::id()], Duration::from_millis(50)).await;
    assert!(load.total.megabytes > 0.5);
    assert_eq!(load.parts.len(), 1);
}
