//! Work in a process of its own that is told apart from the rest, bounded in time, and ended with everything that it
//! has started.

use std::process::Stdio;
use std::time::Duration;

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process, kill_process_group};
use tokio::process::{Child, Command};
use tokio::signal::unix::{Signal as Signals, SignalKind, signal};

/// How long work that was told to end may take to tidy up.
const TIDYING: Duration = Duration::from_secs(20);

/// Waits for its end, which must be a good one or one with `tolerated` as its exit code, for `bound` at most.
pub async fn run(
    mut command: Command,
    bound: Duration,
    tolerated: Option<i32>,
    interrupt: &mut Interrupt,
) -> anyhow::Result<()> {
    // A group of its own: what it has started and not ended can be ended with it.
    let mut child = command
        .stdin(Stdio::null())
        .process_group(0)
        .kill_on_drop(true)
        .spawn()?;
    let group = Group::of(&child)?;
    let done = tokio::select! {
        status = tokio::time::timeout(bound, child.wait()) => status.ok().transpose()?,
        () = interrupt.received() => None,
    };
    let Some(status) = done else {
        end(&mut child, &group).await?;
        anyhow::ensure!(!interrupt.came, "interrupted");
        anyhow::bail!("not done within {} s", bound.as_secs());
    };
    let good = status.success() || tolerated.is_some() && status.code() == tolerated;
    anyhow::ensure!(good, "it ended with {status}");
    Ok(())
}

/// Does `work`, and lets go of what it has started, which ends with it, when somebody presses Ctrl-C or a supervisor
/// wants it to end.
pub async fn interruptible<T>(work: impl Future<Output = anyhow::Result<T>>) -> anyhow::Result<T> {
    let mut interrupt = Interrupt::catch()?;
    tokio::select! {
        done = work => done,
        () = interrupt.received() => anyhow::bail!("ended before it was done"),
    }
}

/// Ctrl-C and SIGTERM, from when this is made.
pub struct Interrupt {
    terminate: Signals,
    ctrl_c: Signals,
    /// Whether one of them was waited for and came.
    pub came: bool,
}

impl Interrupt {
    /// From now on they end nothing by themselves.
    pub fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            ctrl_c: signal(SignalKind::interrupt())?,
            came: false,
        })
    }

    /// Returns when one of them comes.
    pub async fn received(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.ctrl_c.recv() => {} }
        self.came = true;
    }
}

/// Asks it to end, and insists after a while.
async fn end(child: &mut Child, group: &Group) -> anyhow::Result<()> {
    kill_process(group.0, Signal::TERM)?;
    if tokio::time::timeout(TIDYING, child.wait()).await.is_err() {
        child.kill().await?;
    }
    Ok(())
}

/// A process and what it has started. Whatever is left of it ends when this is dropped.
struct Group(Pid);

impl Group {
    fn of(child: &Child) -> anyhow::Result<Self> {
        let id = child.id().and_then(|id| i32::try_from(id).ok());
        let id = id.and_then(Pid::from_raw);
        Ok(Self(id.context("the work has ended at once")?))
    }
}

impl Drop for Group {
    fn drop(&mut self) {
        // Fails where nothing is left, which is how it should be.
        let _ = kill_process_group(self.0, Signal::KILL);
    }
}
