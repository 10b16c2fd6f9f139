//! The node under test, in a process of its own.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::process::memory_kib;

/// How long it may take until it is ready, and to stop.
const PATIENCE: Duration = Duration::from_secs(30);

/// A running `waybill serve`.
pub struct Node {
    process: Child,
    id: u32,
    address: SocketAddr,
}

impl Node {
    /// Starts it and waits until it is ready.
    pub async fn start(waybill: &Path, variables: &[(String, String)]) -> anyhow::Result<Self> {
        // Free a moment ago, which is as good as it gets for another process.
        let address = TcpListener::bind("127.0.0.1:0").await?.local_addr()?;
        let process = Command::new(waybill)
            .arg("serve")
            .env_clear()
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .env("WAYBILL_LISTEN", address.to_string())
            .env("WAYBILL_LOG", "warn")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let id = process.id().context("the node has ended at once")?;
        let node = Self {
            process,
            id,
            address,
        };
        let until = Instant::now() + PATIENCE;
        while !matches!(node.get("/readyz").await, Ok(answer) if answer.starts_with("HTTP/1.1 200"))
        {
            anyhow::ensure!(Instant::now() < until, "the node did not become ready");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(node)
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
        let request = format!("GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: close\r\n\r\n");
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

    /// Stops it as a supervisor does.
    pub async fn stop(mut self) -> anyhow::Result<()> {
        let pid = i32::try_from(self.id)
            .ok()
            .and_then(rustix::process::Pid::from_raw);
        let pid = pid.context("a process id")?;
        rustix::process::kill_process(pid, rustix::process::Signal::TERM)?;
        tokio::time::timeout(PATIENCE, self.process.wait()).await??;
        Ok(())
    }
}
