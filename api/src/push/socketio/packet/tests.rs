use proptest::prelude::*;
use serde_json::json;

use super::*;

fn parsed(text: &str) -> ClientPacket {
    ClientPacket::parse(text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn packets_are_read_as_the_protocol_writes_them() {
    let connect = |namespace: &str, auth| ClientPacket::Connect {
        namespace: namespace.into(),
        auth,
    };
    assert_eq!(parsed("0"), connect("/", Value::Null));
    assert_eq!(
        parsed(r#"0{"token":"t"}"#),
        connect("/", json!({"token": "t"}))
    );
    assert_eq!(parsed("0/admin,"), connect("/admin", Value::Null));
    assert_eq!(parsed("0/admin?a=b,{}"), connect("/admin", json!({})));
    assert_eq!(
        parsed("1/admin,"),
        ClientPacket::Disconnect {
            namespace: "/admin".into()
        }
    );
    assert_eq!(
        parsed(r#"2["join-order-tracking","ORD-1"]"#),
        ClientPacket::Event {
            namespace: "/".into(),
            ack: None,
            name: "join-order-tracking".into(),
            args: vec![json!("ORD-1")],
        }
    );
    assert_eq!(
        parsed(r#"2/admin,17["a"]"#),
        ClientPacket::Event {
            namespace: "/admin".into(),
            ack: Some(17),
            name: "a".into(),
            args: vec![],
        }
    );
    assert_eq!(parsed("317[]"), ClientPacket::Ack);
}

#[test]
fn what_no_client_says_is_refused() {
    for (text, error) in [
        ("", PacketError::Empty),
        ("x", PacketError::Type),
        ("4{}", PacketError::Type),
        ("é", PacketError::Type),
        (
            "51-[\"a\",{\"_placeholder\":true,\"num\":0}]",
            PacketError::Binary,
        ),
        ("61-1[]", PacketError::Binary),
        ("0[]", PacketError::Payload),
        ("0{", PacketError::Payload),
        ("1x", PacketError::Payload),
        ("2", PacketError::Payload),
        ("2[]", PacketError::Payload),
        ("2[1]", PacketError::Payload),
        ("2{}", PacketError::Payload),
        ("299999999999999999999999[\"a\"]", PacketError::Payload),
        ("3", PacketError::Payload),
    ] {
        assert_eq!(ClientPacket::parse(text), Err(error), "{text}");
    }
}

#[test]
fn answers_are_written_as_the_protocol_has_them() {
    assert_eq!(connected("s", "p"), r#"0{"pid":"p","sid":"s"}"#);
    assert_eq!(connect_error("/", "no"), r#"4{"message":"no"}"#);
    assert_eq!(connect_error("/x", "no"), r#"4/x,{"message":"no"}"#);
    assert_eq!(ack_of(3, &json!({"ok": true})), r#"33[{"ok":true}]"#);
    assert_eq!(event("a", Some("{}"), "o"), r#"2["a",{},"o"]"#);
    assert_eq!(event("a", None, "o"), r#"2["a","o"]"#);
}

fn json_value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        ".*".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::hash_map(".*", inner, 0..4)
                .prop_map(|map| Value::Object(map.into_iter().collect())),
        ]
    })
}

proptest! {
    #[test]
    fn an_event_survives_being_written_and_read(
        namespace in prop_oneof![Just("/".to_owned()), "/[a-z]{1,8}"],
        ack in prop::option::of(any::<u64>()),
        name in ".*",
        args in prop::collection::vec(json_value(), 0..4),
    ) {
        let mut all = vec![Value::from(name.clone())];
        all.extend(args.clone());
        let shown = if namespace == ROOT { String::new() } else { format!("{namespace},") };
        let id = ack.map_or(String::new(), |id| id.to_string());
        let text = format!("2{shown}{id}{}", Value::from(all));
        prop_assert_eq!(
            ClientPacket::parse(&text),
            Ok(ClientPacket::Event { namespace, ack, name, args })
        );
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in ".*", kind in "[0-9]?") {
        let _ = ClientPacket::parse(&format!("{kind}{text}"));
    }
}
