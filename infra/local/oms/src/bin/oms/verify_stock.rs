//! `oms verify-stock`: every counter of the stock is what its log says.

use std::time::Instant;

use clap::Args;

use oms_aws::{Clients, DynamoInventory, StockProof};
use oms_local::Stack;

use crate::console::{Console, say};
use crate::failure::Failure;

#[derive(Args)]
pub(crate) struct Arguments {
    /// Make counters that differ what the log says, each by one write that fails where orders have moved it meanwhile.
    #[arg(long)]
    repair: bool,
}

pub(crate) async fn run(stack: &Stack, arguments: &Arguments, console: Console) -> Result<(), Failure> {
    let started = Instant::now();
    let inventory = Clients::at(&stack.endpoint()).await.inventory(stack.table("inventory")?);
    let mut proof = inventory.prove().await?;
    for line in told(&proof, console) {
        say(line)?;
    }
    if arguments.repair && !proof.drifts.is_empty() {
        for line in repaired(&inventory, &proof, console).await? {
            say(line)?;
        }
        proof = inventory.prove().await?;
        for line in told(&proof, console) {
            say(line)?;
        }
    }
    say(console.faint(&format!("in {:.1} s", started.elapsed().as_secs_f64())))?;
    let wrong = proof.drifts.len() + proof.broken.len() + proof.restless.len();
    if wrong == 0 { Ok(()) } else { Err(Failure::Counters { wrong, counters: proof.sound + wrong }) }
}

async fn repaired(inventory: &DynamoInventory, proof: &StockProof, console: Console) -> Result<Vec<String>, Failure> {
    let mut lines = Vec::new();
    for drift in &proof.drifts {
        lines.push(if inventory.repair(drift).await? {
            console.good(&format!("repaired: {drift}"))
        } else {
            console.bad(&format!("not repaired, for it has moved meanwhile or the log promises more than there is: {drift}"))
        });
    }
    Ok(lines)
}

fn told(proof: &StockProof, console: Console) -> Vec<String> {
    let drifts = proof.drifts.iter().map(|drift| console.bad(&drift.to_string()));
    let broken = proof.broken.iter().map(|(id, fault)| console.bad(&format!("the log of {} {id}: {fault}", id.number())));
    let restless = proof.restless.iter().map(|of| console.bad(&format!("{of} moved at every look: look again when it is quieter")));
    let counters = proof.sound + proof.drifts.len() + proof.restless.len();
    let sum = format!(
        "{counters} pools and warehouse rows, {} are what {} entries of {} orders and of what came in say",
        proof.sound, proof.entries, proof.orders
    );
    let all_sound = proof.sound == counters && proof.broken.is_empty();
    drifts.chain(broken).chain(restless).chain([if all_sound { console.good(&sum) } else { sum }]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_fakes::an_order;

    #[test]
    fn everything_that_is_not_proved_is_told_and_then_the_sum() {
        let id = an_order().id();
        let proof = StockProof {
            sound: 7,
            orders: 2,
            entries: 9,
            broken: vec![(id, "it takes -1 from P#A#0".to_owned())],
            restless: vec!["P#B#0".to_owned()],
            ..StockProof::default()
        };
        let lines = told(&proof, Console::plain());
        assert_eq!(lines.len(), 3);
        assert!(lines[0].contains(&id.to_string()) && lines[0].ends_with("it takes -1 from P#A#0"), "{lines:?}");
        assert!(lines[1].starts_with("P#B#0 moved"), "{lines:?}");
        assert_eq!(lines[2], "8 pools and warehouse rows, 7 are what 9 entries of 2 orders and of what came in say");
    }
}
