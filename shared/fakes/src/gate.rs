//! A gate before every port call: lets a test run handlers side by side call by call, or stop one for good between two calls.
//!
//! A handler that came to a closed gate is pending. Dropping it there is what a killed process leaves behind.

use std::future::poll_fn;
use std::sync::Mutex;
use std::task::Poll;

use crate::faults::Fault;
use crate::lock;

/// Where a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strike {
    /// The call takes no effect and is not answered.
    Before,
    /// The call takes effect, and its answer is lost.
    After,
}

#[derive(Default)]
struct Book {
    permits: u32,
    strike: Option<Strike>,
    calls: Vec<String>,
}

/// One gate, shared by the fakes that a test holds in step.
#[derive(Default)]
pub struct Gate(Mutex<Book>);

impl Gate {
    /// Lets one more call through; with `strike`, that call fails.
    pub fn admit(&self, strike: Option<Strike>) {
        let mut book = lock(&self.0);
        book.permits = 1;
        book.strike = strike;
    }

    /// Lets no call through until the next is admitted, and forgets those that went through.
    pub fn shut(&self) {
        *lock(&self.0) = Book::default();
    }

    /// The calls that went through since this was asked last.
    pub fn take_calls(&self) -> Vec<String> {
        std::mem::take(&mut lock(&self.0).calls)
    }

    pub(crate) async fn pass(&self) {
        poll_fn(|_| {
            let mut book = lock(&self.0);
            if book.permits == 0 {
                return Poll::Pending;
            }
            book.permits -= 1;
            Poll::Ready(())
        })
        .await;
    }

    /// Notes a call; what strikes it.
    pub(crate) fn note(&self, op: &str) -> Option<(Strike, Fault)> {
        let mut book = lock(&self.0);
        book.calls.push(op.to_owned());
        book.strike.take().map(|strike| (strike, Fault::Unavailable))
    }
}
