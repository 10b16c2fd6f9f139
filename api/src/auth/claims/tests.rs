use serde_json::json;

use super::*;

const NOW: i64 = 1_700_000_000;

fn rules() -> Rules {
    Rules {
        issuer: None,
        audience: Vec::new(),
        names: ClaimNames::default(),
        leeway: Duration::from_secs(5),
        lifetime_max: Duration::from_hours(1),
    }
}

fn check(rules: &Rules, claims: Value) -> Result<Principal, AuthError> {
    let Value::Object(mut claims) = claims else {
        panic!("claims are an object")
    };
    claims.entry("exp").or_insert(json!(NOW + 60));
    claims.entry("sub").or_insert(json!("anna"));
    // A null stands for a claim that is not there.
    claims.retain(|name, value| !(value.is_null() && (name == "exp" || name == "sub")));
    rules.check(
        &claims,
        CredentialKind::Bearer,
        DateTime::from_timestamp(NOW, 0).unwrap(),
    )
}

fn roles_of(rules: &Rules, claims: Value) -> Vec<&'static str> {
    check(rules, claims)
        .unwrap()
        .roles
        .into_iter()
        .map(Role::as_str)
        .collect()
}

#[test]
fn exp_is_required_and_holds_up_to_the_leeway() {
    for (exp, expected) in [
        (json!(null), Err(AuthError::MissingClaim("expiry"))),
        (json!("soon"), Err(AuthError::InvalidClaim("exp"))),
        (json!(-1), Err(AuthError::InvalidClaim("exp"))),
        (json!(1e300), Err(AuthError::InvalidClaim("exp"))),
        (json!(u64::MAX), Err(AuthError::InvalidClaim("exp"))),
        (json!(NOW - 5), Err(AuthError::Expired)),
        (json!(NOW - 4), Ok(NOW - 4)),
        (json!(NOW + 9), Ok(NOW + 9)),
        (json!(1_700_000_009.75), Ok(NOW + 9)),
        (json!(NOW + 3605), Ok(NOW + 3605)),
        (json!(NOW + 3606), Err(AuthError::LivesTooLong)),
    ] {
        let got = check(&rules(), json!({ "exp": exp }))
            .map(|principal| principal.expires_at.timestamp());
        assert_eq!(got, expected, "exp {exp}");
    }
}

#[test]
fn nbf_and_iat_may_not_lie_in_the_future_beyond_the_leeway() {
    for name in ["nbf", "iat"] {
        assert!(check(&rules(), json!({ name: NOW + 5 })).is_ok(), "{name}");
        assert_eq!(
            check(&rules(), json!({ name: NOW + 6 })),
            Err(AuthError::NotYetValid),
            "{name}"
        );
        assert_eq!(
            check(&rules(), json!({ name: "x" })),
            Err(AuthError::InvalidClaim(name))
        );
    }
}

#[test]
fn the_issuer_must_be_the_configured_one_and_be_there() {
    let rules = Rules {
        issuer: Some("https://shop".to_owned()),
        ..rules()
    };
    assert!(check(&rules, json!({ "iss": "https://shop" })).is_ok());
    for iss in [
        json!("https://shop/"),
        json!("https://evil"),
        json!(["https://shop"]),
        json!(7),
        json!(null),
    ] {
        assert_eq!(
            check(&rules, json!({ "iss": iss })),
            Err(AuthError::Issuer),
            "{iss}"
        );
    }
    assert_eq!(check(&rules, json!({})), Err(AuthError::Issuer));
}

#[test]
fn the_audience_must_hold_a_configured_one_and_be_there() {
    let rules = Rules {
        audience: vec!["waybill".to_owned(), "orders".to_owned()],
        ..rules()
    };
    for aud in [json!("waybill"), json!(["other", "orders"])] {
        assert!(check(&rules, json!({ "aud": aud })).is_ok(), "{aud}");
    }
    for aud in [json!("other"), json!([]), json!([["waybill"]]), json!(null)] {
        assert_eq!(
            check(&rules, json!({ "aud": aud })),
            Err(AuthError::Audience),
            "{aud}"
        );
    }
    assert_eq!(check(&rules, json!({})), Err(AuthError::Audience));
}

#[test]
fn the_subject_is_a_text_within_bounds_or_a_whole_number() {
    let longest = "a".repeat(128);
    for (sub, expected) in [
        (json!("anna"), "anna"),
        (json!(42), "42"),
        (json!(longest), longest.as_str()),
    ] {
        assert_eq!(
            check(&rules(), json!({ "sub": sub }))
                .unwrap()
                .subject
                .as_str(),
            expected
        );
    }
    for sub in [
        json!(""),
        json!("a".repeat(129)),
        json!("a\nb"),
        json!("a\0"),
        json!(1.5),
        json!(-1),
        json!(["a"]),
    ] {
        assert_eq!(
            check(&rules(), json!({ "sub": sub })),
            Err(AuthError::InvalidClaim("subject")),
            "{sub}"
        );
    }
    assert_eq!(
        check(&rules(), json!({ "sub": null })),
        Err(AuthError::MissingClaim("subject"))
    );
}

#[test]
fn no_roles_claim_or_none_that_is_known_means_customer() {
    for claims in [
        json!({}),
        json!({ "roles": null }),
        json!({ "roles": [] }),
        json!({ "roles": ["offline_access", "Admin", 7] }),
        json!({ "roles": { "admin": true } }),
        json!({ "roles": true }),
        json!({ "role": "admin" }),
    ] {
        assert_eq!(roles_of(&rules(), claims.clone()), ["customer"], "{claims}");
    }
}

#[test]
fn roles_come_as_an_array_or_as_words() {
    for roles in [
        json!(["staff", "unknown", "service"]),
        json!("staff service"),
        json!("service, staff,unknown"),
    ] {
        assert_eq!(
            roles_of(&rules(), json!({ "roles": roles })),
            ["staff", "service"],
            "{roles}"
        );
    }
}

#[test]
fn claims_may_be_nested_or_have_dots_in_their_names() {
    let nested = Rules {
        names: ClaimNames {
            subject: "user.id".to_owned(),
            roles: "realm_access.roles".to_owned(),
            session: "https://shop.example/session".to_owned(),
        },
        ..rules()
    };
    let principal = check(
        &nested,
        json!({
            "user": { "id": "bert" },
            "realm_access": { "roles": ["admin"] },
            "roles": ["service"],
            "https://shop.example/session": "s1",
        }),
    )
    .unwrap();
    assert_eq!(principal.subject.as_str(), "bert");
    assert_eq!(
        principal.roles.into_iter().collect::<Vec<_>>(),
        [Role::Admin]
    );
    assert_eq!(principal.session_id.as_deref(), Some("s1"));
}

#[test]
fn ids_are_texts_within_bounds() {
    let principal = check(
        &rules(),
        json!({ "jti": "t1", "sid": "s1", "iat": NOW - 3 }),
    )
    .unwrap();
    assert_eq!(
        (
            principal.token_id.as_deref(),
            principal.session_id.as_deref()
        ),
        (Some("t1"), Some("s1"))
    );
    assert_eq!(principal.issued_at.unwrap().timestamp(), NOW - 3);
    for id in [json!(""), json!(7), json!("x".repeat(257))] {
        assert_eq!(
            check(&rules(), json!({ "jti": id })),
            Err(AuthError::InvalidClaim("token id"))
        );
        assert_eq!(
            check(&rules(), json!({ "sid": id })),
            Err(AuthError::InvalidClaim("session id"))
        );
    }
}

#[test]
fn an_admin_is_staff_and_a_service_is_not() {
    let admin = check(&rules(), json!({ "roles": "admin" })).unwrap();
    assert!(admin.is_staff() && admin.is_admin() && !admin.is_service() && admin.sees_all_orders());
    let service = check(&rules(), json!({ "roles": "service" })).unwrap();
    assert!(!service.is_staff() && service.is_service() && service.sees_all_orders());
    let customer = check(&rules(), json!({})).unwrap();
    assert!(!customer.is_staff() && !customer.sees_all_orders());
}
