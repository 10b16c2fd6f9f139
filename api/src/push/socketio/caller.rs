//! Who connects.

use axum::http::{HeaderMap, HeaderName, header};
use chrono::Utc;
use serde_json::Value;

use crate::auth::{AuthError, Viewer};
use crate::push::Push;

/// What the source system's client looks for in the error.
pub(super) const INVALID_TOKEN: &str = "Authentication error: Invalid token";

/// Set by browsers only; pages cannot.
const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

/// Why nobody can be connected as the credential says.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Unrecognised {
    /// The token is not good, and there is no good cookie.
    InvalidToken,
    /// It cannot be told at the moment.
    NotNow,
}

/// Who is there: by the token in `auth`, or by what came with the request that opened the session.
/// Nobody, if neither says.
///
/// A token that was written into a page goes stale while the shop's log-in keeps the cookie fresh. So a
/// good cookie beats a bad token, and of two good ones for the same subject the one that lasts longer
/// counts.
pub(super) async fn recognise(
    push: &Push,
    headers: &HeaderMap,
    auth: &Value,
) -> Result<Option<Viewer>, Unrecognised> {
    let by_request = by_request(push, headers).await;
    let alone = |found: Result<_, AuthError>| found.or_else(|error| passable(error, headers));
    let by_token = match auth.get("token") {
        None | Some(Value::Null) => return alone(by_request),
        Some(Value::String(token)) if token.is_empty() => return alone(by_request),
        Some(Value::String(token)) => {
            let viewer = push.auth.authenticate_viewer_token(token, Utc::now());
            viewer.await.and_then(lasting)
        }
        Some(_) => Err(AuthError::Malformed),
    };
    match (by_token, by_request) {
        (Ok(token), Ok(Some(request))) => {
            let lasts_longer =
                request.is_same_as(&token) && request.expires_at() > token.expires_at();
            Ok(Some(if lasts_longer { request } else { token }))
        }
        (Ok(token), _) => Ok(Some(token)),
        (Err(_), Ok(Some(request))) => Ok(Some(request)),
        (Err(error), _) => {
            metrics::counter!("waybill_auth_refused_total", "reason" => error.label()).increment(1);
            Err(unrecognised(error))
        }
    }
}

/// By header or cookie. A cookie counts only for a page that may call: one of another origin says so
/// itself, and was looked at before; for one of our own the browser says it.
async fn by_request(push: &Push, headers: &HeaderMap) -> Result<Option<Viewer>, AuthError> {
    let found = push.auth.authenticate_viewer(headers, Utc::now()).await?;
    let found = found.map(lasting).transpose()?;
    Ok(found.filter(|viewer| {
        !viewer.credential().is_cookie()
            || match headers.get(header::ORIGIN) {
                Some(origin) => push.origins.contains(origin),
                None => headers
                    .get(FETCH_SITE)
                    .is_some_and(|site| site == "same-origin"),
            }
    }))
}

/// A request is let through with a token that has just expired, since clocks differ. A connection would
/// end as it begins.
fn lasting(viewer: Viewer) -> Result<Viewer, AuthError> {
    if viewer.time_left().is_zero() {
        return Err(AuthError::Expired);
    }
    Ok(viewer)
}

/// A bad cookie counts as none, because the browser sent it by itself; a bad header does not.
fn passable(error: AuthError, headers: &HeaderMap) -> Result<Option<Viewer>, Unrecognised> {
    let explicit = headers.contains_key(header::AUTHORIZATION);
    if explicit || error == AuthError::KeysUnavailable {
        return Err(unrecognised(error));
    }
    Ok(None)
}

fn unrecognised(error: AuthError) -> Unrecognised {
    match error {
        AuthError::KeysUnavailable => Unrecognised::NotNow,
        _ => Unrecognised::InvalidToken,
    }
}
