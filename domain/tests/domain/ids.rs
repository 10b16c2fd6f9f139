use serde_json::json;
use waybill_domain::{
    CommandId, CustomerId, OrderId, OrderKey, OrderNumber, OrderPrefix, Reference, Timestamp,
    fixtures,
};

#[test]
fn ids_read_what_they_write() {
    let id = fixtures::order_id(1);
    assert_eq!(id.to_string().parse(), Ok(id));
    assert_eq!(json!(id), json!(id.to_string()));
    assert_eq!(serde_json::from_value::<OrderId>(json!(id)).unwrap(), id);
    assert_eq!(id.to_string().to_uppercase().parse(), Ok(id));
}

#[test]
fn an_order_id_is_a_uuid_of_version_7_in_its_canonical_form() {
    let v4 = "3f8c0a52-6a5e-4c1b-9d8e-2f4b6a8c0e12";
    assert!(v4.parse::<OrderId>().is_err());
    assert!(v4.parse::<CommandId>().is_ok());
    let id = fixtures::order_id(1).as_uuid();
    for other in [
        id.simple().to_string(),
        id.urn().to_string(),
        format!("{{{id}}}"),
    ] {
        assert!(other.parse::<OrderId>().is_err(), "{other}");
    }
}

#[test]
fn a_customer_id_is_1_to_128_bytes() {
    assert!("ü".repeat(64).parse::<CustomerId>().is_ok());
    for bad in ["", &"ü".repeat(65), "a\0b", "a\nb"] {
        assert!(bad.parse::<CustomerId>().is_err());
    }
}

#[test]
fn order_numbers_are_a_prefix_and_a_count() {
    let prefix: OrderPrefix = "ORD-".parse().unwrap();
    let number = prefix.number(10_001);
    assert_eq!(number.as_str(), "ORD-10001");
    assert_eq!(number.prefix(), "ORD-");
    assert_eq!("ORD-10001".parse(), Ok(number));
    assert!(
        prefix
            .number(u64::MAX)
            .as_str()
            .parse::<OrderNumber>()
            .is_ok()
    );
    for bad in [
        "", "ORD-", "ORD10001", "ord-1", "-1", "10001", "ORD-1x", "Ö-1",
    ] {
        assert!(bad.parse::<OrderNumber>().is_err(), "{bad}");
    }
    for bad in ["", "ORD", "-", "ord-", "1-", "ABCDEFGHIJKLMNOP-"] {
        assert!(bad.parse::<OrderPrefix>().is_err(), "{bad}");
    }
}

#[test]
fn a_reference_is_never_taken_for_an_order_id() {
    assert!("ü".repeat(32).parse::<Reference>().is_ok());
    let id = fixtures::order_id(1);
    let simple = id.as_uuid().simple().to_string();
    for bad in [
        "",
        &"ü".repeat(33),
        " a",
        "a ",
        "a\tb",
        &id.to_string(),
        &simple,
    ] {
        assert!(bad.parse::<Reference>().is_err(), "{bad}");
    }
}

#[test]
fn an_order_is_named_by_id_or_by_number_or_reference() {
    let id = fixtures::order_id(1);
    assert_eq!(id.to_string().parse(), Ok(OrderKey::Id(id)));
    for text in ["ORD-10001", "shop-4711"] {
        let key: OrderKey = text.parse().unwrap();
        assert_eq!(key, OrderKey::NumberOrReference(text.parse().unwrap()));
        assert_eq!(key.to_string(), text);
    }
    for bad in ["", "a\0", "3f8c0a52-6a5e-4c1b-9d8e-2f4b6a8c0e12"] {
        assert!(bad.parse::<OrderKey>().is_err(), "{bad}");
    }
}

#[test]
fn what_only_looks_like_a_time_is_none() {
    for text in [
        "1969-12-31T23:59:59.999999Z",
        "2025-02-29T00:00:00.000000Z",
        "2025-13-01T00:00:00.000000Z",
        "2025-01-31T24:00:00.000000Z",
        "2025-01-31T12:60:00.000000Z",
        "2025-01-31T12:00:00.00000xZ",
        "2025-01-31T12:00:00.+00000Z",
    ] {
        assert!(text.parse::<Timestamp>().is_err(), "{text} is read");
    }
}

#[test]
fn times_are_written_in_utc_with_six_digits() {
    for (read, written) in [
        ("2025-01-31T12:00:00Z", "2025-01-31T12:00:00.000000Z"),
        ("1970-01-01T00:00:00.000000Z", "1970-01-01T00:00:00.000000Z"),
        ("2024-02-29T23:59:59.090807Z", "2024-02-29T23:59:59.090807Z"),
        ("9999-12-31T23:59:59.999999Z", "9999-12-31T23:59:59.999999Z"),
        ("2016-12-31T23:59:60.500000Z", "2016-12-31T23:59:60.500000Z"),
        (
            "2025-01-31T12:00:00.1234567+01:00",
            "2025-01-31T11:00:00.123456Z",
        ),
    ] {
        let time: Timestamp = read.parse().unwrap();
        assert_eq!(time.to_string(), written);
        assert_eq!(json!(time), json!(written));
        assert_eq!(written.parse(), Ok(time));
    }
}
