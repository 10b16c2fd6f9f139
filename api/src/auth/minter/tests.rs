use super::*;
use crate::auth::{CredentialKind, Verifier, testing::*};

fn request(roles: &[Role]) -> TokenRequest {
    TokenRequest {
        subject: "anna".parse().unwrap(),
        roles: roles.to_vec(),
        lifetime: Duration::from_mins(1),
        session_id: Some("s1".to_owned()),
    }
}

#[tokio::test]
async fn a_minted_token_is_accepted_by_the_same_configuration() {
    for variables in [
        vec![],
        vec![
            ("ISSUER", "https://shop"),
            ("WAYBILL_AUDIENCE", "waybill,orders"),
        ],
        vec![
            ("WAYBILL_CLAIM_ROLES", "realm_access.roles"),
            ("WAYBILL_CLAIM_SUBJECT", "user.id"),
        ],
    ] {
        let config = secret_config(&variables);
        let token = Minter::new(&config)
            .unwrap()
            .mint(&request(&[Role::Staff]), Utc::now())
            .unwrap();
        let verifier = Verifier::open(&config).await.unwrap();
        let principal = verifier
            .verify(&token, CredentialKind::Bearer, Utc::now())
            .await
            .unwrap();
        assert_eq!(principal.subject.as_str(), "anna");
        assert!(principal.is_staff() && !principal.is_admin());
        assert_eq!(principal.session_id.as_deref(), Some("s1"));
        assert!(principal.token_id.is_some() && principal.issued_at.is_some());
    }
}

#[test]
fn only_a_shared_secret_makes_tokens_and_only_such_as_would_be_accepted() {
    let file = key_file("p256.pub.pem");
    let public = config(&[("WAYBILL_JWT_PUBLIC_KEY_FILE", file.to_str().unwrap())]);
    assert!(matches!(Minter::new(&public), Err(MintError::NoSecret)));

    let minter = Minter::new(&secret_config(&[("WAYBILL_TOKEN_LIFETIME_MAX_SECS", "60")])).unwrap();
    for (lifetime, fine) in [(0, false), (60, true), (61, false)] {
        let request = TokenRequest {
            lifetime: Duration::from_secs(lifetime),
            ..request(&[])
        };
        assert_eq!(
            minter.mint(&request, Utc::now()).is_ok(),
            fine,
            "{lifetime}"
        );
    }
    let crossed = secret_config(&[("WAYBILL_CLAIM_ROLES", "sub.roles")]);
    let error = Minter::new(&crossed)
        .unwrap()
        .mint(&request(&[Role::Staff]), Utc::now())
        .unwrap_err();
    assert!(matches!(error, MintError::ClaimPath(_)), "{error}");
}
