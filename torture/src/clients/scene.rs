//! A node, good clients on it, somebody who places orders, and what all that costs in one phase and the next.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use anyhow::Context as _;
use tokio::task::JoinHandle;
use waybill_tests::process::memory_kib;

use super::good::{Good, Wanted};
use super::shop::{Shop, Writer};
use crate::metrics::sum;
use crate::options::Options;
use crate::stage::Stage;
use crate::tried::{Figure, Tried};

/// What the good ones may have to wait, beside five times what they have to on a calm day.
const MOST_MS: f64 = 200.0;
/// How often the node's memory is looked at.
const LOOK: Duration = Duration::from_millis(50);
/// How long the last events may take to come.
const LAST: Duration = Duration::from_secs(10);
/// How long the node may take to notice that clients have gone.
const GONE: Duration = Duration::from_secs(30);

/// See the module's documentation.
pub(super) struct Scene {
    pub(super) stage: Stage,
    pub(super) shop: Shop,
    /// Whoever follows all orders; the others follow one customer each.
    staff: u64,
}

/// What one phase cost.
pub(super) struct Cost {
    pub(super) median_ms: f64,
    pub(super) p99_ms: f64,
    /// Memory of the node at most.
    pub(super) resident_mib: f64,
    /// Deliveries that were measured.
    pub(super) deliveries: u64,
}

impl Scene {
    /// A node with further variables, whose log holds so many orders already.
    pub(super) async fn set(
        options: &Options,
        work: &str,
        more: &[(&str, &str)],
        orders: u64,
    ) -> anyhow::Result<Self> {
        let mut stage = Stage::set(options, work).await?;
        stage.start_node(more).await?;
        let address = stage.nodes.first().context("a node")?.address();
        let shop = Shop::new(address)?;
        shop.fill(orders).await?;
        Ok(Self {
            stage,
            shop,
            staff: 0,
        })
    }

    /// Has the good ones come.
    pub(super) async fn gather(&mut self, wanted: Vec<Wanted>) -> anyhow::Result<Good> {
        self.staff = wanted.iter().filter(|one| one.whole_log).count() as u64;
        let address = self.stage.nodes.first().context("a node")?.address();
        Good::gather(address, wanted).await
    }

    /// Measures what the good ones get while `meanwhile` goes on, and what the node holds.
    pub(super) async fn phase<T>(
        &self,
        good: &Good,
        meanwhile: impl Future<Output = anyhow::Result<T>>,
    ) -> anyhow::Result<(T, Cost)> {
        let id = self.stage.nodes.first().context("a node")?.id();
        let watch = Watch::begin(id);
        drop(good.latency());
        let done = meanwhile.await?;
        let latency = good.latency();
        let ms = |share| {
            let took = latency.quantile(share).unwrap_or_default();
            took.as_secs_f64() * 1e3
        };
        let cost = Cost {
            median_ms: ms(0.5),
            p99_ms: ms(0.99),
            resident_mib: watch.end().await?,
            deliveries: latency.count(),
        };
        Ok((done, cost))
    }

    /// Checks that everything came to whom it was for, that nobody is left but the good ones, and that the node has
    /// complained of nothing; then everybody leaves.
    pub(super) async fn close(
        self,
        good: Good,
        writer: Writer,
        before: u64,
        tried: &mut Tried,
    ) -> anyhow::Result<()> {
        let (placed, failed) = writer.enough().await?;
        tried.count("orders placed meanwhile", placed);
        tried.count("orders that could not be placed", failed);
        if failed > 0 {
            let finding = format!("{failed} orders of good callers were not placed");
            tried.findings.push(finding);
        }
        let owed = placed * self.staff.max(1);
        let mut waited = Duration::ZERO;
        while good.came() - before < owed && waited < LAST {
            tokio::time::sleep(LOOK).await;
            waited += LOOK;
        }
        let came = good.came() - before;
        tried.count("events delivered to good clients", came);
        if came != owed {
            let finding = format!("{came} events came to good clients, {owed} are theirs");
            tried.findings.push(finding);
        }
        tried.findings.extend(good.findings());
        self.count_closes(tried).await?;
        self.only_the_good_are_left(&good, tried).await?;
        good.leave()?;
        tried.findings.extend(self.complaints()?);
        tried.findings.extend(self.stage.verify().await?);
        self.stage.clear(&tried.findings).await
    }

    /// Adds how often the node closed a client, by code.
    async fn count_closes(&self, tried: &mut Tried) -> anyhow::Result<()> {
        let metrics = self
            .stage
            .nodes
            .first()
            .context("a node")?
            .metrics()
            .await?;
        let closes = metrics.lines().filter_map(|line| {
            let rest = line.strip_prefix("waybill_push_closes_total{code=\"")?;
            let (code, count) = rest.split_once("\"} ")?;
            Some((code, count.parse().ok()?))
        });
        let mut closes: Vec<(&str, u64)> = closes.collect();
        closes.sort_unstable();
        for (code, count) in closes {
            tried.count(&format!("connections that ended with {code}"), count);
        }
        Ok(())
    }

    /// A metric of the node, summed over the labels that are not in its name.
    pub(super) async fn metric(&self, name: &str) -> anyhow::Result<u64> {
        let node = self.stage.nodes.first().context("a node")?;
        Ok(sum(&node.metrics().await?, name))
    }

    async fn only_the_good_are_left(&self, good: &Good, tried: &mut Tried) -> anyhow::Result<()> {
        let node = self.stage.nodes.first().context("a node")?;
        let wanted = good.followers() as u64;
        let mut patience = GONE;
        loop {
            let metrics = node.metrics().await?;
            let following = sum(&metrics, "waybill_push_connections");
            let open = sum(&metrics, "waybill_http_connections");
            // Callers keep a few connections for their next order, and one asks for the metrics.
            if following == wanted && open <= wanted + 64 {
                return Ok(());
            }
            if patience.is_zero() {
                let finding = format!(
                    "{following} clients and {open} connections are left, of which {wanted} are good ones"
                );
                tried.findings.push(finding);
                return Ok(());
            }
            tokio::time::sleep(10 * LOOK).await;
            patience = patience.saturating_sub(10 * LOOK);
        }
    }

    /// What the node has logged of itself that is not about one client.
    fn complaints(&self) -> anyhow::Result<Vec<String>> {
        let mut found = Vec::new();
        for entry in std::fs::read_dir(self.stage.folder())? {
            let path = entry?.path();
            if path.extension().is_some_and(|end| end == "log") {
                let log = std::fs::read_to_string(path)?;
                // That a request took too long to come is its client's doing.
                let bad = |line: &&str| {
                    let error = line.contains("\"ERROR\"") && !line.contains("\"timed_out\"");
                    line.contains("panicked") || error
                };
                let bad = log.lines().filter(bad).take(5);
                found.extend(bad.map(|line| format!("the node logged {line}")));
            }
        }
        Ok(found)
    }
}

impl Cost {
    /// What good clients may have to wait where others misbehave: two cores have to do for them, for the others, and
    /// for Postgres. A quick run is too short, and mostly on a machine that does something else, to say.
    pub(super) fn most_ms(&self, options: &Options) -> Option<f64> {
        (!options.quick).then_some(MOST_MS + 5.0 * self.p99_ms)
    }

    /// Adds it to the report: what the good ones had to wait, and the node's memory, each with what it may be at most.
    pub(super) fn tell(
        &self,
        when: &str,
        most_ms: Option<f64>,
        most_mib: Option<f64>,
        tried: &mut Tried,
    ) {
        tried.figure(Figure {
            what: format!("{when}: from commit to good clients, 99%"),
            unit: "ms".to_owned(),
            value: self.p99_ms,
            bound: most_ms,
            note: Some(format!("half within {:.1} ms", self.median_ms)),
        });
        tried.figure(Figure {
            what: format!("{when}: memory of the node"),
            unit: "MiB".to_owned(),
            value: self.resident_mib,
            bound: most_mib,
            note: None,
        });
        if most_ms.is_some() && self.deliveries == 0 {
            let finding = format!("{when}: no event came to any good client");
            tried.findings.push(finding);
        }
    }
}

/// Looks at a process's memory now and then.
struct Watch {
    most_kib: Arc<AtomicU64>,
    enough: Arc<AtomicBool>,
    task: JoinHandle<anyhow::Result<()>>,
}

impl Watch {
    fn begin(process: u32) -> Self {
        let most_kib = Arc::new(AtomicU64::new(0));
        let enough = Arc::new(AtomicBool::new(false));
        let (most, stop) = (Arc::clone(&most_kib), Arc::clone(&enough));
        let task = tokio::spawn(async move {
            while !stop.load(Ordering::Relaxed) {
                most.fetch_max(memory_kib(process, "VmRSS:")?, Ordering::Relaxed);
                tokio::time::sleep(LOOK).await;
            }
            Ok(())
        });
        Self {
            most_kib,
            enough,
            task,
        }
    }

    /// The most that it held, in MiB.
    #[expect(clippy::cast_precision_loss, reason = "far below 2^52")]
    async fn end(self) -> anyhow::Result<f64> {
        self.enough.store(true, Ordering::Relaxed);
        self.task.await??;
        Ok(self.most_kib.load(Ordering::Relaxed) as f64 / 1_024.0)
    }
}
