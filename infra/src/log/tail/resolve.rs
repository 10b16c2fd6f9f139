//! From cursors to positions and back.

use uuid::Uuid;
use waybill_domain::Position;

use super::super::cursor::{Cursor, CursorError, Mark};
use super::Tail;

impl Tail {
    pub(in super::super) async fn cursor_at(
        &self,
        position: Position,
    ) -> Result<String, sqlx::Error> {
        if position.0 == 0 {
            return Ok(self.seal_mark(Mark::START));
        }
        if let Some(event) = self.ring().get(position) {
            return Ok(event.cursor.clone());
        }
        let head = *self.shared.head.borrow();
        if head.mark.position == position {
            return Ok(self.seal_mark(head.mark));
        }
        let id = self.id_at(position).await?;
        Ok(self.seal(position, id.ok_or(sqlx::Error::RowNotFound)?))
    }

    pub(in super::super) async fn resolve(&self, cursor: &Cursor) -> Result<Position, CursorError> {
        let text = match cursor {
            Cursor::Earliest => return Ok(Position(0)),
            Cursor::Now => return Ok(self.position()),
            Cursor::After(position) if *position <= self.position() => return Ok(*position),
            Cursor::After(position) => {
                self.catch_up(*position).await?;
                return if *position <= self.position() {
                    Ok(*position)
                } else {
                    Err(CursorError::Ahead)
                };
            }
            Cursor::Opaque(text) => text,
        };
        let (epoch, mark) = self
            .shared
            .cipher
            .open(text)
            .ok_or(CursorError::Malformed)?;
        if epoch != self.shared.head.borrow().epoch {
            // Perhaps the epoch is new and this node has not seen it yet.
            self.check_epoch().await?;
        }
        if epoch != self.shared.head.borrow().epoch {
            return Err(CursorError::Epoch);
        }
        if mark.position.0 == 0 {
            return if mark.tag == 0 {
                Ok(mark.position)
            } else {
                Err(CursorError::Mismatch)
            };
        }
        if mark.position > self.position() {
            // Another node may be ahead of this one: the database decides.
            self.catch_up(mark.position).await?;
            if mark.position > self.position() {
                return Err(CursorError::Ahead);
            }
        }
        match self.id_at(mark.position).await? {
            Some(id) if Mark::new(mark.position, id) == mark => Ok(mark.position),
            _ => Err(CursorError::Mismatch),
        }
    }

    /// Whether everything after `cursor` is in memory, so that going on from it costs no query.
    pub(in super::super) fn remembers(&self, cursor: &Cursor) -> bool {
        let position = match cursor {
            Cursor::Now => return true,
            Cursor::Earliest => Position(0),
            Cursor::After(position) => *position,
            Cursor::Opaque(text) => match self.shared.cipher.open(text) {
                Some((epoch, mark)) if epoch == self.shared.head.borrow().epoch => mark.position,
                // It is answered without being replayed.
                _ => return true,
            },
        };
        let life = self.life();
        position <= life.head && position.0 + 1 >= life.ring_from.0
    }

    /// The id of the event at `position`, to tell whether it is still the one that a cursor was made for.
    ///
    /// From a block that is shared, where a replay that begins there would need it anyway.
    async fn id_at(&self, position: Position) -> Result<Option<Uuid>, sqlx::Error> {
        if let Some(event) = self.ring().get(position) {
            return Ok(Some(event.envelope.event_id.into()));
        }
        let life = self.life();
        match self.event_at(&life, position).await? {
            Some(event) => Ok(Some(event.envelope.event_id.into())),
            None => self.ask_for_id(position).await,
        }
    }
}
