//! What faults befall: nodes in processes of their own, a Postgres on disk, and a network between them.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::process::Command;
use waybill_tests::history::{Log, Recorder};
use waybill_tests::network::{Network, Route};
use waybill_tests::node::{Node, NodeOptions};
use waybill_tests::postgres::Postgres;

use super::lives::Life;
use crate::load::{Load, Loaded, Nodes, Plan};
use crate::options::Options;
use crate::stage;
use crate::tried::Tried;

/// Room for the connections of several nodes, and checkpoints often enough for recoveries to begin anywhere.
pub const SETTINGS: [(&str, &str); 4] = [
    ("max_connections", "200"),
    ("checkpoint_timeout", "30s"),
    ("min_wal_size", "32MB"),
    ("max_wal_size", "64MB"),
];

/// See the module's documentation. Everything that it has started ends with it.
pub struct Scene {
    /// The nodes, in the order in which they were started.
    pub nodes: Vec<Node>,
    /// Their Postgres.
    pub postgres: Postgres,
    /// The network between the two.
    pub network: Network,
    /// Makes all choices.
    pub random: StdRng,
    /// The earlier lives of the log, for those works that cut it short.
    pub(super) lives: Vec<Life>,
    pub(super) recorder: Recorder,
    plan: Plan,
    waybill: PathBuf,
    /// With what the nodes log. It stays if something was found.
    folder: PathBuf,
}

impl Scene {
    /// An empty Postgres on disk; no node yet.
    pub async fn set(options: &Options, work: &str) -> anyhow::Result<Self> {
        Self::set_on(options, work, Postgres::start(&SETTINGS).await?).await
    }

    /// Likewise, on this Postgres.
    pub async fn set_on(options: &Options, work: &str, postgres: Postgres) -> anyhow::Result<Self> {
        let mut random = StdRng::seed_from_u64(options.seed());
        postgres.provision().await?;
        let route = Route::Socket(postgres.socket()?);
        let folder = format!("waybill-{work}-{}", std::process::id());
        let folder = std::env::temp_dir().join(folder);
        std::fs::create_dir_all(&folder)?;
        Ok(Self {
            nodes: Vec::new(),
            network: Network::to(route, random.random()).await?,
            postgres,
            random,
            lives: Vec::new(),
            recorder: Recorder::default(),
            plan: Plan::usual(options),
            waybill: options.waybill()?,
            folder,
        })
    }

    /// Starts nodes, and waits until they are ready.
    pub async fn start_nodes(&mut self, count: usize) -> anyhow::Result<()> {
        for _ in 0..count {
            self.start_node(&[]).await?;
        }
        Ok(())
    }

    /// Starts one more, with further variables.
    pub async fn start_node(&mut self, more: &[(&str, String)]) -> anyhow::Result<()> {
        let mut variables = self.variables();
        variables.extend(
            more.iter()
                .map(|(name, value)| ((*name).to_owned(), value.clone())),
        );
        let mut options = NodeOptions::new(&self.waybill, &variables);
        let log = format!("node-{}.log", self.nodes.len() + 1);
        options.log = Some(self.folder.join(log));
        let node = Node::launch(options).await?;
        node.ready().await?;
        self.nodes.push(node);
        Ok(())
    }

    /// Puts another program in a node's place, as an upgrade does.
    pub async fn upgrade(&mut self, node: usize, waybill: &Path) -> anyhow::Result<()> {
        let variables = self.variables();
        let node = self.nodes.get_mut(node).context("a node")?;
        node.terminate().await?;
        node.launch_other(waybill, &variables)?;
        waybill.clone_into(&mut self.waybill);
        node.ready().await
    }

    /// The load, on all nodes.
    pub async fn load(&self) -> anyhow::Result<Load> {
        self.load_on(&self.addresses()).await
    }

    /// The load, on these nodes only.
    pub async fn load_on(&self, nodes: &[SocketAddr]) -> anyhow::Result<Load> {
        Load::start(&self.plan, Nodes::new(nodes), self.recorder.clone()).await
    }

    /// Where the nodes listen.
    pub fn addresses(&self) -> Vec<SocketAddr> {
        self.nodes.iter().map(Node::address).collect()
    }

    /// Puts another Postgres in the place of this one, which is returned. What was connected is cut.
    pub fn replace_postgres(&mut self, other: Postgres) -> anyhow::Result<Postgres> {
        self.network.lead_to(Route::Socket(other.socket()?));
        self.network.cut();
        Ok(std::mem::replace(&mut self.postgres, other))
    }

    /// `waybill epoch new`.
    pub async fn new_epoch(&self, reason: &str) -> anyhow::Result<()> {
        let output = Command::new(&self.waybill)
            .args(["epoch", "new", "--yes", "--reason", reason])
            .env_clear()
            .envs(self.variables())
            .stdin(Stdio::null())
            .kill_on_drop(true)
            .output()
            .await?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "no new epoch: {said}");
        Ok(())
    }

    /// Mends everything, ends the load, holds what it saw against the log, has `waybill verify` look, and stops all.
    pub async fn judge(self, load: Load, tried: Tried) -> anyhow::Result<Tried> {
        self.judge_but(load, tried, |_| {}).await
    }

    /// Likewise, without what cannot be otherwise in this work.
    pub async fn judge_but(
        mut self,
        load: Load,
        mut tried: Tried,
        forgive: impl FnOnce(&mut Loaded),
    ) -> anyhow::Result<Tried> {
        self.network.heal();
        for node in &self.nodes {
            node.ready().await?;
        }
        let mut loaded = load.stop().await?;
        forgive(&mut loaded);
        let log = Log::load(&self.postgres.owner_url()?).await?;
        if self.lives.is_empty() {
            loaded.judge_by(&log, &mut tried);
            tried.findings.extend(loaded.resets());
        } else {
            super::lives::judge(loaded, &self.lives, &log, &mut tried);
        }
        let url = Postgres::url_through(self.network.address);
        tried
            .findings
            .extend(stage::verify(&self.waybill, &url).await?);
        for node in &mut self.nodes {
            node.terminate().await?;
        }
        self.postgres.end().await?;
        if tried.findings.is_empty() {
            std::fs::remove_dir_all(&self.folder)?;
        } else {
            println!("  what the nodes logged: {}", self.folder.display());
        }
        Ok(tried)
    }

    fn variables(&self) -> Vec<(String, String)> {
        stage::variables(&Postgres::url_through(self.network.address))
    }
}

/// A moment up to `most`, at random.
pub fn moment(random: &mut StdRng, most: Duration) -> Duration {
    most.mul_f64(random.random())
}
