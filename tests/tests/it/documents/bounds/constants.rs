//! The constants in the code that may bound something, found by reading it.

use super::super::{files, read, root};
use super::value::Value;

/// A number or a time that the code names.
pub(super) struct Constant {
    /// Its file and its name.
    pub(super) name: String,
    pub(super) value: Value,
}

/// Parts of the code that meet no caller: the private Postgres, what `waybill dev`, `waybill bench` and the fuzzing do,
/// and where something lies in a row or a number.
const ELSEWHERE: [&str; 9] = [
    "/fuzzing",
    "/demo",
    "/cli/bench/",
    "/cli/dev/",
    "/private_postgres/",
    "/histogram.rs",
    "/log/event.rs",
    "/auth/testing.rs",
    "/projections/src/copy.rs",
];

const CRATES: [&str; 4] = ["domain", "infra", "projections", "api"];

/// Types of bounds.
const TYPES: [&str; 9] = [
    "usize",
    "u16",
    "u32",
    "u64",
    "i64",
    "Duration",
    "std::time::Duration",
    "NonZeroUsize",
    "NonZeroU32",
];

/// All of them that can be worked out from their line.
pub(super) fn all() -> Vec<Constant> {
    let mut found = Vec::new();
    for (path, code) in code() {
        // The type that a constant belongs to; several of a file may have one of the same name.
        let mut owner = String::new();
        for line in code.lines() {
            if let Some(("impl" | "impl<T>", implemented)) = line.split_once(' ') {
                let name = implemented.split([' ', '<']).next().unwrap_or_default();
                owner = format!("{name}::");
            } else if line == "}" {
                owner.clear();
            }
            if let Some((name, value)) = constant(line) {
                let name = format!("{path} {owner}{name}");
                found.push(Constant { name, value });
            }
        }
    }
    found
}

/// The constant that a line declares, if it may be a bound.
fn constant(line: &str) -> Option<(&str, Value)> {
    let (_, declared) = line.split_once("const ")?;
    let (name, rest) = declared.split_once(": ")?;
    let (kind, expression) = rest.split_once(" = ")?;
    let bounds = TYPES.contains(&kind) && name.chars().all(|c| !c.is_lowercase());
    let value = Value::of(expression.strip_suffix(';')?)?;
    bounds.then_some((name, value))
}

/// The fields of orders that are texts, with the characters that they may have.
pub(super) fn texts() -> Vec<(String, u64)> {
    let mut found = Vec::new();
    for (path, code) in code() {
        // Fields of what is shown and stored are those of what is taken in.
        if !path.starts_with("domain/src") || path.contains("/wire") || path.contains("/event") {
            continue;
        }
        found.extend(code.lines().filter_map(|line| {
            let (field, kind) = line.trim().strip_prefix("pub ")?.split_once(": ")?;
            let (_, length) = kind.split_once("Text<")?;
            let length = length.split('>').next()?.parse().ok()?;
            Some((field.to_owned(), length))
        }));
    }
    found
}

/// The code without its tests, by path.
fn code() -> Vec<(String, String)> {
    let root = root();
    let mut all = Vec::new();
    for part in CRATES {
        for file in files(&root.join(part).join("src"), ".rs") {
            let path = file.strip_prefix(&root).expect("below the root");
            let path = path.to_string_lossy().into_owned();
            let tests = path.ends_with("/tests.rs") || path.contains("/tests/");
            if tests
                || ELSEWHERE
                    .iter()
                    .any(|part| format!("/{path}").contains(part))
            {
                continue;
            }
            let code = read(&file);
            let code = code
                .split("#[cfg(test)]\nmod tests")
                .next()
                .unwrap_or(&code);
            all.push((path, code.to_owned()));
        }
    }
    all
}
