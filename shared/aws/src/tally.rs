//! Deliveries counted: a row of the reference table for each performer, a mark in the ephemeral table for each delivery.
//!
//! A row has up to two numbers a day: `d2026-11-23`, what was delivered, and `l2026-11-23`, how much of that was late. Ninety days of both are under 3 KB, so a row is read for
//! the price of any other, in one batch with them.

use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use aws_sdk_dynamodb::Client;
use aws_sdk_dynamodb::types::{Put, TransactWriteItem, Update};
use jiff::ToSpan as _;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use oms_contract::reference::punctuality::{Counted, DayCounts, Performer, WINDOW_DAYS};
use oms_ports::PortError;
use oms_ports::tally::{Delivery, Tally};

use crate::error::corrupt;
use crate::item::{Item, key, n, number, text};
use crate::transact::{self, Outcome};
use crate::{batch, keys};

const DELIVERED: &str = "d";
const LATE: &str = "l";

/// Counts in the reference table, marks in the ephemeral one.
#[derive(Debug, Clone)]
pub struct DynamoTally {
    client: Client,
    reference: Arc<str>,
    ephemeral: Arc<str>,
}

impl DynamoTally {
    pub(crate) fn new(client: Client, reference: &str, ephemeral: &str) -> Self {
        Self { client, reference: reference.into(), ephemeral: ephemeral.into() }
    }

    /// That this delivery is counted: until no day of it counts any more, and a day longer.
    fn mark(&self, delivery: &Delivery) -> Result<TransactWriteItem, PortError> {
        let until = delivery.day.checked_add((WINDOW_DAYS + 1).days()).and_then(|day| day.to_zoned(TimeZone::UTC)).map_err(corrupt)?;
        let mut item = key(keys::counted(&delivery.id), keys::ONLY);
        item.insert(keys::EXPIRES.to_owned(), n(until.timestamp().as_second()));
        let put = Put::builder().table_name(&*self.ephemeral).set_item(Some(item));
        transact::put(put.condition_expression("attribute_not_exists(#pk)").expression_attribute_names("#pk", keys::PK).build())
    }

    /// One delivery more on its day, and the days that are outdated gone.
    fn update(&self, performer: &Performer, late: bool, day: Date, outdated: &[Date]) -> Result<TransactWriteItem, PortError> {
        let mut names = HashMap::from([("#d".to_owned(), named(DELIVERED, day))]);
        let mut add = "ADD #d :one".to_owned();
        if late {
            names.insert("#l".to_owned(), named(LATE, day));
            add.push_str(", #l :one");
        }
        let gone = outdated.iter().flat_map(|day| [named(DELIVERED, *day), named(LATE, *day)]);
        let mut removed = Vec::new();
        for (nth, name) in gone.enumerate() {
            names.insert(format!("#r{nth}"), name);
            removed.push(format!("#r{nth}"));
        }
        let remove = if removed.is_empty() { String::new() } else { format!(" REMOVE {}", removed.join(", ")) };
        let update = Update::builder().table_name(&*self.reference).set_key(Some(key(keys::tally(performer), keys::ONLY)));
        let update = update.update_expression(add + &remove).set_expression_attribute_names(Some(names));
        transact::update(update.expression_attribute_values(":one", n(1)).build())
    }
}

#[async_trait]
impl Tally for DynamoTally {
    async fn count(&self, delivery: &Delivery, today: Date) -> Result<bool, PortError> {
        let rows = delivery.by.iter().map(|(performer, _)| key(keys::tally(performer), keys::ONLY)).collect();
        let found = batch::get(&self.client, &self.reference, rows).await?;
        let mut parts = vec![self.mark(delivery)?];
        for (performer, late) in &delivery.by {
            let pk = keys::tally(performer);
            let row = found.iter().find(|item| text(item, keys::PK).is_ok_and(|found| found == pk));
            let outdated: Vec<Date> = row.map(counts).transpose()?.map(|counts| counts.outdated(today).collect()).unwrap_or_default();
            parts.push(self.update(performer, *late, delivery.day, &outdated)?);
        }
        // Without a token: told again, even at once, it is a delivery that was counted before.
        Ok(matches!(transact::write(&self.client, None, &parts).await?, Outcome::Written))
    }
}

fn named(kind: &str, day: Date) -> String {
    format!("{kind}{day}")
}

/// What a row says.
pub(crate) fn counts(row: &Item) -> Result<DayCounts, PortError> {
    let mut counts = DayCounts::default();
    for name in row.keys().filter(|name| ![keys::PK, keys::SK].contains(&name.as_str())) {
        let broken = || corrupt(format!("{name} is no count of a day"));
        let (is_late, day) = match name.split_at_checked(1) {
            Some((DELIVERED, day)) => (false, day),
            Some((LATE, day)) => (true, day),
            _ => return Err(broken()),
        };
        let day = day.parse().map_err(|_| broken())?;
        let counted: u32 = number(row, name)?;
        counts.add(day, Counted { deliveries: if is_late { 0 } else { counted }, late: if is_late { counted } else { 0 } });
    }
    Ok(counts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::item;
    use jiff::civil::date;

    /// A read unit is 4 KB, a write unit one.
    #[test]
    fn ninety_busy_days_are_three_kilobytes() {
        let of = Performer::Carrier { carrier: "dhl-express".to_owned(), service: oms_domain::document::Speed::Standard };
        let mut row = key(keys::tally(&of), keys::ONLY);
        let (mut day, mut days) = (date(2026, 8, 26), DayCounts::default());
        for _ in 0..WINDOW_DAYS {
            for (kind, counted) in [(DELIVERED, 9_999), (LATE, 999)] {
                row.insert(named(kind, day), n(counted));
            }
            days.add(day, Counted { deliveries: 9_999, late: 999 });
            day = day.tomorrow().unwrap();
        }
        assert!(item::size(&row) < 3 * 1024, "{}", item::size(&row));
        assert_eq!(counts(&row).unwrap(), days);
    }

    #[test]
    fn a_row_with_anything_else_in_it_is_broken() {
        for name in ["d2026-13-01", "dx", "", "é2026-11-23"] {
            let mut row = key("TALLY#V#ven-1", keys::ONLY);
            row.insert(name.to_owned(), n(1));
            assert!(counts(&row).is_err(), "{name}");
        }
    }
}
