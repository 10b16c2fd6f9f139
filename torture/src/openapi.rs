//! The `OpenAPI` document held against a running node, by requests made from it: `schemathesis`.

mod judge;

use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use futures::future::try_join_all;
use serde_json::json;
use tokio::process::Command;
use waybill_api::auth::{Minter, Role, TokenRequest};
use waybill_api::config::{AuthConfig, Sources};

use crate::options::Options;
use crate::stage::{Stage, variables};
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "openapi";
/// What it does.
pub const ABOUT: &str = "\
Schemathesis reads the document that a node serves at /openapi.json and asks the node everything that can be made of \
it, good and bad, as a customer, as staff and as an admin. No answer may be a 5xx, have a status, a media type, a \
header or a shape that the document does not have, take a method that is not there, or come without the credential \
that is said to be needed. The event stream is left out: its answer does not end. Needs python3 with venv, and the \
network once; where that is missing nothing is tried, and it says so.";

/// What is looked at in every answer.
const CHECKS: &str = "not_a_server_error,status_code_conformance,content_type_conformance,\
response_headers_conformance,response_schema_conformance,missing_required_header,unsupported_method,\
allow_header_conformance,ignored_auth,use_after_free,ensure_resource_availability";
/// How it is to judge.
const CONFIG: &str = include_str!("../openapi/schemathesis.toml");
/// Who owns the orders that there are from the beginning.
const CUSTOMER: &str = "ada";
/// How many there are.
const ORDERS: usize = 20;
/// Requests that are made up for each operation and caller, beyond those that are always tried.
const MADE_UP: &str = "60";
/// The same in a quick run.
const MADE_UP_QUICKLY: &str = "5";
/// What the script ends with where schemathesis cannot be had.
const SKIPPED: i32 = 3;

/// Somebody who asks.
struct Caller {
    who: &'static str,
    token: String,
}

/// Asks everything.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let Some(program) = schemathesis().await? else {
        let mut tried = Tried::new("Nothing was asked.", 0);
        tried.skipped =
            Some("schemathesis needs python3 with venv, and the network once".to_owned());
        return Ok(tried);
    };
    let mut stage = Stage::set(options, NAME).await?;
    stage
        .start_node(&[
            ("WAYBILL_LONG_POLL_MAX_SECS", "1"),
            ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "100000"),
            ("WAYBILL_RATE_ANONYMOUS_BURST", "100000"),
            ("WAYBILL_RATE_CUSTOMER_PER_SEC", "100000"),
            ("WAYBILL_RATE_CUSTOMER_BURST", "100000"),
            ("WAYBILL_RATE_STAFF_PER_SEC", "100000"),
            ("WAYBILL_RATE_STAFF_BURST", "100000"),
            ("WAYBILL_TRACKING_REQUESTS_PER_HOUR", "100000"),
        ])
        .await?;
    let url = format!("http://{}", stage.addresses().first().context("a node")?);
    place_orders(&url).await?;
    let config = stage.folder().join("schemathesis.toml");
    std::fs::write(&config, CONFIG)?;
    let callers = [
        ("a customer", CUSTOMER, Role::Customer),
        ("staff", "ann", Role::Staff),
        // Last: he can take back what the others come with.
        ("an admin", "root", Role::Admin),
    ];
    let mut tried = Tried::new("", 0);
    let asking = callers.into_iter().map(|(who, subject, role)| {
        let (program, url, stage) = (&program, &url, &stage);
        async move {
            let caller = Caller {
                who,
                token: token(subject, role)?,
            };
            ask(program, url, stage.folder(), &caller, options).await
        }
    });
    let asked = if options.quick {
        try_join_all(asking).await?
    } else {
        let mut asked = Vec::new();
        for asking in asking {
            asked.push(asking.await?);
        }
        asked
    };
    for said in asked {
        tried.times += said.requests;
        tried.count(&format!("requests as {}", said.who), said.requests);
        tried.findings.extend(said.findings);
    }
    tried.what = format!(
        "A node was asked {} times what its OpenAPI document allows, and what it does not.",
        tried.times
    );
    tried.findings.extend(stage.verify().await?);
    stage.clear(&tried.findings).await?;
    Ok(tried)
}

/// Where the program is, installed if need be. `None`: it cannot be had, which was said.
async fn schemathesis() -> anyhow::Result<Option<PathBuf>> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../scripts/schemathesis");
    let output = Command::new(&script)
        .stdin(Stdio::null())
        .stderr(Stdio::inherit())
        .kill_on_drop(true)
        .output()
        .await
        .with_context(|| script.display().to_string())?;
    if output.status.code() == Some(SKIPPED) {
        return Ok(None);
    }
    anyhow::ensure!(
        output.status.success(),
        "{} ended with {}",
        script.display(),
        output.status
    );
    let path = String::from_utf8(output.stdout)?;
    Ok(Some(PathBuf::from(path.trim())))
}

fn token(subject: &str, role: Role) -> anyhow::Result<String> {
    let config = AuthConfig::load(&Sources::from_variables(variables("")))?;
    let request = TokenRequest {
        subject: subject.parse()?,
        roles: vec![role],
        lifetime: Duration::from_hours(1),
        session_id: None,
    };
    Ok(Minter::new(&config)?.mint(&request, chrono::Utc::now())?)
}

/// So that examples name something that is there.
async fn place_orders(url: &str) -> anyhow::Result<()> {
    let (http, token) = (reqwest::Client::new(), token("shop", Role::Service)?);
    for _ in 0..ORDERS {
        let order = json!({
            "customer_id": CUSTOMER,
            "pricing": {
                "currency": "EUR",
                "items": [{ "line_id": "1", "sku": "TEA-250", "title": "Green tea", "quantity": 1, "unit_price": 1250 }],
                "total": 1250,
            },
        });
        let placed = http.post(format!("{url}/v1/orders")).bearer_auth(&token);
        placed
            .body(order.to_string())
            .header("content-type", "application/json")
            .send()
            .await?
            .error_for_status()?;
    }
    Ok(())
}

/// Everything, as one caller.
async fn ask(
    program: &Path,
    url: &str,
    folder: &Path,
    caller: &Caller,
    options: &Options,
) -> anyhow::Result<judge::Asked> {
    let name = caller.who.replace(' ', "-");
    let (report, output) = (
        folder.join(format!("{name}.json")),
        folder.join(format!("{name}.txt")),
    );
    let mut command = Command::new(program);
    command
        .arg("--config-file")
        .arg(folder.join("schemathesis.toml"))
        .args(["--no-color", "run", &format!("{url}/openapi.json")])
        .args([
            "--checks",
            CHECKS,
            "--exclude-operation-id",
            "stream_events",
        ])
        .args([
            "--continue-on-failure",
            "--generation-database",
            "none",
            "--request-timeout",
            "20",
        ])
        .args(["--seed", &options.seed().to_string(), "--header"])
        .arg(format!("Authorization: Bearer {}", caller.token))
        .args(["--report", "json", "--report-json-path"])
        .arg(&report);
    if options.quick {
        // What is always tried takes its time, and says the least of who has the fewest rights.
        let phases = match caller.who {
            "an admin" => "examples,coverage",
            _ => "examples,fuzzing",
        };
        command.args(["--phases", phases, "--max-examples", MADE_UP_QUICKLY]);
    } else {
        command.args(["--max-examples", MADE_UP]);
    }
    let status = command
        .stdin(Stdio::null())
        .stdout(std::fs::File::create(&output)?)
        .stderr(Stdio::inherit())
        .current_dir(folder)
        .kill_on_drop(true)
        .status()
        .await?;
    judge::judge(caller.who, &report, status).with_context(|| output.display().to_string())
}
