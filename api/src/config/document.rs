//! Writes the table of settings as Markdown: `docs/configuration.md`, and what `--help` shows.

use std::fmt::Write as _;

use super::{SETTINGS, Setting, Unless};

const HEAD: &str = "\
# Configuration

Generated from the table in `api/src/config`; a test keeps it current (`WAYBILL_WRITE_DOCS=1 cargo test -p
waybill-api configuration` writes it anew).

Every setting is an environment variable and a key of the TOML file that `--config` or `WAYBILL_CONFIG`
names. The environment beats the file; a variable set to nothing counts as not set; a key that means nothing
is an error, so that a misspelt one is not overlooked. In the file a list may be an array.

Required are the database and one source of keys for tokens: `ACCESS_TOKEN_SECRET`,
`WAYBILL_JWT_PUBLIC_KEY_FILE`, `WAYBILL_JWKS_URL` or `WAYBILL_JWKS_FILE`. `waybill dev` supplies both by itself.
";

/// The whole page.
#[must_use]
pub fn markdown() -> String {
    let mut page = HEAD.to_owned();
    for (concern, settings) in SETTINGS {
        // Writing to a String can't fail.
        let _ = write!(
            page,
            "\n## {concern}\n\n| variable | key | allowed | default | meaning |\n|---|---|---|---|---|\n"
        );
        for setting in *settings {
            let _ = writeln!(
                page,
                "| `{}` | `{}` | {} | {} | {} |",
                setting.name,
                setting.key,
                setting.kind.allowed(),
                default_of(setting),
                setting.meaning
            );
        }
    }
    page
}

fn default_of(setting: &Setting) -> String {
    match setting.unless {
        Unless::Required => "**required**".to_owned(),
        Unless::Unset(meaning) => meaning.to_owned(),
        Unless::Default(value) => format!("`{value}`"),
    }
}
