//! Socket.IO, with the real `socket.io-client` and the source systems' own code, and with a client that
//! shows every packet.

mod admin;
mod ending;
mod events;
mod http;
mod resume;
mod rooms;
mod seeds;
mod slow;

use serde_json::{Value, json};
use waybill_tests::app::TestApp;
use waybill_tests::database::TestDatabase;
use waybill_tests::script::Script;
use waybill_tests::shapes;

async fn app(variables: &[(&str, &str)]) -> TestApp {
    TestApp::start_with(&TestDatabase::create().await, variables).await
}

/// A client with these options, once it is connected.
async fn connected(url: &str, options: Value) -> Script {
    let mut client = client(url, options);
    client.line_with("connect").await;
    client
}

fn client(url: &str, mut options: Value) -> Script {
    // A process each, so that one that ends late disturbs no other.
    options["forceNew"] = true.into();
    let told = json!({"url": url, "options": options}).to_string();
    Script::run("client.js", &[&told], &[])
}

/// The next event that an application would listen to, without its offset.
async fn event(client: &mut Script) -> (String, Value) {
    loop {
        let line = client.line_with("event").await;
        let name = line["event"].as_str().unwrap().to_owned();
        assert!(
            line["args"].as_array().unwrap().last().unwrap().is_string(),
            "the last argument is the offset: {line}"
        );
        if name != "waybill:offset" {
            shapes::expect_message("socketio", &name, &line["args"][0]);
            return (name, line["args"][0].clone());
        }
    }
}
