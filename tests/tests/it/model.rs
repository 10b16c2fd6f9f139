//! The whole service beside a small model of it; `waybill_tests::model` says how. With `MODEL_CASES` more
//! lists of steps are tried, and `MODEL_SEED` repeats those of another run.

use std::str::FromStr;

use waybill_tests::model::compare;

/// Lists of steps, a second each at most.
const CASES: u32 = 12;

fn variable<T: FromStr>(name: &str) -> Option<T> {
    std::env::var(name).ok()?.parse().ok()
}

#[test]
fn the_service_does_what_its_model_does() {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let cases = variable("MODEL_CASES").unwrap_or(CASES);
    let seed = variable("MODEL_SEED").unwrap_or_else(rand::random);
    match compare(&runtime, cases, seed) {
        Ok(compared) => assert_eq!(compared.cases, u64::from(cases)),
        Err(differs) => panic!("{differs}"),
    }
}
