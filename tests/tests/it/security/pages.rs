//! What a page of another site can make a browser do, which sends the cookie along by itself.

use reqwest::Method;
use serde_json::json;
use waybill_api::auth::Role;
use waybill_tests::app::{FRONTEND, TestApp};
use waybill_tests::client::Client;
use waybill_tests::database::TestDatabase;
use waybill_tests::engine::Engine;
use waybill_tests::socket::Socket;
use waybill_tests::stream::EventStream;

use super::operations::{self, Asked};

/// Pages that are none of ours, however alike they look; and none at all.
const FOREIGN: [Option<&str>; 11] = [
    None,
    Some("null"),
    Some(""),
    Some("https://evil.test"),
    Some("https://front.test.evil.test"),
    Some("https://evilfront.test"),
    Some("https://front.test:8443"),
    Some("http://front.test"),
    Some("https://FRONT.test"),
    Some("https://front.test/"),
    Some("https://front.test, https://evil.test"),
];

/// The two cookies that a browser can hold, both of an admin.
async fn cookies(app: &TestApp) -> [String; 2] {
    let token = app.token("root", &[Role::Admin]);
    let begun = app.client_with(Some(token.clone()));
    let begun = begun
        .send(Method::POST, "/v1/session", None, &[])
        .await
        .expect(201);
    let session = begun.header("set-cookie").split(';').next().unwrap();
    [format!("accessToken={token}"), session.to_owned()]
}

#[tokio::test]
async fn no_foreign_page_changes_anything_by_a_cookie() {
    let app = TestApp::start_with(
        &TestDatabase::create().await,
        &[
            ("WAYBILL_RATE_STAFF_BURST", "100000"),
            ("WAYBILL_RATE_STAFF_PER_SEC", "100000"),
        ],
    )
    .await;
    let service: Client = app.client("shop", &[Role::Service]);
    let order = waybill_domain::fixtures::new_order_json();
    let id = service.post("/v1/orders", order).await.expect(201);
    let id = id.text_of("order_id").to_owned();
    let document = service.get("/openapi.json").await.expect(200).body;
    let http = reqwest::Client::new();
    let cookies = cookies(&app).await;
    let mut tried = 0;
    let changing = operations::all(&document)
        .into_iter()
        .filter(|operation| !operation.reads());
    for operation in changing {
        let path = operation.path.replace("{id}", &id).replace("{order}", &id);
        let path = path.replace("{name}", "no_such");
        for cookie in &cookies {
            for origin in FOREIGN {
                // JSON that a form can send, too: its media type needs no preflight.
                for media in ["application/json", "text/plain"] {
                    let mut headers = vec![
                        ("cookie", cookie.clone()),
                        ("if-match", "*".to_owned()),
                        ("content-type", media.to_owned()),
                    ];
                    headers.extend(origin.map(|origin| ("origin", origin.to_owned())));
                    let asked = Asked {
                        method: operation.method.clone(),
                        url: app.url(&path),
                        headers,
                        body: operation.body.as_ref().map(ToString::to_string),
                    };
                    let said = asked.send(&http).await;
                    assert_eq!(said.status, 403, "{asked:?}: {said:?}");
                    assert!(said.text.contains("origin_refused"), "{said:?}");
                    assert!(
                        !said.text.contains("access-control-allow-origin"),
                        "{said:?}"
                    );
                    tried += 1;
                }
            }
        }
    }
    assert!(tried > 500, "only {tried} attempts");
    let seen = service.get(&format!("/v1/orders/{id}")).await.expect(200);
    assert_eq!(
        (seen.version(), &seen.body["status"]),
        (1, &json!("pending"))
    );
    // The session is still there: nobody ended it for its owner.
    let me = [("cookie", &*cookies[1])];
    let nobody = app.client_with(None);
    nobody
        .send(Method::GET, "/v1/me", None, &me)
        .await
        .expect(200);
    // A page of ours may.
    let ours = [("cookie", &*cookies[1]), ("origin", FRONTEND)];
    let cancel = Some(json!({ "reason": "staff" }));
    let path = format!("/v1/orders/{id}/cancel");
    nobody
        .send(Method::POST, &path, cancel, &ours)
        .await
        .expect(200);
    app.stop().await;
}

#[tokio::test]
async fn no_foreign_page_opens_anything_by_a_cookie() {
    let app = TestApp::start(&TestDatabase::create().await).await;
    for cookie in cookies(&app).await {
        for origin in FOREIGN {
            let mut headers = vec![("cookie", &*cookie)];
            headers.extend(origin.map(|origin| ("origin", origin)));
            let mut socket = Socket::connect(app.address, &headers).await;
            let code = socket.close_code().await;
            assert_eq!(code, Some(4403), "{origin:?}");

            let query = "topic=orders&after=AAAAAAAAAAAAAAAAAAAAAA";
            let stream = EventStream::open(app.address, query, &headers).await;
            // A browser that says no origin for a page of our own says where the page stands to it.
            headers.push(("sec-fetch-site", "cross-site"));
            let cross = EventStream::open(app.address, query, &headers).await;
            assert_eq!(cross.status, 403, "{origin:?}");
            if origin.is_some() {
                assert_eq!(stream.status, 403, "{origin:?}");
            }

            let polling = app.url("/socket.io/?EIO=4&transport=polling");
            let mut request = reqwest::Client::new().get(polling);
            for (name, value) in &headers {
                request = request.header(*name, *value);
            }
            let polled = request.send().await.unwrap();
            assert!(!polled.headers().contains_key("access-control-allow-origin"));
            if origin.is_some() {
                assert_eq!(polled.status(), 403, "{origin:?}");
            } else {
                // Connected, but as nobody.
                let mut engine = Engine::open_with(app.address, &headers).await;
                engine.send("40{}").await;
                engine.packet().await;
                engine
                    .send(r#"421["join-order-tracking","ORD-10001"]"#)
                    .await;
                let answer = engine.packet().await;
                assert!(answer.contains("unauthenticated"), "{answer}");
            }
        }
        let ours = [("cookie", &*cookie), ("origin", FRONTEND)];
        let mut socket = Socket::connect(app.address, &ours).await;
        assert_eq!(socket.frame().await["type"], "welcome");
    }
    app.stop().await;
}
