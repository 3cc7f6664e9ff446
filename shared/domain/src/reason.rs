//! Why an order or a part of it ended: short codes, as they stand in histories, in answers and in the count of cancellations.
//!
//! People may give any code of their own; these are the ones that are counted by name, for each name is a time series.

use crate::state::State;
use crate::timers::TIMEOUTS;

/// Somebody asked, and gave no reason.
pub const CANCELLED_ON_REQUEST: &str = "cancelled_on_request";
/// The fraud rules rejected it.
pub const RISK: &str = "risk";
/// An analyst rejected it.
pub const REVIEW_REJECTED: &str = "review_rejected";
/// The goods that were held for it are held no more, and there are none to hold instead.
pub const HOLD_LOST: &str = "hold_lost";
/// Nobody could deliver, and the customer wanted neither to wait nor something else.
pub const OFFER_DECLINED: &str = "offer_declined";
/// Any code that is not counted by name.
pub const OTHER: &str = "other";

/// Codes of ours, and those that the API proposes to customers.
const COUNTED: [&str; 9] =
    [CANCELLED_ON_REQUEST, RISK, REVIEW_REJECTED, HOLD_LOST, OFFER_DECLINED, OTHER, "changed_mind", "found_cheaper", "too_slow"];

/// A state lasted too long: `timed_out_routing`.
pub fn timed_out(state: State) -> String {
    format!("timed_out_{state}")
}

/// The name under which a cancellation for this reason is counted.
pub fn counted(code: &str) -> &str {
    let ends_by_itself = |state: &str| TIMEOUTS.iter().any(|(timed, _)| timed.to_string() == state);
    let known = COUNTED.contains(&code) || code.strip_prefix("timed_out_").is_some_and(ends_by_itself);
    if known { code } else { OTHER }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reasons_of_ours_are_counted_by_name_and_any_other_as_other() {
        for code in COUNTED {
            assert_eq!(counted(code), code);
        }
        for (state, _) in TIMEOUTS {
            assert_eq!(counted(&timed_out(state)), format!("timed_out_{state}"));
        }
        for code in ["", "timed_out_", "timed_out_delivered", "my_cat_sat_on_it", "Risk"] {
            assert_eq!(counted(code), OTHER, "{code}");
        }
    }
}
