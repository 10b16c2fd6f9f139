//! Picks a request's credential, checks it, and asks whether it was taken back.

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use chrono::{DateTime, Utc};
use tokio::sync::watch;
use waybill_infra::revocations::RevocationSet;

use super::{
    ACCESS_TOKEN_COOKIE, AuthError, CredentialKind, SessionKeys, TrackingKeys, Verifier, Viewer,
    cookie,
};

/// Says who is calling. Cheap to clone.
#[derive(Clone)]
pub struct Authenticator {
    verifier: Arc<Verifier>,
    sessions: Arc<SessionKeys>,
    links: Arc<TrackingKeys>,
    revocations: watch::Receiver<Arc<RevocationSet>>,
}

impl Authenticator {
    /// `revocations` always holds the newest set.
    #[must_use]
    pub fn new(
        verifier: Arc<Verifier>,
        sessions: Arc<SessionKeys>,
        links: Arc<TrackingKeys>,
        revocations: watch::Receiver<Arc<RevocationSet>>,
    ) -> Self {
        Self {
            verifier,
            sessions,
            links,
            revocations,
        }
    }

    /// The caller of a request, `None` if it shows no credential.
    ///
    /// An `Authorization` header stands alone: if it is refused, no cookie is looked at. Of two cookies the
    /// shop's `accessToken` comes first, because the shop's log-in and log-out keep it up to date; the
    /// session cookie counts where that one is absent, expired or another system's. A tracking link's token
    /// counts in the header only.
    pub async fn authenticate_viewer(
        &self,
        headers: &HeaderMap,
        now: DateTime<Utc>,
    ) -> Result<Option<Viewer>, AuthError> {
        if headers.contains_key(header::AUTHORIZATION) {
            let token = bearer(headers).ok_or(AuthError::MalformedHeader)?;
            return self.authenticate_viewer_token(token, now).await.map(Some);
        }
        let by_token = match cookie(headers, ACCESS_TOKEN_COOKIE) {
            Some(token) => Some(
                self.checked(token, CredentialKind::AccessTokenCookie, now)
                    .await,
            ),
            None => None,
        };
        if let Some(Ok(viewer)) = by_token {
            return Ok(Some(viewer));
        }
        let by_session = self.sessions.verify(headers, now);
        match by_session
            .map(|found| found.and_then(|principal| self.unless_revoked(principal.into())))
        {
            Some(Ok(viewer)) => Ok(Some(viewer)),
            // Of two that are refused the first one's reason is told.
            by_session => by_token.or(by_session).transpose(),
        }
    }

    /// Whom a bearer token names, or what a tracking link's shows: for a socket's first frame, and its
    /// later ones.
    pub async fn authenticate_viewer_token(
        &self,
        token: &str,
        now: DateTime<Utc>,
    ) -> Result<Viewer, AuthError> {
        match self.links.verify(token, now) {
            Some(pass) => self.unless_revoked(Viewer::Guest(pass?)),
            None => self.checked(token, CredentialKind::Bearer, now).await,
        }
    }

    /// Whether a caller's access was taken back since he was recognised.
    #[must_use]
    pub fn is_revoked(&self, viewer: &Viewer) -> bool {
        self.revocations.borrow().is_revoked(&viewer.revocable())
    }

    /// Tells of new revocations, so that open sockets can ask [`Authenticator::is_revoked`] again.
    #[must_use]
    pub fn revocations(&self) -> watch::Receiver<Arc<RevocationSet>> {
        self.revocations.clone()
    }

    /// What gives session cookies.
    #[must_use]
    pub fn sessions(&self) -> &SessionKeys {
        &self.sessions
    }

    /// What gives tracking links.
    #[must_use]
    pub fn links(&self) -> &TrackingKeys {
        &self.links
    }

    /// Whether there are keys to check tokens with.
    #[must_use]
    pub fn has_keys(&self) -> bool {
        self.verifier.has_keys()
    }

    async fn checked(
        &self,
        token: &str,
        kind: CredentialKind,
        now: DateTime<Utc>,
    ) -> Result<Viewer, AuthError> {
        let principal = self.verifier.verify(token, kind, now).await?;
        self.unless_revoked(principal.into())
    }

    fn unless_revoked(&self, viewer: Viewer) -> Result<Viewer, AuthError> {
        if self.is_revoked(&viewer) {
            Err(AuthError::Revoked)
        } else {
            Ok(viewer)
        }
    }
}

/// The token of the one `Authorization: Bearer` header (RFC 6750; the scheme in any case).
fn bearer(headers: &HeaderMap) -> Option<&str> {
    let mut all = headers.get_all(header::AUTHORIZATION).into_iter();
    let (Some(only), None) = (all.next(), all.next()) else {
        return None;
    };
    let (scheme, token) = only.to_str().ok()?.split_once(' ')?;
    let token = token.trim();
    (scheme.eq_ignore_ascii_case("bearer") && !token.is_empty()).then_some(token)
}

#[cfg(test)]
mod tests;
