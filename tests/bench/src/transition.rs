//! One transition: what deciding it takes, and what storing it.

use std::hint::black_box;

use dynoxide::Database;
use jiff::SignedDuration;

use oms_aws::{Meter, schema};
use oms_domain::change::{By, Changed, Refusal};
use oms_domain::transition::Trigger;
use oms_domain::{Actor, State};
use oms_fakes::build::document::a_document_of;
use oms_fakes::{NOON, an_order};
use oms_ports::PortError;
use oms_ports::orders::{Captures as _, IdempotencyKey, NewOrder, Orders as _, Origin};

use crate::store::{Embedded, tables_of};

/// Decides the same transition so many times: an order of three parts goes to its vendors.
///
/// # Errors
/// Where the transition is not allowed any more.
pub fn decide(times: u32) -> Result<(), Refusal> {
    let order = an_order().vendors(&["ven-1", "ven-2", "ven-3"]).at(State::Routed).build().order;
    let by = By::new(Actor::system("notify"), NOON + SignedDuration::from_hours(1));
    for _ in 0..times {
        black_box(Changed::of(black_box(order.clone())).go(Trigger::VendorsNotified, &by)?);
    }
    Ok(())
}

/// Write units of storing one transition of a stored order with so many lines.
///
/// # Errors
/// Of the store.
pub async fn write_units(lines: usize) -> Result<f64, PortError> {
    let meter = Meter::default();
    let database = Database::memory().map_err(|error| PortError::corrupt(oms_ports::Party::Store, error))?;
    let clients = tables_of(&Embedded::new(database)).await?.metered(&meter);
    let changed = an_order().build();
    let id = changed.order.id;
    let mut document = a_document_of(&changed.order);
    document.lines = document.lines.into_iter().cycle().take(lines).collect();
    let (scope, key, digest) = ("customer/cus-1".to_owned(), "key".to_owned(), "digest".to_owned());
    let idempotency = IdempotencyKey { scope, key, digest, expires: NOON + SignedDuration::from_hours(24) };
    clients.captures(schema::ORDERS.name, schema::EPHEMERAL.name).create(&NewOrder { changed, document, idempotency }).await?;

    let orders = clients.orders(schema::ORDERS.name);
    let missing = || PortError::corrupt(oms_ports::Party::Store, "the order that was just stored is not there");
    let was = orders.load(id).await?.ok_or_else(missing)?;
    let by = By::new(Actor::system("pay"), NOON);
    let learnt = was.change().learn(oms_domain::history::Fact::PaymentActionRequired, &by);
    let now = learnt.map_err(|refusal| PortError::corrupt(oms_ports::Party::Store, refusal))?;
    meter.take();
    orders.commit(&was, now, Origin::Machine, &[]).await?;
    Ok(meter.take().values().map(|count| count.write_units).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_stored_transition_costs_at_most_three_write_units_whatever_the_lines() {
        let one = write_units(1).await.unwrap();
        for lines in [1, 40, 200] {
            let units = write_units(lines).await.unwrap();
            assert!(units > 0.0 && units <= 3.0, "{units} with {lines} lines");
            assert!((units - one).abs() < f64::EPSILON, "{units} with {lines} lines, {one} with one");
        }
    }

    #[test]
    fn the_decision_that_is_counted_is_one() {
        decide(1).unwrap();
    }
}
