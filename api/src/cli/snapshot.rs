//! `waybill snapshot`: a stretch of the log in a form that is the same in every run.

use std::io::Write as _;
use std::process::ExitCode;

use serde_json::Value;
use tokio_util::sync::CancellationToken;
use waybill_domain::{Audience, Position};
use waybill_infra::log::{Cursor, Topic};
use waybill_projections::push::{Hub, Output, Subscription, Subscriptions};

use super::output::out;
use super::reading::{Reading, at_fault, log_quietly, place};
use crate::config::Sources;
use crate::push::frames::{self, Mode, ServerFrame};
use crate::push::topic::Wish;
use crate::snapshot::Names;

/// Events read at once.
const PAGE: usize = 500;
/// What the subscription is called in the frames.
const SUBSCRIPTION: &str = "snapshot";

const EXAMPLES: &str = "\
Examples:
  waybill snapshot --topic customer:ada > ada.ndjson
  waybill snapshot --topic order:ORD-10012 --audience guest --frames
  waybill snapshot --from 1200 --to 1300

Needs DATABASE_URL. docs/testing-with-snapshots.md shows how tests use it.";

#[derive(Debug, clap::Args)]
#[command(after_help = EXAMPLES)]
pub(super) struct Args {
    /// Which events: `orders`, `customer:ID`, or `order:` and an id, a number or a reference
    #[arg(long, default_value = "orders", value_name = "TOPIC")]
    topic: Wish,
    /// After which place: `earliest`, a position, or a cursor
    #[arg(long, default_value = "earliest", value_name = "PLACE", value_parser = place, allow_hyphen_values = true)]
    from: Cursor,
    /// Up to which place, that one included: `now`, a position, or a cursor
    #[arg(long, default_value = "now", value_name = "PLACE", value_parser = place, allow_hyphen_values = true)]
    to: Cursor,
    /// Whose view of them
    #[arg(long, default_value = "staff", value_name = "AUDIENCE", value_parser = audience)]
    audience: Audience,
    /// Print the frames that a WebSocket subscription gets, not the bare events
    #[arg(long)]
    frames: bool,
    /// With --frames: each event with its order's summary, as `include: "order"` gives it
    #[arg(long, requires = "frames")]
    include_order: bool,
}

fn audience(text: &str) -> Result<Audience, String> {
    Audience::ALL
        .into_iter()
        .find(|audience| audience.as_str() == text)
        .ok_or_else(|| "must be staff, customer or guest".to_owned())
}

/// Prints the stretch, one JSON value a line.
pub(super) async fn run(args: &Args, mut sources: Sources) -> anyhow::Result<ExitCode> {
    log_quietly(&mut sources)?;
    let reading = Reading::open(&sources).await?;
    let topic = reading.topic(&args.topic).await?;
    let from = reading
        .log
        .resolve(&args.from)
        .await
        .map_err(at_fault("--from"))?;
    let to = reading
        .log
        .resolve(&args.to)
        .await
        .map_err(at_fault("--to"))?;
    let mut names = Names::new();
    let mut out = out();
    let mut print = |line: &[u8]| -> anyhow::Result<()> {
        let value: Value = serde_json::from_slice(line)?;
        Ok(writeln!(out, "{}", names.rename(value))?)
    };
    if args.frames {
        frames_of(args, &reading, topic, from, to, &mut print).await?;
    } else {
        events_of(args, &reading, &topic, from, to, &mut print).await?;
    }
    out.flush()?;
    drop(out);
    reading.close().await;
    Ok(ExitCode::SUCCESS)
}

async fn events_of(
    args: &Args,
    reading: &Reading,
    topic: &Topic,
    from: Position,
    to: Position,
    print: &mut impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let mut after = from;
    while after < to {
        let page = reading.log.walk(topic, after, PAGE).await?;
        for event in page.events.iter().filter(|event| event.position() <= to) {
            print(event.wire(args.audience))?;
        }
        after = page.through;
    }
    Ok(())
}

/// By the very code that serves sockets, so that what is compared is what clients get.
async fn frames_of(
    args: &Args,
    reading: &Reading,
    topic: Topic,
    from: Position,
    to: Position,
    print: &mut impl FnMut(&[u8]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let stop = CancellationToken::new();
    let _stopped_at_the_end = stop.clone().drop_guard();
    let hub = Hub::start(&reading.log, stop);
    let mut subscriptions =
        Subscriptions::new(reading.log.clone(), reading.orders.clone(), &hub, 1);
    let wanted = Subscription {
        id: SUBSCRIPTION.into(),
        topic,
        audience: args.audience,
        types: Vec::new(),
        include_order: args.include_order,
    };
    let (cursor, live) = subscriptions
        .subscribe(wanted, &Cursor::After(from))
        .await?;
    let mode = if live { Mode::Live } else { Mode::Replay };
    let begun = ServerFrame::Subscribed {
        id: SUBSCRIPTION,
        mode,
        cursor: &cursor,
    };
    print(begun.line().as_bytes())?;
    let mut finished = live;
    while !finished {
        for output in subscriptions.next().await? {
            if matches!(&output, Output::Event(delivery) if delivery.event.position() > to) {
                return Ok(());
            }
            finished = !matches!(output, Output::Event(_));
            let mut frame = Vec::new();
            frames::write_output(&mut frame, &output);
            print(&frame)?;
        }
    }
    Ok(())
}
