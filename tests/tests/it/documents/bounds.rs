//! The table of bounds in `docs/operations.md` has every setting and every constant that bounds something,
//! with its value, and names no metric that there is not.
//!
//! A constant that is new has to be put into one of the two lists here: in `MET`, with the row that tells of
//! it, or in `INSIDE`, if nobody outside can meet it.

mod constants;
mod lists;
mod value;

use std::collections::BTreeSet;

use super::{read, root};
use constants::Constant;
use lists::{INSIDE, MET, NO_BOUNDS};
use value::Value;

/// One row of the table.
struct Row {
    what: String,
    bound: String,
    at_it: String,
    metric: String,
}

fn table() -> Vec<Row> {
    let page = read(&root().join("docs/operations.md"));
    let section = page.split("\n## ").find(|s| s.starts_with("Bounds\n"));
    let rows = section.expect("the section").lines();
    let rows = rows.filter_map(|row| row.strip_prefix("| ")?.strip_suffix(" |"));
    let cells = rows.map(|row| row.split(" | ").map(str::trim).collect::<Vec<_>>());
    cells
        .filter(|cells| !cells[0].starts_with("**") && cells[0] != "what")
        .map(|cells| {
            let [what, bound, at_it, metric] = cells[..] else {
                panic!("four cells: {cells:?}");
            };
            Row {
                what: what.to_owned(),
                bound: bound.to_owned(),
                at_it: at_it.to_owned(),
                metric: metric.to_owned(),
            }
        })
        .collect()
}

/// The row of this name.
fn row<'t>(table: &'t [Row], what: &str) -> &'t Row {
    let mut found = table.iter().filter(|row| row.what == what);
    let (row, more) = (found.next(), found.next());
    assert!(more.is_none(), "two rows for {what:?}");
    row.unwrap_or_else(|| panic!("docs/operations.md has no row {what:?}"))
}

/// Whether a cell says one of these, as words of their own.
fn says(cell: &str, forms: &[String]) -> bool {
    let ends = |rest: Option<char>| !rest.is_some_and(|c| c.is_alphanumeric() || c == '.');
    forms.iter().any(|form| {
        cell.match_indices(form.as_str()).any(|(at, _)| {
            let before = cell[..at].chars().next_back();
            // A thousand is not said by a hundred thousand.
            let starts = !before.is_some_and(|c| c.is_alphanumeric() || matches!(c, '.' | ','));
            let after = &cell[at + form.len()..];
            let goes_on =
                after.starts_with(',') && after[1..].starts_with(|c: char| c.is_ascii_digit());
            starts && ends(after.chars().next()) && !goes_on
        })
    })
}

#[test]
fn every_constant_that_a_caller_can_meet_is_in_the_table_with_its_value() {
    let table = table();
    let constants = constants::all();
    assert!(constants.len() > 100, "{} constants", constants.len());
    for Constant { name, value } in &constants {
        let met: Vec<&str> = MET
            .iter()
            .filter(|(constant, _)| constant == name)
            .map(|(_, what)| *what)
            .collect();
        let inside = INSIDE
            .iter()
            .any(|(_, constants)| constants.contains(&name.as_str()));
        assert!(
            met.is_empty() == inside,
            "{name} is to be in one of the lists of tests/tests/it/documents/bounds/lists.rs"
        );
        for what in met {
            let bound = &row(&table, what).bound;
            let forms = value.forms();
            assert!(
                says(bound, &forms),
                "{name} is {forms:?}, and the row {what:?} says {bound:?}"
            );
        }
    }
    let known: BTreeSet<&str> = constants.iter().map(|c| c.name.as_str()).collect();
    let inside = INSIDE.iter().flat_map(|(_, constants)| *constants);
    for listed in MET.iter().map(|(constant, _)| constant).chain(inside) {
        assert!(known.contains(listed), "there is no {listed} any more");
    }
}

#[test]
fn every_text_of_an_order_is_in_the_table_with_its_length() {
    let table = table();
    let texts = constants::texts();
    assert!(texts.len() > 10, "{texts:?}");
    for (field, length) in texts {
        let form = [format!("`{field}` {}", value::grouped(length))];
        assert!(
            table.iter().any(|row| says(&row.bound, &form)),
            "no row says {form:?}"
        );
    }
}

#[test]
fn every_setting_that_is_a_bound_is_in_the_table_with_its_default() {
    let table = table();
    let page = read(&root().join("docs/configuration.md"));
    let mut checked = 0;
    for line in page.lines().filter(|line| line.starts_with("| `")) {
        let cells: Vec<&str> = line.split(" | ").collect();
        let name = cells[0].trim_matches(['|', ' ', '`']);
        let (allowed, default) = (cells[2], cells[3].trim_matches('`'));
        let Some(value) = Value::of_setting(name, allowed, default) else {
            continue;
        };
        let named = format!("`{name}`");
        let rows: Vec<&Row> = table.iter().filter(|r| r.bound.contains(&named)).collect();
        let excepted = NO_BOUNDS.iter().any(|(setting, _)| *setting == name);
        assert!(
            rows.is_empty() == excepted,
            "{name} is to be in the table of bounds, or in NO_BOUNDS"
        );
        let forms = value.forms();
        assert!(
            excepted || rows.iter().any(|row| says(&row.bound, &forms)),
            "the default of {name} is {forms:?}, and its rows say otherwise"
        );
        checked += 1;
    }
    assert!(checked > 40, "{checked} settings");
}

#[test]
fn every_bound_says_what_happens_and_what_counts_it() {
    let page = read(&root().join("docs/operations.md"));
    let metrics = page
        .lines()
        .filter_map(|line| line.strip_prefix("| `waybill_"));
    let metrics: BTreeSet<&str> = metrics.filter_map(|rest| rest.split('`').next()).collect();
    for row in table() {
        assert!(!row.bound.is_empty(), "{}: no bound", row.what);
        assert!(!row.at_it.is_empty(), "{}: what happens?", row.what);
        for metric in row.metric.split(", ").filter(|metric| *metric != "none") {
            let name = metric
                .strip_prefix("`waybill_")
                .and_then(|m| m.strip_suffix('`'));
            assert!(
                name.is_some_and(|name| metrics.contains(name)),
                "{}: no metric {metric}",
                row.what
            );
        }
    }
}
