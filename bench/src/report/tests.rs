//! What is made of figures, from a few that were made up.

use std::collections::BTreeMap;
use std::path::Path;

use super::*;

fn fixture() -> Report {
    let text = include_str!("fixture.json");
    serde_json::from_str(text).unwrap()
}

/// The page, without the texts that do not depend on figures.
#[test]
fn the_page_says_what_was_found_and_what_was_missed() {
    insta::assert_snapshot!(markdown::page(&fixture()));
}

#[test]
fn comparisons_are_drawn_as_bars_and_growth_as_lines() {
    let files: BTreeMap<_, _> = fixture().files().into_iter().collect();
    let names: Vec<_> = files.keys().map(|path| path.to_str().unwrap()).collect();
    assert_eq!(
        names,
        [
            "benchmarks/burst.svg",
            "benchmarks/growth.svg",
            "benchmarks.md"
        ]
    );
    insta::assert_snapshot!("burst.svg", files[Path::new("benchmarks/burst.svg")]);
    insta::assert_snapshot!("growth.svg", files[Path::new("benchmarks/growth.svg")]);
}

#[test]
fn the_readme_gets_a_table_between_its_marks_and_keeps_the_rest() {
    let readme =
        "before\n<!-- figures: made by `make bench` -->\nold\n<!-- end of figures -->\nafter\n";
    let made = readme::with_section(readme, &fixture()).unwrap();
    insta::assert_snapshot!(made);
    assert_eq!(readme::with_section(&made, &fixture()).unwrap(), made);
    assert!(readme::with_section("no marks", &fixture()).is_none());
}

#[test]
fn what_was_written_is_read_again_and_old_pictures_go() {
    let folder = tempfile::tempdir().unwrap();
    let pictures = folder.path().join("docs/benchmarks");
    std::fs::create_dir_all(&pictures).unwrap();
    std::fs::write(pictures.join("gone.svg"), "old").unwrap();
    let docs = folder.path().join("docs");
    fixture().write(&docs).unwrap();
    assert_eq!(Report::read(&docs).unwrap(), fixture());
    assert!(!pictures.join("gone.svg").exists());
    assert!(pictures.join("burst.svg").exists());
}

#[test]
fn the_published_report_is_what_its_figures_make() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let docs = root.join("docs");
    if !docs.join("benchmarks.md").exists() {
        return; // nothing has been published yet
    }
    let report = Report::read(&docs).unwrap();
    assert!(!report.quick, "a quick run is nothing to publish");
    for (name, made) in report.files() {
        let published = std::fs::read_to_string(docs.join(&name)).unwrap_or_default();
        let name = name.display();
        assert!(
            published == made,
            "{name} is out of date: `waybill-bench report`"
        );
    }
    let readme = std::fs::read_to_string(root.join("README.md")).unwrap();
    let made = readme::with_section(&readme, &report).expect("the README's section");
    assert!(
        readme == made,
        "README.md is out of date: `waybill-bench report`"
    );
}
