//! What stands after the stories: how they ended, where everything is, and what to try next.

use jiff::Timestamp;

use oms_domain::ActorKind;
use oms_local::Stack;
use oms_local::tokens::{Claim, Issuer};

use super::act::Told;
use super::script::STORIES;
use crate::console::{Console, columns};
use crate::failure::Failure;

/// One line a story.
pub(super) fn summary(all: &[Told], console: Console) -> Vec<String> {
    let rows: Vec<Vec<String>> = all
        .iter()
        .map(|told| {
            let ended = match &told.outcome {
                Ok(outcome) => vec![outcome.order.state.clone(), outcome.order.order_id.clone()],
                Err(_) => vec!["-".to_owned(), "-".to_owned()],
            };
            let verdict = if told.failed().is_none() { "as it should" } else { "FAILED" };
            [told.story.title.to_owned()].into_iter().chain(ended).chain([verdict.to_owned()]).collect()
        })
        .collect();
    let mut lines = vec![String::new(), console.strong("How they ended")];
    for (line, told) in columns(&rows, 3).into_iter().zip(all) {
        lines.push(if told.failed().is_none() { console.good(&line) } else { console.bad(&line) });
    }
    lines
}

/// Where everything is, a token, and a call to try.
///
/// # Errors
/// Where no token can be signed.
pub(super) fn directions(stack: &Stack, issuer: &Issuer, console: Console, now: Timestamp) -> Result<Vec<String>, Failure> {
    let token = issuer.token(&Claim::new(ActorKind::Operator, "you", now))?;
    let places = [
        ("API", stack.api_url.clone()),
        ("Emulator", stack.emulator_url.clone()),
        ("Payment gateway", stack.gateway_url.clone()),
        ("Carrier", stack.carrier_url.clone()),
        ("Mailbox", format!("{}/_ministack/ses/messages", stack.emulator_url)),
        ("Machine", stack.state_machine.clone()),
        ("Cancellation machine", stack.cancellation_machine.clone()),
        ("Logs of a function", "CloudWatch Logs of the emulator, group /aws/lambda/<function name>".to_owned()),
        ("Logs of processes", stack.run_dir.display().to_string()),
        ("For programs", stack.path.display().to_string()),
    ];
    let tables = stack.tables.iter().map(|(name, table)| (format!("Table {name}"), table.clone()));
    let places = places.into_iter().map(|(name, place)| (name.to_owned(), place));
    let rows: Vec<Vec<String>> = places.chain(tables).map(|(name, place)| vec![name, place]).collect();
    let sample = STORIES[0].file;
    let customer = STORIES[0].customer;
    let mut lines = vec![String::new(), console.strong("Where everything is")];
    lines.extend(columns(&rows, 3));
    lines.extend([
        String::new(),
        console.strong("A token of an operator, good for eight hours (another: make token ROLE=customer SUBJECT=cus-ana)"),
    ]);
    lines.push(token);
    lines.extend([String::new(), console.strong("Place an order yourself")]);
    lines.push(format!("   curl -s '{}/api/v2/orders' \\", stack.api_url));
    lines.push(format!("     -H \"Authorization: Bearer $(make -s token ROLE=customer SUBJECT={customer})\" \\"));
    lines.push("     -H \"Idempotency-Key: $(date +%s)\" -H 'Content-Type: application/json' \\".to_owned());
    lines.push(format!("     --data @events/http/{sample}"));
    lines.extend([String::new(), console.strong("Read the logs of a function")]);
    lines.push(format!("   AWS_ACCESS_KEY_ID={} AWS_SECRET_ACCESS_KEY=test AWS_REGION={} \\", stack.access_key_id, stack.region));
    let function = stack.functions.get("validate").map_or("<function name>", String::as_str);
    lines.push(format!("   aws --endpoint-url {} logs tail /aws/lambda/{function}", stack.emulator_url));
    lines.push(String::new());
    Ok(lines)
}
