//! Bringing a parked order back: its rows are made anew from all of its events.

use std::sync::Arc;

use serde::Serialize;
use waybill_domain::{OrderId, Position};
use waybill_infra::log::LogEvent;

use crate::batch::{self, How};
use crate::projection::ApplyError;
use crate::read_models::{Model, ReadModels};
use crate::slot::Slot;

/// Events of the order that are read at once.
const PAGE: usize = 500;

/// What became of an order in one projection.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Redriven {
    /// It was not parked; nothing was done.
    NotParked,
    /// Its rows are made of all of its events again.
    Unparked,
    /// It is still parked: this is why.
    StillParked {
        /// What is wrong; quotes no content.
        reason: String,
    },
}

impl ReadModels {
    /// Tries a parked order again in every projection, or only in the one of that name: after the cause was
    /// removed, for example by a build that can read its events. Each projection by itself, in one
    /// transaction. Nothing comes of a name that [`Self::names`] does not have.
    ///
    /// # Errors
    /// When the database cannot be read or written.
    pub async fn redrive(
        &self,
        order: OrderId,
        only: Option<&str>,
    ) -> Result<Vec<(&'static str, Redriven)>, ApplyError> {
        let mut outcomes = Vec::new();
        let wanted = |model: &&Model| only.is_none_or(|name| model.projection.name() == name);
        for model in self.models().iter().filter(wanted) {
            // As with a batch: at once, and if an event is at fault, event by event.
            let outcome = match self.redrive_one(model, order, How::Together).await {
                Err(error) if error.poison().is_some() => {
                    self.redrive_one(model, order, How::Singly).await?
                }
                other => other?,
            };
            let name = model.projection.name();
            tracing::info!(projection = name, order_id = %order, ?outcome, "redriven");
            outcomes.push((name, outcome));
        }
        Ok(outcomes)
    }

    async fn redrive_one(
        &self,
        model: &Model,
        order: OrderId,
        how: How,
    ) -> Result<Redriven, ApplyError> {
        let db = model.checkpoint.db();
        let mut transaction = db.begin().await?;
        let claim = model
            .checkpoint
            .claim(&mut transaction, true)
            .await?
            .ok_or(sqlx::Error::RowNotFound)?;
        let mut slot = Slot::new(&mut transaction, db);
        let unparked = slot
            .query(include_str!("sql/unpark.sql"))
            .bind(order.as_uuid())
            .execute(slot.conn())
            .await?;
        if unparked.rows_affected() == 0 {
            return Ok(Redriven::NotParked);
        }
        if !claim.matches {
            return Ok(Redriven::StillParked {
                reason: "the projection was made from another log: rebuild it".into(),
            });
        }
        model.projection.forget(&mut slot, order).await?;
        let mut version = 0;
        loop {
            let events = self.events_upto(order, version, claim.position).await?;
            let outcome = batch::apply(&*model.projection, &mut slot, &events, how).await?;
            // A build that does not know the event must not take the order back either.
            if let Some(reason) = outcome.stopped {
                return Ok(Redriven::StillParked { reason });
            }
            if let Some(parked) = outcome.parked.into_iter().next() {
                transaction.commit().await?;
                return Ok(Redriven::StillParked {
                    reason: parked.reason,
                });
            }
            match outcome.through {
                Some(last) if events.len() == PAGE => version = last.envelope.version,
                _ => break,
            }
        }
        transaction.commit().await?;
        Ok(Redriven::Unparked)
    }

    /// The next page of the order's events, as far as the projection has come.
    async fn events_upto(
        &self,
        order: OrderId,
        after: u64,
        upto: Position,
    ) -> Result<Vec<Arc<LogEvent>>, sqlx::Error> {
        let mut events = self.log().stream(order, after, None, PAGE).await?;
        events.retain(|event| event.position() <= upto);
        Ok(events)
    }
}
