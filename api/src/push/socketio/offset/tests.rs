use proptest::prelude::*;

use super::*;

fn room(name: RoomName, cursor: [u8; 16], part: u8) -> Room {
    Room {
        subscription: "1".into(),
        name,
        cursor: URL_SAFE_NO_PAD.encode(cursor),
        part,
    }
}

fn rooms() -> Vec<Room> {
    vec![
        room(RoomName::Own("c1".into()), [7; 16], 1),
        room(RoomName::Order("ORD-10001".into()), [9; 16], 0),
    ]
}

#[test]
fn an_offset_is_opened_by_every_node_with_the_same_key_and_by_no_other() {
    let (here, there, stranger) = (
        Offsets::new(&[1; 32]),
        Offsets::new(&[1; 32]),
        Offsets::new(&[2; 32]),
    );
    let pid = Pid::random();
    let text = here.seal(pid, &rooms());
    let places = there.open(pid, &text).unwrap();
    assert_eq!(places.len(), 2);
    assert_eq!(places[0].name, RoomName::Own("c1".into()));
    assert_eq!((places[0].part, places[1].part), (1, 0));
    assert_eq!(places[1].cursor, rooms()[1].cursor);
    assert_eq!(stranger.open(pid, &text), None);
}

#[test]
fn an_offset_belongs_to_the_session_that_it_was_handed_out_in() {
    let offsets = Offsets::new(&[1; 32]);
    let text = offsets.seal(Pid::random(), &rooms());
    assert_eq!(offsets.open(Pid::random(), &text), None);
}

#[test]
fn no_bit_of_an_offset_can_be_changed() {
    let offsets = Offsets::new(&[1; 32]);
    let pid = Pid::random();
    let bytes = URL_SAFE_NO_PAD.decode(offsets.seal(pid, &rooms())).unwrap();
    for bit in 0..bytes.len() * 8 {
        let mut bytes = bytes.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let text = URL_SAFE_NO_PAD.encode(bytes);
        assert_eq!(offsets.open(pid, &text), None, "bit {bit}");
    }
    for length in 0..bytes.len() {
        let text = URL_SAFE_NO_PAD.encode(&bytes[..length]);
        assert_eq!(offsets.open(pid, &text), None, "{length} bytes");
    }
}

#[test]
fn the_length_is_known_before() {
    let text = Offsets::new(&[1; 32]).seal(Pid::random(), &rooms());
    let names = rooms().into_iter().map(|room| room.name.as_str().len());
    assert_eq!(length(names), text.len());
}

proptest! {
    #[test]
    fn places_survive_being_sealed_and_opened(
        places in prop::collection::vec((any::<bool>(), ".{0,64}", any::<[u8; 16]>(), any::<u8>()), 0..9)
    ) {
        let offsets = Offsets::new(&[1; 32]);
        let pid = Pid::random();
        let rooms: Vec<Room> = places
            .into_iter()
            .map(|(own, name, cursor, part)| {
                let name = if own { RoomName::Own(name) } else { RoomName::Order(name) };
                room(name, cursor, part)
            })
            .collect();
        let opened = offsets.open(pid, &offsets.seal(pid, &rooms)).unwrap();
        let expected: Vec<Place> = rooms
            .into_iter()
            .map(|room| Place { name: room.name, cursor: room.cursor, part: room.part })
            .collect();
        prop_assert_eq!(opened, expected);
    }

    #[test]
    fn what_was_never_handed_out_is_no_offset(text in ".*") {
        let opened = Offsets::new(&[1; 32]).open(Pid::random(), &text);
        prop_assert_eq!(opened, None);
    }
}
