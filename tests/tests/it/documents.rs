//! The documents name what is there: metrics, settings, files and headings.

mod bounds;

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use waybill_domain::Audience;
use waybill_projections::timeline_fields;
use waybill_tests::shapes::{By, expect_frame};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Every file below `folder` whose name ends so.
fn files(folder: &Path, ending: &str) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path, ending));
        } else if path.to_string_lossy().ends_with(ending) {
            found.push(path);
        }
    }
    found
}

fn documents() -> Vec<PathBuf> {
    let mut all = files(&root().join("docs"), ".md");
    all.extend(["README.md", "CONTRIBUTING.md"].map(|name| root().join(name)));
    all
}

#[test]
fn every_metric_is_in_the_table_and_nothing_else() {
    let mut recorded = BTreeSet::new();
    for folder in ["infra", "projections", "api"] {
        for file in files(&root().join(folder).join("src"), ".rs") {
            let code = read(&file);
            let calls = code.split("metrics::").skip(1);
            // The first text in a call is the name.
            let names = calls.filter_map(|call| call.split_once("!(")?.1.split('"').nth(1));
            recorded.extend(
                names
                    .filter(|name| name.starts_with("waybill_"))
                    .map(str::to_owned),
            );
        }
    }
    assert!(
        recorded.len() > 10,
        "the metrics were not found: {recorded:?}"
    );
    let page = read(&root().join("docs/operations.md"));
    let cells = page
        .lines()
        .filter_map(|row| row.strip_prefix("| `")?.split_once("` | "));
    let listed: BTreeSet<String> = cells
        .map(|(name, _)| name.to_owned())
        .filter(|name| name.starts_with("waybill_") && !name.contains('`'))
        .collect();
    assert_eq!(recorded, listed);
}

/// The settings that a text names. One that an ellipsis follows stands for all that begin like it.
fn settings(text: &str) -> BTreeSet<String> {
    let starts = text.match_indices("WAYBILL_").map(|(at, _)| &text[at..]);
    let end = |c: char| !c.is_ascii_uppercase() && c != '_';
    starts
        .map(|rest| rest.split(end).next().unwrap_or(rest).to_owned())
        .collect()
}

#[test]
fn every_setting_that_is_named_exists() {
    let known = settings(&read(&root().join("docs/configuration.md")));
    for file in documents() {
        for name in settings(&read(&file)) {
            let stands_for_several =
                name.ends_with('_') && known.iter().any(|k| k.starts_with(&name));
            assert!(
                known.contains(&name) || stands_for_several,
                "{}: no setting {name}",
                file.display()
            );
        }
    }
}

#[test]
fn the_timelines_table_is_current() {
    let mut table = "| seen by | fields of an entry |\n|---|---|\n".to_owned();
    for (seen_by, audience) in [
        ("everybody, guests too", Audience::Guest),
        ("the customer, staff", Audience::Customer),
        ("staff only", Audience::Staff),
    ] {
        let fields = timeline_fields().iter().filter(|(_, a)| *a == audience);
        let names: Vec<String> = fields.map(|(name, _)| format!("`{name}`")).collect();
        writeln!(table, "| {seen_by} | {} |", names.join(", ")).unwrap();
    }
    let page = read(&root().join("docs/events.md"));
    let (_, rest) = page.split_once("<!-- begin: timeline -->\n").unwrap();
    let (written, _) = rest.split_once("<!-- end: timeline -->").unwrap();
    assert_eq!(written, table);
}

/// Rows of which something was cut out, with an ellipsis, cannot be read and are passed over.
#[test]
fn the_transcript_of_a_socket_shows_frames_of_the_contract() {
    let page = read(&root().join("docs/protocol.md"));
    let section = page.split("\n## ").find(|s| s.starts_with("WebSocket\n"));
    let mut checked = 0;
    for row in section.expect("the section").lines() {
        let (by, text) = match row.split_at_checked(2) {
            Some(("< " | "  ", text)) => (By::Server, text),
            Some(("> ", text)) => (By::Client, text),
            _ => continue,
        };
        match serde_json::from_str(text) {
            Ok(frame @ serde_json::Value::Object(_)) => expect_frame(by, &frame),
            Ok(_) => continue,
            Err(error) => {
                assert!(
                    !text.starts_with('{') || text.contains('…'),
                    "{error}: {row}"
                );
                continue;
            }
        }
        checked += 1;
    }
    assert!(checked > 10, "{checked} frames");
}

#[test]
fn every_link_leads_somewhere() {
    for file in documents() {
        for rest in read(&file).split("](").skip(1) {
            let target = rest.split(')').next().unwrap_or(rest);
            if target.contains("://") {
                continue;
            }
            let (path, heading) = target.split_once('#').unwrap_or((target, ""));
            let path = match path {
                "" => file.clone(),
                path => file.parent().unwrap().join(path),
            };
            assert!(path.exists(), "{}: no {target}", file.display());
            let found = heading.is_empty() || headings(&read(&path)).contains(heading);
            assert!(found, "{}: no heading for {target}", file.display());
        }
    }
}

/// What one can link to in a page: its headings in lower case, with hyphens for blanks, and its anchors.
fn headings(page: &str) -> BTreeSet<String> {
    let anchors = page.split("<a id=\"").skip(1);
    let anchors = anchors.filter_map(|rest| rest.split('"').next());
    let titles = page.lines().filter(|line| line.starts_with('#'));
    titles
        .map(|title| {
            let title = title.trim_start_matches('#').trim().to_lowercase();
            let kept = title
                .chars()
                .filter(|c| c.is_alphanumeric() || matches!(c, ' ' | '-' | '_'));
            kept.map(|c| if c == ' ' { '-' } else { c }).collect()
        })
        .chain(anchors.map(str::to_owned))
        .collect()
}
