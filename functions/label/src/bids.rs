//! What each carrier's service would cost and take for a part, how reliable it is, and what is best of that: the decision with everything that it rests on. Pure.

use jiff::Timestamp;
use jiff::tz::TimeZone;
use rust_decimal::Decimal;

use oms_contract::problem::Problem;
use oms_contract::record::{CarrierDecision, PlannedShipment, Promise, UnfitCarrier};
use oms_contract::reference::punctuality::{Counted, Performer};
use oms_contract::reference::{RateCard, Warehouse};
use oms_domain::Money;
use oms_domain::area::Locality;
use oms_domain::document::Speed;
use oms_domain::shipping::choice::{Bid, Preference, Scored, TrackRecord, rank};
use oms_domain::shipping::holidays::WorkingDays;
use oms_domain::shipping::rates::price;
use oms_domain::shipping::transit::{Delivery, HandOver, LAST_DELIVERY, estimate};
use oms_domain::shipping::{Calendar, NoPrice, Parcel, Place};

use crate::facts::Facts;

/// What the vendor wishes; nothing in particular where both are absent.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Wish<'a> {
    pub(crate) carrier: Option<&'a str>,
    pub(crate) service: Option<Speed>,
}

impl Wish<'_> {
    fn is_none(self) -> bool {
        self.carrier.is_none() && self.service.is_none()
    }
}

/// Who carries these parcels: whom the vendor wishes; without a wish the best of those that cost no more and come no later than was planned, or than the planned service does now
/// (it may be late already, and parcels may be heavier than the catalogue says). Where nobody keeps to that, whom the plan says, whether its card takes them or not: the plan's word is not
/// broken in silence.
///
/// # Errors
/// 409 where the wish cannot carry it, or a warehouse is not on file.
pub(crate) fn decide(
    facts: &Facts,
    sells: impl Fn(&str) -> bool,
    parcels: &[(usize, Parcel)],
    wish: Wish<'_>,
    reason: Option<String>,
    now: Timestamp,
) -> Result<CarrierDecision, Problem> {
    let preference = Preference { carrier: facts.document.preferred_carrier.clone(), speed: facts.document.speed };
    let (bids, unfit) = bids(facts, sells, parcels, now)?;
    let weights = facts.market.carrier_choice.clone();
    let bids = rank(bids, &weights, &preference);
    let planned = promise(facts, now);
    let (carrier, service) = planned_service(facts)?;
    let own = bids.iter().map(|scored| &scored.bid).find(|bid| bid.carrier == carrier && bid.service == service);
    let limit = |promised: Option<u64>, now: Option<u64>| promised.max(now);
    let most = limit(planned.as_ref().map(|plan| at_least_nothing(plan.cost)), own.map(|bid| at_least_nothing(bid.cost)));
    let latest = limit(planned.as_ref().map(|plan| plan.hours.into()), own.map(|bid| bid.hours.into()));
    let keeps = |bid: &Bid| Some(at_least_nothing(bid.cost)) <= most && Some(u64::from(bid.hours)) <= latest;
    let unasked = bids.iter().map(|scored| &scored.bid).find(|bid| keeps(bid));
    let unasked = unasked.map_or((carrier, service), |bid| (bid.carrier.clone(), bid.service));
    let chosen = if wish.is_none() { unasked.clone() } else { wished(&bids, wish, preference.speed)? };
    let bid = bids.iter().map(|scored| &scored.bid).find(|bid| (&bid.carrier, bid.service) == (&chosen.0, chosen.1));
    Ok(CarrierDecision {
        part: facts.part.no,
        at: now,
        overridden: chosen != unasked,
        keeps_to_plan: Some(bid.is_some_and(keeps)),
        planned,
        carrier: chosen.0,
        service: chosen.1,
        reason,
        weights,
        preference,
        bids,
        unfit,
    })
}

fn at_least_nothing(amount: i64) -> u64 {
    u64::try_from(amount).unwrap_or(0)
}

/// The best of what the vendor wishes. Who names a carrier alone means the speed that was ordered.
fn wished(bids: &[Scored], wish: Wish<'_>, ordered: Speed) -> Result<(String, Speed), Problem> {
    let speed = wish.service.or(wish.carrier.map(|_| ordered));
    let fits = |bid: &&Bid| wish.carrier.is_none_or(|carrier| bid.carrier == carrier) && speed.is_none_or(|speed| bid.service == speed);
    if let Some(bid) = bids.iter().map(|scored| &scored.bid).find(fits) {
        return Ok((bid.carrier.clone(), bid.service));
    }
    let can: Vec<String> = bids.iter().map(|scored| format!("{} {}", scored.bid.carrier, scored.bid.service)).collect();
    let can = if can.is_empty() { "nobody".to_owned() } else { can.join(", ") };
    Err(Problem::conflict(format!("That carrier cannot carry this part. Those that can: {can}.")))
}

/// Who carries the part by its plan, or by the last decision: that of its first shipment.
pub(crate) fn planned_service(facts: &Facts) -> Result<(String, Speed), Problem> {
    let first = facts.sub_order.shipments.first().ok_or_else(|| Problem::conflict("This part has nothing to be sent."))?;
    let service = first.service.parse().map_err(|_| {
        tracing::error!(order.id = %facts.stored.order.id, "A shipment is stored with a service that there is not");
        Problem::internal()
    })?;
    Ok((first.carrier.clone(), service))
}

/// What the plan promised of this part, where one is on record.
fn promise(facts: &Facts, now: Timestamp) -> Option<Promise> {
    let plan = facts.plan()?;
    let own: Vec<&PlannedShipment> = plan.chosen.shipments.iter().filter(|shipment| shipment.vendor_id == facts.vendor.vendor_id).collect();
    let first = own.first()?;
    let hours = own.iter().map(|shipment| shipment.hours).max()?;
    let passed = u64::try_from(now.duration_since(plan.at).as_secs()).unwrap_or(0) / 3600;
    Some(Promise {
        carrier: first.carrier.clone(),
        service: first.service.parse().ok()?,
        cost: own.iter().fold(0_i64, |sum, shipment| sum.saturating_add(shipment.cost)),
        hours: hours.saturating_sub(u32::try_from(passed).unwrap_or(u32::MAX)),
    })
}

/// The bids of all who sell us labels, and the cards that cannot carry the part, each with its reason.
fn bids(
    facts: &Facts,
    sells: impl Fn(&str) -> bool,
    parcels: &[(usize, Parcel)],
    now: Timestamp,
) -> Result<(Vec<Bid>, Vec<UnfitCarrier>), Problem> {
    let shipments = facts.sub_order.shipments.iter().enumerate().map(|(i, shipment)| {
        let parcels = parcels.iter().filter(|(of, _)| *of == i).map(|(_, parcel)| *parcel).collect();
        Ok(Leg { shipment, warehouse: facts.warehouse(shipment)?, parcels })
    });
    let legs: Vec<Leg<'_>> = shipments.collect::<Result<_, Problem>>()?;
    let working = WorkingDays::from(now.to_zoned(TimeZone::UTC).date());
    let (mut bids, mut unfit) = (Vec::new(), Vec::new());
    for card in facts.rates.iter().filter(|card| sells(&card.carrier)) {
        match bid(facts, card, &legs, &working, now) {
            Ok(bid) => bids.push(bid),
            Err(reason) => unfit.push(UnfitCarrier { carrier: card.carrier.clone(), service: card.service, reason: reason.to_owned() }),
        }
    }
    Ok((bids, unfit))
}

/// A shipment as carriers see it.
struct Leg<'a> {
    shipment: &'a PlannedShipment,
    warehouse: &'a Warehouse,
    parcels: Vec<Parcel>,
}

/// What a card's service would cost and take for the whole part, or why it cannot carry it.
fn bid(facts: &Facts, card: &RateCard, legs: &[Leg<'_>], working: &WorkingDays, now: Timestamp) -> Result<Bid, &'static str> {
    let address = &facts.personal.shipping_address;
    let there = Locality { country: &address.country, region: facts.region(), postcode: address.postcode.as_deref() };
    let to = Place { country: there.country, postcode: there.postcode };
    let rules = &card.service_rules;
    if rules.not_in.iter().any(|area| there.lies_in(area)) {
        return Err("not_served");
    }
    if !rules.deliver_to(facts.is_po_box()) {
        return Err("no_po_box");
    }
    if !facts.products.iter().all(|product| facts.regulations.served_by(rules, product, &there)) {
        return Err("no_suitable_service");
    }
    let longest = rules.max_side_mm.unwrap_or(u32::MAX);
    let (mut cost, mut hours, mut prior) = (0_i64, 0_u32, Decimal::ONE);
    for Leg { shipment, warehouse, parcels } in legs {
        let from = Place { country: &warehouse.country, postcode: Some(&warehouse.postcode) };
        if parcels.iter().flat_map(|parcel| parcel.sides_mm).any(|side| side > longest) {
            return Err(no_price(NoPrice::TooLarge));
        }
        let priced = price(card, parcels, from, to, shipment.km).map_err(no_price)?;
        let zone = card.zone(from.country, to.country, shipment.km).ok_or(no_price(NoPrice::NoZone))?;
        let own_cost = facts.market.exchanged(Money::new(priced.total, priced.currency), facts.stored.order.currency);
        let from = hand_over(facts, warehouse, working);
        let arrives = estimate(now, &from, &delivery(&from, to.country, zone.working_days(), working)).ok_or("no_working_day")?;
        cost = cost.saturating_add(own_cost.ok_or("no_exchange_rate")?);
        hours = hours.max(arrives.hours_from(now));
        prior = prior.min(zone.reliability);
    }
    let record = track_record(facts, card, prior, now);
    let counted = Counted { deliveries: record.deliveries, late: record.late };
    let reliability = counted.expected(prior, record.prior_weight);
    Ok(Bid { carrier: card.carrier.clone(), service: card.service, cost, hours, reliability, record: Some(record) })
}

/// What the service's reliability is expected from: the card's word, and what was counted of the service in the last 90 days, wherever it went.
fn track_record(facts: &Facts, card: &RateCard, prior: Decimal, now: Timestamp) -> TrackRecord {
    let of = Performer::Carrier { carrier: card.carrier.clone(), service: card.service };
    let today = now.to_zoned(TimeZone::UTC).date();
    let Counted { deliveries, late } = facts.counts.get(&of).map(|counts| counts.recent(today)).unwrap_or_default();
    TrackRecord { prior, prior_weight: facts.market.carrier_prior_shipments, deliveries, late }
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
