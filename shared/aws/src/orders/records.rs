//! Records stored beside the head.

use async_trait::async_trait;
use oms_contract::record::{Command, Dossier, FraudReport, MethodChange, Package, Plan, Record, SubOrder, Told, Tracked, ValidationReport};
use oms_domain::history::{self, Entry};
use oms_domain::{OrderId, SubOrderId};
use oms_ports::PortError;
use oms_ports::audit::{Audit as _, Chain};
use oms_ports::orders::Records;
use serde::de::DeserializeOwned;

use super::{DynamoOrders, effects, head};
use crate::batch;
use crate::error::corrupt;
use crate::item::{self, Item, json, key, s};
use crate::keys;

/// The item of a record.
pub(super) fn to_item(id: OrderId, record: &Record) -> Result<Item, PortError> {
    match record {
        Record::Validation(report) => plain(id, keys::validation(report.version), report),
        Record::Fraud(report) => plain(id, keys::fraud(report.version), report),
        Record::Plan(plan) => plain(id, keys::plan(plan.version), plan),
        Record::Search(search) => plain(id, keys::search(search.version), search),
        Record::Carrier(decision) => plain(id, keys::carrier(decision.part), decision),
        Record::Method(change) => plain(id, keys::method(change.attempt), change),
        Record::Command(command) => plain(id, keys::command(&command.key), command),
        Record::Document(document) => super::document::to_item(document),
        Record::Tracked(event) => plain(id, keys::tracked(&event.event_id), event),
        Record::SubOrder { sub_order, open } => sub_order_item(id, sub_order, *open),
        Record::Package(package) => package_item(id, package),
    }
}

fn plain(id: OrderId, sk: String, body: &impl serde::Serialize) -> Result<Item, PortError> {
    let mut item = key(keys::order(id), sk);
    item.insert(keys::BODY.to_owned(), json(body)?);
    Ok(item)
}

fn sub_order_item(id: OrderId, sub_order: &SubOrder, open: bool) -> Result<Item, PortError> {
    let own = own_part(id, sub_order.sub_order_id)?;
    let mut item = plain(id, keys::sub_order(own.part), sub_order)?;
    let bucket = keys::vendor_bucket(&sub_order.vendor_id, open);
    item.insert(keys::VENDOR_BUCKET.to_owned(), s(bucket));
    item.insert(keys::SUB_ORDER_ID.to_owned(), s(own.to_string()));
    Ok(item)
}

/// The item of a package. When to poll next stands in the index attributes alone, so that one place says it.
fn package_item(id: OrderId, package: &Package) -> Result<Item, PortError> {
    let own = own_part(id, package.sub_order_id)?;
    let body = Package { poll_at: None, ..package.clone() };
    let mut item = plain(id, keys::package(own.part, package.package), &body)?;
    let tracking = keys::tracking(&package.carrier, &package.tracking_number);
    item.insert(keys::TRACKING.to_owned(), s(tracking));
    if let Some(at) = package.poll_at {
        item.insert(keys::POLL_SHARD.to_owned(), s(head::wake_shard(id)));
        item.insert(keys::POLL_AT.to_owned(), s(keys::stamp(at)));
    }
    Ok(item)
}

/// The package of an item.
pub(super) fn package_of(item: &Item) -> Result<Package, PortError> {
    Ok(Package { poll_at: item::maybe_parsed(item, keys::POLL_AT)?, ..item::body(item)? })
}

fn own_part(id: OrderId, part: SubOrderId) -> Result<SubOrderId, PortError> {
    if part.order == id { Ok(part) } else { Err(corrupt("a record names another order than its own")) }
}

#[async_trait]
impl Records for DynamoOrders {
    async fn validation(&self, id: OrderId, version: u64) -> Result<Option<ValidationReport>, PortError> {
        self.record(id, &keys::validation(version)).await
    }

    async fn fraud(&self, id: OrderId, version: u64) -> Result<Option<FraudReport>, PortError> {
        self.record(id, &keys::fraud(version)).await
    }

    async fn plan(&self, id: OrderId, version: u64) -> Result<Option<Plan>, PortError> {
        self.record(id, &keys::plan(version)).await
    }

    async fn sub_orders(&self, id: OrderId) -> Result<Vec<SubOrder>, PortError> {
        let items = self.under(id, "S#", true).await?;
        let mut parts = bodies::<SubOrder>(&items)?;
        parts.sort_by_key(|part| part.sub_order_id);
        Ok(parts)
    }

    async fn method(&self, id: OrderId, attempt: u8) -> Result<Option<MethodChange>, PortError> {
        self.record(id, &keys::method(attempt)).await
    }

    async fn command(&self, id: OrderId, key: &str) -> Result<Option<Command>, PortError> {
        self.record(id, &keys::command(key)).await
    }

    async fn dossier(&self, id: OrderId) -> Result<Dossier, PortError> {
        let items = self.under(id, "", false).await?;
        let mut dossier = Dossier::default();
        for item in &items {
            file(&mut dossier, item)?;
        }
        dossier.sub_orders.sort_by_key(|part| part.sub_order_id);
        dossier.packages.sort_by_key(|package| (package.sub_order_id, package.package));
        Ok(dossier)
    }

    async fn history(&self, id: OrderId) -> Result<Vec<Entry>, PortError> {
        let Some(Chain { entries, .. }) = self.chain(id).await? else {
            return Ok(Vec::new());
        };
        history::verify(&entries).map_err(corrupt)?;
        Ok(entries)
    }
}

impl DynamoOrders {
    async fn record<T: DeserializeOwned>(&self, id: OrderId, sk: &str) -> Result<Option<T>, PortError> {
        let item = self.item(id, sk, true).await?;
        item.as_ref().map(item::body).transpose()
    }

    /// The items of an order whose sort key starts with `prefix`.
    pub(super) async fn under(&self, id: OrderId, prefix: &str, consistent: bool) -> Result<Vec<Item>, PortError> {
        let pk = keys::order(id);
        batch::partition(&self.client, &self.table, pk, prefix, consistent).await
    }
}

fn bodies<T: DeserializeOwned>(items: &[Item]) -> Result<Vec<T>, PortError> {
    items.iter().map(item::body).collect()
}

/// Puts an item where it belongs in the dossier. Heads, documents, segments, payment effects, methods and commands are no part of it.
fn file(dossier: &mut Dossier, item: &Item) -> Result<(), PortError> {
    let sk = item::text(item, keys::SK)?;
    match sk.split_once('#').map(|(kind, _)| kind) {
        Some("V") => dossier.validations.push(item::body(item)?),
        Some("F") => dossier.frauds.push(item::body(item)?),
        Some("R") => dossier.plans.push(item::body(item)?),
        Some("Q") => dossier.searches.push(item::body(item)?),
        Some("S") => dossier.sub_orders.push(item::body(item)?),
        Some("P") => dossier.packages.push(package_of(item)?),
        Some("B") => dossier.carriers.push(item::body(item)?),
        Some("T") => dossier.tracked.push(item::body::<Tracked>(item)?),
        Some("N") => dossier.notices.extend(effects::outcome_of::<Told>(item)?.map(Told::notices).unwrap_or_default()),
        _ => {}
    }
    Ok(())
}
