//! What no honest client says, byte by byte, and what becomes of whoever says it.

use std::time::Duration;

use serde_json::json;
use tokio::io::AsyncReadExt as _;
use tokio::time::Instant;
use waybill_api::auth::Role;
use waybill_domain::fixtures;
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::hostile::{
    BINARY, COMPRESSED, ENDS, GOES_ON, PING, PONG, Raw, TEXT, TEXT_BEGINS, bomb, frame, head,
};
use waybill_tests::orders;

async fn app(variables: &[(&str, &str)]) -> TestApp {
    TestApp::start_with(&TestDatabase::create().await, variables).await
}

/// A WebSocket of a customer who was let in.
async fn welcome(app: &TestApp) -> Raw {
    let mut raw = Raw::connect(app.address).await.unwrap();
    let token = app.token("c1", &[]);
    let answer = raw
        .upgrade("/v1/ws", &format!("authorization: Bearer {token}\r\n"))
        .await;
    assert!(answer.unwrap().starts_with("HTTP/1.1 101"));
    raw.hear("\"welcome\"").await.unwrap();
    raw
}

/// How a connection is closed on which `bytes` are said, until that is so or often enough.
async fn closed(raw: &mut Raw, bytes: &[u8], times: usize) -> Option<u16> {
    for _ in 0..times {
        if raw.say(bytes).await.is_err() {
            break;
        }
    }
    raw.close_code().await
}

#[tokio::test]
async fn every_frame_of_a_websocket_counts_also_those_that_say_nothing() {
    let app = app(&[("WAYBILL_PUSH_FRAMES_PER_SEC", "5")]).await;
    for (what, first, one) in [
        ("pongs", None, frame(PONG, b"")),
        ("pings", None, frame(PING, b"")),
        (
            "empty parts",
            Some(frame(TEXT_BEGINS, b"")),
            frame(GOES_ON, b""),
        ),
        (
            "parts",
            Some(frame(TEXT_BEGINS, b"{")),
            frame(GOES_ON, b" "),
        ),
    ] {
        let mut raw = welcome(&app).await;
        raw.say(&first.unwrap_or_default()).await.unwrap();
        let code = closed(&mut raw, &one.repeat(30), 1).await;
        assert_eq!(code, Some(4120), "{what}");
    }
    // Before somebody has said who he is, too.
    for one in [frame(PONG, b""), frame(PING, b"")] {
        let mut raw = Raw::connect(app.address).await.unwrap();
        raw.upgrade("/v1/ws", "").await.unwrap();
        assert_eq!(closed(&mut raw, &one.repeat(100), 1).await, Some(4120));
    }
}

#[tokio::test]
async fn what_is_no_text_closes_with_4400_and_what_is_too_long_with_4413() {
    let app = app(&[]).await;
    // Within a frame: what comes before its type has to be kept until that is known.
    let deep = format!("{{\"x\":{}", "[".repeat(16_000));
    // This one is heard and closes nothing, so what is made of it is closed for what is wrong with it.
    let good = br#"{"type":"pong"}"#;
    for (what, bytes, code) in [
        (
            "invalid UTF-8",
            frame(TEXT, b"{\"type\":\"unsubscribe\",\"id\":\"\xff\"}"),
            4400,
        ),
        (
            "UTF-8 that is invalid only where parts meet",
            [
                frame(TEXT_BEGINS, b"{\"type\":\"unsubscribe\",\"id\":\"\xc3"),
                frame(ENDS, b"\x28\"}"),
            ]
            .concat(),
            4400,
        ),
        ("binary data", frame(BINARY, good), 4400),
        (
            "half a surrogate",
            frame(TEXT, br#"{"type":"auth","token":"\ud800"}"#),
            4400,
        ),
        (
            "JSON as deep as a frame is long",
            frame(TEXT, deep.as_bytes()),
            4400,
        ),
        ("an unmasked frame", [&[TEXT, 15][..], good].concat(), 4400),
        (
            "a compressed frame",
            frame(TEXT | COMPRESSED, &bomb(1 << 20)),
            4400,
        ),
        (
            "a frame that says that it is compressed",
            frame(TEXT | COMPRESSED, good),
            4400,
        ),
        (
            "more than a frame may have, which never comes",
            head(TEXT, 1 << 62),
            4413,
        ),
        (
            "parts that are too long together",
            [
                frame(TEXT_BEGINS, &[b' '; 9_000]),
                frame(GOES_ON, &[b' '; 9_000]),
            ]
            .concat(),
            4413,
        ),
    ] {
        let mut raw = welcome(&app).await;
        assert_eq!(closed(&mut raw, &bytes, 1).await, Some(code), "{what}");
    }
    let mut raw = welcome(&app).await;
    raw.frame(TEXT, good).await.unwrap();
    raw.frame(PING, b"still there?").await.unwrap();
    assert_eq!(raw.next().await.unwrap(), (PONG, b"still there?".to_vec()));
}

#[tokio::test]
async fn nothing_is_inflated_neither_messages_nor_bodies() {
    let app = app(&[]).await;
    let offer = "sec-websocket-extensions: permessage-deflate; client_max_window_bits\r\n";
    for path in ["/v1/ws", "/socket.io/?EIO=4&transport=websocket"] {
        let mut raw = Raw::connect(app.address).await.unwrap();
        let answer = raw.upgrade(path, offer).await.unwrap().to_lowercase();
        assert!(answer.starts_with("http/1.1 101"), "{answer}");
        assert!(!answer.contains("sec-websocket-extensions"), "{answer}");
    }
    let token = app.token("ann", &[Role::Staff]);
    let order = fixtures::new_order_json().to_string();
    let zeros = bomb(64 << 20);
    // An order that would be placed if it were inflated, a bomb, and the same order as it is.
    for (coding, body, status) in [
        (
            "gzip",
            gzip(&stored(order.as_bytes()), order.as_bytes()),
            400,
        ),
        ("gzip", gzip(&zeros, b""), 400),
        ("identity", order.into_bytes(), 201),
    ] {
        let request = format!(
            "POST /v1/orders HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-encoding: {coding}\r\ncontent-length: {}\r\n\r\n",
            app.address,
            body.len()
        );
        let mut raw = Raw::connect(app.address).await.unwrap();
        raw.say(&[request.as_bytes(), &body].concat())
            .await
            .unwrap();
        let head = raw.head().await.unwrap();
        assert!(head.starts_with(&format!("HTTP/1.1 {status}")), "{head}");
        if status == 400 {
            let told = raw.body(&head).await.unwrap();
            assert!(told.contains("malformed_json"), "{told}");
        }
    }
}

/// A gzip file (RFC 1952) of these blocks, which become `plain`.
fn gzip(blocks: &[u8], plain: &[u8]) -> Vec<u8> {
    let crc = plain.iter().fold(u32::MAX, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| {
            (crc >> 1) ^ ((crc & 1) * 0xedb8_8320)
        })
    });
    let length = u32::try_from(plain.len()).unwrap();
    [
        &[0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff][..],
        blocks,
        &(!crc).to_le_bytes(),
        &length.to_le_bytes(),
    ]
    .concat()
}

/// The last block of deflate (RFC 1951), with these bytes as they are.
fn stored(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let lengths = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
    [&[1][..], &lengths, bytes].concat()
}

#[tokio::test]
async fn a_flood_over_socketio_is_cut_whatever_it_is_made_of() {
    let app = app(&[
        ("WAYBILL_PUSH_FRAMES_PER_SEC", "5"),
        ("WAYBILL_PUSH_FRAME_BYTES_MAX", "4096"),
    ])
    .await;
    let hello = format!("40{}", json!({ "token": app.token("c1", &[]) }));
    for (what, one) in [
        ("packets that nobody knows", frame(TEXT, br#"42["?"]"#)),
        ("pings", frame(PING, &[b'.'; 125])),
        ("pongs", frame(PONG, &[b'.'; 125])),
        ("empty parts", frame(GOES_ON, b"")),
    ] {
        let mut raw = Raw::connect(app.address).await.unwrap();
        raw.upgrade("/socket.io/?EIO=4&transport=websocket", "")
            .await
            .unwrap();
        raw.frame(TEXT, hello.as_bytes()).await.unwrap();
        raw.hear("40{").await.unwrap();
        if what == "empty parts" {
            raw.frame(TEXT_BEGINS, b"").await.unwrap();
        }
        let began = Instant::now();
        let many = one.repeat(1_000);
        let mut said = 0;
        while raw.say(&many).await.is_ok() {
            said += many.len();
            assert!(said < 64 << 20, "{what}: the node goes on listening");
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{what}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_answer_that_nobody_takes_is_not_kept_for_ever() {
    let app = app(&[("WAYBILL_PUSH_STALL_SECS", "5")]).await;
    let large = |_| {
        orders::place_with(app.app(), "c1", |order| {
            order.notes = Some("x".repeat(3_900).parse().unwrap());
        })
    };
    futures::future::join_all((0..100).map(large)).await;
    let token = app.token("ann", &[Role::Staff]);
    let mut raw = Raw::connect_from(app.address, None, Some(2_048))
        .await
        .unwrap();
    let request = format!(
        "GET /v1/events?topic=orders&limit=1000 HTTP/1.1\r\nhost: {}\r\nauthorization: Bearer {token}\r\n\r\n",
        app.address
    );
    // More than the system's buffers hold.
    raw.say(request.repeat(20).as_bytes()).await.unwrap();
    tokio::time::sleep(Duration::from_secs(14)).await;
    let mut room = vec![0; 64 << 10];
    let mut came = 0;
    let ended = loop {
        let reading = raw.stream.read(&mut room);
        match tokio::time::timeout(Duration::from_secs(5), reading).await {
            Ok(Ok(length @ 1..)) => came += length,
            Ok(ended) => break ended.is_err() || came < 20 * 100 * 3_900,
            Err(_) => break false,
        }
    };
    assert!(ended, "it is still served after {came} bytes");
}

/// Whether a connection that was made is still open a moment later.
async fn stays(raw: &mut Raw) -> bool {
    let mut byte = [0];
    let reading = raw.stream.read(&mut byte);
    tokio::time::timeout(Duration::from_millis(500), reading)
        .await
        .is_err()
}

#[tokio::test]
async fn a_connection_too_many_is_closed_and_the_others_are_not() {
    let app = app(&[("WAYBILL_HTTP_CONNECTIONS_MAX", "16")]).await;
    let mut sockets = Vec::new();
    for _ in 0..4 {
        sockets.push(welcome(&app).await);
        let mut raw = Raw::connect(app.address).await.unwrap();
        let path = "/socket.io/?EIO=4&transport=websocket";
        raw.upgrade(path, "").await.unwrap();
        raw.hear("\"sid\"").await.unwrap();
        sockets.push(raw);
    }
    let mut silent = Vec::new();
    for _ in 0..20 {
        silent.push(Raw::connect(app.address).await.unwrap());
    }
    let mut one_more = Raw::connect(app.address).await.unwrap();
    let refused = one_more.upgrade("/v1/ws", "").await;
    assert!(refused.is_err(), "{refused:?}");
    for raw in &mut sockets {
        raw.frame(PING, b"still there?").await.unwrap();
        raw.hear("still there?").await.unwrap();
    }
    // Those that ask nothing count, too, and so does what a connection has become.
    let stay = futures::future::join_all(silent.iter_mut().map(stays)).await;
    assert_eq!(stay.into_iter().filter(|stays| *stays).count(), 8);
    drop((silent, sockets));
    // There is room again, once they have gone.
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let mut raw = Raw::connect(app.address).await.unwrap();
        if raw.upgrade("/v1/ws", "").await.is_ok() {
            break;
        }
        assert!(Instant::now() < until, "nobody is let in any more");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
