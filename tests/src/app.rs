//! A node in the test's own process, on a database and a port of its own.

use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use waybill_api::app::Shared;
use waybill_api::auth::{Minter, Role, TokenRequest};
use waybill_api::config::{Config, Sources};
use waybill_api::node::Node;
use waybill_api::tracking::notifier::Notifier;

use crate::database::TestDatabase;

/// With which every test's tokens are signed.
pub const SECRET: &str = "a secret of the tests, at least 32 bytes long";
/// What every test's tokens name as their issuer.
pub const ISSUER: &str = "https://shop.test";
/// The one page of another origin that may call.
pub const FRONTEND: &str = "https://front.test";

/// A running node. Several may share one database.
pub struct TestApp {
    /// Where it listens.
    pub address: SocketAddr,
    node: Option<Node>,
    config: Config,
}

impl TestApp {
    /// A node on `database` with the tests' settings.
    pub async fn start(database: &TestDatabase) -> Self {
        Self::start_with(database, &[]).await
    }

    /// Likewise, with further variables.
    pub async fn start_with(database: &TestDatabase, variables: &[(&str, &str)]) -> Self {
        let config = config(database, variables);
        let node = Node::start(config.clone(), recorder().clone()).await;
        Self::of(node.expect("the node starts"), config)
    }

    /// Likewise, with something that sends tracking links.
    pub async fn start_notifying(
        database: &TestDatabase,
        variables: &[(&str, &str)],
        notifier: Arc<dyn Notifier>,
    ) -> Self {
        let config = config(database, variables);
        let metrics = recorder().clone();
        let node = Node::start_notifying(config.clone(), metrics, Some(notifier)).await;
        Self::of(node.expect("the node starts"), config)
    }

    fn of(node: Node, config: Config) -> Self {
        Self {
            address: node.address(),
            node: Some(node),
            config,
        }
    }

    /// The parts of the node, for tests that look inside.
    pub fn app(&self) -> &Shared {
        self.node.as_ref().expect("the node runs").app()
    }

    /// Waits until the node says that it cannot go on.
    pub async fn failed(&self) {
        self.node.as_ref().expect("the node runs").failed().await;
    }

    /// The address of `path`.
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    /// A token for `subject` with `roles`, good for ten minutes.
    pub fn token(&self, subject: &str, roles: &[Role]) -> String {
        self.token_for(subject, roles, Duration::from_mins(10))
    }

    /// Likewise, good for `lifetime`.
    pub fn token_for(&self, subject: &str, roles: &[Role], lifetime: Duration) -> String {
        mint(&self.config, subject, roles, lifetime)
    }

    /// Stops the node as SIGTERM does.
    pub async fn stop(mut self) {
        if let Some(node) = self.node.take() {
            node.stop().await;
        }
    }
}

/// The settings of a test's node: those that a shop has to give, any port, and short times.
pub fn variables(database: &TestDatabase) -> Vec<(String, String)> {
    [
        ("DATABASE_URL", database.url().as_str()),
        ("MIGRATE_DATABASE_URL", database.owner_url().as_str()),
        ("ACCESS_TOKEN_SECRET", SECRET),
        ("ISSUER", ISSUER),
        ("FRONTEND_URL", FRONTEND),
        ("WAYBILL_LISTEN", "127.0.0.1:0"),
        ("WAYBILL_PUSH_DRAIN_MS", "200"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// A token that every test's node accepts.
pub fn mint(config: &Config, subject: &str, roles: &[Role], lifetime: Duration) -> String {
    let request = TokenRequest {
        subject: subject.parse().expect("a customer id"),
        roles: roles.to_vec(),
        lifetime,
        session_id: None,
    };
    let minter = Minter::new(&config.auth).expect("tests sign with a secret");
    minter.mint(&request, chrono::Utc::now()).expect("a token")
}

/// What a test's node is told, with `more` in the place of the defaults.
pub fn config(database: &TestDatabase, more: &[(&str, &str)]) -> Config {
    let mut variables = variables(database);
    variables.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
    variables.extend(
        more.iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned())),
    );
    Config::load(&Sources::from_variables(variables)).expect("valid settings")
}

/// One recorder a process: the `metrics` crate has no more.
fn recorder() -> &'static PrometheusHandle {
    static RECORDER: OnceLock<PrometheusHandle> = OnceLock::new();
    RECORDER.get_or_init(|| {
        PrometheusBuilder::new()
            .install_recorder()
            .expect("the first recorder")
    })
}
