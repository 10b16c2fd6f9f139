//! A published set, served on loopback. Tokio's clock is paused where time matters, and only moves on by
//! `advance`, so nothing here waits.

use std::sync::{
    Mutex as StdMutex,
    atomic::{AtomicUsize, Ordering::SeqCst},
};

use axum::{Router, extract::State, http::StatusCode, response::IntoResponse, routing::get};
use serde_json::{Value, json};

use super::*;
use crate::auth::{KeyError, Verifier, testing::*};

/// An issuer that can change its keys, fail, and count how often it is asked.
struct Issuer {
    answer: StdMutex<(StatusCode, Vec<u8>)>,
    asked: AtomicUsize,
}

impl Issuer {
    async fn start(keys: &[Value]) -> (Arc<Self>, String) {
        let issuer = Arc::new(Self {
            answer: StdMutex::new((StatusCode::OK, Vec::new())),
            asked: AtomicUsize::new(0),
        });
        issuer.publish(keys);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/keys", listener.local_addr().unwrap());
        let router = Router::new()
            .route("/keys", get(answer))
            .with_state(issuer.clone());
        tokio::spawn(async move { axum::serve(listener, router).await });
        (issuer, url)
    }

    fn publish(&self, keys: &[Value]) {
        self.say(StatusCode::OK, json!({ "keys": keys }).to_string());
    }

    fn say(&self, status: StatusCode, body: impl Into<Vec<u8>>) {
        *self.answer.lock().unwrap() = (status, body.into());
    }

    fn asked(&self) -> usize {
        self.asked.load(SeqCst)
    }
}

async fn answer(State(issuer): State<Arc<Issuer>>) -> impl IntoResponse {
    issuer.asked.fetch_add(1, SeqCst);
    issuer.answer.lock().unwrap().clone()
}

async fn verifier(url: &str) -> Verifier {
    let config = config(&[
        ("WAYBILL_JWKS_URL", url),
        ("WAYBILL_JWKS_REFRESH_SECS", "300"),
        ("WAYBILL_JWKS_REFETCH_MIN_SECS", "10"),
        ("WAYBILL_JWKS_STALE_MAX_SECS", "3600"),
    ]);
    Verifier::open(&config).await.unwrap()
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "it is what an outcome is compared with"
)]
fn anna() -> Result<String, AuthError> {
    Ok("anna".to_owned())
}

/// Lets time pass without letting it run on by itself, which would cut short what goes over the network.
async fn pass(secs: u64) {
    tokio::time::pause();
    tokio::time::advance(Duration::from_secs(secs)).await;
    tokio::time::resume();
}

#[tokio::test]
async fn keys_are_fetched_once_and_kept() {
    let (issuer, url) =
        Issuer::start(&[jwk("rsa-1", "a"), jwk("p256", "b"), jwk("ed25519", "c")]).await;
    let verifier = verifier(&url).await;
    for (name, id) in [("rsa-1", "a"), ("p256", "b"), ("ed25519", "c")] {
        assert_eq!(
            verify(&verifier, &signed(name, Some(id))).await,
            anna(),
            "{name}"
        );
    }
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn an_unknown_key_id_fetches_again_but_not_too_often() {
    let (issuer, url) = Issuer::start(&[jwk("p256", "old")]).await;
    let verifier = verifier(&url).await;
    issuer.publish(&[jwk("ed25519", "new")]);
    let token = signed("ed25519", Some("new"));
    // Just fetched: made-up ids can't make us ask again.
    assert_eq!(verify(&verifier, &token).await, Err(AuthError::UnknownKey));
    assert_eq!(issuer.asked(), 1);

    pass(10).await;
    assert_eq!(verify(&verifier, &token).await, anna());
    assert_eq!(issuer.asked(), 2);
    // The old key was taken back with the new set.
    assert_eq!(
        verify(&verifier, &signed("p256", Some("old"))).await,
        Err(AuthError::UnknownKey)
    );
    for made_up in ["x", "y", "z"] {
        assert_eq!(
            verify(&verifier, &signed("p256", Some(made_up))).await,
            Err(AuthError::UnknownKey)
        );
    }
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn a_wrong_signature_does_not_fetch_again() {
    let (issuer, url) = Issuer::start(&[jwk("rsa-1", "a")]).await;
    let verifier = verifier(&url).await;
    pass(60).await;
    assert_eq!(
        verify(&verifier, &signed("rsa-2", Some("a"))).await,
        Err(AuthError::Signature)
    );
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn an_algorithm_that_is_not_accepted_does_not_fetch_again_whatever_key_it_names() {
    let (issuer, url) = Issuer::start(&[jwk("rsa-1", "a")]).await;
    let verifier = verifier(&url).await;
    pass(60).await;
    let key = jsonwebtoken::EncodingKey::from_secret(SECRET.as_bytes());
    let header = header(Algorithm::HS256, Some("made-up"));
    let token = jsonwebtoken::encode(&header, &claims(), &key).unwrap();
    assert_eq!(verify(&verifier, &token).await, Err(AuthError::Algorithm));
    assert_eq!(issuer.asked(), 1);
}

#[tokio::test]
async fn callers_who_come_together_cause_one_fetch() {
    let (issuer, url) = Issuer::start(&[jwk("p256", "old")]).await;
    let verifier = verifier(&url).await;
    issuer.publish(&[jwk("ed25519", "new")]);
    pass(10).await;
    let token = signed("ed25519", Some("new"));
    let all = futures::future::join_all((0..20).map(|_| verify(&verifier, &token))).await;
    assert!(all.iter().all(|found| *found == anna()), "{all:?}");
    assert_eq!(issuer.asked(), 2);
}

#[tokio::test]
async fn while_the_issuer_fails_the_last_keys_are_kept_for_a_bounded_time() {
    let (issuer, url) = Issuer::start(&[jwk("p256", "a")]).await;
    let verifier = verifier(&url).await;
    let token = signed("p256", Some("a"));
    for (status, body) in [
        (StatusCode::INTERNAL_SERVER_ERROR, "down".into()),
        (StatusCode::FOUND, "elsewhere".into()),
        (StatusCode::OK, "<html>".into()),
        (StatusCode::OK, r#"{"keys":[]}"#.into()),
        (StatusCode::OK, vec![b' '; SET_BYTES_MAX + 1]),
    ] {
        issuer.say(status, body);
        pass(10).await;
        assert_eq!(
            verify(&verifier, &signed("p256", Some("b"))).await,
            Err(AuthError::UnknownKey),
            "{status}"
        );
        assert_eq!(verify(&verifier, &token).await, anna(), "{status}");
    }
    assert_eq!(issuer.asked(), 6);
    assert!(verifier.has_keys());
    pass(3601 - 50).await;
    assert!(!verifier.has_keys());
    assert_eq!(
        verify(&verifier, &token).await,
        Err(AuthError::KeysUnavailable)
    );
    issuer.publish(&[jwk("p256", "a")]);
    pass(10).await;
    assert_eq!(verify(&verifier, &token).await, anna());
}

#[tokio::test]
async fn an_issuer_that_starts_later_is_found() {
    let (issuer, url) = Issuer::start(&[]).await;
    issuer.say(StatusCode::SERVICE_UNAVAILABLE, "");
    let verifier = verifier(&url).await;
    let token = signed("p256", Some("a"));
    assert_eq!(
        verify(&verifier, &token).await,
        Err(AuthError::KeysUnavailable)
    );
    issuer.publish(&[jwk("p256", "a")]);
    pass(10).await;
    assert_eq!(verify(&verifier, &token).await, anna());
}

#[tokio::test]
async fn a_key_taken_back_goes_with_the_refresh_in_the_background() {
    let (issuer, url) = Issuer::start(&[jwk("p256", "a")]).await;
    let config = config(&[
        ("WAYBILL_JWKS_URL", url.as_str()),
        ("WAYBILL_JWKS_REFRESH_SECS", "1"),
        ("WAYBILL_JWKS_REFETCH_MIN_SECS", "1"),
    ]);
    let verifier = Arc::new(Verifier::open(&config).await.unwrap());
    let stop = CancellationToken::new();
    let refreshing = tokio::spawn({
        let (verifier, stop) = (verifier.clone(), stop.clone());
        async move { verifier.keep_keys_fresh(stop).await }
    });
    issuer.publish(&[jwk("ed25519", "b")]);
    tokio::time::timeout(Duration::from_secs(10), async {
        while verify(&verifier, &signed("p256", Some("a"))).await.is_ok() {
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    })
    .await
    .expect("taken back in the end");
    stop.cancel();
    refreshing.await.unwrap();
}

#[tokio::test]
async fn a_set_may_lie_in_a_file() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let write =
        |keys: &[Value]| std::fs::write(file.path(), json!({ "keys": keys }).to_string()).unwrap();
    let config = config(&[("WAYBILL_JWKS_FILE", file.path().to_str().unwrap())]);
    write(&[]);
    let error = Verifier::open(&config).await.err().unwrap();
    assert!(
        matches!(error, KeyError::NoUsableKey { looked_at: 0 }),
        "{error}"
    );
    write(&[jwk("p256", "a")]);
    let verifier = Verifier::open(&config).await.unwrap();
    assert_eq!(verify(&verifier, &signed("p256", Some("a"))).await, anna());
    write(&[jwk("ed25519", "b")]);
    pass(10).await;
    assert_eq!(
        verify(&verifier, &signed("ed25519", Some("b"))).await,
        anna()
    );
}

/// An issuer that answers every connection with these bytes, over and over, and says how many it could send.
async fn talker(head: &'static str, piece: Vec<u8>, pause: Duration) -> (String, Arc<AtomicUsize>) {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let url = format!("http://{}/keys", listener.local_addr().unwrap());
    let sent = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&sent);
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            let (piece, count) = (piece.clone(), Arc::clone(&count));
            tokio::spawn(async move {
                let _ = stream.read(&mut [0; 4_096]).await;
                let _ = stream.write_all(head.as_bytes()).await;
                while stream.write_all(&piece).await.is_ok() {
                    count.fetch_add(piece.len(), SeqCst);
                    tokio::time::sleep(pause).await;
                }
            });
        }
    });
    (url, sent)
}

const ENDLESS: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n\r\n{\"keys\":[";

#[tokio::test]
async fn a_set_without_end_is_read_up_to_a_bound() {
    let (url, sent) = talker(ENDLESS, vec![b' '; 64 << 10], Duration::ZERO).await;
    let verifier = verifier(&url).await;
    assert!(!verifier.has_keys());
    let refused = verify(&verifier, &signed("rsa-1", Some("a"))).await;
    assert_eq!(refused, Err(AuthError::KeysUnavailable));
    // What was on its way, and what the system holds of it.
    assert!(sent.load(SeqCst) < 32 << 20, "{} bytes", sent.load(SeqCst));
}

#[tokio::test]
async fn an_issuer_that_takes_its_time_is_waited_for_as_long_as_configured() {
    let silent = talker("", Vec::new(), Duration::from_mins(1)).await.0;
    let trickling = talker(ENDLESS, b" ".to_vec(), Duration::from_millis(100))
        .await
        .0;
    for url in [silent, trickling] {
        let config = config(&[
            ("WAYBILL_JWKS_URL", &url),
            ("WAYBILL_JWKS_TIMEOUT_MS", "1000"),
        ]);
        let began = std::time::Instant::now();
        let verifier = Verifier::open(&config).await.unwrap();
        let refused = verify(&verifier, &signed("rsa-1", Some("a"))).await;
        assert_eq!(refused, Err(AuthError::KeysUnavailable));
        let took = began.elapsed();
        assert!((1..10).contains(&took.as_secs()), "{took:?}");
    }
}

#[tokio::test]
async fn an_issuer_that_leads_elsewhere_is_not_followed() {
    let (elsewhere, other) = Issuer::start(&[jwk("rsa-1", "a")]).await;
    let head = format!("HTTP/1.1 302 Found\r\nlocation: {other}\r\ncontent-length: 0\r\n\r\n");
    let (url, _) = talker(head.leak(), Vec::new(), Duration::from_mins(1)).await;
    let verifier = verifier(&url).await;
    let refused = verify(&verifier, &signed("rsa-1", Some("a"))).await;
    assert_eq!(refused, Err(AuthError::KeysUnavailable));
    assert_eq!(elsewhere.asked(), 0);
}
