//! What the reports of the bench and the torture say of a run.

use std::time::Duration;

use tokio::process::Command;

/// The commit that was built, as far as git knows.
pub async fn commit() -> String {
    let git = |arguments: &'static [&'static str]| async move {
        let output = Command::new("git").args(arguments).output().await.ok()?;
        let said = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        output.status.success().then_some(said)
    };
    let commit = git(&["rev-parse", "--short=10", "HEAD"]).await;
    let changed = git(&["status", "--porcelain", "--untracked-files=no"]).await;
    let changed = changed.is_some_and(|files| !files.is_empty());
    commit.map_or_else(
        || "unknown".to_owned(),
        |commit| commit + if changed { "+" } else { "" },
    )
}

/// Minutes and seconds.
pub fn clock(time: Duration) -> String {
    format!("{}:{:02}", time.as_secs() / 60, time.as_secs() % 60)
}
