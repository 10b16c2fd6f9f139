//! A load at nodes that were made up.

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use waybill_tests::history::{Answer, Finding, Logged};

use super::caller::Caller;
use super::*;

const PLACED: (&str, &str) = (
    "201 Created",
    r#"{"outcome":"applied","order_id":"tea","version":1,"position":1,"order":{"status":"pending"}}"#,
);
const FAILED: (&str, &str) = ("500 Internal Server Error", r#"{"code":"internal"}"#);
const AWAY: (&str, &str) = ("503 Service Unavailable", r#"{"code":"unavailable"}"#);

fn load(node: SocketAddr) -> Load {
    let plan = Plan {
        seed: 1,
        callers: 1,
        pace: Duration::ZERO,
        hot: 0,
        customers: 1,
        readers: 0,
        timeout: Duration::from_secs(5),
    };
    let shop = Shop::new(&plan, Nodes::new(&[node]), Recorder::default());
    Load {
        shop: Arc::new(shop.unwrap()),
        busy: JoinSet::new(),
        followers: JoinSet::new(),
        stopping: CancellationToken::new(),
        goal: watch::Sender::new(None),
        random: StdRng::seed_from_u64(1),
    }
}

/// Somebody who answers that, one request after the other.
async fn node(answers: &[(&'static str, &'static str)]) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let answers = answers.to_vec();
    tokio::spawn(async move {
        for (status, body) in answers {
            let (mut stream, _) = listener.accept().await.unwrap();
            let mut came = Vec::new();
            while !came.ends_with(b"}}") {
                assert!(stream.read_buf(&mut came).await.unwrap() > 0);
            }
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\n\
                 connection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).await.unwrap();
        }
    });
    address
}

/// Places one order, and returns whether it was done and what was written down.
async fn place(answers: &[(&'static str, &'static str)]) -> (bool, History) {
    let mut load = load(node(answers).await);
    let name = "caller-0".to_owned();
    let nodes = load.shop.nodes.clone();
    let mut caller = Caller::new(&load.shop, name, &nodes, &mut load.random).unwrap();
    let placed = caller.place(false).await;
    (placed, load.shop.recorder.so_far())
}

#[tokio::test(start_paused = true)]
async fn a_node_that_takes_no_order_is_found_and_so_is_a_load_without_answers() {
    let nobody = ([127, 0, 0, 1], 1).into();
    let mut load = load(nobody);
    let found = load.order_of_each_node().await.unwrap();
    assert_eq!(found, ["node 1 takes no order"]);
    assert_eq!(load.unheard(), ["no read was answered"]);
    load.shop.counts.add(counts::READS);
    assert!(load.unheard().is_empty());
    load.shop.counts.add(counts::UNKNOWN);
    assert_eq!(load.unheard(), ["1 commands never got an answer"]);
}

#[tokio::test]
async fn a_node_that_takes_orders_again_is_fine() {
    let mut load = load(node(&[AWAY, PLACED]).await);
    assert!(load.order_of_each_node().await.unwrap().is_empty());
}

#[tokio::test]
async fn a_command_that_failed_is_not_sent_again_and_must_not_be_in_the_log() {
    let (placed, history) = place(&[FAILED, PLACED]).await;
    let code = "internal".to_owned();
    assert!(!placed);
    assert_eq!(history.commands[0].answers, [Answer::Refused { code }]);
    let mut log = Log::default();
    assert_eq!(check(&history, &log), []);
    log.events.push(Logged {
        position: 1,
        event_id: "event-1".to_owned(),
        order: "tea".to_owned(),
        version: 1,
        customer: "customer-0".to_owned(),
        command: "command-1".to_owned(),
        mark: history.commands[0].mark.clone(),
        recorded_at: 1,
    });
    let found = check(&history, &log);
    assert!(
        matches!(found[..], [Finding::DoneAllTheSame { .. }]),
        "{found:?}"
    );
}

#[tokio::test]
async fn a_command_that_an_attempt_before_may_have_done_is_sent_again() {
    let (placed, history) = place(&[AWAY, FAILED, PLACED]).await;
    assert!(placed);
    let answers = &history.commands[0].answers;
    assert!(
        matches!(
            answers[..],
            [Answer::Unknown, Answer::Unknown, Answer::Applied { .. }]
        ),
        "{answers:?}"
    );
}
