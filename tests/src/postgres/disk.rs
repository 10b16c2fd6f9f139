//! A small disk that can be filled up: a file system in memory, mounted where only this process needs it.

use std::fs::File;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustix::fs::{FallocateFlags, fallocate};
use tempfile::TempDir;

use super::folder;

/// A mounted disk; it goes when this is dropped.
pub struct Disk {
    /// The folder that it is mounted on.
    folder: TempDir,
}

/// Whether there could be one.
pub enum Mounted {
    /// There is.
    Here(Disk),
    /// This account may not mount, or the system cannot: why.
    NotHere(String),
}

impl Disk {
    /// Mounts one with room for `bytes`.
    pub fn mount(bytes: u64) -> anyhow::Result<Mounted> {
        let folder = folder()?;
        let mounted = Command::new("mount")
            .args([
                "-t",
                "tmpfs",
                "-o",
                &format!("size={bytes},mode=755"),
                "waybill-torture",
            ])
            .arg(folder.path())
            .stdin(Stdio::null())
            .output();
        Ok(match mounted {
            Ok(output) if output.status.success() => Mounted::Here(Self { folder }),
            Ok(output) => {
                Mounted::NotHere(String::from_utf8_lossy(&output.stderr).trim().to_owned())
            }
            Err(error) => Mounted::NotHere(format!("mount: {error}")),
        })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.folder.path()
    }

    /// What can fill this disk while a server lives on it.
    pub fn ballast(&self) -> Ballast {
        Ballast(self.path().join("ballast"))
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // Lazily: what is still open goes with whoever has it open.
        let _ = Command::new("umount")
            .arg("-l")
            .arg(self.folder.path())
            .status();
    }
}

/// A file that takes what room there is.
#[derive(Debug, Clone)]
pub struct Ballast(PathBuf);

impl Ballast {
    /// Leaves room for `bytes`, or for what is left already if that is less. Others write meanwhile: what they have
    /// taken first is theirs, and nothing is left then.
    pub fn fill_but(&self, bytes: u64) -> anyhow::Result<()> {
        let folder = self.0.parent().unwrap_or(&self.0);
        let space = rustix::fs::statvfs(folder)?;
        let free = space.f_bavail * space.f_frsize;
        let more = free.saturating_sub(bytes);
        if more == 0 {
            return Ok(());
        }
        let grown = File::options()
            .append(true)
            .create(true)
            .open(&self.0)
            .and_then(|file| {
                let from = file.metadata()?.len();
                Ok(fallocate(&file, FallocateFlags::empty(), from, more)?)
            });
        match grown {
            Err(error) if error.kind() != ErrorKind::StorageFull => Err(error.into()),
            _ => Ok(()),
        }
    }

    /// Gives all of it back.
    pub fn free(&self) -> anyhow::Result<()> {
        match std::fs::remove_file(&self.0) {
            Err(error) if error.kind() != ErrorKind::NotFound => Err(error.into()),
            _ => Ok(()),
        }
    }
}
