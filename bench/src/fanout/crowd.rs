//! The clients, as this process knows them.

use anyhow::Context as _;

use super::clients::{Report, Spec};
use super::pipe::Pipe;

/// Clients that are connected and follow something.
pub struct Crowd(Pipe);

impl Crowd {
    /// Has all of them connect, and waits until they are ready.
    pub async fn gather(spec: &Spec) -> anyhow::Result<Self> {
        let mut pipe = Pipe::own("fanout-clients")?;
        pipe.say(&serde_json::to_string(spec)?).await?;
        let word = pipe.hear().await.context("the clients did not get ready")?;
        anyhow::ensure!(word == "ready", "the clients say {word}");
        Ok(Self(pipe))
    }

    /// What they saw once `deliveries` have come, or nothing comes any more. Then they leave.
    pub async fn report(mut self, deliveries: u64) -> anyhow::Result<Report> {
        self.0.say(&deliveries.to_string()).await?;
        let report = self.0.hear().await.context("a client failed")?;
        self.leave().await?;
        Ok(serde_json::from_str(&report)?)
    }

    /// Has them leave.
    pub async fn leave(self) -> anyhow::Result<()> {
        self.0.stop().await
    }
}
