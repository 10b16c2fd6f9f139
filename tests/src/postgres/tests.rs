//! A server that dies, stands still, fills its disk, and is replaced.

use std::time::Duration;

use sqlx::Executor as _;
use tokio::time::timeout;

use super::*;
use crate::network::{Network, Route};

/// Longer than a server that stands still is watched.
const A_MOMENT: Duration = Duration::from_millis(300);
/// Longer than a standby takes to hear of something.
const PATIENCE: Duration = Duration::from_secs(30);

async fn server() -> Postgres {
    let postgres = Postgres::start(&[]).await.unwrap();
    postgres.provision().await.unwrap();
    let mut owner = postgres.owner().await.unwrap();
    owner.execute("CREATE TABLE said (word int)").await.unwrap();
    postgres
}

async fn say(postgres: &Postgres, word: i32) {
    let say = sqlx::query("INSERT INTO said VALUES ($1)").bind(word);
    say.execute(&mut postgres.owner().await.unwrap())
        .await
        .unwrap();
}

async fn said(postgres: &Postgres) -> Vec<i32> {
    let said = sqlx::query_scalar("SELECT word FROM said ORDER BY word");
    said.fetch_all(&mut postgres.owner().await.unwrap())
        .await
        .unwrap()
}

#[tokio::test]
async fn a_server_that_is_killed_and_started_again_has_what_it_had() {
    let mut postgres = server().await;
    for (word, death) in (0..).zip([Death::Server, Death::Everything]) {
        say(&postgres, word).await;
        postgres.kill(death).unwrap();
        let dies = async {
            while postgres.is_alive() {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        };
        timeout(PATIENCE, dies).await.expect("it dies");
        assert!(postgres.owner().await.is_err(), "nobody is there");
        postgres.start_again().await.unwrap();
    }
    assert_eq!(said(&postgres).await, [0, 1]);
}

#[tokio::test]
async fn a_server_that_stands_still_answers_afterwards() {
    let postgres = server().await;
    let mut owner = postgres.owner().await.unwrap();
    let frozen = postgres.freeze().unwrap();
    let mut asked = Box::pin(owner.execute("SELECT 1"));
    assert!(
        timeout(A_MOMENT, &mut asked).await.is_err(),
        "it stood still"
    );
    drop(frozen);
    timeout(PATIENCE, asked).await.expect("it goes on").unwrap();
}

#[tokio::test]
async fn a_backup_that_is_restored_has_what_was_there_before_it() {
    let postgres = server().await;
    say(&postgres, 1).await;
    let backup = postgres.base_backup().await.unwrap();
    say(&postgres, 2).await;
    let restored = backup.restore().await.unwrap();
    assert_eq!(said(&restored).await, [1]);
    assert_eq!(said(&postgres).await, [1, 2]);
}

#[tokio::test]
async fn a_standby_that_is_promoted_has_what_had_reached_it() {
    let postgres = server().await;
    let network = Network::to(Route::Socket(postgres.socket().unwrap()), 1);
    let network = network.await.unwrap();
    let standby = postgres.standby(&network).await.unwrap();
    say(&postgres, 1).await;
    let follow = async {
        while said(&standby).await != [1] {
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    timeout(PATIENCE, follow).await.unwrap();
    network.hang(true);
    say(&postgres, 2).await;
    postgres.kill(Death::Everything).unwrap();
    network.cut();
    standby.promote().await.unwrap();
    say(&standby, 3).await;
    assert_eq!(said(&standby).await, [1, 3]);
}

#[tokio::test]
async fn a_server_whose_disk_is_full_says_so_and_goes_on_when_there_is_room() {
    let disk = match Disk::mount(192 << 20).unwrap() {
        Mounted::Here(disk) => disk,
        Mounted::NotHere(why) => {
            eprintln!("skipped: no disk can be mounted here: {why}");
            return;
        }
    };
    let ballast = disk.ballast();
    let mut postgres = Postgres::start_on(disk, &[]).await.unwrap();
    postgres.provision().await.unwrap();
    let mut owner = postgres.owner().await.unwrap();
    owner
        .execute("CREATE TABLE said (word int, long text)")
        .await
        .unwrap();
    ballast.fill_but(0).unwrap();
    let much = "INSERT INTO said SELECT n, repeat('x', 1000) FROM generate_series(1, 50000) n";
    assert!(owner.execute(much).await.is_err(), "there was no room");
    ballast.free().unwrap();
    if !postgres.is_alive() {
        postgres.start_again().await.unwrap();
    }
    let again = async {
        loop {
            if let Ok(mut owner) = postgres.owner().await
                && owner.execute(much).await.is_ok()
            {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
    };
    timeout(PATIENCE, again).await.unwrap();
    assert_eq!(said(&postgres).await.len(), 50_000);
}
