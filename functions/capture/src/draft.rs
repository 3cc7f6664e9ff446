//! Editing a draft: its document is replaced as a whole, in one write with the total that the head holds.

use oms_contract::http::{ApiRequest, Caller};
use oms_contract::idempotency::Asked;
use oms_contract::problem::Problem;
use oms_contract::record::{Command, Record};
use oms_domain::change::By;
use oms_domain::document::PriceSource;
use oms_domain::history::Fact;
use oms_domain::{Order, OrderId};
use oms_ports::orders::Origin;

use crate::write::{Failed, done_before};
use crate::{Deps, accepted, customer_of, document_of};

/// `PUT /api/v2/drafts/{order_id}`, one try.
pub(crate) async fn once(deps: &Deps, request: &ApiRequest, caller: &Caller, id: OrderId, asked: Option<&Asked>) -> Result<Order, Failed> {
    // First: an order read after it is at least as new as what the command made.
    let done = done_before(deps, id, asked).await?;
    let own = |order: &Order| order.customer_id.as_str() == caller.subject;
    let stored = deps.drafts.load(id).await?.filter(|stored| own(&stored.order)).ok_or_else(|| Problem::not_found("draft"))?;
    if let (Some(done), Some(asked)) = (done, asked) {
        return if done.what == asked.what { Ok(stored.order) } else { Err(Problem::key_reused().into()) };
    }
    request.expects(stored.order.seq)?;
    let accepted = accepted(request.json()?)?;
    let customer = customer_of(caller, &accepted)?;
    let by = By::new(caller.actor(), deps.clock.now());
    let fact = Fact::DraftEdited { currency: accepted.currency, total: accepted.total };
    // Before anything is sealed: what the customer says about a settled order is not looked at.
    let changed = stored.change().learn(fact, &by).map_err(Problem::from)?;
    let sealed = deps.sealer.seal(&customer, &accepted.personal).await?;
    let document = document_of(id, customer, accepted, PriceSource::Catalogue, sealed);
    let done = asked.map(|asked| Command { key: asked.key.clone(), what: asked.what.clone(), version: changed.order.seq, at: by.at });
    let records: Vec<Record> = std::iter::once(Record::Document(document)).chain(done.map(Record::Command)).collect();
    Ok(deps.drafts.commit(&stored, changed, Origin::Outside, &records).await?.order)
}
