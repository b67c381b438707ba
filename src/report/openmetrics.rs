//! The report for a monitoring system: `OpenMetrics` text. Pure.
//!
//! Source of the form: `github.com/prometheus/OpenMetrics`, specification 1.0.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use super::Report;
use crate::model::diagnosis::{Code, Severity};
use crate::model::plain;

/// Writes the report as metrics, with the end that the form asks for.
pub fn openmetrics(report: &Report, out: &mut dyn Write) -> io::Result<()> {
    let mut family = |name: &str, help: &str, values: &[(String, usize)]| {
        writeln!(out, "# TYPE cf_domauth_{name} gauge\n# HELP cf_domauth_{name} {help}")?;
        values.iter().try_for_each(|(labels, value)| writeln!(out, "cf_domauth_{name}{labels} {value}"))
    };
    let [open, failed, fine] = report.by_need();
    let states = [("fine", fine), ("attention", open), ("not_read", failed)];
    let states = states.map(|(word, count)| (labels(&[("state", word)]), count));
    family("zones", "Zones by what was found in them.", &states)?;
    let mut findings: BTreeMap<(&str, Code, Severity, bool), usize> = BTreeMap::new();
    for zone in &report.zones {
        for finding in zone.concerns() {
            let key = (zone.label.as_str(), finding.code(), finding.severity(), zone.is_new(finding));
            *findings.entry(key).or_default() += 1;
        }
    }
    let is_compared = report.zones.iter().any(|zone| zone.news.is_some());
    let findings = findings.into_iter().map(|((zone, code, severity, is_new), n)| {
        let mut all = vec![("zone", zone), ("code", code.word()), ("severity", severity.word())];
        all.extend(is_compared.then_some(("new", if is_new { "true" } else { "false" })));
        (labels(&all), n)
    });
    family("findings", "Findings by zone, code and severity.", &findings.collect::<Vec<_>>())?;
    // A series may stand there once, and several profiles may each have a listing that failed.
    let unread = report.zones.iter().filter(|zone| zone.error.is_some());
    let unread: BTreeSet<&str> = unread.map(|zone| zone.label.as_str()).collect();
    let unread: Vec<_> = unread.into_iter().map(|zone| (labels(&[("zone", zone)]), 1)).collect();
    family("zone_not_read", "A zone that could not be read.", &unread)?;
    let one = |value: usize| [(String::new(), value)];
    family("api_calls", "Requests sent to the API by the run.", &one(report.api_calls))?;
    family("exit_status", "The exit status of the run.", &one(report.exit().code().into()))?;
    let at = usize::try_from(report.at.as_second()).unwrap_or_default();
    family("run_timestamp_seconds", "When the run ended.", &one(at))?;
    writeln!(out, "# EOF")
}

/// Names and values.
fn labels(all: &[(&str, &str)]) -> String {
    let escaped = |value: &str| plain::sanitize_line(value).replace('\\', "\\\\").replace('"', "\\\"");
    let all: Vec<String> = all.iter().map(|(name, value)| format!("{name}=\"{}\"", escaped(value))).collect();
    format!("{{{}}}", all.join(","))
}
