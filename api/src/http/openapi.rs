//! The `OpenAPI` document: what the handlers say of themselves, and what is the same for all of them.

use utoipa::openapi::security::{ApiKey, ApiKeyValue, Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::tag::TagBuilder;
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder};

use super::routes;

/// The document as JSON, with a newline at its end.
#[must_use]
pub fn json() -> String {
    let mut text = routes::described()
        .into_openapi()
        .to_pretty_json()
        .unwrap_or_default();
    text.push('\n');
    text
}

/// What does not come from a handler.
pub(super) fn base() -> OpenApi {
    let cookie = |name: &str, text: &str| {
        SecurityScheme::ApiKey(ApiKey::Cookie(ApiKeyValue::with_description(name, text)))
    };
    let components = ComponentsBuilder::new()
        .security_scheme(
            "bearer",
            SecurityScheme::Http(Http::new(HttpAuthScheme::Bearer)),
        )
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
        .build();
    let tag = |name: &str, text: &str| TagBuilder::new().name(name).description(Some(text)).build();
    OpenApiBuilder::new()
        .info(
            InfoBuilder::new()
                .title("Waybill")
                .version(env!("CARGO_PKG_VERSION"))
                .build(),
        )
        .components(Some(components))
        .tags(Some([
            tag("orders", "Placing, reading, changing and moving orders."),
            tag(
                "push",
                "Following orders: every event exactly once, in order, from any cursor.",
            ),
            tag("session", "Who the caller is."),
            tag("admin", "Operations, for admins."),
            tag("operations", "For the machines that watch the service."),
        ]))
        .build()
}
