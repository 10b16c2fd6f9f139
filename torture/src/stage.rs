//! What most works need: a Postgres on disk, nodes on it, and a folder for what they say.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use serde::Deserialize;
use tokio::process::Command;
use waybill_infra::private_postgres::{Options as Settings, PrivatePostgres, provision};
use waybill_tests::node::{Node, NodeOptions};

use crate::options::Options;

/// With which tokens are signed.
pub const SECRET: &str = "a secret of the torture, at least 32 bytes";
/// Who signs them.
pub const ISSUER: &str = "https://torture.test";

/// A folder for one run, with a Postgres in it. The Postgres, and the nodes, end when this is dropped; the folder
/// goes with [`Stage::clear`] only, so that there is something to look at otherwise.
pub struct Stage {
    /// The nodes, in the order in which they were started.
    pub nodes: Vec<Node>,
    /// The Postgres.
    pub postgres: PrivatePostgres,
    /// Where the service finds its database.
    pub service_url: String,
    /// Where the database's owner does.
    pub owner_url: String,
    waybill: PathBuf,
    folder: PathBuf,
}

impl Stage {
    /// A Postgres on disk with `fsync` on and an empty log, for the work of this name; no node yet.
    pub async fn set(options: &Options, work: &str) -> anyhow::Result<Self> {
        let waybill = options.waybill()?;
        let name = format!("waybill-{work}-{}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir_all(&folder)?;
        // Postgres may run under another account, which has to get to its own folder.
        let settings = Settings {
            durable: true,
            fresh: true,
            data_dir: Some(folder.with_extension("postgres")),
            ephemeral: true,
            ..Settings::throwaway()
        };
        let postgres =
            tokio::task::spawn_blocking(move || PrivatePostgres::start(&settings)).await??;
        let provisioned = provision(&postgres).await?;
        Ok(Self {
            nodes: Vec::new(),
            postgres,
            service_url: provisioned.service_url,
            owner_url: provisioned.owner_url,
            waybill,
            folder,
        })
    }

    /// How a node on this database is started, with further variables. It writes its log to this run's folder.
    pub fn node_options(&self, more: &[(&str, &str)]) -> NodeOptions {
        let mut variables = variables(&self.service_url);
        variables.retain(|(name, _)| more.iter().all(|(other, _)| name != other));
        let more = more.iter();
        variables.extend(more.map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
        let mut options = NodeOptions::new(&self.waybill, &variables);
        options.log = Some(
            self.folder
                .join(format!("node-{}.log", self.nodes.len() + 1)),
        );
        options
    }

    /// Starts one more node, with further variables, and waits until it is ready.
    pub async fn start_node(&mut self, more: &[(&str, &str)]) -> anyhow::Result<()> {
        let node = Node::launch(self.node_options(more)).await?;
        self.nodes.push(node);
        let node = self.nodes.last().context("a node")?;
        node.ready().await
    }

    /// Where the nodes listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(Node::address).collect()
    }

    /// The folder of this run, with what nodes have logged.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What `waybill verify` finds.
    pub async fn verify(&self) -> anyhow::Result<Vec<String>> {
        verify(&self.waybill, &self.service_url).await
    }

    /// Stops everything and deletes the folder, unless something was found that one may want to look into; then
    /// it says where that is.
    pub async fn clear(self, findings: &[String]) -> anyhow::Result<()> {
        for node in self.nodes {
            node.stop().await?;
        }
        let postgres = self.postgres;
        tokio::task::spawn_blocking(move || postgres.stop()).await??;
        if findings.is_empty() {
            std::fs::remove_dir_all(&self.folder)?;
        } else {
            println!("  what the nodes logged: {}", self.folder.display());
        }
        Ok(())
    }
}

/// The settings of a node on the database at `url`. Pings come every two seconds, so that clients soon notice what is
/// dead, and nobody is held back for calling too often.
pub fn variables(url: &str) -> Vec<(String, String)> {
    [
        ("DATABASE_URL", url),
        ("ACCESS_TOKEN_SECRET", SECRET),
        ("ISSUER", ISSUER),
        ("WAYBILL_PUSH_PING_SECS", "2"),
        ("WAYBILL_PUSH_DRAIN_MS", "300"),
        ("WAYBILL_RATE_CUSTOMER_PER_SEC", "1000"),
        ("WAYBILL_RATE_CUSTOMER_BURST", "2000"),
        ("WAYBILL_RATE_STAFF_PER_SEC", "1000"),
        ("WAYBILL_RATE_STAFF_BURST", "2000"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// What `waybill verify` finds in the database at `url`: each finding in a sentence.
pub async fn verify(waybill: &Path, url: &str) -> anyhow::Result<Vec<String>> {
    #[derive(Deserialize)]
    struct Verified {
        findings: Vec<Finding>,
    }
    #[derive(Deserialize)]
    struct Finding {
        position: Option<u64>,
        order_id: Option<String>,
        problem: String,
    }
    let output = Command::new(waybill)
        .args(["verify", "--json"])
        .env_clear()
        .envs(variables(url))
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await?;
    let verified: Verified = serde_json::from_slice(&output.stdout).with_context(|| {
        let said = String::from_utf8_lossy(&output.stderr);
        format!("`waybill verify` could not look: {}", said.trim())
    })?;
    let sentence = |finding: Finding| {
        let position = finding
            .position
            .map(|position| format!(" position {position}"));
        let order = finding.order_id.map(|order| format!(" order {order}"));
        format!(
            "verify:{}{} {}",
            position.unwrap_or_default(),
            order.unwrap_or_default(),
            finding.problem
        )
    };
    Ok(verified.findings.into_iter().map(sentence).collect())
}
