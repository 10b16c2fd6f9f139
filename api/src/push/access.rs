//! Who may follow what. Decided from the log's own columns, never from a read model that may lag.

use waybill_domain::Audience;
use waybill_infra::log::Topic;
use waybill_infra::orders::Orders;
use waybill_projections::push::Subscription;

use super::topic::Wish;
use crate::auth::{Principal, Viewer};

/// Why a topic is not granted.
#[derive(Debug, thiserror::Error)]
pub enum AccessError {
    /// The caller's roles do not reach so far.
    #[error("your roles do not allow this topic")]
    Forbidden,
    /// There is no such order, or none that the caller may know of.
    #[error("there is no such order")]
    NotFound,
    /// The database could not be asked.
    #[error("the topic could not be checked")]
    Database(#[from] sqlx::Error),
}

/// The topic that `viewer` may follow under this name, and how much of it he may see. A guest may follow
/// his link's order only.
///
/// # Errors
/// [`AccessError`]; a foreign order looks like one that does not exist.
pub async fn grant(
    viewer: &Viewer,
    wish: &Wish,
    orders: &Orders,
) -> Result<(Topic, Audience), AccessError> {
    let account = viewer.account();
    let topic = match wish {
        Wish::Order(key) => {
            let names = orders.find(key).await?.ok_or(AccessError::NotFound)?;
            if !viewer.may_see(names.order_id, &names.customer_id) {
                return Err(AccessError::NotFound);
            }
            Topic::Order(names.order_id)
        }
        Wish::Orders if account.is_some_and(Principal::sees_all_orders) => Topic::Orders,
        Wish::Customer(id) if account.is_some_and(|caller| caller.may_see_orders_of(id)) => {
            Topic::Customer(id.clone())
        }
        Wish::Me => {
            let caller = account.ok_or(AccessError::Forbidden)?;
            Topic::Customer(caller.subject.clone())
        }
        Wish::Orders | Wish::Customer(_) => return Err(AccessError::Forbidden),
    };
    Ok((topic, viewer.audience()))
}

/// Whether a subscription that was granted before is still granted to `viewer`, who [is the
/// same](Viewer::is_same_as) but has perhaps other roles. `was` is what it could see when the subscription
/// began.
#[must_use]
pub fn still_granted(viewer: &Viewer, was: Audience, subscription: &Subscription) -> bool {
    match (viewer, &subscription.topic) {
        (Viewer::Account(caller), Topic::Orders) => caller.sees_all_orders(),
        (Viewer::Account(caller), Topic::Customer(id)) => caller.may_see_orders_of(id),
        // Whose order it is was checked for a customer, and is not known any more for staff.
        (Viewer::Account(caller), Topic::Order(_)) => {
            caller.sees_all_orders() || was != Audience::Staff
        }
        (Viewer::Guest(pass), topic) => *topic == Topic::Order(pass.order_id),
    }
}
