use std::process::Command;

/// What the log holds of `topic`, one event a line, with names in place of ids, cursors and times.
pub(super) fn log_of(waybill: &mut Command, topic: &str) -> String {
    let output = waybill
        .args(["snapshot", "--topic", topic])
        .output()
        .expect("waybill runs");
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).expect("JSON is UTF-8")
}
