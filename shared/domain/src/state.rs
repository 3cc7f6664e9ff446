//! The 23 states.

use serde::{Deserialize, Serialize};

/// Where an order, or a vendor's part of it, stands. Declared in the order of the requirements.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
    strum::EnumMessage,
    strum::VariantNames,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum State {
    /// Being put together, not submitted.
    Draft,
    /// Awaiting payment authorisation.
    PendingPayment,
    /// Payment declined, customer told.
    PaymentFailed,
    /// Funds are reserved.
    PaymentAuthorized,
    /// Checks and risk scoring run.
    Validating,
    /// A check failed; may be corrected.
    ValidationFailed,
    /// A person or a challenge must clear it.
    FraudReview,
    /// Checked and accepted.
    Confirmed,
    /// Vendors are being chosen.
    Routing,
    /// Vendors are assigned, stock is allocated.
    Routed,
    /// Waiting for the vendor to accept.
    PendingFulfillment,
    /// The vendor prepares the shipment.
    VendorAccepted,
    /// The vendor will not; another source is sought.
    VendorRejected,
    /// Items are being picked.
    Picking,
    /// Items are being packed.
    Packing,
    /// Packed, awaiting the carrier.
    ReadyToShip,
    /// The carrier has it.
    Shipped,
    /// On its way.
    InTransit,
    /// On the last mile.
    OutForDelivery,
    /// With the customer.
    Delivered,
    /// An attempt failed.
    DeliveryFailed,
    /// Cancelled.
    Cancelled,
    /// Came back.
    Returned,
}

impl State {
    /// `delivered`, `cancelled` and `returned`: nothing automatic leaves them.
    pub fn is_terminal(self) -> bool {
        matches!(self, Self::Delivered | Self::Cancelled | Self::Returned)
    }

    /// Whether its goods have left the warehouse.
    pub fn is_out(self) -> bool {
        matches!(self, Self::Shipped | Self::InTransit | Self::OutForDelivery | Self::Delivered | Self::DeliveryFailed | Self::Returned)
    }

    /// How far along the way a vendor's part is; the least advanced live part gives the order its state.
    /// `vendor_rejected` comes before `pending_fulfillment` because its goods have to be sourced again.
    fn progress(self) -> u8 {
        match self {
            Self::Draft => 0,
            Self::PendingPayment => 1,
            Self::PaymentFailed => 2,
            Self::PaymentAuthorized => 3,
            Self::Validating => 4,
            Self::ValidationFailed => 5,
            Self::FraudReview => 6,
            Self::Confirmed => 7,
            Self::VendorRejected => 8,
            Self::Routing => 9,
            Self::Routed => 10,
            Self::PendingFulfillment => 11,
            Self::VendorAccepted => 12,
            Self::Picking => 13,
            Self::Packing => 14,
            Self::ReadyToShip => 15,
            Self::Shipped => 16,
            Self::InTransit => 17,
            Self::DeliveryFailed => 18,
            Self::OutForDelivery => 19,
            Self::Delivered => 20,
            Self::Returned => 21,
            Self::Cancelled => 22,
        }
    }

    /// The state of an order from those of its parts: the least advanced live part decides; when all are terminal, `delivered`
    /// if any was delivered and kept, `returned` if every delivered one came back, `cancelled` if all were. `None` without parts.
    pub fn derived(parts: impl IntoIterator<Item = Self>) -> Option<Self> {
        let parts: Vec<Self> = parts.into_iter().collect();
        let live = parts.iter().copied().filter(|state| !state.is_terminal()).min_by_key(|state| state.progress());
        live.or_else(|| [Self::Delivered, Self::Returned, Self::Cancelled].into_iter().find(|end| parts.contains(end)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use State::{Cancelled, Delivered, Picking, Returned, Shipped, VendorRejected};

    #[test]
    fn derives_the_order_from_its_parts() {
        for (parts, order) in [
            (vec![Picking, Shipped], Some(Picking)),
            (vec![VendorRejected, Picking], Some(VendorRejected)),
            (vec![Delivered, Shipped], Some(Shipped)),
            (vec![Delivered, Returned, Cancelled], Some(Delivered)),
            (vec![Returned, Cancelled], Some(Returned)),
            (vec![Cancelled, Cancelled], Some(Cancelled)),
            (vec![], None),
        ] {
            assert_eq!(State::derived(parts.clone()), order, "{parts:?}");
        }
    }

    /// Every live state, from the least advanced to the most; whichever stands first among the parts.
    #[test]
    fn the_least_advanced_part_decides() {
        use State as S;
        let way = [
            [S::Draft, S::PendingPayment, S::PaymentFailed, S::PaymentAuthorized, S::Validating],
            [S::ValidationFailed, S::FraudReview, S::Confirmed, S::VendorRejected, S::Routing],
            [S::Routed, S::PendingFulfillment, S::VendorAccepted, S::Picking, S::Packing],
            [S::ReadyToShip, S::Shipped, S::InTransit, S::DeliveryFailed, S::OutForDelivery],
        ];
        let way = way.as_flattened();
        for (i, behind) in way.iter().enumerate() {
            for ahead in way[i..].iter().chain(&[Delivered, Cancelled, Returned]) {
                for parts in [[*behind, *ahead], [*ahead, *behind]] {
                    assert_eq!(State::derived(parts), Some(*behind), "{parts:?}");
                }
            }
        }
    }
}
