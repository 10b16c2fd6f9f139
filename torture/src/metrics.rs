//! What nodes say of themselves at `/metrics`.

/// The greatest that a node says of this quantile of a summary, whatever its labels.
pub fn quantile(metrics: &str, name: &str, quantile: &str) -> f64 {
    let wanted = format!("quantile=\"{quantile}\"");
    let lines = metrics
        .lines()
        .filter(|line| line.starts_with(name) && line.contains(&wanted));
    let values = lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    values.fold(0.0, f64::max)
}

/// The sum of a metric over its labels, but those that are in its name.
pub fn sum(metrics: &str, name: &str) -> u64 {
    let lines = metrics.lines().filter_map(|line| line.strip_prefix(name));
    let values = lines.filter(|rest| rest.starts_with(['{', ' ']));
    let values = values.filter_map(|rest| rest.rsplit(' ').next()?.parse::<u64>().ok());
    values.sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_worst_of_all_channels_is_taken() {
        let metrics = "a_seconds{channel=\"sse\",quantile=\"0.99\"} 0.5\n\
                       a_seconds{channel=\"websocket\",quantile=\"0.99\"} 0.75\n\
                       a_seconds{channel=\"websocket\",quantile=\"0.5\"} 3\n\
                       b_seconds{quantile=\"0.99\"} 9\n";
        assert!((quantile(metrics, "a_seconds", "0.99") - 0.75).abs() < f64::EPSILON);
    }

    #[test]
    fn a_metric_is_summed_over_its_labels_and_no_other_is() {
        let metrics = "# TYPE a gauge\na{channel=\"sse\"} 2\na{channel=\"websocket\"} 3\na_b 7\n";
        assert_eq!(sum(metrics, "a"), 5);
        assert_eq!(sum(metrics, "a{channel=\"sse\"}"), 2);
        assert_eq!(sum("a 4\n", "a"), 4);
    }
}
