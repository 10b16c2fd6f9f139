//! Lists as files.

use std::collections::HashMap;

use std::time::Duration;

use chrono::{TimeDelta, Utc};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpSocket, TcpStream};
use tokio::time::Instant;
use waybill_domain::{Cancel, CancelReason, NewOrder, OrderId};
use waybill_tests::orders;

use super::*;

type Line = HashMap<String, String>;

fn lines(answer: &Answer) -> Vec<Line> {
    assert_eq!(
        answer.header("content-type"),
        "text/csv; charset=utf-8; header=present"
    );
    assert!(
        answer
            .header("content-disposition")
            .starts_with("attachment")
    );
    let mut reader = csv::Reader::from_reader(answer.text.as_bytes());
    reader.deserialize().map(Result::unwrap).collect()
}

/// More than two pages, by two customers, each placed a minute after the one before.
async fn many(shop: &Shop) -> Vec<OrderId> {
    let begin = Utc::now() - TimeDelta::hours(5);
    let mut placed = Vec::new();
    for nth in 0..230 {
        let customer = if nth % 10 == 0 {
            fixtures::CUSTOMER
        } else {
            "c2"
        };
        let order = orders::place_with(shop.app.app(), customer, |order| {
            order.placed_at = Some((begin + TimeDelta::minutes(nth)).into());
        })
        .await;
        placed.push(order.receipt.order_id);
    }
    placed
}

/// The file, once it can have everything that was written so far.
async fn export(shop: &Shop, caller: &Client, query: &str) -> Vec<Line> {
    let head = shop.app.app().log.head().borrow().mark.position;
    let reflecting = format!("/v1/orders?limit=1&min_position={}", head.0);
    shop.staff.get(&reflecting).await.expect(200);
    lines(
        &caller
            .get(&format!("/v1/orders.csv?{query}"))
            .await
            .expect(200),
    )
}

#[tokio::test]
async fn a_file_has_every_order_that_matches_once_and_in_order() {
    let shop = Shop::open().await;
    let mut placed = many(&shop).await;
    let cancelled = Cancel::because(CancelReason::Fraud);
    orders::run(shop.app.app(), placed[7], cancelled)
        .await
        .unwrap();
    let ids = |lines: &[Line]| -> Vec<OrderId> {
        lines
            .iter()
            .map(|line| line["order_id"].parse().unwrap())
            .collect()
    };
    let all = export(&shop, &shop.staff, "sort=placed_at").await;
    assert_eq!(ids(&all), placed);
    assert_eq!(
        (&*all[7]["status"], &*all[7]["cancel_reason"]),
        ("cancelled", "fraud")
    );
    let others = export(&shop, &shop.staff, "status=pending,processing").await;
    placed.remove(7);
    placed.reverse();
    assert_eq!(ids(&others), placed);
    let own = export(&shop, &shop.customer, "").await;
    assert_eq!(own.len(), 23);
    assert!(
        own.iter()
            .all(|line| line["customer_id"] == fixtures::CUSTOMER)
    );
    shop.close().await;
}

#[tokio::test]
async fn a_line_says_what_the_list_says_and_runs_nothing() {
    let shop = Shop::open().await;
    let mut order = order();
    order["reference"] = json!("=1+1");
    order["shipping_address"]["name"] = json!("Ada \"the first\", of Leeds & Sons");
    let placed = shop.place_as(order).await;
    let line = export(&shop, &shop.staff, "").await.remove(0);
    let listed = shop.staff.get("/v1/orders").await.expect(200).body["data"][0].clone();
    assert_eq!(line["order_number"], placed.number);
    assert_eq!(line["reference"], "'=1+1");
    assert_eq!(line["recipient"], listed["recipient"].as_str().unwrap());
    for column in [
        "order_id",
        "customer_id",
        "status",
        "placed_at",
        "updated_at",
        "currency",
        "city",
    ] {
        assert_eq!(line[column], listed[column].as_str().unwrap(), "{column}");
    }
    let total = listed["total"].as_u64().unwrap();
    assert_eq!(line["total"], format!("{}.{:02}", total / 100, total % 100));
    assert_eq!(line["item_count"], listed["item_count"].to_string());
    assert_eq!(line["stale"], "false");
    assert_eq!(line["tracking_number"], "");
    shop.close().await;
}

#[tokio::test]
async fn what_cannot_be_exported_is_named() {
    let shop = Shop::open().await;
    for (query, field) in [
        ("sort=total", "sort"),
        ("status=lost", "status"),
        ("from=yesterday", "from"),
    ] {
        let refused = shop.staff.get(&format!("/v1/orders.csv?{query}")).await;
        let refused = refused.refused(400, "malformed_request");
        assert_eq!(
            refused.body["errors"][0]["field"], field,
            "{}",
            refused.text
        );
    }
    let paged = shop.staff.get("/v1/orders.csv?limit=5").await;
    paged.refused(400, "malformed_request");
    shop.close().await;
}

/// Longer than anything in these tests takes.
const PATIENCE: Duration = Duration::from_secs(90);
/// Orders whose file is much longer than what sockets and buffers hold.
const LONG: usize = 700;

impl Shop {
    async fn fill(&self) {
        let mut body = order();
        for item in body["pricing"]["items"].as_array_mut().unwrap() {
            item["title"] = json!("long ".repeat(59));
        }
        let new = NewOrder::parse(body).unwrap();
        let place = async |_| {
            orders::place_with(self.app.app(), "c2", |order| *order = new.clone()).await;
        };
        for _ in 0..LONG / 50 {
            futures::future::join_all((0..50).map(place)).await;
        }
    }

    /// A client that asks for a file and reads nothing of it.
    async fn stalled(&self, token: &str) -> TcpStream {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4_096).unwrap();
        let mut tcp = socket.connect(self.app.address).await.unwrap();
        let request = format!(
            "GET /v1/orders.csv HTTP/1.1\r\nhost: waybill\r\nauthorization: Bearer {token}\r\n\r\n"
        );
        tcp.write_all(request.as_bytes()).await.unwrap();
        tcp
    }

    /// Waits until so many exports are under way.
    async fn exporting(&self, expected: usize) {
        let until = Instant::now() + PATIENCE;
        while self.app.app().push.connections.len() != expected {
            assert!(Instant::now() < until, "never {expected}");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
}

/// Whether all of the file comes to a client that begins to read now.
async fn is_whole(mut tcp: TcpStream) -> bool {
    let mut answer = Vec::new();
    // A connection that is reset has ended, too; one that stays open has had its last chunk.
    let mut buffer = vec![0; 1 << 16];
    while let Ok(Ok(read @ 1..)) = tokio::time::timeout(PATIENCE, tcp.read(&mut buffer)).await {
        answer.extend_from_slice(&buffer[..read]);
        if answer.ends_with(b"\r\n0\r\n\r\n") {
            return true;
        }
    }
    assert!(answer.starts_with(b"HTTP/1.1 200 OK"));
    false
}

#[tokio::test]
async fn who_takes_nothing_holds_up_nobody_and_not_the_end_of_the_node() {
    let shop = Shop::open_with(&[
        ("WAYBILL_PUSH_STALL_SECS", "3600"),
        ("WAYBILL_SHUTDOWN_GRACE_SECS", "300"),
    ])
    .await;
    shop.fill().await;
    let mut stalled = Vec::new();
    for _ in 0..3 {
        let token = shop.app.token("ben", &[Role::Staff]);
        stalled.push(shop.stalled(&token).await);
    }
    shop.exporting(3).await;
    assert_eq!(export(&shop, &shop.staff, "").await.len(), LONG);
    shop.exporting(3).await;
    // Who may see nothing any more is not kept waiting for either.
    let body = json!({ "kind": "subject", "value": "ben" });
    let revoked = shop.admin.post("/v1/admin/revocations", body).await;
    revoked.expect(201);
    shop.exporting(0).await;
    for tcp in stalled {
        assert!(!is_whole(tcp).await);
    }
    let _last = shop.stalled(&shop.app.token("ann", &[Role::Staff])).await;
    shop.exporting(1).await;
    let stopping = Instant::now();
    shop.close().await;
    assert!(stopping.elapsed() < PATIENCE, "{:?}", stopping.elapsed());
}

#[tokio::test]
async fn a_client_that_takes_nothing_for_too_long_is_cut() {
    let shop = Shop::open_with(&[("WAYBILL_PUSH_STALL_SECS", "5")]).await;
    shop.fill().await;
    let token = shop.app.token("ann", &[Role::Staff]);
    let stalled = shop.stalled(&token).await;
    shop.exporting(1).await;
    shop.exporting(0).await;
    assert!(!is_whole(stalled).await);
    // One that only comes late gets everything.
    let late = shop.stalled(&token).await;
    shop.exporting(1).await;
    assert!(is_whole(late).await);
    shop.close().await;
}
