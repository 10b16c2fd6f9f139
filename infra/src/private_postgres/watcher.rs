//! The process that stops Postgres when its owner could not. What it does is in `watcher.sh`.

use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, Command, Stdio};

use rustix::process::Pid;

use super::Error;

const SCRIPT: &str = include_str!("watcher.sh");

/// The watcher. Dropping it without [`release`](Self::release) is what our sudden end looks like to it.
#[derive(Debug)]
pub(super) struct Watcher {
    child: Child,
    /// The one writing end of its standard input. The standard library closes it in every other child that we start.
    line: Option<ChildStdin>,
}

impl Watcher {
    /// Starts the watcher, which will delete the folders in `remove` if we end without having released it.
    pub(super) fn start(remove: &[PathBuf]) -> Result<Self, Error> {
        let shell = Path::new("/bin/sh");
        let mut child = Command::new(shell)
            .args(["-c", SCRIPT, "waybill-watcher"])
            .args(remove)
            .env_clear()
            .env("PATH", "/usr/bin:/bin")
            .current_dir("/")
            .process_group(0) // Ctrl-C is for the server, which then stops Postgres itself
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(Error::io("run", shell))?;
        let line = child.stdin.take();
        Ok(Self { child, line })
    }

    /// From now on `pid` is the process to be stopped.
    pub(super) fn will_stop(&mut self, pid: Pid) -> Result<(), Error> {
        self.tell(&pid.as_raw_nonzero().to_string())
    }

    /// The process named before has ended.
    pub(super) fn has_nothing_to_stop(&mut self) -> Result<(), Error> {
        self.tell("nothing")
    }

    /// All is stopped and deleted: the watcher may go.
    pub(super) fn release(mut self) {
        // An error means that it has gone already.
        let _ = self.tell("released");
    }

    fn tell(&mut self, what: &str) -> Result<(), Error> {
        let line = self.line.as_mut().ok_or(Error::WatcherGone)?;
        line.write_all(format!("{what}\n").as_bytes())
            .map_err(|error| match error.kind() {
                io::ErrorKind::BrokenPipe => Error::WatcherGone,
                _ => Error::io("tell", Path::new("the watcher"))(error),
            })
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        drop(self.line.take());
        let _ = self.child.wait(); // no zombie
    }
}
