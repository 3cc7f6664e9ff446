//! Time that passes only when nobody has anything to do: what is measured by it does not depend on how fast, or how busy, a machine is.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt as _};

thread_local! {
    static CLOCK: RefCell<Option<Clock>> = const { RefCell::new(None) };
}

#[derive(Default)]
struct Clock {
    now: Duration,
    /// Who waits until when; a number apart, for several may wait for one moment.
    sleepers: BTreeMap<(Duration, u64), Waker>,
    slept: u64,
}

fn clock<T>(with: impl FnOnce(&mut Clock) -> T) -> Option<T> {
    CLOCK.with_borrow_mut(|clock| clock.as_mut().map(with))
}

/// The time since the simulation began; nothing outside one.
pub fn now() -> Duration {
    clock(|clock| clock.now).unwrap_or_default()
}

/// Waits: in a simulation by its clock, else by the system's.
pub fn sleep(wait: Duration) -> BoxFuture<'static, ()> {
    let Some(key) = clock(|clock| {
        clock.slept += 1;
        (clock.now + wait, clock.slept)
    }) else {
        return tokio::time::sleep(wait).boxed();
    };
    poll_fn(move |context| {
        let over = clock(|clock| {
            let over = clock.now >= key.0;
            if !over {
                clock.sleepers.insert(key, context.waker().clone());
            }
            over
        });
        if over == Some(false) { Poll::Pending } else { Poll::Ready(()) }
    })
    .boxed()
}

/// Whether anybody has something to do.
#[derive(Default)]
struct Busy(AtomicBool);

impl Wake for Busy {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Runs what is to be simulated to its end, on this thread. It may wait for nothing but [`sleep`] and itself.
///
/// # Errors
/// Where the system gives no timers: the SDK sets its time limits by them. Nobody drives them here, so none of these limits is ever reached.
///
/// # Panics
/// Where it waits for something else, which would be for ever.
pub fn run<T>(what: impl Future<Output = T>) -> std::io::Result<T> {
    let undriven = tokio::runtime::Builder::new_current_thread().enable_time().build()?;
    let context = undriven.enter();
    CLOCK.with_borrow_mut(|clock| *clock = Some(Clock::default()));
    wait_by_simulation();
    let mut what = pin!(what);
    let busy = Arc::new(Busy::default());
    let waker = Waker::from(Arc::clone(&busy));
    let outcome = loop {
        busy.0.store(false, Ordering::SeqCst);
        if let Poll::Ready(outcome) = what.as_mut().poll(&mut Context::from_waker(&waker)) {
            break outcome;
        }
        if !busy.0.load(Ordering::SeqCst) {
            let next = clock(|clock| {
                let (key, waker) = clock.sleepers.pop_first()?;
                clock.now = clock.now.max(key.0);
                Some(waker)
            });
            #[expect(clippy::expect_used, reason = "a simulation that waits for the world is a bug of whoever wrote it")]
            next.flatten().expect("a simulation waits for nothing outside it").wake();
        }
    };
    CLOCK.with_borrow_mut(|clock| *clock = None);
    drop(context);
    // Within another runtime it could not wait for its threads; it has none.
    undriven.shutdown_background();
    Ok(outcome)
}

fn wait_by_simulation() {
    oms_aws::wait_by(sleep);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_hour_passes_at_once_and_in_order() {
        let order = RefCell::new(Vec::new());
        let step = async |minutes: u64| {
            sleep(Duration::from_mins(minutes)).await;
            order.borrow_mut().push((minutes, now().as_secs() / 60));
        };
        run(async {
            futures::join!(step(60), step(5), async {
                step(10).await;
                step(20).await;
            });
        })
        .unwrap();
        assert_eq!(order.into_inner(), [(5, 5), (10, 10), (20, 30), (60, 60)]);
    }
}
