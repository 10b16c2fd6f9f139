//! Those who misbehave over plain HTTP.

use std::time::Duration;

use rand::Rng as _;

use super::silence;
use crate::clients::enemy::{Attempt, Enemy, closed_with};

/// A page that is on no list.
const ORIGIN: &str = "origin: https://evil.test\r\n";

/// A page of another origin that comes with somebody's cookie.
pub(super) async fn from_another_page(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect().await?;
    let lines = format!("{ORIGIN}cookie: accessToken={}\r\n", enemy.customer);
    if enemy.random.random() {
        raw.upgrade("/v1/ws", &lines).await?;
        let code = raw.close_code().await;
        return Ok(closed_with(code, &[4403, 4120], "a wrong origin"));
    }
    let path = if enemy.random.random() {
        "/socket.io/?EIO=4&transport=polling"
    } else {
        "/v1/events/stream?topic=customer:me"
    };
    raw.say(&enemy.request("GET", path, &lines, b"")).await?;
    let answer = raw.head().await?;
    let refused = ["HTTP/1.1 403", "HTTP/1.1 429"];
    let refused = refused.iter().any(|status| answer.starts_with(status));
    Ok((!refused).then(|| format!("{path} from a wrong origin was answered with {answer}")))
}

/// A head, or a body, of which a byte comes now and then.
pub(super) async fn asks_slowly(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect().await?;
    let lines = format!(
        "{}content-type: application/json\r\n",
        Enemy::signed(&enemy.customer)
    );
    let request = enemy.request("POST", "/v1/orders", &lines, &[b' '; 4_000]);
    let at_once = if enemy.random.random() {
        request.len() - 4_000
    } else {
        4
    };
    raw.say(&request[..at_once]).await?;
    for byte in &request[at_once..] {
        if raw.say(std::slice::from_ref(byte)).await.is_err() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Ok(None)
}

/// Asks for much, again and again, and takes nothing of it.
pub(super) async fn takes_no_answer(enemy: &mut Enemy) -> Attempt {
    let path = match enemy.random.random_range(0..4) {
        0 => "/v1/orders?limit=100",
        1 => "/v1/events?topic=orders&limit=1000",
        2 => "/v1/orders/export",
        _ => "/v1/events/stream?topic=orders&after=earliest",
    };
    silence::takes_no_answer(enemy, path).await
}

/// Waits for events, and cuts the connection before any came.
pub(super) async fn gives_polls_up(enemy: &mut Enemy) -> Attempt {
    let mut raw = enemy.connect().await?;
    let path = "/v1/events?topic=customer:me&after=now&wait=5";
    let request = enemy.request("GET", path, &Enemy::signed(&enemy.customer), b"");
    raw.say(&request).await?;
    let pause = Duration::from_millis(enemy.random.random_range(0..300));
    enemy.wait(pause).await;
    if enemy.random.random() {
        raw.reset()?;
    }
    Ok(None)
}
