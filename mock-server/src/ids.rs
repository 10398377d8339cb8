//! Request ids, invocation ids and trace ids, drawn from a seed.
//!
//! The same seed gives the same ids, so that a timeline can be compared with that of another run. They only
//! look random; nothing here is a secret.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::SystemTime,
};

use crate::core::Time;

/// A source of identifiers.
#[derive(Debug)]
pub(crate) struct Ids {
    state: AtomicU64,
}

impl Ids {
    pub(crate) fn new(seed: u64) -> Self {
        Self { state: AtomicU64::new(seed) }
    }

    /// The next 64 bits: SplitMix64, whose state is a plain counter and so needs no lock.
    fn next(&self) -> u64 {
        const STEP: u64 = 0x9E37_79B9_7F4A_7C15;

        let mut bits = self.state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        bits ^ (bits >> 31)
    }

    /// A UUID that says of itself that it is random (RFC 9562, version 4).
    pub(crate) fn uuid(&self) -> String {
        let (high, low) = (self.next(), self.next());
        format!(
            "{:08x}-{:04x}-4{:03x}-{:04x}-{:012x}",
            high >> 32,
            (high >> 16) & 0xFFFF,
            high & 0xFFF,
            (low >> 48) & 0x3FFF | 0x8000,
            low & 0xFFFF_FFFF_FFFF,
        )
    }

    /// An X-Ray tracing header that is not sampled.
    pub(crate) fn trace(&self, now: SystemTime) -> String {
        let seconds = Time::from(now).since_epoch().as_secs() & 0xFFFF_FFFF;
        let (a, b, parent) = (self.next(), self.next() & 0xFFFF_FFFF, self.next());
        format!("Root=1-{seconds:08x}-{a:016x}{b:08x};Parent={parent:016x};Sampled=0")
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_ids_and_no_id_comes_twice() {
        let draw = |seed| {
            let ids = Ids::new(seed);
            (0..1_000).map(|_| ids.uuid()).collect::<Vec<_>>()
        };
        let mut ids = draw(7);
        assert_eq!(ids, draw(7));
        assert_ne!(ids, draw(8));
        ids.sort();
        ids.dedup();
        assert_eq!(ids.len(), 1_000);
    }

    #[test]
    fn a_request_id_is_a_version_4_uuid() {
        let id = Ids::new(0).uuid();
        assert_eq!(id.len(), 36);
        assert_eq!(id.as_bytes()[14], b'4');
        assert!(matches!(id.as_bytes()[19], b'8' | b'9' | b'a' | b'b'), "{id}");
        assert!(id.bytes().enumerate().all(|(at, byte)| match at {
            8 | 13 | 18 | 23 => byte == b'-',
            _ => byte.is_ascii_hexdigit(),
        }));
    }
}
