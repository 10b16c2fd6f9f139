//! `GET /v1/events`.

use std::time::{Duration, Instant};

use serde_json::Value;
use waybill_api::auth::Role;
use waybill_infra::revocations::{NewRevocation, RevocationKind};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::orders;

async fn get(app: &TestApp, token: &str, query: &str) -> (u16, Value) {
    let response = reqwest::Client::new()
        .get(app.url(&format!("/v1/events?{query}")))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    (response.status().as_u16(), response.json().await.unwrap())
}

#[tokio::test]
async fn pages_join_up_and_a_wait_ends_with_the_next_event() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let staff = app.token("ann", &[Role::Staff]);
    for _ in 0..5 {
        orders::place(app.app(), "c1").await;
    }
    let mut after = "earliest".to_owned();
    let mut positions = Vec::new();
    loop {
        let (status, page) = get(
            &app,
            &staff,
            &format!("topic=orders&limit=2&include=order&after={after}"),
        )
        .await;
        assert_eq!(status, 200, "{page}");
        for event in page["data"].as_array().unwrap() {
            assert_eq!(event["order"]["version"], 1);
            positions.push(event["position"].as_u64().unwrap());
        }
        after = page["cursor"].as_str().unwrap().to_owned();
        if page["more"] == false {
            break;
        }
    }
    assert_eq!(positions, [1, 2, 3, 4, 5]);
    let (status, empty) = get(&app, &staff, &format!("topic=orders&after={after}")).await;
    assert_eq!(
        (
            status,
            empty["data"].as_array().unwrap().len(),
            &empty["cursor"]
        ),
        (200, 0, &after.clone().into())
    );
    let query = format!("topic=orders&wait=10&after={after}");
    let (waited, placed) = tokio::join!(get(&app, &staff, &query), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        orders::place(app.app(), "c1").await
    });
    assert_eq!(
        waited.1["data"][0]["order_id"],
        placed.receipt.order_id.to_string()
    );
}

#[tokio::test]
async fn a_wait_for_nothing_ends_in_time_with_a_cursor_further_on() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let token = app.token("c1", &[]);
    let (_, start) = get(&app, &token, "topic=customer:me&after=now").await;
    let started = Instant::now();
    let (elsewhere, (status, page)) = tokio::join!(
        orders::place(app.app(), "c2"),
        get(&app, &token, "topic=customer:me&after=now&wait=1"),
    );
    assert_eq!(elsewhere.receipt.position.0, 1);
    assert!(started.elapsed() >= Duration::from_secs(1));
    assert_eq!((status, page["data"].as_array().unwrap().len()), (200, 0));
    assert_ne!(
        page["cursor"], start["cursor"],
        "the client need not look there again"
    );
    assert!(page.get("position").is_none());
}

#[tokio::test]
async fn who_is_revoked_while_he_waits_is_told_so_and_nothing_else() {
    let database = TestDatabase::create().await;
    let (here, there) = (
        TestApp::start(&database).await,
        TestApp::start(&database).await,
    );
    let token = there.token("c1", &[]);
    let revoke_and_place = async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        let revocation = NewRevocation {
            kind: RevocationKind::Subject,
            value: "c1".into(),
            expires_at: chrono::Utc::now() + Duration::from_mins(10),
            reason: None,
            by: "ann".into(),
        };
        here.app().revocations.revoke(&revocation).await.unwrap();
        tokio::time::sleep(Duration::from_secs(2)).await;
        orders::place(here.app(), "c1").await;
    };
    let started = Instant::now();
    let query = "topic=customer:me&after=now&wait=20";
    let waited = async { (get(&there, &token, query).await, started.elapsed()) };
    let (((status, problem), after), ()) = tokio::join!(waited, revoke_and_place);
    assert_eq!((status, &problem["code"]), (401, &"token_revoked".into()));
    assert!(after < Duration::from_secs(2), "{after:?}");
}

#[tokio::test]
async fn a_new_epoch_ends_a_wait_with_a_reset() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    orders::place(app.app(), "c1").await;
    let token = app.token("c1", &[]);
    let query = "topic=customer:me&after=now&wait=20";
    let ((status, problem), ()) = tokio::join!(get(&app, &token, query), async {
        tokio::time::sleep(Duration::from_millis(100)).await;
        app.app().log.new_epoch("a test").await.unwrap();
    });
    assert_eq!(
        (status, &problem["code"], &problem["reason"]),
        (410, &"cursor_reset".into(), &"epoch".into())
    );
}

#[tokio::test]
async fn a_wait_ends_with_the_token() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let token = app.token_for("c1", &[], Duration::from_secs(2));
    let started = Instant::now();
    let (status, page) = get(&app, &token, "topic=customer:me&after=now&wait=20").await;
    assert_eq!((status, &page["data"]), (200, &serde_json::json!([])));
    assert!(started.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn what_is_asked_wrongly_is_named() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let token = app.token("c1", &[]);
    for (query, status, code) in [
        ("topic=orders", 403, "forbidden"),
        ("topic=nothing", 400, "malformed_request"),
        ("topic=order:ORD-404", 404, "not_found"),
        ("topic=customer:me&limit=0", 400, "malformed_request"),
        ("topic=customer:me&limit=1001", 400, "malformed_request"),
        ("topic=customer:me&wait=9999", 400, "malformed_request"),
        (
            "topic=customer:me&types=order.lost",
            400,
            "malformed_request",
        ),
        ("topic=customer:me&after=yesterday", 400, "invalid_cursor"),
        (
            "topic=customer:me&after=AAAAAAAAAAAAAAAAAAAAAA",
            410,
            "cursor_reset",
        ),
        ("topic=customer:me&unheard=1", 400, "malformed_request"),
    ] {
        let (got, problem) = get(&app, &token, query).await;
        assert_eq!(
            (got, problem["code"].as_str().unwrap()),
            (status, code),
            "{query}: {problem}"
        );
        if code == "invalid_cursor" {
            assert_eq!(problem["errors"][0]["field"], "after", "{problem}");
        }
    }
    assert_eq!(get(&app, "nonsense", "topic=orders").await.0, 401);
}

#[tokio::test]
async fn a_page_of_few_types_is_cut_at_its_limit_and_goes_on_where_it_was_cut() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    let staff = app.token("ann", &[Role::Staff]);
    let mut placed = Vec::new();
    for _ in 0..4 {
        placed.push(orders::place(app.app(), "c1").await.receipt.order_id);
    }
    for order in &placed {
        let cancel = waybill_domain::Cancel::because(waybill_domain::CancelReason::Staff);
        orders::run(app.app(), *order, cancel).await.unwrap();
    }
    let mut after = "earliest".to_owned();
    let mut seen = Vec::new();
    for _ in 0..4 {
        let query = format!("topic=orders&types=order.cancelled&limit=1&after={after}");
        let (_, page) = get(&app, &staff, &query).await;
        assert_eq!(page["data"].as_array().unwrap().len(), 1, "{page}");
        seen.push(page["data"][0]["order_id"].as_str().unwrap().to_owned());
        after = page["cursor"].as_str().unwrap().to_owned();
    }
    assert_eq!(
        seen,
        placed.iter().map(ToString::to_string).collect::<Vec<_>>()
    );
}
