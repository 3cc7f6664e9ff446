//! `oms verify-history`: every stored order is what its history says.

use std::time::Instant;

use oms_aws::Clients;
use oms_local::Stack;
use oms_local::audit::{self, Findings};

use crate::console::{Console, say};
use crate::failure::Failure;

pub(crate) async fn run(stack: &Stack, console: Console) -> Result<(), Failure> {
    let started = Instant::now();
    let orders = Clients::at(&stack.endpoint()).await.orders(stack.table("orders")?);
    let findings = audit::verify(&*orders).await?;
    for line in told(&findings, console) {
        say(line)?;
    }
    say(console.faint(&format!("in {:.1} s", started.elapsed().as_secs_f64())))?;
    if findings.wrong.is_empty() { Ok(()) } else { Err(Failure::Histories { failed: findings.wrong.len(), all: findings.orders }) }
}

fn told(findings: &Findings, console: Console) -> Vec<String> {
    let wrong = findings.wrong.iter().map(|(id, wrong)| console.bad(&format!("{} {id}: {wrong}", id.number())));
    let sound = findings.orders - findings.wrong.len();
    let sum = format!("{} orders with {} entries, {sound} are what their histories say", findings.orders, findings.entries);
    wrong.chain([if findings.wrong.is_empty() { console.good(&sum) } else { sum }]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_domain::history::HistoryError;
    use oms_fakes::an_order;
    use oms_local::audit::Wrong;

    #[test]
    fn every_mismatch_is_told_and_then_the_sum() {
        let id = an_order().id();
        let findings = Findings { orders: 3, entries: 40, wrong: vec![(id, Wrong::History(HistoryError::Broken(4)))] };
        let lines = told(&findings, Console::plain());
        assert_eq!(lines.len(), 2);
        assert!(lines[0].contains(&id.to_string()) && lines[0].contains("entry 4"), "{lines:?}");
        assert_eq!(lines[1], "3 orders with 40 entries, 2 are what their histories say");
    }
}
