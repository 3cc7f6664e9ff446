//! Budgets: what of them is used, and which were too small for an order.

use std::collections::BTreeMap;

use oms_domain::{OrderId, Sku};
use oms_ports::PortError;
use oms_ports::budget::BudgetKey;
use oms_ports::stock::{Demand, Held};

use super::DynamoInventory;
use super::counter::{Counted, Counter};
use super::hold::counted_budget;
use super::ledger::{BUDGET, from_item};
use crate::batch;
use crate::item::{Item, key, number, text};
use crate::keys;

impl DynamoInventory {
    /// What the port's `used` says: the counters, less what this order itself has taken. One batch, strongly consistent, though not all of one
    /// moment: the transaction that takes decides.
    pub(super) async fn used_by_others(&self, order: OrderId, budgets: &[BudgetKey]) -> Result<BTreeMap<BudgetKey, u64>, PortError> {
        if budgets.is_empty() {
            return Ok(BTreeMap::new());
        }
        let counters: BTreeMap<&BudgetKey, Counter> = budgets.iter().map(|budget| (budget, counted_budget(budget).shard(0))).collect();
        let mut wanted: Vec<Item> = counters.values().map(Counter::key).map(|(pk, sk)| key(pk, sk)).collect();
        wanted.push(key(keys::hold(order), keys::HOLD));
        let items = batch::read(&self.client, &self.table, wanted, true).await?;
        let find = |pk: &str| items.iter().find(|item| text(item, keys::PK).is_ok_and(|found| found == pk));
        let own = find(&keys::hold(order)).map(from_item).transpose()?.map(|hold| hold.taken()).unwrap_or_default();
        let mut used = BTreeMap::new();
        for (budget, counter) in counters {
            let all: i64 = find(&counter.key().0).map_or(Ok(0), |item| number(item, BUDGET.taken))?;
            let others = all - own.get(&counter).copied().unwrap_or(0);
            used.insert(budget.clone(), u64::try_from(others).unwrap_or(0));
        }
        Ok(used)
    }
}

/// What a hold is told of which these had too little.
pub(super) fn refusal(demand: &Demand, refused: &[Counted]) -> Held {
    let skus: Vec<Sku> = refused.iter().filter_map(Counted::sku).cloned().collect();
    let keys = demand.budgets.iter().map(|budget| &budget.key);
    let budgets: Vec<BudgetKey> = keys.filter(|key| refused.contains(&counted_budget(key))).cloned().collect();
    if budgets.is_empty() { Held::Short(skus) } else { Held::Spent { budgets, skus } }
}
