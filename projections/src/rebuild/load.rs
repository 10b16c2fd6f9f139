//! Filling the new copy: rows in bulk, then indexes, then what was appended meanwhile.

use std::sync::Arc;

use sqlx::postgres::PgConnection;
use sqlx::{Connection, Row};
use uuid::Uuid;
use waybill_domain::{OrderId, Position};
use waybill_infra::db::{Failure, classify};
use waybill_infra::log::{LogEvent, Topic};

use super::fold::{self, Folded};
use super::{Phase, Rebuild, RebuildError};
use crate::batch::{self, How};
use crate::copy::CopyRows;
use crate::slot::Slot;

/// Orders that cannot be copied whole are applied event by event in the end. More than this many say
/// that it is not the orders that are wrong.
const LEFTOVERS: usize = 10_000;
/// Events that are caught up with at once.
const PAGE: usize = 1_000;

pub(super) struct Loaded {
    pub(super) events: u64,
    pub(super) orders: u64,
    pub(super) leftovers: Vec<OrderId>,
}

impl Rebuild<'_> {
    /// Folds every order up to `upto` and copies its rows.
    pub(super) async fn load(&self, upto: Position) -> Result<Loaded, RebuildError> {
        let mut meter = self.meter(Phase::Folding, upto.0);
        let mut loaded = Loaded {
            events: 0,
            orders: 0,
            leftovers: Vec::new(),
        };
        meter.show(0).await?;
        let mut pipeline = fold::pipeline(
            self.models.log().clone(),
            Arc::clone(&self.projection),
            upto,
            self.options.page,
        );
        while let Some(folded) = pipeline.folded.recv().await {
            let mut folded = folded.await??;
            if let Some(reason) = folded.newer {
                return Err(RebuildError::NewerEvent(reason));
            }
            self.copy(&mut folded).await?;
            loaded.events += folded.events;
            loaded.orders += folded.rows.order_count() as u64;
            loaded.leftovers.append(&mut folded.leftovers);
            if loaded.leftovers.len() > LEFTOVERS {
                return Err(RebuildError::TooManyUnfit(LEFTOVERS));
            }
            meter.show(loaded.events).await?;
        }
        pipeline.reader.await??;
        Ok(loaded)
    }

    /// Copies rows in, in one transaction. If Postgres refuses some, those orders become leftovers.
    async fn copy(&self, folded: &mut Folded) -> Result<(), RebuildError> {
        if folded.rows.order_count() == 0 {
            return Ok(());
        }
        let statement = self.projection.copy_statement();
        let (mut transaction, _) = self.lease.begin().await?;
        match copy_in(&mut transaction, statement, folded.rows.bytes()).await {
            Ok(()) => return Ok(transaction.commit().await?),
            Err(error) if classify(&error) == Failure::Data => transaction.rollback().await?,
            Err(error) => return Err(error.into()),
        }
        let (mut transaction, _) = self.lease.begin().await?;
        for (order, rows) in folded.rows.by_order() {
            let mut savepoint = transaction.begin().await?;
            match copy_in(&mut savepoint, statement, rows).await {
                Ok(()) => savepoint.commit().await?,
                Err(error) if classify(&error) == Failure::Data => {
                    savepoint.rollback().await?;
                    folded.leftovers.push(order);
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(transaction.commit().await?)
    }

    /// Builds the indexes, one after the other.
    pub(super) async fn index(&self) -> Result<(), RebuildError> {
        let mut nth = 1;
        let mut meter = self.meter(Phase::Indexing, 0);
        meter.show(0).await?;
        loop {
            let steps = self.lease.index(nth).await?;
            meter.total = u64::from(steps.unsigned_abs());
            meter.show(u64::from(nth.unsigned_abs())).await?;
            if nth >= steps {
                return Ok(());
            }
            nth += 1;
        }
    }

    /// Makes the copy one that a runner could go on with: everything up to `upto` is in it.
    pub(super) async fn finish_load(
        &self,
        upto: Position,
        leftovers: &[OrderId],
    ) -> Result<(), RebuildError> {
        let mut event = None;
        if upto.0 > 0 {
            let before = Position(upto.0 - 1);
            let page = self.models.log().walk(&Topic::Orders, before, 1).await?;
            event = page.events.first().map(|e| Uuid::from(e.envelope.event_id));
        }
        let (mut transaction, from) = self.lease.begin().await?;
        let mut slot = Slot::new(&mut transaction, self.lease.db());
        // It may look at every row.
        slot.take_any_time().await?;
        self.projection.finish_load(&mut slot).await?;
        self.lease
            .advance(&mut transaction, from, upto, event)
            .await?;
        transaction.commit().await?;
        for order in leftovers {
            self.apply_leftover(*order, upto).await?;
        }
        Ok(())
    }

    /// Applies an order's events one by one up to the one that cannot be, which parks it.
    async fn apply_leftover(&self, order: OrderId, upto: Position) -> Result<(), RebuildError> {
        let (mut transaction, _) = self.lease.begin().await?;
        let mut slot = Slot::new(&mut transaction, self.lease.db());
        let mut version = 0;
        loop {
            let log = self.models.log();
            let mut events = log.stream(order, version, None, PAGE).await?;
            let full = events.len() == PAGE;
            events.retain(|event| event.position() <= upto);
            let outcome = batch::apply(&*self.projection, &mut slot, &events, How::Singly).await?;
            if let Some(reason) = outcome.stopped {
                return Err(RebuildError::NewerEvent(reason));
            }
            match outcome.through {
                Some(last) if full && outcome.parked.is_empty() => {
                    version = last.envelope.version;
                }
                _ => return Ok(transaction.commit().await?),
            }
        }
    }

    /// Applies what was appended meanwhile, until there is no more for now.
    pub(super) async fn catch_up(&self) -> Result<(), RebuildError> {
        let first = self.lease.reached().await?;
        let (mut from, log) = (first, self.models.log());
        let behind = |from: Position| log.head().borrow().mark.position.0.saturating_sub(from.0);
        let mut meter = self.meter(Phase::CatchingUp, behind(from));
        loop {
            let page = log.walk(&Topic::Orders, from, PAGE).await?;
            from = match self.apply(from, &page.events, How::Together).await {
                Err(RebuildError::Apply(error)) if error.poison().is_some() => {
                    self.apply(from, &page.events, How::Singly).await?
                }
                other => other?,
            };
            meter.total = from.0 - first.0 + behind(from);
            meter.show(from.0 - first.0).await?;
            if !page.more {
                return Ok(());
            }
        }
    }

    async fn apply(
        &self,
        from: Position,
        events: &[Arc<LogEvent>],
        how: How,
    ) -> Result<Position, RebuildError> {
        let (mut transaction, _) = self.lease.begin().await?;
        let to = self.apply_in(&mut transaction, from, events, how).await?;
        transaction.commit().await?;
        Ok(to)
    }

    /// Applies events in a transaction that has entered the copy that is not live.
    pub(super) async fn apply_in(
        &self,
        transaction: &mut sqlx::Transaction<'static, sqlx::Postgres>,
        from: Position,
        events: &[Arc<LogEvent>],
        how: How,
    ) -> Result<Position, RebuildError> {
        let mut slot = Slot::new(transaction, self.lease.db());
        let outcome = batch::apply(&*self.projection, &mut slot, events, how).await?;
        if let Some(reason) = outcome.stopped {
            return Err(RebuildError::NewerEvent(reason));
        }
        let Some(last) = outcome.through else {
            return Ok(from);
        };
        let id = last.envelope.event_id.into();
        self.lease
            .advance(transaction, from, last.position(), Some(id))
            .await?;
        Ok(last.position())
    }

    /// Orders parked in the copy that is live by now, or in the one just made.
    pub(super) async fn parked(&self) -> Result<u64, RebuildError> {
        let sql = include_str!("../sql/parked_among.sql");
        let mut transaction = self.lease.db().begin().await?;
        if self.options.switch {
            sqlx::query(include_str!("../sql/use.sql"))
                .persistent(self.lease.db().persistent())
                .bind(self.projection.name())
                .execute(&mut *transaction)
                .await?;
        } else {
            self.lease.enter(&mut transaction).await?;
        }
        let row = sqlx::query(sql)
            .persistent(self.lease.db().persistent())
            .bind(Vec::<Uuid>::new())
            .fetch_one(&mut *transaction)
            .await?;
        Ok(row.try_get::<i64, _>("total")?.cast_unsigned())
    }
}

async fn copy_in(
    connection: &mut PgConnection,
    statement: &str,
    rows: &[u8],
) -> Result<(), sqlx::Error> {
    let mut copy = connection.copy_in_raw(statement).await?;
    copy.send(CopyRows::HEADER).await?;
    copy.send(rows).await?;
    copy.send(CopyRows::TRAILER).await?;
    copy.finish().await?;
    Ok(())
}
