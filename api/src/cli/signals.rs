//! SIGTERM and Ctrl-C.

use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::node::Node;

/// Both signals, caught from when this is made. To be made before anything is announced: whoever reads that we are
/// ready may tell us to stop at once.
pub(super) struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to catch them.
    pub(super) fn catch() -> std::io::Result<Self> {
        Ok(Self {
            terminate: signal(SignalKind::terminate())?,
            interrupt: signal(SignalKind::interrupt())?,
        })
    }

    /// Waits for either.
    pub(super) async fn received(&mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }

    /// Waits until the node is to stop; from then on a further signal ends the process at once.
    ///
    /// # Errors
    /// When the node has failed, so that the process ends with a status at which it is started anew.
    pub(super) async fn until_told_to_stop(mut self, node: &Node) -> anyhow::Result<()> {
        let told = tokio::select! {
            () = self.received() => true,
            () = node.failed() => false,
        };
        tokio::spawn(async move {
            self.received().await;
            std::process::exit(130);
        });
        anyhow::ensure!(
            told,
            "the node has stopped, because a task that it cannot do without has ended; the log says which"
        );
        Ok(())
    }
}
