//! The README's section, between two marks.

use std::fmt::Write as _;

use super::Report;
use crate::measured::figure;
use crate::targets::TARGETS;

const BEGIN: &str = "<!-- figures: made by `make bench` -->\n";
const END: &str = "<!-- end of figures -->\n";

/// The README with its section made anew; nothing if it has none.
pub fn with_section(readme: &str, report: &Report) -> Option<String> {
    let (before, rest) = readme.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}{}{END}{after}", table(report)))
}

/// A row for each verdict, and one for each target that none speaks of.
fn table(report: &Report) -> String {
    let mut table = String::from("| work | wanted | found |\n|---|---|---:|\n");
    for target in TARGETS {
        if report.verdicts(target.id).next().is_none() {
            let (title, wanted) = (target.title, target.wanted);
            let _ = writeln!(table, "| {title} | {wanted} | **not measured** |");
        }
        for verdict in report.verdicts(target.id) {
            let missed = if verdict.met { "" } else { ", **missed**" };
            let (wanted, value) = (&verdict.target, figure(verdict.value));
            let (title, unit) = (target.title, &verdict.unit);
            // Writing to a String cannot fail.
            let _ = writeln!(table, "| {title} | {wanted} | {value} {unit}{missed} |");
        }
    }
    table
}
