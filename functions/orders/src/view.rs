//! An order as its reader may see it: pure.

use oms_contract::api::view::{
    Facts, FailedCheck, LineView, NoticeView, OfferView, OrderView, PackageView, PaymentView, RiskView, ShipmentView, SignalView,
    StalledView, SubOrderView, SubstituteView, TrackingView, UndoFailureView,
};
use oms_contract::http::Caller;
use oms_contract::record::{CheckOutcome, Dossier, FraudReport, PlannedShipment, SubOrder, ValidationReport, is_verifying};
use oms_domain::address::Personal;
use oms_domain::document::{Document, Line};
use oms_domain::order::{Risk, Shortage, Substitute};
use oms_domain::{ActorKind, Order, SubOrderId, VendorId, timers};

use crate::access;

/// Who reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Reader {
    /// The buyer.
    Customer,
    /// The vendor of this part.
    Vendor(VendorId, u8),
    /// Staff.
    Operator,
}

impl Reader {
    /// The caller as a reader of this order. Whoever is neither staff nor the part's vendor sees what the customer sees; others never get here.
    pub(crate) fn of(caller: &Caller, order: &Order) -> Self {
        match access::own_part(caller, order) {
            Some(part) => Self::Vendor(part.vendor_id.clone(), part.no),
            None if caller.role == ActorKind::Operator => Self::Operator,
            None => Self::Customer,
        }
    }

    fn sees(&self, vendor: &VendorId) -> bool {
        match self {
            Self::Vendor(own, _) => own == vendor,
            Self::Customer | Self::Operator => true,
        }
    }
}

/// The view.
pub(crate) fn order(reader: Reader, order: &Order, document: Document, dossier: Dossier, personal: Option<Personal>) -> OrderView {
    let staff = reader == Reader::Operator;
    let vendor = matches!(reader, Reader::Vendor(..));
    let own = match &reader {
        Reader::Vendor(_, no) => dossier.sub_orders.iter().find(|sub_order| sub_order.sub_order_id.part == *no).cloned(),
        Reader::Customer | Reader::Operator => None,
    };
    let state = match &reader {
        Reader::Vendor(_, no) => order.part(*no).map_or(order.state, |part| part.state),
        Reader::Customer | Reader::Operator => order.state,
    };
    OrderView {
        order_id: order.id.to_string(),
        number: order.id.number(),
        version: order.seq,
        state: state.to_string(),
        facts: Facts::of(order),
        created_at: order.created_at,
        changed_at: order.changed_at,
        reason: order.reason.clone(),
        customer_id: (!vendor).then(|| order.customer_id.to_string()),
        currency: order.currency.to_string(),
        total: if vendor { own.as_ref().map_or(0, |part| part.paid) } else { order.total },
        reference: document.reference.filter(|_| !vendor),
        lines: match &own {
            Some(part) => part.shipments.iter().flat_map(items).collect(),
            None if vendor => Vec::new(),
            None => document.lines.iter().map(line).collect(),
        },
        payment: (!vendor).then(|| PaymentView::from(&order.payment)),
        shipping_address: personal.map(|personal| personal.shipping_address),
        failed_checks: dossier.validations.last().filter(|_| !vendor).map(|report| failed(report, staff)).unwrap_or_default(),
        risk: order.risk.filter(|_| staff).map(|score| risk(score, dossier.frauds.last())),
        routing: dossier.plans.iter().rev().find(|plan| staff && Some(plan.version) == order.plan).cloned(),
        sub_orders: dossier
            .sub_orders
            .iter()
            .filter(|s| reader.sees(&s.vendor_id))
            .map(|s| sub_order(&reader, order, s, &dossier))
            .collect(),
        offers: order.shortages.offered().filter(|_| !vendor).map(|shortage| offer(order, shortage)).collect(),
        substituted: order.substituted.iter().filter(|_| !vendor).flat_map(|taken| &taken.goods).map(substitute).collect(),
        notices: dossier.notices.iter().filter(|_| staff).map(notice).collect(),
        cancel_requested: order.wish.is_some(),
        undo_failures: order.unfinished.iter().filter(|_| staff).flat_map(|unfinished| &unfinished.failures).map(undo_failure).collect(),
        stalled: order.stalled.as_ref().filter(|_| staff).map(|s| StalledView { step: s.step.clone(), error: s.error.clone(), at: s.at }),
    }
}

/// What the customer may choose about. It ends with the stay in the state.
fn offer(order: &Order, shortage: &Shortage) -> OfferView {
    let (state, since) = shortage.part.and_then(|no| order.part(no)).map_or((order.state, order.since), |part| (part.state, part.since));
    let choices = ["wait", "substitute", "cancel"].into_iter().filter(|choice| *choice != "substitute" || !shortage.instead.is_empty());
    OfferView {
        sub_order_id: shortage.part.map(|part| SubOrderId { order: order.id, part }.to_string()),
        short: shortage.short.iter().map(ToString::to_string).collect(),
        substitutes: shortage.instead.iter().map(substitute).collect(),
        choices: choices.map(str::to_owned).collect(),
        answer: shortage.answer.map(|answer| answer.to_string()),
        until: timers::ends(state, since).unwrap_or(since),
    }
}

fn substitute(of: &Substitute) -> SubstituteView {
    SubstituteView { ordered: of.ordered.to_string(), instead: of.instead.to_string() }
}

fn undo_failure(failure: &oms_domain::order::Failure) -> UndoFailureView {
    UndoFailureView { undo: failure.undo.to_string(), error: failure.error.clone() }
}

fn line(line: &Line) -> LineView {
    LineView {
        sku: line.sku.to_string(),
        quantity: line.quantity,
        unit_price: Some(line.unit_price),
        discount: Some(line.discount),
        tax: Some(line.tax),
    }
}

fn items(shipment: &PlannedShipment) -> Vec<LineView> {
    let item = |(sku, quantity): &(oms_domain::Sku, u32)| LineView {
        sku: sku.to_string(),
        quantity: *quantity,
        unit_price: None,
        discount: None,
        tax: None,
    };
    shipment.items.iter().map(item).collect()
}

/// What failed. Why an order is verified only staff may see: the buyer would learn what to change.
fn failed(report: &ValidationReport, staff: bool) -> Vec<FailedCheck> {
    let shown = report.results.iter().filter(|result| staff || !is_verifying(result.check));
    let failed = shown.filter_map(|result| match &result.outcome {
        CheckOutcome::Fail { at, seen, reason, mend } => Some(FailedCheck {
            check: result.check,
            code: result.code.clone(),
            at: at.clone(),
            seen: seen.clone(),
            reason: reason.clone(),
            mend: mend.clone(),
        }),
        CheckOutcome::Pass | CheckOutcome::NotApplicable { .. } | CheckOutcome::Unavailable { .. } => None,
    });
    failed.collect()
}

/// The score in force. A report whose score is another is that of an earlier one: where no rule speaks there is none.
fn risk(score: Risk, last: Option<&FraudReport>) -> RiskView {
    let signals = last.filter(|report| report.score == score.score).map(|report| &report.signals[..]).unwrap_or_default();
    let signal = |s: &oms_contract::record::RiskSignal| SignalView { rule: s.rule.clone(), points: s.points, seen: s.seen.clone() };
    RiskView { score: score.score, band: score.band.to_string(), signals: signals.iter().map(signal).collect() }
}

fn sub_order(reader: &Reader, order: &Order, part: &SubOrder, dossier: &Dossier) -> SubOrderView {
    let no = part.sub_order_id.part;
    let shipment = |shipment: &PlannedShipment| ShipmentView {
        warehouse_id: shipment.warehouse_id.to_string(),
        carrier: shipment.carrier.clone(),
        service: shipment.service.clone(),
        items: items(shipment),
        cost: (*reader != Reader::Customer).then_some(shipment.cost),
        hours: shipment.hours,
    };
    let packages = dossier.packages.iter().filter(|package| package.sub_order_id.part == no).map(|package| {
        let mut events: Vec<_> = dossier.tracked.iter().filter(|event| event.part == no && event.package == package.package).collect();
        events.sort_by(|a, b| (a.at, &a.raw_time).cmp(&(b.at, &b.raw_time)));
        let event = |e: &&oms_contract::record::Tracked| TrackingView {
            event: e.event.clone(),
            time: e.raw_time.clone(),
            place: e.place.clone(),
            text: e.text.clone(),
        };
        PackageView {
            carrier: package.carrier.clone(),
            tracking_number: package.tracking_number.clone(),
            events: events.iter().map(event).collect(),
        }
    });
    SubOrderView {
        sub_order_id: part.sub_order_id.to_string(),
        vendor_id: part.vendor_id.to_string(),
        state: order.part(no).map_or(order.state, |part| part.state).to_string(),
        shipments: part.shipments.iter().map(shipment).collect(),
        packages: packages.collect(),
    }
}

fn notice(notice: &oms_contract::record::Notice) -> NoticeView {
    NoticeView { milestone: notice.milestone.clone(), channel: notice.channel.clone(), at: notice.at }
}

#[cfg(test)]
mod tests {
    use super::*;
    use oms_contract::record::CheckResult;
    use oms_fakes::NOON;

    #[test]
    fn what_only_asks_for_a_verification_is_for_staff_to_see() {
        let failing = |check: u8| CheckResult {
            check,
            code: format!("check_{check}"),
            outcome: CheckOutcome::Fail { at: "total".into(), seen: "1".into(), reason: "wrong".into(), mend: "mend it".into() },
        };
        let results = vec![failing(7), failing(27), CheckResult { outcome: CheckOutcome::Pass, ..failing(30) }];
        let report = ValidationReport { version: 1, at: NOON, results, doubts: vec![27], geocode: None, region: None, is_po_box: false };
        let shown = |staff| failed(&report, staff).iter().map(|failed| failed.check).collect::<Vec<u8>>();
        assert_eq!((shown(true), shown(false)), (vec![7, 27], vec![7]));
    }
}
