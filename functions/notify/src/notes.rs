//! What a mail says of this order beyond its milestone.

use jiff::{SignedDuration, Timestamp};

use oms_contract::event::CloudEvent;
use oms_domain::order::Shortage;
use oms_domain::{Order, Sku, timers};
use oms_ports::StepError;
use oms_ports::reference::Wanted;

use crate::Deps;
use crate::milestone::{OFFER_MADE, RESOURCED};

/// The paragraphs that follow the milestone's own; `None` where it is settled meanwhile, so that nobody need hear of it.
pub(crate) async fn of(deps: &Deps, order: &Order, event: &CloudEvent) -> Result<Option<Vec<String>>, StepError> {
    match event.r#type.as_str() {
        OFFER_MADE => match order.shortages.of(event.data.part).filter(|shortage| shortage.offer == Some(event.data.seq)) {
            Some(shortage) => offer(deps, order, shortage).await.map(Some),
            None => Ok(None),
        },
        RESOURCED => estimate(deps, order, event).await.map(|estimate| Some(estimate.into_iter().collect())),
        _ => Ok(Some(Vec::new())),
    }
}

/// What is short, what could be sent instead, and until when.
async fn offer(deps: &Deps, order: &Order, shortage: &Shortage) -> Result<Vec<String>, StepError> {
    let skus: Vec<Sku> = shortage.short.iter().chain(shortage.instead.iter().map(|swap| &swap.instead)).cloned().collect();
    let found = deps.reference.fetch(&Wanted { products: skus, ..Wanted::default() }).await?;
    let name = |sku: &Sku| {
        found.products.iter().find(|product| product.sku == *sku).map_or_else(|| sku.to_string(), |product| product.name.clone())
    };
    let mut notes: Vec<String> = shortage.short.iter().map(|sku| format!("Not available at present: {}", name(sku))).collect();
    let swap = |swap: &oms_domain::order::Substitute| {
        format!("Instead of {} we can send {}, at the price of what you ordered.", name(&swap.ordered), name(&swap.instead))
    };
    notes.extend(shortage.instead.iter().map(swap));
    let (state, since) = shortage.part.and_then(|no| order.part(no)).map_or((order.state, order.since), |part| (part.state, part.since));
    if let Some(until) = timers::ends(state, since) {
        let until = until.strftime("%Y-%m-%d %H:%M UTC");
        notes.push(format!("If nobody has it by {until}, it is cancelled, and whatever you have paid for it is given back to you."));
    }
    Ok(notes)
}

/// When a part should be there that another vendor sends now.
async fn estimate(deps: &Deps, order: &Order, event: &CloudEvent) -> Result<Option<String>, StepError> {
    let sub_orders = deps.records.sub_orders(order.id).await?;
    let own = sub_orders.iter().find(|sub_order| Some(sub_order.sub_order_id.part) == event.data.part);
    let hours = own.and_then(|sub_order| sub_order.shipments.iter().map(|shipment| shipment.hours).max());
    Ok(hours.and_then(|hours| day(event.time, hours)).map(|day| format!("It should be with you by {day}.")))
}

/// The day, in UTC, so many hours later.
fn day(from: Timestamp, hours: u32) -> Option<String> {
    let there = from.checked_add(SignedDuration::from_hours(i64::from(hours))).ok()?;
    Some(there.strftime("%Y-%m-%d").to_string())
}
