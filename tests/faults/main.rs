//! Crash anywhere: every write and every effect of an order's way is made to fail, and the order still ends as it should, without a person's help.
//!
//! First each story is played undisturbed, and every call for its order is noted. Then it is played again with customers of their own, until every one
//! of these calls has met every [`Fault`]. In the end there is one charge or none, the stock is where the
//! order says, each milestone was told once, and the history replays. Before all that the emulator itself is stopped and started while other orders are under way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]
#![allow(clippy::print_stdout, reason = "figures that the run is for")]

mod call;
mod process;
mod proxy;
mod restart;
mod settings;
mod story;
mod sweeper;
mod verdict;

use std::collections::{BTreeMap, BTreeSet};

use futures::future::join_all;
use futures::stream::StreamExt as _;

use call::Call;
use oms_tests::shop::{self, Shop};
use proxy::{DEATHS, Fault, Plan, Point, Proxy};
use story::{STORIES, Story};
use verdict::{Outcome, all_is_right};

/// Orders under way at once; many of them only wait for a lease or a queue.
const AT_ONCE: usize = 64;
/// More than all orders together take.
const STOCK: u32 = 100_000;

/// How much is made to fail.
#[derive(Clone, Copy)]
enum Extent {
    /// A function dies before and after each of its writes and effects, a few times on an order's way. What a later story repeats of an earlier one,
    /// call for call, is left out.
    Deaths,
    /// Every order meets one fault, and each story every one; in the first one answers get lost too.
    Everything,
}

impl Extent {
    /// Faults that an order meets.
    fn at_most(self) -> usize {
        match self {
            Self::Deaths => 3,
            Self::Everything => 1,
        }
    }
}

/// What `make test` runs.
#[test]
fn wherever_a_function_dies_an_order_ends_as_it_should() {
    disturbed(Extent::Deaths);
}

/// What `make faults` runs.
#[test]
#[ignore = "takes long: make faults"]
fn whatever_fails_an_order_ends_as_it_should() {
    disturbed(Extent::Everything);
}

fn disturbed(extent: Extent) {
    shop::scene(STOCK, async |shop| {
        settings::hasten(shop).await;
        let proxy = stand_between(shop);
        let sweeper = sweeper::start(shop);
        let everything = make_everything_fail(shop, &proxy, extent);
        let (mut outcomes, others) = Box::pin(restart::while_orders_are_under_way(shop, &proxy, everything)).await;
        outcomes.extend(others);
        all_is_right(shop, &outcomes, STOCK).await;
        sweeper.abort();
    });
}

/// One order to be disturbed.
struct Run {
    story: &'static Story,
    plans: Vec<Plan>,
    customer: String,
}

fn stand_between(shop: &Shop) -> Proxy {
    let listen = |name: &str| {
        let url = shop.stack.proxies.get(name).expect("the stack is not started with --proxied; `make test` does");
        url.trim_start_matches("http://").parse().unwrap()
    };
    let cloud = Proxy::start(listen("emulator"), &shop.stack.emulator_url, None);
    Proxy::start(listen("gateway"), &shop.stack.gateway_url, Some(&cloud));
    cloud
}

/// Plays every story twice, undisturbed; runs that bring each of its calls each fault, and the undisturbed orders too.
async fn plan(shop: &Shop, proxy: &Proxy, extent: Extent) -> (Vec<Run>, Vec<Outcome>) {
    let mut customers = Vec::new();
    for (nth, story) in STORIES.iter().chain(&STORIES).enumerate() {
        customers.push((story, shop.customer(&format!("{}-undisturbed-{nth}", story.name)).await));
    }
    let played = join_all(customers.iter().map(|(story, customer)| story.play(shop, proxy, customer))).await;
    let outcomes = played.into_iter().map(|played| Outcome { played, doubled: 0 }).collect();
    let (mut runs, mut known) = (Vec::new(), BTreeSet::new());
    for ((story, one), (_, other)) in customers.iter().zip(&customers[STORIES.len()..]) {
        let (mut calls, again) = (proxy.calls_of(one), proxy.calls_of(other));
        // On a machine that is busy the sweeper may have helped one of them.
        calls.retain(|call| again.contains(call));
        assert!(calls.len() > 20, "{}: the proxy saw only {calls:?} twice", story.name);
        let seen = calls.len();
        let (faults, points): (_, Vec<Point>) = match extent {
            Extent::Deaths => (DEATHS, calls.into_iter().filter(|point| known.insert(point.clone())).collect()),
            Extent::Everything => (story.faults, calls),
        };
        println!("{}: {seen} calls, {} of them made to fail", story.name, points.len());
        let plans: Vec<Plan> = points.iter().flat_map(|point| faults.iter().map(move |fault| (point.clone(), *fault))).collect();
        // Far from each other, so that each fault finds the order on its way again.
        let orders = plans.len().div_ceil(extent.at_most());
        for nth in 0..orders {
            let plans = plans.iter().skip(nth).step_by(orders).cloned().collect();
            runs.push(Run { story, plans, customer: shop.name(&format!("{}-{nth}", story.name)) });
        }
    }
    let customers: Vec<String> = runs.iter().map(|run| run.customer.clone()).collect();
    shop.welcome(&customers).await;
    (runs, outcomes)
}

async fn make_everything_fail(shop: &Shop, proxy: &Proxy, extent: Extent) -> Vec<Outcome> {
    let (runs, mut outcomes) = plan(shop, proxy, extent).await;
    let played = futures::stream::iter(&runs).map(|run| play(shop, proxy, run)).buffer_unordered(AT_ONCE);
    outcomes.extend(played.collect::<Vec<_>>().await);
    report(proxy, &runs, extent);
    outcomes
}

async fn play(shop: &Shop, proxy: &Proxy, run: &Run) -> Outcome {
    proxy.plan(&run.customer, run.plans.clone());
    let played = run.story.play(shop, proxy, &run.customer).await;
    Outcome { played, doubled: run.plans.iter().filter(|plan| may_mail_twice(plan)).count() }
}

/// Whether the caller dies, or is left without an answer, between the mail and the note that it left. Then nobody knows whether it did, and it is sent
/// again: the mail service has no key that would make the two one.
fn may_mail_twice(((call, _), fault): &Plan) -> bool {
    let mails = call.contains("/v2/email") && matches!(fault, Fault::KilledAfter | Fault::AnswerLost);
    let notes = call.contains("DynamoDB UpdateItem N#") && call.ends_with("#email") && *fault == Fault::KilledBefore;
    mails || notes
}

/// Says what was tried. Which of several equal calls a fault meets may differ from run to run, but every kind of call has to meet every fault.
fn report(proxy: &Proxy, runs: &[Run], extent: Extent) {
    let mut kinds: BTreeMap<(&str, &Call, Fault), bool> = BTreeMap::new();
    let (mut total, mut struck) = (0, 0);
    for run in runs {
        let story = if matches!(extent, Extent::Everything) { run.story.name } else { "" };
        for plan in &run.plans {
            let has_struck = proxy.has_struck(&run.customer, plan);
            total += 1;
            struck += usize::from(has_struck);
            *kinds.entry((story, &plan.0.0, plan.1)).or_default() |= has_struck;
        }
    }
    println!("{struck} of {total} planned faults struck {} orders, and every order came to its end", runs.len());
    let missed: Vec<_> = kinds.iter().filter(|(_, struck)| !**struck).map(|(kind, _)| kind).collect();
    assert!(missed.is_empty(), "these faults never struck: {missed:#?}");
    assert!(struck * 10 >= total * 9, "only {struck} of {total} planned faults struck");
}
