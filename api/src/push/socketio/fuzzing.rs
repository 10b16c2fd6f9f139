//! What the fuzz target of Socket.IO feeds with any bytes, and what must hold whatever they are.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::offset::{self, Offsets, Pid};
use super::packet::{self, ClientPacket, ROOT};
use super::rooms::Room;

/// Reads `data` as the text of a packet, and as what an offset seals.
///
/// # Panics
/// If a packet that was written anew is another one, if an answer to it cannot be read, if an offset opens that was not
/// sealed or not for its session, or if what one says is not sealed as the same text again.
pub fn socketio(data: &[u8]) {
    if let Ok(text) = std::str::from_utf8(data) {
        said(text);
    }
    sealed(data);
}

fn said(text: &str) {
    let Ok(packet) = ClientPacket::parse(text) else {
        return;
    };
    // Fractions are read to the nearest that is quickly found, which need not be the one that was written.
    let fractions = match &packet {
        ClientPacket::Connect { auth, .. } => has_fractions(auth),
        ClientPacket::Event { args, .. } => args.iter().any(has_fractions),
        ClientPacket::Disconnect { .. } | ClientPacket::Ack => false,
    };
    if !fractions {
        assert_eq!(ClientPacket::parse(&written(&packet)).as_ref(), Ok(&packet));
    }
    match &packet {
        ClientPacket::Connect { namespace, auth } => {
            assert!(auth.is_null() || auth.is_object());
            let refused = packet::connect_error(namespace, "no");
            let rest = refused.strip_prefix('4').expect("an error at connecting");
            let rest = if namespace == ROOT {
                rest
            } else {
                let rest = rest.strip_prefix(namespace.as_str());
                rest.and_then(|rest| rest.strip_prefix(','))
                    .expect("its namespace")
            };
            assert_eq!(
                serde_json::from_str::<Value>(rest).expect("JSON")["message"],
                "no"
            );
        }
        ClientPacket::Event { ack: Some(id), .. } => {
            let answer = packet::ack_of(*id, &Value::Null);
            assert_eq!(ClientPacket::parse(&answer), Ok(ClientPacket::Ack));
        }
        ClientPacket::Event { .. } | ClientPacket::Disconnect { .. } | ClientPacket::Ack => {}
    }
}

fn has_fractions(value: &Value) -> bool {
    match value {
        Value::Number(number) => number.is_f64(),
        Value::Array(values) => values.iter().any(has_fractions),
        Value::Object(members) => members.values().any(has_fractions),
        Value::Null | Value::Bool(_) | Value::String(_) => false,
    }
}

/// The packet as a client would write it.
fn written(packet: &ClientPacket) -> String {
    let named = |namespace: &str| match namespace {
        ROOT => String::new(),
        other => format!("{other},"),
    };
    match packet {
        ClientPacket::Connect { namespace, auth } if auth.is_null() => {
            format!("0{}", named(namespace))
        }
        ClientPacket::Connect { namespace, auth } => format!("0{}{auth}", named(namespace)),
        ClientPacket::Disconnect { namespace } => format!("1{}", named(namespace)),
        ClientPacket::Event {
            namespace,
            ack,
            name,
            args,
        } => {
            let ack = ack.map_or(String::new(), |id| id.to_string());
            let name = Value::from(name.as_str());
            let whole: Vec<_> = [&name].into_iter().chain(args).collect();
            let json = serde_json::to_string(&whole).expect("JSON");
            format!("2{}{ack}{json}", named(namespace))
        }
        ClientPacket::Ack => "3[]".to_owned(),
    }
}

fn sealed(data: &[u8]) {
    let (offsets, pid) = (Offsets::new(&[7; 32]), Pid::parse("AAAAAAAAAAAAAAAAAAAAAA"));
    let pid = pid.expect("16 bytes");
    if let Ok(text) = std::str::from_utf8(data) {
        assert_eq!(offsets.open(pid, text), None, "was never sealed");
    }
    // Signed, so that what is below the signature is reached.
    let text = offsets.sign(data.to_vec());
    let Some(places) = offsets.open(pid, &text) else {
        return;
    };
    let rooms: Vec<_> = places
        .into_iter()
        .map(|place| Room {
            subscription: "1".into(),
            name: place.name,
            cursor: place.cursor,
            part: place.part,
        })
        .collect();
    assert_eq!(offsets.seal(pid, &rooms), text, "places have one text");
    let names = rooms.iter().map(|room| room.name.as_str().len());
    assert_eq!(offset::length(names), text.len());
    assert_eq!(
        offsets.open(Pid::random(), &text),
        None,
        "of another session"
    );
    assert_eq!(
        Offsets::new(&[8; 32]).open(pid, &text),
        None,
        "of another key"
    );
    let mut changed = URL_SAFE_NO_PAD.decode(&text).expect("its text");
    let at = changed.len() / 2;
    changed[at] ^= 1;
    assert_eq!(offsets.open(pid, &URL_SAFE_NO_PAD.encode(changed)), None);
}
