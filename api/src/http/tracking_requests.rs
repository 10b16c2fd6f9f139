//! `POST /v1/tracking-requests`: a guest asks for a link to his order.

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::{Deserialize, Serialize};
use waybill_domain::{Email, OrderNumber};

use super::extract::Json;
use super::middleware::ClientAddress;
use crate::app::Shared;
use crate::problem::{Code, Problem};
use crate::tracking::Request;

/// What a guest knows of his order.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = TrackingRequest, example = json!({"order_number": "ORD-10001", "email": "ada@example.com"}))]
pub struct Asked {
    /// The order's number, as in its confirmation.
    order_number: String,
    /// The e-mail address that the order was placed with.
    #[schema(format = "email")]
    email: String,
}

/// The same for everybody.
#[derive(Debug, Serialize, utoipa::ToSchema)]
pub struct TrackingRequestTaken {
    /// What happens now, for people.
    detail: &'static str,
}

/// Ask for a tracking link.
///
/// Needs no account. If there is such an order and it was placed with this address, a fresh link is sent there.
/// The answer is the same, and takes as long, whether or not there is.
#[utoipa::path(
    post,
    path = "/v1/tracking-requests",
    operation_id = "request_tracking_link",
    tag = "orders",
    request_body = Asked,
    responses(
        (status = 202, description = "Taken", body = TrackingRequestTaken),
        (status = 400, description = "`malformed_json`"),
        (status = 413, description = "`body_too_large`"),
        (status = 415, description = "`unsupported_media_type`"),
        (status = 422, description = "`invalid_fields`: something that no order has"),
    ),
)]
pub async fn ask(
    State(app): State<Shared>,
    Extension(address): Extension<ClientAddress>,
    Json(asked): Json<Asked>,
) -> Result<Response, Problem> {
    let (number, email) = (
        asked.order_number.trim().parse::<OrderNumber>(),
        asked.email.trim().parse::<Email>(),
    );
    let (order_number, email) = match (number, email) {
        (Ok(order_number), Ok(email)) => (order_number, email),
        (number, email) => {
            let detail = "Some fields are out of bounds; `errors` says which.";
            let mut problem = Problem::new(Code::InvalidFields, detail);
            if let Err(error) = number {
                problem = problem.field("order_number", error.to_string());
            }
            if let Err(error) = email {
                problem = problem.field("email", error.to_string());
            }
            return Err(problem);
        }
    };
    // Nothing is looked up here, so nothing of this answer can hang on what there is.
    let request = Request {
        order_number,
        email,
    };
    app.tracking.ask(request, address.0).map_err(|wait| {
        let detail =
            "More requests than one address may make. Wait for as long as Retry-After says.";
        Problem::new(Code::RateLimited, detail).retry_after(wait)
    })?;
    let taken = TrackingRequestTaken {
        detail: "If an order with this number was placed with this address, a link is on its way there.",
    };
    Ok((StatusCode::ACCEPTED, axum::Json(taken)).into_response())
}
