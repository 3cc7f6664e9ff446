//! Reading one order.

use oms_contract::api::routing::{RoutedShipment, RoutingSearch, RoutingView};
use oms_contract::api::view::{CarrierChoiceView, CheckView, EntryView, HistoryView, ValidationView};
use oms_contract::http::{ApiRequest, ApiResponse, Caller};
use oms_contract::problem::Problem;
use oms_contract::record::{CheckOutcome, CheckResult, Plan, is_verifying};
use oms_domain::ActorKind;
use oms_domain::history::Entry;
use oms_ports::orders::Stored;

use crate::view::Reader;
use crate::{Deps, access, payment, view};

/// `GET /api/v2/orders/{order_id}`.
pub(crate) async fn order(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let stored = access::find(deps, request, caller).await?;
    let known = request.header("if-none-match").map(|tag| tag.trim_start_matches("W/").trim_matches('"'));
    if known.and_then(|tag| tag.parse().ok()) == Some(stored.order.seq) {
        return Ok(ApiResponse::empty(304).with_header("etag", etag(&stored)));
    }
    answer(deps, caller, &stored).await
}

/// The order as this caller may see it.
pub(crate) async fn answer(deps: &Deps, caller: &Caller, stored: &Stored) -> Result<ApiResponse, Problem> {
    let order = &stored.order;
    let document = deps.orders.document(order.id).await?.ok_or_else(|| missing_document(stored))?;
    let dossier = deps.records.dossier(order.id).await?;
    let personal = deps.sealer.open(&order.customer_id, &document.sealed).await?;
    let reader = Reader::of(caller, order);
    let mut view = view::order(reader, order, document, dossier, personal);
    let action = payment::action(deps, caller, order).await?;
    let secret = action.is_some();
    if let Some(payment) = &mut view.payment {
        payment.action = action;
    }
    let response = ApiResponse::json(200, &view).with_header("etag", etag(stored));
    Ok(if secret { response.with_header("cache-control", "no-store") } else { response })
}

fn missing_document(stored: &Stored) -> Problem {
    tracing::error!(order.id = %stored.order.id, "Order {} has a head but no document", stored.order.id);
    Problem::internal()
}

fn etag(stored: &Stored) -> String {
    format!("\"{}\"", stored.order.seq)
}

/// `GET /api/v2/orders/{order_id}/history`.
pub(crate) async fn history(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let stored = access::find(deps, request, caller).await?;
    let entries = deps.records.history(stored.order.id).await?;
    let staff = caller.role == ActorKind::Operator;
    let entries = entries.into_iter().map(|entry| entry_view(entry, staff)).collect();
    Ok(ApiResponse::json(200, &HistoryView { order_id: stored.order.id.to_string(), entries }))
}

/// `GET /api/v2/orders/{order_id}/ledger`.
pub(crate) async fn ledger(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let stored = access::find(deps, request, caller).await?;
    let history = deps.records.history(stored.order.id).await?;
    Ok(ApiResponse::json(200, &payment::ledger(&stored.order, &history)))
}

/// `GET /api/v2/orders/{order_id}/validation`: the last report. The checks that only cast doubt on an order are for the staff alone.
pub(crate) async fn validation(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let stored = access::find(deps, request, caller).await?;
    let report = deps.records.dossier(stored.order.id).await?.validations.pop();
    let report = report.ok_or_else(|| Problem::not_found("validation report"))?;
    let stands_against = |row: &CheckResult| match row.outcome {
        CheckOutcome::Fail { .. } => !is_verifying(row.check),
        CheckOutcome::Unavailable { .. } => true,
        CheckOutcome::Pass | CheckOutcome::NotApplicable { .. } => false,
    };
    let passed = !report.results.iter().any(stands_against);
    let staff = caller.role == ActorKind::Operator;
    let checks = report.results.into_iter().filter(|row| staff || !is_verifying(row.check)).map(check_view).collect();
    let view = ValidationView { order_id: stored.order.id.to_string(), version: report.version, at: report.at, passed, checks };
    Ok(ApiResponse::json(200, &view))
}

fn check_view(CheckResult { check, code, outcome }: CheckResult) -> CheckView {
    let row = |outcome: &str| CheckView { check, code, outcome: outcome.to_owned(), at: None, seen: None, reason: None, mend: None };
    match outcome {
        CheckOutcome::Pass => row("pass"),
        CheckOutcome::Fail { at, seen, reason, mend } => {
            CheckView { at: Some(at), seen: Some(seen), reason: Some(reason), mend: Some(mend), ..row("fail") }
        }
        CheckOutcome::NotApplicable { why } => CheckView { reason: Some(why), ..row("not_applicable") },
        CheckOutcome::Unavailable { fact } => CheckView { reason: Some(format!("{fact} could not be had")), ..row("unavailable") },
    }
}

/// `GET /api/v2/orders/{order_id}/routing`. A customer sees what comes to it and when; a vendor its own shipments, and nothing of its rivals; staff everything,
/// and what was planned before or sought in vain.
pub(crate) async fn routing(deps: &Deps, request: &ApiRequest, caller: &Caller) -> Result<ApiResponse, Problem> {
    let stored = access::find(deps, request, caller).await?;
    let order = &stored.order;
    let dossier = deps.records.dossier(order.id).await?;
    let plan = dossier.plans.iter().rev().find(|plan| Some(plan.version) == order.plan).cloned();
    let staff = caller.role == ActorKind::Operator;
    let searches = staff.then(|| RoutingSearch::all_of(dossier.plans, dossier.searches)).filter(|all| !all.is_empty());
    // Not routed yet, or never, and for staff not even sought: there is no such thing.
    if plan.is_none() && searches.is_none() {
        return Err(Problem::not_found("routing"));
    }
    let own = access::own_part(caller, order).map(|part| part.no);
    let inside = caller.role != ActorKind::Customer;
    let parts = dossier.sub_orders.iter().filter(|part| own.is_none_or(|no| no == part.sub_order_id.part));
    let shipments =
        parts.flat_map(|part| part.shipments.iter().map(|shipment| RoutedShipment::of(part.sub_order_id.part, shipment, inside)));
    let decisions = dossier.carriers.iter().filter(|decision| inside && own.is_none_or(|no| no == decision.part));
    let view = RoutingView {
        order_id: order.id.to_string(),
        planned_at: plan.as_ref().map(|plan| plan.at),
        shipments: shipments.collect(),
        carriers: decisions.map(|decision| CarrierChoiceView::of(order.id, decision)).collect(),
        gap: plan.as_ref().filter(|_| staff).map(Plan::gap),
        plan: plan.filter(|_| staff),
        searches,
    };
    Ok(ApiResponse::json(200, &view))
}

/// An entry as people read it; who of the staff or which step it was, and what the fraud rules said, is for the staff alone.
fn entry_view(entry: Entry, staff: bool) -> EntryView {
    let secret = matches!(entry.fact, Some(oms_domain::history::Fact::Scored { .. }));
    let fact = entry.fact.filter(|_| staff || !secret).and_then(|fact| serde_json::to_value(fact).ok());
    EntryView {
        seq: entry.seq,
        at: entry.at,
        actor: entry.actor.kind.to_string(),
        actor_id: staff.then_some(entry.actor.id),
        from: entry.from.to_string(),
        to: entry.to.to_string(),
        trigger: entry.trigger.map(|trigger| trigger.to_string()),
        part: entry.part,
        fact,
        reason: entry.reason,
        inferred: entry.inferred,
        hash: entry.hash,
    }
}
