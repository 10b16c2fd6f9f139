//! `docs/security.md` names tests that exist, and every test of this folder.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

/// The Rust files below a folder.
fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, found);
        } else if path.extension().is_some_and(|e| e == "rs") {
            found.push(path);
        }
    }
}

/// The names of the tests in a file.
fn tests(file: &Path) -> Vec<String> {
    let code = std::fs::read_to_string(file).unwrap();
    // In pieces, so that this is none.
    let with_settings = ["#[tokio::", "test("].concat();
    let marks = ["#[test]\n", "#[tokio::test]\n", &with_settings];
    let marked = marks.into_iter().flat_map(|mark| code.split(mark).skip(1));
    let named = marked.filter_map(|rest| rest.split_once("fn ")?.1.split_once('('));
    named.map(|(name, _)| name.to_owned()).collect()
}

fn of_a_test(c: char) -> bool {
    c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_'
}

#[test]
fn the_document_names_tests_that_exist_and_all_of_these() {
    let mut all = Vec::new();
    for folder in [
        "domain/src",
        "infra/src",
        "projections/src",
        "api/src",
        "tests/tests",
    ] {
        files(&root().join(folder), &mut all);
    }
    let existing: BTreeSet<String> = all.iter().flat_map(|file| tests(file)).collect();
    let page = std::fs::read_to_string(root().join("docs/security.md")).unwrap();
    let rows = page.lines().filter(|line| line.starts_with("| "));
    let shown_by = rows.filter_map(|row| row.trim_end_matches(" |").rsplit(" | ").next());
    let named: BTreeSet<String> = shown_by
        .flat_map(|cell| cell.split('`').skip(1).step_by(2))
        .filter(|name| name.matches('_').count() > 1 && name.chars().all(of_a_test))
        .map(str::to_owned)
        .collect();
    assert!(named.len() > 40, "the tests were not found: {named:?}");
    let missing: Vec<_> = named.difference(&existing).collect();
    assert!(missing.is_empty(), "named, and not there: {missing:#?}");
    let mut here = Vec::new();
    files(&root().join("tests/tests/it/security"), &mut here);
    let here: BTreeSet<String> = here.iter().flat_map(|file| tests(file)).collect();
    let untold: Vec<_> = here.difference(&named).collect();
    assert!(untold.is_empty(), "there, and not named: {untold:#?}");
}

/// The files of the service that hold one of these texts; tests may do as they like.
fn holding(texts: &[&str]) -> BTreeSet<String> {
    let mut all = Vec::new();
    for folder in ["domain/src", "infra/src", "projections/src", "api/src"] {
        files(&root().join(folder), &mut all);
    }
    let holds = |file: &&PathBuf| {
        let code = std::fs::read_to_string(file).unwrap();
        let code = code.split("#[cfg(test)]").next().unwrap();
        texts.iter().any(|text| code.contains(text))
    };
    let named = |file: &PathBuf| {
        let file = file
            .strip_prefix(root())
            .unwrap()
            .to_string_lossy()
            .into_owned();
        (!file.contains("test")).then_some(file)
    };
    all.iter().filter(holds).filter_map(named).collect()
}

#[test]
fn secrets_are_compared_in_four_places_each_of_which_takes_the_same_time() {
    // Whoever adds one looks at what it is compared with, and says so in docs/security.md.
    let signatures = holding(&["jsonwebtoken::decode::", "jsonwebtoken::crypto::verify"]);
    let ours = ["api/src/auth/keys.rs", "api/src/auth/verifier.rs"];
    assert_eq!(signatures, ours.map(str::to_owned).into());
    let codes = holding(&["Hmac<", "verify_slice", "verify_truncated", "fn mac("]);
    assert_eq!(codes, ["api/src/push/socketio/offset.rs".to_owned()].into());
    let addresses = holding(&["fn is_same("]);
    assert_eq!(
        addresses,
        ["api/src/tracking/requests.rs".to_owned()].into()
    );
    // What a secret is taken out of its cover for: to make keys of it, or to connect.
    let exposed = holding(&[".expose()"]);
    let known = [
        "api/src/auth/keys.rs",
        "api/src/auth/minter.rs",
        "api/src/cli/dev/database.rs",
        "api/src/cli/epoch.rs",
        "api/src/cli/migrate.rs",
        "api/src/config/database.rs",
    ];
    assert_eq!(exposed, known.map(str::to_owned).into());
}
