//! Puts the committed corpus of a fuzz target through its function. Each crate that has targets includes this file
//! in its tests, so what was found once is looked for again without a fuzzer.

use std::fs;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;

/// Feeds `target` with each input that is kept for the target of this name, and tells which of them fail.
pub(super) fn replay(name: &str, target: fn(&[u8])) {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../fuzz/corpus");
    let entries = fs::read_dir(corpus.join(name)).expect("the target has a corpus");
    let inputs: Vec<_> = entries
        .map(|entry| entry.expect("a readable folder").path())
        .collect();
    assert!(!inputs.is_empty(), "the corpus of {name} is empty");
    let failed: Vec<_> = inputs
        .iter()
        .filter(|path| {
            let input = fs::read(path).expect("a readable file");
            catch_unwind(AssertUnwindSafe(|| target(&input))).is_err()
        })
        .collect();
    assert!(failed.is_empty(), "{name} fails on {failed:#?}");
}
