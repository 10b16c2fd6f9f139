//! How many files this process may have open, which bounds how many clients it can be.

use rustix::process::{Resource, getrlimit, setrlimit};

/// For what is open besides clients and workers.
const SPARE: u64 = 64;

/// Makes room for so many connections, or says what would.
pub(super) fn make_room(connections: u64) -> anyhow::Result<()> {
    let needed = connections + SPARE;
    let mut limit = getrlimit(Resource::Nofile);
    if limit.current.is_none_or(|files| files >= needed) {
        return Ok(());
    }
    if let Some(most) = limit.maximum.filter(|most| *most < needed) {
        anyhow::bail!("{}", too_many(needed, most));
    }
    limit.current = Some(needed);
    setrlimit(Resource::Nofile, limit)
        .map_err(|error| anyhow::anyhow!("{}: {error}", too_many(needed, needed)))
}

fn too_many(needed: u64, most: u64) -> String {
    format!(
        "so many clients need {needed} open files, and this process may have {most}: take at most {} clients and \
         workers, run `waybill bench` several times at once, or raise the limit (`ulimit -Hn {needed}`, as root)",
        most.saturating_sub(SPARE)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_asks_for_too_much_is_told_the_limit_and_what_to_do() {
        let most = getrlimit(Resource::Nofile).maximum;
        make_room(1).unwrap();
        if most.is_some() {
            let error = make_room(u64::MAX / 2).unwrap_err().to_string();
            assert!(
                error.contains("open files") && error.contains("ulimit"),
                "{error}"
            );
        }
    }
}
