//! `GET /v1/orders.csv`: a list as a file.

use std::io;

use axum::body::{Body, Bytes};
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use futures::{StreamExt, stream};
use iso_currency::Currency;
use serde::Deserialize;
use serde_json::Value;
use waybill_projections::{ListError, ListPage, ListQuery, ListRow, SortKey};

use super::list::{self, query};
use crate::app::Shared;
use crate::auth::{Principal, Viewer};
use crate::http::extract::Query;
use crate::http::page_of::bad;
use crate::http::position;
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
/// decimal numbers in the unit that people count in, lists are joined by `; `, and a text that a spreadsheet
/// would take for a formula begins with an apostrophe. The orders are read page by page: each line is as of the
/// moment that its page was read. If the file cannot be finished the connection is broken off, so a
/// download that ends well is whole.
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
    position::in_read_model(&app, caller.audience(), reflecting, wait).await?;
    let export = Export {
        app,
        viewer: Viewer::Account(caller),
        query,
    };
    // What goes wrong with the first page can still be said.
    let first = export.page(None).await?;
    let mut head = csv::Writer::from_writer(Vec::new());
    head.write_record(COLUMNS)
        .map_err(|error| Problem::internal_error(&error))?;
    let head = lines(head, &first).map_err(|error| Problem::internal_error(&error))?;
    let rest = stream::try_unfold((export, first.next), |(export, next)| async move {
        let Some(after) = next else { return Ok(None) };
        let (lines, next) = export
            .lines_after(after)
            .await
            .inspect_err(|error| tracing::warn!(%error, "an export is broken off"))?;
        Ok(Some((lines, (export, next))))
    });
    let body = stream::once(async { Ok::<_, io::Error>(head) }).chain(rest);
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

/// An export under way. Holds no connection to the database between its pages, however slowly it is read.
struct Export {
    app: Shared,
    viewer: Viewer,
    query: ListQuery,
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

    /// The lines of a page, and where the next one begins.
    async fn lines_after(&self, after: String) -> io::Result<(Bytes, Option<String>)> {
        let push = &self.app.push;
        if push.draining.is_cancelled() {
            return Err(io::Error::other("the node stops"));
        }
        let page = self.page(Some(after)).await;
        // Asked after the read: nothing is shown to whoever may not see it any more.
        push.still_sees(&self.viewer)
            .map_err(|_| io::Error::other("the caller may see nothing any more"))?;
        let page = page.map_err(io::Error::other)?;
        let lines = lines(csv::Writer::from_writer(Vec::new()), &page)?;
        Ok((lines, page.next))
    }
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
/// (<https://owasp.org/www-community/attacks/CSV_Injection>).
fn harmless(text: &str) -> String {
    if text.starts_with(['=', '+', '-', '@', '\t', '\r']) {
        format!("'{text}")
    } else {
        text.to_owned()
    }
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
        for formula in ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1"] {
            assert_eq!(harmless(formula), format!("'{formula}"));
        }
        assert_eq!(harmless("Ada = Bob"), "Ada = Bob");
    }
}
