//! What an owner that was killed, together with its watcher, left running on a data directory.
//!
//! Called under the data directory's lock only: while it is ours, whatever runs on the cluster has no owner.

use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use std::thread::sleep;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};
use sha2::{Digest as _, Sha256};

use super::Error;

/// An orderly stop, which is the server's own to conduct: its helpers get no signals from us meanwhile.
const STOPPED_WITHIN: Duration = Duration::from_secs(30);
/// Then, or where helpers have outlived their server, every process is signalled, the gentlest signal first.
const FURTHER_SIGNALS: &[Signal] = &[Signal::TERM, Signal::QUIT, Signal::KILL];
const FURTHER_WITHIN: Duration = Duration::from_secs(5);
const POLL: Duration = Duration::from_millis(20);

/// The server's `cluster_name`, which all its helpers bear in their titles: so they are known when it is gone.
pub(super) fn cluster_name(cluster: &Path) -> String {
    let digest = Sha256::digest(cluster.as_os_str().as_encoded_bytes());
    let name: u64 = digest
        .iter()
        .take(8)
        .fold(0, |name, &byte| name << 8 | u64::from(byte));
    format!("waybill-{name:016x}")
}

/// Stops every process of Postgres on `cluster`, and deletes the stale `postmaster.pid`: its number may by now belong
/// to another process, and Postgres would then refuse to start.
pub(super) fn stop(cluster: &Path) -> Result<(), Error> {
    let running = Running::on(cluster)?;
    if !running.is_empty() {
        tracing::warn!(pids = ?running.all(), cluster = %cluster.display(), "stopping a Postgres that was left running");
        let stopped = !running.servers.is_empty()
            && signalled(cluster, &running.servers, Signal::INT, STOPPED_WITHIN)?.is_empty();
        if !stopped {
            stop_the_hard_way(cluster)?;
        }
    }
    let pid_file = cluster.join("postmaster.pid");
    match fs::remove_file(&pid_file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("delete", &pid_file)(error))
        }
        _ => Ok(()),
    }
}

fn stop_the_hard_way(cluster: &Path) -> Result<(), Error> {
    let mut running = Running::on(cluster)?;
    for &signal in FURTHER_SIGNALS {
        running = signalled(cluster, &running.all(), signal, FURTHER_WITHIN)?;
        if running.is_empty() {
            return Ok(());
        }
    }
    Err(Error::LeftOver {
        cluster: cluster.to_owned(),
        pids: running.all(),
    })
}

/// Sends `signal` to `pids` and answers with what runs on the cluster after `patience`, or none as soon as that is so.
fn signalled(
    cluster: &Path,
    pids: &[i32],
    signal: Signal,
    patience: Duration,
) -> Result<Running, Error> {
    for pid in pids.iter().copied().filter_map(Pid::from_raw) {
        // It may have ended in between, and if it may not be signalled, it is still there afterwards.
        let _ = kill_process(pid, signal);
    }
    let started = Instant::now();
    loop {
        let running = Running::on(cluster)?;
        if running.is_empty() || started.elapsed() >= patience {
            return Ok(running);
        }
        sleep(POLL);
    }
}

/// The processes of Postgres on one cluster.
#[derive(Debug, Default, PartialEq, Eq)]
struct Running {
    servers: Vec<i32>,
    helpers: Vec<i32>,
}

impl Running {
    fn on(cluster: &Path) -> Result<Self, Error> {
        let processes = match fs::read_dir("/proc/self") {
            Ok(_) => processes_in_proc()?,
            Err(_) => processes_by_ps()?,
        };
        Ok(Self::among(processes, cluster))
    }

    fn among(processes: impl IntoIterator<Item = (i32, String)>, cluster: &Path) -> Self {
        let server = format!("postgres -D {} ", cluster.display());
        let helper = format!("postgres: {}: ", cluster_name(cluster));
        let mut running = Self::default();
        for (pid, command) in processes {
            if format!("{command} ").contains(&server) {
                running.servers.push(pid);
            } else if command.starts_with(&helper) {
                running.helpers.push(pid);
            }
        }
        running
    }

    fn is_empty(&self) -> bool {
        self.servers.is_empty() && self.helpers.is_empty()
    }

    fn all(&self) -> Vec<i32> {
        [self.servers.as_slice(), &self.helpers].concat()
    }
}

/// Linux: every process with its command line. A zombie has none, and so is not counted as running.
fn processes_in_proc() -> Result<Vec<(i32, String)>, Error> {
    let proc = Path::new("/proc");
    let entries = fs::read_dir(proc).map_err(Error::io("read", proc))?;
    Ok(entries
        .flatten()
        .filter_map(|entry| {
            let pid = entry.file_name().to_str()?.parse().ok()?;
            let command = fs::read(entry.path().join("cmdline")).ok()?;
            Some((pid, String::from_utf8_lossy(&command).replace('\0', " ")))
        })
        .collect())
}

/// Elsewhere.
fn processes_by_ps() -> Result<Vec<(i32, String)>, Error> {
    let ps = Path::new("ps");
    let output = Command::new(ps)
        .args(["-axww", "-o", "pid=,command="])
        .output()
        .map_err(Error::io("run", ps))?;
    Ok(String::from_utf8_lossy(&output.stdout)
        .lines()
        .filter_map(|line| {
            let (pid, command) = line.trim_start().split_once(' ')?;
            Some((pid.parse().ok()?, command.trim_start().to_owned()))
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_processes_of_this_very_cluster_count() {
        let cluster = Path::new("/var/lib/waybill/cluster");
        let name = cluster_name(cluster);
        let other = cluster_name(Path::new("/var/lib/waybill2/cluster"));
        let processes = [
            (1, "/sbin/init".to_owned()),
            (
                2,
                "/usr/lib/postgresql/15/bin/postgres -D /var/lib/waybill/cluster -k /run/x"
                    .to_owned(),
            ),
            (
                3,
                "/usr/lib/postgresql/15/bin/postgres -D /var/lib/waybill/cluster".to_owned(),
            ),
            (
                4,
                "/usr/lib/postgresql/15/bin/postgres -D /var/lib/waybill/cluster2 -k /run/x"
                    .to_owned(),
            ),
            (
                5,
                format!("postgres: {name}: waybill postgres [local] idle"),
            ),
            (
                6,
                format!("postgres: {other}: waybill postgres [local] idle"),
            ),
            (7, "postgres: checkpointer".to_owned()),
            (8, "vi /var/lib/waybill/cluster/postgresql.conf".to_owned()),
        ];
        let expected = Running {
            servers: vec![2, 3],
            helpers: vec![5],
        };
        assert_eq!(Running::among(processes, cluster), expected);
    }

    #[test]
    fn both_ways_to_list_processes_find_this_one() {
        let me = i32::try_from(std::process::id()).unwrap();
        let has_me = |list: Vec<(i32, String)>| {
            list.iter()
                .any(|(pid, command)| *pid == me && !command.is_empty())
        };
        if Path::new("/proc/self").exists() {
            assert!(has_me(processes_in_proc().unwrap()));
        }
        // A slim container has no `ps`, and needs none.
        if let Ok(list) = processes_by_ps() {
            assert!(has_me(list));
        }
    }
}
