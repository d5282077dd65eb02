//! The text format of Prometheus, made of OpenMetrics text. The values are written alike; a counter
//! is described under the name of its series, and there is neither a unit nor an end.

use std::collections::HashSet;

/// The same metrics in the older format.
pub(super) fn from_open_metrics(text: &str) -> String {
    let types = text.lines().filter_map(|line| line.strip_prefix("# TYPE "));
    let counters: HashSet<&str> = types.filter_map(|line| line.strip_suffix(" counter")).collect();
    let mut plain = String::with_capacity(text.len());
    for line in text.lines() {
        match described(line) {
            None => plain.push_str(line),
            Some((what @ ("HELP" | "TYPE"), name, told)) => {
                let ending = if counters.contains(name) { "_total" } else { "" };
                plain.push_str(&format!("# {what} {name}{ending} {told}"));
            }
            Some(_) => continue,
        }
        plain.push('\n');
    }
    plain
}

/// What a line of description says, of which name.
fn described(line: &str) -> Option<(&str, &str, &str)> {
    let line = line.strip_prefix("# ")?;
    let (what, rest) = line.split_once(' ').unwrap_or((line, ""));
    let (name, told) = rest.split_once(' ').unwrap_or((rest, ""));
    Some((what, name, told))
}

#[cfg(test)]
mod tests {
    use super::from_open_metrics;

    #[test]
    fn counters_are_described_under_the_name_of_their_series() {
        let open = "# HELP x_calls Calls.\n# TYPE x_calls counter\nx_calls_total{a=\"# HELP x\"} 1\n\
            # HELP x_busy_seconds Time.\n# TYPE x_busy_seconds gauge\n\
            # UNIT x_busy_seconds seconds\nx_busy_seconds 2.5\n# EOF\n";
        let plain = "# HELP x_calls_total Calls.\n# TYPE x_calls_total counter\n\
            x_calls_total{a=\"# HELP x\"} 1\n# HELP x_busy_seconds Time.\n\
            # TYPE x_busy_seconds gauge\nx_busy_seconds 2.5\n";
        assert_eq!(from_open_metrics(open), plain);
    }
}
