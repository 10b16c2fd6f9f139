//! Commands a second over HTTP, with a token checked for each: Waybill beside Emmett behind Express.
//!
//! Clients with a connection each place an order and then move it along, over and over; a client sends its next
//! request when it has the answer to the last. Both servers are processes of their own on the same Postgres. Ours
//! is `waybill serve` as it is, so it also keeps its read models and its tail up meanwhile, which the peer has not.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::Context as _;
use clap::Args;
use serde_json::{Value, json};
use sqlx::postgres::PgConnection;
use sqlx::{Connection as _, Executor as _};
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::TcpStream;
use tokio::process::{Child, Command};
use tokio::task::JoinSet;
use uuid::Uuid;
use waybill_api::auth::{Minter, Role, TokenRequest};
use waybill_api::config::{Config, Sources};
use waybill_domain::fixtures;
use waybill_infra::private_postgres::{PrivatePostgres, SUPERUSER, provision};
use waybill_tests::node::Node;

use crate::commands;
use crate::measured::{Results, Verdict, WAYBILL};
use crate::server;

const WORK: &str = "commands-http";
const EMMETT: &str = "Express + emmett-postgresql 0.42";
const IN_PROCESS: &str = "waybill, in process";
const RATE: &str = "commands a second";

/// How much is measured.
#[derive(Debug, Args)]
pub struct Options {
    /// Clients at once, each with a connection that it keeps.
    #[arg(long, default_value_t = 64)]
    clients: usize,
    /// Seconds of each turn.
    #[arg(long, default_value_t = 10)]
    seconds: u64,
    /// Turns of each side.
    #[arg(long, default_value_t = 3)]
    turns: u32,
    /// The server under test; unless said otherwise the one beside this program.
    #[arg(long, value_name = "PATH")]
    waybill: Option<PathBuf>,
    /// One short turn of each side.
    #[arg(long)]
    quick: bool,
}

/// Takes turns between the sides.
pub async fn run(mut options: Options) -> anyhow::Result<Results> {
    if options.quick {
        (options.seconds, options.turns) = (2, 1);
    }
    let binary = server::binary(options.waybill.as_deref())?;
    let postgres = server::postgres(&server::folder("http")).await?;
    let variables = server::variables(&provision(&postgres).await?.service_url);
    let in_process = commands::InProcess::open(&postgres).await?;
    create(&postgres, "emmett").await?;
    let token = token(&variables)?;
    let peer_url = postgres.url("emmett", SUPERUSER);
    let mut results = Results::default();
    for _ in 0..options.turns {
        let node = Node::start(&binary, &variables).await?;
        let turn = drive(&options, node.address(), &token, Api::Waybill).await?;
        node.stop().await?;
        commands::record(&mut results, WORK, WAYBILL, &turn);
        let peer = Emmett::start(&peer_url).await?;
        let turn = drive(&options, peer.address, &token, Api::Emmett).await?;
        peer.stop().await?;
        commands::record(&mut results, WORK, EMMETT, &turn);
        let turn = in_process.turn(options.clients, options.seconds).await?;
        commands::record(&mut results, WORK, IN_PROCESS, &turn);
    }
    tokio::task::spawn_blocking(move || postgres.stop()).await??;
    results.note(
        WORK,
        WAYBILL,
        RATE,
        "with its three read models kept up meanwhile",
    );
    let times = results.ratio(WORK, RATE, WAYBILL, EMMETT);
    let wanted = "at least 3 × Express + emmett-postgresql";
    results.judge(Verdict::at_least(WORK, wanted, times, "×", 3.0));
    let share = results.ratio(WORK, RATE, WAYBILL, IN_PROCESS);
    let wanted = "at least 0.5 × our own in-process figure";
    results.judge(Verdict::at_least(WORK, wanted, share, "×", 0.5));
    Ok(results)
}

async fn create(postgres: &PrivatePostgres, name: &str) -> anyhow::Result<()> {
    let mut owner = PgConnection::connect(&postgres.url("postgres", SUPERUSER)).await?;
    owner
        .execute(format!("CREATE DATABASE {name}").as_str())
        .await?;
    Ok(())
}

fn token(variables: &[(String, String)]) -> anyhow::Result<String> {
    let config = Config::load(&Sources::from_variables(variables.to_vec()))
        .map_err(|errors| anyhow::anyhow!("{errors}"))?;
    let request = TokenRequest {
        subject: "bench".parse()?,
        roles: vec![Role::Service],
        lifetime: Duration::from_hours(1),
        session_id: None,
    };
    Ok(Minter::new(&config.auth)?.mint(&request, chrono::Utc::now())?)
}

/// Express with Emmett, in `bench/peers/emmett`.
struct Emmett {
    process: Child,
    address: SocketAddr,
}

impl Emmett {
    async fn start(url: &str) -> anyhow::Result<Self> {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("peers/emmett");
        anyhow::ensure!(
            folder.join("node_modules/express").exists(),
            "Emmett is not installed: `npm ci` in {}",
            folder.display()
        );
        let mut process = Command::new("node")
            .arg(folder.join("server.js"))
            .env("NODE_ENV", "production")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()?;
        let settings = json!({ "url": url, "secret": server::SECRET });
        let input = process.stdin.as_mut().context("no input")?;
        input.write_all(format!("{settings}\n").as_bytes()).await?;
        let output = process.stdout.take().context("no output")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line).await?;
        let port: u16 = line.trim().parse().context("Emmett did not start")?;
        Ok(Self {
            process,
            address: ([127, 0, 0, 1], port).into(),
        })
    }

    /// It ends with its input.
    async fn stop(mut self) -> anyhow::Result<()> {
        drop(self.process.stdin.take());
        tokio::time::timeout(Duration::from_secs(10), self.process.wait()).await??;
        Ok(())
    }
}

/// Whose addresses are used; the bodies are the same.
#[derive(Clone, Copy)]
enum Api {
    Waybill,
    Emmett,
}

async fn drive(
    options: &Options,
    address: SocketAddr,
    token: &str,
    api: Api,
) -> anyhow::Result<commands::Turn> {
    let mut order = fixtures::new_order_json();
    if let Value::Object(fields) = &mut order {
        // It would have to be another one each time.
        fields.remove("reference");
    }
    let (order, moved) = (order.to_string(), json!({ "to": "processing" }).to_string());
    let started = Instant::now();
    let until = started + Duration::from_secs(options.seconds);
    let mut clients = JoinSet::new();
    for _ in 0..options.clients {
        let (order, moved, token) = (order.clone(), moved.clone(), token.to_owned());
        clients.spawn(async move {
            let mut client = Client::connect(address, &token).await?;
            let mut times = Vec::new();
            while Instant::now() < until {
                let began = Instant::now();
                let id = match api {
                    Api::Waybill => {
                        let answer = client.post("/v1/orders", &order).await?;
                        let answer: Value = serde_json::from_slice(answer)?;
                        let id = answer["order_id"].as_str();
                        id.context("no order")?.to_owned()
                    }
                    Api::Emmett => {
                        let id = Uuid::now_v7().to_string();
                        client.post(&format!("/v1/orders/{id}"), &order).await?;
                        id
                    }
                };
                times.push(began.elapsed());
                let began = Instant::now();
                let path = format!("/v1/orders/{id}/status");
                client.post(&path, &moved).await?;
                times.push(began.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(client) = clients.join_next().await {
        times.extend(client??);
    }
    Ok(commands::Turn::of(times, started.elapsed()))
}

/// As little of HTTP/1.1 as the two servers need, so that the clients leave the machine to them.
struct Client {
    stream: TcpStream,
    head: String,
    answer: Vec<u8>,
}

impl Client {
    async fn connect(address: SocketAddr, token: &str) -> anyhow::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        let head = format!(
            "host: bench\r\nauthorization: Bearer {token}\r\ncontent-type: application/json\r\n"
        );
        Ok(Self {
            stream,
            head,
            answer: Vec::new(),
        })
    }

    /// Sends a request and returns the body of its answer, which must be a success.
    async fn post(&mut self, path: &str, body: &str) -> anyhow::Result<&[u8]> {
        let request = format!(
            "POST {path} HTTP/1.1\r\n{}content-length: {}\r\n\r\n{body}",
            self.head,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.answer.clear();
        let begins = loop {
            anyhow::ensure!(self.read().await? > 0, "the server has hung up");
            if let Some(at) = self.answer.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
        };
        let head = std::str::from_utf8(&self.answer[..begins])?.to_ascii_lowercase();
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length:"));
        let ends = begins + length.context("no length")?.trim().parse::<usize>()?;
        while self.answer.len() < ends {
            anyhow::ensure!(self.read().await? > 0, "the server has hung up");
        }
        let body = &self.answer[begins..ends];
        let fine = head.starts_with("http/1.1 20");
        anyhow::ensure!(fine, "{head}{}", String::from_utf8_lossy(body));
        Ok(body)
    }

    async fn read(&mut self) -> std::io::Result<usize> {
        self.answer.reserve(4096);
        self.stream.read_buf(&mut self.answer).await
    }
}
