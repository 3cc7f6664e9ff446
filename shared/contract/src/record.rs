//! Documents stored beside an order's head. Each is written once per key, or by one owner.

use jiff::Timestamp;
use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use oms_domain::document::{Document, PaymentMethod, Speed};
use oms_domain::order::Band;
use oms_domain::shipping::choice::{ChoiceWeights, Preference, Scored};
use oms_domain::{Sku, State, SubOrderId, VendorId, WarehouseId};

mod terse;

/// Result of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum CheckOutcome {
    /// The rule holds.
    Pass,
    /// It does not.
    Fail {
        /// Path into the order: `lines[0].quantity`.
        at: String,
        /// The value seen; masked where personal.
        seen: String,
        /// Why that is wrong.
        reason: String,
        /// What would mend it.
        mend: String,
    },
    /// The rule says nothing about this order.
    NotApplicable {
        /// Why.
        why: String,
    },
    /// A fact could not be had; never a pass.
    Unavailable {
        /// Which fact.
        fact: String,
    },
}

/// One row of a validation report. A check that fails in several places has several rows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckResult {
    /// 1 to 47.
    pub check: u8,
    /// The stable public name.
    pub code: String,
    /// What came out.
    #[serde(flatten)]
    pub outcome: CheckOutcome,
}

/// The stable public names of the checks, by number from 1.
#[rustfmt::skip]
pub const CODES: [&str; 47] = [
    "payment_method_valid", "payment_preauthorized", "billing_address_matches", "cvc_verified", "strong_authentication_done",
    "gateway_response_consistent", "amount_and_currency_valid", "tax_correct", "coupon_valid", "payment_method_allowed_in_country",
    "in_stock", "stock_reserved", "minimum_quantity_met", "maximum_quantity_respected", "available_in_region", "warehouse_capacity",
    "vendor_sla_history", "seasonally_available", "address_valid", "address_serviceable", "delivery_method_available",
    "delivery_date_calculable", "no_restricted_product", "address_not_blacklisted", "po_box_allowed", "account_active",
    "not_on_watchlist", "order_pattern_normal", "no_recent_chargeback", "contact_verified", "age_verified", "vendors_active",
    "vendors_on_time", "vendors_licensed", "vendors_not_suspended", "vendor_capacity", "trade_allowed", "product_safety",
    "hazmat_allowed", "customs_documents", "consent_given", "age_rule_compliant", "credit_limit", "promotions_stack",
    "loyalty_points_valid", "gift_card_sufficient", "minimum_order_value",
];

/// The checks whose failure refuses no order: it is verified, by a challenge or a person. By number, with the stable public name.
pub const VERIFYING: [(u8, &str); 7] = [
    (3, "billing_address_matches"),
    (5, "strong_authentication_done"),
    (24, "address_not_blacklisted"),
    (27, "not_on_watchlist"),
    (28, "order_pattern_normal"),
    (29, "no_recent_chargeback"),
    (30, "contact_verified"),
];

/// Whether a failure of the check asks for a verification only.
pub fn is_verifying(check: u8) -> bool {
    VERIFYING.iter().any(|(number, _)| *number == check)
}

/// Where the destination is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Geocode {
    /// Degrees north.
    pub lat: f64,
    /// Degrees east.
    pub lon: f64,
    /// How exact the point is.
    pub precision: Precision,
}

/// How exact a point is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Precision {
    /// The town.
    City,
    /// The centre of the state or province.
    Region,
}

/// Report of one run of the checks, stored as `V#{version}`.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(into = "terse::TerseReport", try_from = "terse::TerseReport")]
pub struct ValidationReport {
    /// Version of the order that was checked.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// One or more rows per check that is in force.
    pub results: Vec<CheckResult>,
    /// Numbers of the checks that failed and, instead of refusing the order, ask for a verification; by number.
    pub doubts: Vec<u8>,
    /// Where the destination is, if it could be located.
    pub geocode: Option<Geocode>,
    /// In which state or province, without its country, where the country's addresses have any: as the address was understood, whatever was written.
    pub region: Option<String>,
    /// Whether it is a P.O. box or a locker, which not every carrier serves.
    pub is_po_box: bool,
}

/// One fraud rule that spoke.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RiskSignal {
    /// The rule's stable name.
    pub rule: String,
    /// `velocity`, `geography`, `product`, `behaviour`, `device` or `checks`.
    pub group: String,
    /// Points it adds.
    pub points: u8,
    /// What it saw, without personal data.
    pub seen: String,
}

/// Report of one scoring, stored as `F#{version}` where any rule spoke: what a report without signals would say stands in the history.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FraudReport {
    /// Version of the order that was scored.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// 0 to 100.
    pub score: u8,
    /// What follows.
    pub band: Band,
    /// Every rule that spoke.
    pub signals: Vec<RiskSignal>,
}

/// What one source gives to one line.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Allocation {
    /// What.
    pub sku: Sku,
    /// How many.
    pub quantity: u32,
    /// Whose.
    pub vendor_id: VendorId,
    /// From where.
    pub warehouse_id: WarehouseId,
}

/// One shipment of a plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedShipment {
    /// Whose.
    pub vendor_id: VendorId,
    /// From where.
    pub warehouse_id: WarehouseId,
    /// By whom.
    pub carrier: String,
    /// `standard` or `express`.
    pub service: String,
    /// What is in it.
    pub items: Vec<(Sku, u32)>,
    /// How it is packed; its packages' billed weights sum to `billed_g`. Plans from before packages were planned have none.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub packages: Vec<PlannedPackage>,
    /// Billed weight in grams.
    pub billed_g: u64,
    /// Distance as the crow flies.
    pub km: u32,
    /// Shipping cost in minor units of the order's currency.
    pub cost: i64,
    /// Expected hours from now to the door.
    pub hours: u32,
}

/// A package of a planned shipment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedPackage {
    /// What is in it.
    pub items: Vec<(Sku, u32)>,
    /// Weight in grams.
    pub grams: u64,
    /// Volume of its carton, cubic centimetres, rounded up. Plans from before cartons were planned have that of what is in it.
    pub cm3: u64,
    /// Billed weight in grams: the weight or the volumetric weight, whichever is more, rounded up to a kilogram.
    pub billed_g: u64,
}

/// The three terms of the objective, and their weighted sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Terms {
    /// T: hours of the latest shipment.
    pub hours: u32,
    /// C: shipping cost in minor units.
    pub cost: i64,
    /// P: quantity-weighted performance, 0 to 1.
    pub performance: Decimal,
    /// 0.4 T/Tref + 0.3 C/Cref + 0.3 (1 - P), with the marketplace's weights.
    pub objective: Decimal,
}

/// A way to fulfil the order.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// Its terms.
    pub terms: Terms,
    /// Its shipments, by vendor.
    pub shipments: Vec<PlannedShipment>,
}

/// A source of a line that was not considered, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rejected {
    /// Of which line.
    pub sku: Sku,
    /// Whose.
    pub vendor_id: VendorId,
    /// From where; plans from before it was told have none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub warehouse_id: Option<WarehouseId>,
    /// Stable code.
    pub reason: Rejection,
}

/// Why a source was not considered: the first that applies, in this order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::Display, strum::VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rejection {
    /// The shelf's vendor is not on file.
    VendorUnknown,
    /// The vendor has no such warehouse on file.
    WarehouseUnknown,
    /// The vendor refused goods of this order before, or has a live part of it already.
    VendorRefused,
    /// The vendor is suspended or not approved.
    VendorNotActive,
    /// The vendor does not serve the destination's country or region.
    DoesNotShipThere,
    /// The vendor is expected to be on time less often than the marketplace asks for (check 17).
    NotPunctual,
    /// The vendor has taken as many orders today as it takes a day, or the warehouse as many as it can hand over by the day on which this one would leave (checks 36 and 16).
    NoCapacity,
    /// The warehouse does not work on any day of the coming year, or on none on which the destination works too.
    Closed,
    /// No carrier has a price from there, or none in the order's currency.
    NoRate,
    /// The address is a P.O. box or a locker, which the product refuses, or no carrier from there serves (check 25).
    NoPoBox,
    /// The goods need a licence at the destination that the vendor does not have today.
    NotLicensed,
    /// The two places are at embargo, or such goods are controlled between them (check 37).
    TradeBarred,
    /// They would cross a customs border, and what customs ask for is not known (check 40).
    NoCustomsPapers,
    /// One piece is heavier than every carrier there takes.
    TooHeavy,
    /// One piece is larger than every carrier there takes that could carry its weight.
    TooLarge,
    /// It is dangerous, or the recipient's age must be looked at, and no service there does that with its weight and size.
    NoSuitableService,
    /// The vendor sells only more of it in one order than is wanted, or than it has; or whoever would have to send the rest does (check 13).
    BelowVendorQuantity,
    /// The vendor delivers only for more than it could get of this order.
    BelowVendorMinimum,
    /// It has too little: another has enough alone, others fill the quantity without it, or all together do not.
    InsufficientStock,
}

/// The routing plan, stored as `R#{version}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "terse::TersePlan", from = "terse::TersePlan")]
pub struct Plan {
    /// Version of the order that was routed.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// For which part, after its vendor refused it; for the whole order where absent.
    pub part: Option<u8>,
    /// The plan in force.
    pub chosen: Candidate,
    /// The next best, at most five.
    pub alternatives: Vec<Candidate>,
    /// Largest delivery time among all feasible sources, hours.
    pub t_ref: u32,
    /// Sum over lines of the dearest feasible single-line shipment, minor units.
    pub c_ref: i64,
    /// True where the search proved that nothing is better.
    pub optimal: bool,
    /// Lower bound of the objective; equals it where optimal.
    pub bound: Decimal,
    /// Plans looked at.
    pub explored: u64,
    /// Sources that were not considered, and why.
    pub rejected: Vec<Rejected>,
    /// SKUs that have more sources than are read: the nearest were, and the plan is the best over those.
    pub partly_read: Vec<Sku>,
}

impl Plan {
    /// How far the chosen plan may be from the best there is, as a share of itself; zero where it is proved optimal.
    pub fn gap(&self) -> Decimal {
        let objective = self.chosen.terms.objective;
        let lacks = (objective - self.bound).max(Decimal::ZERO);
        if self.optimal { Decimal::ZERO } else { lacks.checked_div(objective).unwrap_or(Decimal::ZERO).round_dp(6) }
    }
}

/// A search that found nobody to deliver, stored as `Q#{version}`. One that found what the last one of its piece had found is not stored again: the history counts them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(into = "terse::TerseSearch", from = "terse::TerseSearch")]
pub struct Search {
    /// Version of the order that says so.
    pub version: u64,
    /// When.
    pub at: Timestamp,
    /// For which part, after its vendor refused it; for the whole order where absent.
    pub part: Option<u8>,
    /// What nobody can deliver.
    pub short: Vec<Sku>,
    /// Sources that were not considered, and why. Where each of the goods has others, no combination of those is a plan.
    pub rejected: Vec<Rejected>,
    /// SKUs that have more sources than are read.
    pub partly_read: Vec<Sku>,
}

impl Search {
    /// Whether another search of the same piece found nothing else.
    pub fn says_as_much_as(&self, other: &Self) -> bool {
        let said = |search: &Self| (search.part, search.short.clone(), search.rejected.clone(), search.partly_read.clone());
        said(self) == said(other)
    }
}

/// One vendor's part of the order, stored as `S#{n}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SubOrder {
    /// Its id.
    pub sub_order_id: SubOrderId,
    /// Whose.
    pub vendor_id: VendorId,
    /// Its shipments: one per warehouse.
    pub shipments: Vec<PlannedShipment>,
    /// Goods of this part: net minor units of its lines.
    pub goods: i64,
    /// What the customer paid for this part in all: goods, tax, and its share of shipping and discount. Parts sum to the total.
    pub paid: i64,
}

impl SubOrder {
    /// What its vendor sends: SKU and quantity, shipment by shipment.
    pub fn items(&self) -> Vec<(String, u32)> {
        self.shipments.iter().flat_map(|shipment| &shipment.items).map(|(sku, quantity)| (sku.to_string(), *quantity)).collect()
    }

    /// What it takes from which shelf.
    pub fn allocations(&self) -> Vec<Allocation> {
        allocations(&self.shipments)
    }
}

/// What these shipments take from which shelf.
pub fn allocations<'a>(shipments: impl IntoIterator<Item = &'a PlannedShipment>) -> Vec<Allocation> {
    let of = |shipment: &PlannedShipment| -> Vec<Allocation> {
        let item = |(sku, quantity): &(Sku, u32)| Allocation {
            sku: sku.clone(),
            quantity: *quantity,
            vendor_id: shipment.vendor_id.clone(),
            warehouse_id: shipment.warehouse_id.clone(),
        };
        shipment.items.iter().map(item).collect()
    };
    shipments.into_iter().flat_map(of).collect()
}

/// A package on its way, stored as `P#{n}#{package}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Package {
    /// Of which part.
    pub sub_order_id: SubOrderId,
    /// Number within the part, from 1.
    pub package: u8,
    /// The carrier's code.
    pub carrier: String,
    /// The carrier's number.
    pub tracking_number: String,
    /// When it was handed over.
    pub shipped_at: Timestamp,
    /// When to ask the carrier next; `None` once it is delivered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub poll_at: Option<Timestamp>,
}

/// Who carries a part, and what spoke for and against it; stored as `B#{part}`, the last decision of the part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CarrierDecision {
    /// Which part.
    pub part: u8,
    /// When.
    pub at: Timestamp,
    /// The carrier's code.
    pub carrier: String,
    /// Its service.
    pub service: Speed,
    /// Whether somebody took another than would have been taken without a word.
    pub overridden: bool,
    /// What the plan promised, where one is on record: what is not asked for by name costs no more and comes no later.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub planned: Option<Promise>,
    /// Whether it keeps to that; not known of decisions from before it was looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub keeps_to_plan: Option<bool>,
    /// Why, where a person decided: a short code.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Weights of the four terms.
    pub weights: ChoiceWeights,
    /// What the customer would like.
    pub preference: Preference,
    /// All that could carry it, with their terms, the best first. Costs are minor units of the order's currency.
    pub bids: Vec<Scored>,
    /// The others, and why not.
    pub unfit: Vec<UnfitCarrier>,
}

/// What a plan promised of a part, as it stood when its carrier was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Promise {
    /// By whom, that of its first shipment.
    pub carrier: String,
    /// By which service.
    pub service: Speed,
    /// Of all shipments, minor units of the order's currency.
    pub cost: i64,
    /// Hours from the decision until the last shipment is expected at the door; none where that was over.
    pub hours: u32,
}

/// A carrier's service that cannot carry a part.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnfitCarrier {
    /// The carrier's code.
    pub carrier: String,
    /// Its service.
    pub service: Speed,
    /// Stable code.
    pub reason: String,
}

/// A tracking event, stored as `T#{event_id}` once, however often it comes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tracked {
    /// Stable: the carrier's own id, or derived from number, code and time.
    pub event_id: String,
    /// Of which part.
    pub part: u8,
    /// Of which package.
    pub package: u8,
    /// Canonical event name.
    pub event: String,
    /// When, where the carrier said so with a zone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<Timestamp>,
    /// The carrier's time as written.
    pub raw_time: String,
    /// The carrier's code and text.
    pub code: String,
    /// The carrier's text.
    pub text: String,
    /// Town, where given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub place: Option<String>,
}

/// Another payment method, given after a refusal; stored as `M#{attempt}`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MethodChange {
    /// The attempt it is for.
    pub attempt: u8,
    /// The method.
    pub method: PaymentMethod,
}

/// A command that was carried out under a key of its caller's, stored as `C#{key}`, once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Command {
    /// Digest of the caller and of its key.
    pub key: String,
    /// Digest of what was asked.
    pub what: String,
    /// Version of the order after it.
    pub version: u64,
    /// When.
    pub at: Timestamp,
}

/// A stored record with its key.
#[derive(Debug, Clone, PartialEq)]
pub enum Record {
    /// `V#{version}`.
    Validation(ValidationReport),
    /// `F#{version}`.
    Fraud(FraudReport),
    /// `R#{version}`.
    Plan(Plan),
    /// `Q#{version}`.
    Search(Search),
    /// `S#{n}`, indexed by vendor: `open` until it is terminal or with the carrier.
    SubOrder {
        /// The sub-order.
        sub_order: SubOrder,
        /// Which list of its vendor it stands in.
        open: bool,
    },
    /// `P#{n}#{package}`, indexed by tracking number and by the time of the next poll.
    Package(Package),
    /// `B#{part}`.
    Carrier(CarrierDecision),
    /// `M#{attempt}`.
    Method(MethodChange),
    /// `C#{key}`, in one commit with what the command did: a conflict where the key was used before.
    Command(Command),
    /// `D` of a draft, replaced as a whole in one commit with the edit.
    Document(Document),
    /// `T#{event_id}`, in one commit with what it did to the order: a conflict where the event was kept before.
    Tracked(Tracked),
}

/// Everything stored about an order, for one page of the API.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Dossier {
    /// Validation reports, oldest first.
    pub validations: Vec<ValidationReport>,
    /// Fraud reports, oldest first.
    pub frauds: Vec<FraudReport>,
    /// Plans, by version.
    pub plans: Vec<Plan>,
    /// Searches that found none, by version.
    pub searches: Vec<Search>,
    /// Sub-orders by number.
    pub sub_orders: Vec<SubOrder>,
    /// Packages by number.
    pub packages: Vec<Package>,
    /// Decisions who carries which part.
    pub carriers: Vec<CarrierDecision>,
    /// Tracking events in no particular order.
    pub tracked: Vec<Tracked>,
    /// Notices sent: milestone, channel, when.
    pub notices: Vec<Notice>,
}

/// A notice that left.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Which milestone, with the part, or the payment attempt, where it is of one: `shipped-2`.
    pub milestone: String,
    /// `email`, `topic`.
    pub channel: String,
    /// When.
    pub at: Timestamp,
    /// The service's message id.
    pub message_id: String,
}

/// What is noted of notices that left: of one, or of all that were claimed as one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Told {
    /// One.
    One(Notice),
    /// Several, in the order in which they left.
    Several(Vec<Notice>),
}

impl Told {
    /// All of them.
    pub fn notices(self) -> Vec<Notice> {
        match self {
            Self::One(notice) => vec![notice],
            Self::Several(notices) => notices,
        }
    }
}

/// State names that need somebody's attention, as the attention index spells them.
pub fn attention(order: &oms_domain::Order) -> Option<&'static str> {
    if order.stalled.is_some() {
        return Some("stalled");
    }
    if order.unfinished.is_some() {
        return Some("undo_failed");
    }
    match order.state {
        State::PaymentFailed => Some("payment_failed"),
        State::ValidationFailed => Some("validation_failed"),
        State::FraudReview => Some("fraud_review"),
        State::VendorRejected => Some("vendor_rejected"),
        State::DeliveryFailed => Some("delivery_failed"),
        State::Draft
        | State::PendingPayment
        | State::PaymentAuthorized
        | State::Validating
        | State::Confirmed
        | State::Routing
        | State::Routed
        | State::PendingFulfillment
        | State::VendorAccepted
        | State::Picking
        | State::Packing
        | State::ReadyToShip
        | State::Shipped
        | State::InTransit
        | State::OutForDelivery
        | State::Delivered
        | State::Cancelled
        | State::Returned => None,
    }
}
