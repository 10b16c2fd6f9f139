//! What the kernel says of processes: their time on the processor, and their memory.

use std::fs::read_to_string;
use std::time::{Duration, Instant};

use anyhow::Context as _;

/// The processes that were started by process `id`.
pub fn children(id: u32) -> anyhow::Result<Vec<u32>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir("/proc")? {
        let name = entry?.file_name();
        let Some(process) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else {
            continue;
        };
        // It may have ended meanwhile.
        let parent = stat(process)
            .ok()
            .and_then(|fields| fields.first().copied());
        if parent == Some(u64::from(id)) {
            found.push(process);
        }
    }
    Ok(found)
}

/// Processor time that they have used so far, in user and in kernel mode, all threads.
pub fn cpu(processes: &[u32]) -> anyhow::Result<Duration> {
    let mut ticks = 0;
    for process in processes {
        let fields = stat(*process)?;
        // The 14th and the 15th field of proc_pid_stat(5); the first here is the 4th.
        let [user, system] = [10, 11].map(|nth| fields.get(nth).copied().unwrap_or_default());
        ticks += user + system;
    }
    let a_second = rustix::param::clock_ticks_per_second();
    Ok(Duration::from_micros(ticks * 1_000_000 / a_second))
}

/// The numbers of `/proc/ID/stat` from the parent's id on.
fn stat(process: u32) -> anyhow::Result<Vec<u64>> {
    let text = read_to_string(format!("/proc/{process}/stat"))?;
    // The name, in brackets, may hold anything.
    let (_, rest) = text.rsplit_once(") ").context("no name")?;
    let fields = rest.split_whitespace().skip(1);
    Ok(fields.map(|field| field.parse().unwrap_or(0)).collect())
}

/// Memory that they hold, in bytes: `VmRSS`, but what they share with each other only once.
pub fn resident(processes: &[u32]) -> anyhow::Result<u64> {
    let (mut own, mut shared) = (0, 0);
    for process in processes {
        own += memory_kib(*process, "RssAnon:")? + memory_kib(*process, "RssFile:")?;
        shared = shared.max(memory_kib(*process, "RssShmem:")?);
    }
    Ok((own + shared) << 10)
}

/// A line of the kernel's account of a process' memory: `VmRSS:` now, `VmHWM:` at most so far.
pub fn memory_kib(process: u32, line: &str) -> anyhow::Result<u64> {
    let text = read_to_string(format!("/proc/{process}/status"))?;
    let line = text.lines().find_map(|found| found.strip_prefix(line));
    let number = line.and_then(|line| line.split_whitespace().next());
    Ok(number
        .context("the kernel says nothing of memory")?
        .parse()?)
}

/// Waits until they do nothing but wait, for what came before not to be counted.
pub async fn settled(processes: &[u32]) -> anyhow::Result<()> {
    const LOOK: Duration = Duration::from_millis(250);
    let until = Instant::now() + Duration::from_secs(20);
    let mut before = cpu(processes)?;
    while Instant::now() < until {
        tokio::time::sleep(LOOK).await;
        let now = cpu(processes)?;
        if now.saturating_sub(before) <= LOOK / 10 {
            return Ok(());
        }
        before = now;
    }
    anyhow::bail!("a server does not come to rest")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn work_and_memory_of_this_very_process_are_seen() {
        let me = [std::process::id()];
        let began = Instant::now();
        let before = cpu(&me).expect("proc");
        while began.elapsed() < Duration::from_millis(100) {
            std::hint::black_box(began.elapsed());
        }
        let used = cpu(&me).expect("proc").saturating_sub(before);
        assert!(used >= Duration::from_millis(20), "{used:?}");
        assert!(resident(&me).expect("proc") > 1 << 20);
    }
}
