//! What is stored beside the head.

use std::sync::Arc;

use async_trait::async_trait;

use oms_contract::record::{Command, Dossier, FraudReport, MethodChange, Plan, Record, SubOrder, ValidationReport};
use oms_domain::OrderId;
use oms_domain::history::{self, Entry};
use oms_ports::error::{Party, PortError};
use oms_ports::orders::Records;

use super::{MemoryOrders, Tables};

impl Tables {
    pub(super) fn keep(&mut self, id: OrderId, records: &[Record]) {
        for record in records.iter().cloned() {
            match record {
                Record::Validation(report) => {
                    self.validations.insert((id, report.version), Arc::new(report));
                }
                Record::Fraud(report) => {
                    self.frauds.insert((id, report.version), Arc::new(report));
                }
                Record::Plan(plan) => {
                    self.plans.insert((id, plan.version), Arc::new(plan));
                }
                Record::Search(search) => {
                    self.searches.insert((id, search.version), Arc::new(search));
                }
                Record::SubOrder { sub_order, open } => {
                    let no = sub_order.sub_order_id.part;
                    self.sub_orders.insert((id, no), Arc::new((sub_order, open)));
                }
                Record::Package(package) => {
                    let key = (id, package.sub_order_id.part, package.package);
                    self.packages.insert(key, package);
                }
                Record::Carrier(decision) => {
                    self.carriers.insert((id, decision.part), decision);
                }
                Record::Method(change) => {
                    self.methods.insert((id, change.attempt), change);
                }
                Record::Command(command) => {
                    self.commands.insert((id, command.key.clone()), command);
                }
                Record::Document(document) => {
                    self.documents.insert(id, Arc::new(document));
                }
                Record::Tracked(event) => {
                    self.tracked.insert((id, event.event_id.clone()), event);
                }
            }
        }
    }

    fn dossier(&self, id: OrderId) -> Dossier {
        let sub_orders = self.sub_orders.range((id, 0)..=(id, u8::MAX));
        let packages = self.packages.range((id, 0, 0)..=(id, u8::MAX, u8::MAX));
        let tracked = self.tracked.iter().filter(|((order, _), _)| *order == id);
        Dossier {
            validations: versions(&self.validations, id),
            frauds: versions(&self.frauds, id),
            plans: versions(&self.plans, id),
            searches: versions(&self.searches, id),
            sub_orders: sub_orders.map(|(_, row)| row.0.clone()).collect(),
            packages: packages.map(|(_, package)| package.clone()).collect(),
            carriers: self.carriers.range((id, 0)..=(id, u8::MAX)).map(|(_, decision)| decision.clone()).collect(),
            tracked: tracked.map(|(_, event)| event.clone()).collect(),
            notices: self.notices(id),
        }
    }
}

type Versions<T> = std::collections::BTreeMap<(OrderId, u64), Arc<T>>;

fn versions<T: Clone>(table: &Versions<T>, id: OrderId) -> Vec<T> {
    let rows = table.range((id, 0)..=(id, u64::MAX));
    rows.map(|(_, row)| (**row).clone()).collect()
}

#[async_trait]
impl Records for MemoryOrders {
    async fn validation(&self, id: OrderId, version: u64) -> Result<Option<ValidationReport>, PortError> {
        self.faults.gate().await;
        self.call("validation", |tables| Ok(tables.validations.get(&(id, version)).map(|row| (**row).clone())))
    }

    async fn fraud(&self, id: OrderId, version: u64) -> Result<Option<FraudReport>, PortError> {
        self.faults.gate().await;
        self.call("fraud", |tables| Ok(tables.frauds.get(&(id, version)).map(|row| (**row).clone())))
    }

    async fn plan(&self, id: OrderId, version: u64) -> Result<Option<Plan>, PortError> {
        self.faults.gate().await;
        self.call("plan", |tables| Ok(tables.plans.get(&(id, version)).map(|row| (**row).clone())))
    }

    async fn sub_orders(&self, id: OrderId) -> Result<Vec<SubOrder>, PortError> {
        self.faults.gate().await;
        self.call("sub_orders", |tables| Ok(tables.dossier(id).sub_orders))
    }

    async fn method(&self, id: OrderId, attempt: u8) -> Result<Option<MethodChange>, PortError> {
        self.faults.gate().await;
        self.call("method", |tables| Ok(tables.methods.get(&(id, attempt)).cloned()))
    }

    async fn command(&self, id: OrderId, key: &str) -> Result<Option<Command>, PortError> {
        self.call("command", |tables| Ok(tables.commands.get(&(id, key.to_owned())).cloned()))
    }

    async fn dossier(&self, id: OrderId) -> Result<Dossier, PortError> {
        self.faults.gate().await;
        self.call("dossier", |tables| Ok(tables.dossier(id)))
    }

    async fn history(&self, id: OrderId) -> Result<Vec<Entry>, PortError> {
        self.faults.gate().await;
        self.call("history", |tables| {
            let entries = tables.history(id).unwrap_or_default();
            if !entries.is_empty() {
                history::verify(&entries).map_err(|error| PortError::corrupt(Party::Store, error))?;
            }
            Ok(entries)
        })
    }
}
