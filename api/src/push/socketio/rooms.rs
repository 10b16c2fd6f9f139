//! The rooms of one connection, and where it stands in each.

use std::sync::Arc;

use super::offset;

/// What a room is called, as the client knows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum RoomName {
    /// All orders of this customer, who is the caller. Joined by connecting.
    Own(String),
    /// One order, by what the client joined it with: id, number or reference.
    Order(String),
}

impl RoomName {
    /// The customer, or what the order was joined with.
    pub(super) fn as_str(&self) -> &str {
        match self {
            Self::Own(name) | Self::Order(name) => name,
        }
    }
}

/// A room that the connection is in.
#[derive(Clone, Debug)]
pub(super) struct Room {
    /// The subscription behind it; another one each time that it is joined.
    pub(super) subscription: Arc<str>,
    pub(super) name: RoomName,
    /// After the last event of which everything was handed to the transport.
    pub(super) cursor: String,
    /// Packets of the next event that were handed to the transport.
    pub(super) part: u8,
}

/// See the module's documentation.
#[derive(Debug, Default)]
pub(super) struct Rooms {
    all: Vec<Room>,
    joined: u64,
}

impl Rooms {
    /// A name for the next room's subscription.
    pub(super) fn next_subscription(&mut self) -> Arc<str> {
        self.joined += 1;
        self.joined.to_string().into()
    }

    pub(super) fn add(&mut self, room: Room) {
        self.all.push(room);
    }

    /// The room of this name.
    pub(super) fn named(&self, name: &RoomName) -> Option<&Room> {
        self.all.iter().find(|room| room.name == *name)
    }

    /// The room behind this subscription.
    pub(super) fn get(&self, subscription: &str) -> Option<&Room> {
        self.all.iter().find(|r| *r.subscription == *subscription)
    }

    /// Takes the room of this name out.
    pub(super) fn remove(&mut self, name: &RoomName) -> Option<Room> {
        let at = self.all.iter().position(|room| room.name == *name)?;
        Some(self.all.remove(at))
    }

    pub(super) fn remove_all(&mut self) -> Vec<Room> {
        std::mem::take(&mut self.all)
    }

    /// Everything up to `cursor` has gone out.
    pub(super) fn move_to(&mut self, subscription: &str, cursor: &str) {
        if let Some(room) = self.get_mut(subscription) {
            cursor.clone_into(&mut room.cursor);
            room.part = 0;
        }
    }

    /// One more packet of the event after the room's cursor has gone out.
    pub(super) fn step(&mut self, subscription: &str) {
        if let Some(room) = self.get_mut(subscription) {
            room.part = room.part.saturating_add(1);
        }
    }

    pub(super) fn as_slice(&self) -> &[Room] {
        &self.all
    }

    /// How long the offset becomes with one room more.
    pub(super) fn offset_length_with(&self, name: &RoomName) -> usize {
        let names = self.all.iter().map(|room| &room.name).chain([name]);
        offset::length(names.map(|name| name.as_str().len()))
    }

    fn get_mut(&mut self, subscription: &str) -> Option<&mut Room> {
        self.all
            .iter_mut()
            .find(|r| *r.subscription == *subscription)
    }
}
