//! An order as a row.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use uuid::Uuid;
use waybill_domain::{Envelope, FoldedOrder, OrderEvent, Status};

use super::words;
use crate::copy::CopyRows;
use crate::projection::Unfit;

/// What is stored of one order.
#[derive(Debug)]
pub(super) struct Row<'o> {
    folded: &'o FoldedOrder,
    pub(super) id: Uuid,
    pub(super) customer_id: &'o str,
    pub(super) status: Status,
    pub(super) version: i64,
    pub(super) position: i64,
    pub(super) placed_at: chrono::DateTime<chrono::Utc>,
    pub(super) updated_at: chrono::DateTime<chrono::Utc>,
    pub(super) total: i64,
    pub(super) words: BTreeSet<String>,
    pub(super) state: String,
}

impl<'o> Row<'o> {
    pub(super) fn of(folded: &'o FoldedOrder) -> Result<Self, Unfit> {
        let unfit = |reason: String| Unfit {
            order_id: folded.order_id,
            version: folded.version,
            reason,
        };
        let state = folded
            .order
            .state()
            .ok_or_else(|| unfit("the order was never placed".into()))?;
        Ok(Self {
            folded,
            id: folded.order_id.into(),
            customer_id: state.customer_id.as_str(),
            status: state.status,
            version: folded.version.cast_signed(),
            position: folded.position.0.cast_signed(),
            placed_at: state.placed_at.into(),
            updated_at: folded.updated_at.into(),
            total: state.pricing.parts().total.minor_units().cast_signed(),
            words: words::of_order(state),
            state: serde_json::to_string(folded).map_err(|e| unfit(e.to_string()))?,
        })
    }

    /// In the order of the columns that `COPY` names.
    pub(super) fn write(&self, rows: &mut CopyRows) {
        rows.row(10)
            .id(self.folded.order_id)
            .text(self.customer_id)
            .text(self.status.as_str())
            .bigint(self.version)
            .bigint(self.position)
            .time(self.placed_at.into())
            .time(self.updated_at.into())
            .bigint(self.total)
            .words(self.words.iter().map(String::as_str))
            .text(&self.state);
    }

    /// For comparing what is stored with what should be.
    pub(super) fn canonical(&self) -> Value {
        json!({
            "columns": {
                "customer_id": self.customer_id,
                "status": self.status,
                "version": self.version,
                "position": self.position,
                "placed_at": self.placed_at.timestamp_micros(),
                "updated_at": self.updated_at.timestamp_micros(),
                "total": self.total,
            },
            "words": self.words,
            "state": self.folded,
        })
    }
}

/// Takes the order's next event in, if it is the next one.
pub(super) fn take_in(
    folded: &mut FoldedOrder,
    envelope: &Envelope,
    event: &OrderEvent,
) -> Result<(), Unfit> {
    let unfit = |reason: String| Unfit {
        order_id: envelope.order_id,
        version: envelope.version,
        reason,
    };
    if envelope.version != folded.version + 1 {
        return Err(unfit(format!("comes after version {}", folded.version)));
    }
    folded.apply(envelope, event);
    if folded.order.exists() {
        Ok(())
    } else {
        Err(unfit("the order was never placed".into()))
    }
}
