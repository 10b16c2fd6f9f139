//! A Postgres on disk that tests do to what happens to servers: it is killed, stopped in its tracks, restored from a
//! backup, replaced by its standby, and given a disk that is full.
//!
//! Only processes of this very server are signalled. It ends with its owner, however that ends; its folder goes when
//! this is dropped.

mod backup;
mod disk;
mod processes;
#[cfg(test)]
mod tests;

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use rustix::process::Signal;
use sqlx::Connection as _;
use sqlx::postgres::{PgConnectOptions, PgConnection};
use tempfile::TempDir;
use waybill_infra::private_postgres::{
    DATABASE, Options, PrivatePostgres, Provisioned, SERVICE_ROLE, SUPERUSER, provision,
};

pub use backup::Backup;
pub use disk::{Ballast, Disk, Mounted};
pub use processes::Frozen;

use processes::signal;

/// What dies of a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// Its first process. The others notice, and go by themselves.
    Server,
    /// All of its processes, before any of them can notice.
    Everything,
    /// One of its connections' processes. The server then ends all others, recovers, and goes on.
    Session,
}

/// A running server, or one that was killed and can be started again.
pub struct Postgres {
    running: Option<PrivatePostgres>,
    home: Home,
    settings: Vec<(String, String)>,
    programs: PathBuf,
}

/// Where its data is.
enum Home {
    Folder(TempDir),
    Disk(Disk),
}

impl Home {
    fn path(&self) -> &Path {
        match self {
            Self::Folder(folder) => folder.path(),
            Self::Disk(disk) => disk.path(),
        }
    }
}

impl Postgres {
    /// An empty one, on disk and synced; `settings` are as in `postgresql.conf`.
    pub async fn start(settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_in(Home::Folder(folder()?), settings, None).await
    }

    /// Likewise, with the `postgres` and `initdb` in `programs`.
    pub async fn start_with(
        settings: &[(&str, &str)],
        programs: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        Self::start_in(Home::Folder(folder()?), settings, programs).await
    }

    /// An empty one whose data is on `disk`, and goes with it.
    pub async fn start_on(disk: Disk, settings: &[(&str, &str)]) -> anyhow::Result<Self> {
        Self::start_in(Home::Disk(disk), settings, None).await
    }

    async fn start_in(
        home: Home,
        settings: &[(&str, &str)],
        programs: Option<PathBuf>,
    ) -> anyhow::Result<Self> {
        let settings: Vec<_> = settings
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect();
        let running = run(home.path(), &settings, programs.clone()).await?;
        let programs = match programs {
            Some(programs) => programs,
            None => programs_of(&running)?,
        };
        Ok(Self {
            running: Some(running),
            home,
            settings,
            programs,
        })
    }

    /// Makes the database, its schema, and the service's role.
    pub async fn provision(&self) -> anyhow::Result<Provisioned> {
        Ok(provision(self.running()?).await?)
    }

    /// Where the superuser, who owns the schema, reaches the service's database past any network.
    pub fn owner_url(&self) -> anyhow::Result<String> {
        Ok(self.running()?.url(DATABASE, SUPERUSER))
    }

    /// A connection of the superuser to the service's database.
    pub async fn owner(&self) -> anyhow::Result<PgConnection> {
        let options: PgConnectOptions = self.owner_url()?.parse()?;
        Ok(PgConnection::connect_with(&options).await?)
    }

    /// Its socket, for a network to lead to.
    pub fn socket(&self) -> anyhow::Result<PathBuf> {
        let options: PgConnectOptions = self.owner_url()?.parse()?;
        let folder = options.get_socket().context("it has no socket")?;
        Ok(folder.join(format!(".s.PGSQL.{}", options.get_port())))
    }

    /// The service's URL through a network at `address`.
    pub fn url_through(address: std::net::SocketAddr) -> String {
        format!("postgres://{SERVICE_ROLE}@{address}/{DATABASE}?sslmode=disable")
    }

    /// Whether its first process runs.
    pub fn is_alive(&self) -> bool {
        self.id().is_ok_and(processes::is_alive)
    }

    /// Kills with SIGKILL. After all but [`Death::Session`] it can be [started again](Self::start_again).
    pub fn kill(&self, death: Death) -> anyhow::Result<()> {
        let id = self.id()?;
        match death {
            Death::Server => signal(id, Signal::KILL),
            Death::Everything => {
                let others = processes::helpers(id)?;
                signal(id, Signal::KILL)?;
                // They may have gone in between.
                for id in others {
                    let _ = signal(id, Signal::KILL);
                }
                Ok(())
            }
            Death::Session => {
                let sessions = processes::sessions(id, SERVICE_ROLE)?;
                let session = sessions.first().context("nobody is connected")?;
                signal(*session, Signal::KILL)
            }
        }
    }

    /// Stops all of its processes in their tracks, until what is returned is dropped.
    pub fn freeze(&self) -> anyhow::Result<Frozen> {
        Frozen::all_of(self.id()?)
    }

    /// Starts it again after it was killed, or has ended, on what it had written; returns when it takes connections.
    pub async fn start_again(&mut self) -> anyhow::Result<()> {
        self.end().await?;
        let running = run(
            self.home.path(),
            &self.settings,
            Some(self.programs.clone()),
        )
        .await?;
        self.running = Some(running);
        Ok(())
    }

    /// Stops it as a supervisor does, if it runs; its data stays until this is dropped.
    pub async fn end(&mut self) -> anyhow::Result<()> {
        if let Some(running) = self.running.take() {
            tokio::task::spawn_blocking(move || running.stop()).await??;
        }
        Ok(())
    }

    fn running(&self) -> anyhow::Result<&PrivatePostgres> {
        self.running.as_ref().context("Postgres does not run")
    }

    fn id(&self) -> anyhow::Result<u32> {
        self.running()?
            .server_pid()
            .context("Postgres has no process")
    }
}

/// A folder that the account of Postgres can pass through.
fn folder() -> anyhow::Result<TempDir> {
    use std::os::unix::fs::PermissionsExt as _;
    let open = std::fs::Permissions::from_mode(0o755);
    Ok(tempfile::Builder::new()
        .prefix("waybill-torture-")
        .permissions(open)
        .tempdir()?)
}

async fn run(
    data: &Path,
    settings: &[(String, String)],
    programs: Option<PathBuf>,
) -> anyhow::Result<PrivatePostgres> {
    let mut options = Options::kept();
    options.data_dir = Some(data.to_owned());
    options.settings = settings.to_vec();
    options.bin_dir = programs;
    Ok(tokio::task::spawn_blocking(move || PrivatePostgres::start(&options)).await??)
}

/// The folder of the program that runs, where its companions are.
fn programs_of(running: &PrivatePostgres) -> anyhow::Result<PathBuf> {
    let id = running.server_pid().context("Postgres has no process")?;
    let program = std::fs::read_link(format!("/proc/{id}/exe"))?;
    Ok(program.parent().context("a folder")?.to_owned())
}
