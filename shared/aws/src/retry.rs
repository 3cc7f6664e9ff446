//! Short waits between tries of one call, for what passes within milliseconds: two transactions on one item.

use std::sync::OnceLock;
use std::time::Duration;

use futures::future::BoxFuture;

use crate::chance;

/// Waits for so long.
pub type Sleep = fn(Duration) -> BoxFuture<'static, ()>;

static SLEEP: OnceLock<Sleep> = OnceLock::new();

/// From now on the waits of this process are waited so: for benches that keep a clock of their own. Only the first call counts.
pub fn wait_by(sleep: Sleep) {
    SLEEP.get_or_init(|| sleep);
}

/// Tries in all.
const TRIES: u32 = 8;
/// Longest first wait; doubles with each try.
const FIRST: Duration = Duration::from_millis(10);
/// Longest wait.
const LONGEST: Duration = Duration::from_millis(400);

/// Capped exponential backoff with full jitter: at most 8 tries and 1.4 s of waiting, half of it on average.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    tried: u32,
}

impl Backoff {
    /// Waits before the next try; false where there is none left.
    pub(crate) async fn wait(&mut self) -> bool {
        self.tried += 1;
        if self.tried >= TRIES {
            return false;
        }
        let wait = longest(self.tried).mul_f64(chance());
        match SLEEP.get() {
            None => tokio::time::sleep(wait).await,
            Some(sleep) => sleep(wait).await,
        }
        true
    }
}

/// Longest wait after `tried` tries.
fn longest(tried: u32) -> Duration {
    FIRST.saturating_mul(1 << tried.saturating_sub(1).min(10)).min(LONGEST)
}

/// From 0 to 1; the middle where the system has no random bytes.
fn chance() -> f64 {
    chance::bytes().map_or(0.5, |bytes| f64::from(u32::from_le_bytes(bytes)) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_grow_to_a_cap_and_stay_under_a_second_and_a_half() {
        let waits: Vec<u128> = (1..TRIES).map(|tried| longest(tried).as_millis()).collect();
        assert_eq!(waits, [10, 20, 40, 80, 160, 320, 400]);
        assert!((0..100).all(|_| (0.0..=1.0).contains(&chance())));
    }
}
