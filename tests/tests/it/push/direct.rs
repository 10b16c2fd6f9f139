//! What the hub sends by itself: the very frames that a connection's task would have sent, in turn with it.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use futures::{SinkExt, StreamExt};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::CloseFrame;
use waybill_api::auth::Role;
use waybill_domain::Audience;
use waybill_infra::log::{Cursor, Topic};
use waybill_projections::push::{Courier, Subscription, Subscriptions, Waiting};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;
use waybill_tests::socket::Socket;

/// One that takes what waits, or leaves it.
struct Recorder {
    subscriptions: Mutex<Subscriptions>,
    takes: AtomicBool,
    taken: Mutex<Vec<u64>>,
}

impl Courier for Recorder {
    fn deliver(&self) -> bool {
        if !self.takes.load(Ordering::SeqCst) {
            return false;
        }
        match self.subscriptions.lock().unwrap().take_at_once() {
            Waiting::Run(run) => {
                let positions = run.events.iter().map(|event| event.position().0);
                self.taken.lock().unwrap().extend(positions);
                true
            }
            other => panic!("{other:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_is_woken_for_what_a_courier_has_taken_and_somebody_for_what_it_left() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let push = &app.app().push;
    let mut subscriptions =
        Subscriptions::new(push.log.clone(), push.orders.clone(), &push.hub, 10);
    let wanted = Subscription {
        id: "a".into(),
        topic: Topic::Orders,
        audience: Audience::Staff,
        types: Vec::new(),
        include_order: false,
    };
    subscriptions.subscribe(wanted, &Cursor::Now).await.unwrap();
    let bell = subscriptions.bell();
    let recorder = Arc::new_cyclic(|courier: &Weak<Recorder>| {
        subscriptions.deliver_by(courier.clone());
        Recorder {
            subscriptions: Mutex::new(subscriptions),
            takes: AtomicBool::new(true),
            taken: Mutex::default(),
        }
    });
    for _ in 0..3 {
        orders::place(app.app(), "c1").await;
    }
    let rung = tokio::time::timeout(Duration::from_millis(300), bell.rung()).await;
    assert!(rung.is_err(), "woken for nothing");
    assert_eq!(*recorder.taken.lock().unwrap(), [1, 2, 3]);

    recorder.takes.store(false, Ordering::SeqCst);
    orders::place(app.app(), "c1").await;
    let rung = tokio::time::timeout(Duration::from_secs(5), bell.rung()).await;
    rung.expect("somebody has to take what is left");
    // And what was left is not passed over by what comes later.
    recorder.takes.store(true, Ordering::SeqCst);
    recorder.deliver();
    orders::place(app.app(), "c1").await;
    let all = async {
        while recorder.taken.lock().unwrap().len() < 5 {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(5), all)
        .await
        .expect("the fifth is taken");
    assert_eq!(*recorder.taken.lock().unwrap(), [1, 2, 3, 4, 5]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_message_that_the_socket_takes_only_in_part_is_finished_before_the_next() {
    const ORDERS: usize = 400;
    let app = Arc::new(TestApp::start(&TestDatabase::create().await).await);
    let token = app.token("ann", &[Role::Staff]);
    let mut slow = Socket::hello_slowly(app.address, &token).await;
    let mut quick = Socket::hello(app.address, &token).await;
    for socket in [&mut slow, &mut quick] {
        socket.subscribe("a", "orders", "now").await;
    }
    // Far more than what the system holds for a client that does not read.
    let notes: String = "ä".repeat(1_500);
    let writer = tokio::spawn({
        let app = Arc::clone(&app);
        async move {
            for _ in 0..ORDERS {
                orders::place_with(app.app(), "c1", |order| {
                    order.notes = Some(notes.parse().unwrap());
                })
                .await;
            }
        }
    });
    for (who, socket) in [("quick", &mut quick), ("slow", &mut slow)] {
        for position in 1..=ORDERS {
            let event = socket.frame_of("event").await;
            assert_eq!(event["event"]["position"], position, "{who}");
        }
    }
    writer.await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_client_that_talks_while_events_come_gets_each_once_and_none_after_it_has_unsubscribed() {
    let app = Arc::new(
        TestApp::start_with(
            &TestDatabase::create().await,
            &[("WAYBILL_PUSH_FRAMES_PER_SEC", "10000")],
        )
        .await,
    );
    let mut socket = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
    socket.subscribe("all", "orders", "now").await;
    let writer = tokio::spawn({
        let app = Arc::clone(&app);
        async move {
            loop {
                orders::place(app.app(), "c1").await;
            }
        }
    });
    let mut seen = 0;
    let mut for_both = 0;
    for _ in 0..300 {
        socket
            .send(&json!({"type": "subscribe", "id": "x", "topic": "customer:c1"}))
            .await;
        socket
            .send(&json!({"type": "unsubscribe", "id": "x"}))
            .await;
        // Refused, which tells that the one before it was dealt with.
        socket
            .send(&json!({"type": "unsubscribe", "id": "x"}))
            .await;
        let mut subscribed = false;
        loop {
            let frame = socket.frame().await;
            match frame["type"].as_str().unwrap() {
                "subscribed" => subscribed = true,
                "error" => break assert_eq!(frame["code"], "unknown_subscription"),
                "live" | "cursor" => {}
                "event" => {
                    seen += 1;
                    assert_eq!(frame["event"]["position"], seen);
                    let both = frame["ids"] == json!(["all", "x"]);
                    assert!(
                        frame["ids"] == json!(["all"]) || (both && subscribed),
                        "{frame}"
                    );
                    for_both += usize::from(both);
                }
                other => panic!("{other}: {frame}"),
            }
        }
    }
    writer.abort();
    assert!(seen > 50, "only {seen} events: nothing was shown");
    println!("{seen} events, {for_both} for both");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nothing_that_follows_a_token_with_fewer_rights_shows_more_than_it_allows() {
    let app = Arc::new(TestApp::start(&TestDatabase::create().await).await);
    let writer = tokio::spawn({
        let app = Arc::clone(&app);
        async move {
            loop {
                orders::place(app.app(), "ann").await;
            }
        }
    });
    for _ in 0..20 {
        let mut socket = Socket::hello(app.address, &app.token("ann", &[Role::Staff])).await;
        socket.subscribe("mine", "customer:ann", "now").await;
        assert!(socket.frame_of("event").await["event"]["actor"].is_object());
        socket
            .send(&json!({"type": "auth", "token": app.token("ann", &[])}))
            .await;
        socket.frame_of("welcome").await;
        for _ in 0..3 {
            let event = socket.frame_of("event").await;
            assert!(event["event"].get("actor").is_none(), "{event}");
        }
    }
    writer.abort();
}

#[tokio::test]
async fn pings_and_the_end_of_the_websocket_itself_are_answered() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let url = format!("ws://{}/v1/ws", app.address);
    let (mut socket, _) = tokio_tungstenite::connect_async(url).await.unwrap();
    // Before anybody knows who it is, and after.
    for hello in [None, Some(app.token("c1", &[]))] {
        if let Some(token) = hello {
            let hello = json!({"type": "hello", "token": token}).to_string();
            socket.send(Message::text(hello)).await.unwrap();
            assert!(socket.next().await.unwrap().unwrap().is_text());
        }
        socket.send(Message::Ping("here".into())).await.unwrap();
        let answer = socket.next().await.unwrap().unwrap();
        assert_eq!(answer, Message::Pong("here".into()));
    }
    let close = CloseFrame {
        code: 1000.into(),
        reason: "".into(),
    };
    socket.send(Message::Close(Some(close))).await.unwrap();
    match socket.next().await {
        Some(Ok(Message::Close(Some(close)))) => assert_eq!(u16::from(close.code), 1000),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn what_comes_together_with_the_upgrade_is_heard() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let hello = json!({"type": "hello", "token": app.token("c1", &[])}).to_string();
    let mut bytes = format!(
        "GET /v1/ws HTTP/1.1\r\nhost: {}\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\n\
         sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
         sec-websocket-protocol: other, waybill.v1.json\r\n\r\n",
        app.address
    )
    .into_bytes();
    bytes.extend([0x81, 0xFE]);
    bytes.extend(u16::try_from(hello.len()).unwrap().to_be_bytes());
    bytes.extend([0; 4]);
    bytes.extend(hello.as_bytes());
    let mut stream = TcpStream::connect(app.address).await.unwrap();
    stream.write_all(&bytes).await.unwrap();
    let mut answer = String::new();
    while !answer.contains("\"welcome\"") {
        let mut room = [0; 1_024];
        let length = stream.read(&mut room).await.unwrap();
        assert!(length > 0, "{answer}");
        answer += &String::from_utf8_lossy(&room[..length]);
    }
    assert!(answer.starts_with("HTTP/1.1 101"), "{answer}");
    assert!(answer.contains("s3pPLMBiTxaQ9kYGzzhZRbK+xOo="), "{answer}");
    assert!(
        answer.contains("sec-websocket-protocol: waybill.v1.json"),
        "{answer}"
    );
}
