//! Postgres' own `pgbench`, for what SQL does by itself, with nothing of ours around it.

use std::path::Path;
use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use tokio::process::Command;

/// Has `clients` call the statements of `script` over and over, and returns how often a second all of them
/// together got through it.
pub async fn run(url: &str, script: &Path, clients: u32, time: Duration) -> anyhow::Result<f64> {
    let output = Command::new("pgbench")
        .args(["--no-vacuum", "--protocol=prepared"])
        .arg(format!("--client={clients}"))
        .arg(format!("--time={}", time.as_secs()))
        .arg("--file")
        .arg(script)
        .arg(url)
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .context("pgbench, which comes with Postgres")?;
    let (told, complaint) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    anyhow::ensure!(output.status.success(), "pgbench: {complaint}");
    let figure = told.lines().find_map(|line| line.strip_prefix("tps = "));
    let figure = figure.and_then(|rest| rest.split_whitespace().next());
    Ok(figure.context("pgbench told no figure")?.parse()?)
}
