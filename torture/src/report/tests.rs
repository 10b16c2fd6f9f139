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
}

#[test]
fn how_to_repeat_a_work_is_what_was_asked_for_and_not_what_was_counted() {
    let mut report = made_up();
    let page = markdown::page(&report);
    assert!(
        page.contains("waybill-torture kill-node --seed 7   #"),
        "{page}"
    );
    report.works[0].asked = Some(300);
    let page = markdown::page(&report);
    assert!(
        page.contains("waybill-torture kill-node --seed 7 --times 300   #"),
        "{page}"
    );
    report.quick = true;
    let page = markdown::page(&report);
    assert!(
        page.contains("waybill-torture kill-node --quick --seed 7 --times 300   #"),
        "{page}"
    );
}

#[test]
fn a_work_that_was_skipped_says_so_and_leaves_an_earlier_result_alone() {
    let folder = tempfile::tempdir().unwrap();
    let mut skipped = Tried::new("", 0);
    skipped.work = "kill-node".into();
    skipped.skipped = Some("there is no node".into());
    let report = Report {
        quick: false,
        works: vec![skipped],
    };
    let alone = report.clone().with_the_rest_of(folder.path());
    assert_eq!(alone, report);
    let page = markdown::page(&alone);
    assert!(page.contains("| 0 | not tried |"), "{page}");
    assert!(page.contains("Not tried: there is no node."), "{page}");
    let mut said = Vec::new();
    alone.works[0].print(&mut said).unwrap();
    let said = String::from_utf8(said).unwrap();
    assert!(said.contains("there is no node"), "{said}");
    assert!(!said.contains("nothing lost"), "{said}");
    made_up().write(folder.path()).unwrap();
    assert_eq!(report.with_the_rest_of(folder.path()), made_up());
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
