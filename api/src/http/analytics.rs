//! `GET /v1/analytics`

use axum::extract::State;
use chrono::{Datelike, Days, NaiveDate, Utc};
use serde::Deserialize;
use serde_json::{Value, json};
use waybill_projections::{AnalyticsError, Figures, Span, Unit};

use super::extract::Query;
use super::page_of::bad;
use super::{position, schema};
use crate::app::Shared;
use crate::auth::Principal;
use crate::problem::{Code, Problem};

/// What the query may say.
#[derive(Debug, Default, Deserialize, utoipa::IntoParams)]
#[into_params(parameter_in = Query)]
#[serde(deny_unknown_fields)]
pub struct Params {
    /// `hour` or `day`, which is the default.
    by: Option<String>,
    /// The first day, by UTC. If not given, the range has 30 days, by hour 2.
    #[param(format = "date", example = "2026-11-01")]
    from: Option<String>,
    /// The last day, included; today if not given. With `by=hour` at most 31 days, with `by=day` 366.
    #[param(format = "date", example = "2026-11-30")]
    to: Option<String>,
    /// What the answer must reflect: a cursor or a bare position. Waits for it for at most 5 s.
    min_position: Option<String>,
}

/// Figures over all orders.
///
/// Orders and revenue over time, how long orders are in each status, and why they are called off. From sums
/// that follow the log, usually within milliseconds: `cursor` says how far they have come, and `lag_events`
/// how much is still to come. Days and hours are those of UTC.
#[utoipa::path(
    get,
    path = "/v1/analytics",
    operation_id = "get_analytics",
    tag = "analytics",
    params(Params),
    responses(
        (status = 200, description = "All of them, of one moment", body = schema::Figures),
        (status = 400, description = "`malformed_request`, `invalid_cursor`"),
        (status = 403, description = "`forbidden`: for staff only"),
        (status = 410, description = "`cursor_reset`"),
        (status = 503, description = "`read_behind`, `unavailable`"),
    ),
)]
pub async fn figures(
    State(app): State<Shared>,
    caller: Principal,
    Query(params): Query<Params>,
) -> Result<axum::Json<Value>, Problem> {
    if !caller.is_staff() {
        let detail = "Figures over all orders are for staff only.";
        return Err(Problem::new(Code::Forbidden, detail));
    }
    let span = span(&params, Utc::now().date_naive())?;
    let analytics = app.read_models.analytics();
    let wait = async |position, patience| analytics.wait_for(position, patience).await;
    let wanted = position::in_read_model(
        &app,
        caller.audience(),
        params.min_position.as_deref(),
        wait,
    )
    .await?;
    let figures = analytics.of(span).await?;
    position::reached(wanted, figures.position)?;
    let mut body = position::members(&app, caller.audience(), figures.position).await?;
    let head = position::known(&app);
    let lag = head.0.saturating_sub(figures.position.0);
    body.insert("lag_events".to_owned(), json!(lag));
    body.insert("from".to_owned(), json!(span.from()));
    body.insert("to".to_owned(), json!(span.to()));
    body.insert("by".to_owned(), json!(span.unit()));
    body.insert("time_zone".to_owned(), json!("UTC"));
    body.insert("totals".to_owned(), totals(&figures));
    if let Ok(Value::Object(members)) = serde_json::to_value(&figures) {
        body.extend(members);
    }
    Ok(axum::Json(Value::Object(body)))
}

fn totals(figures: &Figures) -> Value {
    let currencies = figures.currencies.iter();
    let cancellations = figures.cancellations.iter().map(|reason| reason.count);
    json!({
        "orders": currencies.clone().map(|currency| currency.orders).sum::<u64>(),
        "cancelled": currencies.map(|currency| currency.cancelled).sum::<u64>(),
        "cancellations": cancellations.sum::<u64>(),
    })
}

/// The range asked for, with its defaults.
fn span(params: &Params, today: NaiveDate) -> Result<Span, Problem> {
    let by = params.by.as_deref().map(str::parse::<Unit>).transpose();
    let unit = by
        .map_err(|error| bad("by", &error.to_string()))?
        .unwrap_or_default();
    let to = day("to", params.to.as_deref())?.unwrap_or(today);
    let usual = match unit {
        Unit::Hour => 2,
        Unit::Day => 30,
    };
    let from = day("from", params.from.as_deref())?
        .or_else(|| to.checked_sub_days(Days::new(usual - 1)))
        .unwrap_or(to);
    Span::new(unit, from, to).ok_or_else(|| {
        if from > to {
            bad("from", &format!("must not be after `to`, which is {to}"))
        } else {
            let days = unit.days_max();
            let reach = format!("must leave a range of at most {days} days with `by={unit}`, up to and including {to}");
            bad("from", &reach)
        }
    })
}

fn day(parameter: &str, text: Option<&str>) -> Result<Option<NaiveDate>, Problem> {
    let Some(text) = text else {
        return Ok(None);
    };
    let date = Some(text)
        .filter(|text| text.len() == 10)
        .and_then(|text| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok())
        .filter(|date| (1970..=9999).contains(&date.year()));
    let wanted = "must be a date written YYYY-MM-DD, years 1970 to 9999";
    date.map(Some).ok_or_else(|| bad(parameter, wanted))
}

impl From<AnalyticsError> for Problem {
    fn from(error: AnalyticsError) -> Self {
        match error {
            AnalyticsError::Database(error) => Self::unavailable(&error),
        }
    }
}
