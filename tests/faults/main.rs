//! Crash anywhere: every write and every effect of an order's way is made to fail, and the order still ends as it should, without a person's help.
//!
//! First each story is played undisturbed, and every call for its order is noted. Then it is played once more for every one of these calls and
//! every [`Fault`], each time with a customer of its own. In the end there is one charge or none, the stock is where the order says, each milestone
//! was told once, and the history replays. Before all that the emulator itself is stopped and started while other orders are under way.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test stops at what it does not expect, its helpers too")]
#![allow(clippy::print_stdout, reason = "figures that the run is for")]

mod call;
mod process;
mod proxy;
mod restart;
mod story;
mod sweeper;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use futures::stream::StreamExt as _;

use oms_tests::shop::{self, Shop};
use proxy::{Fault, Point, Proxy};
use story::{STORIES, Story};

/// Orders under way at once; many of them only wait for a queue or the sweeper.
const AT_ONCE: usize = 48;
/// More than all orders together take.
const STOCK: u32 = 100_000;

#[test]
fn whatever_fails_an_order_ends_as_it_should() {
    shop::scene(STOCK, async |shop| {
        let proxy = stand_between(shop).await;
        let sweeper = sweeper::start(shop);
        // What lost its execution is started again some minutes later: time enough for everything else.
        Box::pin(restart::while_orders_are_under_way(shop, make_everything_fail(shop, &proxy))).await;
        sweeper.abort();
        books_agree(shop).await;
    });
}

/// One order to be disturbed.
struct Run {
    story: &'static Story,
    point: Point,
    fault: Fault,
    customer: String,
}

/// What came of a run.
struct Played {
    story: &'static str,
    point: Point,
    fault: Fault,
    customer: String,
}

async fn stand_between(shop: &Shop) -> Proxy {
    let listen = |name: &str| {
        let url = shop.stack.proxies.get(name).expect("the stack is not started with --proxied; `make test` does");
        url.trim_start_matches("http://").parse().unwrap()
    };
    let cloud = Proxy::start(listen("emulator"), &shop.stack.emulator_url, None).await;
    Proxy::start(listen("gateway"), &shop.stack.gateway_url, Some(&cloud)).await;
    cloud
}

/// Plays every story undisturbed; a run for each of its calls and each fault.
async fn plan(shop: &Shop, proxy: &Proxy) -> Vec<Run> {
    let mut runs = Vec::new();
    for story in &STORIES {
        let customer = shop.customer(&format!("{}-undisturbed", story.name)).await;
        story.play(shop, &customer, 1).await;
        let calls = proxy.calls_of(&customer);
        assert!(calls.len() > 5, "{}: the proxy saw only {calls:?}", story.name);
        println!("{}: {} calls of {} kinds", story.name, calls.values().sum::<u32>(), calls.len());
        for (nth, (call, count)) in calls.iter().enumerate() {
            for (time, fault) in (1..=*count).flat_map(|time| story.faults.iter().map(move |fault| (time, *fault))) {
                let customer = shop.name(&format!("{}-{nth}-{time}-{fault:?}", story.name).to_lowercase());
                runs.push(Run { story, point: (call.clone(), time), fault, customer });
            }
        }
    }
    let customers: Vec<String> = runs.iter().map(|run| run.customer.clone()).collect();
    shop.welcome(&customers).await;
    runs
}

async fn make_everything_fail(shop: &Shop, proxy: &Proxy) {
    let runs = plan(shop, proxy).await;
    let total = runs.len();
    let outcomes: Vec<Played> = futures::stream::iter(runs).map(|run| play(shop, proxy, run)).buffer_unordered(AT_ONCE).collect().await;
    report(proxy, &outcomes, total);
}

async fn play(shop: &Shop, proxy: &Proxy, run: Run) -> Played {
    proxy.plan(&run.customer, run.point.clone(), run.fault);
    let played = run.story.play(shop, &run.customer, if may_mail_twice(&run.point, run.fault) { 2 } else { 1 });
    tokio::time::timeout(Duration::from_mins(15), played)
        .await
        .unwrap_or_else(|_| panic!("{}: {:?} at {:?}: the order does not come to its end", run.story.name, run.fault, run.point));
    Played { story: run.story.name, customer: run.customer, point: run.point, fault: run.fault }
}

/// Whether the caller dies, or is left without an answer, between the mail and the note that it left. Then nobody knows whether it did, and it is sent
/// again: the mail service has no key that would make the two one.
fn may_mail_twice((call, _): &Point, fault: Fault) -> bool {
    let mails = call.contains("/v2/email") && matches!(fault, Fault::KilledAfter | Fault::AnswerLost);
    let notes = call.starts_with("DynamoDB UpdateItem N#") && call.ends_with("#email") && fault == Fault::KilledBefore;
    mails || notes
}

/// Says what was tried. Which of several equal calls a fault meets may differ from run to run, but every kind of call has to meet every fault.
fn report(proxy: &Proxy, outcomes: &[Played], total: usize) {
    let struck = outcomes.iter().filter(|outcome| proxy.has_struck(&outcome.customer)).count();
    println!("{struck} of {total} planned faults struck, and every order ended as it should");
    let mut kinds: BTreeMap<(&str, &str, Fault), BTreeSet<bool>> = BTreeMap::new();
    for outcome in outcomes {
        kinds.entry((outcome.story, &outcome.point.0, outcome.fault)).or_default().insert(proxy.has_struck(&outcome.customer));
    }
    let missed: Vec<_> = kinds.iter().filter(|(_, struck)| !struck.contains(&true)).map(|(kind, _)| kind).collect();
    assert!(missed.is_empty(), "these faults never struck: {missed:#?}");
    assert!(struck * 10 >= total * 9, "only {struck} of {total} planned faults struck");
}

/// What the counters say is what the orders hold.
async fn books_agree(shop: &Shop) {
    let books = shop.books().await;
    assert_eq!(books.free + books.taken, books.available() + books.allocated(), "the pool and the shelves disagree");
}
