//! Times as they are given on the command line.

use std::time::Duration;

/// Reads `90s`, `30m`, `1h` or `7d`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let wrong = || "must be a whole number with s, m, h or d, such as 90s or 7d".to_owned();
    let unit = text.chars().last().ok_or_else(wrong)?;
    let secs = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3_600,
        'd' => 86_400,
        _ => return Err(wrong()),
    };
    let digits = &text[..text.len() - 1];
    let plain = !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_digit());
    let number: u64 = digits.parse().ok().filter(|_| plain).ok_or_else(wrong)?;
    number
        .checked_mul(secs)
        .map(Duration::from_secs)
        .ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_need_a_number_and_a_unit() {
        for (text, secs) in [("90s", 90), ("30m", 1_800), ("1h", 3_600), ("7d", 604_800)] {
            assert_eq!(duration(text), Ok(Duration::from_secs(secs)));
        }
        for text in [
            "",
            "h",
            "1",
            "1w",
            "-1h",
            "+1h",
            "1.5h",
            "1h ",
            "99999999999999999999d",
            "9999999999999999d",
            "1ü",
        ] {
            assert!(duration(text).is_err(), "{text:?}");
        }
    }
}
