//! All read models of one node.

use std::sync::Arc;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use waybill_infra::log::EventLog;

use crate::analytics::{Analytics, AnalyticsProjection};
use crate::checkpoint::Checkpoint;
use crate::order_list::{OrderList, OrderListProjection};
use crate::projection::Projection;
use crate::runner::{Runner, RunnerOptions};
use crate::timeline::{Timeline, TimelineProjection};

/// The read models: kept up with the log by this node or another, and read through this. Cheap to clone.
#[derive(Clone)]
pub struct ReadModels {
    log: EventLog,
    models: Arc<[Model]>,
    tasks: TaskTracker,
    stop: CancellationToken,
}

pub(crate) struct Model {
    pub(crate) projection: Arc<dyn Projection>,
    pub(crate) checkpoint: Checkpoint,
}

impl ReadModels {
    /// The read models as others keep them, for whoever only looks or repairs.
    #[must_use]
    pub fn new(log: EventLog) -> Self {
        let model = |projection: Arc<dyn Projection>| Model {
            checkpoint: Checkpoint::new(log.db().clone(), projection.name()),
            projection,
        };
        Self {
            models: [
                model(Arc::new(OrderListProjection)),
                model(Arc::new(TimelineProjection)),
                model(Arc::new(AnalyticsProjection)),
            ]
            .into(),
            log,
            tasks: TaskTracker::new(),
            stop: CancellationToken::new(),
        }
    }

    /// Starts to keep every read model up with the log, together with whatever other nodes do so.
    #[must_use]
    pub fn start(log: EventLog) -> Self {
        Self::start_with(log, RunnerOptions::default())
    }

    /// Likewise, with other bounds.
    #[must_use]
    pub fn start_with(log: EventLog, options: RunnerOptions) -> Self {
        let models = Self::new(log);
        for model in models.models.iter() {
            let runner = Runner::new(
                models.log.clone(),
                Arc::clone(&model.projection),
                model.checkpoint.clone(),
                options,
            );
            let vital = models.log.vital().clone();
            let stop = models.stop.clone();
            let name = model.projection.name();
            let running = runner.run(stop.clone());
            models.tasks.spawn(vital.watch(name, stop, running));
        }
        models
    }

    pub(crate) fn log(&self) -> &EventLog {
        &self.log
    }

    /// What the read models are called.
    pub fn names(&self) -> impl Iterator<Item = &'static str> {
        self.models.iter().map(|model| model.projection.name())
    }

    pub(crate) fn models(&self) -> &[Model] {
        &self.models
    }

    /// The list of all orders.
    #[must_use]
    pub fn order_list(&self) -> OrderList {
        OrderList::new(self.models[0].checkpoint.clone())
    }

    /// Every order's history.
    #[must_use]
    pub fn timeline(&self) -> Timeline {
        Timeline::new(self.models[1].checkpoint.clone())
    }

    /// Figures over all orders.
    #[must_use]
    pub fn analytics(&self) -> Analytics {
        Analytics::new(self.models[2].checkpoint.clone())
    }

    /// Finishes the batches in flight and starts no more.
    pub async fn close(&self) {
        self.stop.cancel();
        self.tasks.close();
        self.tasks.wait().await;
    }
}
