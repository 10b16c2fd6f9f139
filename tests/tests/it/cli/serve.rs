//! `serve` as it is run: killed in the middle of its work, and stopped as it should be.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use reqwest::Client;
use rustix::process::Signal;
use serde_json::{Value, json};
use waybill_api::auth::Role;
use waybill_tests::app::{config, mint};
use waybill_tests::database::TestDatabase;

use super::binary::{Running, printed, waybill_on};

/// Callers at once.
const CALLERS: usize = 8;
/// Acknowledged commands before the server is killed, each time.
const BEFORE_THE_KILL: usize = 150;
/// How often it is killed.
const KILLS: usize = 2;

/// What the callers know: the first answer to each key.
type Acknowledged = Mutex<HashMap<String, Value>>;

struct Server {
    process: Running,
    url: String,
}

impl Server {
    async fn start(database: &TestDatabase) -> Self {
        let mut process = Running::start(&mut waybill_on(database, &["serve"]));
        let serving = process.logged("serving").await;
        let url = format!("http://{}", serving["address"].as_str().unwrap());
        Self { process, url }
    }
}

#[tokio::test]
async fn a_server_that_is_killed_keeps_every_command_that_it_acknowledged() {
    let database = TestDatabase::create().await;
    let token = mint(
        &config(&database, &[]),
        "shop",
        &[Role::Service],
        Duration::from_mins(10),
    );
    let acknowledged = Arc::new(Acknowledged::default());
    let keys = Arc::new(AtomicUsize::new(0));
    for kill in 1..=KILLS {
        let mut server = Server::start(&database).await;
        let mut callers = tokio::task::JoinSet::new();
        for _ in 0..CALLERS {
            callers.spawn(place_orders(
                server.url.clone(),
                token.clone(),
                Arc::clone(&keys),
                Arc::clone(&acknowledged),
            ));
        }
        while acknowledged.lock().unwrap().len() < kill * BEFORE_THE_KILL {
            let ended = callers.try_join_next();
            assert!(ended.is_none(), "a caller gave up: {ended:?}");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        server.process.kill();
        callers.join_all().await;
        assert!(!server.process.ended().await.success());
    }

    let mut server = Server::start(&database).await;
    let http = Client::new();
    let acknowledged = std::mem::take(&mut *acknowledged.lock().unwrap());
    for (key, first) in &acknowledged {
        // The order is there, and asking again gets the first answer rather than another order.
        let id = first["order_id"].as_str().unwrap();
        let found = http
            .get(format!("{}/v1/orders/{id}", server.url))
            .bearer_auth(&token)
            .send()
            .await
            .unwrap();
        assert_eq!(found.status(), 200, "{id} was acknowledged and is gone");
        let again = place(&http, &server.url, &token, key).await.unwrap();
        assert_eq!(again["order_id"], first["order_id"]);
        assert_eq!(again["position"], first["position"]);
    }
    // Commands that were cut off may be in the log: wholly, and once.
    let log = ["tail", "--json", "--after", "earliest", "--no-follow"];
    let log = printed(&mut waybill_on(&database, &log)).await;
    let asked = keys.load(Ordering::Relaxed);
    let written = log.lines().count();
    assert!(
        (acknowledged.len()..=asked).contains(&written),
        "{written} events for {} acknowledged of {asked} commands",
        acknowledged.len()
    );
    for (nth, line) in log.lines().enumerate() {
        let event: Value = serde_json::from_str(line).unwrap();
        assert_eq!(event["position"], json!(nth + 1));
    }
    server.process.signal(Signal::TERM);
    assert!(server.process.ended().await.success());
    let verified = printed(&mut waybill_on(&database, &["verify"])).await;
    assert!(verified.ends_with("all is well\n"), "{verified}");
}

/// Places one order after another, until the server is gone.
async fn place_orders(
    url: String,
    token: String,
    keys: Arc<AtomicUsize>,
    acknowledged: Arc<Acknowledged>,
) {
    let http = Client::new();
    loop {
        let key = format!("key-{}", keys.fetch_add(1, Ordering::Relaxed));
        match place(&http, &url, &token, &key).await {
            Ok(answer) => {
                acknowledged.lock().unwrap().insert(key, answer);
            }
            Err(_) => return,
        }
    }
}

/// The answer, if it came whole. Only then is the command acknowledged.
async fn place(http: &Client, url: &str, token: &str, key: &str) -> Result<Value, reqwest::Error> {
    let order = json!({
        "customer_id": "ada",
        "pricing": {
            "currency": "EUR",
            "items": [{ "line_id": "1", "sku": "A", "title": "A", "quantity": 1, "unit_price": 100 }],
            "total": 100,
        },
    });
    let answer = http
        .post(format!("{url}/v1/orders"))
        .bearer_auth(token)
        .header("Idempotency-Key", key)
        .json(&order)
        .send()
        .await?;
    let status = answer.status();
    let body: Value = answer.json().await?;
    assert_eq!(status, 201, "{body}");
    Ok(body)
}

#[tokio::test]
async fn sigterm_ends_it_well_and_health_tells_before_and_after() {
    let database = TestDatabase::create().await;
    let mut server = Server::start(&database).await;
    let address = server.url.strip_prefix("http://").unwrap().to_owned();
    let health = ["health", "--address", &address];
    assert_eq!(
        printed(&mut waybill_on(&database, &health)).await,
        "ready\n"
    );
    server.process.signal(Signal::TERM);
    server.process.logged("stopped").await;
    assert!(server.process.ended().await.success());
    let gone = super::binary::complaint(&mut waybill_on(&database, &health), 1).await;
    assert!(gone.contains("WAYBILL_LISTEN"), "{gone}");
}
