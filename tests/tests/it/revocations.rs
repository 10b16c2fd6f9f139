//! Revocations across nodes: recorded once, known to every node within two seconds, forgotten in time.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use chrono::{TimeDelta, Utc};
use sqlx::{Executor, Row};
use tokio_util::sync::CancellationToken;
use waybill_infra::revocations::{
    AccountCredential, Credential, NewRevocation, RevocationKind, Revocations, RevokeError,
};
use waybill_tests::database::TestDatabase;

fn new(kind: RevocationKind, value: &str) -> NewRevocation {
    NewRevocation {
        kind,
        value: value.to_owned(),
        expires_at: Utc::now() + TimeDelta::hours(1),
        reason: Some("stolen".to_owned()),
        by: "admin-1".to_owned(),
    }
}

fn knows(revocations: &Revocations, token_id: &str) -> bool {
    let credential = Credential::Account(AccountCredential {
        token_id: Some(token_id),
        session_id: None,
        subject: "anna",
        issued_at: None,
    });
    revocations.subscribe().borrow().is_revoked(&credential)
}

async fn node(database: &TestDatabase) -> Revocations {
    Revocations::open(database.db(), 100).await.unwrap()
}

/// Waits for the node to know a token's revocation; how long it took.
async fn until_known(revocations: &Revocations, token_id: &str) -> Duration {
    let started = Instant::now();
    let mut changes = revocations.subscribe();
    tokio::time::timeout(Duration::from_secs(5), async {
        while !knows(revocations, token_id) {
            changes.changed().await.unwrap();
        }
    })
    .await
    .expect("known in the end");
    started.elapsed()
}

#[tokio::test]
async fn a_revocation_reaches_this_node_at_once_and_the_others_within_two_seconds() {
    let database = TestDatabase::create().await;
    let (here, there) = (node(&database).await, node(&database).await);
    let stop = CancellationToken::new();
    let following = tokio::spawn(there.clone().run(stop.clone()));
    let made = here
        .revoke(&new(RevocationKind::Token, "t1"))
        .await
        .unwrap();
    assert_eq!(
        (made.kind, made.value.as_str(), made.by.as_str()),
        (RevocationKind::Token, "t1", "admin-1")
    );
    assert!(knows(&here, "t1"));
    assert!(until_known(&there, "t1").await < Duration::from_secs(2));
    stop.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn a_lost_notification_costs_no_more_than_the_poll() {
    let database = TestDatabase::create().await;
    let (here, there) = (node(&database).await, node(&database).await);
    let stop = CancellationToken::new();
    let following = tokio::spawn(there.clone().run(stop.clone()));
    // A first one is known: the node is up and follows.
    here.revoke(&new(RevocationKind::Token, "t1"))
        .await
        .unwrap();
    until_known(&there, "t1").await;
    // From now on the database tells nobody.
    let mut owner = database.owner().await;
    owner
        .execute(
            "CREATE OR REPLACE FUNCTION waybill_number_revocation() RETURNS trigger LANGUAGE plpgsql
             SECURITY DEFINER SET search_path = public, pg_temp AS $$
             BEGIN
                 NEW.revocation_id := nextval('revocation_numbers');
                 NEW.revoked_at := clock_timestamp();
                 RETURN NEW;
             END $$",
        )
        .await
        .unwrap();
    here.revoke(&new(RevocationKind::Token, "t2"))
        .await
        .unwrap();
    assert!(until_known(&there, "t2").await < Duration::from_secs(2));
    stop.cancel();
    following.await.unwrap();
}

#[tokio::test]
async fn a_node_that_starts_later_knows_what_is_in_force_and_nothing_else() {
    let database = TestDatabase::create().await;
    let first = node(&database).await;
    first
        .revoke(&new(RevocationKind::Token, "t1"))
        .await
        .unwrap();
    let short = NewRevocation {
        expires_at: Utc::now() + TimeDelta::milliseconds(300),
        ..new(RevocationKind::Token, "t2")
    };
    first.revoke(&short).await.unwrap();
    assert!(knows(&node(&database).await, "t2"));
    tokio::time::sleep(Duration::from_millis(350)).await;
    let late = node(&database).await;
    assert!(knows(&late, "t1") && !knows(&late, "t2"));
    let values: Vec<String> = late
        .list(None, 10)
        .await
        .unwrap()
        .into_iter()
        .map(|made| made.value)
        .collect();
    assert_eq!(values, ["t1"]);
}

#[tokio::test]
async fn the_list_is_newest_first_and_goes_on_below_a_number() {
    let database = TestDatabase::create().await;
    let node = node(&database).await;
    for value in ["a", "b", "c"] {
        node.revoke(&new(RevocationKind::Subject, value))
            .await
            .unwrap();
    }
    let page = node.list(None, 2).await.unwrap();
    assert_eq!(
        page.iter()
            .map(|made| made.value.as_str())
            .collect::<Vec<_>>(),
        ["c", "b"]
    );
    let rest = node.list(Some(page[1].id), 2).await.unwrap();
    assert_eq!(
        rest.iter()
            .map(|made| made.value.as_str())
            .collect::<Vec<_>>(),
        ["a"]
    );
}

#[tokio::test]
async fn bounds_are_kept() {
    let database = TestDatabase::create().await;
    let node = Revocations::open(database.db(), 2).await.unwrap();
    let refused = |outcome: Result<_, RevokeError>| {
        outcome
            .map(|_: waybill_infra::revocations::Revocation| ())
            .unwrap_err()
    };
    for value in [String::new(), "x".repeat(257), "a\0b".to_owned()] {
        let error = refused(node.revoke(&new(RevocationKind::Token, &value)).await);
        assert!(
            matches!(error, RevokeError::Bound { field: "value", .. }),
            "{error}"
        );
    }
    let past = NewRevocation {
        expires_at: Utc::now(),
        ..new(RevocationKind::Token, "t")
    };
    assert!(matches!(
        refused(node.revoke(&past).await),
        RevokeError::Expired
    ));
    node.revoke(&new(RevocationKind::Token, "t1"))
        .await
        .unwrap();
    node.revoke(&new(RevocationKind::Token, "t2"))
        .await
        .unwrap();
    assert!(matches!(
        refused(node.revoke(&new(RevocationKind::Token, "t3")).await),
        RevokeError::Full { max: 2 }
    ));
}

#[tokio::test]
async fn the_service_can_neither_change_nor_delete_one_in_force() {
    let database = TestDatabase::create().await;
    let node = node(&database).await;
    node.revoke(&new(RevocationKind::Token, "t1"))
        .await
        .unwrap();
    let db = database.db();
    for statement in [
        "DELETE FROM revocations",
        "UPDATE revocations SET expires_at = now()",
        "TRUNCATE revocations",
        "DROP TRIGGER revocations_numbered ON revocations",
        "SELECT nextval('revocation_numbers')",
    ] {
        let error = db.pool().execute(statement).await.expect_err(statement);
        let code = error
            .as_database_error()
            .and_then(|error| error.code().map(Cow::into_owned));
        assert_eq!(code.as_deref(), Some("42501"), "{statement}: {error}");
    }
    assert_eq!(node.forget_expired().await.unwrap(), 0);

    // What expired long ago goes.
    let mut owner = database.owner().await;
    owner.execute("UPDATE revocations SET revoked_at = now() - interval '3 h', expires_at = now() - interval '2 h'").await.unwrap();
    assert_eq!(node.forget_expired().await.unwrap(), 1);
}

#[tokio::test]
async fn numbers_become_visible_in_their_order() {
    let database = TestDatabase::create().await;
    let mut early = database.owner().await;
    early.execute("BEGIN").await.unwrap();
    let insert = "INSERT INTO revocations (kind, value, expires_at, revoked_by)
                  VALUES ('token', 't', now() + interval '1 h', 'x') RETURNING revocation_id";
    let first: i64 = early.fetch_one(insert).await.unwrap().get(0);
    // A second one waits for the first to be visible, and gets the higher number.
    let mut late = database.owner().await;
    let second =
        tokio::spawn(async move { late.fetch_one(insert).await.unwrap().get::<i64, _>(0) });
    tokio::time::sleep(Duration::from_millis(100)).await;
    assert!(!second.is_finished());
    early.execute("COMMIT").await.unwrap();
    assert!(second.await.unwrap() > first);
}

#[tokio::test]
async fn after_a_restore_lower_numbers_are_noticed_too() {
    let database = TestDatabase::create().await;
    let (here, there) = (node(&database).await, node(&database).await);
    for value in ["t1", "t2", "t3"] {
        here.revoke(&new(RevocationKind::Token, value))
            .await
            .unwrap();
    }
    there.read_anew().await.unwrap();
    // As it was before the second one.
    let mut owner = database.owner().await;
    owner
        .execute("DELETE FROM revocations WHERE value <> 't1'")
        .await
        .unwrap();
    owner
        .execute("SELECT setval('revocation_numbers', 1)")
        .await
        .unwrap();
    here.revoke(&new(RevocationKind::Token, "t4"))
        .await
        .unwrap();
    there.read_anew().await.unwrap();
    assert!(knows(&there, "t4"));
    assert!(knows(&there, "t3"), "what was known stays known");
}
