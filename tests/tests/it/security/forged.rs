//! Tokens that an issuer never gave, or gave to others, or too long ago: refused wherever a token is taken.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::Utc;
use jsonwebtoken::{Algorithm, EncodingKey};
use serde_json::{Value, json};
use waybill_tests::app::{FRONTEND, ISSUER, TestApp};
use waybill_tests::database::TestDatabase;
use waybill_tests::engine::Engine;
use waybill_tests::socket::Socket;
use waybill_tests::stream::EventStream;

const AUDIENCE: &str = "orders";

fn key_file(name: &str) -> String {
    format!("{}/../api/testdata/keys/{name}", env!("CARGO_MANIFEST_DIR"))
}

fn key_text(name: &str) -> String {
    std::fs::read_to_string(key_file(name)).unwrap()
}

fn rsa(name: &str) -> EncodingKey {
    EncodingKey::from_rsa_pem(key_text(name).as_bytes()).unwrap()
}

/// A node that believes one RSA key.
async fn app() -> TestApp {
    let key = key_file("rsa-1.pub.pem");
    let variables = [
        ("ACCESS_TOKEN_SECRET", ""),
        ("WAYBILL_JWT_PUBLIC_KEY_FILE", &*key),
        ("WAYBILL_AUDIENCE", AUDIENCE),
        ("WAYBILL_RATE_ANONYMOUS_PER_SEC", "100000"),
        ("WAYBILL_RATE_ANONYMOUS_BURST", "100000"),
        ("WAYBILL_RATE_CUSTOMER_PER_SEC", "100000"),
        ("WAYBILL_RATE_CUSTOMER_BURST", "100000"),
    ];
    TestApp::start_with(&TestDatabase::create().await, &variables).await
}

/// Claims that hold for a minute.
fn claims() -> Value {
    let now = Utc::now().timestamp();
    json!({ "sub": "eve", "iss": ISSUER, "aud": AUDIENCE, "iat": now, "exp": now + 60, "jti": "t-1" })
}

fn with(more: &Value) -> Value {
    let mut claims = claims();
    for (name, value) in more.as_object().unwrap() {
        claims[name] = value.clone();
    }
    claims
}

fn encoded(part: &str) -> String {
    URL_SAFE_NO_PAD.encode(part)
}

/// A token of these very texts, signed or not.
fn token(header: &str, claims: &str, key: Option<(Algorithm, &EncodingKey)>) -> String {
    let signed = format!("{}.{}", encoded(header), encoded(claims));
    let signature = key.map(|(algorithm, key)| {
        jsonwebtoken::crypto::sign(signed.as_bytes(), key, algorithm).unwrap()
    });
    format!("{signed}.{}", signature.unwrap_or_default())
}

/// As the issuer signs.
fn issued(claims: &str) -> String {
    let header = r#"{"typ":"JWT","alg":"RS256"}"#;
    token(header, claims, Some((Algorithm::RS256, &rsa("rsa-1.pem"))))
}

/// On every channel, and in every place where a token can stand. Whether each took it.
async fn taken(app: &TestApp, token: &str) -> Vec<(&'static str, bool)> {
    let (bearer, cookie) = (format!("Bearer {token}"), format!("accessToken={token}"));
    let http = reqwest::Client::new();
    let mut places = Vec::new();
    for (place, header, value) in [
        ("header", "authorization", &bearer),
        ("cookie", "cookie", &cookie),
    ] {
        let request = http.get(app.url("/v1/me")).header(header, value);
        let answer = request.send().await.unwrap();
        let told = answer.headers().contains_key("www-authenticate");
        places.push((place, answer.status() == 200));
        assert_eq!(told, answer.status() == 401, "{place}");
        let query = "topic=customer:me&after=AAAAAAAAAAAAAAAAAAAAAA";
        let headers = [(header, value.as_str()), ("origin", FRONTEND)];
        let stream = EventStream::open(app.address, query, &headers).await;
        places.push(("stream", stream.status == 200));
        let mut socket =
            Socket::connect(app.address, &[(header, value), ("origin", FRONTEND)]).await;
        socket
            .send(&json!({ "type": "hello", "token": token }))
            .await;
        places.push(("upgrade", welcomed(&mut socket).await));
    }
    let mut socket = Socket::connect(app.address, &[]).await;
    socket
        .send(&json!({ "type": "hello", "token": token }))
        .await;
    places.push(("hello", welcomed(&mut socket).await));
    let mut engine = Engine::open(app.address).await;
    engine
        .send(&format!("40{}", json!({ "token": token })))
        .await;
    places.push(("socket.io", engine.packet().await.starts_with("40")));
    places
}

async fn welcomed(socket: &mut Socket) -> bool {
    match socket.next().await {
        waybill_tests::socket::Incoming::Frame(frame) => frame["type"] == "welcome",
        waybill_tests::socket::Incoming::Closed(code, _) => {
            assert_eq!(code, Some(4401));
            false
        }
    }
}

async fn refused_everywhere(app: &TestApp, what: &str, token: &str) {
    for (place, taken) in taken(app, token).await {
        assert!(!taken, "{what} was taken as {place}");
    }
}

#[tokio::test]
async fn a_token_that_is_not_the_issuers_is_refused_on_every_channel() {
    let app = app().await;
    for (place, taken) in taken(&app, &issued(&claims().to_string())).await {
        assert!(taken, "a good token was refused as {place}");
    }
    let good = claims().to_string();
    let (own, other) = (rsa("rsa-1.pem"), rsa("rsa-2.pem"));
    let public = key_text("rsa-1.pub.pem");
    let rs = |header: &str| token(header, &good, Some((Algorithm::RS256, &own)));
    for alg in ["none", "None", "NONE", "nOnE", ""] {
        let header = format!(r#"{{"typ":"JWT","alg":"{alg}"}}"#);
        refused_everywhere(&app, "alg none", &token(&header, &good, None)).await;
        refused_everywhere(&app, "alg none, signed", &rs(&header)).await;
    }
    // The public key, in every form in which it goes round, taken for a shared secret.
    let pkcs1 = key_text("rsa-1.pkcs1.pub.pem");
    let [body, pkcs1_body] = [&public, &pkcs1].map(|pem| {
        let lines = pem.lines().filter(|line| !line.starts_with('-'));
        lines.collect::<String>()
    });
    let [der, pkcs1_der] = [&body, &pkcs1_body].map(|body| {
        let der = base64::engine::general_purpose::STANDARD.decode(body);
        der.unwrap()
    });
    for secret in [
        public.as_bytes(),
        public.trim_end().as_bytes(),
        body.as_bytes(),
        &der,
        pkcs1.as_bytes(),
        &pkcs1_der,
        b"",
    ] {
        let key = EncodingKey::from_secret(secret);
        for header in [r#"{"alg":"HS256"}"#, r#"{"alg":"RS256"}"#] {
            let confused = token(header, &good, Some((Algorithm::HS256, &key)));
            refused_everywhere(&app, "key confusion", &confused).await;
        }
    }
    let [head, claims_of, signature] = issued(&good)
        .split('.')
        .map(str::to_owned)
        .collect::<Vec<_>>()
        .try_into()
        .unwrap();
    let admin = encoded(&with(&json!({ "roles": ["admin"] })).to_string());
    for (what, token) in [
        (
            "another key's",
            token(
                r#"{"alg":"RS256"}"#,
                &good,
                Some((Algorithm::RS256, &other)),
            ),
        ),
        ("another algorithm's", rs(r#"{"alg":"RS384"}"#)),
        (
            "one with other claims",
            format!("{head}.{admin}.{signature}"),
        ),
        ("one without signature", format!("{head}.{claims_of}.")),
        ("one of two parts", format!("{head}.{claims_of}")),
        (
            "one of four parts",
            format!("{head}.{claims_of}.{signature}.{signature}"),
        ),
        (
            "one that asks for extensions",
            rs(r#"{"alg":"RS256","crit":["exp"]}"#),
        ),
        (
            "one that is compressed",
            rs(r#"{"alg":"RS256","zip":"DEF"}"#),
        ),
        (
            "one that is too large",
            issued(&with(&json!({ "x": "x".repeat(9_000) })).to_string()),
        ),
    ] {
        refused_everywhere(&app, what, &token).await;
    }
    // A key in the header is passed over: what is signed by ours counts, and what is signed by that one does not.
    let passed_over = rs(r#"{"alg":"RS256","jwk":{"kty":"oct","k":"aw"}}"#);
    for (place, taken) in taken(&app, &passed_over).await {
        assert!(taken, "a good token was refused as {place}");
    }
    let brought = r#"{"alg":"HS256","jwk":{"kty":"oct","k":"aw"},"jku":"http://127.0.0.1:1/","x5u":"http://127.0.0.1:1/"}"#;
    let brought = token(
        brought,
        &good,
        Some((Algorithm::HS256, &EncodingKey::from_secret(b"k"))),
    );
    refused_everywhere(&app, "one that brings its key along", &brought).await;
    app.stop().await;
}

#[tokio::test]
async fn a_token_that_does_not_hold_here_and_now_is_refused_on_every_channel() {
    let app = app().await;
    let now = Utc::now().timestamp();
    let without = |name: &str| {
        let mut claims = claims();
        claims.as_object_mut().unwrap().remove(name);
        claims
    };
    for (what, claims) in [
        (
            "another issuer's",
            with(&json!({ "iss": "https://evil.test" })),
        ),
        (
            "the issuer's with a slash",
            with(&json!({ "iss": format!("{ISSUER}/") })),
        ),
        ("several issuers'", with(&json!({ "iss": [ISSUER] }))),
        ("nobody's", without("iss")),
        ("for others", with(&json!({ "aud": "billing" }))),
        ("for nobody", without("aud")),
        ("for an empty list", with(&json!({ "aud": [] }))),
        (
            "for a name that begins the same",
            with(&json!({ "aud": format!("{AUDIENCE}-2") })),
        ),
        ("expired", with(&json!({ "exp": now - 60 }))),
        (
            "expired at the beginning of time",
            with(&json!({ "exp": 0 })),
        ),
        ("one that never ends", without("exp")),
        (
            "one that lives too long",
            with(&json!({ "exp": now + 400 * 86_400 })),
        ),
        (
            "one whose end is a text",
            with(&json!({ "exp": (now + 60).to_string() })),
        ),
        ("one whose end is too great", with(&json!({ "exp": 1e300 }))),
        ("not valid yet", with(&json!({ "nbf": now + 60 }))),
        ("issued later", with(&json!({ "iat": now + 60 }))),
        ("without a subject", without("sub")),
        ("of an empty subject", with(&json!({ "sub": "" }))),
        (
            "of several subjects",
            with(&json!({ "sub": ["eve", "ann"] })),
        ),
    ] {
        refused_everywhere(&app, what, &issued(&claims.to_string())).await;
    }
    app.stop().await;
}

#[tokio::test]
async fn nobody_becomes_staff_by_how_a_claim_is_written() {
    let app = app().await;
    let client = |claims: &str| app.client_with(Some(issued(claims)));
    let staff = client(&with(&json!({ "roles": ["staff"] })).to_string());
    staff.get("/v1/analytics").await.expect(200);
    for roles in [
        json!("Admin"),
        json!("ADMIN"),
        json!(["Staff"]),
        json!([["admin"]]),
        json!([{ "role": "admin" }]),
        json!({ "admin": true }),
        json!({ "roles": ["admin"] }),
        json!("admin\u{0}"),
        json!("customer;admin"),
        json!("customer\nadmin"),
        json!(["customer,admin"]),
        json!(["admin "]),
        json!("\u{430}dmin"),
        json!("admin\u{200b}"),
        json!(1),
        json!(true),
        json!(null),
        json!([null, 1, true]),
        json!(""),
        json!([]),
        json!("administrator"),
        json!("nonadmin"),
        json!("*"),
        json!("[\"admin\"]"),
    ] {
        let claims = with(&json!({ "roles": roles }));
        let caller = client(&claims.to_string());
        let me = caller.get("/v1/me").await.expect(200);
        assert_eq!(me.body["roles"], json!(["customer"]), "{roles}");
        caller.get("/v1/analytics").await.refused(403, "forbidden");
        caller
            .get("/v1/orders?customer=somebody")
            .await
            .refused(403, "forbidden");
    }
    for claim in [
        "role",
        "Roles",
        "ROLES",
        "scope",
        "groups",
        "admin",
        "realm_access",
    ] {
        let caller = client(&with(&json!({ claim: ["admin"] })).to_string());
        caller.get("/v1/analytics").await.refused(403, "forbidden");
    }
    // Of a claim that is there twice the last one counts, or the token is refused (RFC 7519, section 4).
    let twice = |more: &str| claims().to_string().replacen('{', more, 1);
    let roles = twice(r#"{"roles":["admin"],"roles":["customer"],"#);
    let me = client(&roles).get("/v1/me").await.expect(200);
    assert_eq!(me.body["roles"], json!(["customer"]));
    let subject = client(&twice(r#"{"sub":"root","#));
    subject.get("/v1/me").await.refused(401, "token_refused");
    app.stop().await;
}
