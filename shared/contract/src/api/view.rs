//! What readers of orders see.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use oms_domain::address::Address;
use oms_domain::ledger::{Balances, Row};
use oms_domain::order::Payment;
use oms_domain::shipping::choice::Scored;
use oms_domain::{Order, OrderId, State, SubOrderId};

use crate::record::{CarrierDecision, Plan, Promise, UnfitCarrier};

/// An order, as much of it as the reader may see.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct OrderView {
    /// Its id.
    pub order_id: String,
    /// The number that people read.
    pub number: String,
    /// Its version; also the `ETag`.
    pub version: u64,
    /// One of the 23 states. For a vendor: of its own part.
    pub state: String,
    /// Partial outcomes beside the state.
    pub facts: Facts,
    /// When it was captured.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// When it last changed.
    #[schema(value_type = String, format = DateTime)]
    pub changed_at: Timestamp,
    /// Why it failed or was cancelled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whose it is; not for vendors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// What the customer pays; for a vendor, what was paid for its part.
    pub total: i64,
    /// The caller's reference given with the order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reference: Option<String>,
    /// Lines; for a vendor, its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<LineView>,
    /// Money; not for vendors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub payment: Option<PaymentView>,
    /// Where it goes; absent where the personal data was erased.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::api::place::PlaceAddress>)]
    pub shipping_address: Option<Address>,
    /// Checks that failed in the last validation; not for vendors. Those that only ask for a verification are for operators.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub failed_checks: Vec<FailedCheck>,
    /// The fraud score; for operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub risk: Option<RiskView>,
    /// The routing plan in force with its alternatives; for operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub routing: Option<Plan>,
    /// Parts by vendor; for a vendor, its own.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub sub_orders: Vec<SubOrderView>,
    /// What nobody can deliver at present and the customer may choose about; not for vendors.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub offers: Vec<OfferView>,
    /// What is sent in the place of what was ordered.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substituted: Vec<SubstituteView>,
    /// Notices sent; for operators only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub notices: Vec<NoticeView>,
    /// True while the order is to be cancelled and cannot be yet: it will be within moments.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub cancel_requested: bool,
    /// What of a cancellation could not be undone; for operators only.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub undo_failures: Vec<UndoFailureView>,
    /// Why the order is stopped; for operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stalled: Option<StalledView>,
}

/// Goods that nobody can deliver at present. They are sought again by themselves, whatever the customer answers but `cancel`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OfferView {
    /// The part that is concerned; the whole order where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sub_order_id: Option<String>,
    /// SKUs that nobody has enough of.
    pub short: Vec<String>,
    /// What can be sent in their place, at the price of what was ordered; all of it or nothing.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub substitutes: Vec<SubstituteView>,
    /// What can be answered: `wait`, `substitute`, `cancel`.
    pub choices: Vec<String>,
    /// What was answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<String>,
    /// When it is cancelled where nobody is found who can deliver.
    #[schema(value_type = String, format = DateTime)]
    pub until: Timestamp,
}

/// Goods in the place of others.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubstituteView {
    /// What was ordered.
    pub ordered: String,
    /// What is sent.
    pub instead: String,
}

/// Something of a cancellation that could not be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct UndoFailureView {
    /// `stock`, `money` or `people`.
    pub undo: String,
    /// The error's name in the machine.
    pub error: String,
}

/// Partial outcomes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[expect(clippy::struct_excessive_bools, reason = "four independent facts of the state table")]
pub struct Facts {
    /// Some parts are with a carrier, others not yet.
    pub partially_shipped: bool,
    /// Some parts are delivered, others not.
    pub partially_delivered: bool,
    /// Some parts are cancelled, others not.
    pub partially_cancelled: bool,
    /// Some parts came back, others not.
    pub partially_returned: bool,
}

impl Facts {
    /// The facts of an order, from the states of its parts.
    pub fn of(order: &Order) -> Self {
        let some_not_all = |holds: fn(State) -> bool| {
            let n = order.parts.iter().filter(|part| holds(part.state)).count();
            n > 0 && n < order.parts.len()
        };
        Self {
            partially_shipped: some_not_all(|state| {
                matches!(
                    state,
                    State::Shipped | State::InTransit | State::OutForDelivery | State::Delivered | State::DeliveryFailed | State::Returned
                )
            }),
            partially_delivered: some_not_all(|state| state == State::Delivered),
            partially_cancelled: some_not_all(|state| state == State::Cancelled),
            partially_returned: some_not_all(|state| state == State::Returned),
        }
    }
}

/// A line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LineView {
    /// What.
    pub sku: String,
    /// How many.
    pub quantity: u32,
    /// Price of one; not for vendors of a split order, whose share is in the sub-order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub unit_price: Option<i64>,
    /// Discount on the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub discount: Option<i64>,
    /// Tax on the line.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tax: Option<i64>,
}

/// Money, in minor units.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentView {
    /// Where the money is.
    pub status: String,
    /// Number of the attempt.
    pub attempt: u8,
    /// Reserved.
    pub authorized: i64,
    /// Taken.
    pub captured: i64,
    /// Given back.
    pub refunded: i64,
    /// What the customer must do at the gateway before the payment goes on; for the order's own customer only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub action: Option<PaymentAction>,
}

/// A step that only the paying customer can take, in the browser (3-D Secure).
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PaymentAction {
    /// The gateway's secret for its script in the browser. Whoever has it can act on the payment: it must not be logged, stored or passed on.
    pub client_secret: String,
}

impl std::fmt::Debug for PaymentAction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("PaymentAction(redacted)")
    }
}

impl From<&Payment> for PaymentView {
    fn from(payment: &Payment) -> Self {
        Self {
            status: payment.status.to_string(),
            attempt: payment.attempt,
            authorized: payment.authorized,
            captured: payment.captured,
            refunded: payment.refunded,
            action: None,
        }
    }
}

/// A check that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct FailedCheck {
    /// Its number, 1 to 47.
    pub check: u8,
    /// Its stable name.
    pub code: String,
    /// Where.
    pub at: String,
    /// What was seen; masked where personal.
    pub seen: String,
    /// Why it fails.
    pub reason: String,
    /// What would mend it.
    pub mend: String,
}

/// The report of a run of the checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ValidationView {
    /// Of which order.
    pub order_id: String,
    /// Version of the order that was checked.
    pub version: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Whether nothing failed.
    pub passed: bool,
    /// By number; a check that fails in several places has several rows.
    pub checks: Vec<CheckView>,
}

/// What a check came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CheckView {
    /// Its number, 1 to 47.
    pub check: u8,
    /// Its stable name.
    pub code: String,
    /// `pass`, `fail`, `not_applicable` or `unavailable`.
    pub outcome: String,
    /// Of a failure: where.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<String>,
    /// Of a failure: what was seen; masked where personal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// Why it fails, does not apply, or cannot be said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Of a failure: what would mend it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mend: Option<String>,
}

/// The fraud score.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct RiskView {
    /// 0 to 100.
    pub score: u8,
    /// Band.
    pub band: String,
    /// Rules that spoke, with their points.
    pub signals: Vec<SignalView>,
}

/// A fraud rule that spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SignalView {
    /// The rule.
    pub rule: String,
    /// Points.
    pub points: u8,
    /// What it saw.
    pub seen: String,
}

/// A vendor's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct SubOrderView {
    /// Its id.
    pub sub_order_id: String,
    /// Whose.
    pub vendor_id: String,
    /// Its state.
    pub state: String,
    /// Items by warehouse.
    pub shipments: Vec<ShipmentView>,
    /// Packages handed over.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PackageView>,
}

/// Items that leave one warehouse.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct ShipmentView {
    /// Where from.
    pub warehouse_id: String,
    /// Carrier chosen.
    pub carrier: String,
    /// Service chosen.
    pub service: String,
    /// SKUs and quantities.
    pub items: Vec<LineView>,
    /// Shipping cost in minor units of the order's currency; not for customers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cost: Option<i64>,
    /// Expected hours from routing to the door.
    pub hours: u32,
}

/// A package.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PackageView {
    /// Carrier.
    pub carrier: String,
    /// Number.
    pub tracking_number: String,
    /// Events, oldest first.
    pub events: Vec<TrackingView>,
}

/// A tracking event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct TrackingView {
    /// Canonical event.
    pub event: String,
    /// The carrier's time as written; without zone it is local to the place.
    pub time: String,
    /// Place.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
    /// The carrier's text.
    pub text: String,
}

/// The labels of a vendor's part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LabelsView {
    /// Which part.
    pub sub_order_id: String,
    /// The carrier's code.
    pub carrier: String,
    /// `standard` or `express`.
    pub service: String,
    /// Its packages.
    pub packages: Vec<LabelledPackage>,
    /// Why that carrier; absent where its labels were bought before such decisions were kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub choice: Option<CarrierChoiceView>,
    /// What became of the pick-up, where one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub pickup: Option<PickupView>,
}

/// A package with its label.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LabelledPackage {
    /// Number within the part, from 1.
    pub package: u8,
    /// The carrier's number.
    pub tracking_number: String,
    /// Where the label is printed: with `format=4x6` or `format=a4`. Absent where only the carrier's own portal prints it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub href: Option<String>,
}

/// A pick-up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct PickupView {
    /// `booked`; `not_offered` where the carrier books none by its interface; `unknown` where it did not answer: call it, it is not booked again.
    pub outcome: String,
    /// The carrier's confirmation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confirmation: Option<String>,
}

/// Who carries a vendor's part, and what spoke for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CarrierChoiceView {
    /// Which part.
    pub sub_order_id: String,
    /// The carrier's code.
    pub carrier: String,
    /// `standard` or `express`.
    pub service: String,
    /// Whether somebody took another than would have been taken without a word.
    pub overridden: bool,
    /// What the plan promised: carrier and service, cost, hours left until the last shipment was expected.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub planned: Option<Promise>,
    /// Whether the choice costs no more and comes no later than that, or than the planned service does now.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps_to_plan: Option<bool>,
    /// Why, where a person chose: a short code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// All that could carry it, each with its four weighted terms and their sum, and with what its reliability is expected from; the best first.
    #[schema(value_type = Vec<Object>)]
    pub bids: Vec<Scored>,
    /// The others, and why not.
    #[schema(value_type = Vec<Object>)]
    pub unfit: Vec<UnfitCarrier>,
}

impl CarrierChoiceView {
    /// The decision on a part of this order.
    pub fn of(order: OrderId, decision: &CarrierDecision) -> Self {
        Self {
            sub_order_id: SubOrderId { order, part: decision.part }.to_string(),
            carrier: decision.carrier.clone(),
            service: decision.service.to_string(),
            overridden: decision.overridden,
            planned: decision.planned.clone(),
            keeps_to_plan: decision.keeps_to_plan,
            reason: decision.reason.clone(),
            bids: decision.bids.clone(),
            unfit: decision.unfit.clone(),
        }
    }
}

/// A notice sent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct NoticeView {
    /// Milestone.
    pub milestone: String,
    /// Channel.
    pub channel: String,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// Why an order is stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct StalledView {
    /// Step.
    pub step: String,
    /// Error.
    pub error: String,
    /// Since when.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
}

/// One order in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderSummary {
    /// Its id.
    pub order_id: String,
    /// The number that people read.
    pub number: String,
    /// Its state; for a vendor, that of its part.
    pub state: String,
    /// When it was captured.
    #[schema(value_type = String, format = DateTime)]
    pub created_at: Timestamp,
    /// Whose; not for vendors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub customer_id: Option<String>,
    /// ISO 4217.
    pub currency: String,
    /// What the customer pays; not for vendors.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub total: Option<i64>,
    /// Where to read it.
    pub href: String,
}

/// An order's payment ledger. Amounts are minor units; the last balance is the order's payment summary.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerView {
    /// Whose ledger.
    pub order_id: String,
    /// ISO 4217 code of all amounts.
    pub currency: String,
    /// Oldest first.
    pub rows: Vec<LedgerRow>,
    /// The sum of all rows.
    pub balance: LedgerAmounts,
}

/// A row of a ledger.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerRow {
    /// Number of the history entry that it is read from.
    pub seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// `authorized`, `captured`, `voided`, `owed` or `refunded`.
    pub booking: String,
    /// By how much each account changes.
    pub change: LedgerAmounts,
    /// Each account after it.
    pub balance: LedgerAmounts,
}

/// An amount per account.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct LedgerAmounts {
    /// Reserved.
    pub authorized: i64,
    /// Taken.
    pub captured: i64,
    /// Given back.
    pub refunded: i64,
    /// Owed to the customer and not given back yet.
    pub owed: i64,
}

impl From<Balances> for LedgerAmounts {
    fn from(balances: Balances) -> Self {
        let Balances { authorized, captured, refunded, owed } = balances;
        Self { authorized, captured, refunded, owed }
    }
}

impl From<&Row> for LedgerRow {
    fn from(row: &Row) -> Self {
        Self { seq: row.seq, at: row.at, booking: row.booking.to_string(), change: row.change.into(), balance: row.balance.into() }
    }
}

/// A page of orders, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct OrderList {
    /// May be fewer than asked for though more follow.
    pub orders: Vec<OrderSummary>,
    /// To be sent as `cursor` for the next page; absent on the last.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_cursor: Option<String>,
}

/// An order's history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct HistoryView {
    /// Whose history.
    pub order_id: String,
    /// Oldest first.
    pub entries: Vec<EntryView>,
}

/// An entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct EntryView {
    /// From 1, without gaps.
    pub seq: u64,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub at: Timestamp,
    /// Kind of actor.
    pub actor: String,
    /// Which one; for operators only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub actor_id: Option<String>,
    /// State before.
    pub from: String,
    /// State after.
    pub to: String,
    /// What made it move; absent where only a fact was learnt.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger: Option<String>,
    /// The part that moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub part: Option<u8>,
    /// What was learnt.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub fact: Option<serde_json::Value>,
    /// Reason.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the step was inferred from a later event.
    pub inferred: bool,
    /// SHA-256 over the hash before and this entry, base64url.
    pub hash: String,
}
