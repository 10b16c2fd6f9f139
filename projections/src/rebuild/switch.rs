//! Making the new copy the live one.

use std::time::Duration;

use waybill_domain::Position;
use waybill_infra::log::Topic;

use super::{Phase, Rebuild, RebuildError};
use crate::batch::How;

/// Events that are still applied while everybody waits, at most.
const LAST: u64 = 200;
/// How long this node's tail is given to show what another node has applied.
const PAUSE: Duration = Duration::from_millis(50);

impl Rebuild<'_> {
    /// Switches, in one transaction, once the new copy is nearly where the live one is. Readers go from
    /// one copy to the other without ever seeing an earlier position than before.
    pub(super) async fn switch(&self) -> Result<Position, RebuildError> {
        let mut meter = self.meter(Phase::Switching, 1);
        meter.show(0).await?;
        loop {
            let switched = match self.try_switch().await {
                // One of the last events is at fault: catching up finds and parks it.
                Err(RebuildError::Apply(error)) if error.poison().is_some() => None,
                other => other?,
            };
            if let Some(position) = switched {
                self.model.checkpoint.learn(position);
                meter.show(1).await?;
                return Ok(position);
            }
            self.catch_up().await?;
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn try_switch(&self) -> Result<Option<Position>, RebuildError> {
        let mut transaction = self.lease.db().begin().await?;
        // From here on no runner moves the live copy, on any node.
        let Some(claim) = self.model.checkpoint.claim(&mut transaction, true).await? else {
            return Ok(None);
        };
        let mut here = self.lease.enter(&mut transaction).await?;
        // A live copy of another log has no position that anybody could have relied on.
        if claim.matches && here < claim.position {
            if claim.position.0 - here.0 > LAST {
                return Ok(None);
            }
            let wanted = usize::try_from(claim.position.0 - here.0).unwrap_or(usize::MAX);
            let page = self.models.log().walk(&Topic::Orders, here, wanted).await?;
            here = self
                .apply_in(&mut transaction, here, &page.events, How::Together)
                .await?;
            if here < claim.position {
                return Ok(None);
            }
        }
        self.lease.nothing_was_lost().await?;
        self.lease.switch(&mut transaction).await?;
        transaction.commit().await?;
        Ok(Some(here))
    }
}
