//! What the room shares, from the press to the stage.

use room_messages::api::{Device, Layout};
use room_messages::{Fact, Identity, Source};

use super::world::{Mood, World, in_call};
use crate::input::{Ask, Input};
use crate::share::GRACE;

fn share(world: &mut World, active: bool) -> Option<String> {
    let ask = Ask::Share { active };
    let refused = world.room.check(&ask).err();
    world.ask(ask);
    world.settle();
    refused.map(|problem| problem.code)
}

#[test]
fn what_is_shared_is_published_and_large_on_the_stage_until_the_call_ends() {
    let mut world = World::ready(Mood::Kind);
    assert_eq!(share(&mut world, true), Some("CALL-03".into()));
    world.join();
    world.settle();
    assert!(!world.mediad.share);
    assert_eq!(share(&mut world, true), None);
    assert!(world.mediad.share);
    let status = world.status();
    assert!(status.share.active);
    assert_eq!(status.share.device, Device::Live);
    assert_eq!(status.stage.layout, Layout::Content);
    assert_eq!(world.mediad.arrangement.content, Some(Identity::ROOM));
    world.media_down();
    world.media_up();
    assert!(world.mediad.share);
    world.ask(Ask::Leave);
    world.settle();
    assert!(!world.mediad.share && !world.status().share.active);
    assert_eq!(world.mediad.arrangement.content, None);
}

#[test]
fn a_pulled_cable_and_a_moderator_end_it_and_only_people_here_begin_it_again() {
    let mut world = in_call();
    assert_eq!(share(&mut world, true), None);
    world.mediad.content_absent = true;
    world.ask(Ask::Speaker { volume: 30 });
    world.settle();
    assert!(world.status().share.active);
    world.pass(GRACE.as_secs() + 1);
    assert!(!world.mediad.share);
    assert_eq!(share(&mut world, true), Some("SHARE-01".into()));
    world.mediad.content_absent = false;
    world.ask(Ask::Speaker { volume: 40 });
    world.settle();
    assert!(!world.mediad.share);
    assert_eq!(share(&mut world, true), None);
    world.happens(Input::Media(Fact::MutedByServer {
        source: Source::ScreenShare,
    }));
    assert!(!world.mediad.share);
    let notices = world.status().call.notices;
    assert!(notices.iter().any(|notice| notice.code == "SHARE-03"));
    assert_eq!(share(&mut world, false), None);
    assert!(world.status().call.notices.is_empty());
}
