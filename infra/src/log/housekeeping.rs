//! Keeps the table of idempotency keys bounded: makes its next partitions and drops its old ones.

use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::db::{Db, guarded};

/// How long an idempotency key is kept at least. A repeat that comes later counts as a new command.
pub const KEYS_KEPT: Duration = Duration::from_hours(168);

pub(super) async fn run(db: Db, stop: CancellationToken) {
    let mut hourly = tokio::time::interval(Duration::from_hours(1));
    loop {
        tokio::select! {
            () = stop.cancelled() => return,
            _ = hourly.tick() => {}
        }
        match guarded(roll(&db)).await {
            Ok(0) => {}
            Ok(dropped) => tracing::info!(dropped, "dropped old partitions of idempotency keys"),
            // The next hour is soon enough: rows that find no partition of their own go to the catch-all.
            Err(error) => {
                tracing::warn!(%error, "the idempotency keys' partitions could not be seen to");
            }
        }
    }
}

async fn roll(db: &Db) -> Result<i32, sqlx::Error> {
    let mut session = db.session().await?;
    let dropped = sqlx::query_scalar(include_str!("sql/roll_commands.sql"))
        .persistent(db.persistent())
        .bind(KEYS_KEPT)
        .fetch_one(session.conn())
        .await?;
    session.finish().await?;
    Ok(dropped)
}
