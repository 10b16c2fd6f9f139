//! What is to be shown: a row for each kind of work, with the name under which its figures stand.

/// A row of the targets.
#[derive(Debug)]
pub struct Target {
    /// What [`Measured`](crate::measured::Measured) and [`Verdict`](crate::measured::Verdict) call it.
    pub id: &'static str,
    /// What is done.
    pub work: &'static str,
    /// What is wanted of it.
    pub wanted: &'static str,
}

/// All rows, in the order in which they are shown.
pub const TARGETS: &[Target] = &[
    row(
        "commands-in-process",
        "commands a second, in process, 64 writers, durable",
        "at least 5 × postgres-es in the same run, and at least half of the SQL ceiling; p99 below postgres-es's p99",
    ),
    row(
        "commands-http",
        "commands a second over HTTP, 64 keep-alive clients, JWT checked",
        "at least 3 × an Express + emmett-postgresql service doing the same, and at least 0.5 × our own in-process figure",
    ),
    row(
        "locks",
        "the candidates for the append lock, also with a snapshot held open",
        "shown side by side",
    ),
    row("burst", "burst fan-out", "at least 15 × Socket.IO"),
    row(
        "steady",
        "steady fan-out, CPU a delivery",
        "at most 1.4 × the bare write(2) loop, and below Nchan",
    ),
    row(
        "latency",
        "commit to client, p99, at 50 events/s to 1,000 clients and at 1,000 events/s to 50 clients",
        "below Socket.IO's emit to client",
    ),
    row(
        "per-topic",
        "one topic per client (each client its own customer, 2,000 events/s)",
        "cost per event at most 1.2 × between 100 and 9,000 clients",
    ),
    row(
        "idle-memory",
        "idle connection, authenticated and subscribed",
        "at most 6 kB resident",
    ),
    row(
        "replay",
        "replay from offset 0, 1,000,000 events, one client",
        "at least 150,000 events/s from Postgres, at least 500,000 from the ring; memory flat",
    ),
    row(
        "storm",
        "storm: 9,000 clients back at once, each with its own offset",
        "all live again within 10 s, each log page read once, not once a client",
    ),
    row(
        "rebuild",
        "rebuild of the list projection, 1,000,000 events",
        "at least 60,000 events/s; the live projection's lag stays under 1 s meanwhile",
    ),
    row(
        "growth",
        "append, load of one order, list query with each index-backed filter, and replay page, at 10 k, 1 M and 10 M events",
        "flat within 1.3 ×",
    ),
    row(
        "startup",
        "start-up of `waybill serve` on 10 M events",
        "under 1 s to ready",
    ),
];

const fn row(id: &'static str, work: &'static str, wanted: &'static str) -> Target {
    Target { id, work, wanted }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_has_a_name_of_its_own() {
        let mut ids: Vec<_> = TARGETS.iter().map(|row| row.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), TARGETS.len());
    }
}
