//! Entity tags: an order's tag is its version, `"3"`.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use waybill_domain::Version;

use super::incoming::bad_header;
use crate::problem::Problem;

/// Most tags that are looked at in one header.
const TAGS_MAX: usize = 20;

/// What `If-Match` says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum IfMatch {
    /// It was not sent.
    Absent,
    /// `*`: whatever version the order has.
    Any,
    /// One of these versions. Empty if no tag was one of ours: then none matches.
    Versions(Vec<Version>),
}

impl IfMatch {
    /// Reads the header. Tags compare strongly (RFC 9110, 13.1.1), so a weak one matches nothing.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        Ok(match tags(headers, &header::IF_MATCH)? {
            None => Self::Absent,
            Some(Tags::Any) => Self::Any,
            Some(Tags::List(tags)) => {
                let strong = tags.into_iter().filter(|tag| !tag.weak);
                Self::Versions(strong.filter_map(|tag| tag.version).collect())
            }
        })
    }
}

/// Whether `If-None-Match` names this version, so that there is nothing new to send. Tags compare weakly.
pub fn is_known(headers: &HeaderMap, version: Version) -> Result<bool, Problem> {
    Ok(match tags(headers, &header::IF_NONE_MATCH)? {
        None => false,
        Some(Tags::Any) => true,
        Some(Tags::List(tags)) => tags.iter().any(|tag| tag.version == Some(version)),
    })
}

/// The order's tag.
#[must_use]
pub fn etag(version: Version) -> HeaderValue {
    // Digits and quotes are always fine in a header.
    HeaderValue::try_from(format!("\"{version}\"")).unwrap_or(HeaderValue::from_static("\"0\""))
}

enum Tags {
    Any,
    List(Vec<Tag>),
}

struct Tag {
    weak: bool,
    /// None for a tag that this service never made.
    version: Option<Version>,
}

/// No tag of ours holds a comma, so it is enough to split at commas; a tag of another maker that holds
/// one falls apart into parts that are refused.
fn tags(headers: &HeaderMap, name: &HeaderName) -> Result<Option<Tags>, Problem> {
    let mut found = Vec::new();
    let mut any = false;
    for line in headers.get_all(name) {
        for part in line.to_str().unwrap_or("?").split(',') {
            match part.trim() {
                "" => {}
                "*" => any = true,
                tag => found.push(read(tag).ok_or_else(|| refused(name))?),
            }
        }
    }
    match (any, found.len()) {
        (true, 0) => Ok(Some(Tags::Any)),
        (false, 1..=TAGS_MAX) => Ok(Some(Tags::List(found))),
        (false, 0) if !headers.contains_key(name) => Ok(None),
        _ => Err(refused(name)),
    }
}

fn read(tag: &str) -> Option<Tag> {
    let strong = tag.strip_prefix("W/").unwrap_or(tag);
    let inner = strong.strip_prefix('"')?.strip_suffix('"')?;
    let canonical = |version: &Version| version.to_string() == inner;
    Some(Tag {
        weak: strong.len() < tag.len(),
        version: inner.parse().ok().filter(canonical),
    })
}

fn refused(name: &HeaderName) -> Problem {
    bad_header(
        name.as_str(),
        "must be `*` or entity tags as they were received, such as \"3\"",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Code;

    fn headers(name: &HeaderName, lines: &[&'static str]) -> HeaderMap {
        let line = |line: &&'static str| (name.clone(), HeaderValue::from_static(line));
        lines.iter().map(line).collect()
    }

    #[test]
    fn if_match_reads_versions_and_passes_over_tags_that_are_none_of_ours() {
        for (lines, expected) in [
            (&[][..], IfMatch::Absent),
            (&["*"], IfMatch::Any),
            (&["\"3\""], IfMatch::Versions(vec![3])),
            (&["\"3\", \"4\""], IfMatch::Versions(vec![3, 4])),
            (&["\"3\"", "\"4\""], IfMatch::Versions(vec![3, 4])),
            (&["W/\"3\""], IfMatch::Versions(vec![])),
            (&["\"abc\""], IfMatch::Versions(vec![])),
            (&["\"03\""], IfMatch::Versions(vec![])),
        ] {
            let read = IfMatch::of(&headers(&header::IF_MATCH, lines));
            assert_eq!(read.unwrap(), expected, "{lines:?}");
        }
        for lines in [&["3"][..], &[""], &["\"3"], &["*, \"3\""], &["W/3"]] {
            let read = IfMatch::of(&headers(&header::IF_MATCH, lines));
            assert_eq!(
                read.unwrap_err().code(),
                Code::MalformedRequest,
                "{lines:?}"
            );
        }
    }

    #[test]
    fn if_none_match_compares_weakly() {
        let known = |line| is_known(&headers(&header::IF_NONE_MATCH, &[line]), 3).unwrap();
        assert!(known("\"3\"") && known("W/\"3\"") && known("\"1\", \"3\"") && known("*"));
        assert!(!known("\"2\"") && !known("\"abc\""));
        assert!(!is_known(&HeaderMap::new(), 3).unwrap());
    }
}
