//! What several works start: a Postgres on disk, and nodes beside it.

use std::path::{Path, PathBuf};

use anyhow::Context as _;
use waybill_infra::private_postgres::{Options, PrivatePostgres, Provisioned, provision};

/// Memory that Postgres keeps pages in, and how much it writes between two checkpoints; as somebody would
/// set them who has some gigabytes for it.
pub const SETTINGS: [(&str, &str); 2] = [("shared_buffers", "1GB"), ("max_wal_size", "4GB")];

/// With which tokens are signed.
pub const SECRET: &str = "a secret of the bench, at least 32 bytes";

/// A Postgres on disk with fsync on and [`SETTINGS`], and in it an empty log.
pub struct Database {
    postgres: PrivatePostgres,
    /// Where it can be reached.
    pub provisioned: Provisioned,
}

impl Database {
    /// Starts one for `work`.
    pub async fn start(work: &str) -> anyhow::Result<Self> {
        let postgres = postgres_with(&folder(work), &SETTINGS).await?;
        let provisioned = provision(&postgres).await?;
        Ok(Self {
            postgres,
            provisioned,
        })
    }

    /// Stops it, and deletes what it has written.
    pub async fn stop(self) -> anyhow::Result<()> {
        tokio::task::spawn_blocking(move || self.postgres.stop()).await??;
        Ok(())
    }
}

/// Where the Postgres of `work` has its files.
pub fn folder(work: &str) -> PathBuf {
    std::env::temp_dir().join(format!("waybill-{work}-{}", std::process::id()))
}

/// A Postgres with its own settings, on disk and with fsync on: what is measured includes waiting for that.
pub async fn postgres(folder: &Path) -> anyhow::Result<PrivatePostgres> {
    postgres_with(folder, &[]).await
}

async fn postgres_with(
    folder: &Path,
    settings: &[(&str, &str)],
) -> anyhow::Result<PrivatePostgres> {
    let mut options = Options::throwaway();
    options.durable = true;
    options.data_dir = Some(folder.to_owned());
    options.settings = settings
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    Ok(tokio::task::spawn_blocking(move || PrivatePostgres::start(&options)).await??)
}

/// The binary that is measured: `named`, or the one beside this program.
pub fn binary(named: Option<&Path>) -> anyhow::Result<PathBuf> {
    let beside = std::env::current_exe()?.with_file_name("waybill");
    let path = named.map_or(beside, Path::to_owned);
    anyhow::ensure!(
        path.exists(),
        "{} is not there: build waybill-api with the same profile, or --waybill",
        path.display()
    );
    Ok(path)
}

/// The settings of a node on the database at `url`. One account stands for many callers here, so what one may
/// do a second, and how many connections it may have, is as good as unbounded.
pub fn variables(url: &str) -> Vec<(String, String)> {
    [
        ("DATABASE_URL", url),
        ("ACCESS_TOKEN_SECRET", SECRET),
        ("ISSUER", "https://bench.test"),
        ("WAYBILL_RATE_CUSTOMER_PER_SEC", "1000000"),
        ("WAYBILL_RATE_CUSTOMER_BURST", "1000000"),
        ("WAYBILL_PUSH_CONNECTIONS_PER_CUSTOMER", "1000000"),
        ("WAYBILL_RATE_SERVICE_PER_SEC", "1000000"),
        ("WAYBILL_RATE_SERVICE_BURST", "1000000"),
    ]
    .map(|(name, value)| (name.to_owned(), value.to_owned()))
    .into()
}

/// Further settings, each as `NAME=VALUE`.
pub fn settings(given: &[String]) -> anyhow::Result<Vec<(String, String)>> {
    given
        .iter()
        .map(|setting| {
            let (name, value) = setting
                .split_once('=')
                .with_context(|| format!("{setting} is not NAME=VALUE"))?;
            Ok((name.to_owned(), value.to_owned()))
        })
        .collect()
}

/// A count, to reckon with.
#[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
pub fn float(count: u64) -> f64 {
    count as f64
}
