//! Work that a node must not go on without.

use tokio_util::sync::CancellationToken;

/// Watches long-lived tasks: a node whose task has died looks healthy, and does not do its work. Cheap to
/// clone; all clones are one.
#[derive(Clone, Debug, Default)]
pub struct Vital {
    failed: CancellationToken,
}

impl Vital {
    /// Does `work`, to be spawned in its place. If it ends before `stop`, or panics, that is logged under
    /// `name` and [`Self::failed`] returns.
    pub async fn watch(
        self,
        name: &'static str,
        stop: CancellationToken,
        work: impl Future<Output = ()> + Send + 'static,
    ) {
        // A task of its own, because that is what survives its panic.
        match tokio::spawn(work).await {
            Ok(()) if stop.is_cancelled() => return,
            Ok(()) => tracing::error!(name, "a task ended that nobody asked to end"),
            Err(error) if error.is_panic() => tracing::error!(name, %error, "a task panicked"),
            // The runtime is going away, and everything with it.
            Err(_) => return,
        }
        self.failed.cancel();
    }

    /// Waits until one of the tasks has failed.
    pub async fn failed(&self) {
        self.failed.cancelled().await;
    }

    /// Whether one of the tasks has failed.
    #[must_use]
    pub fn has_failed(&self) -> bool {
        self.failed.is_cancelled()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn only_work_that_nobody_ended_has_failed() {
        let vital = Vital::default();
        let stop = CancellationToken::new();
        let work = stop.clone().cancelled_owned();
        let watched = tokio::spawn(vital.clone().watch("stopped", stop.clone(), work));
        stop.cancel();
        watched.await.unwrap();
        assert!(!vital.has_failed());

        let going_on = CancellationToken::new();
        vital
            .clone()
            .watch("ended", going_on.clone(), async {})
            .await;
        assert!(vital.has_failed());

        let vital = Vital::default();
        let panics = async { panic!("as tested") };
        vital.clone().watch("panicked", going_on, panics).await;
        vital.failed().await;
    }
}
