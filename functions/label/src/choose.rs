//! `POST …/carrier`: who carries a part. All carriers that sell us labels bid with their rate cards and transit times; the four terms of each stand in the
//! decision, which is kept whether the vendor takes the best or another.

use jiff::Timestamp;
use jiff::tz::TimeZone;

use oms_contract::api::command::ChooseCarrier;
use oms_contract::api::view::CarrierChoiceView;
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::idempotency::Asked;
use oms_contract::problem::{Fault, Problem};
use oms_contract::record::{CarrierDecision, Command, Record, UnfitCarrier};
use oms_contract::reference::{RateCard, Warehouse};
use oms_domain::change::By;
use oms_domain::document::Speed;
use oms_domain::history::Fact;
use oms_domain::shipping::choice::{Bid, Preference, rank};
use oms_domain::shipping::holidays::WorkingDays;
use oms_domain::shipping::rates::price;
use oms_domain::shipping::transit::{Delivery, HandOver, LAST_DELIVERY, estimate};
use oms_domain::shipping::{Calendar, NoPrice, Parcel, Place};
use oms_domain::{Money, State};
use oms_ports::PortError;
use oms_ports::effects::EffectKey;
use oms_ports::orders::Origin;

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
            let decision = facts.dossier.carriers.iter().find(|decision| decision.part == facts.part.no);
            return match decision {
                Some(decision) if done.what == asked.what => Ok(view(&facts, decision)),
                _ => Err(Problem::key_reused()),
            };
        }
        request.expects(facts.stored.order.seq)?;
        may_choose(deps, &facts).await?;
        let now = deps.clock.now();
        let decision = decide(deps, &facts, (wish.carrier.as_deref(), service), reason.clone(), now)?;
        match keep(deps, &facts, &decision, caller, asked.clone()).await {
            Ok(()) => return Ok(view(&facts, &decision)),
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
    let (order, part) = (facts.stored.order.id, facts.part.no);
    let package = facts.before.saturating_add(1);
    let packed = facts.packages().next().is_some();
    // Also one that was asked for and whose answer was lost: it may have been bought.
    let bought = deps.effects.outcome(order, &EffectKey::Label { part, package }).await?.is_some();
    if packed || bought {
        return Err(Problem::conflict("The label of this part is bought: its carrier stays."));
    }
    Ok(())
}

async fn keep(deps: &Deps, facts: &Facts, decision: &CarrierDecision, caller: &Caller, asked: Option<Asked>) -> Result<(), PortError> {
    let fact = Fact::CarrierChosen { no: facts.part.no, carrier: decision.carrier.clone(), service: decision.service };
    let mut by = By::new(caller.actor(), decision.at);
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
    deps.orders.commit(&facts.stored, changed, Origin::Outside, &records).await.map(drop)
}

fn view(facts: &Facts, decision: &CarrierDecision) -> ApiResponse {
    ApiResponse::json(
        200,
        &CarrierChoiceView {
            sub_order_id: facts.sub_order.sub_order_id.to_string(),
            carrier: decision.carrier.clone(),
            service: decision.service.to_string(),
            overridden: decision.overridden,
            bids: decision.bids.clone(),
            unfit: decision.unfit.clone(),
        },
    )
}

/// The decision: the wish, where that carrier can carry it; without one the best.
///
/// # Errors
/// 409 where the wish cannot carry it, or nobody can.
fn decide(
    deps: &Deps,
    facts: &Facts,
    (carrier, service): (Option<&str>, Option<Speed>),
    reason: String,
    now: Timestamp,
) -> Result<CarrierDecision, Problem> {
    let preference = Preference { carrier: None, speed: facts.document.speed };
    let mut unfit = Vec::new();
    let mut bids = Vec::new();
    for card in facts.rates.iter().filter(|card| deps.carriers.contains_key(card.carrier.as_str())) {
        match bid(facts, card, now)? {
            Ok(bid) => bids.push(bid),
            Err(reason) => unfit.push(UnfitCarrier { carrier: card.carrier.clone(), service: card.service, reason: reason.to_owned() }),
        }
    }
    let weights = facts.market.carrier_choice.clone();
    let bids = rank(bids, &weights, &preference);
    let wished = |bid: &Bid| {
        let speed = service.or(carrier.map(|_| preference.speed));
        carrier.is_none_or(|carrier| bid.carrier == carrier) && speed.is_none_or(|speed| bid.service == speed)
    };
    let Some(at) = bids.iter().position(|scored| wished(&scored.bid)) else {
        let can: Vec<String> = bids.iter().map(|scored| format!("{} {}", scored.bid.carrier, scored.bid.service)).collect();
        let can = if can.is_empty() { "nobody".to_owned() } else { can.join(", ") };
        return Err(Problem::conflict(format!("That carrier cannot carry this part. Those that can: {can}.")));
    };
    let Bid { carrier, service, .. } = bids[at].bid.clone();
    let part = facts.part.no;
    Ok(CarrierDecision { part, at: now, carrier, service, overridden: at > 0, reason: Some(reason), weights, preference, bids, unfit })
}

/// What a card's service would cost and take for the whole part, or why it cannot carry it.
fn bid(facts: &Facts, card: &RateCard, now: Timestamp) -> Result<Result<Bid, &'static str>, Problem> {
    let shipments = &facts.sub_order.shipments;
    let address = &facts.personal.shipping_address;
    let to = Place { country: &address.country, postcode: address.postcode.as_deref() };
    let region = address.region.as_deref().map(|region| region.rsplit('-').next().unwrap_or(region));
    if card.service_rules.not_in.iter().any(|area| area.holds(to.country, region, to.postcode)) {
        return Ok(Err("not_served"));
    }
    let longest = card.service_rules.max_side_mm.unwrap_or(u32::MAX);
    let working = WorkingDays::from(now.to_zoned(TimeZone::UTC).date());
    let (mut cost, mut hours, mut reliability) = (0_i64, 0_u32, rust_decimal::Decimal::ONE);
    let all = parcels::by_catalogue(shipments, &facts.products);
    for (i, shipment) in shipments.iter().enumerate() {
        let warehouse = facts.warehouse(shipment)?;
        let from = Place { country: &warehouse.country, postcode: Some(&warehouse.postcode) };
        let own: Vec<Parcel> = all.iter().filter(|(of, _)| *of == i).map(|(_, parcel)| *parcel).collect();
        if own.iter().flat_map(|parcel| parcel.sides_mm).any(|side| side > longest) {
            return Ok(Err(no_price(NoPrice::TooLarge)));
        }
        let priced = match price(card, &own, from, to, shipment.km) {
            Ok(priced) => priced,
            Err(why) => return Ok(Err(no_price(why))),
        };
        let Some(zone) = card.zone(from.country, to.country, shipment.km) else { return Ok(Err(no_price(NoPrice::NoZone))) };
        let Some(own_cost) = facts.market.exchanged(Money::new(priced.total, priced.currency), facts.stored.order.currency) else {
            return Ok(Err("no_exchange_rate"));
        };
        let from = hand_over(facts, warehouse, &working);
        let Some(arrives) = estimate(now, &from, &delivery(&from, to.country, zone.working_days(), &working)) else {
            return Ok(Err("no_working_day"));
        };
        cost = cost.saturating_add(own_cost);
        hours = hours.max(arrives.hours_from(now));
        reliability = reliability.min(zone.reliability);
    }
    Ok(Ok(Bid { carrier: card.carrier.clone(), service: card.service, cost, hours, reliability }))
}

fn no_price(why: NoPrice) -> &'static str {
    match why {
        NoPrice::NoParcel => "no_parcel",
        NoPrice::NoZone => "no_zone",
        NoPrice::TooHeavy => "too_heavy",
        NoPrice::TooLarge => "too_large",
        NoPrice::Overflow => "overflow",
    }
}

/// When a warehouse hands over: what is asked for now is ready within the hour. One that has no calendar works in the marketplace's business hours; public holidays of
/// its country are off.
pub(crate) fn hand_over(facts: &Facts, warehouse: &Warehouse, working: &WorkingDays) -> HandOver {
    let (own, hours) = (&warehouse.calendar, &facts.market.business_hours);
    let has_none = *own == oms_contract::reference::Calendar::default();
    let (zone, weekdays) = if has_none { (&hours.zone, &hours.days) } else { (&own.zone, &own.weekdays) };
    let mut closed = working.of(&warehouse.country).holidays.closed.clone();
    closed.extend(&own.closed);
    HandOver {
        zone: zone.clone(),
        cut_off: own.cut_off.unwrap_or(hours.to),
        handling_hours: 1,
        calendar: Calendar { weekdays: weekdays.clone(), closed },
    }
}

/// Delivered on working days of the destination. Its day is taken to end with the warehouse's.
fn delivery(from: &HandOver, country: &str, days: u16, working: &WorkingDays) -> Delivery {
    Delivery { zone: from.zone.clone(), until: LAST_DELIVERY, days, calendar: working.of(country).working.clone() }
}

fn fault(at: &str, message: &str) -> Problem {
    Problem::invalid(vec![Fault { at: at.to_owned(), message: message.to_owned() }])
}

/// A short code: it goes into the history, which must hold no personal data.
fn code(at: &str, code: &str) -> Result<String, Problem> {
    let fits = !code.is_empty() && code.len() <= 40 && code.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if fits { Ok(code.to_owned()) } else { Err(fault(at, "must be a code of 1 to 40 of a-z, 0-9 and '_'")) }
}
