//! Where a private Postgres keeps its data and its socket, and the lock that makes both ours.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{FlockOperation, flock};

use super::account::Account;
use super::surroundings::Surroundings;
use super::{Error, Options};

/// Memory that must be free in `/dev/shm` before a cluster is put there. A cluster with its log and some dozens of
/// test databases takes about half of it, and a container's default of 64 MB is too small for one alone.
const MIN_SHARED_MEMORY_BYTES: u64 = 1 << 30;

/// The longest path of a socket folder, in bytes. Postgres adds `/.s.PGSQL.5432` and a NUL; the whole may be 108
/// bytes on Linux and 104 on macOS and the BSDs.
const MAX_SOCKET_FOLDER_BYTES: usize = if cfg!(target_os = "linux") { 93 } else { 89 };

/// A data directory that exists.
#[derive(Debug)]
pub(super) struct Folder {
    path: PathBuf,
}

impl Folder {
    /// Makes the data directory where it is missing.
    pub(super) fn open(options: &Options, surroundings: &Surroundings) -> Result<Self, Error> {
        let path = match &options.data_dir {
            Some(path) => {
                // Postgres changes its working directory, so a relative path would change its meaning.
                let path = std::path::absolute(path).map_err(Error::io("find", path))?;
                make(&path, surroundings.root)?;
                if options.ephemeral
                    && fs::read_dir(&path)
                        .map_err(Error::io("read", &path))?
                        .next()
                        .is_some()
                {
                    return Err(Error::NotEmpty(path));
                }
                path
            }
            None if options.ephemeral => {
                let parent = in_memory()
                    .filter(|_| !options.durable)
                    .unwrap_or_else(|| surroundings.temporary.clone());
                fresh(&parent, if surroundings.root { 0o755 } else { 0o700 })?
            }
            None => kept(None, surroundings)?,
        };
        let path = fs::canonicalize(&path).map_err(Error::io("find", &path))?;
        Ok(Self { path })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Postgres' own data directory.
    pub(super) fn cluster(&self) -> PathBuf {
        self.path.join("cluster")
    }

    /// What the server says.
    pub(super) fn log(&self) -> PathBuf {
        self.path.join("postgres.log")
    }

    /// Takes the lock, which lasts until the file is closed: by us, or by the kernel when we end in any way.
    pub(super) fn lock(&self) -> Result<File, Error> {
        let path = self.path.join("lock");
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(&path)
            .map_err(Error::io("open", &path))?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(rustix::io::Errno::WOULDBLOCK) => {
                let mut pid = String::new();
                // Only for the message: an owner that has not written its id yet is an owner all the same.
                let _ = file.read_to_string(&mut pid);
                let owner = match pid.trim() {
                    "" => "which is just starting".to_owned(),
                    pid => format!("process {pid}"),
                };
                return Err(Error::InUse {
                    data_dir: self.path.clone(),
                    owner,
                });
            }
            Err(errno) => return Err(Error::io("lock", &path)(errno.into())),
        }
        file.set_len(0)
            .and_then(|()| writeln!(file, "{}", std::process::id()))
            .map_err(Error::io("write", &path))?;
        Ok(file)
    }
}

/// The folder for what is kept from one run to the next, made where it is missing.
pub(super) fn kept(named: Option<&Path>, surroundings: &Surroundings) -> Result<PathBuf, Error> {
    let path = match named {
        Some(path) => std::path::absolute(path).map_err(Error::io("find", path))?,
        None => default_data_dir(surroundings)?,
    };
    make(&path, surroundings.root)?;
    Ok(path)
}

/// The folder of the socket: empty, and for Postgres' account alone.
#[derive(Debug)]
pub(super) struct SocketFolder {
    path: PathBuf,
    temporary: bool,
}

impl SocketFolder {
    /// In the data directory, or under the temporary folder where that path is too long for a socket.
    pub(super) fn make(
        folder: &Folder,
        surroundings: &Surroundings,
        account: &Account,
    ) -> Result<Self, Error> {
        let inside = folder.path().join("run");
        let temporary = inside.as_os_str().len() > MAX_SOCKET_FOLDER_BYTES;
        let path = if temporary {
            fresh(&surroundings.temporary, 0o700)?
        } else {
            // A socket and its lock file that a killed server left behind go with the folder.
            remove(&inside)?;
            DirBuilder::new()
                .mode(0o700)
                .create(&inside)
                .map_err(Error::io("create", &inside))?;
            inside
        };
        account.own(&path)?;
        Ok(Self { path, temporary })
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What nobody would find again.
    pub(super) fn remove_at_end(&self) -> Vec<PathBuf> {
        self.temporary
            .then(|| self.path.clone())
            .into_iter()
            .collect()
    }
}

/// Deletes a folder with all that is in it; one that is missing is no error.
pub(super) fn remove(path: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            Err(Error::io("delete", path)(error))
        }
        _ => Ok(()),
    }
}

fn default_data_dir(surroundings: &Surroundings) -> Result<PathBuf, Error> {
    if surroundings.root {
        // Root's home cannot be entered by the account that Postgres runs as.
        return Ok(PathBuf::from("/var/lib/waybill"));
    }
    let state = surroundings.state_home.clone();
    let state = state.or_else(|| {
        surroundings
            .home
            .as_ref()
            .map(|home| home.join(".local/state"))
    });
    Ok(state.ok_or(Error::NoHome)?.join("waybill"))
}

/// `/dev/shm`, where it has room.
pub(super) fn in_memory() -> Option<PathBuf> {
    let path = Path::new("/dev/shm");
    let space = rustix::fs::statvfs(path).ok()?;
    let room = space.f_bavail.saturating_mul(space.f_frsize) >= MIN_SHARED_MEMORY_BYTES;
    (room && rustix::fs::access(path, rustix::fs::Access::WRITE_OK).is_ok())
        .then(|| path.to_owned())
}

/// Root's is open for others to pass through, since the account that Postgres runs as must get to the cluster.
fn make(path: &Path, root: bool) -> Result<(), Error> {
    let mode = if root { 0o755 } else { 0o700 };
    DirBuilder::new()
        .recursive(true)
        .mode(mode)
        .create(path)
        .map_err(Error::io("create", path))
}

/// A new folder with a name of its own.
fn fresh(parent: &Path, mode: u32) -> Result<PathBuf, Error> {
    loop {
        let path = parent.join(format!("waybill-{:08x}", rand::random::<u32>()));
        match DirBuilder::new().mode(mode).create(&path) {
            Ok(()) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(error) => return Err(Error::io("create", &path)(error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_place_depends_on_who_we_are() {
        let mut surroundings = Surroundings {
            root: true,
            ..Surroundings::default()
        };
        let place = |surroundings: &Surroundings| {
            default_data_dir(surroundings).map_err(|error| error.to_string())
        };
        assert_eq!(place(&surroundings), Ok(PathBuf::from("/var/lib/waybill")));

        surroundings.root = false;
        assert!(place(&surroundings).unwrap_err().contains("--data-dir"));
        surroundings.home = Some(PathBuf::from("/home/ada"));
        assert_eq!(
            place(&surroundings),
            Ok(PathBuf::from("/home/ada/.local/state/waybill"))
        );
        surroundings.state_home = Some(PathBuf::from("/state"));
        assert_eq!(place(&surroundings), Ok(PathBuf::from("/state/waybill")));
    }
}
