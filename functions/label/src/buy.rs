//! `POST …/label`: the label of each package, bought once; and the pick-up.

use jiff::SignedDuration;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use oms_carriers::desk::{Bought, Desk, Fetched, LEASE, Place};
use oms_contract::api::command::BuyLabel;
use oms_contract::api::view::{CarrierChoiceView, LabelledPackage, LabelsView, PickupView};
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::idempotency::Asked;
use oms_contract::problem::Problem;
use oms_contract::record::{CarrierDecision, Command, Package, Record};
use oms_domain::change::By;
use oms_domain::document::Speed;
use oms_domain::history::Fact;
use oms_domain::money::split_by_weights;
use oms_domain::shipping::Parcel;
use oms_domain::shipping::holidays::WorkingDays;
use oms_domain::shipping::transit::{Delivery, estimate};
use oms_domain::{Money, State};
use oms_ports::PortError;
use oms_ports::carrier::{Artwork, LabelRequest, PickupRequest};
use oms_ports::orders::Origin;
use oms_ports::papers::{Paper, PaperKind};

use crate::bids::{hand_over, planned_service};
use crate::facts::Facts;
use crate::{Deps, access, choose, parcels, problem};

/// How long a label can be printed again: until the last carrier has forgotten its number.
const KEPT: SignedDuration = SignedDuration::from_hours(90 * 24);

// The function's 29 s are shorter than the lease.
const _: () = assert!(LEASE.as_secs() > 29);

/// Answers the command.
pub(crate) async fn labels(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let wish: BuyLabel = if request.body.is_empty() { BuyLabel::default() } else { request.json()? };
    let asked = Asked::of(request, caller, "buyLabel")?;
    let (facts, packages, decision) = prepared(deps, request, caller, (&wish, asked.as_ref())).await?;
    let (code, service) = match &decision {
        Some(decision) => (decision.carrier.clone(), decision.service),
        None => planned_service(&facts)?,
    };
    let labels = choose::seller(deps, &code)?;
    let desk = Desk { carrier: &code, labels, effects: deps.effects.as_ref(), clock: deps.clock.as_ref() };
    let requests = requests(deps, &facts, &packages, service)?;
    let mut bought = Vec::with_capacity(requests.len());
    for (package, request) in (facts.before.saturating_add(1)..).zip(&requests) {
        bought.push(one(deps, &facts, desk, package, request).await?);
    }
    let mut pickup = None;
    if wish.pickup {
        pickup = Some(fetch(&facts, desk, (&requests, &bought)).await?);
    }
    note(deps, request, caller, &facts, &bought, pickup.as_ref(), asked).await?;
    let choice = decision.map(|decision| CarrierChoiceView::of(facts.stored.order.id, &decision));
    Ok(ApiResponse::json(200, &view(&facts, (code, service), choice, &bought, pickup.as_ref())))
}

/// What is known of the part, its packages, and the decision who carries them. It stands before anything is bought: another run, at another hour, might choose another carrier.
async fn prepared(
    deps: &Deps,
    request: &ApiRequest,
    caller: &Caller,
    (wish, asked): (&BuyLabel, Option<&Asked>),
) -> Result<(Facts, Vec<(usize, Parcel)>, Option<CarrierDecision>), Problem> {
    for _ in 0..2 {
        let (stored, part) = access::part(deps, request, caller).await?;
        if let Some(asked) = asked
            && let Some(done) = deps.records.command(stored.order.id, &asked.key).await?
            && done.what != asked.what
        {
            return Err(Problem::key_reused());
        }
        request.expects(stored.order.seq)?;
        let mut facts = Facts::of(deps, stored, part).await?;
        let packages = packages(&facts, wish)?;
        may_buy(&facts, wish.pickup)?;
        if let Some((stored, decision)) = choose::ensure(deps, &facts, &packages).await? {
            facts.stored = stored;
            return Ok((facts, packages, decision));
        }
    }
    Err(Problem::changed_meanwhile())
}

/// The packages asked for. Once labels are bought, those stay: a call without packages means them.
fn packages(facts: &Facts, wish: &BuyLabel) -> Result<Vec<(usize, Parcel)>, Problem> {
    let shipments = &facts.sub_order.shipments;
    if wish.packages.is_empty() {
        let mut by_catalogue = parcels::by_catalogue(shipments, &facts.products);
        if by_catalogue.len() > parcels::MOST {
            let most = parcels::MOST;
            return Err(Problem::conflict(format!(
                "This part is planned in {} packages: tell how it is packed in {most}.",
                by_catalogue.len()
            )));
        }
        let bought = facts.packages().count();
        let like_the_last = by_catalogue.last().copied().into_iter().cycle();
        by_catalogue.extend(like_the_last.take(bought.saturating_sub(by_catalogue.len())));
        return Ok(by_catalogue);
    }
    parcels::packed(&wish.packages, shipments).map_err(Problem::invalid)
}

fn may_buy(facts: &Facts, pickup: bool) -> Result<(), Problem> {
    let state = facts.part.state;
    match state {
        State::ReadyToShip => Ok(()),
        _ if pickup => Err(Problem::conflict(format!("A part that is {state} is not ready to be fetched: pack it first."))),
        State::VendorAccepted | State::Picking | State::Packing => Ok(()),
        _ => Err(Problem::conflict(format!("A part that is {state} gets no label."))),
    }
}

/// What is asked of the carrier, package by package.
fn requests(deps: &Deps, facts: &Facts, packages: &[(usize, Parcel)], service: Speed) -> Result<Vec<LabelRequest>, Problem> {
    let order = &facts.stored.order;
    let weights: Vec<u64> = packages.iter().map(|(_, parcel)| parcel.grams).collect();
    let values = split_by_weights(facts.sub_order.goods, &weights);
    let one = |(i, ((from, parcel), value)): (usize, (&(usize, Parcel), i64))| -> Result<LabelRequest, Problem> {
        let warehouse = facts.warehouse(&facts.sub_order.shipments[*from])?;
        Ok(LabelRequest {
            reference: format!("{}-{}-{}", order.id.compact(), facts.part.no, usize::from(facts.before) + i + 1),
            service,
            from: facts.sender(warehouse)?,
            to: facts.recipient(),
            parcel: *parcel,
            contents: contents(facts),
            value: Money::new(value, order.currency),
            ship_on: leaves_on(deps, facts, warehouse)?,
        })
    };
    packages.iter().zip(values).enumerate().map(one).collect()
}

/// The next day on which the carrier takes parcels at the warehouse.
fn leaves_on(deps: &Deps, facts: &Facts, warehouse: &oms_contract::reference::Warehouse) -> Result<Date, Problem> {
    let now = deps.clock.now();
    let from = hand_over(facts, warehouse, &WorkingDays::from(now.to_zoned(TimeZone::UTC).date()));
    let to = Delivery { zone: from.zone.clone(), until: from.cut_off, days: 0, calendar: from.calendar.clone() };
    let leaves = estimate(now, &from, &to).map(|estimate| estimate.leaves_on);
    leaves.ok_or_else(|| Problem::conflict("The warehouse works on no day of the week: mend its calendar."))
}

/// Categories of the goods, for customs.
fn contents(facts: &Facts) -> String {
    let mut categories: Vec<&str> = facts.products.iter().map(|product| product.category.as_str()).collect();
    categories.sort_unstable();
    categories.dedup();
    if categories.is_empty() { "goods".to_owned() } else { categories.join(", ").replace('_', " ") }
}

async fn one(deps: &Deps, facts: &Facts, desk: Desk<'_>, package: u8, request: &LabelRequest) -> Result<Bought, Problem> {
    let order = &facts.stored.order;
    let place = Place { order: order.id, part: facts.part.no, package };
    let keep = async |artwork: &Artwork| -> Result<(), PortError> {
        let (kind, bytes) = match artwork {
            Artwork::Pdf(bytes) => (PaperKind::Pdf, bytes.clone()),
            Artwork::Png(bytes) => (PaperKind::Png, bytes.clone()),
            Artwork::Data(fields) => (PaperKind::Data, serde_json::to_vec(fields).unwrap_or_default()),
        };
        let sealed = deps.sealer.seal_bytes(&order.customer_id, &bytes).await?;
        let until = deps.clock.now() + KEPT;
        deps.papers.keep(order.id, place.part, package, &Paper { kind, sealed }, until).await
    };
    let bought = desk.buy(place, request, keep).await.map_err(problem)?;
    tracing::info!(order.id = %order.id, order.part = place.part, carrier = bought.carrier, "Order {}: package {package} of part {} has a label", order.id, place.part);
    Ok(bought)
}

async fn fetch(facts: &Facts, desk: Desk<'_>, (requests, bought): (&[LabelRequest], &[Bought])) -> Result<PickupView, Problem> {
    if !desk.labels.abilities().pickups {
        return Ok(PickupView { outcome: "not_offered".to_owned(), confirmation: None });
    }
    let Some(first) = requests.first() else { return Err(Problem::conflict("This part has nothing to be fetched.")) };
    let hours = &facts.market.business_hours;
    let request = PickupRequest {
        reference: format!("{}-{}", facts.stored.order.id.compact(), facts.part.no),
        from: first.from.clone(),
        numbers: bought.iter().map(|bought| bought.booking.tracking_number.clone()).collect(),
        service: first.service,
        to_country: first.to.address.country.clone(),
        grams: requests.iter().map(|request| request.parcel.grams).sum(),
        on: first.ship_on,
        between: (hours.from, hours.to),
    };
    Ok(match desk.fetch(facts.stored.order.id, facts.part.no, &request).await.map_err(problem)? {
        Fetched::Booked { confirmation } => PickupView { outcome: "booked".to_owned(), confirmation: Some(confirmation) },
        Fetched::Unknown => PickupView { outcome: "unknown".to_owned(), confirmation: None },
    })
}

/// Writes down what is new: entries of the history, and the packages, by whose numbers carriers' events are found from now on.
async fn note(
    deps: &Deps,
    request: &ApiRequest,
    caller: &Caller,
    facts: &Facts,
    bought: &[Bought],
    pickup: Option<&PickupView>,
    asked: Option<Asked>,
) -> Result<(), Problem> {
    let (no, mut facts_now) = (facts.part.no, None);
    for attempt in 0..2 {
        let facts = facts_now.as_ref().unwrap_or(facts);
        let now = deps.clock.now();
        let by = By::new(caller.actor(), now);
        let mut changed = facts.stored.change();
        let mut records = Vec::new();
        for (package, bought) in (facts.before.saturating_add(1)..).zip(bought) {
            let known = |row: &&Package| row.package == package;
            if facts.packages().find(known).is_some_and(|row| row.tracking_number == bought.booking.tracking_number) {
                continue;
            }
            let (carrier, tracking_number) = (bought.carrier.clone(), bought.booking.tracking_number.clone());
            let fact = Fact::LabelBought { no, package, carrier: carrier.clone(), tracking_number: tracking_number.clone() };
            changed = changed.learn(fact, &by)?;
            let sub_order_id = facts.sub_order.sub_order_id;
            records.push(Record::Package(Package { sub_order_id, package, carrier, tracking_number, shipped_at: now, poll_at: Some(now) }));
        }
        if let Some(confirmation) = pickup.and_then(|pickup| pickup.confirmation.clone())
            && !is_noted(deps, facts, no).await?
        {
            let carrier = bought.first().map(|bought| bought.carrier.clone()).unwrap_or_default();
            changed = changed.learn(Fact::PickupBooked { no, carrier, confirmation }, &by)?;
        }
        let version = changed.order.seq;
        let command = asked.clone().map(|Asked { key, what }| Record::Command(Command { key, what, version, at: now }));
        let stored = if changed.is_empty() {
            match command {
                // A key that was written down by an earlier call is this command's: it was looked at in the beginning.
                Some(command) => deps.orders.keep(facts.stored.order.id, &[command]).await.or_else(unless_known),
                None => Ok(()),
            }
        } else {
            records.extend(command);
            deps.orders.commit(&facts.stored, changed, Origin::Outside, &records).await.map(drop)
        };
        match stored {
            Ok(()) => return Ok(()),
            Err(PortError::Conflict) if attempt == 0 => {
                let (stored, part) = access::part(deps, request, caller).await?;
                facts_now = Some(Facts::of(deps, stored, part).await?);
            }
            Err(error) => return Err(error.into()),
        }
    }
    Err(Problem::changed_meanwhile())
}

fn unless_known(error: PortError) -> Result<(), PortError> {
    if matches!(error, PortError::Conflict) { Ok(()) } else { Err(error) }
}

/// Whether the history says already that the part is fetched.
async fn is_noted(deps: &Deps, facts: &Facts, no: u8) -> Result<bool, Problem> {
    let history = deps.records.history(facts.stored.order.id).await?;
    Ok(history.iter().any(|entry| matches!(&entry.fact, Some(Fact::PickupBooked { no: of, .. }) if *of == no)))
}

fn view(
    facts: &Facts,
    (carrier, service): (String, Speed),
    choice: Option<CarrierChoiceView>,
    bought: &[Bought],
    pickup: Option<&PickupView>,
) -> LabelsView {
    let id = facts.stored.order.id;
    let packages = (1_u8..).zip(bought).map(|(package, bought)| LabelledPackage {
        package,
        tracking_number: bought.booking.tracking_number.clone(),
        href: bought.printable.then(|| format!("/api/v2/orders/{id}/label?package={package}")),
    });
    LabelsView {
        sub_order_id: facts.sub_order.sub_order_id.to_string(),
        carrier,
        service: service.to_string(),
        choice,
        packages: packages.collect(),
        pickup: pickup.cloned(),
    }
}
