//! Reading the list.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use chrono::{DateTime, Utc};
use serde_json::Value;
use sqlx::postgres::{PgArguments, PgRow};
use sqlx::query::Query;
use sqlx::{Postgres, Row};
use uuid::Uuid;
use waybill_domain::{Audience, CustomerId, FoldedOrder, Position, Status};

use super::query::{Filters, Keyset, ListQuery, Sort, SortKey};
use super::words;
use crate::checkpoint::{Checkpoint, WaitError};
use crate::slot::Slot;

/// The list of all orders. Cheap to clone.
#[derive(Clone, Debug)]
pub struct OrderList {
    checkpoint: Checkpoint,
}

/// One row.
#[derive(Clone, Debug, PartialEq)]
pub struct ListRow {
    /// The order's summary, as the audience may see it.
    pub summary: Value,
    /// Whether the order is parked: what happened to it later is not in the summary.
    pub stale: bool,
}

/// A page, all of one snapshot.
#[derive(Clone, Debug)]
pub struct ListPage {
    /// The rows, in the query's order.
    pub rows: Vec<ListRow>,
    /// The query's `after` for the next page; `None` on the last.
    pub next: Option<String>,
    /// The position in the log that the page reflects.
    pub position: Position,
    /// Orders by status, every status named, if they were asked for.
    pub counts: Option<BTreeMap<Status, u64>>,
}

/// Why there is no page.
#[derive(Debug, thiserror::Error)]
pub enum ListError {
    /// Not a text that this service ever hands out.
    #[error("not a page cursor: give back `next_cursor` as it was received")]
    MalformedToken,
    /// The page before was sorted differently.
    #[error("the page cursor belongs to a list sorted by {of}, not {wanted}")]
    OtherSort {
        /// How it was sorted.
        of: Sort,
        /// How this one is to be.
        wanted: Sort,
    },
    /// The page before was of other orders.
    #[error("the page cursor belongs to a list with another `{filter}`")]
    OtherFilter {
        /// What it was filtered by otherwise, as the query calls it.
        filter: &'static str,
    },
    /// The database could not be asked, or a row could not be read.
    #[error("the order list could not be read: {0}")]
    Database(#[from] sqlx::Error),
}

/// One statement a sort: the planner finds an index for an order only if it is written out.
///
/// With statuses, each is a page of its own, read from the index that begins with the status, and the
/// pages are merged. Else the planner would walk the sort's index and pass over what has another status,
/// which for the oldest open orders is everything that was ever delivered.
///
/// Where one order is asked for by its number, the rows are found before they are sorted, which the planner
/// has to be told by `OFFSET 0`. It knows nothing of a word that no two orders share, takes half a per cent
/// of them to have it, and would walk the sort's index past all the others.
macro_rules! statement {
    ($prefix:literal, any, $key:literal, $type:literal, $than:literal, $direction:literal) => {
        concat!(
            $prefix,
            include_str!("sql/page.sql"),
            statement!(end, $key, $type, $than, $direction)
        )
    };
    ($prefix:literal, some, $key:literal, $type:literal, $than:literal, $direction:literal) => {
        concat!(
            $prefix,
            "SELECT o.* FROM unnest($8::text[]) AS wanted (status) CROSS JOIN LATERAL (",
            include_str!("sql/page.sql"),
            "AND o.status = wanted.status ",
            statement!(end, $key, $type, $than, $direction),
            ") o ORDER BY o.",
            $key,
            " ",
            $direction,
            ", o.order_id ",
            $direction,
            " LIMIT $5"
        )
    };
    ($prefix:literal, named, $key:literal, $type:literal, $than:literal, $direction:literal) => {
        concat!(
            $prefix,
            "SELECT o.* FROM (",
            include_str!("sql/page.sql"),
            "AND ($8::text[] IS NULL OR o.status = ANY ($8)) OFFSET 0) o WHERE true ",
            statement!(end, $key, $type, $than, $direction)
        )
    };
    (end, $key:literal, $type:literal, $than:literal, $direction:literal) => {
        concat!(
            "AND ($6::",
            $type,
            " IS NULL OR (o.",
            $key,
            ", o.order_id) ",
            $than,
            " ($6, $7::uuid)) ",
            "ORDER BY o.",
            $key,
            " ",
            $direction,
            ", o.order_id ",
            $direction,
            " LIMIT $5"
        )
    };
}

macro_rules! statements {
    ($prefix:literal, $of:tt, $sort:expr) => {
        match ($sort.key, $sort.descending) {
            (SortKey::PlacedAt, false) => {
                statement!($prefix, $of, "placed_at", "timestamptz", ">", "ASC")
            }
            (SortKey::PlacedAt, true) => {
                statement!($prefix, $of, "placed_at", "timestamptz", "<", "DESC")
            }
            (SortKey::UpdatedAt, false) => {
                statement!($prefix, $of, "updated_at", "timestamptz", ">", "ASC")
            }
            (SortKey::UpdatedAt, true) => {
                statement!($prefix, $of, "updated_at", "timestamptz", "<", "DESC")
            }
            (SortKey::Total, false) => statement!($prefix, $of, "total", "bigint", ">", "ASC"),
            (SortKey::Total, true) => statement!($prefix, $of, "total", "bigint", "<", "DESC"),
        }
    };
}

macro_rules! statement_of {
    ($prefix:literal, $query:expr) => {
        if names_an_order($query) {
            statements!($prefix, named, $query.sort)
        } else if $query.statuses.is_empty() {
            statements!($prefix, any, $query.sort)
        } else {
            statements!($prefix, some, $query.sort)
        }
    };
}

/// Whether there is a word in the question that few orders have.
fn names_an_order(query: &ListQuery) -> bool {
    query.text.as_deref().is_some_and(words::have_a_number)
}

impl OrderList {
    pub(crate) fn new(checkpoint: Checkpoint) -> Self {
        Self { checkpoint }
    }

    /// Waits until everything up to `position` is in the list, at most `patience`; see
    /// [`crate::READ_WAIT`].
    ///
    /// # Errors
    /// [`WaitError::ReadBehind`] when the time is up.
    pub async fn wait_for(&self, position: Position, patience: Duration) -> Result<(), WaitError> {
        self.checkpoint.wait_for(position, patience).await
    }

    /// One page. Whoever may see one customer's orders only has to be given a query for that customer.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn page(&self, query: &ListQuery, audience: Audience) -> Result<ListPage, ListError> {
        let after = keyset(query)?;
        let limit = query.limit.clamp(1, ListQuery::MAX_LIMIT);
        let (mut transaction, position) = self.checkpoint.snapshot().await?;
        let mut slot = Slot::new(&mut transaction, self.checkpoint.db());
        let statement = slot.query(statement_of!("", query));
        // One more, to know whether there is a next page.
        let found = bind(statement, query, limit + 1, after)
            .fetch_all(slot.conn())
            .await?;
        let counts = if query.counts {
            Some(counts(&mut slot, query).await?)
        } else {
            None
        };
        // Only reads: letting go of it ends it.
        drop(transaction);
        let shown = &found[..found.len().min(limit)];
        let next = match shown.last() {
            Some(last) if found.len() > limit => Some(keyset_of(last, query)?.to_token()),
            _ => None,
        };
        Ok(ListPage {
            rows: shown
                .iter()
                .map(|row| list_row(row, audience))
                .collect::<Result<_, _>>()?,
            next,
            position,
            counts,
        })
    }

    /// How Postgres goes about a page: its plan as JSON, for looking into a slow list.
    ///
    /// # Errors
    /// [`ListError`].
    pub async fn explain(&self, query: &ListQuery) -> Result<Value, ListError> {
        let after = keyset(query)?;
        let (mut transaction, _) = self.checkpoint.snapshot().await?;
        let mut slot = Slot::new(&mut transaction, self.checkpoint.db());
        let statement = slot.query(statement_of!("EXPLAIN (FORMAT JSON) ", query));
        let row = bind(
            statement,
            query,
            query.limit.clamp(1, ListQuery::MAX_LIMIT) + 1,
            after,
        )
        .fetch_one(slot.conn())
        .await?;
        Ok(row.try_get(0)?)
    }
}

fn keyset(query: &ListQuery) -> Result<Option<Keyset>, ListError> {
    let after = query.after.as_deref();
    after
        .map(|token| Keyset::from_token(token, query.sort, Filters::of(query)))
        .transpose()
}

fn bind<'q>(
    statement: Query<'q, Postgres, PgArguments>,
    query: &'q ListQuery,
    limit: usize,
    after: Option<Keyset>,
) -> Query<'q, Postgres, PgArguments> {
    let statement = statement
        .bind(query.customer.as_ref().map(CustomerId::as_str))
        .bind(query.placed_from.map(DateTime::<Utc>::from))
        .bind(query.placed_to.map(DateTime::<Utc>::from))
        .bind(query.text.as_deref().and_then(words::question))
        .bind(i64::try_from(limit).unwrap_or(i64::MAX));
    let value = after.map(|keyset| keyset.value);
    let statement = match query.sort.key {
        SortKey::Total => statement.bind(value),
        // A time that no row has, if somebody made the token up.
        _ => statement.bind(value.map(|v| DateTime::from_timestamp_micros(v).unwrap_or_default())),
    };
    let statement = statement.bind(after.map(|keyset| keyset.id));
    if query.statuses.is_empty() {
        let any: Option<Vec<&str>> = None;
        return if names_an_order(query) {
            statement.bind(any)
        } else {
            statement
        };
    }
    // Named twice, a status would be listed twice.
    let statuses: BTreeSet<Status> = query.statuses.iter().copied().collect();
    let statuses: Vec<&str> = statuses.into_iter().map(Status::as_str).collect();
    statement.bind(statuses)
}

fn keyset_of(row: &PgRow, query: &ListQuery) -> Result<Keyset, sqlx::Error> {
    let time = |column| {
        row.try_get::<DateTime<Utc>, _>(column)
            .map(|time| time.timestamp_micros())
    };
    Ok(Keyset {
        sort: query.sort,
        filters: Filters::of(query),
        value: match query.sort.key {
            SortKey::PlacedAt => time("placed_at")?,
            SortKey::UpdatedAt => time("updated_at")?,
            SortKey::Total => row.try_get("total")?,
        },
        id: row.try_get::<Uuid, _>("order_id")?,
    })
}

fn list_row(row: &PgRow, audience: Audience) -> Result<ListRow, sqlx::Error> {
    let folded: FoldedOrder = serde_json::from_str(row.try_get("state")?)
        .map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
    Ok(ListRow {
        summary: folded.summary(audience),
        stale: row.try_get("stale")?,
    })
}

async fn counts(
    slot: &mut Slot<'_>,
    query: &ListQuery,
) -> Result<BTreeMap<Status, u64>, sqlx::Error> {
    let statement = match &query.customer {
        None => slot.query(include_str!("sql/counts.sql")),
        Some(customer) => slot
            .query(include_str!("sql/customer_counts.sql"))
            .bind(customer.as_str()),
    };
    let mut counts: BTreeMap<Status, u64> = Status::ALL.map(|status| (status, 0)).into();
    for row in statement.fetch_all(slot.conn()).await? {
        let status: &str = row.try_get("status")?;
        let status = status
            .parse()
            .map_err(|e| sqlx::Error::Decode(Box::new(e)))?;
        counts.insert(status, row.try_get::<i64, _>("orders")?.cast_unsigned());
    }
    Ok(counts)
}
