//! `GET …/label`: the PDF, for the vendor of the part and for operators.

use oms_carriers::desk::{Bought, outcome_of};
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::problem::Problem;
use oms_domain::address::Address;
use oms_ports::effects::EffectKey;
use oms_ports::papers::PaperKind;

use crate::access::number;
use crate::facts::Facts;
use crate::print::{Face, Field, Paper, Sheet, Slip, print};
use crate::{Deps, access, problem};

const RETURNS: [&str; 3] = [
    "Something not right? Open the order in the shop and",
    "choose what goes back, within 14 days of delivery.",
    "Please pack this slip with it.",
];

/// Answers the request.
pub(crate) async fn label(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let format = request.query.get("format").map_or("4x6", String::as_str);
    let paper: Paper = format.parse().map_err(|()| Problem::bad_parameter("query format", "must be '4x6' or 'a4'"))?;
    let package = number(request, "package")?;
    let (stored, part) = access::part(deps, request, caller).await?;
    let (id, no) = (stored.order.id, part.no);
    let facts = Facts::of(deps, stored, part).await?;
    let place = facts.before.saturating_add(package);
    let key = EffectKey::Label { part: no, package: place };
    let bought = deps.effects.outcome(id, &key).await?.ok_or_else(|| Problem::not_found("label"))?;
    let bought: Bought = outcome_of(&key, bought).map_err(problem)?;
    if !bought.printable {
        let portal = format!(
            "{} gave this label once, and the answer was lost: print number {} in its own portal.",
            bought.carrier.to_uppercase(),
            bought.booking.tracking_number
        );
        return Err(Problem::conflict(portal));
    }
    let kept = deps.papers.paper(id, no, place).await?.ok_or_else(|| Problem::not_found("label any more"))?;
    let bytes = deps.sealer.open_bytes(&facts.stored.order.customer_id, &kept.sealed).await?;
    let bytes = bytes.ok_or_else(|| Problem::not_found("label any more"))?;
    let slip = Slip { order: id.number(), part: no, items: facts.sub_order.items(), returns: RETURNS.map(str::to_owned).into() };
    let sheet = match kept.kind {
        PaperKind::Data => Some(sheet(&facts, &bought, package, &bytes)?),
        PaperKind::Pdf | PaperKind::Png => None,
    };
    let face = match (&sheet, kept.kind) {
        (Some(sheet), _) => Face::Sheet(sheet),
        (None, PaperKind::Png) => Face::Png(&bytes),
        (None, _) => Face::Pdf(&bytes),
    };
    let document = print(face, &slip, paper).map_err(|error| {
        tracing::error!(order.id = %id, carrier = bought.carrier, error = %error, "A label of {} cannot be printed", bought.carrier);
        Problem::internal()
    })?;
    Ok(ApiResponse::pdf(&document))
}

/// The label of a carrier that gives data alone.
fn sheet(facts: &Facts, bought: &Bought, package: u8, data: &[u8]) -> Result<Sheet, Problem> {
    let captions: Vec<(String, String)> = serde_json::from_slice(data).map_err(|_| Problem::internal())?;
    let shipment = facts.sub_order.shipments.first().ok_or_else(Problem::internal)?;
    let sender = facts.sender(facts.warehouse(shipment)?)?;
    let field = |(caption, text): (String, String)| Field { caption, text };
    let mut fields = vec![
        ("ORDER".to_owned(), facts.stored.order.id.number()),
        ("PART".to_owned(), facts.part.no.to_string()),
        ("PACKAGE".to_owned(), package.to_string()),
    ];
    fields.extend(captions);
    Ok(Sheet {
        carrier: bought.carrier.to_uppercase(),
        service: shipment.service.clone(),
        from: lines(&sender.address),
        to: lines(&facts.personal.shipping_address),
        fields: fields.into_iter().map(field).collect(),
        number: bought.booking.tracking_number.clone(),
        reference: bought.reference.clone(),
    })
}

/// An address, line by line.
fn lines(address: &Address) -> Vec<String> {
    let town = [address.postcode.as_deref(), Some(address.city.as_str()), address.region.as_deref()];
    let town: Vec<&str> = town.into_iter().flatten().collect();
    let lines = [
        Some(address.name.clone()),
        Some(address.line1.clone()),
        address.line2.clone(),
        Some(town.join(" ")),
        Some(address.country.clone()),
    ];
    lines.into_iter().flatten().collect()
}
