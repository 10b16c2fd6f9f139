//! Those who do not read, do not answer, or say nothing.

use std::time::Duration;

use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;
use waybill_tests::hostile::Raw;

use super::{NOTHING_TAKEN, STALLED};
use crate::clients::enemy::{Attempt, Enemy, closed_with, end_of};

/// Follows everything from the first event, and takes a few bytes now and then.
pub(super) async fn reads_slowly(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect_narrowly().await?;
    enemy.enter(&mut raw, &enemy.staff).await?;
    enemy.follow_all(&mut raw).await?;
    let until = Instant::now() + 2 * STALLED;
    let mut room = [0; 64];
    while Instant::now() < until {
        if !matches!(raw.stream.read(&mut room).await, Ok(1..)) {
            return Ok(None);
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    rest(&mut raw).await
}

/// Follows everything, and from then on there is nobody any more at the other end of the connection.
pub(super) async fn is_gone_without_a_word(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect_narrowly().await?;
    enemy.enter(&mut raw, &enemy.staff).await?;
    enemy.follow_all(&mut raw).await?;
    tokio::time::sleep(2 * STALLED).await;
    rest(&mut raw).await
}

/// Asks for much, again and again, and takes nothing of it.
pub(super) async fn takes_no_answer(enemy: &mut Enemy, path: &str) -> Attempt {
    let mut raw = enemy.connect_narrowly().await?;
    let request = enemy.request("GET", path, &Enemy::signed(&enemy.staff), b"");
    raw.say(&request.repeat(20)).await?;
    tokio::time::sleep(2 * NOTHING_TAKEN).await;
    rest(&mut raw).await
}

/// What is still in the system's buffers comes, and then the end. Nothing is said of one that does not end.
async fn rest(raw: &mut Raw) -> Attempt {
    let mut room = vec![0; 64 << 10];
    while matches!(raw.stream.read(&mut room).await, Ok(1..)) {}
    Ok(None)
}

/// Reads all, and answers no ping.
pub(super) async fn answers_no_ping(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.socket(&enemy.customer).await?;
    Ok(closed_with(end_of(&mut raw).await, &[4103], "no pong"))
}

/// Upgrades and says no `hello`.
pub(super) async fn says_no_hello(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect().await?;
    raw.upgrade("/v1/ws", "").await?;
    let code = end_of(&mut raw).await;
    Ok(closed_with(code, &[4408, 4120], "no hello"))
}

/// Connects, and does not even ask for anything.
pub(super) async fn asks_nothing(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect().await?;
    Ok(closed_with(end_of(&mut raw).await, &[], "no request"))
}
