//! Correcting an order whose checks failed: its document is replaced as a whole, in one write with the total that the head holds, and the order
//! goes back to be checked.
//!
//! The payment stays as it is. A new total above what it reserves is refused, for `validation_failed` has no way back to pay; of a lower one no
//! more than that is captured, and the gateway gives the rest of the reservation free.

use oms_contract::api::amend::AmendOrder;
use oms_contract::http::{ApiRequest, Caller};
use oms_contract::idempotency::Asked;
use oms_contract::problem::Problem;
use oms_contract::record::{Command, Record};
use oms_domain::ActorKind;
use oms_domain::change::By;
use oms_domain::document::Document;
use oms_domain::history::Fact;
use oms_domain::transition::Trigger;
use oms_domain::{Order, OrderId};
use oms_ports::orders::Origin;

use crate::write::{Failed, done_before};
use crate::{Deps, document_of};

/// `PATCH /api/v2/orders/{order_id}`, one try.
pub(crate) async fn once(deps: &Deps, request: &ApiRequest, caller: &Caller, id: OrderId, asked: Option<&Asked>) -> Result<Order, Failed> {
    // First: an order read after it is at least as new as what the command made.
    let done = done_before(deps, id, asked).await?;
    let may = |order: &Order| caller.role == ActorKind::Operator || order.customer_id.as_str() == caller.subject;
    let stored = deps.drafts.load(id).await?.filter(|stored| may(&stored.order)).ok_or_else(|| Problem::not_found("order"))?;
    if let (Some(done), Some(asked)) = (done, asked) {
        return if done.what == asked.what { Ok(stored.order) } else { Err(Problem::key_reused().into()) };
    }
    request.expects(stored.order.seq)?;
    let amendments: AmendOrder = request.json()?;
    let by = By::new(caller.actor(), deps.clock.now());
    // Before anything is opened: whether the order may be corrected at all.
    let total = amendments.total.unwrap_or(stored.order.total);
    let change = stored.change().go_knowing(Trigger::OrderCorrected, Fact::Corrected { total }, &by).map_err(Problem::from)?;
    let document = corrected(deps, &stored.order, amendments).await?;
    let done = asked.map(|asked| Command { key: asked.key.clone(), what: asked.what.clone(), version: change.order.seq, at: by.at });
    let records: Vec<Record> = std::iter::once(Record::Document(document)).chain(done.map(Record::Command)).collect();
    Ok(deps.drafts.commit(&stored, change, Origin::Outside, &records).await?.order)
}

/// The document as the order shall be. Whose prices hold, and whose order it is, stays, whoever corrects it.
async fn corrected(deps: &Deps, order: &Order, amendments: AmendOrder) -> Result<Document, Failed> {
    let Some(document) = deps.drafts.document(order.id).await? else {
        tracing::error!(order.id = %order.id, "Order {} has a head but no document", order.id);
        return Err(Problem::internal().into());
    };
    let customer = document.customer_id.clone();
    let Some(personal) = deps.sealer.open(&customer, &document.sealed).await? else {
        return Err(
            Problem::conflict("The customer's personal data was erased: the order cannot be corrected any more, only cancelled.").into()
        );
    };
    let accepted = amendments.over(&document, personal).accept().map_err(Problem::invalid)?;
    let sealed = deps.sealer.seal(&customer, &accepted.personal).await?;
    Ok(document_of(order.id, customer, accepted, document.prices, sealed))
}
