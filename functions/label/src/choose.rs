//! Who carries a part. `POST …/carrier` asks for a decision, with a wish or without one; whoever buys a label without one has it made. Either way it is kept before the first
//! label is bought, with all bids and terms.

use jiff::Timestamp;

use oms_contract::api::command::ChooseCarrier;
use oms_contract::api::view::CarrierChoiceView;
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::idempotency::Asked;
use oms_contract::problem::{Fault, Problem};
use oms_contract::record::{CarrierDecision, Command, Record};
use oms_domain::change::By;
use oms_domain::document::Speed;
use oms_domain::history::Fact;
use oms_domain::shipping::Parcel;
use oms_domain::{Actor, State};
use oms_ports::PortError;
use oms_ports::carrier::Labels;
use oms_ports::effects::EffectKey;
use oms_ports::orders::{Origin, Stored};

use crate::bids::{Wish, decide};
use crate::facts::Facts;
use crate::{Deps, access, parcels};

/// Answers the command.
pub(crate) async fn carrier(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let wish: ChooseCarrier = request.json()?;
    let reason = code("reason", &wish.reason)?;
    let service: Option<Speed> = match wish.service.as_deref() {
        Some(text) => Some(text.parse().map_err(|_| fault("service", "must be 'standard' or 'express'"))?),
        None => None,
    };
    let asked = Asked::of(request, caller, "chooseCarrier")?;
    for attempt in 0..2 {
        let (stored, part) = access::part(deps, request, caller).await?;
        let facts = Facts::of(deps, stored, part).await?;
        if let Some(asked) = &asked
            && let Some(done) = deps.records.command(facts.stored.order.id, &asked.key).await?
        {
            return match facts.decision() {
                Some(decision) if done.what == asked.what => Ok(view(&facts, decision)),
                _ => Err(Problem::key_reused()),
            };
        }
        request.expects(facts.stored.order.seq)?;
        may_choose(deps, &facts).await?;
        let now = deps.clock.now();
        let parcels = parcels::by_catalogue(&facts.sub_order.shipments, &facts.products);
        let wish = Wish { carrier: wish.carrier.as_deref(), service };
        let decision = decided(deps, &facts, &parcels, wish, Some(reason.clone()), now)?;
        match keep(deps, &facts, &decision, caller.actor(), asked.clone()).await {
            Ok(_) => return Ok(view(&facts, &decision)),
            Err(PortError::Conflict) if attempt == 0 => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::changed_meanwhile())
}

/// Before the label, and while the vendor has the goods.
async fn may_choose(deps: &Deps, facts: &Facts) -> Result<(), Problem> {
    let state = facts.part.state;
    if !matches!(state, State::PendingFulfillment | State::VendorAccepted | State::Picking | State::Packing | State::ReadyToShip) {
        return Err(Problem::conflict(format!("A part that is {state} is not to be given to a carrier.")));
    }
    if is_bought(deps, facts).await? {
        return Err(Problem::conflict("The label of this part is bought: its carrier stays."));
    }
    Ok(())
}

/// Whether a label of this vendor's is bought, or may be: also one that was asked for and whose answer was lost.
async fn is_bought(deps: &Deps, facts: &Facts) -> Result<bool, PortError> {
    let (order, part) = (facts.stored.order.id, facts.part.no);
    let package = facts.before.saturating_add(1);
    let packed = facts.packages().next().is_some();
    Ok(packed || deps.effects.outcome(order, &EffectKey::Label { part, package }).await?.is_some())
}

/// Sees to it that a decision stands before a label is bought for these parcels: the order as it is then, and the decision; `None` where the order changed meanwhile. No decision
/// is made of a part that had labels before any was kept.
pub(crate) async fn ensure(
    deps: &Deps,
    facts: &Facts,
    parcels: &[(usize, Parcel)],
) -> Result<Option<(Stored, Option<CarrierDecision>)>, Problem> {
    if let Some(decision) = facts.decision() {
        return Ok(Some((facts.stored.clone(), Some(decision.clone()))));
    }
    if is_bought(deps, facts).await? {
        return Ok(Some((facts.stored.clone(), None)));
    }
    let decision = decided(deps, facts, parcels, Wish::default(), None, deps.clock.now())?;
    seller(deps, &decision.carrier)?;
    match keep(deps, facts, &decision, Actor::system("label"), None).await {
        Ok(stored) => Ok(Some((stored, Some(decision)))),
        Err(PortError::Conflict) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The carrier, by its code.
///
/// # Errors
/// 409 where it sells us no labels.
pub(crate) fn seller<'a>(deps: &'a Deps, carrier: &str) -> Result<&'a dyn Labels, Problem> {
    let refused =
        || Problem::conflict(format!("{carrier} sells no labels through us: choose another carrier, or ship with a label of your own."));
    deps.carriers.get(carrier).map(AsRef::as_ref).ok_or_else(refused)
}

fn decided(
    deps: &Deps,
    facts: &Facts,
    parcels: &[(usize, Parcel)],
    wish: Wish<'_>,
    reason: Option<String>,
    now: Timestamp,
) -> Result<CarrierDecision, Problem> {
    decide(facts, |carrier| deps.carriers.contains_key(carrier), parcels, wish, reason, now)
}

async fn keep(deps: &Deps, facts: &Facts, decision: &CarrierDecision, actor: Actor, asked: Option<Asked>) -> Result<Stored, PortError> {
    let fact = Fact::CarrierChosen { no: facts.part.no, carrier: decision.carrier.clone(), service: decision.service };
    let mut by = By::new(actor, decision.at);
    by.reason.clone_from(&decision.reason);
    let changed = facts.stored.change().learn(fact, &by).map_err(|refusal| PortError::corrupt(oms_ports::Party::Store, refusal))?;
    let mut sub_order = facts.sub_order.clone();
    for shipment in &mut sub_order.shipments {
        shipment.carrier.clone_from(&decision.carrier);
        shipment.service = decision.service.to_string();
    }
    let mut records = vec![Record::Carrier(decision.clone()), Record::SubOrder { sub_order, open: true }];
    let version = changed.order.seq;
    records.extend(asked.map(|Asked { key, what }| Record::Command(Command { key, what, version, at: decision.at })));
    deps.orders.commit(&facts.stored, changed, Origin::Outside, &records).await
}

fn view(facts: &Facts, decision: &CarrierDecision) -> ApiResponse {
    ApiResponse::json(200, &CarrierChoiceView::of(facts.stored.order.id, decision))
}

fn fault(at: &str, message: &str) -> Problem {
    Problem::invalid(vec![Fault { at: at.to_owned(), message: message.to_owned() }])
}

/// A short code: it goes into the history, which must hold no personal data.
fn code(at: &str, code: &str) -> Result<String, Problem> {
    let fits = !code.is_empty() && code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if fits { Ok(code.to_owned()) } else { Err(fault(at, "must be a code of 1 to 40 of a-z, 0-9 and '_'")) }
}
