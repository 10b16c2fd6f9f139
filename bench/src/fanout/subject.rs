//! The sides, each behind the same few steps of a turn.

use std::net::SocketAddr;

use anyhow::Context as _;
use clap::ValueEnum;
use waybill_tests::process;

use super::clients::{Client, Spec, Speech};
use super::nchan::Nginx;
use super::pipe::Pipe;
use super::plan::{Followers, Plan};
use super::tally::Tally;
use super::waybill::{Serving, Shop};
use super::{frame, socketio};
use crate::measured::WAYBILL;

/// Who is measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Subject {
    /// `waybill serve`.
    Waybill,
    /// Socket.IO on Node.
    Socketio,
    /// Nchan in nginx, with two workers.
    Nchan,
    /// A loop of write(2), which is the limit.
    Bare,
}

impl Subject {
    /// As it is called in the report.
    pub fn name(self) -> &'static str {
        match self {
            Self::Waybill => WAYBILL,
            Self::Socketio => "Socket.IO 4.8",
            Self::Nchan => "Nchan 1.3, 2 workers",
            Self::Bare => "bare write(2) loop",
        }
    }

    /// What a reader must know of how it was measured.
    pub fn note(self) -> &'static str {
        match self {
            Self::Waybill => {
                "times are recorded_at, the database's clock before the commit; another process appends; clients show tokens; \
                 processor time is the node's, without Postgres's"
            }
            Self::Socketio => "times are those of the emit; no database, no tokens",
            Self::Nchan => "times are those of the publisher's request; no database, no tokens",
            Self::Bare => "frames made in the same process; no database, no tokens",
        }
    }
}

/// A server that was started for one turn.
pub enum Server {
    /// Ours.
    Waybill(Box<Serving>),
    /// One that sends what it is told to over a pipe: Socket.IO and the bare loop.
    Told {
        /// Which of the two.
        subject: Subject,
        /// The process.
        pipe: Box<Pipe>,
        /// Where it listens.
        port: u16,
    },
    /// Nginx.
    Nchan(Nginx),
}

impl Server {
    /// Starts it.
    pub async fn start(subject: Subject, shop: &mut Shop) -> anyhow::Result<Self> {
        let mut pipe = match subject {
            Subject::Waybill => return Ok(Self::Waybill(Box::new(shop.serve().await?))),
            Subject::Nchan => return Ok(Self::Nchan(Nginx::start().await?)),
            Subject::Socketio => Pipe::start(socketio::command()?)?,
            Subject::Bare => Pipe::own("fanout-bare")?,
        };
        if subject == Subject::Socketio {
            pipe.say(&frame::template().to_string()).await?;
        }
        let port = pipe.hear().await?.parse()?;
        Ok(Self::Told {
            subject,
            pipe: Box::new(pipe),
            port,
        })
    }

    /// The processes whose work is counted.
    pub fn processes(&self) -> anyhow::Result<Vec<u32>> {
        match self {
            Self::Waybill(serving) => Ok(vec![serving.node.id()]),
            Self::Told { pipe, .. } => Ok(vec![pipe.id()?]),
            Self::Nchan(nginx) => process::children(nginx.id()),
        }
    }

    /// Does what is not to be counted.
    pub async fn prepare(
        &mut self,
        shop: &mut Shop,
        plan: Plan,
        followers: Followers,
    ) -> anyhow::Result<()> {
        match self {
            Self::Waybill(serving) => serving.prepare(shop, plan, followers).await,
            Self::Told { .. } | Self::Nchan(_) => Ok(()),
        }
    }

    /// Who the clients are.
    pub fn crowd(&self, shop: &Shop, followers: Followers) -> anyhow::Result<Spec> {
        let topics = (0..followers.count()).map(|nth| followers.topic(nth));
        let at = |path: String| Client { path, token: None };
        let loopback = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let (address, speech, clients) = match self {
            Self::Waybill(serving) => (
                serving.node.address(),
                Serving::speech(),
                topics
                    .map(|topic| serving.client(shop, topic))
                    .collect::<Result<_, _>>()?,
            ),
            Self::Told {
                subject: Subject::Socketio,
                port,
                ..
            } => (
                loopback(*port),
                socketio::speech(),
                topics.map(socketio::path).map(at).collect(),
            ),
            Self::Told { port, .. } => (
                loopback(*port),
                Speech::default(),
                topics.map(|_| at("/".into())).collect(),
            ),
            Self::Nchan(nginx) => (
                loopback(nginx.port()),
                Speech::default(),
                topics.map(Nginx::path).map(at).collect(),
            ),
        };
        Ok(Spec {
            address,
            speech,
            clients,
        })
    }

    /// Sends what is planned, and says what each client should have got by that.
    pub async fn emit(
        &mut self,
        shop: &Shop,
        plan: Plan,
        followers: Followers,
    ) -> anyhow::Result<Vec<Tally>> {
        let tallies = match self {
            Self::Waybill(serving) => serving.emit(shop, plan, followers).await?,
            Self::Told { pipe, .. } => {
                pipe.say(&serde_json::to_string(&plan)?).await?;
                let word = pipe.hear().await?;
                anyhow::ensure!(word == "done", "{word}");
                vec![(1..=plan.events).collect()]
            }
            Self::Nchan(nginx) => {
                nginx.emit(plan).await?;
                vec![(1..=plan.events).collect()]
            }
        };
        let topics = (0..followers.count()).map(|nth| followers.topic(nth));
        let each = topics.map(|topic| tallies.get(topic).copied());
        each.collect::<Option<_>>()
            .context("a tally for each topic")
    }

    /// Lets go of what it could let go of by itself, given time.
    pub async fn tidy(&mut self) -> anyhow::Result<()> {
        if let Self::Told {
            subject: Subject::Socketio,
            pipe,
            ..
        } = self
        {
            pipe.say("gc").await?;
            anyhow::ensure!(pipe.hear().await? == "done", "no garbage was collected");
        }
        Ok(())
    }

    /// Stops it.
    pub async fn stop(self) -> anyhow::Result<()> {
        match self {
            Self::Waybill(serving) => serving.node.stop().await,
            Self::Told { pipe, .. } => pipe.stop().await,
            Self::Nchan(nginx) => nginx.stop().await,
        }
    }
}
