//! What can be asked of an order, and how it is read from JSON: once, at the edge.

mod bulk;
mod create;
mod import;
mod transition;

use serde_json::Value;

use crate::details::DetailsPatch;
use crate::fields::{InvalidFields, read};
use crate::ids::Version;

pub use bulk::{Bulk, BulkRow};
pub use create::{Create, NewOrder};
pub use import::{Import, ImportedOrder, Standing};
pub use transition::{Cancel, CancelReason, ChangeStatus};

/// What is asked of an order.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OrderCommand {
    /// Place it.
    Create(Box<Create>),
    /// Take it over from another system.
    Import(Box<Import>),
    /// Change its details.
    UpdateDetails(UpdateDetails),
    /// Move it along.
    ChangeStatus(ChangeStatus),
    /// Call it off.
    Cancel(Cancel),
}

impl OrderCommand {
    /// How the order is placed, if the command is one that places an order.
    #[must_use]
    pub fn placing(&self) -> Option<&Create> {
        match self {
            Self::Create(create) => Some(create),
            Self::Import(import) => Some(&import.create),
            Self::UpdateDetails(_) | Self::ChangeStatus(_) | Self::Cancel(_) => None,
        }
    }
}

impl From<Create> for OrderCommand {
    fn from(command: Create) -> Self {
        Self::Create(Box::new(command))
    }
}

impl From<Import> for OrderCommand {
    fn from(command: Import) -> Self {
        Self::Import(Box::new(command))
    }
}

impl From<UpdateDetails> for OrderCommand {
    fn from(command: UpdateDetails) -> Self {
        Self::UpdateDetails(command)
    }
}

impl From<ChangeStatus> for OrderCommand {
    fn from(command: ChangeStatus) -> Self {
        Self::ChangeStatus(command)
    }
}

impl From<Cancel> for OrderCommand {
    fn from(command: Cancel) -> Self {
        Self::Cancel(command)
    }
}

/// Change some details of an order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UpdateDetails {
    /// What to change.
    pub details: DetailsPatch,
}

impl UpdateDetails {
    /// Reads the merge patch that `PATCH` takes.
    ///
    /// # Errors
    /// Names each field that is not a detail of an order. What is out of bounds is found
    /// by `decide`, which knows what the patch is merged with.
    pub fn parse(body: Value) -> Result<Self, InvalidFields> {
        read(body).map(|details| Self { details })
    }
}

/// A command read from a body that may say which version of the order it is meant for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expecting<T> {
    /// The command.
    pub command: T,
    /// The version that the caller has seen, if he says so. Compared by the log, under
    /// its lock, not by the decision.
    pub expected_version: Option<Version>,
}
