//! Thousands that connect and say nothing, beside as many that follow their orders.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::task::JoinSet;
use tokio::time::Instant;
use waybill_api::auth::Role;
use waybill_tests::hostile::Raw;

use super::good::{Channel, Wanted};
use super::scene::Scene;
use crate::options::Options;
use crate::tried::{Figure, Tried};

/// The work's name.
pub const NAME: &str = "silent-clients";
/// What it does.
pub const ABOUT: &str = "\
Eight thousand customers follow their orders over WebSockets while orders are placed. Then eight thousand others \
connect at once, each from an address of its own: a quarter of them upgrade and never say hello, the others never ask \
anything, which are more than a node lets stay. Whoever is closed comes again within a second. Meanwhile further \
customers connect, and count how long it takes until they are welcome. It would be found if a good client missed an \
event, was cut off or had to wait; if a newcomer was turned away without being told when to come back; if the node's \
memory grew by more than what so many sockets take; if fewer than nine in ten were ever open at once, and nobody was \
crowded out.";

/// Orders that are placed a second.
const A_SECOND: u32 = 40;
/// Memory that one of the silent ones may cost the node.
const EACH_KIB: f64 = 24.0;
/// Between two newcomers.
const NEWCOMERS: Duration = Duration::from_millis(100);
/// Of so many, one upgrades.
const UPGRADES: u64 = 4;
/// Until somebody who was closed comes again.
const AWAY: Duration = Duration::from_secs(1);
/// Counts those who had to go because others came who said nothing either.
const CROWDED_OUT: &str = "waybill_http_connections_closed_total{reason=\"crowded_out\"}";
/// A newcomer that is not welcome after so long has found no room.
const PATIENCE: Duration = Duration::from_secs(10);

/// Compares a calm time with the other one.
#[expect(clippy::cast_precision_loss, reason = "thousands")]
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let silent = options.times(8_000, 400);
    let (followers, calm, storm) = if options.quick {
        (400, Duration::from_secs(1), Duration::from_secs(5))
    } else {
        (8_000, Duration::from_secs(10), Duration::from_secs(30))
    };
    let mut scene = Scene::set(options, NAME, &[("WAYBILL_PUSH_PING_SECS", "20")], 0).await?;
    let address = scene.stage.addresses()[0];
    let mut wanted = Vec::new();
    for nth in 0..followers {
        wanted.push(Wanted {
            channel: Channel::WebSocket,
            token: scene
                .shop
                .token(&super::shop::customer(nth), Role::Customer)?,
            topic: "customer:me".to_owned(),
            whole_log: false,
        });
    }
    let good = scene.gather(wanted).await?;
    let writer = scene.shop.open(A_SECOND, followers)?;
    let before = good.came();
    let mut tried = Tried::new(
        format!(
            "{followers} customers followed their orders, {A_SECOND} of which were placed a second, and {silent} others \
             connected at once and said nothing, again and again for {} s.",
            storm.as_secs()
        ),
        silent,
    );
    let sleep = async {
        let newcomers = newcomers(&scene, address, Instant::now() + calm);
        newcomers.await
    };
    let (quiet_newcomers, quiet) = scene.phase(&good, sleep).await?;
    quiet.tell("nobody is silent", None, None, &mut tried);
    quiet_newcomers.tell("nobody is silent", &mut tried);
    let until = Instant::now() + storm;
    let counts = Arc::new(Counts::default());
    let crowd = gather(address, silent, until, &counts);
    let storm = async {
        let newcomers = newcomers(&scene, address, until).await;
        crowd.join_all().await;
        newcomers
    };
    let (newcomers, cost) = scene.phase(&good, storm).await?;
    let most_mib = quiet.resident_mib + silent as f64 * EACH_KIB / 1_024.0 + 32.0;
    cost.tell(
        "thousands are silent",
        quiet.most_ms(options),
        Some(most_mib),
        &mut tried,
    );
    newcomers.tell("thousands are silent", &mut tried);
    let get = |count: &AtomicU64| count.load(Ordering::Relaxed);
    tried.count("connections that said nothing", get(&counts.connections));
    let most = get(&counts.most);
    let crowded_out = scene.metric(CROWDED_OUT).await?;
    tried.count("of these, open at once at most", most);
    tried.count("of these, crowded out", crowded_out);
    if most * 10 < silent * 9 && crowded_out == 0 {
        let finding = format!("of {silent} silent ones at most {most} were open at once");
        tried.findings.push(finding);
    }
    scene.close(good, writer, before, &mut tried).await?;
    Ok(tried)
}

#[derive(Default)]
struct Counts {
    connections: AtomicU64,
    open: AtomicU64,
    most: AtomicU64,
}

/// Has so many come, each from an address of its own, until it is over.
fn gather(address: SocketAddr, count: u64, until: Instant, counts: &Arc<Counts>) -> JoinSet<()> {
    let mut crowd = JoinSet::new();
    for nth in 0..count {
        let counts = Arc::clone(counts);
        let [.., high, low] = nth.to_be_bytes();
        // All that begin with 127 are addresses of this machine.
        let from = IpAddr::V4(Ipv4Addr::new(127, 9, high, low.max(1)));
        crowd.spawn(async move {
            while Instant::now() < until {
                let stay = says_nothing(address, from, nth % UPGRADES == 0, &counts);
                let _ = tokio::time::timeout_at(until, stay).await;
                tokio::time::sleep_until(until.min(Instant::now() + AWAY)).await;
            }
        });
    }
    crowd
}

async fn says_nothing(
    address: SocketAddr,
    from: IpAddr,
    upgrades: bool,
    counts: &Counts,
) -> std::io::Result<()> {
    let mut raw = Raw::connect_from(address, Some(from), None).await?;
    let _open = Open::count(counts);
    if upgrades {
        raw.upgrade("/v1/ws", "").await?;
    }
    raw.close_code().await;
    Ok(())
}

/// One that is open, until it is dropped.
struct Open<'c>(&'c Counts);

impl<'c> Open<'c> {
    fn count(counts: &'c Counts) -> Self {
        counts.connections.fetch_add(1, Ordering::Relaxed);
        let open = counts.open.fetch_add(1, Ordering::Relaxed) + 1;
        counts.most.fetch_max(open, Ordering::Relaxed);
        Self(counts)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.open.fetch_sub(1, Ordering::Relaxed);
    }
}

/// How those fared who came meanwhile.
#[derive(Default)]
struct Newcomers {
    welcome_ms: Vec<f64>,
    told_when: u64,
    turned_away: Vec<String>,
}

impl Newcomers {
    fn tell(mut self, when: &str, tried: &mut Tried) {
        self.welcome_ms.sort_by(f64::total_cmp);
        let last = self.welcome_ms.last().copied().unwrap_or_default();
        tried.count(
            &format!("newcomers let in while {when}"),
            self.welcome_ms.len() as u64,
        );
        tried.count(
            &format!("newcomers told when to come back while {when}"),
            self.told_when,
        );
        tried.figure(Figure {
            what: format!("{when}: until a newcomer was welcome, the longest"),
            unit: "ms".to_owned(),
            value: last,
            bound: Some(8_500.0),
            note: Some("nobody is let wait for more than 8 s".to_owned()),
        });
        if self.welcome_ms.is_empty() {
            tried
                .findings
                .push(format!("{when}: no newcomer was let in"));
        }
        tried.findings.extend(self.turned_away.into_iter().take(3));
    }
}

/// Has one after the other come until it is over, and waits for all of them.
async fn newcomers(
    scene: &Scene,
    address: SocketAddr,
    until: Instant,
) -> anyhow::Result<Newcomers> {
    let mut coming = JoinSet::new();
    let mut nth = 0;
    while Instant::now() + NEWCOMERS < until {
        nth += 1;
        let token = scene
            .shop
            .token(&format!("newcomer-{nth}"), Role::Customer)?;
        coming.spawn(comes(address, token));
        tokio::time::sleep(NEWCOMERS).await;
    }
    let mut all = Newcomers::default();
    while let Some(came) = coming.join_next().await {
        match came? {
            Ok(Some(ms)) => all.welcome_ms.push(ms),
            Ok(None) => all.told_when += 1,
            Err(error) => all
                .turned_away
                .push(format!("a newcomer was turned away: {error}")),
        }
    }
    Ok(all)
}

/// Until it is welcome, in milliseconds; nothing if it was told when to come back.
async fn comes(address: SocketAddr, token: String) -> anyhow::Result<Option<f64>> {
    let began = Instant::now();
    let mut raw = Raw::connect(address).await?;
    let lines = format!("authorization: Bearer {token}\r\n");
    raw.upgrade("/v1/ws", &lines).await?;
    let heard = tokio::time::timeout(PATIENCE, raw.next()).await??;
    let text = String::from_utf8_lossy(&heard.1);
    if text.contains("\"welcome\"") {
        return Ok(Some(began.elapsed().as_secs_f64() * 1e3));
    }
    anyhow::ensure!(text.contains("retry_within_ms="), "{}", text.escape_debug());
    Ok(None)
}
