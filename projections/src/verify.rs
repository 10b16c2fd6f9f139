//! Whether the log is whole, and whether the read models say what a fresh replay of it says.
//!
//! The log is walked twice, page by page: once by position (none missing, times never going back) and
//! once order by order (versions contiguous, every event loads, the stored rows are those that the
//! events fold to). It may be done beside a working system: what moves meanwhile is looked at again, in
//! one snapshot, before it is called wrong.

use std::time::Instant;

use chrono::{DateTime, Utc};
use serde::Serialize;
use serde_json::Value;
use sqlx::Row;
use uuid::Uuid;
use waybill_domain::{OrderId, Position};
use waybill_infra::log::{LogEvent, RawEvent};

use crate::projection::Change;
use crate::read_models::{Model, ReadModels};
use crate::rebuild::fold::{OrderReader, Orders, by_order, load, readable};
use crate::slot::Slot;

/// Positions that are looked at at once; they are small.
const POSITIONS: usize = 10_000;
/// Rows that are looked up in the log at once.
const ROWS: i64 = 2_000;

/// How a verification goes about it.
#[derive(Clone, Copy, Debug)]
pub struct VerifyOptions {
    /// Events that are read and folded at once.
    pub page: usize,
    /// Findings that are kept; further ones are only counted.
    pub findings: usize,
}

impl Default for VerifyOptions {
    fn default() -> Self {
        Self {
            page: 1_000,
            findings: 100,
        }
    }
}

/// Which walk a verification is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Walk {
    /// By position; counted in events.
    Positions,
    /// Order by order, against the read models; counted in events.
    Orders,
    /// Through the read models' rows, for orders that the log does not have; the total is not known.
    Rows,
}

/// How far a verification is.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct VerifyProgress {
    /// Which walk.
    pub walk: Walk,
    /// How much of it is done.
    pub done: u64,
    /// Of how much; 0 when it is not known.
    pub total: u64,
    /// Since the walk began, a second.
    pub per_second: f64,
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// Where in the log, if it is about one place.
    pub position: Option<Position>,
    /// Which order, if it is about one.
    pub order_id: Option<OrderId>,
    /// What is wrong; quotes no content.
    pub problem: String,
}

/// What a verification has found.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Verified {
    /// Events up to the head when it began.
    pub events: u64,
    /// Orders that they are about.
    pub orders: u64,
    /// The first findings; empty if all is well.
    pub findings: Vec<Finding>,
    /// How many there are in all.
    pub found: u64,
}

struct Verification<'v> {
    models: &'v ReadModels,
    options: VerifyOptions,
    on_progress: &'v (dyn Fn(VerifyProgress) + Send + Sync),
    upto: Position,
    result: Verified,
}

impl ReadModels {
    /// Verifies the log up to its present head, and every read model.
    ///
    /// # Errors
    /// When the database cannot be read. What is wrong with what is read is a finding.
    pub async fn verify(
        &self,
        options: VerifyOptions,
        on_progress: &(dyn Fn(VerifyProgress) + Send + Sync),
    ) -> Result<Verified, sqlx::Error> {
        let mut verification = Verification {
            models: self,
            options,
            on_progress,
            upto: self.log().head().borrow().mark.position,
            result: Verified::default(),
        };
        verification.positions().await?;
        verification.orders().await?;
        verification.rows().await?;
        Ok(verification.result)
    }
}

impl Verification<'_> {
    fn find(&mut self, position: Option<Position>, order_id: Option<OrderId>, problem: String) {
        self.result.found += 1;
        if self.result.findings.len() < self.options.findings {
            self.result.findings.push(Finding {
                position,
                order_id,
                problem,
            });
        }
    }

    fn show(&self, walk: Walk, done: u64, total: u64, began: Instant) {
        #[expect(
            clippy::cast_precision_loss,
            reason = "for people to read; exact up to 2^53"
        )]
        let per_second = done as f64 / began.elapsed().as_secs_f64().max(1e-6);
        (self.on_progress)(VerifyProgress {
            walk,
            done,
            total,
            per_second,
        });
    }

    /// Positions contiguous from 1 to the head, times never going back.
    async fn positions(&mut self) -> Result<(), sqlx::Error> {
        let (began, db) = (Instant::now(), self.models.log().db().clone());
        let (mut last, mut time) = (0_u64, DateTime::<Utc>::MIN_UTC);
        while last < self.upto.0 {
            let mut session = db.session().await?;
            let rows = sqlx::query(include_str!("sql/positions.sql"))
                .persistent(db.persistent())
                .bind(last.cast_signed())
                .bind(self.upto.0.cast_signed())
                .bind(i64::try_from(POSITIONS).unwrap_or(i64::MAX))
                .fetch_all(session.conn())
                .await?;
            drop(session);
            for row in &rows {
                let position = row.try_get::<i64, _>("position")?.cast_unsigned();
                let recorded_at = row.try_get("recorded_at")?;
                if position != last + 1 {
                    let problem = format!("the positions from {} on are missing", last + 1);
                    self.find(Some(Position(position)), None, problem);
                }
                if recorded_at < time {
                    let problem = "was recorded before the event before it".to_owned();
                    self.find(Some(Position(position)), None, problem);
                }
                (last, time) = (position, recorded_at);
                self.result.events += 1;
            }
            self.show(Walk::Positions, self.result.events, self.upto.0, began);
            if rows.len() < POSITIONS {
                break;
            }
        }
        if last < self.upto.0 {
            let problem = format!("the positions from {} on are missing", last + 1);
            self.find(Some(self.upto), None, problem);
        }
        Ok(())
    }

    /// Every order's events, and its rows in every read model.
    async fn orders(&mut self) -> Result<(), sqlx::Error> {
        let began = Instant::now();
        let mut reader = OrderReader::new(self.models.log().clone(), self.upto, self.options.page);
        let mut done = 0;
        while let Some(orders) = reader.next().await? {
            done += orders.len() as u64;
            let sound = self.streams(&orders);
            for model in self.models.models() {
                self.compare(model, &sound).await?;
            }
            self.show(Walk::Orders, done, self.upto.0, began);
        }
        Ok(())
    }

    /// Looks at the streams themselves, and gives out those that can be replayed.
    fn streams(&mut self, orders: &Orders) -> Vec<Vec<LogEvent>> {
        let mut sound = Vec::new();
        for order in by_order(orders) {
            self.result.orders += 1;
            match load(order) {
                Ok(events) => {
                    if self.stream(&events) {
                        sound.push(events);
                    }
                }
                Err(error) => {
                    let id = order
                        .first()
                        .and_then(|event: &RawEvent| event.order_id().ok());
                    self.find(None, id, format!("an envelope cannot be read: {error}"));
                }
            }
        }
        sound
    }

    fn stream(&mut self, events: &[LogEvent]) -> bool {
        let before = self.result.found;
        for (event, version) in events.iter().zip(1..) {
            let envelope = &event.envelope;
            let (position, order) = (Some(envelope.position), Some(envelope.order_id));
            if envelope.version != version {
                let problem = format!("has version {}, expected {version}", envelope.version);
                self.find(position, order, problem);
                break;
            }
            if let Err(error) = &event.event {
                self.find(position, order, format!("cannot be loaded: {error}"));
            }
        }
        if !events.is_sorted_by_key(LogEvent::position) {
            let order = events.first().map(|event| event.envelope.order_id);
            self.find(None, order, "its versions are not in log order".to_owned());
        }
        before == self.result.found
    }

    /// Compares these orders' rows with what their events fold to.
    async fn compare(
        &mut self,
        model: &Model,
        orders: &[Vec<LogEvent>],
    ) -> Result<(), sqlx::Error> {
        let ids: Vec<OrderId> = orders
            .iter()
            .filter_map(|events| events.first().map(|event| event.envelope.order_id))
            .collect();
        let (mut transaction, _) = model.checkpoint.snapshot().await?;
        let mut slot = Slot::new(&mut transaction, model.checkpoint.db());
        let found = model.projection.found(&mut slot, &ids).await?;
        drop(transaction);
        for (events, id) in orders.iter().zip(&ids) {
            if !says(model, events, found.get(id)) {
                self.look_again(model, *id).await?;
            }
        }
        Ok(())
    }

    /// The row was read after the events, or before the projection came to them: both once more, of one
    /// snapshot.
    async fn look_again(&mut self, model: &Model, order: OrderId) -> Result<(), sqlx::Error> {
        let (mut transaction, position) = model.checkpoint.snapshot().await?;
        let mut slot = Slot::new(&mut transaction, model.checkpoint.db());
        let parked: Vec<Uuid> = slot
            .query(include_str!("sql/parked_among.sql"))
            .bind(vec![order.as_uuid()])
            .fetch_one(slot.conn())
            .await?
            .try_get("among")?;
        let found = model.projection.found(&mut slot, &[order]).await?;
        drop(transaction);
        let name = model.projection.name();
        if !parked.is_empty() {
            self.find(None, Some(order), format!("is parked in {name}"));
            return Ok(());
        }
        let mut events = Vec::new();
        let log = self.models.log();
        loop {
            let page = self.options.page;
            let after = events.len() as u64;
            let more = log.stream(order, after, None, page).await?;
            let full = more.len() == page;
            events.extend(
                more.into_iter()
                    .filter(|event| event.position() <= position),
            );
            if !full || (events.len() as u64) < after + page as u64 {
                break;
            }
        }
        let changes: Option<Vec<Change<'_>>> = events
            .iter()
            .map(|event| {
                let change = event.event.as_ref().ok()?;
                Some(Change {
                    envelope: &event.envelope,
                    event: change,
                })
            })
            .collect();
        let expected = changes.and_then(|changes| model.projection.expected(&changes).ok());
        if !agree(expected.as_ref(), found.get(&order)) {
            let problem = format!("{name} says something else than a replay up to {position}");
            self.find(None, Some(order), problem);
        }
        Ok(())
    }

    /// Rows of orders that the log does not have, and what is derived from the rows.
    async fn rows(&mut self) -> Result<(), sqlx::Error> {
        let (began, mut done) = (Instant::now(), 0);
        for model in self.models.models() {
            let name = model.projection.name();
            let mut after = Uuid::nil();
            loop {
                let (mut transaction, _) = model.checkpoint.snapshot().await?;
                let mut slot = Slot::new(&mut transaction, model.checkpoint.db());
                let row = slot
                    .query(model.projection.strays_statement())
                    .bind(after)
                    .bind(ROWS)
                    .fetch_one(slot.conn())
                    .await?;
                drop(transaction);
                for stray in row.try_get::<Vec<Uuid>, _>("strays")? {
                    let problem = format!("is in {name} and not in the log");
                    self.find(None, Some(stray.into()), problem);
                }
                let rows: i64 = row.try_get("rows")?;
                done += rows.cast_unsigned();
                self.show(Walk::Rows, done, 0, began);
                if rows < ROWS {
                    break;
                }
                after = row.try_get("last_order")?;
            }
            let (mut transaction, _) = model.checkpoint.snapshot().await?;
            let mut slot = Slot::new(&mut transaction, model.checkpoint.db());
            // It may look at every row.
            slot.take_any_time().await?;
            let problems = model.projection.contradictions(&mut slot).await?;
            for problem in problems {
                self.find(None, None, format!("{name}: {problem}"));
            }
        }
        Ok(())
    }
}

fn says(model: &Model, events: &[LogEvent], found: Option<&Value>) -> bool {
    let expected = readable(events)
        .ok()
        .and_then(|changes| model.projection.expected(&changes).ok());
    agree(expected.as_ref(), found)
}

/// An order of which the projection has taken nothing in has no rows.
fn agree(expected: Option<&Value>, found: Option<&Value>) -> bool {
    let says_something =
        |value: &&Value| !value.is_null() && value.as_array().is_none_or(|lines| !lines.is_empty());
    expected.is_some() && expected.filter(says_something) == found.filter(says_something)
}
