//! Places the orders and follows each to where it rests.

use std::io::IsTerminal as _;
use std::time::Duration;

use futures::stream::StreamExt as _;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use tokio::time::Instant;

use oms_contract::api::place::{PlaceOrder, PlacedOrder};
use oms_contract::api::view::OrderView;
use oms_local::olist::mapping::Mapped;
use oms_local::{ApiError, Client};

use crate::console::remark;

/// How often an order is looked at.
const LOOK: Duration = Duration::from_millis(700);
/// Longest wait for one order: the machine retries a failing step for half a minute.
const PATIENCE: Duration = Duration::from_secs(90);
/// Orders followed at once, for each client.
const FOLLOWED: usize = 8;

/// What became of an order that was sent.
#[derive(Debug)]
pub(super) enum Played {
    /// The API did not take it.
    Refused(ApiError),
    /// It was taken, now or by an earlier replay.
    Placed {
        /// Made by an earlier replay.
        before: bool,
        /// Where it rests; why that could not be seen.
        rests: Box<Result<OrderView, ApiError>>,
    },
}

/// Sends every order that can be sent, `clients` at once; the answers with the index of their order.
pub(super) async fn all(operator: &Client, orders: &[Mapped], clients: u16, started: Timestamp) -> Vec<(usize, Played)> {
    let sendable: Vec<(usize, &Mapped, &PlaceOrder)> =
        orders.iter().enumerate().filter_map(|(i, mapped)| Some((i, mapped, mapped.order.as_deref().ok()?))).collect();
    let progress = Progress::of(sendable.len());
    let placing = futures::stream::iter(sendable).map(|(i, mapped, order)| async move {
        let placed = operator.place(&format!("replay-{}", mapped.order_id), order).await;
        (i, placed)
    });
    let following = placing.buffer_unordered(usize::from(clients)).map(|(i, placed)| async move {
        let played = match placed {
            Err(error) => Played::Refused(error),
            Ok(placed) => Played::Placed { before: placed.created_at < started, rests: Box::new(follow(operator, &placed).await) },
        };
        (i, played)
    });
    let mut following = std::pin::pin!(following.buffer_unordered(usize::from(clients) * FOLLOWED));
    let mut all = Vec::new();
    while let Some(played) = following.next().await {
        progress.another();
        all.push(played);
    }
    progress.ended();
    all
}

async fn follow(operator: &Client, placed: &PlacedOrder) -> Result<OrderView, ApiError> {
    let started = Instant::now();
    loop {
        tokio::time::sleep(LOOK).await;
        let order = operator.get(placed.order_id).await?;
        if rests(&order) {
            return Ok(order);
        }
        let waited = started.elapsed();
        if waited > PATIENCE {
            return Err(ApiError::Waited { order: placed.order_id, wanted: "at rest".to_owned(), found: order.state, waited });
        }
    }
}

/// Whether the machine has done what it can for now.
fn rests(order: &OrderView) -> bool {
    let under_way = ["pending_payment", "payment_authorized", "validating", "confirmed", "routing", "routed", "vendor_rejected"];
    order.stalled.is_some() || !under_way.contains(&order.state.as_str())
}

/// A bar on a terminal; elsewhere a line for every tenth.
struct Progress {
    bar: ProgressBar,
    all: u64,
    terminal: bool,
}

impl Progress {
    fn of(all: usize) -> Self {
        let all = all as u64;
        let terminal = std::io::stderr().is_terminal();
        let target = if terminal { ProgressDrawTarget::stderr() } else { ProgressDrawTarget::hidden() };
        let bar = ProgressBar::with_draw_target(Some(all), target);
        if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} orders, {per_sec}, {eta} left") {
            bar.set_style(style);
        }
        Self { bar, all, terminal }
    }

    fn another(&self) {
        self.bar.inc(1);
        let done = self.bar.position();
        if !self.terminal && tenth(done, self.all) > tenth(done - 1, self.all) {
            remark(&format!("{done} of {} orders", self.all));
        }
    }

    fn ended(&self) {
        self.bar.finish_and_clear();
    }
}

fn tenth(done: u64, all: u64) -> u64 {
    (done * 10).checked_div(all).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_is_written_for_every_tenth_and_no_more() {
        for (all, lines) in [(1000, 10), (7, 7), (1, 1)] {
            let written = (1..=all).filter(|done| tenth(*done, all) > tenth(done - 1, all)).count();
            assert_eq!(written, lines, "{all}");
        }
        assert_eq!(tenth(0, 0), 0);
    }
}
