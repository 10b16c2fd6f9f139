//! What a Postgres server sends, message by message: a letter, a length of four bytes that counts itself, and the rest
//! (Postgres' manual, "Message Formats").

/// A notification.
const NOTIFICATION: u8 = b'A';
/// Letter and length.
const HEAD: usize = 5;

/// The state between two chunks.
#[derive(Default)]
pub(super) struct Frames {
    /// The beginning of a message whose length is not known yet.
    head: Vec<u8>,
    /// Bytes of the present message that have yet to come.
    left: usize,
    /// Whether they are taken out.
    losing: bool,
    lost: u64,
}

impl Frames {
    /// What is passed on of `bytes`; with `losing`, without the notifications that begin in them.
    pub(super) fn pass(&mut self, mut bytes: &[u8], losing: bool) -> Vec<u8> {
        let mut passed = Vec::with_capacity(bytes.len() + HEAD);
        while !bytes.is_empty() {
            let in_head = self.left == 0;
            if in_head && self.head.is_empty() {
                self.losing = losing && bytes[0] == NOTIFICATION;
                self.lost += u64::from(self.losing);
            }
            let wanted = if in_head {
                HEAD - self.head.len()
            } else {
                self.left
            };
            let (now, later) = bytes.split_at(wanted.min(bytes.len()));
            bytes = later;
            // At once, also a part of a head: nothing that is passed on is kept back.
            if !self.losing {
                passed.extend_from_slice(now);
            }
            if !in_head {
                self.left -= now.len();
                continue;
            }
            self.head.extend_from_slice(now);
            if let [_, a, b, c, d] = self.head[..] {
                self.left = (u32::from_be_bytes([a, b, c, d]) as usize).saturating_sub(4);
                self.head.clear();
            }
        }
        passed
    }

    /// Notifications that were taken out since this was asked last.
    pub(super) fn take_lost(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(kind: u8, body: &[u8]) -> Vec<u8> {
        let length = u32::try_from(body.len() + 4).expect("short");
        [&[kind], &length.to_be_bytes()[..], body].concat()
    }

    #[test]
    fn notifications_are_taken_out_however_the_bytes_are_torn() {
        let rest = [
            message(b'T', b"columns"),
            message(b'I', b""),
            message(b'Z', b"I"),
        ];
        let notified = message(NOTIFICATION, b"1234waybill_log\0\0");
        let sent = [&rest[0], &notified, &rest[1], &notified, &rest[2]]
            .map(Vec::as_slice)
            .concat();
        for size in 1..sent.len() {
            let mut frames = Frames::default();
            let passed: Vec<u8> = sent
                .chunks(size)
                .flat_map(|chunk| frames.pass(chunk, true))
                .collect();
            assert_eq!(passed, rest.concat(), "in pieces of {size}");
            assert_eq!(frames.take_lost(), 2);
        }
        let mut frames = Frames::default();
        assert_eq!(frames.pass(&sent, false), sent);
    }
}
