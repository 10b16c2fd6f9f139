//! Order numbers for people, taken from a Postgres sequence in blocks.

use tokio::sync::Mutex;
use waybill_domain::{OrderNumber, OrderPrefix};

use crate::db::Db;

/// How many numbers one call of the sequence hands out; its INCREMENT in the schema.
const BLOCK: i64 = 50;

/// Hands out numbers that no other order has. Gaps are normal: a node that stops loses the rest of
/// its block, and a refused order loses its number.
pub struct OrderNumbers {
    db: Db,
    prefix: OrderPrefix,
    block: Mutex<std::ops::Range<i64>>,
}

impl OrderNumbers {
    /// Numbers of the form `prefix` and digits, as `ORD-10001`.
    #[must_use]
    pub fn new(db: Db, prefix: OrderPrefix) -> Self {
        Self {
            db,
            prefix,
            block: Mutex::new(0..0),
        }
    }

    /// The next number.
    ///
    /// # Errors
    /// When the sequence cannot be asked.
    pub async fn next(&self) -> Result<OrderNumber, sqlx::Error> {
        let mut block = self.block.lock().await;
        let number = if let Some(number) = block.next() {
            number
        } else {
            let mut session = self.db.session().await?;
            let first: i64 = sqlx::query_scalar(include_str!("sql/next_numbers.sql"))
                .persistent(self.db.persistent())
                .fetch_one(session.conn())
                .await?;
            session.finish().await?;
            *block = first + 1..first + BLOCK;
            first
        };
        Ok(self.prefix.number(number.cast_unsigned()))
    }

    /// Lets go of the numbers drawn so far, because `taken`, which was one of them, is another order's.
    /// After the database was restored the sequence hands out again what this node still holds. A
    /// number of an earlier block says nothing about the one that there is now.
    pub async fn discard(&self, taken: &OrderNumber) {
        let mut block = self.block.lock().await;
        let first = block.end - BLOCK;
        if (first..block.end).any(|n| self.prefix.number(n.cast_unsigned()) == *taken) {
            *block = 0..0;
        }
    }
}
