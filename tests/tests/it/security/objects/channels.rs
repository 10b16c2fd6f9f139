//! The same on the channels that events are pushed over: snapshots, replays from anywhere, what comes live, rooms
//! and what they resume from.

use std::time::Duration;

use futures::future::join_all;
use serde_json::{Value, json};
use waybill_api::auth::Role;
use waybill_tests::engine::Engine;
use waybill_tests::socket::{Incoming, Socket};
use waybill_tests::stream::EventStream;

use super::scene::{Attacker, PENDING, Scene};

/// For how long nothing must come after everything else has.
const QUIET: Duration = Duration::from_millis(500);

impl Scene {
    /// Something happens to the victim's order, and to the stranger's.
    async fn happen(&self) {
        let staff = self.app.client("ann", &[Role::Staff]);
        for (order, notes) in [(&*self.order, "VICTIM-NOTE"), ("stranger-ref", "Mine.")] {
            let notes = json!({ "notes": format!("{notes} {:?}", std::time::SystemTime::now()) });
            let any = [("if-match", "*")];
            let path = format!("/v1/orders/{order}");
            let method = reqwest::Method::PATCH;
            staff
                .send(method, &path, Some(notes), &any)
                .await
                .expect(200);
        }
    }

    /// Panics if a text that a caller got has anything of the victim's order.
    fn nothing_of_the_order_in(&self, text: &str, who: &str) {
        for mark in self.marks() {
            assert!(!text.contains(mark), "{who} got {mark}: {text}");
        }
    }
}

/// Every frame that comes until none does.
async fn all_frames(socket: &mut Socket) -> Vec<Value> {
    let mut frames = Vec::new();
    while let Ok(Incoming::Frame(frame)) = tokio::time::timeout(QUIET, socket.next()).await {
        frames.push(frame);
    }
    frames
}

/// Asks for every topic in every way. Returns what comes of it.
async fn ask_for_everything(socket: &mut Socket, scene: &Scene) -> Vec<Value> {
    let mut id = 0;
    for topic in scene.topics() {
        for (after, snapshot) in [
            ("earliest", false),
            ("now", false),
            (&*scene.stolen_cursor, false),
            ("0", false),
            ("now", true),
        ] {
            id += 1;
            let include = "order";
            socket.send(&json!({ "type": "subscribe", "id": format!("s{id}"), "topic": topic, "after": after, "snapshot": snapshot, "include": include })).await;
        }
    }
    all_frames(socket).await
}

#[tokio::test]
async fn no_topic_shows_what_is_not_the_callers_over_a_websocket() {
    let scene = Scene::set().await;
    let mut sockets = Vec::new();
    for attacker in &scene.attackers {
        let mut socket = Socket::connect(scene.app.address, &[]).await;
        let token = attacker.token.as_deref().unwrap_or_default();
        socket
            .send(&json!({ "type": "hello", "token": token }))
            .await;
        if !attacker.welcome {
            let code = socket.close_code().await;
            assert!(
                matches!(code, Some(4401 | 4409)),
                "{}: {code:?}",
                attacker.who
            );
            continue;
        }
        for frame in ask_for_everything(&mut socket, &scene).await {
            scene.nothing_of_the_order_in(&frame.to_string(), attacker.who);
            if frame["type"] == "error" {
                assert!(
                    ["not_found", "forbidden", "bad_cursor"]
                        .contains(&frame["code"].as_str().unwrap()),
                    "{frame}"
                );
            }
        }
        sockets.push((attacker, socket));
    }
    scene.happen().await;
    let listened = join_all(sockets.iter_mut().map(|(_, socket)| all_frames(socket))).await;
    let mut of_the_stranger = 0;
    for (frames, (attacker, _)) in listened.iter().zip(&sockets) {
        for frame in frames {
            scene.nothing_of_the_order_in(&frame.to_string(), attacker.who);
            of_the_stranger += usize::from(frame["event"]["customer_id"] == "stranger");
        }
    }
    assert!(
        of_the_stranger > 0,
        "nobody got anything, not even what is his"
    );

    // It is there to be had, in each of these ways.
    let mut owner = Socket::hello(scene.app.address, &scene.owner_token).await;
    let frames = ask_for_everything(&mut owner, &scene).await;
    let text = format!("{frames:?}");
    assert!(
        text.contains("VICTIM-TITLE") && text.contains("snapshot"),
        "{text}"
    );
    scene.app.stop().await;
}

#[tokio::test]
async fn no_stream_or_poll_shows_what_happens_to_anothers_order() {
    let scene = Scene::set().await;
    let stranger = scene.attackers[1].token.clone().unwrap();
    let query = "topic=customer:me&after=now&include=order";
    let address = scene.app.address;
    let mut stream = EventStream::follow(address, query, &stranger, None).await;
    stream.next_of("live").await;
    // From where somebody else had come to.
    let stolen = Some(&*scene.stolen_cursor);
    let mut resumed = EventStream::follow(address, query, &stranger, stolen).await;
    let waiting = scene.app.client_with(Some(stranger));
    let waiting = tokio::spawn(async move {
        waiting
            .get("/v1/events?topic=customer:me&after=now&wait=20&include=order")
            .await
    });
    tokio::time::sleep(Duration::from_millis(200)).await;
    scene.happen().await;
    for stream in [&mut stream, &mut resumed] {
        loop {
            let message = stream.next().await.unwrap();
            scene.nothing_of_the_order_in(&message.data.to_string(), "a stranger");
            if message.event == "order.updated" {
                assert_eq!(message.data["customer_id"], "stranger");
                break;
            }
        }
    }
    let polled = waiting.await.unwrap().expect(200);
    scene.nothing_of_the_order_in(&polled.text, "a stranger");
    assert_eq!(polled.body["data"][0]["customer_id"], "stranger");
    scene.app.stop().await;
}

/// Connects as this caller, perhaps giving back what somebody else was given.
async fn room(scene: &Scene, attacker: &Attacker, stolen: &Value) -> Option<(Engine, Value)> {
    let mut auth = stolen.clone();
    if let Some(token) = &attacker.token {
        auth["token"] = json!(token);
    }
    let mut engine = Engine::open(scene.app.address).await;
    engine.send(&format!("40{auth}")).await;
    let answer = engine.packet().await;
    // Who is refused is refused for good; nobody is connected, and in no room.
    let connected = answer.starts_with("40");
    assert_eq!(
        connected,
        attacker.welcome || attacker.token.is_none(),
        "{}: {answer}",
        attacker.who
    );
    connected.then(|| (engine, serde_json::from_str(&answer[2..]).unwrap()))
}

#[tokio::test]
async fn no_room_of_anothers_order_is_joined_or_resumed() {
    let scene = Scene::set().await;
    let token = json!({ "token": scene.owner_token });
    let (mut owner, told) = Engine::connect(scene.app.address, &token).await;
    owner
        .send(&format!(r#"421["join-order-tracking","{}"]"#, scene.number))
        .await;
    let mut offset = String::new();
    loop {
        let packet = owner.packet().await;
        if packet.starts_with("431") {
            assert!(packet.contains("\"ok\":true"), "{packet}");
            break;
        }
        let args: Vec<Value> = serde_json::from_str(&packet[2..]).unwrap();
        args.last()
            .unwrap()
            .as_str()
            .unwrap()
            .clone_into(&mut offset);
    }
    let pid = told["pid"].clone();
    let mut engines = Vec::new();
    for attacker in &scene.attackers {
        for stolen in [json!({}), json!({ "pid": pid, "offset": offset })] {
            let Some((mut engine, told)) = room(&scene, attacker, &stolen).await else {
                continue;
            };
            assert_ne!(
                told["pid"], pid,
                "{} resumed another's session",
                attacker.who
            );
            for name in scene.order_names() {
                engine
                    .send(&format!(r#"427["join-order-tracking","{name}"]"#))
                    .await;
                let update =
                    json!(["admin-status-update", { "orderId": name, "status": "shipped" }]);
                engine.send(&format!("428{update}")).await;
            }
            // This one its customer may still cancel.
            let asked = json!({ "orderId": PENDING, "status": "cancelled", "reason": "customer" });
            let cancel = json!(["admin-status-update", asked]);
            engine.send(&format!("429{cancel}")).await;
            engines.push((attacker.who, engine));
        }
    }
    scene.happen().await;
    for (who, engine) in &mut engines {
        let mut refusals = 0;
        while let Ok(Some(packet)) = tokio::time::timeout(QUIET, engine.next()).await {
            assert!(!packet.contains("\"ok\":true"), "{who}: {packet}");
            refusals += usize::from(packet.contains("\"ok\":false"));
            // What says no names what was asked for.
            let mut told = packet.clone();
            if packet.starts_with("43") || packet.contains("-error\"") {
                for name in scene.order_names().chain([PENDING.to_owned()]) {
                    told = told.replace(&name, "");
                }
            }
            scene.nothing_of_the_order_in(&told, who);
        }
        assert_eq!(refusals, 7, "{who}");
    }
    let staff = scene.app.client("ann", &[Role::Staff]);
    for (name, status) in [(&*scene.order, "processing"), (PENDING, "pending")] {
        let order = staff.get(&format!("/v1/orders/{name}")).await;
        assert_eq!(order.expect(200).body["status"], status);
    }
    // The owner, who is in the room, hears of it.
    while !owner.packet().await.contains(&scene.number) {}
    scene.app.stop().await;
}
