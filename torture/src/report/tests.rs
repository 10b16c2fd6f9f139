//! What is made of results, from a few that were made up.

use std::path::Path;

use super::*;
use crate::tried::Figure;

fn made_up() -> Report {
    let mut tried = Tried::new("A node was killed.", 1_200);
    tried.work = "kill-node".into();
    tried.seed = 7;
    tried.date = "2026-01-01".into();
    tried.commit = "0123456789".into();
    tried.count("commands acknowledged", 12_345);
    tried.figure(Figure {
        what: "until it was back, p99".into(),
        unit: "ms".into(),
        value: 432.1,
        bound: Some(100.0),
        note: Some("with | in it".into()),
    });
    Report {
        quick: false,
        works: vec![tried],
    }
}

#[test]
fn the_page_says_what_was_tried_and_what_was_found() {
    let page = markdown::page(&made_up());
    for line in [
        "| [kill -9 of a node](#kill-node) | 1,200 | **1** |",
        "| commands acknowledged | 12,345 |",
        "| until it was back, p99 (with \\| in it) | 432 ms, at most 100 |",
        "- **found:** until it was back, p99: 432.1 ms, at most 100.0",
    ] {
        assert!(page.lines().any(|found| found == line), "{line}\n{page}");
    }
    assert!(page.contains("waybill-torture kill-node --seed 7 --times 1200"));
}

#[test]
fn works_that_were_not_run_again_stay_as_they_were() {
    let folder = tempfile::tempdir().unwrap();
    made_up().write(folder.path()).unwrap();
    let nothing = Report {
        quick: false,
        works: Vec::new(),
    };
    assert_eq!(nothing.clone().with_the_rest_of(folder.path()), made_up());
    let mut newer = made_up();
    newer.works[0].seed = 8;
    assert_eq!(newer.clone().with_the_rest_of(folder.path()), newer);
    let quick = Report {
        quick: true,
        ..nothing
    };
    assert!(quick.with_the_rest_of(folder.path()).works.is_empty());
}

#[test]
fn the_published_page_is_what_its_results_make() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs");
    if !docs.join(PAGE).exists() {
        return; // nothing has been published yet
    }
    let report = Report::read(&docs).unwrap();
    assert!(!report.quick, "a quick run is nothing to publish");
    for tried in &report.works {
        let known = WORKS.iter().any(|work| work.name == tried.work);
        assert!(known, "{} is no work", tried.work);
    }
    let published = std::fs::read_to_string(docs.join(PAGE)).unwrap();
    assert!(
        published == markdown::page(&report),
        "{PAGE} is out of date: `waybill-torture report`"
    );
}
