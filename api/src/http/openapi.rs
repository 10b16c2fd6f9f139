//! The `OpenAPI` document: what the handlers say of themselves, and what is the same for all of them.
//!
//! A handler names the problems that it can answer with by their codes, in the description of the status.
//! `finish` turns those into a schema and examples, and adds what the middleware can answer with.

mod finish;

pub(super) use finish::without_nulls;

use serde_json::Value;
use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{
    ComponentsBuilder, InfoBuilder, LicenseBuilder, OpenApi, OpenApiBuilder, Tag,
};

use super::routes;

const ABOUT: &str = "Orders as a log of events, from command to browser: durable, ordered, replayable.

Every answer about orders carries `cursor`, the place in the log that it reflects. Give it as `min_position` \
to read what was written, or as `after` to follow what comes next. Refusals are `application/problem+json` \
with a stable `code`; all codes are listed at `/docs/problems`. What a caller may not see is absent from \
every answer: members that are marked as being for staff are not sent to customers.";

/// The document as JSON text, with a newline at its end: what `waybill openapi` prints and
/// `docs/openapi.json` keeps.
#[must_use]
pub fn json() -> String {
    // The alternate form is indented; writing a value can't fail.
    format!("{:#}\n", document())
}

/// The document.
#[must_use]
pub fn document() -> Value {
    let described = routes::described().into_openapi();
    let mut document = serde_json::to_value(described).unwrap_or_default();
    finish::finish(&mut document);
    document
}

/// What does not come from a handler.
pub(super) fn base() -> OpenApi {
    let info = InfoBuilder::new()
        .title("Waybill")
        .version(env!("CARGO_PKG_VERSION"))
        .description(Some(ABOUT))
        .license(Some(
            LicenseBuilder::new()
                .name(env!("CARGO_PKG_LICENSE"))
                .identifier(Some(env!("CARGO_PKG_LICENSE")))
                .build(),
        ));
    let components = ComponentsBuilder::new()
        .security_scheme("bearer", SecurityScheme::Http(bearer()))
        .security_scheme(
            "access_token",
            cookie(
                "accessToken",
                "The shop's own log-in. Changes must come from a page of an allowed origin.",
            ),
        )
        .security_scheme(
            "session",
            cookie(
                "waybill_session",
                "From `POST /v1/session`. Changes must come from a page of an allowed origin.",
            ),
        )
        .security_scheme("tracking_link", tracking_link());
    OpenApiBuilder::new()
        .info(info.build())
        .components(Some(components.build()))
        .tags(Some([
            tag("orders", "Placing, reading, changing and moving orders."),
            tag(
                "push",
                "Following orders: every event exactly once, in order, from any cursor.",
            ),
            tag("analytics", "Figures over all orders, for staff."),
            tag("session", "Who the caller is."),
            tag("admin", "Operations, for admins."),
            tag("operations", "For the machines that watch the service."),
        ]))
        .build()
}

fn bearer() -> Http {
    let mut scheme = Http::new(HttpAuthScheme::Bearer);
    scheme.bearer_format = Some("JWT".to_owned());
    scheme
}

fn tracking_link() -> SecurityScheme {
    let mut scheme = bearer();
    let about =
        "The token of a tracking link. It shows its one order, as far as guests may see it.";
    scheme.description = Some(about.to_owned());
    SecurityScheme::Http(scheme)
}

/// Changes that a cookie speaks for must come from a page of an allowed origin.
fn cookie(name: &str, about: &str) -> SecurityScheme {
    SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, about)))
}

fn tag(name: &str, about: &str) -> Tag {
    TagBuilder::new()
        .name(name)
        .description(Some(about))
        .build()
}

#[cfg(test)]
mod tests;
