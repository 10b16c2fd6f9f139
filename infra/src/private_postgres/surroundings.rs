//! What the launcher wants to know of the machine, read once, so that everything after it is a function of values.
//!
//! The service's configuration is read in one file, in the API crate. This is not configuration: it is where a
//! system keeps its programs, its users' state and its temporary files, and the tests need it as much as the server.

use std::env;
use std::ffi::OsString;
use std::path::PathBuf;

/// Where this system keeps things.
#[derive(Debug, Clone, Default)]
pub(super) struct Surroundings {
    /// `PATH`.
    pub path: Option<OsString>,
    /// `XDG_STATE_HOME`.
    pub state_home: Option<PathBuf>,
    /// `HOME`.
    pub home: Option<PathBuf>,
    /// The folder for temporary files.
    pub temporary: PathBuf,
    /// Whether we run as root.
    pub root: bool,
}

impl Surroundings {
    pub(super) fn of_this_process() -> Self {
        let absolute = |name| {
            env::var_os(name)
                .map(PathBuf::from)
                .filter(|path| path.is_absolute())
        };
        Self {
            path: env::var_os("PATH"),
            state_home: absolute("XDG_STATE_HOME"),
            home: absolute("HOME"),
            temporary: env::temp_dir(),
            root: rustix::process::geteuid().is_root(),
        }
    }
}
