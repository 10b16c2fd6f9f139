//! The database cluster on disk: creating it, and telling which version wrote it.

use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::fs::DirBuilderExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::account::Account;
use super::binaries::Binaries;
use super::folder::{self, Folder};
use super::watcher::Watcher;
use super::{Error, SUPERUSER};

/// What the name of a cluster that is being created begins with.
const UNFINISHED: &str = "cluster.new-";

/// The major version that wrote the cluster; `None` if there is no cluster yet.
pub(super) fn major(cluster: &Path) -> Result<Option<u32>, Error> {
    let file = cluster.join("PG_VERSION");
    let text = match fs::read_to_string(&file) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(Error::io("read", &file)(error)),
    };
    let bad = |error| {
        Error::io("read a version in", &file)(io::Error::new(io::ErrorKind::InvalidData, error))
    };
    text.trim().parse().map(Some).map_err(bad)
}

/// Creates the cluster under another name and renames it when it is whole, so that a half-made one is never used.
pub(super) fn create(
    folder: &Folder,
    binaries: &Binaries,
    account: &Account,
    durable: bool,
    watcher: &mut Watcher,
) -> Result<(), Error> {
    remove_unfinished(folder.path())?;
    let new = folder
        .path()
        .join(format!("{UNFINISHED}{}", std::process::id()));
    DirBuilder::new()
        .mode(0o700)
        .create(&new)
        .map_err(Error::io("create", &new))?;
    account.own(&new)?;

    let initdb = binaries.dir.join("initdb");
    let mut command = bare_command(&initdb, account);
    command
        .args([
            "-U",
            SUPERUSER,
            "-A",
            "trust",
            "-E",
            "UTF8",
            "--no-instructions",
            "-D",
        ])
        .arg(&new);
    if !durable {
        command.arg("--no-sync");
    }
    let child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .map_err(Error::io("run", &initdb))?;
    watcher.will_stop(rustix::process::Pid::from_child(&child))?;
    let output = child
        .wait_with_output()
        .map_err(Error::io("run", &initdb))?;
    watcher.has_nothing_to_stop()?;
    if !output.status.success() {
        folder::remove(&new)?;
        let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
        let hint = match account {
            Account::Ours => "",
            Account::Other { .. } => {
                "\n(as root we run Postgres as another account, which must be able to get there)"
            }
        };
        return Err(Error::Initdb {
            data_dir: folder.path().to_owned(),
            output: said + hint,
        });
    }
    let cluster = folder.cluster();
    fs::rename(&new, &cluster).map_err(Error::io("rename to", &cluster))
}

/// What an owner that was killed during `initdb` left behind.
fn remove_unfinished(data_dir: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(data_dir).map_err(Error::io("read", data_dir))?;
    entries
        .flatten()
        .filter(|entry| {
            entry
                .file_name()
                .as_encoded_bytes()
                .starts_with(UNFINISHED.as_bytes())
        })
        .try_for_each(|entry| folder::remove(&entry.path()))
}

/// A command of Postgres that depends on nothing of ours: not our variables, our language, our terminal's Ctrl-C, nor
/// a working directory that its account may not enter.
pub(super) fn bare_command(program: &Path, account: &Account) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .env("LC_ALL", "C")
        .env("TZ", "UTC")
        .current_dir("/")
        .process_group(0)
        .stdin(Stdio::null());
    account.run(&mut command);
    command
}
