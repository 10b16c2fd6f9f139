//! Those who do not read, do not answer, or say nothing.

use std::time::Duration;

use rand::Rng as _;
use tokio::io::AsyncReadExt as _;

use crate::clients::enemy::{Attempt, Enemy, closed_with};

/// After so long the node has noticed: two pings stayed without an answer, or nothing was taken for 5 s, and who is
/// closed has 2 s to read why.
const GIVEN_UP: Duration = Duration::from_secs(8);

/// Follows everything from the first event, and takes a few bytes now and then.
pub(super) async fn reads_slowly(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect_narrowly().await?;
    enemy.enter(&mut raw, &enemy.staff).await?;
    enemy.follow_all(&mut raw).await?;
    let mut room = [0; 64];
    while enemy.has_time() {
        if raw.stream.read(&mut room).await? == 0 {
            break;
        }
        enemy.wait(Duration::from_millis(50)).await;
    }
    Ok(None)
}

/// Follows everything, and from then on there is nobody any more at the other end of the connection.
pub(super) async fn is_gone_without_a_word(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect_narrowly().await?;
    enemy.enter(&mut raw, &enemy.staff).await?;
    enemy.follow_all(&mut raw).await?;
    enemy.wait(GIVEN_UP).await;
    if !enemy.has_time() {
        return Ok(None);
    }
    // What is still in the system's buffers comes, and then the end.
    let mut room = vec![0; 64 << 10];
    loop {
        match tokio::time::timeout_at(enemy.until, raw.stream.read(&mut room)).await {
            Ok(Ok(0) | Err(_)) => return Ok(None),
            Ok(Ok(_)) => {}
            Err(_) => return Ok(Some("a half-open socket is still served".to_owned())),
        }
    }
}

/// Reads all, and answers no ping.
pub(super) async fn answers_no_ping(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.socket(&enemy.customer).await?;
    let closed = tokio::time::timeout_at(enemy.until, raw.close_code()).await;
    match closed {
        Ok(code) => Ok(closed_with(code, &[4103], "no pong")),
        Err(_) => Ok(None),
    }
}

/// Upgrades and says no `hello`, or does not even ask for anything.
pub(super) async fn says_nothing(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect().await?;
    if enemy.random.random() {
        raw.upgrade("/v1/ws", "").await?;
    }
    match tokio::time::timeout_at(enemy.until, raw.close_code()).await {
        Ok(code) => Ok(closed_with(code, &[4408, 4120], "no hello")),
        Err(_) => Ok(None),
    }
}
