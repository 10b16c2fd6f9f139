//! Nothing secret gets into a log, however much is logged: the binary runs with every line that there is, is asked
//! everything that there is to ask, and what it wrote is searched.

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use reqwest::Method;
use rustix::process::{Pid, Signal, kill_process};
use serde_json::{Value, json};
use tokio::process::{Child, Command};
use waybill_api::auth::Role;
use waybill_tests::app::{self, FRONTEND, SECRET, mint};
use waybill_tests::database::{SERVICE_ROLE, TestDatabase};
use waybill_tests::engine::Engine;
use waybill_tests::socket::Socket;
use waybill_tests::stream::EventStream;

use super::operations::{self, Asked, Said};

/// In everything that is not to be logged: headers, queries, bodies, and what is kept of them.
const HUSH: &str = "HUSH";

struct Server {
    process: Child,
    log: PathBuf,
    url: String,
}

impl Server {
    async fn start(database: &TestDatabase, folder: &Path) -> Self {
        let log = folder.join("log");
        // The test's Postgres asks nobody for a password; one may be in the address all the same.
        let with_password = format!("{SERVICE_ROLE}:{HUSH}-password@");
        let url = database
            .url()
            .replacen(&format!("{SERVICE_ROLE}@"), &with_password, 1);
        assert!(url.contains(HUSH), "{url}");
        let process = Command::new(env!("CARGO_BIN_EXE_command-line"))
            .arg("serve")
            .env_clear()
            .envs(app::variables(database))
            .env("DATABASE_URL", url)
            .env("WAYBILL_LOG", "trace")
            .env("WAYBILL_LOG_FORMAT", "json")
            .env("WAYBILL_RATE_ANONYMOUS_BURST", "10000")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(std::fs::File::create(&log).unwrap())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let mut server = Self {
            process,
            log,
            url: String::new(),
        };
        let serving = server.logged("serving").await;
        server.url = format!("http://{}", serving["address"].as_str().unwrap());
        server
    }

    async fn logged(&self, message: &str) -> Value {
        for _ in 0..600 {
            let log = std::fs::read_to_string(&self.log).unwrap();
            let lines = log
                .lines()
                .filter_map(|line| serde_json::from_str(line).ok());
            if let Some(line) = lines
                .into_iter()
                .find(|line: &Value| line["message"] == message)
            {
                return line;
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        panic!("{message:?} was not logged");
    }

    /// Ends it. All that it has logged.
    async fn stop(mut self) -> String {
        let id = i32::try_from(self.process.id().unwrap()).unwrap();
        kill_process(Pid::from_raw(id).unwrap(), Signal::TERM).unwrap();
        assert!(self.process.wait().await.unwrap().success());
        std::fs::read_to_string(&self.log).unwrap()
    }

    async fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&'static str, &str)],
        body: Option<&Value>,
    ) -> Said {
        let mut headers: Vec<_> = headers.iter().map(|(n, v)| (*n, (*v).to_owned())).collect();
        if body.is_some() {
            headers.push(("content-type", "application/json".to_owned()));
        }
        let url = format!("{}{path}", self.url);
        let body = body.map(ToString::to_string);
        Asked {
            method,
            url,
            headers,
            body,
        }
        .send(&reqwest::Client::new())
        .await
    }
}

fn member(said: &Said, name: &str) -> String {
    let (_, body) = said.text.split_once('{').unwrap();
    let body: Value = serde_json::from_str(&format!("{{{body}")).unwrap();
    body[name].as_str().unwrap().to_owned()
}

fn order() -> Value {
    json!({
        "customer_id": "ada",
        "pricing": {
            "currency": "EUR",
            "items": [{ "line_id": "1", "sku": "HUSH-SKU", "title": "HUSH-TITLE", "quantity": 1, "unit_price": 100 }],
            "total": 100,
        },
        "shipping_address": {
            "name": "HUSH Ada", "company": "HUSH-COMPANY", "line1": "HUSH lane", "city": "HUSH-CITY", "postal_code": "HUSH",
            "country": "CH", "email": "hush@HUSH.test", "phone": "+41 44 123 45 67",
        },
        "notes": "HUSH-NOTES",
        "metadata": { "a": "HUSH-METADATA" },
    })
}

/// Puts it into every text of an example that may be any text.
fn hushed(value: &mut Value) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                if [
                    "notes",
                    "internal_note",
                    "message_to_customer",
                    "reason_given",
                    "title",
                ]
                .contains(&&**name)
                {
                    *value = json!(format!("{HUSH}-{name}"));
                } else {
                    hushed(value);
                }
            }
        }
        Value::Array(all) => all.iter_mut().for_each(hushed),
        _ => {}
    }
}

/// What somebody holds that nobody else may see.
struct Holdings {
    admin: String,
    forged: String,
    link: String,
    session: String,
    order: String,
}

/// Places an order, and gets everything that stands for somebody.
async fn hold(server: &Server, database: &TestDatabase) -> Holdings {
    let config = app::config(database, &[]);
    let token = |roles: &[Role]| mint(&config, "ada", roles, Duration::from_mins(10));
    let admin = token(&[Role::Admin]);
    let bearer = format!("Bearer {admin}");
    let keyed = [
        ("authorization", &*bearer),
        ("idempotency-key", "HUSH-KEY"),
        ("referer", "https://shop.test/?HUSH"),
    ];
    let plain = &keyed[..1];
    let post = Method::POST;
    let placed = server
        .ask(post.clone(), "/v1/orders", &keyed, Some(&order()))
        .await;
    assert_eq!(placed.status, 201, "{placed:?}");
    let id = member(&placed, "order_id");
    let path = format!("/v1/orders/{id}/tracking-link");
    let link = server
        .ask(post.clone(), &path, plain, Some(&json!({})))
        .await;
    let begun = server.ask(post.clone(), "/v1/session", plain, None).await;
    let mut lines = begun.text.lines();
    let session = lines.find_map(|line| line.strip_prefix("set-cookie: "));
    let session = session.unwrap().split(';').next().unwrap().to_owned();
    let asked =
        json!({ "order_number": member(&placed, "order_number"), "email": "hush@HUSH.test" });
    server
        .ask(post, "/v1/tracking-requests", &[], Some(&asked))
        .await;
    Holdings {
        forged: format!("Bearer {}x", token(&[])),
        link: member(&link, "token"),
        order: id,
        session,
        admin,
    }
}

/// Everything that there is, in every way of saying who one is, and of saying it wrongly.
async fn ask_everything(server: &Server, held: &Holdings) {
    let document = server.ask(Method::GET, "/openapi.json", &[], None).await;
    let (_, document) = document.text.split_once("\n{").unwrap();
    let document: Value = serde_json::from_str(&format!("{{{document}")).unwrap();
    let (admin, id) = (&held.admin, &held.order);
    let by_token = format!("Bearer {admin}");
    let by_cookie = format!("accessToken={admin}; HUSH=1");
    let by_link = format!("Bearer {}", held.link);
    for mut operation in operations::all(&document) {
        let path = operation.path.replace("{id}", id).replace("{order}", id);
        let path = path.replace("{name}", "none");
        let queried = format!("{path}?q=HUSH&topic=order:{id}&token={admin}");
        operation.body.iter_mut().for_each(hushed);
        let body = operation.body.as_ref();
        let wrong = body.map(|_| json!({ "HUSH": "HUSH", "notes": ["HUSH"] }));
        for headers in [
            &[("authorization", &*by_token), ("if-match", "*")][..],
            &[("authorization", &*held.forged), ("if-match", "HUSH")],
            &[("authorization", "Basic SFVTSA==")],
            &[("authorization", &*by_link)],
            &[
                ("cookie", &*by_cookie),
                ("origin", FRONTEND),
                ("if-match", "*"),
            ],
            &[
                ("cookie", &*held.session),
                ("origin", "https://evil.test/HUSH"),
            ],
        ] {
            let method = || operation.method.clone();
            server.ask(method(), &queried, headers, body).await;
            server.ask(method(), &path, headers, wrong.as_ref()).await;
        }
    }
}

/// On every channel, well and badly.
async fn follow_everything(server: &Server, held: &Holdings) {
    let address = server.url.trim_start_matches("http://").parse().unwrap();
    let admin = &held.admin;
    let mut socket = Socket::hello(address, admin).await;
    for frame in [
        json!({ "type": "subscribe", "id": "a", "topic": "orders", "after": "earliest", "include": "order" }),
        json!({ "type": "auth", "token": admin }),
    ] {
        socket.send(&frame).await;
    }
    socket.frame_of("live").await;
    let wrong = json!({ "type": "HUSH", "token": admin });
    socket.send(&wrong).await;
    socket.close_code().await;
    let headers = [("cookie", &*held.session), ("origin", FRONTEND)];
    let mut socket = Socket::connect(address, &headers).await;
    socket.frame_of("welcome").await;
    let mut socket = Socket::connect(address, &[]).await;
    let forged = json!({ "type": "hello", "token": held.forged });
    socket.send(&forged).await;
    socket.close_code().await;
    let query = "topic=orders&after=earliest&include=order";
    let mut stream = EventStream::follow(address, query, admin, None).await;
    stream.next_of("live").await;
    for token in [admin, &held.forged, &held.link] {
        let mut engine = Engine::open(address).await;
        let connect = format!("40{}", json!({ "token": token }));
        engine.send(&connect).await;
        engine.packet().await;
        engine.send(r#"421["HUSH","HUSH"]"#).await;
        engine.send("HUSH").await;
        engine.rest().await;
    }
}

#[tokio::test]
async fn no_secret_and_nothing_personal_is_ever_logged() {
    let database = TestDatabase::create().await;
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(&database, folder.path()).await;
    let held = hold(&server, &database).await;
    ask_everything(&server, &held).await;
    follow_everything(&server, &held).await;
    let log = server.stop().await;
    assert!(log.lines().count() > 300, "it logged next to nothing");
    let of_ours = |line: &str| {
        line.contains("\"level\":\"DEBUG\"") && line.contains("\"target\":\"waybill_api")
    };
    assert!(log.lines().any(of_ours), "not everything is logged");
    for line in log.lines() {
        // Tokens begin so, every one of them.
        for secret in [HUSH, "hush@", "123 45 67", "eyJ", SECRET, "SFVTSA"] {
            assert!(!line.contains(secret), "{secret} in {line}");
        }
    }
}
