//! What a run has shown.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::time::Duration;

use indicatif::{HumanCount, HumanFloatCount};
use owo_colors::OwoColorize as _;
use serde::Serialize;
use waybill_infra::histogram::Counts;

use super::account::Faults;
use super::clock::Difference;

/// A run, as `--json` prints it.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    /// What the references, customers and accounts of the run begin with.
    pub(super) run: String,
    pub(super) url: String,
    pub(super) topic: String,
    pub(super) clients: u32,
    pub(super) warm_up_secs: f64,
    /// How long was measured.
    pub(super) measured_secs: f64,
    /// From the first connection until all were live.
    pub(super) all_live_secs: f64,
    pub(super) commands: Commands,
    pub(super) deliveries: Deliveries,
    #[serde(flatten)]
    pub(super) faults: Faults,
    /// Connections that were lost and made again.
    pub(super) reconnects: u64,
    /// Cursors that the server did not know any more.
    pub(super) resets: u64,
    /// Clients that were sent away for good.
    pub(super) gave_up: usize,
    pub(super) clock: Difference,
    /// Whether somebody ended it before its time.
    pub(super) interrupted: bool,
    /// What a reader must know before he believes the figures.
    pub(super) warnings: Vec<String>,
}

/// The commands of the measured time.
#[derive(Debug, Serialize)]
pub(super) struct Commands {
    /// How many were due, and how many of them were sent.
    pub(super) due: u64,
    pub(super) sent: u64,
    pub(super) applied: u64,
    pub(super) applied_per_second: f64,
    /// By the problem's code; of the whole run.
    pub(super) refused: BTreeMap<String, u64>,
    /// From when a command was due until it was answered.
    pub(super) latency: Quantiles,
}

/// The events of the measured time.
#[derive(Debug, Serialize)]
pub(super) struct Deliveries {
    pub(super) count: u64,
    pub(super) per_second: f64,
    /// From when an event was recorded until a client had it.
    pub(super) latency: Quantiles,
}

/// How long things took, in milliseconds; nothing where nothing was counted.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "the unit, which whoever reads the JSON must not have to guess"
)]
pub(super) struct Quantiles {
    p50_ms: Option<f64>,
    p99_ms: Option<f64>,
    p999_ms: Option<f64>,
    most_ms: Option<f64>,
}

impl From<Counts> for Quantiles {
    fn from(counts: Counts) -> Self {
        let at = |share| {
            counts
                .quantile(share)
                .map(|took: Duration| took.as_secs_f64() * 1e3)
        };
        Self {
            p50_ms: at(0.5),
            p99_ms: at(0.99),
            p999_ms: at(0.999),
            most_ms: at(1.0),
        }
    }
}

impl Quantiles {
    fn cells(&self) -> String {
        let cell = |ms: &Option<f64>| match ms {
            None => "–".to_owned(),
            Some(ms) if *ms >= 99.95 => format!("{ms:.0} ms"),
            Some(ms) if *ms >= 9.995 => format!("{ms:.1} ms"),
            Some(ms) => format!("{ms:.2} ms"),
        };
        let all = [&self.p50_ms, &self.p99_ms, &self.p999_ms, &self.most_ms];
        all.map(|ms| format!("{:>11}", cell(ms))).concat()
    }
}

impl Report {
    /// Whether every event came once, in order, to everybody.
    pub(super) fn kept_the_promise(&self) -> bool {
        self.faults.none() && self.resets == 0
    }

    /// Prints it for people.
    pub(super) fn tell(&self, out: &mut impl Write) -> io::Result<()> {
        writeln!(
            out,
            "{}: {} clients on {} at {}, measured for {:.1} s after {:.1} s of warm-up{}",
            self.run,
            HumanCount(u64::from(self.clients)),
            self.topic,
            self.url,
            self.measured_secs,
            self.warm_up_secs,
            if self.interrupted {
                ", then interrupted"
            } else {
                ""
            },
        )?;
        let heads = ["a second", "p50", "p99", "p99.9", "most"];
        let heads = heads.map(|head| format!("{head:>11}")).concat();
        writeln!(out, "\n{:12}{}", "", heads.dimmed())?;
        let rows = [
            (
                "commands",
                self.commands.applied_per_second,
                &self.commands.latency,
            ),
            (
                "deliveries",
                self.deliveries.per_second,
                &self.deliveries.latency,
            ),
        ];
        for (what, per_second, latency) in rows {
            let per_second = HumanFloatCount((per_second * 10.0).round() / 10.0).to_string();
            writeln!(out, "{what:12}{per_second:>11}{}", latency.cells())?;
        }
        writeln!(
            out,
            "{}",
            "A command counts from when it was due until it was answered, a delivery from its commit to the client.".dimmed()
        )?;
        self.tell_faults(out)?;
        writeln!(
            out,
            "All clients were live after {:.1} s; {} connections were lost and made again.",
            self.all_live_secs,
            HumanCount(self.reconnects)
        )?;
        self.tell_clock(out)?;
        for warning in &self.warnings {
            writeln!(out, "{} {warning}", "warning:".yellow().bold())?;
        }
        writeln!(
            out,
            "Its orders stay: their references and customers begin with {}-.",
            self.run
        )
    }

    fn tell_faults(&self, out: &mut impl Write) -> io::Result<()> {
        let came = HumanCount(self.deliveries.count);
        if self.kept_the_promise() {
            let fine = "Nothing was lost, doubled or out of order";
            return writeln!(out, "\n{} among {came} deliveries.", fine.green());
        }
        let Faults {
            lost,
            doubled,
            out_of_order,
        } = self.faults;
        let told = format!(
            "{} lost, {} doubled, {} out of order, {} clients had to start anew",
            HumanCount(lost),
            HumanCount(doubled),
            HumanCount(out_of_order),
            HumanCount(self.resets)
        );
        writeln!(
            out,
            "\n{} beside {came} measured deliveries.",
            told.red().bold()
        )
    }

    fn tell_clock(&self, out: &mut impl Write) -> io::Result<()> {
        let Difference {
            offset_ms,
            within_ms,
            steady,
        } = self.clock;
        if !steady {
            return writeln!(
                out,
                "{} a clock was set while it was looked at, so the latencies of deliveries say little.",
                "warning:".yellow().bold()
            );
        }
        if offset_ms == 0.0 {
            return writeln!(
                out,
                "The database's clock and this machine's agree, to within {within_ms:.2} ms as far as can be told."
            );
        }
        writeln!(
            out,
            "{} the database's clock is {:.1} ms {} this machine's. Latencies of deliveries were corrected by that, \
             are right to within {within_ms:.1} ms, and so say more compared with each other than by themselves.",
            "warning:".yellow().bold(),
            offset_ms.abs(),
            if offset_ms > 0.0 {
                "ahead of"
            } else {
                "behind"
            },
        )
    }
}

#[cfg(test)]
mod tests {
    use waybill_infra::histogram::Histogram;

    use super::*;

    fn report(faults: Faults, offset_ms: f64) -> Report {
        let histogram = Histogram::default();
        histogram.record(Duration::from_micros(1_500));
        histogram.record(Duration::from_millis(250));
        Report {
            run: "bench-0".into(),
            url: "http://127.0.0.1:8080".into(),
            topic: "orders".into(),
            clients: 1_000,
            warm_up_secs: 5.0,
            measured_secs: 30.0,
            all_live_secs: 0.8,
            commands: Commands {
                due: 1_500,
                sent: 1_500,
                applied: 1_500,
                applied_per_second: 50.0,
                refused: BTreeMap::new(),
                latency: Histogram::default().drain().into(),
            },
            deliveries: Deliveries {
                count: 1_500_000,
                per_second: 50_000.0,
                latency: histogram.drain().into(),
            },
            faults,
            reconnects: 2,
            resets: 0,
            gave_up: 0,
            clock: Difference {
                offset_ms,
                within_ms: 0.4,
                steady: true,
            },
            interrupted: false,
            warnings: vec!["something.".into()],
        }
    }

    fn told(report: &Report) -> String {
        let mut out = anstream::StripStream::new(Vec::new());
        report.tell(&mut out).unwrap();
        String::from_utf8(out.into_inner()).unwrap()
    }

    #[test]
    fn a_good_run_is_told_in_a_table() {
        insta::assert_snapshot!(told(&report(Faults::default(), 0.0)));
    }

    #[test]
    fn losses_and_clocks_that_differ_are_told() {
        let faults = Faults {
            lost: 3,
            doubled: 0,
            out_of_order: 1,
        };
        let report = report(faults, -4_000.0);
        assert!(!report.kept_the_promise());
        let told = told(&report);
        assert!(told.contains("3 lost, 0 doubled, 1 out of order"), "{told}");
        assert!(told.contains("clock is 4000.0 ms behind"), "{told}");
    }
}
