use std::sync::atomic::{AtomicU32, Ordering};

use waybill_domain::{Actor, ActorKind, Envelope, Position};

use super::*;

/// One event of `size` bytes, so that blocks are told apart by their positions.
fn block(position: u64, size: usize) -> Block {
    let id = uuid::Uuid::from_u128(u128::from(position));
    let envelope = Envelope {
        event_id: id.into(),
        order_id: uuid::Uuid::now_v7().into(),
        order_number: "ORD-1".parse().unwrap(),
        customer_id: "c1".parse().unwrap(),
        version: 1,
        position: Position(position),
        recorded_at: chrono::DateTime::UNIX_EPOCH.into(),
        actor: Actor::new(ActorKind::Staff, "ann"),
        command_id: id.into(),
        correlation_id: String::new(),
        causation_id: None,
    };
    let unreadable = Arc::new(waybill_domain::stored::LoadError::UnknownType("x".into()));
    let event = LogEvent::new(envelope, Err(unreadable), String::new(), size);
    Arc::new([Arc::new(event)])
}

async fn ask(blocks: &Blocks, number: u64, size: usize, reads: &AtomicU32) -> u64 {
    let read = async {
        reads.fetch_add(1, Ordering::Relaxed);
        Ok::<_, ()>(block(number, size))
    };
    blocks.get(number, read).await.unwrap()[0].position().0
}

#[tokio::test]
async fn whoever_asks_at_the_same_time_waits_for_one_read() {
    let blocks = Arc::new(Blocks::new(1, 1_000));
    let reads = Arc::new(AtomicU32::new(0));
    let (go, gate) = tokio::sync::watch::channel(false);
    let mut askers = tokio::task::JoinSet::new();
    for _ in 0..50 {
        let (blocks, reads, mut gate) = (Arc::clone(&blocks), Arc::clone(&reads), gate.clone());
        askers.spawn(async move {
            let read = async {
                reads.fetch_add(1, Ordering::Relaxed);
                gate.wait_for(|open| *open).await.unwrap();
                Ok::<_, ()>(block(7, 10))
            };
            blocks.get(7, read).await.unwrap()[0].position()
        });
    }
    tokio::task::yield_now().await;
    go.send_replace(true);
    while let Some(got) = askers.join_next().await {
        assert_eq!(got.unwrap(), Position(7));
    }
    assert_eq!(reads.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn an_error_is_kept_for_nobody_and_a_reader_that_gives_up_holds_up_nobody() {
    let blocks = Blocks::new(1, 1_000);
    let failed = blocks.get(1, async { Err::<Block, _>("away") }).await;
    assert_eq!(failed.err(), Some("away"));
    let never = blocks.get(1, std::future::pending::<Result<Block, ()>>());
    let gave_up = tokio::time::timeout(std::time::Duration::from_millis(1), never).await;
    assert!(gave_up.is_err());
    let reads = AtomicU32::new(0);
    assert_eq!(ask(&blocks, 1, 10, &reads).await, 1);
    assert_eq!(reads.load(Ordering::Relaxed), 1);
}

#[tokio::test]
async fn there_are_never_more_bytes_than_allowed_and_the_one_used_longest_ago_goes() {
    let blocks = Blocks::new(1, 30);
    let reads = AtomicU32::new(0);
    for number in [1, 2, 3, 1, 4] {
        assert_eq!(ask(&blocks, number, 10, &reads).await, number);
        assert!(blocks.kept().bytes <= 30);
    }
    assert_eq!(reads.load(Ordering::Relaxed), 4);
    assert!(blocks.peek(2).is_none() && blocks.peek(1).is_some());
    // One that is too large by itself is read, and not kept.
    assert_eq!(ask(&blocks, 5, 31, &reads).await, 5);
    assert_eq!(blocks.kept().bytes, 0);
}

#[tokio::test]
async fn there_are_never_more_blocks_than_allowed_however_small() {
    let blocks = Blocks::new(1, 1_000_000);
    let reads = AtomicU32::new(0);
    for number in 0..5_000 {
        ask(&blocks, number, 1, &reads).await;
    }
    let kept = blocks.kept();
    assert_eq!((kept.blocks.len(), kept.bytes), (4_096, 4_096));
}
