//! Every endpoint with every role, on own and foreign orders, from one table that has to name every
//! operation of the `OpenAPI` document; and every answer held against the shape that it promises.

use std::collections::BTreeSet;

use chrono::{TimeDelta, Utc};
use reqwest::Method;
use serde_json::json;

use super::*;
use waybill_tests::shapes::faults;

/// What is answered to: nobody, the holder of a tracking link of the order, a stranger, the order's customer,
/// service, staff, admin.
type Expected = [u16; 7];

struct Row {
    operation: &'static str,
    method: Method,
    path: &'static str,
    /// What is sent; `{id}` in it is the order's id.
    body: Option<Value>,
    headers: &'static [(&'static str, &'static str)],
    expected: Expected,
}

const fn get(operation: &'static str, path: &'static str, expected: Expected) -> Row {
    Row {
        operation,
        method: Method::GET,
        path,
        body: None,
        headers: &[],
        expected,
    }
}

fn post(operation: &'static str, path: &'static str, body: Value, expected: Expected) -> Row {
    Row {
        operation,
        method: Method::POST,
        path,
        body: Some(body),
        headers: &[],
        expected,
    }
}

/// The holder of a tracking link.
const GUEST: &str = "a guest";
const EVERYBODY: Expected = [200; 7];
const CALLERS: Expected = [401, 403, 200, 200, 200, 200, 200];
/// The order's customer, and whoever sees all orders.
const ITS_READERS: Expected = [401, 403, 404, 200, 200, 200, 200];
/// Those, and the holder of its tracking link.
const ITS_VIEWERS: Expected = [401, 200, 404, 200, 200, 200, 200];
const ADMINS: Expected = [401, 403, 403, 403, 403, 403, 200];

#[rustfmt::skip] // One row a case; the table is read down its columns.
fn table() -> Vec<Row> {
    let if_any: &[(&str, &str)] = &[("if-match", "*")];
    vec![
        //                                                                               nobody  guest  other  own   service staff admin
        post("create_order", "/v1/orders", order(),                                        [401, 403, 403, 403, 201, 201, 201]),
        get("list_orders", "/v1/orders",                                                   CALLERS),
        get("list_orders", "/v1/orders?customer=cust-7&counts=true",                       [401, 403, 403, 200, 200, 200, 200]),
        get("export_orders", "/v1/orders.csv",                                             CALLERS),
        get("export_orders", "/v1/orders.csv?customer=cust-7&status=pending",              [401, 403, 403, 200, 200, 200, 200]),
        get("get_order", "/v1/orders/{id}",                                                ITS_VIEWERS),
        get("get_order", "/v1/orders/{number}",                                            ITS_VIEWERS),
        get("get_order", "/v1/orders/{reference}",                                         ITS_VIEWERS),
        get("get_order", "/v1/orders/{id}?at_version=1",                                   ITS_VIEWERS),
        get("list_order_events", "/v1/orders/{id}/events",                                 ITS_VIEWERS),
        get("get_order_timeline", "/v1/orders/{id}/timeline",                              ITS_VIEWERS),
        Row { operation: "update_order", method: Method::PATCH, path: "/v1/orders/{id}", headers: if_any,
              body: Some(json!({ "notes": "x" })),                                         expected: [401, 403, 404, 403, 200, 200, 200] },
        Row { operation: "update_order", method: Method::PATCH, path: "/v1/orders/{id}", headers: if_any,
              body: Some(json!({ "shipping_address": { "city": "Horgen" } })),             expected: ITS_READERS },
        Row { operation: "update_order", method: Method::PATCH, path: "/v1/orders/{id}", headers: &[],
              body: Some(json!({ "notes": "x" })),                                         expected: [401, 403, 428, 428, 428, 428, 428] },
        post("change_status", "/v1/orders/{id}/status", json!({ "to": "processing" }),     [401, 403, 404, 403, 200, 200, 200]),
        post("change_status", "/v1/orders/{reference}/status", json!({ "to": "pending" }), [401, 403, 404, 403, 200, 200, 200]),
        post("cancel_order", "/v1/orders/{id}/cancel", json!({ "reason": "customer" }),    ITS_READERS),
        post("cancel_order", "/v1/orders/{id}/cancel", json!({ "reason": "customer", "internal_note": "x" }),
                                                                                           [401, 403, 404, 403, 200, 200, 200]),
        post("bulk_change_status", "/v1/orders/bulk/status", json!({ "orders": [{ "order_id": "{id}" }], "to": "shipped" }),
                                                                                           [401, 403, 403, 403, 403, 200, 200]),
        post("bulk_cancel", "/v1/orders/bulk/cancel", json!({ "orders": [{ "order_id": "{id}" }, { "order_id": "none" }], "reason": "staff" }),
                                                                                           [401, 403, 403, 403, 403, 200, 200]),
        get("read_events", "/v1/events?topic=orders",                                      [401, 403, 403, 403, 200, 200, 200]),
        get("read_events", "/v1/events?topic=customer:me&include=order",                   CALLERS),
        get("read_events", "/v1/events?topic=customer:cust-7",                             [401, 403, 403, 200, 200, 200, 200]),
        get("read_events", "/v1/events?topic=order:{id}&include=order",                    ITS_VIEWERS),
        get("read_events", "/v1/events?topic=order:{id}&after={bare}",                     [401, 400, 404, 400, 200, 200, 200]),
        // With a cursor that never came from this log, so that the answer is a reset and ends; tests/it/push has
        // the others.
        get("stream_events", "/v1/events/stream?topic=order:{id}&after=AAAAAAAAAAAAAAAAAAAAAA", ITS_VIEWERS),
        get("stream_events", "/v1/events/stream?topic=orders&after=AAAAAAAAAAAAAAAAAAAAAA", [401, 403, 403, 403, 200, 200, 200]),
        post("issue_tracking_link", "/v1/orders/{id}/tracking-link", json!({ "lifetime_secs": 600 }),
                                                                                           [401, 403, 403, 403, 201, 201, 201]),
        Row { operation: "issue_tracking_link", method: Method::POST, path: "/v1/orders/{number}/tracking-link", headers: &[], body: None,
                                                                                           expected: [401, 403, 403, 403, 201, 201, 201] },
        Row { operation: "revoke_tracking_links", method: Method::DELETE, path: "/v1/orders/{id}/tracking-link", headers: &[], body: None,
                                                                                           expected: [401, 403, 403, 403, 204, 204, 204] },
        post("request_tracking_link", "/v1/tracking-requests", json!({ "order_number": "{number}", "email": "ada@example.com" }),
                                                                                           [202; 7]),
        get("get_analytics", "/v1/analytics",                                              [401, 403, 403, 403, 403, 200, 200]),
        get("get_analytics", "/v1/analytics?by=week",                                      [401, 403, 403, 403, 403, 400, 400]),
        // Who opens a socket is told whether he may once it is open; tests/it/push has that.
        get("open_socket", "/v1/ws",                                                       [400; 7]),
        get("get_me", "/v1/me",                                                            CALLERS),
        Row { operation: "begin_session", method: Method::POST, path: "/v1/session", headers: &[], body: None,
                                                                                           expected: [401, 403, 201, 201, 201, 201, 201] },
        Row { operation: "end_session", method: Method::DELETE, path: "/v1/session", headers: &[], body: None,
                                                                                           expected: [204, 403, 204, 204, 204, 204, 204] },
        get("list_revocations", "/v1/admin/revocations",                                   ADMINS),
        post("revoke", "/v1/admin/revocations", json!({ "kind": "token", "value": "t-1" }), [401, 403, 403, 403, 403, 403, 201]),
        get("get_node", "/v1/admin/node",                                                  ADMINS),
        get("list_projections", "/v1/admin/projections",                                   ADMINS),
        Row { operation: "rebuild", method: Method::POST, path: "/v1/admin/projections/no_such/rebuild", headers: &[], body: None,
                                                                                           expected: [401, 403, 403, 403, 403, 403, 404] },
        get("list_parked", "/v1/admin/parked",                                             ADMINS),
        Row { operation: "redrive", method: Method::POST, path: "/v1/admin/parked/{id}/redrive", headers: &[], body: None,
                                                                                           expected: ADMINS },
        get("alive", "/healthz",                                                           EVERYBODY),
        get("ready", "/readyz",                                                            EVERYBODY),
        get("metrics", "/metrics",                                                         EVERYBODY),
    ]
}

#[tokio::test]
async fn every_endpoint_answers_every_role_as_the_table_says() {
    // Whoever asks for everything asks for much, and a fast machine is no reason to be refused.
    let shop = Shop::open_with(&[
        ("WAYBILL_RATE_ANONYMOUS_BURST", "10000"),
        ("WAYBILL_RATE_CUSTOMER_BURST", "10000"),
    ])
    .await;
    let document = shop.nobody.get("/openapi.json").await.expect(200).body;
    let callers = [
        ("nobody", Some(&shop.nobody)),
        // Each case's order has a link of its own.
        (GUEST, None),
        ("a stranger", Some(&shop.stranger)),
        ("its customer", Some(&shop.customer)),
        ("service", Some(&shop.service)),
        ("staff", Some(&shop.staff)),
        ("admin", Some(&shop.admin)),
    ];
    let mut covered = BTreeSet::new();
    for (nth, row) in table().into_iter().enumerate() {
        covered.insert(row.operation.to_owned());
        for ((who, caller), expected) in callers.iter().zip(row.expected) {
            // An order for every case: what one does must not change what another may.
            let order = fresh(&shop, &format!("ref-{nth}-{who}")).await;
            let fill = |text: &str| {
                text.replace("{id}", &order.id)
                    .replace("{number}", &order.number)
                    .replace(
                        "{reference}",
                        &format!("ref-{nth}-{who}").replace(' ', "%20"),
                    )
                    .replace("{bare}", "0")
            };
            let body = row.body.as_ref().map(|body| fill(&body.to_string()));
            let guest = guest(&shop.app, &order.id);
            let answer = caller
                .unwrap_or(&guest)
                .send_text(
                    row.method.clone(),
                    &fill(row.path),
                    body.as_deref(),
                    row.headers,
                )
                .await;
            let what = format!("{} {} as {who}", row.method, row.path);
            assert_eq!(answer.status, expected, "{what}: {}", answer.text);
            promised(&document, row.operation, &answer, who, &what);
            hidden(&answer, who, &what);
        }
    }
    let described: BTreeSet<String> = operations(&document).map(|(name, _)| name).collect();
    assert_eq!(covered, described, "the table must have every operation");
    shop.close().await;
}

async fn fresh(shop: &Shop, reference: &str) -> Placed {
    let mut body = order();
    body["reference"] = json!(reference);
    shop.place_as(body).await
}

/// Whoever holds a tracking link of the order.
fn guest(app: &TestApp, order_id: &str) -> Client {
    let (id, now) = (order_id.parse().unwrap(), Utc::now());
    let issued = app
        .app()
        .auth
        .links()
        .issue(id, now, now + TimeDelta::hours(1));
    app.client_with(Some(issued.unwrap().0))
}

fn operations(document: &Value) -> impl Iterator<Item = (String, &Value)> {
    let items = document["paths"].as_object().unwrap().values();
    let all = items.flat_map(|item| item.as_object().unwrap().values());
    all.map(|said| (said["operationId"].as_str().unwrap().to_owned(), said))
}

/// The status is described, and the body has the shape that is described.
fn promised(document: &Value, operation: &str, answer: &Answer, who: &str, what: &str) {
    let (_, said) = operations(document)
        .find(|(name, _)| name == operation)
        .expect(operation);
    let response = &said["responses"][answer.status.to_string()];
    assert!(
        response.is_object(),
        "{what}: {} is not described",
        answer.status
    );
    let kind = answer.header("content-type");
    let Some(content) = response["content"].get(kind) else {
        assert!(!kind.contains("json"), "{what}: {kind} is not described");
        return;
    };
    if !kind.contains("json") {
        return;
    }
    let mut faults = faults(document, &content["schema"], &answer.body);
    // What is described as always there is there for accounts; a guest sees a part of it.
    faults.retain(|fault| who != GUEST || !fault.ends_with(" is missing"));
    assert!(faults.is_empty(), "{what}: {faults:#?}\n{}", answer.text);
    if answer.status >= 400 {
        let code = answer.text_of("code");
        assert!(
            content["examples"].get(code).is_some(),
            "{what}: {code} is not described"
        );
    }
}

/// What is for staff is in no other's bytes; and every answer carries what every answer must.
fn hidden(answer: &Answer, who: &str, what: &str) {
    if who == GUEST {
        let members = [
            "customer_id",
            "reference",
            "total",
            "unit_price",
            "name",
            "allowed_actions",
        ]
        .map(|member| format!("\"{member}\""));
        for said in members.iter().map(String::as_str).chain(["cust-7", "Ada"]) {
            assert!(!answer.text.contains(said), "{what}: {}", answer.text);
        }
    }
    if ["nobody", GUEST, "a stranger", "its customer"].contains(&who) {
        for member in [
            "position",
            "actor",
            "command_id",
            "correlation_id",
            "internal_note",
            "metadata",
            "winter",
        ] {
            assert!(
                !answer.text.contains(&format!("\"{member}\"")),
                "{what}: {}",
                answer.text
            );
        }
    }
    for (name, value) in [
        ("x-content-type-options", "nosniff"),
        ("cache-control", "no-store"),
        (
            "content-security-policy",
            "default-src 'none'; frame-ancestors 'none'",
        ),
        ("referrer-policy", "no-referrer"),
        ("x-frame-options", "DENY"),
        ("cross-origin-resource-policy", "same-origin"),
    ] {
        assert_eq!(answer.header(name), value, "{what}: {name}");
    }
    assert!(!answer.header("x-request-id").is_empty(), "{what}");
}
