//! What a bound is worth, and how the table may say it.

/// A number, or a time in milliseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Number(u64),
    Millis(u64),
}

impl Value {
    /// Of a constant's expression, as far as constants of this project go.
    pub(super) fn of(expression: &str) -> Option<Self> {
        let expression = expression.strip_prefix("std::time::").unwrap_or(expression);
        if let Some(call) = expression.strip_prefix("Duration::from_") {
            let (unit, number) = call.strip_suffix(')')?.split_once('(')?;
            let number = number_of(number)?;
            let millis = match unit {
                "micros" => return Some(Self::Number(number)),
                "millis" => number,
                "secs" => number * 1_000,
                "mins" => number * 60_000,
                "hours" => number * 3_600_000,
                _ => return None,
            };
            return Some(Self::Millis(millis));
        }
        let inner = expression
            .strip_prefix("NonZeroUsize::new(")
            .and_then(|rest| rest.strip_suffix(").unwrap()"));
        number_of(inner.unwrap_or(expression)).map(Self::Number)
    }

    /// Of a setting's default, if the setting is a number.
    pub(super) fn of_setting(name: &str, allowed: &str, default: &str) -> Option<Self> {
        let number = default.parse().ok();
        if allowed.starts_with("whole seconds") {
            Some(Self::Millis(number? * 1_000))
        } else if allowed.starts_with("whole milliseconds") {
            Some(Self::Millis(number?))
        } else if allowed.starts_with("whole number") {
            let scale = if name.ends_with("_MIB") { 1 << 20 } else { 1 };
            Some(Self::Number(number? * scale))
        } else {
            None
        }
    }

    /// The ways in which the table may say it.
    pub(super) fn forms(self) -> Vec<String> {
        match self {
            Self::Number(n) => {
                let mut forms = vec![grouped(n)];
                for (shift, unit) in [(10, "KiB"), (20, "MiB")] {
                    if n > 0 && n.trailing_zeros() >= shift {
                        forms.push(format!("{} {unit}", grouped(n >> shift)));
                    }
                }
                if let (true, Some(exponent)) = ((n + 1).is_power_of_two(), power(n + 1)) {
                    forms.push(format!("{exponent}−1"));
                }
                // Small ones are also said in words.
                let words = ["", "", "two", "", "a quarter", "", "", "", ""];
                let word = usize::try_from(n).ok().and_then(|n| words.get(n));
                forms.extend(word.filter(|word| !word.is_empty()).map(|&w| w.to_owned()));
                forms
            }
            Self::Millis(ms) => {
                let units = [
                    (1, "ms"),
                    (1_000, "s"),
                    (60_000, "min"),
                    (3_600_000, "h"),
                    (86_400_000, "day"),
                    (86_400_000, "days"),
                ];
                let whole = units.iter().filter(|(unit, _)| ms % unit == 0);
                let mut forms: Vec<String> = whole
                    .map(|(unit, name)| format!("{} {name}", grouped(ms / unit)))
                    .collect();
                if ms % 1_000 != 0 && ms % 100 == 0 {
                    forms.push(format!("{}.{} s", ms / 1_000, ms % 1_000 / 100));
                }
                forms
            }
        }
    }
}

/// Two to a power, in the table's way.
fn power(n: u64) -> Option<String> {
    let digits = ["⁰", "¹", "²", "³", "⁴", "⁵", "⁶", "⁷", "⁸", "⁹"];
    let exponent = n.checked_ilog2()?.to_string();
    let raised: String = exponent
        .bytes()
        .map(|digit| digits[usize::from(digit - b'0')])
        .collect();
    Some(format!("2{raised}"))
}

/// A number with commas between its thousands.
pub(super) fn grouped(n: u64) -> String {
    let digits = n.to_string();
    let mut grouped = String::new();
    for (nth, digit) in digits.chars().enumerate() {
        if nth > 0 && (digits.len() - nth).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// `8_192`, `4 << 20`, `8 * 1024`, `(1 << 53) - 1`.
fn number_of(expression: &str) -> Option<u64> {
    let expression = expression.trim();
    if let Some((left, right)) = expression.rsplit_once(" - ") {
        return Some(number_of(left)? - number_of(right)?);
    }
    if let Some((left, right)) = expression.rsplit_once(" << ") {
        return Some(number_of(left)? << number_of(right)?);
    }
    if let Some((left, right)) = expression.rsplit_once(" * ") {
        return Some(number_of(left)? * number_of(right)?);
    }
    let plain = expression.trim_matches(['(', ')']).replace('_', "");
    plain.parse().ok()
}

#[test]
fn values_are_read_and_said_as_people_write_them() {
    for (expression, form) in [
        ("8_192", "8,192"),
        ("4 << 20", "4 MiB"),
        ("256 * 1024", "256 KiB"),
        ("(1 << 53) - 1", "2⁵³−1"),
        ("Duration::from_hours(168)", "7 days"),
        ("Duration::from_millis(100)", "0.1 s"),
        ("NonZeroUsize::new(4_096).unwrap()", "4 KiB"),
    ] {
        let forms = Value::of(expression).unwrap().forms();
        assert!(forms.iter().any(|f| f == form), "{expression}: {forms:?}");
    }
    assert_eq!(Value::of("PACKETS + SPARE"), None);
}
