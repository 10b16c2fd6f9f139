//! Every route, in one place, with its description.

use axum::Router;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::{admin, analytics, docs, health, openapi, orders, session, tracking_requests};
use crate::app::Shared;
use crate::push::{long_poll, stream, ws};

/// The whole service. Every handler that is not public asks for a principal itself.
pub fn all(app: Shared) -> Router {
    let (routes, _) = described().split_for_parts();
    routes.merge(docs::routes()).with_state(app)
}

/// The routes of the contract, with what `/openapi.json` says of them.
pub(super) fn described() -> OpenApiRouter<Shared> {
    OpenApiRouter::with_openapi(openapi::base())
        .routes(routes!(orders::list::list, orders::create::create))
        .routes(routes!(orders::export::export))
        .routes(routes!(orders::bulk::change_status))
        .routes(routes!(orders::bulk::cancel))
        .routes(routes!(orders::read::get, orders::update::update))
        .routes(routes!(orders::transition::change_status))
        .routes(routes!(orders::transition::cancel))
        .routes(routes!(orders::events::list))
        .routes(routes!(orders::timeline::get))
        .routes(routes!(
            orders::tracking_link::issue,
            orders::tracking_link::revoke
        ))
        .routes(routes!(tracking_requests::ask))
        .routes(routes!(analytics::figures))
        .routes(routes!(long_poll::events))
        .routes(routes!(stream::stream))
        .routes(routes!(ws::upgrade))
        .routes(routes!(session::me))
        .routes(routes!(session::begin, session::end))
        .routes(routes!(
            admin::revocations::list,
            admin::revocations::revoke
        ))
        .routes(routes!(admin::node::get))
        .routes(routes!(admin::projections::list))
        .routes(routes!(admin::projections::rebuild))
        .routes(routes!(admin::parked::list))
        .routes(routes!(admin::parked::redrive))
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics))
}
