//! A process that has become a later build, which is why it is a process of its own.

use waybill_domain::stored::{become_later, current_version, load};
use waybill_domain::{EventKind, fixtures};

#[test]
fn a_later_build_writes_the_version_that_is_new_and_reads_those_before_it() {
    let event = fixtures::all_events()
        .into_iter()
        .find(|event| event.kind() == EventKind::StatusChanged)
        .unwrap();
    let before = event.to_stored();
    let new = "9.9";
    let read = |version| {
        let (payload, personal) = (before.payload.clone(), before.personal.clone());
        load(before.event_type, version, payload, personal)
    };
    assert!(read(new).is_err());
    assert!(become_later(EventKind::StatusChanged, new));
    assert_eq!(event.to_stored().event_version, new);
    assert_eq!(read(new).unwrap(), event);
    assert_eq!(read(before.event_version).unwrap(), event);
    assert_ne!(current_version(EventKind::Created), new);
}
