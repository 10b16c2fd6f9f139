//! Any bytes for whatever takes bytes from outside.

use std::path::{Path, PathBuf};
use std::process::Stdio;

use anyhow::Context as _;
use futures::{StreamExt as _, TryStreamExt as _};
use tokio::process::Command;

use crate::options::Options;
use crate::progress::Progress;
use crate::tried::{Figure, Tried};

/// The work's name.
pub const NAME: &str = "fuzz";
/// What it does.
pub const ABOUT: &str = "\
Each fuzz target gets inputs that a fuzzer makes up to reach as much of the code as it can: WebSocket frames and frames \
of the protocol, Socket.IO packets and offsets, cursors, stored events of every version, and sequences of commands. \
Every target asserts what must hold, and one that fails has found something; the path of its input is told. \
`--times` is for how many seconds each runs, 600 if left out; two run at a time.";

/// Targets that run at a time.
const AT_ONCE: usize = 2;

/// Builds the targets and runs each for its time.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let secs = options.times(600, 60);
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let targets = targets(&root)?;
    let built = script(&root, &["--build"]).status().await?;
    anyhow::ensure!(built.success(), "the fuzz targets could not be built");

    let mut progress = Progress::new("targets", targets.len() as u64);
    let runs = targets
        .iter()
        .map(|target| run_target(&root, target, secs, options.seed()));
    let mut running = futures::stream::iter(runs).buffered(AT_ONCE);
    let mut all = Vec::new();
    while let Some(ran) = running.try_next().await? {
        all.push(ran);
        progress.show(all.len() as u64, &targets[all.len() - 1]);
    }
    drop(progress);

    let executed = all.iter().map(|ran| ran.executed).sum();
    let what = format!(
        "Each of {} targets was fed for {secs} s, beginning with the committed corpus.",
        targets.len()
    );
    let mut tried = Tried::new(what, executed);
    for (target, ran) in targets.iter().zip(all) {
        tried.count(&format!("inputs for {target}"), ran.executed);
        tried.figure(Figure {
            what: format!("{target}: branches reached"),
            unit: "edges".to_owned(),
            value: ran.reached,
            bound: None,
            note: None,
        });
        tried.findings.extend(ran.finding);
    }
    Ok(tried)
}

fn script(root: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new("scripts/fuzz");
    command
        .args(arguments)
        .current_dir(root)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

fn targets(root: &Path) -> anyhow::Result<Vec<String>> {
    let folder = root.join("fuzz/fuzz_targets");
    let files = std::fs::read_dir(&folder).with_context(|| folder.display().to_string())?;
    let mut targets = Vec::new();
    for file in files {
        let path: PathBuf = file?.path();
        targets.extend(
            path.file_stem()
                .and_then(|name| name.to_str())
                .map(str::to_owned),
        );
    }
    targets.sort();
    Ok(targets)
}

/// What became of a target.
#[derive(Debug, Default, PartialEq)]
struct Ran {
    executed: u64,
    /// Edges between basic blocks.
    reached: f64,
    finding: Option<String>,
}

async fn run_target(root: &Path, target: &str, secs: u64, seed: u64) -> anyhow::Result<Ran> {
    let output = script(root, &["--run", target])
        .env("SECS", secs.to_string())
        .env("SEED", seed.to_string())
        .output()
        .await?;
    let said = String::from_utf8_lossy(&output.stderr);
    let mut ran = read(&said);
    if output.status.success() {
        anyhow::ensure!(ran.executed > 0, "{target} did nothing: {said}");
    } else {
        ran.finding = Some(format!("{target}: {}", why(&said)));
    }
    Ok(ran)
}

/// What libFuzzer says of its run.
fn read(said: &str) -> Ran {
    let mut ran = Ran::default();
    for line in said.lines() {
        if let Some(executed) = line.strip_prefix("stat::number_of_executed_units:") {
            ran.executed = executed.trim().parse().unwrap_or_default();
        }
        let mut words = line.split_whitespace();
        if line.starts_with('#') && words.any(|word| word == "cov:") {
            let reached = words.next().and_then(|edges| edges.parse().ok());
            ran.reached = reached.unwrap_or(ran.reached);
        }
    }
    ran
}

/// Why it ended, and where the input is.
fn why(said: &str) -> String {
    let lines = || said.lines().map(str::trim);
    let panic = lines()
        .skip_while(|line| !line.contains(" panicked at "))
        .take(2);
    let error = lines().find(|line| line.contains("ERROR: libFuzzer"));
    let input = lines().find_map(|line| line.split_once("Test unit written to ").map(|(_, p)| p));
    let mut told: Vec<_> = panic.collect();
    if told.is_empty() {
        told.extend(error);
    }
    if told.is_empty() {
        told.extend(lines().next_back());
    }
    format!(
        "{}; {}",
        told.join(" "),
        input.unwrap_or("no input was kept")
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SAID: &str = "\
Dictionary: 12 entries
INFO: seed corpus: files: 5 min: 8b max: 36b total: 99b rss: 27Mb
#6\tINITED cov: 61 ft: 70 corp: 5/99b exec/s: 0 rss: 27Mb
#1292591\tDONE   cov: 83 ft: 129 corp: 21/367b lim: 4096 exec/s: 184655 rss: 27Mb
stat::number_of_executed_units: 1292591
";

    #[test]
    fn what_the_fuzzer_says_is_read() {
        let expected = Ran {
            executed: 1_292_591,
            reached: 83.0,
            finding: None,
        };
        assert_eq!(read(SAID), expected);
    }

    #[test]
    fn a_failure_is_told_with_its_input() {
        let said = "\
thread '<unnamed>' panicked at src/log/fuzzing.rs:27:5:
assertion `left == right` failed
==1== ERROR: libFuzzer: deadly signal
artifact_prefix='fuzz/artifacts/cursor/'; Test unit written to fuzz/artifacts/cursor/crash-1
";
        let told = why(said);
        assert!(told.contains("src/log/fuzzing.rs:27:5"), "{told}");
        assert!(told.contains("left == right"), "{told}");
        assert!(told.ends_with("fuzz/artifacts/cursor/crash-1"), "{told}");
        let slow = "==1== ERROR: libFuzzer: timeout after 10 seconds\n";
        assert!(why(slow).contains("timeout"), "{}", why(slow));
    }

    #[test]
    fn every_target_has_a_corpus_and_a_dictionary() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
        let targets = targets(&root).expect("targets");
        assert!(!targets.is_empty());
        for target in targets {
            assert!(root.join("fuzz/corpus").join(&target).is_dir(), "{target}");
            let words = root.join(format!("fuzz/dictionaries/{target}.dict"));
            assert!(words.is_file(), "{target}");
        }
    }
}
