//! Who the caller is, and the session cookie that a browser needs where it can't send a header.

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use chrono::Utc;
use waybill_infra::revocations::{NewRevocation, RevocationKind};

use crate::app::Shared;
use crate::auth::{CredentialKind, MaybePrincipal, Principal, Viewer};
use crate::http::admin::revocations::refused;
use crate::http::schema;
use crate::problem::Problem;

/// Who the caller is.
#[utoipa::path(
    get,
    path = "/v1/me",
    operation_id = "get_me",
    tag = "session",
    responses((status = 200, description = "The caller, as this service knows him", body = schema::Me)),
)]
pub async fn me(caller: Principal) -> axum::Json<schema::Me> {
    axum::Json(schema::Me {
        roles: caller.roles.iter().map(|role| role.as_str()).collect(),
        audience: caller.audience().as_str(),
        credential: match caller.credential {
            CredentialKind::Bearer => "bearer",
            CredentialKind::AccessTokenCookie => "access_token_cookie",
            CredentialKind::SessionCookie => "session_cookie",
        },
        subject: caller.subject.to_string(),
        issuer: caller.issuer,
        session_id: caller.session_id,
        expires_at: caller.expires_at,
    })
}

/// Begin a session.
///
/// Gives a browser a short-lived cookie (`HttpOnly`, `SameSite=Lax`) for its bearer token. It ends with the
/// token at the latest. Asking again with the cookie renews nothing.
#[utoipa::path(
    post,
    path = "/v1/session",
    operation_id = "begin_session",
    tag = "session",
    responses((status = 201, description = "Begun: the cookie is in `Set-Cookie`", body = schema::NewSession)),
)]
pub async fn begin(State(app): State<Shared>, caller: Principal) -> Result<Response, Problem> {
    let issued = app.auth.sessions().issue(&caller, Utc::now())?;
    let body = schema::NewSession {
        session_id: issued.session_id,
        expires_at: issued.expires_at,
    };
    let headers = [(header::SET_COOKIE, issued.set_cookie)];
    Ok((StatusCode::CREATED, headers, axum::Json(body)).into_response())
}

/// End the session.
///
/// Takes the session back on every node, for copies of the cookie too, and has the browser forget it. A
/// bearer token that carries the same session's id ends with it; any other stays as it is.
#[utoipa::path(
    delete,
    path = "/v1/session",
    operation_id = "end_session",
    tag = "session",
    responses(
        (status = 204, description = "There is no session any more, or there was none"),
        (status = 503, description = "`unavailable`, `too_many_revocations`: it is not ended"),
    ),
)]
pub async fn end(
    State(app): State<Shared>,
    _caller: MaybePrincipal,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    // The cookie's own session, also where a header spoke for the caller.
    if let Some(Ok(session)) = app.auth.sessions().verify(&headers, Utc::now())
        && let Some(session_id) = &session.session_id
        && !app.auth.is_revoked(&Viewer::Account(session.clone()))
    {
        let revocation = NewRevocation {
            kind: RevocationKind::Session,
            value: session_id.clone(),
            expires_at: session.expires_at,
            reason: Some("logged out".to_owned()),
            by: session.subject.to_string(),
        };
        app.revocations.revoke(&revocation).await.map_err(refused)?;
    }
    let headers = [(header::SET_COOKIE, app.auth.sessions().clear())];
    Ok((StatusCode::NO_CONTENT, headers).into_response())
}
