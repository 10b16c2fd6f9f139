//! `GET /v1/orders`

use std::str::FromStr;

use axum::extract::State;
use serde::Deserialize;
use serde_json::{Value, json};
use waybill_domain::{CustomerId, Status};
use waybill_projections::{ListError, ListPage, ListQuery, Sort};

use crate::app::{App, Shared};
use crate::auth::Principal;
use crate::http::extract::Query;
use crate::http::page_of::{bad, bad_cursor, limit, other_list};
use crate::http::{position, schema};
use crate::problem::{Code, Problem};

/// Longest text to search for, in bytes.
const TEXT_MAX: usize = 200;

/// What the query may say.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// Only orders in one of these statuses, separated by commas.
    #[param(example = "pending,processing")]
    pub(super) status: Option<String>,
    /// Only this customer's orders. A customer sees his own in any case, and may name nobody else.
    #[param(min_length = 1, max_length = 128)]
    pub(super) customer: Option<String>,
    /// Only orders placed then or later.
    #[param(format = "date-time")]
    pub(super) from: Option<String>,
    /// Only orders placed before then.
    #[param(format = "date-time")]
    pub(super) to: Option<String>,
    /// Only orders with words that begin with each of these words: of the number, reference, customer id,
    /// recipient, e-mail, titles and article codes.
    #[param(max_length = 200)]
    pub(super) q: Option<String>,
    /// `placed_at`, `updated_at` or `total`, with a minus for the greatest first: `-placed_at` by default.
    pub(super) sort: Option<String>,
    /// Orders in the answer at most: 1 to 100, 25 by default.
    #[param(minimum = 1, maximum = 100)]
    pub(super) limit: Option<u32>,
    /// The `next_cursor` of the page before, of the same list: same filters, same sort.
    pub(super) page_cursor: Option<String>,
    /// `true`: with the number of orders in each status, of the customer or of the whole shop. The other
    /// filters play no part in it.
    pub(super) counts: Option<bool>,
    /// What the answer must reflect: a cursor, for staff also a bare position. Waits for it for at most
    /// 5 s.
    pub(super) min_position: Option<String>,
}

/// Many orders.
///
/// From a read model that follows the log, usually within milliseconds: `cursor` says how far it has come,
/// and is where to follow the list from.
#[utoipa::path(
    get,
    path = "/v1/orders",
    operation_id = "list_orders",
    tag = "orders",
    params(Params),
    responses(
        (status = 200, description = "A page of them", body = schema::OrderPage),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 403, description = "`forbidden`: another customer's orders"),
        (status = 410, description = "`cursor_reset`"),
        (status = 503, description = "`read_behind`, `unavailable`"),
    ),
)]
pub async fn list(
    State(app): State<Shared>,
    caller: Principal,
    Query(params): Query<Params>,
) -> Result<axum::Json<Value>, Problem> {
    let query = query(&caller, &params)?;
    let orders = app.read_models.order_list();
    let wait = async |position, patience| orders.wait_for(position, patience).await;
    let wanted = position::in_read_model(
        &app,
        caller.audience(),
        params.min_position.as_deref(),
        wait,
    )
    .await?;
    let page = orders.page(&query, caller.audience()).await?;
    position::reached(wanted, page.position)?;
    show(&app, &caller, page).await.map(axum::Json)
}

async fn show(app: &App, caller: &Principal, page: ListPage) -> Result<Value, Problem> {
    let mut body = position::members(app, caller.audience(), page.position).await?;
    let rows = page.rows.into_iter().map(|row| {
        let mut summary = row.summary;
        if let Some(fields) = summary.as_object_mut() {
            fields.insert("stale".to_owned(), json!(row.stale));
        }
        summary
    });
    body.insert("data".to_owned(), rows.collect());
    body.insert("next_cursor".to_owned(), json!(page.next));
    if let Some(counts) = page.counts {
        body.insert("counts".to_owned(), json!(counts));
    }
    Ok(Value::Object(body))
}

/// What the caller may see of what he asks for.
pub(super) fn query(caller: &Principal, params: &Params) -> Result<ListQuery, Problem> {
    let asked: Option<CustomerId> = parsed("customer", params.customer.as_deref())?;
    let customer = if caller.sees_all_orders() {
        asked
    } else if asked.is_none_or(|asked| asked == caller.subject) {
        Some(caller.subject.clone())
    } else {
        let detail = "Your roles do not allow another customer's orders.";
        return Err(Problem::new(Code::Forbidden, detail));
    };
    if params.q.as_ref().is_some_and(|text| text.len() > TEXT_MAX) {
        return Err(bad("q", &format!("must be at most {TEXT_MAX} bytes long")));
    }
    let statuses = params.status.iter().flat_map(|list| list.split(','));
    let statuses = statuses
        .map(|status| Status::from_str(status).map_err(|error| bad("status", &error.to_string())))
        .collect::<Result<_, _>>()?;
    Ok(ListQuery {
        statuses,
        customer,
        placed_from: parsed("from", params.from.as_deref())?,
        placed_to: parsed("to", params.to.as_deref())?,
        text: params.q.clone(),
        sort: parsed("sort", params.sort.as_deref())?.unwrap_or_default(),
        limit: limit(params.limit)? as usize,
        after: params.page_cursor.clone(),
        counts: params.counts.unwrap_or_default(),
    })
}

fn parsed<T>(parameter: &str, text: Option<&str>) -> Result<Option<T>, Problem>
where
    T: FromStr<Err: std::fmt::Display>,
{
    text.map(|text| {
        text.parse()
            .map_err(|error: T::Err| bad(parameter, &error.to_string()))
    })
    .transpose()
}

impl From<ListError> for Problem {
    fn from(error: ListError) -> Self {
        match error {
            ListError::MalformedToken => bad_cursor(),
            ListError::OtherSort { of, .. } => {
                let names = Sort::ALL.iter().find(|(_, sort)| *sort == of);
                let of = names.map_or("another key", |(name, _)| name);
                other_list(format!("belongs to a list sorted by {of}"))
            }
            ListError::OtherFilter { filter } => {
                other_list(format!("belongs to a list with another `{filter}`"))
            }
            ListError::Database(error) => Self::unavailable(&error),
        }
    }
}
