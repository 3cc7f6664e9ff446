//! The orders that are looked at.

use oms_fakes::gateway::{CARD_DECLINED, CARD_GOOD, CARD_NEEDS_ACTION, CARD_SLOW};

use crate::event::Alphabet;
use crate::search::ORDINARY;
use crate::world::Scenario;

/// One vendor, another one that has the goods too, and a card that is good.
pub(crate) const ONE: Scenario = Scenario {
    name: "one part",
    parts: 1,
    card: CARD_GOOD,
    on_invoice: false,
    draft: false,
    reviewed: false,
    alternatives: 1,
    substitute: false,
    flaw: None,
};

/// The customer has to act.
pub(crate) const SECURE: Scenario = Scenario { name: "3-D Secure", card: CARD_NEEDS_ACTION, ..ONE };

/// The first card is refused.
pub(crate) const DECLINED: Scenario = Scenario { name: "declined card", card: CARD_DECLINED, ..ONE };

/// The gateway takes its time.
pub(crate) const SLOW: Scenario = Scenario { name: "slow payment", card: CARD_SLOW, ..ONE };

/// A person has to clear the order.
pub(crate) const REVIEWED: Scenario = Scenario { name: "review", reviewed: true, ..ONE };

/// Reservations run out at the gateway, and goods turn out not to be there.
pub(crate) const LEAVES: Scenario = Scenario { name: "goods and money that leave", ..ONE };

/// Nobody else has the goods, which turn out not to be there; something else could be sent.
pub(crate) const SHORT: Scenario = Scenario { name: "short", alternatives: 0, substitute: true, ..ONE };

/// Two vendors, of which one or both get back what they sent.
pub(crate) const RETURNED: Scenario = Scenario { name: "returns", parts: 2, alternatives: 0, ..ONE };

/// Paid on invoice, or by a card in its place after a review.
pub(crate) const INVOICED: Scenario = Scenario { name: "on invoice", on_invoice: true, reviewed: true, ..ONE };

/// A draft at first.
pub(crate) const DRAFTED: Scenario = Scenario { name: "draft", draft: true, ..ONE };

/// Two vendors, and another one that has the goods of the first.
pub(crate) const TWO: Scenario = Scenario { name: "two parts", parts: 2, ..ONE };

/// Three vendors, and another one likewise.
pub(crate) const THREE: Scenario = Scenario { name: "three parts", parts: 3, ..ONE };

/// What happens to such an order beyond the ordinary.
pub(crate) fn alphabet(scenario: Scenario) -> Alphabet {
    match scenario.name {
        name if name == LEAVES.name => Alphabet { expiry: true, vanishing: true, ..ORDINARY },
        name if name == SHORT.name => Alphabet { scans: &[4], vanishing: true, ..ORDINARY },
        name if name == RETURNED.name => Alphabet { scans: &[4, 5], returns: true, ..ORDINARY },
        name if name == DECLINED.name => Alphabet { attempts: 3, ..ORDINARY },
        name if name == TWO.name => Alphabet { scans: &[3, 4, 5], ..ORDINARY },
        name if name == THREE.name => Alphabet { scans: &[4, 5], ..ORDINARY },
        _ => ORDINARY,
    }
}
