//! What schemathesis reports, in findings.

use std::path::Path;
use std::process::ExitStatus;

use anyhow::Context as _;
use serde::Deserialize;

/// What came of one caller's requests.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Asked {
    pub(super) who: String,
    pub(super) requests: u64,
    pub(super) findings: Vec<String>,
}

#[derive(Deserialize)]
struct Report {
    /// Whether everything was tried that was to be.
    complete: bool,
    test_cases: Cases,
    failures: Vec<Failure>,
    #[serde(default)]
    errors: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
struct Cases {
    generated: u64,
}

#[derive(Deserialize)]
struct Failure {
    title: String,
    operations: Vec<serde_json::Value>,
}

/// Reads its report. What is not as it must be becomes a finding, also that it did not come to its end.
pub(super) fn judge(who: &str, report: &Path, status: ExitStatus) -> anyhow::Result<Asked> {
    let text = std::fs::read_to_string(report)
        .with_context(|| format!("no report; it ended with {status}"))?;
    let mut asked = read(who, &text)?;
    if !status.success() && asked.findings.is_empty() {
        asked
            .findings
            .push(format!("as {who}: it ended with {status}"));
    }
    Ok(asked)
}

fn read(who: &str, text: &str) -> anyhow::Result<Asked> {
    let report: Report = serde_json::from_str(text)?;
    let failures = report.failures.iter().map(|failure| {
        let operations = failure.operations.iter();
        let operations: Vec<_> = operations
            .map(|one| one.to_string().replace('"', ""))
            .collect();
        format!("as {who}: {}: {}", failure.title, operations.join(", "))
    });
    let errors = report.errors.iter();
    let mut findings: Vec<String> = failures
        .chain(errors.map(|error| format!("as {who}: could not be tried: {error}")))
        .collect();
    let requests = report.test_cases.generated;
    if !report.complete || requests == 0 {
        findings.push(format!("as {who}: not everything was tried"));
    }
    Ok(Asked {
        who: who.to_owned(),
        requests,
        findings,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fails_cannot_be_tried_or_was_not_is_found() {
        let report = |complete: bool, failures: &str, errors: &str| {
            format!(
                r#"{{"complete":{complete},"test_cases":{{"generated":7,"errored":0}},"failures":[{failures}],"errors":[{errors}]}}"#
            )
        };
        let failure =
            r#"{"type":"X","title":"Undocumented status code","operations":["GET /a","GET /b"]}"#;
        for (text, expected) in [
            (report(true, "", ""), vec![]),
            (
                report(true, failure, ""),
                vec!["as staff: Undocumented status code: GET /a, GET /b"],
            ),
            (
                report(true, "", "\"no\""),
                vec!["as staff: could not be tried: \"no\""],
            ),
            (
                report(false, "", ""),
                vec!["as staff: not everything was tried"],
            ),
        ] {
            let asked = read("staff", &text).unwrap();
            assert_eq!(
                (asked.requests, asked.findings),
                (7, expected.into_iter().map(str::to_owned).collect())
            );
        }
        assert!(read("staff", "{}").is_err());
    }
}
