//! Brings the caller to handlers. The middleware has recognised him already; handlers ask for a
//! [`Principal`] where they need one and for [`MaybePrincipal`] where they can do without.

use std::sync::Arc;

use axum::{extract::FromRequestParts, http::request::Parts};

use super::{AuthError, Principal};
use crate::problem::Problem;

/// What the middleware found out about the caller; kept in the request's extensions.
#[derive(Debug, Clone)]
pub struct Authentication(pub Result<Option<Arc<Principal>>, AuthError>);

/// The caller, if there is one. A bad `Authorization` header is refused; a bad cookie, which the browser
/// sent by itself, counts as none.
#[derive(Debug, Clone)]
pub struct MaybePrincipal(pub Option<Arc<Principal>>);

fn found(parts: &Parts) -> Result<&Authentication, Problem> {
    parts.extensions.get::<Authentication>().ok_or_else(|| {
        Problem::internal("the authentication middleware is not in front of this route")
    })
}

impl<S: Sync> FromRequestParts<S> for Principal {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        match &found(parts)?.0 {
            Ok(Some(principal)) => Ok(principal.as_ref().clone()),
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
            Ok(principal) => Ok(Self(principal.clone())),
            Err(error) if explicit => Err((*error).into()),
            Err(_) => Ok(Self(None)),
        }
    }
}
