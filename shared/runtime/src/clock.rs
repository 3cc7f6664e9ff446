//! The real clock and the real dice.

use aws_lc_rs::rand::{SecureRandom as _, SystemRandom};
use jiff::Timestamp;

use oms_ports::{Clock, Entropy};

/// The machine's clock, in whole milliseconds: no rule asks for less, and each time is stored in several places.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    fn now(&self) -> Timestamp {
        #[expect(clippy::disallowed_methods, reason = "this is the place")]
        let now = Timestamp::now();
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }
}

/// The operating system's random bits.
#[derive(Debug, Clone, Default)]
pub struct SystemEntropy(SystemRandom);

impl Entropy for SystemEntropy {
    fn bits(&self) -> [u8; 10] {
        let mut bits = [0; 10];
        #[expect(clippy::expect_used, reason = "without random bits ids could be guessed: stopping is the only safe thing")]
        self.0.fill(&mut bits).expect("the operating system gives random bits");
        bits
    }
}
