//! What is wrong on the wire itself: requests that two parties could read differently, heads and bodies without
//! end, and clients that take their time.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use waybill_api::auth::Role;
use waybill_domain::fixtures;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;

use super::operations;

/// What is hidden behind a request that is read differently by the next one.
const HIDDEN: &str = "GET /v1/me?hidden HTTP/1.1\r\nhost: x\r\n\r\n";

/// Sends these bytes and reads until the server closes, or says nothing more.
async fn says(to: SocketAddr, bytes: &[u8]) -> (String, bool) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    // A server that has heard enough closes before it has read everything.
    let _ = stream.write_all(bytes).await;
    let mut said = Vec::new();
    let mut buffer = vec![0; 16 << 10];
    loop {
        let read = tokio::time::timeout(Duration::from_millis(700), stream.read(&mut buffer)).await;
        match read {
            Ok(Ok(0) | Err(_)) => return (text(&said), true),
            Ok(Ok(read)) => said.extend_from_slice(&buffer[..read]),
            Err(_) => return (text(&said), false),
        }
    }
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

fn statuses(said: &str) -> Vec<&str> {
    let lines = said.lines().filter_map(|line| line.split_once("HTTP/1.1 "));
    lines
        .map(|(_, status)| status.split(' ').next().unwrap())
        .collect()
}

/// Each is a request behind which another one is hidden from whoever reads it the other way.
#[rustfmt::skip] // One row a case.
fn ambiguous(post: &str) -> Vec<(&'static str, String)> {
    let hidden = HIDDEN.len();
    vec![
        ("length and chunks", format!("{post}content-length: {}\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}", hidden + 5)),
        ("chunks and length", format!("{post}transfer-encoding: chunked\r\ncontent-length: 5\r\n\r\n0\r\n\r\n{HIDDEN}")),
        ("two lengths", format!("{post}content-length: 2\r\ncontent-length: {}\r\n\r\n{{}}{HIDDEN}", hidden + 2)),
        ("two lengths in one", format!("{post}content-length: 2, {}\r\n\r\n{{}}{HIDDEN}", hidden + 2)),
        ("a length with a sign", format!("{post}content-length: +2\r\n\r\n{{}}{HIDDEN}")),
        ("a negative length", format!("{post}content-length: -1\r\n\r\n{{}}{HIDDEN}")),
        ("a length in hex", format!("{post}content-length: 0x2\r\n\r\n{{}}{HIDDEN}")),
        ("a length without end", format!("{post}content-length: 99999999999999999999\r\n\r\n{{}}{HIDDEN}")),
        ("an empty length", format!("{post}content-length: \r\n\r\n{HIDDEN}")),
        ("chunks that are not last", format!("{post}transfer-encoding: chunked, identity\r\n\r\n0\r\n\r\n{HIDDEN}")),
        ("an unknown coding", format!("{post}transfer-encoding: xchunked\r\n\r\n0\r\n\r\n{HIDDEN}")),
        ("a coding of two lines", format!("{post}transfer-encoding: chunked\r\ntransfer-encoding: identity\r\n\r\n0\r\n\r\n{HIDDEN}")),
        ("a blank before the colon", format!("{post}transfer-encoding : chunked\r\n\r\n0\r\n\r\n{HIDDEN}")),
        ("a folded header", format!("{post}x-folded: a\r\n transfer-encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}")),
        ("a coding that is folded", format!("{post}transfer-encoding:\r\n chunked\r\n\r\n0\r\n\r\n{HIDDEN}")),
        ("a bare return", format!("{post}x: a\rtransfer-encoding: chunked\r\n\r\n0\r\n\r\n{HIDDEN}")),
        ("a null in a header", format!("{post}x: a\0b\r\n\r\n{HIDDEN}")),
        ("no name", format!("{post}: a\r\n\r\n{HIDDEN}")),
        ("a blank first", format!("GET /healthz HTTP/1.1\r\n host: x\r\n\r\n{HIDDEN}")),
        ("chunks of the old version", "POST /v1/tracking-requests HTTP/1.0\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n".to_owned() + HIDDEN),
        ("a chunk of no number", format!("{post}transfer-encoding: chunked\r\n\r\nxyz\r\n{HIDDEN}")),
        ("a chunk with a sign", format!("{post}transfer-encoding: chunked\r\n\r\n-1\r\n\r\n{HIDDEN}")),
        ("a chunk in hex with a prefix", format!("{post}transfer-encoding: chunked\r\n\r\n0x0\r\n\r\n{HIDDEN}")),
        ("a chunk beyond all bounds", format!("{post}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{HIDDEN}")),
        ("a chunk that is longer than it says", format!("{post}transfer-encoding: chunked\r\n\r\n1\r\n{{}}\r\n0\r\n\r\n{HIDDEN}")),
        ("an extension without end", format!("{post}transfer-encoding: chunked\r\n\r\n0;{}\r\n\r\n{HIDDEN}", "x".repeat(100_000))),
        ("an unknown version", format!("GET /healthz HTTP/1.2\r\nhost: x\r\n\r\n{HIDDEN}")),
        ("two blanks in the request line", format!("GET  /healthz HTTP/1.1\r\nhost: x\r\n\r\n{HIDDEN}")),
    ]
}

#[tokio::test]
async fn a_request_that_can_be_read_in_two_ways_is_the_last_one_of_its_connection() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let post =
        "POST /v1/tracking-requests HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n";
    for (what, request) in ambiguous(post) {
        let (said, closed) = says(app.address, request.as_bytes()).await;
        let statuses = statuses(&said);
        assert!(closed, "{what}: the connection goes on: {said}");
        assert!(
            statuses.len() <= 1,
            "{what}: what was hidden was answered: {said}"
        );
        // Either it is refused or it is read as the standard says, and nothing after it.
        let fine = statuses
            .iter()
            .all(|status| ["400", "413", "422", "431", "505"].contains(status));
        assert!(fine, "{what}: {said}");
    }
    // Two good ones on a connection are answered, in turn.
    let two = format!("{post}content-length: 2\r\n\r\n{{}}{HIDDEN}");
    let (said, closed) = says(app.address, two.as_bytes()).await;
    assert_eq!(
        (statuses(&said), closed),
        (vec!["422", "401"], false),
        "{said}"
    );
    app.stop().await;
}

#[tokio::test]
async fn heads_have_bounds() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let head = |line: &str, headers: &str| format!("{line} HTTP/1.1\r\nhost: x\r\n{headers}\r\n");
    let many = "x: y\r\n".repeat(200);
    for (what, request, expected) in [
        (
            "a long header",
            head("GET /v1/me", &format!("x: {}\r\n", "y".repeat(100_000))),
            vec!["431"],
        ),
        (
            "a long name",
            head("GET /v1/me", &format!("{}: y\r\n", "x".repeat(100_000))),
            vec!["431"],
        ),
        ("many headers", head("GET /v1/me", &many), vec!["431"]),
        (
            "a long cookie",
            head(
                "GET /v1/me",
                &format!("cookie: accessToken={}\r\n", "y".repeat(60_000)),
            ),
            vec!["401"],
        ),
        (
            "a long address",
            head(&format!("GET /v1/orders/{}", "y".repeat(100_000)), ""),
            vec!["414", "431"],
        ),
        (
            "a long query",
            head(&format!("GET /v1/orders?q={}", "y".repeat(100_000)), ""),
            vec!["414", "431"],
        ),
        (
            "a long method",
            head(&format!("{} /v1/me", "Y".repeat(100_000)), ""),
            vec!["400", "431"],
        ),
        (
            "many cookies",
            head(
                "GET /v1/me",
                &format!("cookie: {}\r\n", "a=b; ".repeat(10_000)),
            ),
            vec!["401"],
        ),
    ] {
        let (said, _) = says(app.address, request.as_bytes()).await;
        let statuses = statuses(&said);
        assert_eq!(statuses.len(), 1, "{what}: {said}");
        assert!(expected.contains(&statuses[0]), "{what}: {said}");
    }
    app.stop().await;
}

#[tokio::test]
async fn no_operation_reads_a_body_beyond_the_bound() {
    let limit = 16_384;
    let variables = [
        ("WAYBILL_BODY_LIMIT_BYTES", "16384"),
        ("WAYBILL_RATE_STAFF_BURST", "10000"),
    ];
    let app = TestApp::start_with(&TestDatabase::create().await, &variables).await;
    let admin = app.client("root", &[Role::Admin]);
    let service = app.client("shop", &[Role::Service]);
    let order = service.post("/v1/orders", fixtures::new_order_json()).await;
    let order = order.expect(201).text_of("order_id").to_owned();
    let document = admin.get("/openapi.json").await.expect(200).body;
    let token = app.token("root", &[Role::Admin]);
    let with_body = operations::all(&document)
        .into_iter()
        .filter(|operation| operation.body.is_some());
    let mut tried = 0;
    for operation in with_body {
        let path = operation.path.replace("{id}", &order);
        let head = format!(
            "{} {path} HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\nif-match: *\r\n",
            operation.method
        );
        let blanks = " ".repeat(limit + 1);
        let chunks = format!("{:x}\r\n{blanks}\r\n0\r\n\r\n", blanks.len());
        for (request, expected) in [
            (
                format!("{head}content-length: {}\r\n\r\n{blanks}", blanks.len()),
                "413",
            ),
            // Said to be endless, and nothing sent. A length that no body has is a fault of the head.
            (
                format!("{head}content-length: 18446744073709551614\r\n\r\n"),
                "431",
            ),
            (
                format!("{head}transfer-encoding: chunked\r\n\r\n{chunks}"),
                "413",
            ),
        ] {
            let (said, _) = says(app.address, request.as_bytes()).await;
            assert_eq!(statuses(&said), [expected], "{} {said}", operation.id);
            tried += 1;
        }
    }
    assert!(tried >= 24, "{tried}");
    app.stop().await;
}

#[tokio::test]
async fn a_body_that_trickles_in_is_waited_for_as_long_as_any_answer() {
    let variables = [
        ("WAYBILL_REQUEST_TIMEOUT_SECS", "6"),
        ("WAYBILL_LONG_POLL_MAX_SECS", "5"),
    ];
    let app = TestApp::start_with(&TestDatabase::create().await, &variables).await;
    let bodies = [
        ("content-length: 1000\r\n\r\n", " "),
        ("transfer-encoding: chunked\r\n\r\n", "1\r\n \r\n"),
    ];
    let said = bodies.map(|(head, piece)| trickle(app.address, head, piece));
    for (said, took) in futures::future::join_all(said).await {
        assert_eq!(statuses(&said), ["503"], "{said}");
        assert!(said.contains("timed_out"), "{said}");
        assert!(took < Duration::from_secs(15), "{took:?}");
    }
    app.stop().await;
}

/// Sends a body piece by piece for as long as that goes. What was said, and when the connection ended.
async fn trickle(to: SocketAddr, head: &str, piece: &'static str) -> (String, Duration) {
    let mut stream = TcpStream::connect(to).await.unwrap();
    let head = format!(
        "POST /v1/tracking-requests HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n{head}"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    let began = Instant::now();
    let (mut reader, mut writer) = stream.into_split();
    let writing = tokio::spawn(async move {
        while writer.write_all(piece.as_bytes()).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    let mut said = Vec::new();
    let mut buffer = [0; 4 << 10];
    let reading = async {
        // A connection that is reset has ended, too.
        while let Ok(read @ 1..) = reader.read(&mut buffer).await {
            said.extend_from_slice(&buffer[..read]);
        }
    };
    let ended = tokio::time::timeout(Duration::from_secs(30), reading).await;
    ended.expect("the connection ends");
    writing.abort();
    (text(&said), began.elapsed())
}
