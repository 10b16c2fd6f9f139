//! What is to be shown: a row for each kind of work, with the name under which its figures stand.

/// A row of the targets.
#[derive(Debug)]
pub struct Target {
    /// What [`Measured`](crate::measured::Measured) and [`Verdict`](crate::measured::Verdict) call it.
    pub id: &'static str,
    /// A heading for it.
    pub title: &'static str,
    /// What is done.
    pub work: &'static str,
    /// What is wanted of it.
    pub wanted: &'static str,
    /// How it is measured, for the report.
    pub about: &'static str,
}

/// All rows, in the order in which they are shown.
pub const TARGETS: &[Target] = &[
    Target {
        id: "commands-in-process",
        title: "Commands in process",
        work: "commands a second, in process, 64 writers, durable",
        wanted: "at least 5 × postgres-es in the same run, and at least half of the SQL ceiling; p99 below postgres-es's p99",
        about: "Each writer places an order, moves it to its next status, and begins again with another one; each waits for its commit. The SQL ceiling is what the database alone can append, called by `pgbench` with full batches of as many new orders as changes of status.",
    },
    Target {
        id: "commands-http",
        title: "Commands over HTTP",
        work: "commands a second over HTTP, 64 keep-alive clients, JWT checked",
        wanted: "at least 3 × an Express + emmett-postgresql service doing the same, and at least 0.5 × our own in-process figure",
        about: "The same commands, asked for by 64 clients that keep their connections, each request with a token that is checked. The clients share the machine with the server.",
    },
    Target {
        id: "locks",
        title: "Candidates for the append lock",
        work: "the candidates for the append lock, also with a snapshot held open",
        wanted: "shown side by side",
        about: "Appends take turns, so that positions have no gaps. They can do so by locking one row, or by an advisory lock; a row's old versions cannot be removed while somebody holds a snapshot open, which is why both are measured with one held open, too.",
    },
    Target {
        id: "burst",
        title: "Burst fan-out",
        work: "burst fan-out",
        wanted: "at least 15 × Socket.IO",
        about: "One message after the other as fast as they can be had, each to all clients: 1,000 messages to 1,000 clients. Counted from the first message to the last delivery.",
    },
    Target {
        id: "steady",
        title: "Steady fan-out",
        work: "steady fan-out, CPU a delivery",
        wanted: "at most 1.4 × the bare write(2) loop, and below Nchan",
        about: "50 messages a second to 1,000 clients. Nothing piles up, so each delivery is a write of its own; what counts is the processor time of the server's processes, as the kernel accounts for it, divided by the deliveries.",
    },
    Target {
        id: "latency",
        title: "From commit to client",
        work: "commit to client, p99, at 50 events/s to 1,000 clients and at 1,000 events/s to 50 clients",
        wanted: "below Socket.IO's emit to client",
        about: "Ours is counted from the commit in Postgres (`recorded_at`), so it includes the way from the database to the node. Socket.IO's is counted from `emit`, with nothing stored before.",
    },
    Target {
        id: "per-topic",
        title: "One topic per client",
        work: "one topic per client (each client its own customer, 2,000 events/s)",
        wanted: "cost per event at most 1.2 × between 100 and 9,000 clients",
        about: "Every client follows a customer of its own, and every event concerns one of them. What an event costs the server must not depend on how many others are connected. It is the node's processor time, without Postgres's.",
    },
    Target {
        id: "idle-memory",
        title: "Idle connections",
        work: "idle connection, authenticated and subscribed",
        wanted: "at most 6 kB resident",
        about: "Clients that have said who they are and what they follow, and then hear nothing. The server's resident memory with all of them, less that without, divided by their number.",
    },
    Target {
        id: "replay",
        title: "Replay",
        work: "replay from offset 0, 1,000,000 events, one client",
        wanted: "at least 150,000 events/s from Postgres, at least 500,000 from the ring; memory flat",
        about: "One client asks for everything since the beginning over its WebSocket; once with the log in Postgres only, once from what the node holds in memory. Postgres has `shared_buffers` of 1 GB and `max_wal_size` of 4 GB, as somebody sets them who has such a log, and the node keeps no read models.",
    },
    Target {
        id: "storm",
        title: "Everybody comes back",
        work: "storm: 9,000 clients back at once, each with its own offset",
        wanted: "all live again within 10 s, each log page read once, not once a client",
        about: "A node has just been started; 9,000 customers and 20 of staff come back in the same moment, each from another place in the log. What each gets is compared with what it missed: a run in which something is missing or comes twice fails.",
    },
    Target {
        id: "rebuild",
        title: "Rebuild of the order list",
        work: "rebuild of the list projection, 1,000,000 events",
        wanted: "at least 60,000 events/s; the live projection's lag stays under 1 s meanwhile",
        about: "`waybill rebuild order_list` beside a live node that goes on taking commands: folded in memory, loaded in bulk, indexed at the end, and compared with the live copy.",
    },
    Target {
        id: "growth",
        title: "Growth",
        work: "append, load of one order, list query with each index-backed filter, and replay page, at 10 k, 1 M and 10 M events",
        wanted: "flat within 1.3 ×",
        about: "The same questions to logs of three sizes, each in a Postgres of its own with `shared_buffers` of 1 GB and `max_wal_size` of 4 GB; every time about other orders, customers and times. Flat means that what a shop does today costs the same when its log is a thousand times as long.",
    },
    Target {
        id: "startup",
        title: "Start-up",
        work: "start-up of `waybill serve` on 10 M events",
        wanted: "under 1 s to ready",
        about: "From the start of the process until `/readyz` says yes.",
    },
];

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
