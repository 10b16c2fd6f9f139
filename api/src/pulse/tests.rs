use std::time::Duration;

use waybill_infra::histogram::Histogram;

use super::*;

fn sample(number: u64) -> Sample {
    Sample {
        number,
        at: Utc::now(),
        connections: ByChannel::default(),
        per_second: Rates::default(),
        delivery: Took::default(),
        append: Took::default(),
        append_queue: 0,
        database_in_use: 0,
    }
}

#[test]
fn only_newer_samples_are_given_to_who_has_the_others() {
    let pulse = Pulse::new("a".into());
    pulse.state().samples.extend((1..=5).map(sample));
    let numbers = |after| {
        let samples = pulse.sampled(after).samples;
        samples.iter().map(|s| s.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(None), [1, 2, 3, 4, 5]);
    assert_eq!(numbers(Some(3)), [4, 5]);
    assert_eq!(numbers(Some(5)), [0; 0]);
}

#[test]
fn two_nodes_are_never_taken_for_one() {
    let (a, b) = (Pulse::new("a".into()), Pulse::new("a".into()));
    assert_ne!(a.node().id, b.node().id);
}

#[test]
fn durations_are_forgotten_after_a_minute() {
    let mut window = Window::default();
    let histogram = Histogram::default();
    histogram.record(Duration::from_millis(40));
    window.add(histogram.drain());
    for _ in 1..SUMMED_UP {
        assert_eq!(window.took().count, 1);
        window.add(histogram.drain());
    }
    let took = window.took();
    assert!(
        took.p99_ms
            .is_some_and(|ms| (ms - 40.0).abs() < 40.0 / 64.0)
    );
    window.add(histogram.drain());
    assert_eq!(window.took(), Took::default());
}
