//! The log of effects.

use async_trait::async_trait;
use jiff::Timestamp;

use std::collections::BTreeMap;

use oms_contract::record::{Notice, Told};
use oms_domain::OrderId;
use oms_ports::effects::{Begun, EffectKey, Effects};
use oms_ports::error::PortError;

use super::{MemoryOrders, Tables};

/// An effect begun, or made.
#[derive(Debug, Clone)]
pub enum Effect {
    /// Begun by a run that has it to itself until then.
    Started {
        /// When the lease ends.
        lease_until: Timestamp,
    },
    /// Made, with this outcome.
    Done(serde_json::Value),
}

impl Tables {
    fn begin(&mut self, key: (OrderId, String), now: Timestamp, until: Timestamp) -> Begun {
        let begun = match self.effects.get(&key) {
            None => Begun::Mine,
            Some(Effect::Done(outcome)) => return Begun::Done(outcome.clone()),
            Some(Effect::Started { lease_until }) if *lease_until > now => return Begun::Held,
            Some(Effect::Started { .. }) => Begun::Unsure,
        };
        let effect = Effect::Started { lease_until: until };
        self.effects.insert(key, effect);
        begun
    }

    pub(super) fn notices(&self, id: OrderId) -> Vec<Notice> {
        let told = self.done(id, "N#").filter_map(|(_, outcome)| serde_json::from_value::<Told>(outcome.clone()).ok());
        told.flat_map(Told::notices).collect()
    }

    /// Outcomes of the payment's effects.
    pub(super) fn outcomes(&self, id: OrderId) -> BTreeMap<String, serde_json::Value> {
        self.done(id, "E#").map(|(key, outcome)| (key.clone(), outcome.clone())).collect()
    }

    fn done<'a>(&'a self, id: OrderId, kind: &'a str) -> impl Iterator<Item = (&'a String, &'a serde_json::Value)> {
        let own = self.effects.iter().filter(move |((order, key), _)| *order == id && key.starts_with(kind));
        own.filter_map(|((_, key), effect)| match effect {
            Effect::Started { .. } => None,
            Effect::Done(outcome) => Some((key, outcome)),
        })
    }
}

#[async_trait]
impl Effects for MemoryOrders {
    async fn begin(&self, order: OrderId, key: &EffectKey, now: Timestamp, until: Timestamp) -> Result<Begun, PortError> {
        self.faults.gate().await;
        self.call("begin", |tables| Ok(tables.begin((order, key.to_string()), now, until)))
    }

    async fn finish(&self, order: OrderId, key: &EffectKey, outcome: &serde_json::Value) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("finish", |tables| {
            let key = (order, key.to_string());
            if !matches!(tables.effects.get(&key), Some(Effect::Done(_))) {
                tables.effects.insert(key, Effect::Done(outcome.clone()));
            }
            Ok(())
        })
    }

    async fn is_begun(&self, order: OrderId, key: &EffectKey) -> Result<bool, PortError> {
        self.faults.gate().await;
        self.call("is_begun", |tables| Ok(tables.effects.contains_key(&(order, key.to_string()))))
    }

    async fn doubt(&self, order: OrderId, key: &EffectKey) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("doubt", |tables| {
            let effect = tables.effects.get_mut(&(order, key.to_string()));
            if let Some(Effect::Started { lease_until }) = effect {
                *lease_until = Timestamp::MIN;
            }
            Ok(())
        })
    }

    async fn abandon(&self, order: OrderId, key: &EffectKey) -> Result<(), PortError> {
        self.faults.gate().await;
        self.call("abandon", |tables| {
            let key = (order, key.to_string());
            if matches!(tables.effects.get(&key), Some(Effect::Started { .. })) {
                tables.effects.remove(&key);
            }
            Ok(())
        })
    }

    async fn outcome(&self, order: OrderId, key: &EffectKey) -> Result<Option<serde_json::Value>, PortError> {
        self.faults.gate().await;
        self.call("outcome", |tables| {
            Ok(match tables.effects.get(&(order, key.to_string())) {
                Some(Effect::Done(outcome)) => Some(outcome.clone()),
                Some(Effect::Started { .. }) | None => None,
            })
        })
    }
}
