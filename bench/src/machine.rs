//! On what the figures were measured.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde::{Deserialize, Serialize};

/// A machine and the programs on it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Machine {
    /// The processor's model.
    pub cpu: String,
    /// How many of its cores may be used.
    pub cores: usize,
    /// Memory in bytes.
    pub memory_bytes: u64,
    /// Kernel and its release.
    pub kernel: String,
    /// What takes part, and its version.
    pub versions: BTreeMap<String, String>,
}

impl Machine {
    /// This one. What cannot be found out is said to be unknown.
    pub fn this() -> Self {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let cpu = field(&read("/proc/cpuinfo"), "model name");
        let memory = field(&read("/proc/meminfo"), "MemTotal");
        let memory_kib = memory
            .split(' ')
            .next()
            .and_then(|kib| kib.parse::<u64>().ok());
        let name = rustix::system::uname();
        let (system, release) = (
            name.sysname().to_string_lossy(),
            name.release().to_string_lossy(),
        );
        Self {
            cpu,
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            memory_bytes: memory_kib.unwrap_or(0) << 10,
            kernel: format!("{system} {release}"),
            versions: versions(),
        }
    }
}

/// The value of the first line that begins with `name`.
fn field(text: &str, name: &str) -> String {
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line
        .and_then(|line| line.split_once(':'))
        .map(|(_, value)| value.trim());
    value
        .filter(|value| !value.is_empty())
        .unwrap_or("unknown")
        .to_owned()
}

/// The folder with the peers' drivers, in the repository.
fn peers() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("peers")
}

fn versions() -> BTreeMap<String, String> {
    let mut versions = BTreeMap::new();
    let mut add = |name: &str, version: Option<String>| {
        versions.insert(
            name.to_owned(),
            version.unwrap_or_else(|| "not here".to_owned()),
        );
    };
    add("Postgres", postgres());
    add("Node", first_line(Command::new("node").arg("--version")));
    add(
        "nginx",
        first_line(Command::new("/usr/sbin/nginx").arg("-v")),
    );
    let nchan = ["-W", "-f", "${Version}", "libnginx-mod-nchan"];
    add(
        "Nchan (Debian package)",
        first_line(Command::new("dpkg-query").args(nchan)),
    );
    add("rustc", first_line(Command::new("rustc").arg("--version")));
    for (name, version) in from_npm() {
        add(&name, Some(version));
    }
    versions
}

/// The last word of the last path, since that is where every one of these programs tells its version, or all.
fn first_line(command: &mut Command) -> Option<String> {
    let output = command
        .output()
        .ok()
        .filter(|output| output.status.success())?;
    let said = if output.stdout.is_empty() {
        output.stderr
    } else {
        output.stdout
    };
    let said = String::from_utf8_lossy(&said);
    let line = said.lines().next()?.trim();
    Some(line.rsplit('/').next().unwrap_or(line).to_owned())
}

/// The newest of the binaries that the private Postgres would take.
fn postgres() -> Option<String> {
    let named = std::env::var_os("WAYBILL_POSTGRES_BIN").map(PathBuf::from);
    let packaged = std::fs::read_dir("/usr/lib/postgresql")
        .into_iter()
        .flatten();
    let packaged = packaged.flatten().map(|entry| entry.path().join("bin"));
    let newest = packaged.max_by_key(|path| version_in(path));
    let folder = named.or(newest)?;
    let said = first_line(Command::new(folder.join("postgres")).arg("--version"))?;
    Some(said.trim_start_matches("postgres (PostgreSQL) ").to_owned())
}

fn version_in(path: &Path) -> u32 {
    let version = path.parent().and_then(Path::file_name);
    version
        .and_then(|name| name.to_str()?.parse().ok())
        .unwrap_or(0)
}

/// What the peers' lock files have fixed of what they name themselves.
fn from_npm() -> BTreeMap<String, String> {
    #[derive(Deserialize)]
    struct Lock {
        packages: BTreeMap<String, Package>,
    }
    #[derive(Deserialize)]
    struct Package {
        #[serde(default)]
        version: String,
        #[serde(default)]
        dependencies: BTreeMap<String, String>,
    }
    let mut found = BTreeMap::new();
    let folders = std::fs::read_dir(peers()).into_iter().flatten().flatten();
    for folder in folders {
        let Ok(text) = std::fs::read_to_string(folder.path().join("package-lock.json")) else {
            continue;
        };
        let Ok(lock) = serde_json::from_str::<Lock>(&text) else {
            continue;
        };
        let named = lock.packages.get("").map(|root| root.dependencies.keys());
        for name in named.into_iter().flatten() {
            if let Some(package) = lock.packages.get(&format!("node_modules/{name}")) {
                found.insert(name.clone(), package.version.clone());
            }
        }
    }
    found
}
