//! Notifications over a connection that is known to be alive.
//!
//! Whoever only listens never learns that the other end has vanished without a word: there is nothing of his on the
//! way that could remain unanswered. So a connection that has been silent for a while is asked something.

use std::time::Duration;

use sqlx::Executor as _;
use sqlx::postgres::{PgListener, PgNotification};

use crate::db::Db;

/// How long a connection may say nothing before it is asked, and how long it has to answer.
pub(crate) const SILENCE: Duration = Duration::from_secs(10);

/// A connection that listens.
pub(crate) struct Listening {
    listener: PgListener,
    silence: Duration,
}

impl Listening {
    /// Listens to `channel`.
    pub(crate) async fn to(db: &Db, channel: &str, silence: Duration) -> Result<Self, sqlx::Error> {
        let listening = async {
            let mut listener = PgListener::connect_with(&db.direct_pool()).await?;
            listener.listen(channel).await?;
            Ok(Self { listener, silence })
        };
        tokio::time::timeout(silence, listening)
            .await
            .unwrap_or_else(|_| Err(silent()))
    }

    /// The next notification; `None` if the connection was lost, and with it perhaps a notification.
    pub(crate) async fn next(&mut self) -> Result<Option<PgNotification>, sqlx::Error> {
        loop {
            match tokio::time::timeout(self.silence, self.listener.try_recv()).await {
                Ok(received) => return received,
                // What is notified while it answers is kept for the next turn.
                Err(_) => tokio::time::timeout(
                    self.silence,
                    self.listener.execute(include_str!("sql/alive.sql")),
                )
                .await
                .map_err(|_| silent())??,
            };
        }
    }
}

fn silent() -> sqlx::Error {
    sqlx::Error::Io(std::io::ErrorKind::TimedOut.into())
}
