//! `GET /v1/orders.csv`: a list as a file.
//!
//! A task of its own reads page after page and hands each to the connection once that has taken the one
//! before. So whatever becomes of the connection, no turn to read is kept from others; and a client that
//! takes nothing is cut, as on a stream.

use std::io;
use std::sync::Arc;

use axum::Extension;
use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::stream;
use iso_currency::Currency;
use serde::Deserialize;
use serde_json::Value;
use tokio::sync::mpsc;
use waybill_projections::{ListError, ListPage, ListQuery, ListRow, SortKey};

use super::list::{self, query};
use crate::app::Shared;
use crate::auth::{Principal, Viewer};
use crate::http::extract::Query;
use crate::http::page_of::bad;
use crate::http::position;
use crate::http::server::HangUp;
use crate::problem::Problem;

/// The file's columns, in order. New ones come at the end.
const COLUMNS: [&str; 19] = [
    "order_number",
    "order_id",
    "reference",
    "customer_id",
    "recipient",
    "city",
    "status",
    "placed_at",
    "updated_at",
    "version",
    "item_count",
    "titles",
    "currency",
    "total",
    "tracking_carrier",
    "tracking_number",
    "estimated_delivery",
    "cancel_reason",
    "stale",
];

/// What the query may say.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Only orders in one of these statuses, separated by commas.
    #[param(example = "pending,processing")]
    status: Option<String>,
    /// Only this customer's orders. A customer gets his own in any case, and may name nobody else.
    #[param(min_length = 1, max_length = 128)]
    customer: Option<String>,
    /// Only orders placed then or later.
    #[param(format = "date-time")]
    from: Option<String>,
    /// Only orders placed before then.
    #[param(format = "date-time")]
    to: Option<String>,
    /// Only orders with words that begin with each of these words, as in the list.
    #[param(max_length = 200)]
    q: Option<String>,
    /// `placed_at`, or `-placed_at` for the newest first, which is the default. Nothing else: what changes
    /// while the file is being written would be in it twice, or not at all.
    sort: Option<String>,
    /// What the file must reflect: a cursor, for staff also a bare position. Waits for it for at most 5 s.
    min_position: Option<String>,
}

/// Many orders, as a CSV file.
///
/// Every order that matches, a line each, below a line with the columns' names (RFC 4180, UTF-8). Amounts are
/// decimal numbers in the unit that people count in, lists are joined by `; `, and what a spreadsheet would take
/// for a formula, at the beginning of a text or after a semicolon in it, has an apostrophe before it. The
/// orders are read page by page: each line is as of the moment that its page was read. If the file cannot be
/// finished the connection is broken off, so a download that ends well is whole.
#[utoipa::path(
    get,
    path = "/v1/orders.csv",
    operation_id = "export_orders",
    tag = "orders",
    params(Params),
    responses(
        (status = 200, description = "The file", body = String, content_type = "text/csv"),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 403, description = "`forbidden`: another customer's orders"),
        (status = 410, description = "`cursor_reset`"),
        (status = 503, description = "`read_behind`, `unavailable`"),
    ),
)]
pub async fn export(
    State(app): State<Shared>,
    caller: Principal,
    Query(params): Query<Params>,
    Extension(hang_up): Extension<HangUp>,
) -> Result<Response, Problem> {
    let wanted = list::Params {
        status: params.status,
        customer: params.customer,
        from: params.from,
        to: params.to,
        q: params.q,
        sort: params.sort,
        ..list::Params::default()
    };
    let mut query = query(&caller, &wanted)?;
    if query.sort.key != SortKey::PlacedAt {
        return Err(bad("sort", "must be placed_at or -placed_at"));
    }
    query.limit = ListQuery::MAX_LIMIT;
    let orders = app.read_models.order_list();
    let wait = async |position, patience| orders.wait_for(position, patience).await;
    let reflecting = params.min_position.as_deref();
    let wanted = position::in_read_model(&app, caller.audience(), reflecting, wait).await?;
    let push = Arc::clone(&app.push);
    let (sender, receiver) = mpsc::channel(1);
    let export = Export {
        app,
        viewer: Viewer::Account(caller),
        query,
        sender,
        hang_up,
    };
    // What goes wrong with the first page can still be said.
    let first = export.page(None).await?;
    position::reached(wanted, first.position)?;
    let mut head = csv::Writer::from_writer(Vec::new());
    head.write_record(COLUMNS)
        .map_err(|error| Problem::internal_error(&error))?;
    let head = lines(head, &first).map_err(|error| Problem::internal_error(&error))?;
    push.connections.spawn(export.serve(head, first.next));
    let body = stream::try_unfold(receiver, |mut receiver| async move {
        match receiver.recv().await {
            Some(Part::Lines(lines)) => Ok(Some((lines, receiver))),
            Some(Part::End) => Ok(None),
            None => Err(io::Error::other("the export was broken off")),
        }
    });
    let headers = [
        (
            header::CONTENT_TYPE,
            "text/csv; charset=utf-8; header=present",
        ),
        (
            header::CONTENT_DISPOSITION,
            "attachment; filename=\"orders.csv\"",
        ),
        (header::CACHE_CONTROL, "no-store"),
    ];
    Ok((headers, Body::from_stream(body)).into_response())
}

/// What the connection is handed. Without an end the file is not whole.
enum Part {
    Lines(Bytes),
    End,
}

/// Why a file is not finished.
enum Broken {
    /// Nobody wants it any more.
    Gone,
    /// The client took nothing for too long.
    Stalled,
    Failed(String),
}

/// An export under way. Holds no connection to the database between its pages, however slowly it is read.
struct Export {
    app: Shared,
    viewer: Viewer,
    query: ListQuery,
    sender: mpsc::Sender<Part>,
    hang_up: HangUp,
}

impl Export {
    async fn page(&self, after: Option<String>) -> Result<ListPage, ListError> {
        // It is never closed.
        let _turn = self.app.exports.acquire().await;
        let query = ListQuery {
            after,
            ..self.query.clone()
        };
        let orders = self.app.read_models.order_list();
        orders.page(&query, self.viewer.audience()).await
    }

    /// Sends the file, or as much of it as the caller may see and takes.
    async fn serve(self, head: Bytes, next: Option<String>) {
        let push = &self.app.push;
        let sent = tokio::select! {
            biased;
            () = push.draining.cancelled() => Err(Broken::Failed("the node stops".to_owned())),
            () = self.sender.closed() => Err(Broken::Gone),
            seen = push.while_seen(&self.viewer, self.send_all(head, next)) => {
                seen.unwrap_or_else(|_| Err(may_not()))
            }
        };
        let outcome = match &sent {
            Ok(()) => "whole",
            Err(Broken::Gone) => "gone",
            Err(Broken::Stalled) => "stalled",
            Err(Broken::Failed(_)) => "failed",
        };
        metrics::counter!("waybill_exports_total", "outcome" => outcome).increment(1);
        match sent {
            Ok(()) | Err(Broken::Gone) => return,
            Err(Broken::Stalled) => tracing::debug!("an export is not taken, and is broken off"),
            Err(Broken::Failed(reason)) => tracing::warn!(reason, "an export is broken off"),
        }
        // What waits in a connection that takes nothing would stay there for as long as the client likes.
        if self.sender.try_reserve().is_err() {
            self.hang_up.now();
        }
    }

    async fn send_all(&self, head: Bytes, mut next: Option<String>) -> Result<(), Broken> {
        self.send(Part::Lines(head)).await?;
        while let Some(after) = next {
            let page = self.page(Some(after)).await;
            // Asked after the read: nothing is shown to whoever may not see it any more.
            let seen = self.app.push.still_sees(&self.viewer);
            seen.map_err(|_| may_not())?;
            let failed = |error: &dyn std::error::Error| Broken::Failed(error.to_string());
            let page = page.map_err(|error| failed(&error))?;
            let lines = lines(csv::Writer::from_writer(Vec::new()), &page);
            self.send(Part::Lines(lines.map_err(|error| failed(&error))?))
                .await?;
            next = page.next;
        }
        self.send(Part::End).await
    }

    /// Hands the connection a part, once that has taken the one before.
    async fn send(&self, part: Part) -> Result<(), Broken> {
        let stall = self.app.push.config.stall;
        match tokio::time::timeout(stall, self.sender.send(part)).await {
            Ok(sent) => sent.map_err(|_| Broken::Gone),
            Err(_) => Err(Broken::Stalled),
        }
    }
}

fn may_not() -> Broken {
    Broken::Failed("the caller may see nothing any more".to_owned())
}

fn lines(mut to: csv::Writer<Vec<u8>>, page: &ListPage) -> io::Result<Bytes> {
    for row in &page.rows {
        to.write_record(COLUMNS.map(|column| cell(row, column)))?;
    }
    let written = to
        .into_inner()
        .map_err(|error| io::Error::other(error.to_string()))?;
    Ok(written.into())
}

/// What stands in a column; nothing where the order, or what the caller may see of it, has nothing there.
fn cell(row: &ListRow, column: &str) -> String {
    let order = &row.summary;
    let value = match column {
        "stale" => return row.stale.to_string(),
        "total" => return amount(order),
        "tracking_carrier" => &order["tracking"]["carrier"],
        "tracking_number" => &order["tracking"]["number"],
        _ => &order[column],
    };
    match value {
        Value::String(text) => harmless(text),
        Value::Array(texts) => {
            let texts: Vec<&str> = texts.iter().filter_map(Value::as_str).collect();
            harmless(&texts.join("; "))
        }
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// The total in the unit that people count in: 1250 of EUR are 12.50, of JPY 1250.
fn amount(order: &Value) -> String {
    let Some(total) = order["total"].as_u64() else {
        return String::new();
    };
    let currency = order["currency"].as_str().and_then(Currency::from_code);
    // As many digits as the page shows for a code that is none.
    let digits = currency.map_or(Some(2), Currency::exponent).unwrap_or(0);
    if digits == 0 {
        return total.to_string();
    }
    let unit = 10_u64.pow(digits.into());
    let width = usize::from(digits);
    format!("{}.{:0width$}", total / unit, total % unit)
}

/// Spreadsheets run a cell that begins so as a formula, whoever wrote it
/// (<https://owasp.org/www-community/attacks/CSV_Injection>). Where a comma is the decimal sign they take
/// semicolons for the ends of cells, whatever the quotes say, so a cell may begin in the middle of a text.
fn harmless(text: &str) -> String {
    let mut made = String::with_capacity(text.len());
    let mut begins = true;
    for letter in text.chars() {
        // Those of wide scripts count as well in the locales that use them.
        let runs = matches!(
            letter,
            '=' | '+' | '-' | '@' | '\t' | '\r' | '＝' | '＋' | '－' | '＠'
        );
        if begins && runs {
            made.push('\'');
        }
        begins = matches!(letter, ';' | '\t' | '\r' | '\n') || (begins && letter.is_whitespace());
        made.push(letter);
    }
    made
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn amounts_have_as_many_digits_as_their_currency() {
        let shown = |currency, total| amount(&json!({ "currency": currency, "total": total }));
        assert_eq!(shown("EUR", 1_250), "12.50");
        assert_eq!(shown("EUR", 5), "0.05");
        assert_eq!(shown("JPY", 1_250), "1250");
        assert_eq!(shown("KWD", 1_250), "1.250");
        assert_eq!(shown("XAU", 7), "7");
        assert_eq!(amount(&json!({})), "");
    }

    #[test]
    fn what_looks_like_a_formula_is_made_a_text() {
        for formula in ["=1+1", "+1", "-1", "@a", "\ta", "\ra"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        assert_eq!(harmless("Ada = Bob"), "Ada = Bob");
        assert_eq!(harmless("Ada-Marie; Bob"), "Ada-Marie; Bob");
    }

    #[test]
    fn no_cell_begins_with_a_formula_where_semicolons_end_cells() {
        assert_eq!(harmless("a;=A1&B1;b"), "a;'=A1&B1;b");
        assert_eq!(harmless("Cup; -2+3"), "Cup; '-2+3");
        assert_eq!(harmless("a\n=1"), "a\n'=1");
        assert_eq!(harmless(" =1"), " '=1");
        assert_eq!(harmless("＝1"), "'＝1");
    }
}
