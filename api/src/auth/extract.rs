//! Brings the caller to handlers. The middleware has recognised him already; handlers ask for a
//! [`Principal`] where they need one, for a [`MaybePrincipal`] where they can do without, and for a
//! [`Viewer`] where they show one order to guests too.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{AuthError, Principal, Viewer};
use crate::problem::{Code, Problem};

/// What the middleware found out about the caller; kept in the request's extensions.
#[derive(Debug, Clone)]
pub struct Authentication(pub Result<Option<Arc<Viewer>>, AuthError>);

/// The caller, if there is one. A bad `Authorization` header is refused, and so is a tracking link's; a bad
/// cookie, which the browser sent by itself, counts as none.
#[derive(Debug, Clone)]
pub struct MaybePrincipal(pub Option<Principal>);

fn found(parts: &Parts) -> Result<&Authentication, Problem> {
    parts.extensions.get::<Authentication>().ok_or_else(|| {
        Problem::internal("the authentication middleware is not in front of this route")
    })
}

/// The account, where only that will do.
fn account(viewer: &Viewer) -> Result<Principal, Problem> {
    viewer.account().cloned().ok_or_else(|| {
        let detail = "A tracking link shows its one order and does nothing else.";
        Problem::new(Code::Forbidden, detail)
    })
}

impl<S: Sync> FromRequestParts<S> for Viewer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match &found(parts)?.0 {
            Ok(Some(viewer)) => Ok(viewer.as_ref().clone()),
            Ok(None) => Err(AuthError::Missing.into()),
            Err(error) => Err((*error).into()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match &found(parts)?.0 {
            Ok(Some(viewer)) => account(viewer),
            Ok(None) => Err(AuthError::Missing.into()),
            Err(error) => Err((*error).into()),
        }
    }
}

impl<S: Sync> FromRequestParts<S> for MaybePrincipal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let explicit = parts
            .headers
            .contains_key(axum::http::header::AUTHORIZATION);
        match &found(parts)?.0 {
            Ok(Some(viewer)) => account(viewer).map(|principal| Self(Some(principal))),
            Err(error) if explicit => Err((*error).into()),
            Ok(None) | Err(_) => Ok(Self(None)),
        }
    }
}
