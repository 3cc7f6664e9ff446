//! Proving a table of orders: every order is what its history says, byte for byte.

use std::collections::BTreeSet;

use futures::future::join_all;

use oms_domain::OrderId;
use oms_domain::history::{self, HistoryError};
use oms_ports::PortError;
use oms_ports::audit::{Audit, Chain};

/// Orders read at once: the emulator is one process, more would only wait there.
const AT_ONCE: usize = 16;

/// What was found.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Findings {
    /// Orders looked at.
    pub orders: usize,
    /// Their entries.
    pub entries: usize,
    /// What does not hold, by order.
    pub wrong: Vec<(OrderId, Wrong)>,
}

/// What does not hold of an order.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Wrong {
    /// Records of an order that has no head.
    #[error("it has records, but no head")]
    Headless,
    /// Head or history cannot be read.
    #[error("{0}")]
    Unreadable(String),
    /// The history is not whole, or comes to another order.
    #[error(transparent)]
    History(#[from] HistoryError),
}

/// Looks at every order of a table. Orders that change meanwhile are seen as they were at one moment.
///
/// # Errors
/// Where the table does not answer.
pub async fn verify(table: &dyn Audit) -> Result<Findings, PortError> {
    let mut findings = Findings::default();
    let mut seen = BTreeSet::new();
    let mut cursor = None;
    loop {
        let (page, next) = table.ids(cursor).await?;
        let new: Vec<OrderId> = page.into_iter().filter(|id| seen.insert(*id)).collect();
        for ids in new.chunks(AT_ONCE) {
            let chains = join_all(ids.iter().map(|id| table.chain(*id))).await;
            for (id, chain) in ids.iter().zip(chains) {
                findings.count(*id, chain)?;
            }
        }
        match next {
            None => return Ok(findings),
            next => cursor = next,
        }
    }
}

impl Findings {
    fn count(&mut self, id: OrderId, chain: Result<Option<Chain>, PortError>) -> Result<(), PortError> {
        self.orders += 1;
        let verdict = match chain {
            Ok(Some(chain)) => {
                self.entries += chain.entries.len();
                history::prove(id, &chain.head, &chain.entries).map_err(Wrong::History)
            }
            Ok(None) => Err(Wrong::Headless),
            Err(error @ PortError::Corrupt { .. }) => Err(Wrong::Unreadable(error.to_string())),
            Err(error) => return Err(error),
        };
        self.wrong.extend(verdict.err().map(|wrong| (id, wrong)));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use async_trait::async_trait;
    use oms_domain::State;
    use oms_fakes::an_order;
    use oms_ports::Party;
    use oms_ports::orders::Cursor;

    /// A table of these orders, two on a page; the first of a page comes a second time at the end of it.
    struct Table(Vec<(OrderId, Option<Chain>)>);

    #[async_trait]
    impl Audit for Table {
        async fn ids(&self, after: Option<Cursor>) -> Result<(Vec<OrderId>, Option<Cursor>), PortError> {
            let from = after.map_or(0, |cursor| cursor.parse().unwrap());
            let page: Vec<OrderId> = self.0.iter().skip(from).take(2).map(|(id, _)| *id).collect();
            let next = (from + 2 < self.0.len()).then(|| (from + 2).to_string());
            let first = page.first().copied();
            Ok((page.into_iter().chain(first).collect(), next))
        }

        async fn chain(&self, id: OrderId) -> Result<Option<Chain>, PortError> {
            let chain = self.0.iter().find(|(own, _)| *own == id).and_then(|(_, chain)| chain.clone());
            match chain {
                Some(chain) if chain.head == "{" => Err(PortError::corrupt(Party::Store, "body does not parse")),
                chain => Ok(chain),
            }
        }
    }

    fn stored(nth: u64) -> (OrderId, Chain) {
        let built = an_order().nth(nth).vendors(&["ven-1", "ven-2"]).at(State::InTransit).build();
        (built.order.id, Chain { head: serde_json::to_string(&built.order).unwrap(), entries: built.entries })
    }

    fn entries_of(chain: &Chain) -> usize {
        chain.entries.len()
    }

    #[tokio::test]
    async fn a_table_of_sound_orders_holds() {
        let chains: Vec<_> = (0..5).map(stored).collect();
        let entries = chains.iter().map(|(_, chain)| entries_of(chain)).sum();
        let table = Table(chains.into_iter().map(|(id, chain)| (id, Some(chain))).collect());
        assert_eq!(verify(&table).await.unwrap(), Findings { orders: 5, entries, wrong: Vec::new() });
    }

    #[tokio::test]
    async fn whatever_was_tampered_with_is_found_and_named() {
        type Tampering = fn(&mut Chain);
        let last = u64::try_from(entries_of(&stored(2).1)).unwrap();
        let cases: [(Tampering, Wrong); 7] = [
            (|chain| chain.entries[3].reason = Some("because".to_owned()), Wrong::History(HistoryError::Broken(4))),
            (|chain| chain.entries[3].hash = chain.entries[2].hash.clone(), Wrong::History(HistoryError::Broken(4))),
            (|chain| drop(chain.entries.remove(3)), Wrong::History(HistoryError::Gap { expected: 4, found: 5 })),
            (|chain| chain.entries.swap(3, 4), Wrong::History(HistoryError::Gap { expected: 4, found: 5 })),
            (|chain| chain.entries.clear(), Wrong::History(HistoryError::Empty)),
            // One cent less, and nothing else.
            (|chain| chain.head = chain.head.replace("\"total\":12000", "\"total\":11999"), Wrong::History(HistoryError::Differs(last))),
            (|chain| chain.head = "{".to_owned(), Wrong::Unreadable(PortError::corrupt(Party::Store, "body does not parse").to_string())),
        ];
        for (tamper, wrong) in cases {
            let (sound, good) = stored(1);
            let (id, mut bad) = stored(2);
            tamper(&mut bad);
            let findings = verify(&Table(vec![(id, Some(bad)), (sound, Some(good))])).await.unwrap();
            assert_eq!((findings.orders, findings.wrong), (2, vec![(id, wrong)]));
        }
    }

    /// Cut off at the end, the chain still holds in itself: only the head tells.
    #[tokio::test]
    async fn the_last_entry_cannot_be_taken_away_unseen() {
        let (id, mut chain) = stored(1);
        chain.entries.pop();
        let last = u64::try_from(chain.entries.len()).unwrap();
        let findings = verify(&Table(vec![(id, Some(chain))])).await.unwrap();
        assert_eq!(findings.wrong, [(id, Wrong::History(HistoryError::Differs(last)))]);
    }

    #[tokio::test]
    async fn records_without_a_head_are_told() {
        let (id, _) = stored(1);
        assert_eq!(verify(&Table(vec![(id, None)])).await.unwrap().wrong, [(id, Wrong::Headless)]);
    }
}
