//! Every close at every moment, on every channel.

use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use serde_json::json;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use waybill_api::auth::Role;
use waybill_tests::hostile::{CLOSE, Raw, TEXT, TEXT_BEGINS, frame, upgrade};

use super::enemy::Enemy;
use super::good::Wanted;
use super::scene::Scene;
use super::shop::Shop;
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "every-close";
/// What it does.
pub const ABOUT: &str = "\
Clients begin what an honest client says, on the WebSocket, Socket.IO, its polling, event streams, long polls and plain \
requests, and end it at a random byte: by a close frame, by closing, by a reset, by saying that nothing more will come \
and staying, or in the middle of a frame. Others follow all orders meanwhile. It would be found if a good client missed \
an event, was cut off or had to wait; if anything of the others was left over on the node; if the node's memory grew; if \
fewer than half of the connections could be made, or none was answered.";

/// Good clients of each channel.
const GOOD: usize = 20;
/// Orders that are placed a second.
const A_SECOND: u32 = 20;
/// Clients at a time.
const AT_ONCE: usize = 32;
/// By how much the node may grow.
const GROWTH_MIB: f64 = 64.0;
/// How long a part of the answer is waited for before the next part is said.
const MOMENT: Duration = Duration::from_millis(300);
/// How long one connection may take in all; then it is cut.
const PATIENCE: Duration = Duration::from_secs(3);
/// Stands for the session's id, which the first answer has.
const SID: &str = "{sid}";

/// Closes so many connections.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(3_000, 400);
    let calm = Duration::from_secs(if options.quick { 1 } else { 5 });
    let mut random = StdRng::seed_from_u64(options.seed());
    let short = [
        ("WAYBILL_PUSH_STALL_SECS", "5"),
        ("WAYBILL_PUSH_HELLO_TIMEOUT_SECS", "2"),
        ("WAYBILL_LONG_POLL_MAX_SECS", "5"),
    ];
    let mut scene = Scene::set(options, NAME, &short, 400).await?;
    let wanted = Wanted::colleagues(&scene.shop, GOOD)?;
    let good = scene.gather(wanted).await?;
    let writer = scene.shop.open(A_SECOND, 100)?;
    let before = good.came();
    let mut tried = Tried::new(
        format!(
            "{times} connections were ended at random bytes of what an honest client says, in six ways, on six \
             channels, beside {} clients that followed all orders.",
            good.followers()
        ),
        times,
    );
    let sleep = async {
        tokio::time::sleep(calm).await;
        Ok(())
    };
    let ((), quiet) = scene.phase(&good, sleep).await?;
    quiet.tell("nobody leaves", None, None, &mut tried);
    let address = scene.stage.addresses()[0];
    let closing = close_all(&scene.shop, address, times, &mut random);
    let (counts, cost) = scene.phase(&good, closing).await?;
    counts.tell(times, &mut tried);
    let most_mib = quiet.resident_mib + GROWTH_MIB;
    cost.tell(
        "others leave at every moment",
        quiet.most_ms(options),
        Some(most_mib),
        &mut tried,
    );
    scene.close(good, writer, before, &mut tried).await?;
    Ok(tried)
}

/// How far they came before they ended.
#[derive(Default)]
struct Counts {
    made: AtomicU64,
    answered: AtomicU64,
}

impl Counts {
    fn tell(&self, times: u64, tried: &mut Tried) {
        let made = self.made.load(Ordering::Relaxed);
        let answered = self.answered.load(Ordering::Relaxed);
        tried.count("connections made", made);
        tried.count("of these, seen to be answered before they ended", answered);
        if made < times / 2 || answered == 0 {
            let finding = format!("of {times} connections {made} were made, {answered} answered");
            tried.findings.push(finding);
        }
    }
}

async fn close_all(
    shop: &Shop,
    address: SocketAddr,
    times: u64,
    random: &mut StdRng,
) -> anyhow::Result<Arc<Counts>> {
    let counts = Arc::new(Counts::default());
    let room = Arc::new(Semaphore::new(AT_ONCE));
    let mut leaving = JoinSet::new();
    let mut progress = Progress::new("closed", times);
    for nth in 0..times {
        let turn = Arc::clone(&room).acquire_owned().await?;
        // Somebody else now and then, so that it is not his rate that keeps him away.
        let token = shop.token(&format!("leaver-{}", nth / 20), Role::Staff)?;
        let mut random = StdRng::seed_from_u64(random.random());
        let counts = Arc::clone(&counts);
        leaving.spawn(async move {
            // Whatever ends it, it has ended.
            let leaving = leave(address, &token, &mut random, &counts);
            let _ = tokio::time::timeout(PATIENCE, leaving).await;
            drop(turn);
        });
        while leaving.try_join_next().is_some() {}
        progress.show(nth + 1, "");
    }
    leaving.join_all().await;
    Ok(counts)
}

/// How it ends.
#[derive(Clone, Copy)]
enum End {
    CloseFrame,
    MidFrame,
    Fin,
    Reset,
    /// Nothing more will come, and the other direction stays open.
    HalfClosed,
    /// A reset while the answer is on its way.
    ResetUnread,
}

const ENDS: [End; 6] = [
    End::CloseFrame,
    End::MidFrame,
    End::Fin,
    End::Reset,
    End::HalfClosed,
    End::ResetUnread,
];

/// Says what an honest client says, up to a random byte, and ends it.
async fn leave(
    address: SocketAddr,
    token: &str,
    random: &mut StdRng,
    counts: &Counts,
) -> std::io::Result<()> {
    let said = conversation(address, token, random);
    let steps = random.random_range(0..=said.len());
    let from = Enemy::anywhere(random);
    let end = ENDS[random.random_range(0..ENDS.len())];
    let mut raw = Raw::connect_from(address, Some(from), None).await?;
    counts.made.fetch_add(1, Ordering::Relaxed);
    let mut session = None;
    let mut answered = false;
    for (nth, step) in said[..steps].iter().enumerate() {
        raw.say(&with_sid(step, session.as_deref())).await?;
        let asks_for_sid =
            session.is_none() && said.iter().skip(nth + 1).any(|next| names_sid(next));
        if asks_for_sid {
            session = Some(sid_of_answer(&mut raw).await?);
            answered = true;
        } else if random.random_bool(0.7) {
            let came = tokio::time::timeout(MOMENT, raw.stream.peek(&mut [0])).await;
            answered |= matches!(came, Ok(Ok(1)));
        }
    }
    counts
        .answered
        .fetch_add(u64::from(answered), Ordering::Relaxed);
    if let Some(step) = said.get(steps) {
        let step = with_sid(step, session.as_deref());
        raw.say(&step[..random.random_range(0..step.len())]).await?;
    }
    match end {
        End::CloseFrame => {
            raw.frame(CLOSE, &1000_u16.to_be_bytes()).await?;
            raw.close_code().await;
        }
        End::MidFrame => raw.say(&frame(TEXT_BEGINS, b"{\"type\"")[..7]).await?,
        End::Fin => {}
        End::Reset => {
            let _ = tokio::time::timeout(MOMENT, raw.head()).await;
            raw.reset()?;
        }
        End::ResetUnread => raw.reset()?,
        End::HalfClosed => {
            raw.finish().await?;
            let _ = tokio::time::timeout(MOMENT, raw.close_code()).await;
        }
    }
    Ok(())
}

fn names_sid(step: &[u8]) -> bool {
    step.windows(SID.len()).any(|part| part == SID.as_bytes())
}

/// The step as it is said when the session's id is known. Frames, which are no text, name none.
fn with_sid(step: &[u8], sid: Option<&str>) -> Vec<u8> {
    match (std::str::from_utf8(step), sid) {
        (Ok(text), Some(sid)) => text.replace(SID, sid).into_bytes(),
        _ => step.to_vec(),
    }
}

/// The id of the session that was opened.
async fn sid_of_answer(raw: &mut Raw) -> std::io::Result<String> {
    let head = raw.head().await?;
    let opened = raw.body(&head).await?;
    let sid = opened.split("\"sid\":\"").nth(1);
    let sid = sid.and_then(|rest| rest.split('"').next());
    sid.map(str::to_owned)
        .ok_or_else(|| std::io::ErrorKind::InvalidData.into())
}

/// What an honest client says on one of the channels, step by step.
fn conversation(address: SocketAddr, token: &str, random: &mut StdRng) -> Vec<Vec<u8>> {
    let signed = format!("authorization: Bearer {token}\r\n");
    let get =
        |path: &str| format!("GET {path} HTTP/1.1\r\nhost: {address}\r\n{signed}\r\n").into_bytes();
    let post = |path: &str, body: &str| {
        let length = body.len();
        format!("POST {path} HTTP/1.1\r\nhost: {address}\r\ncontent-length: {length}\r\n\r\n{body}")
            .into_bytes()
    };
    let text = |text: &str| frame(TEXT, text.as_bytes());
    let subscribe =
        json!({"type": "subscribe", "id": "a", "topic": "orders", "after": "earliest"}).to_string();
    let session = [
        text(&subscribe),
        text(r#"{"type":"pong"}"#),
        text(r#"{"type":"unsubscribe","id":"a"}"#),
    ];
    match random.random_range(0..7) {
        0 => {
            let mut said = vec![upgrade(address, "/v1/ws", &signed).into_bytes()];
            said.extend(session);
            said
        }
        1 => {
            let hello = json!({"type": "hello", "token": token}).to_string();
            let mut said = vec![upgrade(address, "/v1/ws", "").into_bytes(), text(&hello)];
            said.extend(session);
            said
        }
        2 => vec![
            upgrade(address, "/socket.io/?EIO=4&transport=websocket", "").into_bytes(),
            text(&format!("40{}", json!({ "token": token }))),
            text(r#"421["join-order-tracking","ORD-10001"]"#),
            text("3"),
            text("41"),
        ],
        3 => {
            let path = format!("/socket.io/?EIO=4&transport=polling&sid={SID}");
            let connect = format!("40{}", json!({ "token": token }));
            vec![
                get("/socket.io/?EIO=4&transport=polling"),
                post(&path, &connect),
                // The first poll is answered at once, the second one waits.
                get(&path),
                get(&path),
            ]
        }
        4 => vec![get("/v1/events/stream?topic=orders&after=earliest")],
        5 => vec![
            get("/v1/events?topic=orders&after=now&wait=5"),
            get("/v1/events?topic=orders&limit=1000"),
        ],
        _ => vec![
            get("/v1/orders?limit=100"),
            get("/v1/orders/export"),
            get("/v1/orders/ORD-10001"),
        ],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_poll_is_of_the_session_that_was_opened() {
        let said = with_sid(b"GET /?sid={sid} HTTP/1.1\r\n", Some("abc"));
        assert_eq!(said, b"GET /?sid=abc HTTP/1.1\r\n");
        let message = frame(TEXT, b"{sid}");
        assert_eq!(with_sid(&message, Some("abc")), message);
    }

    #[test]
    fn it_is_found_if_few_connections_were_made_or_none_was_answered() {
        for (made, answered, findings) in [(10, 5, 0), (5, 1, 0), (4, 4, 1), (10, 0, 1)] {
            let counts = Counts {
                made: made.into(),
                answered: answered.into(),
            };
            let mut tried = Tried::default();
            counts.tell(10, &mut tried);
            assert_eq!(tried.findings.len(), findings, "{made} {answered}");
        }
    }
}
