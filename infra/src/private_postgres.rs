//! A Postgres of our own, for `waybill dev` and for the tests: started with its owner and stopped with it,
//! however the owner ends.
//!
//! It listens on a Unix socket in a folder that only its account may enter, never on TCP. Begin reading at
//! [`PrivatePostgres::start`], which is the whole story in order; the submodules are its steps. Why a launcher of
//! our own, and why a shell watches over it, is told in `docs/adr/0003-private-postgres.md`.
//!
//! What lies in the data directory:
//!
//! | name | what |
//! |---|---|
//! | `lock` | held by `flock` for as long as the owner lives; holds its process id, for messages |
//! | `cluster` | Postgres' own data directory |
//! | `run` | the socket (elsewhere if the path would be too long for a socket) |
//! | `postgres.log` | what Postgres said since it was last started |
//!
//! Whoever owns it may keep small files of its own beside them.

mod account;
mod binaries;
mod cluster;
mod error;
mod folder;
mod left_over;
mod provision;
mod server;
mod surroundings;
#[cfg(test)]
mod tests;
mod watcher;

use std::fs::File;
use std::path::{Path, PathBuf};

use self::account::Account;
use self::folder::{Folder, SocketFolder};
use self::server::Server;
use self::surroundings::Surroundings;
use self::watcher::Watcher;

pub use self::error::Error;
pub use self::provision::{DATABASE, ProvisionError, Provisioned, SERVICE_ROLE, provision};

/// The superuser of every private Postgres. Its socket folder is the only key: there is no password.
pub const SUPERUSER: &str = "waybill";

/// How a private Postgres is to be run.
#[derive(Debug, Clone)]
pub struct Options {
    /// The folder with `postgres` and `initdb`. `None`: look for them where systems put them.
    pub bin_dir: Option<PathBuf>,
    /// Where the data lives. `None`: `/var/lib/waybill` for root, else `$XDG_STATE_HOME/waybill` or
    /// `~/.local/state/waybill`; for an ephemeral one a fresh folder, in memory if it need not be durable.
    pub data_dir: Option<PathBuf>,
    /// Whether an acknowledged commit survives a power failure (`fsync`).
    pub durable: bool,
    /// Whether the data directory is deleted at the end. One that is named must then be new or empty.
    pub ephemeral: bool,
    /// Whether what the data directory holds of an earlier run is deleted first.
    pub fresh: bool,
    /// Further server settings, as in `postgresql.conf`; they win over ours.
    pub settings: Vec<(String, String)>,
}

impl Options {
    /// What `waybill dev` runs: durable, and kept from one run to the next.
    #[must_use]
    pub fn kept() -> Self {
        Self {
            bin_dir: None,
            data_dir: None,
            durable: true,
            ephemeral: false,
            fresh: false,
            settings: Vec::new(),
        }
    }

    /// What tests run: in memory where there is room, nothing synced, deleted at the end.
    #[must_use]
    pub fn throwaway() -> Self {
        Self {
            durable: false,
            ephemeral: true,
            ..Self::kept()
        }
    }
}

/// A running Postgres. Dropping it stops the server, waits for it, and deletes it if it was ephemeral.
///
/// When the owner has no chance to drop it (`kill -9`, `process::exit`, a value in a `static`), a watcher process
/// does the same within about a second.
#[derive(Debug)]
pub struct PrivatePostgres {
    // `Option`s only so that `stop` and `drop` can take them, in their own order.
    server: Option<Server>,
    watcher: Option<Watcher>,
    remove_at_end: Vec<PathBuf>,
    data_dir: PathBuf,
    socket: PathBuf,
    major: u32,
    /// The lock ends when this is closed; it is the last thing to go.
    _lock: File,
}

impl PrivatePostgres {
    /// Starts one and returns when it takes connections: after about a second on a new data directory, else after
    /// some 50 ms.
    ///
    /// Blocks; from async code call it through `tokio::task::spawn_blocking`. What an owner that was killed left
    /// running on the same data directory is stopped first. Fails with [`Error::InUse`] while another owner lives.
    pub fn start(options: &Options) -> Result<Self, Error> {
        let surroundings = Surroundings::of_this_process();
        let account = Account::choose()?;
        let folder = Folder::open(options, &surroundings)?;
        // The lock comes before anything in the folder is looked at, let alone stopped or deleted.
        let lock = folder.lock()?;
        if options.fresh {
            left_over::stop(&folder.cluster())?;
            folder::remove(&folder.cluster())?;
        }

        let remembered = cluster::major(&folder.cluster())?;
        let binaries = binaries::find(options.bin_dir.as_deref(), &surroundings, remembered)?;
        if let Some(cluster) = remembered.filter(|&major| major != binaries.major) {
            return Err(Error::OtherMajor {
                data_dir: folder.path().to_owned(),
                cluster,
                server: binaries.major,
            });
        }
        left_over::stop(&folder.cluster())?;

        let socket = SocketFolder::make(&folder, &surroundings, &account)?;
        let mut remove_at_end = socket.remove_at_end();
        if options.ephemeral {
            remove_at_end.push(folder.path().to_owned());
        }
        let mut this = Self {
            server: None,
            watcher: Some(Watcher::start(&remove_at_end)?),
            remove_at_end,
            data_dir: folder.path().to_owned(),
            socket: socket.path().to_owned(),
            major: binaries.major,
            _lock: lock,
        };

        // From here on an error drops `this`, which stops and cleans up whatever came to be.
        let watcher = this.watcher.as_mut().ok_or(Error::WatcherGone)?;
        if remembered.is_none() {
            cluster::create(&folder, &binaries, &account, options.durable, watcher)?;
        }
        let server = Server::spawn(&folder, &this.socket, &binaries, &account, options)?;
        let server = this.server.insert(server);
        watcher.will_stop(server.pid())?;
        server.wait_until_ready()?;
        tracing::debug!(
            data_dir = %this.data_dir.display(),
            postgres_major = this.major,
            "private Postgres is up"
        );
        Ok(this)
    }

    /// The URL at which sqlx and `psql` reach `database` as `user` (for instance [`SUPERUSER`]).
    #[must_use]
    pub fn url(&self, database: &str, user: &str) -> String {
        // The host in front is not used, but a URL with a user must have one.
        format!(
            "postgres://{}@localhost/{}?host={}",
            percent_encoded(user.as_bytes()),
            percent_encoded(database.as_bytes()),
            percent_encoded(self.socket.as_os_str().as_encoded_bytes()),
        )
    }

    /// The data directory, absolute.
    #[must_use]
    pub fn data_dir(&self) -> &Path {
        &self.data_dir
    }

    /// The server's major version, such as 15.
    #[must_use]
    pub fn major_version(&self) -> u32 {
        self.major
    }

    /// The process id of the server.
    #[must_use]
    pub fn server_pid(&self) -> Option<u32> {
        self.server.as_ref().map(Server::id)
    }

    /// Stops the server and waits until it has gone (open connections are ended), then deletes what was ephemeral.
    /// Dropping does the same, but can only log what goes wrong.
    pub fn stop(mut self) -> Result<(), Error> {
        self.end()
    }

    fn end(&mut self) -> Result<(), Error> {
        let stopped = self.server.take().map_or(Ok(()), Server::stop);
        let removed = self
            .remove_at_end
            .drain(..)
            .try_for_each(|path| folder::remove(&path));
        // Last, so that the watcher takes over if we are killed half-way.
        if let Some(watcher) = self.watcher.take()
            && stopped.is_ok()
            && removed.is_ok()
        {
            watcher.release();
        }
        stopped.and(removed)
    }
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if let Err(error) = self.end() {
            tracing::warn!(%error, "the private Postgres did not stop cleanly");
        }
    }
}

/// The folder in which a private Postgres that is kept has its data unless told otherwise, or `named`; made where it
/// is missing. For what its owner keeps beside it, also when the database is another one.
pub fn data_dir(named: Option<&Path>) -> Result<PathBuf, Error> {
    folder::kept(named, &Surroundings::of_this_process())
}

/// The folder of the `postgres` and `initdb` that would be run, if `bin_dir` is what is named.
pub fn programs(bin_dir: Option<&Path>) -> Result<PathBuf, Error> {
    let surroundings = Surroundings::of_this_process();
    Ok(binaries::find(bin_dir, &surroundings, None)?.dir)
}

/// Everything but unreserved characters (RFC 3986) as `%XX`.
fn percent_encoded(bytes: &[u8]) -> String {
    use std::fmt::Write as _;
    bytes.iter().fold(String::new(), |mut text, &byte| {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "%{byte:02X}"); // writing to a String cannot fail
        }
        text
    })
}
