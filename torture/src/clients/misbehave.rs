//! Each way to misbehave in turn, by many at once, beside clients that do not.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rand::rngs::StdRng;
use rand::{Rng as _, SeedableRng as _};
use tokio::task::JoinSet;
use tokio::time::Instant;
use waybill_api::auth::Role;

use super::enemy::Enemy;
use super::good::Wanted;
use super::kinds::{KINDS, Kind};
use super::scene::Scene;
use crate::options::Options;
use crate::progress::Progress;
use crate::tried::Tried;

/// The work's name.
pub const NAME: &str = "misbehaving-clients";
/// What it does.
pub const ABOUT: &str = "\
A hundred colleagues follow all orders, over WebSockets and event streams, while orders are placed. Beside them, in \
turn, fifty clients at a time misbehave in each way that we know, over WebSocket, plain HTTP and Socket.IO, and come \
again whenever they are cut off. It would be found if a good client missed an event, was cut off or had to wait; if the \
node's memory grew; if one who misbehaves was answered otherwise than by the protocol, or was still served after twice the \
time that he has; if all of a kind were turned away before they could misbehave; if a connection was left over.";

/// Good clients of each channel.
const GOOD: usize = 50;
/// Orders that are placed a second.
const A_SECOND: u32 = 20;
/// By how much the node may grow while fifty misbehave.
const GROWTH_MIB: f64 = 96.0;
/// Short times, so that each is reached within a phase.
pub(super) const PING_SECS: u64 = 1;
pub(super) const STALL_SECS: u64 = 5;
pub(super) const HELLO_SECS: u64 = 2;
/// As long as the node waits for the head of a first request, which cannot be set.
pub(super) const REQUEST_SECS: u64 = 10;

/// How long attempts that are under way when a phase ends may take.
const GRACE: Duration = Duration::from_secs(1);
/// What a machine that is busy may add to twice the time that somebody has.
const SLACK: Duration = Duration::from_secs(4);

/// Goes through all ways.
pub async fn run(options: &Options) -> anyhow::Result<Tried> {
    let enemies = options.times(50, 20);
    let (calm, each, orders) = if options.quick {
        (Duration::from_secs(1), Duration::from_millis(500), 400)
    } else {
        (Duration::from_secs(10), Duration::from_secs(4), 3_000)
    };
    let mut random = StdRng::seed_from_u64(options.seed());
    let short = [
        ("WAYBILL_PUSH_PING_SECS", PING_SECS.to_string()),
        ("WAYBILL_PUSH_STALL_SECS", STALL_SECS.to_string()),
        ("WAYBILL_PUSH_HELLO_TIMEOUT_SECS", HELLO_SECS.to_string()),
        ("WAYBILL_REQUEST_TIMEOUT_SECS", REQUEST_SECS.to_string()),
        ("WAYBILL_LONG_POLL_MAX_SECS", "5".to_owned()),
        ("WAYBILL_RATE_STAFF_BURST", "1000".to_owned()),
    ];
    let short = short.each_ref().map(|(name, value)| (*name, &**value));
    let mut scene = Scene::set(options, NAME, &short, orders).await?;
    let wanted = Wanted::colleagues(&scene.shop, GOOD)?;
    let good = scene.gather(wanted).await?;
    let writer = scene.shop.open(A_SECOND, 1_000)?;
    let mut tried = Tried::new(String::new(), enemies);
    let before = good.came();
    let sleep = async {
        tokio::time::sleep(calm).await;
        Ok(())
    };
    let ((), quiet) = scene.phase(&good, sleep).await?;
    quiet.tell("nobody misbehaves", None, None, &mut tried);
    let most_mib = quiet.resident_mib + GROWTH_MIB;
    let mut progress = Progress::new("misbehaved", KINDS.len() as u64);
    for (nth, kind) in KINDS.iter().enumerate() {
        // A quick run is too short to see whose time is over.
        let patient = kind.patience().filter(|_| !options.quick);
        let each = patient.map_or(each, |patience| each.max(patience + GRACE));
        let until = Instant::now() + each;
        let enemies = enemies_of(&scene, enemies, until, &mut random)?;
        let (done, cost) = scene
            .phase(&good, all(kind, enemies, GRACE.min(each / 4)))
            .await?;
        cost.tell(
            kind.name,
            quiet.most_ms(options),
            Some(most_mib),
            &mut tried,
        );
        tried.count("attempts", done.attempts);
        tried.count(
            "attempts that were turned away or cut off in the middle",
            done.cut,
        );
        tried.findings.extend(done.findings.into_iter().take(3));
        progress.show(nth as u64 + 1, kind.name);
    }
    drop(progress);
    tried.what = format!(
        "{} clients followed all orders over WebSockets and event streams, {A_SECOND} orders a second were placed, and \
         {enemies} clients at a time misbehaved in each of {} ways, for {:.1} s or more.",
        good.followers(),
        KINDS.len(),
        each.as_secs_f64()
    );
    scene.close(good, writer, before, &mut tried).await?;
    Ok(tried)
}

fn enemies_of(
    scene: &Scene,
    count: u64,
    until: Instant,
    random: &mut StdRng,
) -> anyhow::Result<Vec<Enemy>> {
    let address = scene.stage.addresses()[0];
    (0..count)
        .map(|_| {
            // Somebody new each time, so that it is not his rate that keeps him away.
            let name = format!("bad-{:x}", random.random::<u64>());
            Ok(Enemy {
                address,
                from: Enemy::anywhere(random),
                customer: scene.shop.token(&name, Role::Customer)?,
                staff: scene.shop.token(&name, Role::Staff)?,
                until,
                random: StdRng::seed_from_u64(random.random()),
            })
        })
        .collect()
}

impl Kind {
    /// After which one of them must not be served any more.
    fn patience(&self) -> Option<Duration> {
        Some(2 * self.ends_within? + SLACK)
    }
}

/// What came of all attempts of a kind.
#[derive(Default)]
struct Done {
    attempts: u64,
    cut: u64,
    findings: Vec<String>,
}

/// Has all of them misbehave until the phase ends; `grace` is for attempts that are under way then.
async fn all(kind: &'static Kind, enemies: Vec<Enemy>, grace: Duration) -> anyhow::Result<Done> {
    let counts = Arc::new((AtomicU64::new(0), AtomicU64::new(0)));
    let mut going_on = JoinSet::new();
    for mut enemy in enemies {
        let counts = Arc::clone(&counts);
        going_on.spawn(async move {
            let mut findings = Vec::new();
            while enemy.has_time() {
                let over = enemy.until + grace;
                let patience = kind.patience().map(|patience| Instant::now() + patience);
                let until = patience.map_or(over, |patience| patience.min(over));
                counts.0.fetch_add(1, Ordering::Relaxed);
                match tokio::time::timeout_at(until, (kind.run)(&mut enemy)).await {
                    Ok(Ok(finding)) => findings.extend(finding),
                    Ok(Err(_)) => {
                        counts.1.fetch_add(1, Ordering::Relaxed);
                        // Who is turned away comes again at once, but not in a loop that only costs his own time.
                        enemy.wait(Duration::from_millis(10)).await;
                    }
                    Err(_) if until < over => {
                        let patience = kind.patience().unwrap_or_default();
                        findings.push(format!("{}: still served after {patience:?}", kind.name));
                    }
                    Err(_) => {}
                }
            }
            findings
        });
    }
    let mut done = Done::default();
    while let Some(findings) = going_on.join_next().await {
        done.findings.extend(findings?);
    }
    done.findings.sort();
    done.findings.dedup();
    done.attempts = counts.0.load(Ordering::Relaxed);
    done.cut = counts.1.load(Ordering::Relaxed);
    if done.cut == done.attempts {
        let finding = format!("{}: nobody came as far as to misbehave", kind.name);
        done.findings.push(finding);
    }
    Ok(done)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn found(kind: &'static Kind, phase: Duration) -> Vec<String> {
        let enemy = Enemy {
            address: ([127, 0, 0, 1], 1).into(),
            from: [127, 0, 0, 1].into(),
            customer: String::new(),
            staff: String::new(),
            until: Instant::now() + phase,
            random: StdRng::seed_from_u64(1),
        };
        all(kind, vec![enemy], GRACE).await.unwrap().findings
    }

    #[tokio::test(start_paused = true)]
    async fn who_is_served_for_twice_his_time_is_found_if_the_phase_is_that_long() {
        static KIND: Kind = Kind {
            name: "idle",
            ends_within: Some(Duration::from_secs(3)),
            run: |_| Box::pin(std::future::pending()),
        };
        let (long, short) = (Duration::from_secs(11), Duration::from_secs(8));
        assert_eq!(found(&KIND, long).await, ["idle: still served after 10s"]);
        assert!(found(&KIND, short).await.is_empty());
    }

    #[tokio::test(start_paused = true)]
    async fn a_kind_of_which_all_are_turned_away_is_found() {
        static KIND: Kind = Kind {
            name: "shut out",
            ends_within: None,
            run: |_| Box::pin(async { anyhow::bail!("no") }),
        };
        let found = found(&KIND, GRACE).await;
        assert_eq!(found, ["shut out: nobody came as far as to misbehave"]);
    }
}
