//! Nchan: an nginx of our own with a folder of its own, and its publisher.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::Context as _;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{ReadHalf, WriteHalf};
use tokio::net::{TcpListener, TcpStream};

use super::frame::Frame;
use super::plan::Plan;

/// Where Debian has it.
const MODULE: &str = "/usr/lib/nginx/modules/ngx_nchan_module.so";
const CONFIGURATION: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/peers/nchan/nginx.conf"
));
/// How long it may take to start, and to stop.
const PATIENCE: Duration = Duration::from_secs(10);

/// A running nginx.
pub struct Nginx {
    master: Child,
    folder: PathBuf,
    port: u16,
}

impl Nginx {
    /// Starts it and waits until it listens.
    pub async fn start() -> anyhow::Result<Self> {
        anyhow::ensure!(
            Path::new(MODULE).exists(),
            "Nchan is not installed: Debian's packages nginx and libnginx-mod-nchan"
        );
        // Free a moment ago, which is as good as it gets for another process.
        let port = TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port();
        let name = format!("waybill-nchan-{}-{port}", std::process::id());
        let folder = std::env::temp_dir().join(name);
        std::fs::create_dir(&folder)?;
        let configuration = CONFIGURATION
            .replace("MODULE", MODULE)
            .replace("PORT", &port.to_string());
        std::fs::write(folder.join("nginx.conf"), configuration)?;
        let master = Command::new("nginx")
            .arg("-p")
            .arg(&folder)
            .args(["-c", "nginx.conf", "-e", "error.log"])
            .stdin(Stdio::null())
            .spawn()
            .context("nginx")?;
        let nginx = Self {
            master,
            folder,
            port,
        };
        let until = Instant::now() + PATIENCE;
        while TcpStream::connect(("127.0.0.1", port)).await.is_err() {
            anyhow::ensure!(Instant::now() < until, "nginx did not start");
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(nginx)
    }

    /// The master, whose children are the workers.
    pub fn id(&self) -> u32 {
        self.master.id()
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Where the client that follows topic `topic` connects to.
    pub fn path(topic: usize) -> String {
        format!("/follow?topic={topic}")
    }

    /// Publishes what is planned to topic 0, over one connection, on which no request waits for the answer to
    /// the one before.
    pub async fn emit(&mut self, plan: Plan) -> anyhow::Result<()> {
        let mut stream = TcpStream::connect(("127.0.0.1", self.port)).await?;
        stream.set_nodelay(true)?;
        // Not split for good: nginx answers nobody who has closed his half.
        let (answers, requests) = stream.split();
        let (read, written) = tokio::join!(read(answers, plan.events), publish(requests, plan));
        // What nginx itself says of it.
        let log = std::fs::read_to_string(self.folder.join("error.log")).unwrap_or_default();
        read.and(written)
            .with_context(|| format!("publishing to nginx: {log}"))
    }

    /// Stops it.
    pub async fn stop(self) -> anyhow::Result<()> {
        tokio::task::spawn_blocking(|| drop(self)).await?;
        Ok(())
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // By a signal that it can act on: its workers would stay behind otherwise.
        let id = i32::try_from(self.master.id()).ok();
        if let Some(id) = id.and_then(rustix::process::Pid::from_raw)
            && let Err(error) = rustix::process::kill_process(id, rustix::process::Signal::TERM)
        {
            eprintln!("nginx cannot be ended: {error}");
        }
        let until = Instant::now() + PATIENCE;
        while matches!(self.master.try_wait(), Ok(None)) && Instant::now() < until {
            std::thread::sleep(Duration::from_millis(10));
        }
        drop(self.master.kill());
        drop(self.master.wait());
        drop(std::fs::remove_dir_all(&self.folder));
    }
}

async fn publish(mut requests: WriteHalf<'_>, plan: Plan) -> anyhow::Result<()> {
    let frame = Frame::new();
    let began = tokio::time::Instant::now();
    let mut waiting = Vec::new();
    for nth in 0..plan.events {
        if plan.per_second.is_some() {
            tokio::time::sleep_until(began + plan.due(nth)).await;
        }
        let body = frame.now(nth + 1);
        let length = body.len();
        waiting.extend(
            format!("POST /publish?topic=0 HTTP/1.1\r\nhost: bench\r\ncontent-length: {length}\r\n\r\n{body}")
                .into_bytes(),
        );
        if plan.per_second.is_some() || nth + 1 == plan.events {
            requests.write_all(&waiting).await?;
            waiting.clear();
        }
    }
    Ok(())
}

/// Reads as many answers.
async fn read(mut answers: ReadHalf<'_>, count: u64) -> anyhow::Result<()> {
    let (mut found, mut bytes, mut buffer) = (0, Vec::new(), vec![0; 64 << 10]);
    while found < count {
        let got = answers.read(&mut buffer).await?;
        anyhow::ensure!(got > 0, "nginx takes no more events");
        bytes.extend_from_slice(buffer.get(..got).unwrap_or_default());
        let mut end = 0;
        for at in memchr::memmem::find_iter(&bytes, b"HTTP/1.1 20") {
            found += 1;
            end = at + 1;
        }
        bytes.drain(..end);
    }
    Ok(())
}
