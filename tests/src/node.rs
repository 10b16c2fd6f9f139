//! A node in a process of its own: the binary as it is run, which can be killed, stopped in its tracks and started again.

use std::fs::File;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use rand::Rng as _;
use rustix::process::{Pid, Signal, kill_process};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::process::memory_kib;

/// How long it may take until it is ready, and to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// How a node is started.
#[derive(Clone, Debug)]
pub struct NodeOptions {
    /// The binary.
    pub waybill: PathBuf,
    /// All of its environment but `WAYBILL_LISTEN`.
    pub variables: Vec<(String, String)>,
    /// Where it listens, now and after each restart. `None`: a port that is free now.
    pub listen: Option<SocketAddr>,
    /// The file that its log and its complaints are added to. `None`: this process's own standard error.
    pub log: Option<PathBuf>,
}

impl NodeOptions {
    /// A node with these variables and nothing else of its own.
    pub fn new(waybill: &Path, variables: &[(String, String)]) -> Self {
        Self {
            waybill: waybill.to_owned(),
            variables: variables.to_owned(),
            listen: None,
            log: None,
        }
    }
}

/// A `waybill serve`. Its process is killed when this is dropped.
pub struct Node {
    options: NodeOptions,
    address: SocketAddr,
    process: Child,
    id: u32,
}

impl Node {
    /// Starts it and waits until it is ready.
    pub async fn start(waybill: &Path, variables: &[(String, String)]) -> anyhow::Result<Self> {
        let node = Self::launch(NodeOptions::new(waybill, variables)).await?;
        node.ready().await?;
        Ok(node)
    }

    /// Starts it and waits for nothing.
    pub async fn launch(options: NodeOptions) -> anyhow::Result<Self> {
        let address = match options.listen {
            Some(address) => address,
            None => free_address().await?,
        };
        let process = spawn(&options, address)?;
        let id = process.id().context("the node has ended at once")?;
        Ok(Self {
            options,
            address,
            process,
            id,
        })
    }

    /// Waits until it says that it is ready; fails if it ends before, or takes more than half a minute.
    pub async fn ready(&self) -> anyhow::Result<()> {
        let until = Instant::now() + PATIENCE;
        while !self.is_ready().await {
            // A process that has ended holds no memory, although it is still to be waited for.
            anyhow::ensure!(self.resident_kib().is_ok(), "the node has ended");
            anyhow::ensure!(Instant::now() < until, "the node did not become ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(())
    }

    /// Whether it says within two seconds that it is ready.
    pub async fn is_ready(&self) -> bool {
        let answer = tokio::time::timeout(Duration::from_secs(2), self.get("/readyz")).await;
        matches!(answer, Ok(Ok(answer)) if answer.starts_with("HTTP/1.1 200"))
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub fn id(&self) -> u32 {
        self.id
    }

    /// What `/metrics` says.
    pub async fn metrics(&self) -> anyhow::Result<String> {
        self.get("/metrics").await
    }

    async fn get(&self, path: &str) -> anyhow::Result<String> {
        let mut stream = TcpStream::connect(self.address()).await?;
        let request = format!("GET {path} HTTP/1.1\r\nhost: waybill\r\nconnection: close\r\n\r\n");
        stream.write_all(request.as_bytes()).await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        Ok(answer)
    }

    /// Memory that it holds now.
    pub fn resident_kib(&self) -> anyhow::Result<u64> {
        memory_kib(self.id, "VmRSS:")
    }

    /// The most that it has held.
    pub fn resident_at_most_kib(&self) -> anyhow::Result<u64> {
        memory_kib(self.id, "VmHWM:")
    }

    /// `kill -9`: it does nothing any more, not even close its connections in good order. Returns when it has gone.
    pub async fn kill(&mut self) -> anyhow::Result<()> {
        self.process.kill().await?;
        Ok(())
    }

    /// Stops it in its tracks, with every connection open, until [`Node::go_on`].
    pub fn pause(&self) -> anyhow::Result<()> {
        self.signal(Signal::STOP)
    }

    /// Lets it go on where it was stopped.
    pub fn go_on(&self) -> anyhow::Result<()> {
        self.signal(Signal::CONT)
    }

    /// Asks it to stop as a supervisor does, and returns when it has gone.
    pub async fn terminate(&mut self) -> anyhow::Result<()> {
        self.signal(Signal::TERM)?;
        let status = tokio::time::timeout(PATIENCE, self.process.wait()).await;
        let status = status.context("the node did not stop")??;
        anyhow::ensure!(status.success(), "the node ended with {status}");
        Ok(())
    }

    /// Starts it again after it has gone, at the same address, and waits for nothing.
    pub fn launch_again(&mut self) -> anyhow::Result<()> {
        let gone = self.process.try_wait()?.is_some();
        anyhow::ensure!(gone, "the node is still running");
        self.process = spawn(&self.options, self.address)?;
        self.id = self.process.id().context("the node has ended at once")?;
        Ok(())
    }

    /// Likewise, with another binary and other variables: what an upgrade does.
    pub fn launch_other(
        &mut self,
        waybill: &Path,
        variables: &[(String, String)],
    ) -> anyhow::Result<()> {
        waybill.clone_into(&mut self.options.waybill);
        variables.clone_into(&mut self.options.variables);
        self.launch_again()
    }

    /// Stops it as a supervisor does.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        self.terminate().await
    }

    fn signal(&self, signal: Signal) -> anyhow::Result<()> {
        // Not a process that got the same id since: this one is still ours to wait for.
        anyhow::ensure!(self.process.id().is_some(), "the node has ended");
        let pid = i32::try_from(self.id).ok().and_then(Pid::from_raw);
        kill_process(pid.context("a process id")?, signal)?;
        Ok(())
    }
}

fn spawn(options: &NodeOptions, address: SocketAddr) -> anyhow::Result<Child> {
    let complaints = match &options.log {
        Some(path) => {
            let log = File::options().create(true).append(true).open(path);
            Stdio::from(log.with_context(|| path.display().to_string())?)
        }
        None => Stdio::inherit(),
    };
    let process = Command::new(&options.waybill)
        .arg("serve")
        .env_clear()
        .env("WAYBILL_LOG", "warn")
        .envs(options.variables.iter().map(|(name, value)| (name, value)))
        .env("WAYBILL_LISTEN", address.to_string())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(complaints)
        .kill_on_drop(true)
        .spawn()?;
    Ok(process)
}

/// A port that was free a moment ago, which is as good as it gets for another process. It is not one of those that
/// the kernel hands out: a client that tries to reach a node that has gone would now and then be given the node's own
/// port, and find itself.
async fn free_address() -> anyhow::Result<SocketAddr> {
    for _ in 0..100 {
        let port = rand::rng().random_range(16_000..32_000);
        if let Ok(listener) = TcpListener::bind(("127.0.0.1", port)).await {
            return Ok(listener.local_addr()?);
        }
    }
    anyhow::bail!("no port is free")
}
