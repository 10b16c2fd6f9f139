use axum::http::HeaderValue;
use chrono::TimeDelta;
use serde_json::json;
use waybill_infra::revocations::{Revocation, RevocationKind};

use super::*;
use crate::auth::{SESSION_COOKIE, testing::*};

struct Fixture {
    authenticator: Authenticator,
    revocations: watch::Sender<Arc<RevocationSet>>,
}

impl Fixture {
    async fn new() -> Self {
        let verifier = Verifier::open(&secret_config(&[])).await.unwrap();
        let (sender, receiver) = watch::channel(Arc::default());
        let sessions = SessionKeys::new(&[7; 32], SESSION_LIFETIME, false);
        let links = Arc::new(TrackingKeys::new(&[7; 32]));
        let authenticator =
            Authenticator::new(Arc::new(verifier), Arc::new(sessions), links, receiver);
        Self {
            authenticator,
            revocations: sender,
        }
    }

    fn revoke(&self, kind: RevocationKind, value: &str) {
        let now = Utc::now();
        self.revocations.send_modify(|set| {
            let revocation = Revocation {
                id: 1,
                kind,
                value: value.to_owned(),
                revoked_at: now,
                expires_at: now + TimeDelta::hours(1),
                reason: None,
                by: "admin-1".to_owned(),
            };
            Arc::make_mut(set).insert(&revocation);
        });
    }

    /// Subject and kind of credential.
    async fn ask(
        &self,
        lines: &[(&'static str, &str)],
    ) -> Result<Option<(String, CredentialKind)>, AuthError> {
        let headers = lines
            .iter()
            .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_str(value).unwrap()));
        // `collect` would keep the last of two lines of a name.
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            let name: header::HeaderName = name;
            map.append(name, value);
        }
        let found = self
            .authenticator
            .authenticate_viewer(&map, Utc::now())
            .await?;
        Ok(found.map(|viewer| (viewer.name(), viewer.credential())))
    }

    fn session_for(&self, subject: &str) -> String {
        let issued = self
            .authenticator
            .sessions()
            .issue(&principal(subject, "customer"), Utc::now())
            .unwrap();
        issued
            .set_cookie
            .to_str()
            .unwrap()
            .split(';')
            .next()
            .unwrap()
            .to_owned()
    }
}

fn bearer_of(subject: &str) -> String {
    format!("Bearer {}", hs256(&json!({ "sub": subject })))
}

fn access_cookie(claims: &serde_json::Value) -> String {
    format!("{ACCESS_TOKEN_COOKIE}={}", hs256(claims))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is what an outcome is compared with"
)]
fn is(subject: &str, kind: CredentialKind) -> Result<Option<(String, CredentialKind)>, AuthError> {
    Ok(Some((subject.to_owned(), kind)))
}

#[tokio::test]
async fn each_credential_is_recognised_and_none_is_nobody() {
    let fixture = Fixture::new().await;
    assert_eq!(fixture.ask(&[]).await, Ok(None));
    assert_eq!(fixture.ask(&[("cookie", "theme=dark")]).await, Ok(None));
    assert_eq!(
        fixture.ask(&[("authorization", &bearer_of("anna"))]).await,
        is("anna", CredentialKind::Bearer)
    );
    let cookie = access_cookie(&json!({ "sub": "bert" }));
    assert_eq!(
        fixture.ask(&[("cookie", &cookie)]).await,
        is("bert", CredentialKind::AccessTokenCookie)
    );
    let session = fixture.session_for("cleo");
    assert_eq!(
        fixture.ask(&[("cookie", &session)]).await,
        is("cleo", CredentialKind::SessionCookie)
    );
}

#[tokio::test]
async fn an_authorization_header_stands_alone() {
    let fixture = Fixture::new().await;
    let cookie = access_cookie(&json!({ "sub": "bert" }));
    let good = bearer_of("anna");
    assert_eq!(
        fixture
            .ask(&[("authorization", &good), ("cookie", &cookie)])
            .await,
        is("anna", CredentialKind::Bearer)
    );
    assert_eq!(
        fixture
            .ask(&[("authorization", &good.replace("Bearer", "bEARER"))])
            .await,
        is("anna", CredentialKind::Bearer)
    );
    for (bad, error) in [
        ("Basic YTpi", AuthError::MalformedHeader),
        ("Bearer", AuthError::MalformedHeader),
        ("Bearer ", AuthError::MalformedHeader),
        ("Bearer a.b.c", AuthError::Malformed),
    ] {
        assert_eq!(
            fixture
                .ask(&[("authorization", bad), ("cookie", &cookie)])
                .await,
            Err(error),
            "{bad}"
        );
    }
    let twice = [
        ("authorization", good.as_str()),
        ("authorization", good.as_str()),
    ];
    assert_eq!(fixture.ask(&twice).await, Err(AuthError::MalformedHeader));
}

#[tokio::test]
async fn the_shops_cookie_comes_before_the_session_which_counts_where_that_one_fails() {
    let fixture = Fixture::new().await;
    let session = fixture.session_for("cleo");
    let both = |first: &str| format!("{first}; {session}");
    let good = both(&access_cookie(&json!({ "sub": "bert" })));
    assert_eq!(
        fixture.ask(&[("cookie", &good)]).await,
        is("bert", CredentialKind::AccessTokenCookie)
    );
    for first in [
        access_cookie(&json!({ "exp": 1 })),
        format!("{ACCESS_TOKEN_COOKIE}=other-systems"),
    ] {
        assert_eq!(
            fixture.ask(&[("cookie", &both(&first))]).await,
            is("cleo", CredentialKind::SessionCookie)
        );
    }
    let expired = access_cookie(&json!({ "exp": 1 }));
    assert_eq!(
        fixture.ask(&[("cookie", &expired)]).await,
        Err(AuthError::Expired)
    );
    let bad_session = format!("{expired}; {SESSION_COOKIE}=x");
    assert_eq!(
        fixture.ask(&[("cookie", &bad_session)]).await,
        Err(AuthError::Expired)
    );
    assert_eq!(
        fixture
            .ask(&[("cookie", &format!("{SESSION_COOKIE}=x"))])
            .await,
        Err(AuthError::Malformed)
    );
}

#[tokio::test]
async fn a_session_cookie_is_no_bearer_token() {
    let fixture = Fixture::new().await;
    let session = fixture.session_for("cleo");
    let token = session.split_once('=').unwrap().1;
    let refused = fixture
        .ask(&[("authorization", &format!("Bearer {token}"))])
        .await;
    assert_eq!(refused, Err(AuthError::Signature));
}

#[tokio::test]
async fn what_was_revoked_is_refused_in_every_form() {
    let fixture = Fixture::new().await;
    let bearer = bearer_of("anna");
    let cookie = access_cookie(&json!({ "sub": "anna" }));
    let session = fixture.session_for("anna");
    let in_every_form: [&[(&'static str, &str)]; 3] = [
        &[("authorization", &bearer)],
        &[("cookie", &cookie)],
        &[("cookie", &session)],
    ];
    for form in in_every_form {
        assert!(fixture.ask(form).await.is_ok());
    }
    // The test tokens are all called t1, and the session was given for such a one.
    fixture.revoke(RevocationKind::Token, "t1");
    for form in in_every_form {
        assert_eq!(fixture.ask(form).await, Err(AuthError::Revoked));
    }
}

#[tokio::test]
async fn a_subject_can_come_back_with_a_token_issued_later() {
    let fixture = Fixture::new().await;
    fixture.revoke(RevocationKind::Subject, "anna");
    let token = |claims| format!("Bearer {}", hs256(&claims));
    let old = token(json!({ "iat": Utc::now().timestamp() - 5 }));
    assert_eq!(
        fixture.ask(&[("authorization", &old)]).await,
        Err(AuthError::Revoked)
    );
    let undated = token(json!({ "iat": null }));
    assert!(fixture.ask(&[("authorization", &undated)]).await.is_err());
    let new = token(json!({ "iat": Utc::now().timestamp() + 1 }));
    assert_eq!(
        fixture.ask(&[("authorization", &new)]).await,
        is("anna", CredentialKind::Bearer)
    );
    assert_eq!(
        fixture.ask(&[("authorization", &bearer_of("bert"))]).await,
        is("bert", CredentialKind::Bearer)
    );
}

#[tokio::test]
async fn an_open_socket_learns_of_a_revocation() {
    let fixture = Fixture::new().await;
    let caller = fixture
        .authenticator
        .authenticate_viewer_token(&hs256(&json!({ "sid": "s1" })), Utc::now())
        .await
        .unwrap();
    assert!(!fixture.authenticator.is_revoked(&caller));
    let mut changes = fixture.authenticator.revocations();
    fixture.revoke(RevocationKind::Session, "s1");
    changes.changed().await.unwrap();
    assert!(fixture.authenticator.is_revoked(&caller));
}

#[tokio::test]
async fn a_tracking_link_counts_in_the_header_only_and_its_holder_has_no_account() {
    let fixture = Fixture::new().await;
    let order = "01958000-0000-7000-8000-00000000000a".parse().unwrap();
    let now = Utc::now();
    let links = fixture.authenticator.links();
    let (token, pass) = links.issue(order, now, now + TimeDelta::hours(1)).unwrap();
    let bearer = format!("Bearer {token}");
    let shown = [("authorization", bearer.as_str())];
    let name = format!("order:{order}");
    assert_eq!(fixture.ask(&shown).await, is(&name, CredentialKind::Bearer));
    for name in [ACCESS_TOKEN_COOKIE, SESSION_COOKIE] {
        let cookie = format!("{name}={token}");
        assert!(fixture.ask(&[("cookie", &cookie)]).await.is_err(), "{name}");
    }
    let viewer = fixture
        .authenticator
        .authenticate_viewer_token(&token, now)
        .await;
    let viewer = viewer.unwrap();
    assert!(viewer.account().is_none());
    assert_eq!(viewer.audience(), waybill_domain::Audience::Guest);

    // Those of another order, and those of an earlier time, have no bearing on it.
    let later = now + TimeDelta::hours(1);
    let other = "01958000-0000-7000-8000-00000000000b".parse().unwrap();
    fixture.revocations.send_modify(|set| {
        let set = Arc::make_mut(set);
        set.revoke_links(other, later, later);
        set.revoke_links(order, pass.issued_at - TimeDelta::milliseconds(1), later);
    });
    assert!(fixture.ask(&shown).await.is_ok());
    fixture.revocations.send_modify(|set| {
        Arc::make_mut(set).revoke_links(order, now, later);
    });
    assert_eq!(fixture.ask(&shown).await, Err(AuthError::Revoked));
    assert!(fixture.authenticator.is_revoked(&viewer));
}
