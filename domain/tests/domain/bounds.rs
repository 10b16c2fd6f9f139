//! Bounds: what lies on them is taken, what lies past them refused with path and bound.

use serde_json::{Value, json};
use waybill_domain::{InvalidFields, NewOrder, fixtures};

use crate::given::{fields, with};

fn parse(pointer: &str, value: Value) -> Result<NewOrder, InvalidFields> {
    NewOrder::parse(with(fixtures::new_order_json(), pointer, value))
}

#[track_caller]
fn refused(pointer: &str, value: Value, errors: &[(&str, &str)]) {
    assert_eq!(parse(pointer, value), Err(fields(errors)));
}

/// Checks a text on both sides of both its bounds.
#[track_caller]
fn text_bounds(pointer: &str, path: &str, max: usize, written: &str) {
    let detail = format!("must be between 1 and {written} characters long");
    for good in ["x".to_owned(), "ß".repeat(max)] {
        assert!(parse(pointer, json!(good)).is_ok(), "{path}");
    }
    for bad in [String::new(), "ß".repeat(max + 1), "x".repeat(max * 5)] {
        refused(pointer, json!(bad), &[(path, &detail)]);
    }
    refused(pointer, json!(" \u{a0}"), &[(path, "must not be blank")]);
    for bad in ["a\0b", "a\u{7f}b", "a\u{85}b"] {
        refused(
            pointer,
            json!(bad),
            &[(path, "must not contain control characters")],
        );
    }
    refused(pointer, json!(7), &[(path, "must be a string")]);
}

#[test]
fn every_text_is_bounded() {
    let item = "/pricing/items/0";
    let at = "pricing.items[0]";
    text_bounds(
        &format!("{item}/line_id"),
        &format!("{at}.line_id"),
        64,
        "64",
    );
    text_bounds(&format!("{item}/sku"), &format!("{at}.sku"), 100, "100");
    text_bounds(&format!("{item}/title"), &format!("{at}.title"), 300, "300");
    for (name, max) in [
        ("name", 200),
        ("company", 200),
        ("line1", 300),
        ("line2", 300),
        ("city", 120),
        ("region", 120),
        ("postal_code", 20),
    ] {
        let path = format!("shipping_address.{name}");
        text_bounds(
            &format!("/shipping_address/{name}"),
            &path,
            max,
            &max.to_string(),
        );
    }
    text_bounds("/notes", "notes", 4000, "4,000");
}

#[test]
fn texts_of_several_lines_may_break_lines_and_others_not() {
    assert!(parse("/notes", json!("one\r\n\ttwo")).is_ok());
    refused(
        "/shipping_address/line1",
        json!("one\ntwo"),
        &[(
            "shipping_address.line1",
            "must not contain control characters",
        )],
    );
}

#[test]
fn quantities_are_between_1_and_a_million() {
    let pointer = "/pricing/items/1/quantity";
    for bad in [
        json!(0),
        json!(1_000_001),
        json!(-1),
        json!(1.5),
        json!(1.0),
        json!("1"),
        json!(u64::MAX),
    ] {
        refused(
            pointer,
            bad,
            &[(
                "pricing.items[1].quantity",
                "must be between 1 and 1,000,000",
            )],
        );
    }
    let mut body = with(fixtures::new_order_json(), pointer, json!(1_000_000));
    body["pricing"]["total"] = json!(2500 + 3_000_000_000_u64 - 500 + 490 + 985);
    assert!(NewOrder::parse(body).is_ok());
}

#[test]
fn amounts_are_integers_up_to_2_to_the_53_less_1() {
    let bound = "must be an integer between 0 and 9,007,199,254,740,991";
    for name in ["discount", "shipping", "tax", "total"] {
        let (pointer, path) = (format!("/pricing/{name}"), format!("pricing.{name}"));
        for bad in [
            json!(-1),
            json!(0.5),
            json!("1"),
            json!(9_007_199_254_740_992_u64),
        ] {
            refused(&pointer, bad, &[(&path, bound)]);
        }
    }
    refused(
        "/pricing/items/0/unit_price",
        json!(9_007_199_254_740_992_u64),
        &[("pricing.items[0].unit_price", bound)],
    );
}

fn pricing(price: u64, quantity: u64, discount: u64, total: u64) -> Value {
    json!({
        "currency": "EUR",
        "items": [{ "line_id": "1", "sku": "s", "title": "t", "quantity": quantity,
                    "unit_price": price }],
        "discount": discount,
        "total": total,
    })
}

#[test]
fn amounts_on_the_bound_add_up_and_past_it_are_refused() {
    const MAX: u64 = 9_007_199_254_740_991;
    assert!(parse("/pricing", pricing(MAX, 1, 0, MAX)).is_ok());
    assert!(parse("/pricing", pricing(MAX, 1, MAX, 0)).is_ok());
    let most = "must add up to at most 9,007,199,254,740,991";
    for (price, quantity) in [(MAX, 2), (MAX, 1_000_000)] {
        refused(
            "/pricing",
            pricing(price, quantity, 0, MAX),
            &[("pricing.items", most)],
        );
    }
}

#[test]
fn a_pricing_must_add_up() {
    let on_top = "must equal items − discount + shipping + tax, which is 6475";
    refused("/pricing/total", json!(6474), &[("pricing.total", on_top)]);
    let mut included = fixtures::pricing_json();
    included["tax_included"] = json!(true);
    refused(
        "/pricing",
        included.clone(),
        &[(
            "pricing.total",
            "must equal items − discount + shipping, which is 5490",
        )],
    );
    included["total"] = json!(5490);
    assert!(parse("/pricing", included).is_ok());
    refused(
        "/pricing",
        pricing(100, 1, 101, 0),
        &[(
            "pricing.total",
            "must equal items − discount + shipping + tax, which is -1",
        )],
    );
}

#[test]
fn an_order_has_1_to_200_lines_each_named_once() {
    let lines = |count: u64| {
        let items: Vec<Value> = (0..count)
            .map(|n| {
                json!({ "line_id": n.to_string(), "sku": "s", "title": "t", "quantity": 1,
                        "unit_price": 1 })
            })
            .collect();
        json!({ "currency": "EUR", "items": items, "total": count })
    };
    assert!(parse("/pricing", lines(1)).is_ok());
    assert!(parse("/pricing", lines(200)).is_ok());
    for count in [0, 201] {
        refused(
            "/pricing",
            lines(count),
            &[("pricing.items", "must hold between 1 and 200 entries")],
        );
    }
    refused(
        "/pricing/items/1/line_id",
        json!("1"),
        &[(
            "pricing.items[1].line_id",
            "must be unique within the order",
        )],
    );
}

#[test]
fn codes_are_those_of_their_standards() {
    for bad in ["eur", "EURO", "XXX", "HRK", "BGN", ""] {
        refused(
            "/pricing/currency",
            json!(bad),
            &[(
                "pricing.currency",
                "must be an ISO 4217 currency code in force, such as EUR",
            )],
        );
    }
    for bad in ["ch", "UK", "CHE", ""] {
        refused(
            "/shipping_address/country",
            json!(bad),
            &[(
                "shipping_address.country",
                "must be an ISO 3166-1 country code of two capital letters, such as DE",
            )],
        );
    }
}

#[test]
fn a_retired_currency_still_loads() {
    let stored = json!("HRK");
    assert!(serde_json::from_value::<waybill_domain::Currency>(stored).is_ok());
}

#[test]
fn phones_and_e_mails_look_like_such() {
    for good in ["112", "+1 (555) 010-0199 x7"] {
        assert!(parse("/shipping_address/phone", json!(good)).is_ok());
    }
    for bad in ["", "12", "call me", &"1".repeat(41)] {
        assert!(parse("/shipping_address/phone", json!(bad)).is_err());
    }
    let longest = format!("{}@example.org", "a".repeat(242));
    for good in ["a@b", "ä.b+c@example.org", &longest] {
        assert!(parse("/shipping_address/email", json!(good)).is_ok());
    }
    for bad in [
        "",
        "a",
        "@b",
        "a@",
        "a b@c",
        "a@b\n",
        &format!("a{longest}"),
    ] {
        refused(
            "/shipping_address/email",
            json!(bad),
            &[(
                "shipping_address.email",
                "must be an e-mail address of at most 254 bytes",
            )],
        );
    }
}

#[test]
fn metadata_is_flat_and_at_most_4_kib() {
    // {"k":"…"} around the text takes eight bytes.
    let whole = |bytes: usize| json!({ "k": "x".repeat(bytes - 8) });
    assert!(parse("/metadata", whole(4096)).is_ok());
    refused(
        "/metadata",
        whole(4097),
        &[("metadata", "must be at most 4,096 bytes as JSON")],
    );
    refused(
        "/metadata",
        json!({ "a": 1, "b": "x\0" }),
        &[
            ("metadata.a", "must be a string"),
            ("metadata.b", "must not contain U+0000"),
        ],
    );
    let names = "must have names of 1 to 64 characters, no control characters";
    for bad in ["", "a\0", &"n".repeat(65)] {
        refused("/metadata", json!({ bad: "x" }), &[("metadata", names)]);
    }
    assert!(parse("/metadata", json!({ "n".repeat(64): "x" })).is_ok());
}

#[test]
fn times_are_rfc_3339_of_four_digit_years() {
    for good in [
        "1970-01-01T00:00:00Z",
        "2025-01-01T12:00:00.123456789+02:00",
    ] {
        assert!(parse("/placed_at", json!(good)).is_ok());
    }
    for bad in ["2025-01-01", "2025-01-01T12:00:00", "now", ""] {
        assert!(parse("/placed_at", json!(bad)).is_err());
    }
    refused(
        "/placed_at",
        json!("1969-12-31T23:59:59Z"),
        &[("placed_at", "must lie in the years 1970 to 9999")],
    );
}

#[test]
fn tracking_urls_are_https_and_nothing_a_browser_would_run() {
    use waybill_domain::HttpsUrl;
    for good in ["https://post.example/t?n=1", "https://[::1]:8443/"] {
        assert!(good.parse::<HttpsUrl>().is_ok(), "{good}");
    }
    let long = format!("https://post.example/{}", "x".repeat(2048));
    for bad in [
        "http://post.example/",
        "javascript:alert(1)",
        "https://",
        "https:post.example",
        "https://user@post.example/",
        "https://:word@post.example/",
        " https://post.example/",
        "https://post.example/a b",
        "https://post.example/\n",
        &long,
    ] {
        assert!(bad.parse::<HttpsUrl>().is_err(), "{bad}");
    }
}
