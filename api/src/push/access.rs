//! Who may follow what. Decided from the log's own columns, never from a read model that may lag.

use waybill_domain::Audience;
use waybill_infra::log::Topic;
use waybill_infra::orders::Orders;
use waybill_projections::push::Subscription;

use super::topic::Wish;
use crate::auth::Principal;

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

/// The topic that `principal` may follow under this name, and how much of it it may see.
///
/// # Errors
/// [`AccessError`]; a foreign order looks like one that does not exist.
pub async fn grant(
    principal: &Principal,
    wish: &Wish,
    orders: &Orders,
) -> Result<(Topic, Audience), AccessError> {
    let topic = match wish {
        Wish::Orders if principal.sees_all_orders() => Topic::Orders,
        Wish::Me => Topic::Customer(principal.subject.clone()),
        Wish::Customer(id) if principal.may_see_orders_of(id) => Topic::Customer(id.clone()),
        Wish::Orders | Wish::Customer(_) => return Err(AccessError::Forbidden),
        Wish::Order(key) => {
            let names = orders.find(key).await?.ok_or(AccessError::NotFound)?;
            if !principal.may_see_orders_of(&names.customer_id) {
                return Err(AccessError::NotFound);
            }
            Topic::Order(names.order_id)
        }
    };
    Ok((topic, principal.audience()))
}

/// Whether a subscription that was granted before is still granted to `principal`, who has the same
/// subject but perhaps other roles. `was` is what it could see when the subscription began.
#[must_use]
pub fn still_granted(principal: &Principal, was: Audience, subscription: &Subscription) -> bool {
    match &subscription.topic {
        Topic::Orders => principal.sees_all_orders(),
        Topic::Customer(id) => principal.may_see_orders_of(id),
        // Whose order it is was checked for a customer, and is not known any more for staff.
        Topic::Order(_) => principal.sees_all_orders() || was != Audience::Staff,
    }
}
