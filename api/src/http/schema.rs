//! The shapes of the contract, for `/openapi.json`. What is sent is written by the domain; these say what
//! it looks like, and a test holds one against the other.
use utoipa::ToSchema;
/// A page of events.
#[derive(Debug, ToSchema)]
pub struct EventPage {
    /// In log order.
    pub data: Vec<serde_json::Value>,
    /// Where to go on.
    pub cursor: String,
    /// Whether there is more already.
    pub more: bool,
}
