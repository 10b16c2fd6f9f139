//! Whatever is put into a request, what comes back says nothing of what is behind.

use serde_json::Value;
use waybill_api::auth::Role;
use waybill_tests::app::{SECRET, TestApp};
use waybill_tests::database::TestDatabase;

use super::operations::{self, Asked, Operation};

/// What has made services talk.
const NASTY: [&str; 19] = [
    "'",
    "\" OR 1=1 --",
    "'; DROP TABLE events; --",
    "1) UNION SELECT key FROM server_keys --",
    "%",
    "\\",
    "\u{0}",
    "\u{7f}\u{202e}\u{feff}",
    "\n\r\nset-cookie: a=b",
    "../../../../etc/passwd",
    "file:///etc/passwd",
    "http://169.254.169.254/",
    "{{7*7}}${7*7}<%= 7*7 %>",
    "<script>alert(1)</script>",
    "$(id)`id`",
    "99999999999999999999999999",
    "-1",
    "NaN",
    "true",
];

/// Words of what nobody outside is to hear of.
const INSIDE: [&str; 22] = [
    "SELECT ",
    "INSERT ",
    "sqlx",
    "Postgres",
    "postgres",
    "PgError",
    "syntax error",
    "relation \"",
    "column \"",
    "constraint",
    "duplicate key",
    "waybill_app",
    "waybill_append",
    "server_keys",
    "panicked",
    "unwrap",
    ".rs:",
    "/src/",
    "stack backtrace",
    "/tmp/",
    "serde",
    SECRET,
];

/// One request for each place where something can be put.
fn requests(operation: &Operation, app: &TestApp, nasty: &str) -> Vec<Asked> {
    let value = operations::encoded(nasty);
    let fill = |path: &str| {
        let pieces = path.split('/').map(|piece| {
            if piece.starts_with('{') {
                &value
            } else {
                piece
            }
        });
        pieces.collect::<Vec<_>>().join("/")
    };
    let base = Asked {
        method: operation.method.clone(),
        url: app.url(&fill(&operation.path)),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("if-match", "*".to_owned()),
        ],
        body: operation.body.as_ref().map(ToString::to_string),
    };
    let mut all = vec![base.clone()];
    for parameter in &operation.parameters {
        let mut asked = base.clone();
        match parameter.place.as_str() {
            "query" => asked.url.extend(["?", &parameter.name, "=", &value]),
            "header" if nasty.bytes().all(|byte| (32..127).contains(&byte)) => {
                asked.headers.retain(|(name, _)| *name != "if-match");
                let name: &'static str = match parameter.name.as_str() {
                    "If-Match" => "if-match",
                    "If-None-Match" => "if-none-match",
                    "Idempotency-Key" => "idempotency-key",
                    "X-Causation-Id" => "x-causation-id",
                    "X-Request-Id" => "x-request-id",
                    "Last-Event-ID" => "last-event-id",
                    other => panic!("a header that is not tried: {other}"),
                };
                asked.headers.push((name, nasty.to_owned()));
            }
            _ => continue,
        }
        all.push(asked);
    }
    if let Some(body) = &operation.body {
        all.extend(bodies(body, nasty).into_iter().map(|body| Asked {
            body: Some(body),
            ..base.clone()
        }));
    }
    all
}

/// The example with each of its members in turn in that form, and what is no JSON at all.
fn bodies(example: &Value, nasty: &str) -> Vec<String> {
    let mut all = vec![
        nasty.to_owned(),
        format!("[{example}]"),
        format!("{{\"{nasty}"),
    ];
    let members = example.as_object().into_iter().flat_map(|all| all.keys());
    for member in members {
        let mut changed = example.clone();
        changed[member] = nasty.into();
        all.push(changed.to_string());
    }
    let mut unknown = example.clone();
    unknown[nasty] = nasty.into();
    all.push(unknown.to_string());
    all
}

#[tokio::test]
async fn no_answer_tells_what_is_behind_whatever_is_asked() {
    let variables = [
        ("WAYBILL_RATE_STAFF_BURST", "100000"),
        ("WAYBILL_RATE_STAFF_PER_SEC", "100000"),
        ("WAYBILL_RATE_ANONYMOUS_BURST", "100000"),
        ("WAYBILL_TRACKING_REQUESTS_PER_HOUR", "100000"),
    ];
    let app = TestApp::start_with(&TestDatabase::create().await, &variables).await;
    let nobody = app.client_with(None);
    let document = nobody.get("/openapi.json").await.expect(200).body;
    let token = format!("Bearer {}", app.token("root", &[Role::Admin]));
    let http = reqwest::Client::new();
    let mut refused = 0;
    for operation in operations::all(&document) {
        if operation.id == "metrics" {
            continue; // Not published, and asked nothing.
        }
        for nasty in NASTY {
            for mut asked in requests(&operation, &app, nasty) {
                asked.headers.push(("authorization", token.clone()));
                let said = asked.send(&http).await;
                let what = || format!("{asked:?}: {said:?}");
                assert!(said.status < 500, "{}", what());
                let sent = format!("{nasty} {:?} {:?}", asked.headers, asked.body);
                for word in INSIDE {
                    let echoed = sent.contains(word);
                    assert!(echoed || !said.text.contains(word), "{word:?}: {}", what());
                }
                // Headers that were made of what was asked.
                let mut lines = said.text.lines();
                assert!(
                    !lines.any(|line| line.starts_with("set-cookie: a=b")),
                    "{}",
                    what()
                );
                if said.status >= 400 {
                    assert!(said.text.contains("application/problem+json"), "{}", what());
                    refused += 1;
                }
            }
        }
    }
    assert!(refused > 1_000, "only {refused} were refused");
    app.stop().await;
}
