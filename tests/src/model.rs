//! The whole service beside a small model of it: whatever is asked of the one is asked of the other, and every answer,
//! list and event frame has to be the model's.
//!
//! The model (`shop.rs`, with its tables in `rules.rs`) knows nothing of how the service is built, only what
//! `docs/protocol.md` and `docs/openapi.json` promise. Steps are made up and shrunk by proptest (`step.rs`), carried
//! out in turn on a database of their own (`drive.rs`), and followed by a member of staff and by a customer
//! (`follower.rs`). What fails is told as the shortest list of steps that fails likewise.

mod answer;
mod asked;
mod drive;
mod follower;
mod rules;
mod shop;
mod step;

use std::cell::Cell;
use std::fmt::{Debug, Write as _};

use proptest::test_runner::{Config, RngAlgorithm, TestCaseError, TestError, TestRng, TestRunner};
use tokio::runtime::Runtime;

/// How long lists of steps are at most.
const STEPS: usize = 60;
/// How often a failing list is shortened at most.
const SHRINKS: u32 = 400;
/// And for how long, in milliseconds.
const SHRINKING: u32 = 60_000;

/// What was compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compared {
    /// Lists of steps, each on a database of its own.
    pub cases: u64,
    /// Requests with their answers.
    pub answers: u64,
    /// Events on sockets.
    pub frames: u64,
}

impl Compared {
    fn add(&mut self, other: Self) {
        self.cases += other.cases;
        self.answers += other.answers;
        self.frames += other.frames;
    }
}

/// Compares the service with the model in `cases` lists of steps, which `seed` decides.
///
/// # Errors
/// The first difference, with the fewest steps that lead to one.
pub fn compare(runtime: &Runtime, cases: u32, seed: u64) -> Result<Compared, String> {
    let config = Config {
        cases,
        max_shrink_iters: SHRINKS,
        max_shrink_time: SHRINKING,
        failure_persistence: None,
        ..Config::default()
    };
    let mut bytes = [0; 32];
    bytes[..8].copy_from_slice(&seed.to_be_bytes());
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
    let compared = Cell::new(Compared::default());
    let outcome = TestRunner::new_with_rng(config, rng).run(&step::steps(STEPS), |steps| {
        let case = runtime.block_on(drive::case(&steps));
        let mut all = compared.get();
        all.add(case.map_err(|differs| TestCaseError::fail(differs.0))?);
        compared.set(all);
        Ok(())
    });
    outcome
        .map(|()| compared.get())
        .map_err(|error| told(error, seed))
}

fn told(error: TestError<Vec<step::Step>>, seed: u64) -> String {
    let (why, steps) = match error {
        TestError::Fail(why, steps) => (why, steps),
        TestError::Abort(why) => (why, Vec::new()),
    };
    let mut told = format!("the service and its model differ (seed {seed}): {why}\nafter\n");
    for step in steps {
        // Writing to a text cannot fail.
        let _ = writeln!(told, "    {step:?}");
    }
    told
}

/// Where the service is not as the model has it.
#[derive(Debug)]
struct Differs(String);

/// Passes if what was found is what the model expects.
fn same<T: PartialEq + Debug>(what: &str, found: &T, expected: &T) -> Result<(), Differs> {
    if found == expected {
        return Ok(());
    }
    Err(Differs(format!(
        "{what}\n  the service: {found:?}\n  the model:   {expected:?}"
    )))
}
