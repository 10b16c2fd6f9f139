//! The `postgres` process: starting it, knowing when it is ready, stopping it.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

use super::account::Account;
use super::binaries::Binaries;
use super::cluster::bare_command;
use super::folder::Folder;
use super::{Error, Options, left_over};

/// Long enough for recovery after a crash in the middle of load.
const READY_WITHIN: Duration = Duration::from_mins(1);
/// A stop writes out what is in memory.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// A stop without that takes no time; the next start then recovers from the log.
const QUIT_WITHIN: Duration = Duration::from_secs(5);
/// How often we look. Postgres tells nobody when it is ready but by a line in a file.
const POLL: Duration = Duration::from_millis(5);
/// How much of the log an error shows.
const LOG_TAIL_LINES: usize = 12;

/// A `postgres` process that is our child.
#[derive(Debug)]
pub(super) struct Server {
    child: Child,
    pid_file: PathBuf,
    log: PathBuf,
}

impl Server {
    pub(super) fn spawn(
        folder: &Folder,
        socket: &Path,
        binaries: &Binaries,
        account: &Account,
        options: &Options,
    ) -> Result<Self, Error> {
        let program = binaries.dir.join("postgres");
        let cluster = folder.cluster();
        let log = folder.log();
        let log_file = File::create(&log).map_err(Error::io("create", &log))?;
        let child = bare_command(&program, account)
            .arg("-D")
            .arg(&cluster)
            .arg("-k")
            .arg(socket)
            .args(settings(&cluster, options))
            .stdout(log_file.try_clone().map_err(Error::io("open", &log))?)
            .stderr(Stdio::from(log_file))
            .spawn()
            .map_err(Error::io("run", &program))?;
        Ok(Self {
            child,
            pid_file: cluster.join("postmaster.pid"),
            log,
        })
    }

    pub(super) fn id(&self) -> u32 {
        self.child.id()
    }

    pub(super) fn pid(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Returns when it takes connections.
    pub(super) fn wait_until_ready(&mut self) -> Result<(), Error> {
        let started = Instant::now();
        loop {
            let text = fs::read_to_string(&self.pid_file).unwrap_or_default();
            if says_ready(&text, self.child.id()) {
                return Ok(());
            }
            let problem = match self.child.try_wait() {
                Ok(None) if started.elapsed() < READY_WITHIN => {
                    sleep(POLL);
                    continue;
                }
                Ok(None) => format!("was not ready within {} s", READY_WITHIN.as_secs()),
                Ok(Some(status)) => format!("ended at once ({status})"),
                Err(error) => format!("is lost ({error})"),
            };
            return Err(Error::NotReady {
                problem,
                log_tail: log_tail(&self.log),
            });
        }
    }

    /// Ends its connections, lets it write out what it holds, and waits until it has gone.
    pub(super) fn stop(mut self) -> Result<(), Error> {
        for (signal, patience) in [(Signal::INT, STOPPED_WITHIN), (Signal::QUIT, QUIT_WITHIN)] {
            // Its process id stays its own until we have waited for it, so the signal cannot hit another.
            if self.wait(Duration::ZERO)?.is_none() {
                kill_process(self.pid(), signal)
                    .map_err(|errno| Error::io("stop", &self.pid_file)(errno.into()))?;
            }
            if self.wait(patience)?.is_some() {
                return Ok(());
            }
        }
        self.child
            .kill()
            .and_then(|()| self.child.wait())
            .map_err(Error::io("kill", &self.pid_file))?;
        Ok(())
    }

    fn wait(&mut self, patience: Duration) -> Result<Option<ExitStatus>, Error> {
        let started = Instant::now();
        loop {
            let status = self
                .child
                .try_wait()
                .map_err(Error::io("wait for", &self.pid_file))?;
            if status.is_some() || started.elapsed() >= patience {
                return Ok(status);
            }
            sleep(POLL);
        }
    }
}

/// The settings of the command line; the last of a name wins.
fn settings(cluster: &Path, options: &Options) -> Vec<OsString> {
    let mut settings = vec![
        ("listen_addresses", ""),
        ("unix_socket_permissions", "0700"),
        ("timezone", "UTC"),
        ("log_timezone", "UTC"),
    ];
    if !options.durable {
        settings.extend([("fsync", "off"), ("full_page_writes", "off")]);
    }
    let name = left_over::cluster_name(cluster);
    settings
        .into_iter()
        .chain([("cluster_name", name.as_str())])
        .chain(
            options
                .settings
                .iter()
                .map(|(name, value)| (name.as_str(), value.as_str())),
        )
        .flat_map(|(name, value)| {
            [
                OsString::from("-c"),
                OsString::from(format!("{name}={value}")),
            ]
        })
        .collect()
}

/// Line 1 of `postmaster.pid` is the server's id, line 8 its state (the server's `pidfile.h`). The file of an earlier
/// server may still be there, so the id counts.
fn says_ready(postmaster_pid: &str, id: u32) -> bool {
    let mut lines = postmaster_pid.lines();
    lines.next().and_then(|line| line.trim().parse().ok()) == Some(id)
        && lines.nth(6).is_some_and(|line| line.trim() == "ready")
}

fn log_tail(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(LOG_TAIL_LINES)..].join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ready_is_line_eight_of_our_own_servers_file() {
        let file = |state| format!("42\n/data\n1700000000\n5432\n/run\n\n  1234 5\n{state}\n");
        assert!(says_ready(&file("ready   "), 42));
        assert!(!says_ready(&file("starting"), 42));
        assert!(!says_ready(&file("ready   "), 43));
        assert!(!says_ready("42\n", 42));
        assert!(!says_ready("", 42));
    }
}
