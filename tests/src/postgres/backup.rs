//! Copies of a server: as a backup that is restored later, and as a standby that follows it.

use std::os::unix::fs::{MetadataExt as _, chown};
use std::os::unix::process::CommandExt as _;

use anyhow::Context as _;
use tempfile::TempDir;
use tokio::process::Command;
use waybill_infra::private_postgres::SUPERUSER;

use super::{Home, Postgres, folder, run};
use crate::network::Network;

/// What a server held at one moment.
pub struct Backup {
    folder: TempDir,
    programs: std::path::PathBuf,
    settings: Vec<(String, String)>,
}

impl Postgres {
    /// Copies what the server holds now, while it goes on.
    pub async fn base_backup(&self) -> anyhow::Result<Backup> {
        let socket = self.socket()?;
        let host = socket.parent().context("a folder")?.display().to_string();
        self.copy(&format!("host={host} user={SUPERUSER}"), &[])
            .await
    }

    /// A standby that follows this server through `network`, which has to lead to it, and lags when that hangs.
    pub async fn standby(&self, network: &Network) -> anyhow::Result<Self> {
        let (host, port) = (network.address.ip(), network.address.port());
        let source = format!("host={host} port={port} user={SUPERUSER} sslmode=disable");
        self.copy(&source, &["--write-recovery-conf"])
            .await?
            .restore()
            .await
    }

    /// Makes a standby a server of its own, on what has reached it.
    pub async fn promote(&self) -> anyhow::Result<()> {
        let done: bool = sqlx::query_scalar("SELECT pg_promote(true, 30)")
            .fetch_one(&mut self.owner().await?)
            .await?;
        anyhow::ensure!(done, "the standby was not promoted in time");
        Ok(())
    }

    async fn copy(&self, source: &str, more: &[&str]) -> anyhow::Result<Backup> {
        let folder = folder()?;
        let owner = std::fs::metadata(self.home.path().join("cluster"))?;
        let mut command = std::process::Command::new(self.programs.join("pg_basebackup"));
        command
            .args(["--checkpoint=fast", "--wal-method=stream", "--pgdata"])
            .arg(folder.path().join("cluster"))
            .args(["--dbname", source])
            .args(more)
            .current_dir("/");
        if owner.uid() != std::fs::metadata(folder.path())?.uid() {
            chown(folder.path(), Some(owner.uid()), Some(owner.gid()))?;
            command.uid(owner.uid()).gid(owner.gid());
        }
        let output = Command::from(command).kill_on_drop(true).output().await?;
        let said = String::from_utf8_lossy(&output.stderr);
        anyhow::ensure!(output.status.success(), "pg_basebackup: {said}");
        Ok(Backup {
            folder,
            programs: self.programs.clone(),
            settings: self.settings.clone(),
        })
    }
}

impl Backup {
    /// A server that begins where the backup was made.
    pub async fn restore(self) -> anyhow::Result<Postgres> {
        let programs = Some(self.programs.clone());
        let running = run(self.folder.path(), &self.settings, programs).await?;
        Ok(Postgres {
            running: Some(running),
            home: Home::Folder(self.folder),
            settings: self.settings,
            programs: self.programs,
        })
    }
}
