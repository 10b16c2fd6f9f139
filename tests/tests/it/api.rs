//! The HTTP API, as its callers meet it.

mod analytics;
mod bounds;
mod bulk;
mod exporting;
mod matrix;
mod node;
mod operating;
mod pages;
mod patching;
mod preconditions;
mod reading;
mod repeating;
mod story;
mod writing;

use serde_json::{Value, json};
use waybill_api::auth::Role;
use waybill_domain::fixtures;
use waybill_tests::app::TestApp;
use waybill_tests::client::{Answer, Client};
use waybill_tests::database::TestDatabase;

/// A node with one caller of each kind.
struct Shop {
    app: TestApp,
    admin: Client,
    staff: Client,
    service: Client,
    /// The customer of [`order`]'s orders.
    customer: Client,
    /// Another one.
    stranger: Client,
    nobody: Client,
    database: TestDatabase,
}

impl Shop {
    async fn open() -> Self {
        Self::open_with(&[]).await
    }

    async fn open_with(variables: &[(&str, &str)]) -> Self {
        Self::open_on(TestDatabase::create().await, variables).await
    }

    async fn open_on(database: TestDatabase, variables: &[(&str, &str)]) -> Self {
        let app = TestApp::start_with(&database, variables).await;
        Self {
            admin: app.client("root", &[Role::Admin]),
            staff: app.client("ann", &[Role::Staff]),
            service: app.client("shop", &[Role::Service]),
            customer: app.client(fixtures::CUSTOMER, &[]),
            stranger: app.client("cust-8", &[Role::Customer]),
            nobody: app.client_with(None),
            app,
            database,
        }
    }

    /// Places an order as the shop's back end does.
    async fn place(&self) -> Placed {
        self.place_as(order()).await
    }

    async fn place_as(&self, body: Value) -> Placed {
        let answer = self.service.post("/v1/orders", body).await.expect(201);
        Placed {
            id: answer.text_of("order_id").to_owned(),
            number: answer.text_of("order_number").to_owned(),
            answer,
        }
    }

    /// Moves an order along as staff do.
    async fn move_to(&self, order: &Placed, status: &str) -> Answer {
        self.staff
            .post(&order.path("/status"), json!({ "to": status }))
            .await
            .expect(200)
    }

    async fn close(self) {
        self.app.stop().await;
        self.database.assert_unused().await;
    }
}

/// An order that was placed.
struct Placed {
    id: String,
    number: String,
    answer: Answer,
}

impl Placed {
    fn path(&self, below: &str) -> String {
        format!("/v1/orders/{}{below}", self.id)
    }
}

/// The body of a new order, every field filled but the reference, which has to differ.
fn order() -> Value {
    let mut order = fixtures::new_order_json();
    order.as_object_mut().unwrap().remove("reference");
    order
}
