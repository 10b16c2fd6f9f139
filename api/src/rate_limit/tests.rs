use std::num::NonZeroU32;

use governor::clock::FakeRelativeClock;

use super::*;
use crate::auth::testing::principal;

fn rate(per_sec: u32, burst: u32) -> Rate {
    Rate {
        per_sec: NonZeroU32::new(per_sec).unwrap(),
        burst: NonZeroU32::new(burst).unwrap(),
    }
}

fn limits(clock: &FakeRelativeClock) -> RateLimits<FakeRelativeClock> {
    let config = LimitsConfig {
        anonymous: rate(1, 1),
        customer: rate(2, 3),
        staff: rate(4, 5),
        service: rate(100, 200),
        rate_callers_max: 64,
        revocations_max: 100,
        read_wait_max: Duration::ZERO,
    };
    RateLimits::with_clock(&config, clock)
}

fn allowed_at_once(limits: &RateLimits<FakeRelativeClock>, subject: &str, roles: &str) -> usize {
    let caller = principal(subject, roles);
    (0..1000)
        .take_while(|_| limits.check(Some(&caller), None).is_ok())
        .count()
}

#[test]
fn each_kind_of_caller_has_its_own_burst() {
    let limits = limits(&FakeRelativeClock::default());
    assert_eq!(allowed_at_once(&limits, "anna", "customer"), 3);
    assert_eq!(allowed_at_once(&limits, "sam", "staff"), 5);
    assert_eq!(allowed_at_once(&limits, "ada", "admin"), 5);
    assert_eq!(allowed_at_once(&limits, "shop", "service"), 200);
    assert_eq!(allowed_at_once(&limits, "both", "service staff"), 200);
}

#[test]
fn one_caller_does_not_use_up_anothers_rate() {
    let limits = limits(&FakeRelativeClock::default());
    assert_eq!(allowed_at_once(&limits, "anna", "customer"), 3);
    assert_eq!(allowed_at_once(&limits, "anna", "customer"), 0);
    assert_eq!(allowed_at_once(&limits, "bert", "customer"), 3);
}

#[test]
fn the_wait_is_exact() {
    let clock = FakeRelativeClock::default();
    let limits = limits(&clock);
    let anna = principal("anna", "customer");
    while limits.check(Some(&anna), None).is_ok() {}
    let wait = limits.check(Some(&anna), None).unwrap_err();
    assert_eq!(wait, Duration::from_millis(500));
    clock.advance(Duration::from_nanos(499_999_999));
    assert_eq!(
        limits.check(Some(&anna), None),
        Err(Duration::from_nanos(1))
    );
    clock.advance(Duration::from_nanos(1));
    assert_eq!(limits.check(Some(&anna), None), Ok(()));
    assert_eq!(
        limits.check(Some(&anna), None),
        Err(Duration::from_millis(500))
    );
}

#[test]
fn strangers_are_counted_by_address_and_ipv6_by_network() {
    let limits = limits(&FakeRelativeClock::default());
    let ask = |address: &str| limits.check(None, Some(address.parse().unwrap())).is_ok();
    assert!(ask("10.0.0.1") && !ask("10.0.0.1") && ask("10.0.0.2"));
    assert!(
        !ask("::ffff:10.0.0.2"),
        "the same address in another notation"
    );
    assert!(ask("2001:db8:1:1::1") && !ask("2001:db8:1:1:ffff::9") && ask("2001:db8:1:2::1"));
    assert!(limits.check(None, None).is_ok() && limits.check(None, None).is_err());
}

#[test]
fn memory_is_bounded_and_the_one_seen_longest_ago_is_forgotten() {
    let store = LruStore::new(64);
    let touch = |key: u32| store.measure(key);
    for key in 0..10_000 {
        touch(key);
        touch(0);
    }
    assert!(store.len() <= 64, "{}", store.len());
    assert!(touch(0), "seen all the time");
    assert!(!touch(1), "not seen for long");
}

impl LruStore<u32> {
    /// Whether the key was known.
    fn measure(&self, key: u32) -> bool {
        use governor::{nanos::Nanos, state::StateStore};
        self.measure_and_replace(&key, |seen| Ok::<_, ()>((seen.is_some(), Nanos::from(1))))
            .unwrap()
    }
}

#[test]
fn an_address_is_shut_out_for_what_failed_and_not_for_what_it_opened() {
    let clock = FakeRelativeClock::default();
    let limits = limits(&clock);
    let (here, there) = ("10.0.0.1".parse().ok(), "10.0.0.2".parse().ok());
    assert_eq!(limits.shut_out(here), None);
    limits.count_failure(here);
    assert_eq!(limits.shut_out(here), None, "one at once is allowed");
    limits.count_failure(here);
    assert_eq!(limits.shut_out(here), Some(Duration::from_secs(1)));
    assert_eq!(limits.shut_out(there), None);
    // Looking does not count.
    assert_eq!(limits.shut_out(here), Some(Duration::from_secs(1)));
    for _ in 0..1_000 {
        limits.count_failure(here);
    }
    assert_eq!(limits.shut_out(here), Some(Duration::from_secs(10)));
    clock.advance(Duration::from_secs(10));
    assert_eq!(limits.shut_out(here), None, "it is not for ever");
}
