//! A bound on how many frames a client may send: small, because every connection has one.

use std::time::Instant;

/// A token bucket: so many frames a second over time, and four times as many at once.
pub(super) struct Bucket {
    per_sec: f32,
    left: f32,
    since: Instant,
}

impl Bucket {
    #[expect(clippy::cast_precision_loss, reason = "the rate is at most 10,000")]
    pub(super) fn new(per_sec: u32) -> Self {
        let per_sec = per_sec as f32;
        Self {
            per_sec,
            left: per_sec * 4.0,
            since: Instant::now(),
        }
    }

    /// Takes one, or says that there is none.
    pub(super) fn take(&mut self) -> bool {
        self.take_part(1.0)
    }

    /// Takes a part of one, or several, or says that there are not as many.
    pub(super) fn take_part(&mut self, part: f32) -> bool {
        let now = Instant::now();
        let gained = now.duration_since(self.since).as_secs_f32() * self.per_sec;
        self.left = (self.left + gained).min(self.per_sec * 4.0);
        self.since = now;
        let some = self.left >= part;
        if some {
            self.left -= part;
        }
        some
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_is_let_through_and_no_more() {
        let mut bucket = Bucket::new(1);
        assert_eq!((0..10).filter(|_| bucket.take()).count(), 4);
    }
}
