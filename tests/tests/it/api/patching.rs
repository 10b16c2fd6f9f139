//! Merge patches.

use serde_json::json;

use super::*;

#[tokio::test]
async fn null_clears_objects_merge_and_arrays_replace() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let patch = json!({
        "notes": null,
        "shipping_address": { "line2": null, "city": "Horgen" },
        "metadata": { "campaign": null, "shelf": "B4" },
        "pricing": { "items": [{ "line_id": "1", "sku": "POT-2", "title": "Blue teapot", "quantity": 1, "unit_price": 3000 }], "total": 3975 },
        "estimated_delivery": "2026-01-04",
    });
    let order = shop
        .staff
        .patch(&placed.path(""), 1, patch.clone())
        .await
        .expect(200)
        .body["order"]
        .clone();
    assert_eq!(order.get("notes"), None);
    assert_eq!(
        (
            &order["shipping_address"]["city"],
            order["shipping_address"].get("line2")
        ),
        (&json!("Horgen"), None)
    );
    assert_eq!(
        order["shipping_address"]["name"], "Ada Sample",
        "what is absent stays"
    );
    assert_eq!(
        order["metadata"],
        json!({ "channel": "web", "shelf": "B4" })
    );
    assert_eq!(order["pricing"]["items"].as_array().unwrap().len(), 1);
    let again = shop
        .staff
        .patch(&placed.path(""), 2, patch)
        .await
        .expect(200);
    assert_eq!(
        (&again.body["outcome"], again.version()),
        (&json!("unchanged"), 2)
    );
    shop.close().await;
}

#[tokio::test]
async fn what_is_at_fault_is_named_by_its_path() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    for (patch, field) in [
        (json!({ "colour": "red" }), "colour"),
        (json!({ "pricing": null }), "pricing"),
        (json!({ "pricing": { "total": 1 } }), "pricing.total"),
        (
            json!({ "shipping_address": { "country": "XX" } }),
            "shipping_address.country",
        ),
        (
            json!({ "estimated_delivery": "soon" }),
            "estimated_delivery",
        ),
        (json!([]), "(body)"),
    ] {
        let refused = shop
            .staff
            .patch(&placed.path(""), 1, patch)
            .await
            .refused(422, "invalid_fields");
        assert_eq!(
            refused.body["errors"][0]["field"], field,
            "{}",
            refused.text
        );
    }
    shop.close().await;
}

#[tokio::test]
async fn a_customer_changes_his_address_while_it_is_pending_and_nothing_else() {
    let shop = Shop::open().await;
    let placed = shop.place().await;
    let address = json!({ "shipping_address": { "city": "Horgen" } });
    shop.customer
        .patch(&placed.path(""), 1, address)
        .await
        .expect(200);
    for other in [
        json!({ "notes": "x" }),
        json!({ "metadata": {} }),
        json!({ "tracking": null }),
    ] {
        shop.customer
            .patch(&placed.path(""), 2, other)
            .await
            .refused(403, "forbidden");
    }
    shop.move_to(&placed, "processing").await;
    let address = json!({ "shipping_address": { "city": "Thalwil" } });
    let locked = shop
        .customer
        .patch(&placed.path(""), 3, address.clone())
        .await
        .refused(409, "field_locked");
    assert_eq!(locked.body["allowed_actions"], json!([]));
    shop.move_to(&placed, "delivered").await;
    shop.staff
        .patch(&placed.path(""), 4, address)
        .await
        .refused(409, "order_final");
    shop.close().await;
}
