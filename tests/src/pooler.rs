//! A `PgBouncer` in transaction mode before the tests' cluster.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use crate::database::{SERVICE_ROLE, TestDatabase, cluster};

/// A running pooler; ends when dropped.
pub struct Pooler {
    child: Child,
    folder: tempfile::TempDir,
}

impl Pooler {
    /// Starts one, if the machine has the program; it needs no rights but its own.
    pub fn start() -> Option<Self> {
        let program = find()?;
        let folder = tempfile::tempdir().expect("a temporary folder");
        let server = socket_folder(&cluster().url("postgres", SERVICE_ROLE));
        let run = folder.path().display().to_string();
        // Two server connections for many clients, so that no client keeps one to itself.
        let settings = format!(
            "[databases]\n* = host={server}\n[pgbouncer]\npool_mode = transaction\ndefault_pool_size = 2\n\
             max_client_conn = 200\nlisten_addr =\nlisten_port = 6432\nunix_socket_dir = {run}\n\
             auth_type = trust\nauth_file = {run}/users\nignore_startup_parameters = extra_float_digits\n\
             server_reset_query = DISCARD ALL\nserver_reset_query_always = 0\n"
        );
        let file = folder.path().join("pgbouncer.ini");
        std::fs::write(&file, settings).expect("its settings");
        std::fs::write(
            folder.path().join("users"),
            format!("\"{SERVICE_ROLE}\" \"\"\n"),
        )
        .expect("its users");
        let mut command = Command::new(program);
        command
            .arg(&file)
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        as_postgres_if_root(&mut command, folder.path());
        let child = command.spawn().expect("pgbouncer starts");
        let pooler = Self { child, folder };
        let deadline = Instant::now() + Duration::from_secs(5);
        while !pooler.folder.path().join(".s.PGSQL.6432").exists() {
            assert!(Instant::now() < deadline, "pgbouncer did not come up");
            std::thread::sleep(Duration::from_millis(20));
        }
        Some(pooler)
    }

    /// Where the service connects through it.
    pub fn url(&self, database: &TestDatabase) -> String {
        let folder = self.folder.path().display().to_string().replace('/', "%2F");
        format!("postgres://{SERVICE_ROLE}@{folder}:6432/{}", database.name)
    }
}

impl Drop for Pooler {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn find() -> Option<PathBuf> {
    [
        "/usr/sbin/pgbouncer",
        "/usr/bin/pgbouncer",
        "/opt/homebrew/bin/pgbouncer",
        "/usr/local/bin/pgbouncer",
    ]
    .map(PathBuf::from)
    .into_iter()
    .find(|path| path.exists())
}

/// Where the cluster's socket is, out of a URL of it.
fn socket_folder(url: &str) -> String {
    let options: sqlx::postgres::PgConnectOptions = url.parse().expect("a valid URL");
    options
        .get_socket()
        .expect("the tests' cluster is reached by its socket")
        .display()
        .to_string()
}

/// Neither Postgres nor `PgBouncer` runs as root; the cluster's account may enter its socket's folder.
fn as_postgres_if_root(command: &mut Command, folder: &Path) {
    use std::os::unix::fs::{MetadataExt, chown};
    use std::os::unix::process::CommandExt;
    let owner =
        std::fs::metadata(cluster().data_dir().join("cluster")).expect("the cluster's folder");
    let own = std::fs::metadata(folder).expect("the pooler's folder");
    if own.uid() == 0 && owner.uid() != 0 {
        for path in std::fs::read_dir(folder)
            .expect("the pooler's folder")
            .flatten()
        {
            chown(path.path(), Some(owner.uid()), Some(owner.gid()))
                .expect("its files are handed over");
        }
        chown(folder, Some(owner.uid()), Some(owner.gid())).expect("its folder is handed over");
        command.uid(owner.uid()).gid(owner.gid());
    }
}
