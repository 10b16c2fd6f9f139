use std::collections::VecDeque;

use super::*;

const SECOND: Duration = Duration::from_secs(1);

/// Has `count` come at once, and returns after how long each was let in, in the order in which they came.
async fn storm(admission: &Admission, count: usize) -> Vec<Duration> {
    let began = Instant::now();
    let mut arrivals = VecDeque::new();
    for _ in 0..count {
        let admission = admission.clone();
        arrivals.push_back(tokio::spawn(async move {
            let permit = admission.enter().await.unwrap();
            (began.elapsed(), permit)
        }));
    }
    let mut times = Vec::new();
    for arrival in arrivals {
        let (time, _permit) = arrival.await.unwrap();
        times.push(time);
    }
    times
}

/// Until so many wait; no time passes meanwhile.
async fn settle(admission: &Admission, waiting: usize) {
    for _ in 0..1_000 {
        tokio::task::yield_now().await;
    }
    assert_eq!(admission.waiting(), waiting);
}

#[tokio::test(start_paused = true)]
async fn a_storm_is_let_in_at_the_pace_and_in_order_of_arrival() {
    let admission = Admission::new(1_000, 10 * SECOND, 20_000);
    let times = storm(&admission, 9_000).await;
    assert!(times.is_sorted(), "in order of arrival");
    for second in 0..9_u32 {
        let within = SECOND * second..SECOND * (second + 1);
        let count = times.iter().filter(|&time| within.contains(time)).count();
        assert!((940..=1_060).contains(&count), "{count} in second {second}");
    }
    assert_eq!(admission.waiting(), 0);
}

#[tokio::test(start_paused = true)]
async fn who_comes_alone_does_not_wait() {
    let admission = Admission::new(20, 10 * SECOND, 10);
    for _ in 0..5 {
        let began = Instant::now();
        admission.enter().await.unwrap();
        assert_eq!(began.elapsed(), Duration::ZERO);
        tokio::time::sleep(SECOND).await;
    }
}

#[tokio::test(start_paused = true)]
async fn who_gives_up_leaves_his_turn_to_the_next() {
    let admission = Admission::new(10, 10 * SECOND, 1_000);
    drop(storm(&admission, 1).await);
    let impatient: Vec<_> = (0..50)
        .map(|_| {
            let admission = admission.clone();
            tokio::spawn(async move { admission.enter().await.map(drop) })
        })
        .collect();
    settle(&admission, 50).await;
    for one in impatient {
        one.abort();
        assert!(one.await.unwrap_err().is_cancelled());
    }
    let times = storm(&admission, 1).await;
    assert!(times[0] <= SECOND / 10, "{times:?}");
}

#[tokio::test(start_paused = true)]
async fn those_for_whom_there_is_no_room_are_spread_over_the_time_that_the_others_take() {
    // Room for 200 to wait.
    let admission = Admission::new(100, 2 * SECOND, 1_000);
    let waiting = tokio::spawn({
        let admission = admission.clone();
        // One of them at once.
        async move { storm(&admission, 201).await.len() }
    });
    settle(&admission, 200).await;
    let mut hints = Vec::new();
    for _ in 0..300 {
        hints.push(admission.enter().await.err().unwrap().retry_within);
    }
    assert!(hints.is_sorted(), "each after the one before");
    // Two seconds for those who wait, then the one hundred a second who are sent away now.
    let close = |hint: Duration, seconds: u32| hint.abs_diff(SECOND * seconds) < SECOND / 10;
    assert!(close(hints[0], 2) && close(hints[99], 3) && close(hints[299], 5));
    assert_eq!(waiting.await.unwrap(), 201);
    // Once all have been let in, there is nothing to spread over.
    tokio::time::sleep(10 * SECOND).await;
    let times = storm(&admission, 5).await;
    assert_eq!(times, [Duration::ZERO; 5]);
}

#[tokio::test(start_paused = true)]
async fn a_place_is_taken_while_it_is_held_and_nobody_is_told_to_wait_for_ever() {
    let admission = Admission::new(1_000, SECOND, 2);
    let (first, _second) = (admission.enter().await, admission.enter().await);
    for _ in 0..200_000 {
        let refused = admission.enter().await.err().unwrap();
        assert!((FULL..=LATEST).contains(&refused.retry_within));
    }
    drop(first);
    admission.enter().await.unwrap();
}
