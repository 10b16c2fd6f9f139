//! How snapshots are compared.

use serde_json::Value;

/// Compares with the snapshot of this name. Maps are sorted, because their order depends
/// on how `serde_json` was built, and neither the log nor a client relies on it.
#[track_caller]
pub fn snapshot(name: &str, value: &Value) {
    let mut settings = insta::Settings::clone_current();
    settings.set_sort_maps(true);
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.bind(|| insta::assert_json_snapshot!(name, value));
}
