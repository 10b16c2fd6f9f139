//! `docs/events.md` holds tables that follow from the code. They stand between two marks,
//! and `WAYBILL_WRITE_DOCS=1 cargo test -p waybill-domain documents` writes them anew.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use waybill_domain::stored::{FORMS, current_version};
use waybill_domain::wire::field_audiences;
use waybill_domain::{Audience, EventKind};

fn is_current(name: &str, table: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md");
    let page = std::fs::read_to_string(&path).unwrap();
    let (begin, end) = (
        format!("<!-- begin: {name} -->\n"),
        format!("<!-- end: {name} -->"),
    );
    let (before, rest) = page.split_once(&begin).expect("the mark where it begins");
    let (written, after) = rest.split_once(&end).expect("the mark where it ends");
    if std::env::var_os("WAYBILL_WRITE_DOCS").is_some() {
        let page = format!("{before}{begin}{table}{end}{after}");
        std::fs::write(&path, page).unwrap();
    } else {
        assert_eq!(written, table, "the table of {name} is not current");
    }
}

/// One test, because both tables are in one file.
#[test]
fn the_documents_tables_are_current() {
    is_current("forms", &forms());
    for shape in ["event", "summary", "order"] {
        is_current(shape, &fields(shape));
    }
}

fn forms() -> String {
    let mut table =
        "| stored as | sent as | versions ever written | today |\n|---|---|---|---|\n".to_owned();
    for kind in EventKind::ALL {
        let versions: Vec<&str> = FORMS
            .iter()
            .filter(|form| form.kind == kind)
            .map(|form| form.version)
            .collect();
        writeln!(
            table,
            "| `{}` | `{}` | {} | {} |",
            kind.stored_type(),
            kind.wire_type(),
            versions.join(", "),
            current_version(kind)
        )
        .unwrap();
    }
    table
}

/// A row a place; in it each field stands in the column of the least audience that sees it.
fn fields(shape: &str) -> String {
    let mut places: Vec<String> = Vec::new();
    let mut rows: BTreeMap<String, [Vec<String>; 3]> = BTreeMap::new();
    for field in field_audiences().into_iter().filter(|f| f.shape == shape) {
        let (place, name) = split(&field.path);
        if !places.contains(&place) {
            places.push(place.clone());
        }
        let column = match field.audience {
            Audience::Guest => 0,
            Audience::Customer => 1,
            Audience::Staff => 2,
        };
        let cell = &mut rows.entry(place).or_default()[column];
        let name = format!("`{name}`");
        if !cell.contains(&name) {
            cell.push(name);
        }
    }
    let mut table =
        "| in | everybody, guests too | the customer, staff | staff only |\n|---|---|---|---|\n"
            .to_owned();
    for place in &places {
        let cells = rows[place].each_ref().map(|cell| cell.join(", "));
        writeln!(table, "| {place} | {} |", cells.join(" | ")).unwrap();
    }
    table
}

/// The place and the field's name in it. What a change has before and after is one place.
fn split(path: &str) -> (String, String) {
    let at = path.find(".items[]").or_else(|| path.rfind('.'));
    let (place, name) = at.map_or(("", path), |at| (&path[..at], &path[at + 1..]));
    let place = match place
        .strip_suffix(".before")
        .or(place.strip_suffix(".after"))
    {
        Some(change) => format!("`{change}.before`, `.after`"),
        None if place.is_empty() => "the top".to_owned(),
        None => format!("`{place}`"),
    };
    (place, name.to_owned())
}
