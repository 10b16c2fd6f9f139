//! The processes of one server, and signals to them.

use anyhow::Context as _;
use rustix::process::{Pid, Signal, kill_process};

use crate::process::children;

/// Processes that stand still; they go on when this is dropped.
#[derive(Debug)]
pub struct Frozen(Vec<u32>);

impl Frozen {
    /// The server's first process goes first, so that it starts no others meanwhile.
    pub(super) fn all_of(server: u32) -> anyhow::Result<Self> {
        let mut frozen = Self(vec![server]);
        signal(server, Signal::STOP)?;
        for helper in helpers(server)? {
            // It may have ended in between.
            if signal(helper, Signal::STOP).is_ok() {
                frozen.0.push(helper);
            }
        }
        Ok(frozen)
    }

    /// One process, which has to be our own child.
    pub fn process(id: u32) -> anyhow::Result<Self> {
        signal(id, Signal::STOP)?;
        Ok(Self(vec![id]))
    }
}

impl Drop for Frozen {
    fn drop(&mut self) {
        for id in self.0.iter().rev() {
            // Killed meanwhile.
            let _ = signal(*id, Signal::CONT);
        }
    }
}

pub(super) fn signal(id: u32, signal: Signal) -> anyhow::Result<()> {
    let pid = i32::try_from(id).ok().and_then(Pid::from_raw);
    kill_process(pid.context("a process id")?, signal)?;
    Ok(())
}

/// All others of the server.
pub(super) fn helpers(server: u32) -> anyhow::Result<Vec<u32>> {
    children(server)
}

/// Those that serve connections of `role`.
pub(super) fn sessions(server: u32, role: &str) -> anyhow::Result<Vec<u32>> {
    let mut sessions = helpers(server)?;
    let of_role = format!(" {role} ");
    sessions.retain(|id| {
        let title = std::fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&title).contains(&of_role)
    });
    Ok(sessions)
}

/// Whether it has neither gone nor ended without having been waited for.
pub(super) fn is_alive(id: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    let state = stat
        .rsplit_once(") ")
        .and_then(|(_, rest)| rest.chars().next());
    state.is_some_and(|state| state != 'Z' && state != 'X')
}
