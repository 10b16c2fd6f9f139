//! Clocks that are set while nodes and Postgres run.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use rand::Rng as _;
use rand::rngs::StdRng;
use waybill_tests::postgres::Postgres;

use super::scene::{SETTINGS, Scene, moment};
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "clock-steps";
/// What it does.
pub const ABOUT: &str = "\
Two nodes and a Postgres, each of which is shown a time of its own by libfaketime (the system's clock is left alone). The \
clocks are set forward and back, by a second to ten minutes, at random and apart from each other. What is measured \
rather than told, such as time-outs, is not changed: clocks that are set do not change it either.";

/// Where Debian has the library, and where others do; a folder of the architecture comes between.
const LIBRARY: &str = "faketime/libfaketimeMT.so.1";
const FOLDERS: [&str; 3] = ["/usr/lib", "/usr/lib64", "/usr/local/lib"];
/// How long a process believes what it was shown last, and a bit: the library looks again when more than a second has
/// passed, and counts in whole ones.
const NOTICE: Duration = Duration::from_millis(2_100);
const LIFE: Duration = Duration::from_secs(1);
/// The greatest step, in seconds. Tokens of the load are older, and good for longer.
const STEP_SECS: i32 = 600;

/// Sets a clock, over and over.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let times = options.times(40, 4);
    let library =
        library().context("skipped: there is no libfaketime (apt-get install faketime)")?;
    let folder = tempfile::Builder::new()
        .prefix("waybill-clocks-")
        .permissions(std::os::unix::fs::PermissionsExt::from_mode(0o755))
        .tempdir()?;
    let clocks = ["postgres", "node-1", "node-2"].map(|name| Clock {
        library: library.clone(),
        file: folder.path().join(name),
    });
    for clock in &clocks {
        clock.set(0)?;
    }
    let programs = with_clock(folder.path(), &clocks[0])?;
    let postgres = Postgres::start_with(&SETTINGS, Some(programs)).await?;
    let mut scene = Scene::set_on(options, NAME, postgres).await?;
    for clock in &clocks[1..] {
        scene.start_node(&clock.variables()).await?;
    }
    let load = scene.load().await?;
    let mut progress = Progress::new("set", times);
    for nth in 1..=times {
        tokio::time::sleep(moment(&mut scene.random, LIFE)).await;
        let clock = scene.random.random_range(0..clocks.len());
        clocks[clock].set(step(&mut scene.random))?;
        tokio::time::sleep(NOTICE).await;
        progress.show(nth, &load.progress());
    }
    drop(progress);
    for clock in &clocks {
        clock.set(0)?;
    }
    tokio::time::sleep(NOTICE).await;
    let what = format!("The clocks of two nodes and of Postgres were set {times} times.");
    scene.judge(load, Tried::new(what, times)).await
}

/// By how many seconds a clock is off: of every size, either way.
fn step(random: &mut StdRng) -> i32 {
    let most = [1, 30, STEP_SECS][random.random_range(0..3)];
    random.random_range(-most..=most)
}

/// What a process takes for its clock.
struct Clock {
    library: PathBuf,
    /// Has the seconds by which it is off.
    file: PathBuf,
}

impl Clock {
    /// Sets it, as seen from the system's.
    fn set(&self, seconds: i32) -> anyhow::Result<()> {
        // In one step, so that nobody reads half of it.
        let new = self.file.with_extension("new");
        std::fs::write(&new, format!("{seconds:+}\n"))?;
        Ok(std::fs::rename(new, &self.file)?)
    }

    /// What makes a process look at it.
    fn variables(&self) -> [(&'static str, String); 4] {
        [
            ("LD_PRELOAD", self.library.display().to_string()),
            ("FAKETIME_TIMESTAMP_FILE", self.file.display().to_string()),
            ("FAKETIME_CACHE_DURATION", "1".to_owned()),
            ("FAKETIME_DONT_FAKE_MONOTONIC", "1".to_owned()),
        ]
    }
}

fn library() -> Option<PathBuf> {
    let folders = FOLDERS.iter().map(Path::new);
    let within = folders
        .clone()
        .flat_map(|folder| std::fs::read_dir(folder).into_iter().flatten());
    let within = within.flatten().map(|entry| entry.path());
    folders
        .map(Path::to_owned)
        .chain(within)
        .map(|folder| folder.join(LIBRARY))
        .find(|library| library.exists())
}

/// A folder with a `postgres` that sees `clock`, and an `initdb` that does not.
fn with_clock(folder: &Path, clock: &Clock) -> anyhow::Result<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let programs = waybill_infra::private_postgres::programs(None)?;
    let wrapped = folder.join("programs");
    std::fs::create_dir(&wrapped)?;
    for (name, variables) in [
        ("postgres", clock.variables().to_vec()),
        ("initdb", Vec::new()),
    ] {
        let variables = variables
            .iter()
            .map(|(name, value)| format!("{name}='{value}'"));
        let variables = variables.collect::<Vec<_>>().join(" ");
        let program = programs.join(name);
        let script = format!(
            "#!/bin/sh\nexec env {variables} '{}' \"$@\"\n",
            program.display()
        );
        let path = wrapped.join(name);
        std::fs::write(&path, script)?;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755))?;
    }
    Ok(wrapped)
}
