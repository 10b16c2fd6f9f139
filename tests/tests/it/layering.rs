//! The rules of `docs/ARCHITECTURE.md` about who may know what.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What each crate may be built on, of ours and of what belongs to one layer only.
const ALLOWED: &[(&str, &[&str])] = &[
    ("waybill-domain", &["cqrs-es"]),
    ("waybill-infra", &["waybill-domain", "cqrs-es", "sqlx"]),
    (
        "waybill-projections",
        &["waybill-domain", "waybill-infra", "sqlx"],
    ),
    (
        "waybill-api",
        &[
            "waybill-domain",
            "waybill-infra",
            "waybill-projections",
            "sqlx",
            "axum",
            "tower-http",
            "jsonwebtoken",
        ],
    ),
    // The harness knows everything that is shipped, and nothing of what uses it.
    (
        "waybill-tests",
        &[
            "waybill-domain",
            "waybill-infra",
            "waybill-projections",
            "waybill-api",
            "cqrs-es",
            "sqlx",
            "tokio",
            "rand",
            // To forge tokens.
            "jsonwebtoken",
        ],
    ),
];
const WATCHED: &[&str] = &[
    "cqrs-es",
    "sqlx",
    "axum",
    "tower-http",
    "jsonwebtoken",
    "tokio",
    "rand",
];
/// For whom time, tasks and chance are allowed.
const IMPURE: &[&str] = &["waybill-infra", "waybill-projections", "waybill-api"];

fn metadata() -> Value {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(env!("CARGO_MANIFEST_DIR"))
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn crates_depend_in_one_direction_and_on_what_is_theirs() {
    let metadata = metadata();
    let packages = metadata["packages"].as_array().unwrap();
    for (name, allowed) in ALLOWED {
        let package = packages.iter().find(|package| package["name"] == *name);
        let dependencies = package.unwrap()["dependencies"].as_array().unwrap();
        let found: BTreeSet<&str> = dependencies
            .iter()
            // Null is an ordinary one; those of tests and build scripts have a kind.
            .filter(|dependency| dependency["kind"].is_null())
            .filter_map(|dependency| dependency["name"].as_str())
            .filter(|d| d.starts_with("waybill-") || WATCHED.contains(d))
            .collect();
        for dependency in found {
            let impure = IMPURE.contains(name) && matches!(dependency, "tokio" | "rand");
            assert!(
                allowed.contains(&dependency) || impure,
                "{name} must not depend on {dependency}"
            );
        }
    }
}

/// The files below these folders that hold `text`, from the root on; tests may do as they like.
fn holding(folders: &[&str], text: &str) -> Vec<String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = folders.iter().map(|f| root.join(f).join("src")).collect();
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == "rs")
                && !path.ends_with("tests.rs")
                && std::fs::read_to_string(&path).unwrap().contains(text)
            {
                let path = path.strip_prefix(&root).unwrap();
                found.push(path.to_string_lossy().into_owned());
            }
        }
    }
    found.sort();
    found
}

#[test]
fn what_belongs_in_one_place_is_in_one_place() {
    let all = ["domain", "infra", "projections", "api"];
    assert_eq!(holding(&["domain"], "cqrs_es"), ["domain/src/cqrs.rs"]);
    assert_eq!(
        holding(&all, "env::var"),
        [
            "api/src/config/sources.rs",
            // Where the system keeps its programs and its users' files.
            "infra/src/private_postgres/surroundings.rs",
        ]
    );
    let below: Vec<String> = holding(&all[..3], "StatusCode");
    assert!(below.is_empty(), "status codes belong in api: {below:?}");
    let sql = holding(&["domain", "api"], "sqlx::query");
    assert!(
        sql.is_empty(),
        "SQL belongs in infra and projections: {sql:?}"
    );
}
