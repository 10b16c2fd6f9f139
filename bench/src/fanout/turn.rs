//! One turn of one side in which events are sent.

use std::time::Duration;

use waybill_tests::process::{cpu, settled};

use super::clients::Report;
use super::crowd::Crowd;
use super::plan::{Followers, Plan};
use super::subject::{Server, Subject};
use super::tally::Tally;
use super::waybill::Shop;
use crate::measured::Results;

/// What it showed.
pub struct Turn {
    /// How often an event was delivered.
    pub deliveries: u64,
    /// What the clients saw.
    pub report: Report,
    /// Processor time of the server from the first event to the last delivery.
    pub cpu: Duration,
    /// Clients that did not get exactly what was sent, in order; never ours.
    pub wrong: usize,
}

impl Turn {
    /// Starts `subject` with `followers`, does what is planned, and stops it.
    pub async fn of(
        subject: Subject,
        shop: &mut Shop,
        plan: Plan,
        followers: Followers,
    ) -> anyhow::Result<Self> {
        let mut server = Server::start(subject, shop).await?;
        server.prepare(shop, plan, followers).await?;
        let crowd = Crowd::gather(&server.crowd(shop, followers)?).await?;
        let processes = server.processes()?;
        settled(&processes).await?;
        let before = cpu(&processes)?;
        let sent = server.emit(shop, plan, followers).await?;
        let deliveries = followers.deliveries(plan.events);
        let report = crowd.report(deliveries).await?;
        let cpu = cpu(&processes)?.saturating_sub(before);
        server.stop().await?;
        let wrong = wrong(&sent, &report.tallies);
        anyhow::ensure!(
            wrong == 0 || subject != Subject::Waybill,
            "{wrong} clients did not get every event once and in order"
        );
        Ok(Self {
            deliveries,
            report,
            cpu,
            wrong,
        })
    }

    /// Adds to the line `what` of `side` how that was measured, and how many of its clients missed something.
    pub fn tell(&self, results: &mut Results, work: &str, side: Subject, what: &str) {
        let (wrong, clients) = (self.wrong, self.report.tallies.len());
        results.note(work, side.name(), what, side.note());
        if wrong > 0 {
            let note =
                format!("{wrong} of {clients} clients did not get every event once and in order");
            results.note(work, side.name(), what, &note);
        }
    }
}

fn wrong(sent: &[Tally], got: &[Tally]) -> usize {
    let both = sent.iter().zip(got);
    both.filter(|(sent, got)| sent != got).count() + sent.len().abs_diff(got.len())
}
