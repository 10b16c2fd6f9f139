//! The key under which session cookies are signed. All nodes share it, so it is kept in the database.

use crate::db::Db;

/// Reads it.
///
/// # Errors
/// When the database can't be read.
pub async fn session_key(db: &Db) -> Result<[u8; 32], sqlx::Error> {
    let mut session = db.session().await?;
    let key: Vec<u8> = sqlx::query_scalar(include_str!("log/sql/server_key.sql"))
        .persistent(db.persistent())
        .bind("session")
        .fetch_one(session.conn())
        .await?;
    key.try_into()
        .map_err(|_| sqlx::Error::Decode("the session key is not 32 bytes long".into()))
}
