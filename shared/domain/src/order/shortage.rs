//! What nobody can deliver at present, and what its customer is offered meanwhile. Facts beside the state: the order stays where it is.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::ids::Sku;
use crate::state::State;

/// Goods that are sent in the place of those that were ordered, at the price of those.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Substitute {
    /// What was ordered.
    pub ordered: Sku,
    /// What is sent.
    pub instead: Sku,
}

/// What a customer answers to an offer; who wants neither cancels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Answer {
    /// To wait until somebody has the goods again, or the state's time is over.
    Wait,
    /// To be sent what is offered instead.
    Substitute,
}

/// The substitutes that an order takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Substitution {
    /// Number of the entry since which it does.
    pub since: u64,
    /// What for what.
    pub goods: Vec<Substitute>,
}

/// Goods that nobody can deliver at present: of a whole order that is being routed, or of a part that is being sourced again.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shortage {
    /// Which part; the whole order where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub part: Option<u8>,
    /// What; at least one.
    pub short: Vec<Sku>,
    /// What can be had instead of each of them; nothing where not all of them can be replaced.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub instead: Vec<Substitute>,
    /// Searches in vain, from 1.
    pub searches: u8,
    /// When the last of them was.
    pub at: Timestamp,
    /// Whether the next one is not due yet.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub rests: bool,
    /// Number of the entry that offers the customer a choice.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offer: Option<u64>,
    /// What the customer answered.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub answer: Option<Answer>,
}

/// Longest time between two searches.
const SLOWEST: SignedDuration = SignedDuration::from_hours(1);

impl Shortage {
    /// How long the next search waits after the last: 1, 2, 4 … minutes, an hour at most.
    pub fn rest(&self) -> SignedDuration {
        let doublings = u32::from(self.searches.saturating_sub(1)).min(6);
        SignedDuration::from_mins(1 << doublings).min(SLOWEST)
    }

    /// Whether the search is over, or the customer has chosen what ends it.
    fn goes_on(&mut self) {
        self.rests = false;
    }
}

/// What is known of an order's shortages.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Shortages(pub(crate) Vec<Shortage>);

impl Shortages {
    /// Of this part; of the whole order where absent.
    pub fn of(&self, part: Option<u8>) -> Option<&Shortage> {
        self.0.iter().find(|shortage| shortage.part == part)
    }

    /// All of them.
    pub fn iter(&self) -> impl Iterator<Item = &Shortage> {
        self.0.iter()
    }

    /// Whether this part, or the whole order, waits for its next search.
    pub fn rests(&self, part: Option<u8>) -> bool {
        self.of(part).is_some_and(|shortage| shortage.rests)
    }

    /// Those that the customer may choose about.
    pub fn offered(&self) -> impl Iterator<Item = &Shortage> {
        self.0.iter().filter(|shortage| shortage.offer.is_some())
    }

    /// Whether a search in vain, of a piece in this state, is to be told to the customer with a choice: the first one in `routing`, and each that finds other
    /// substitutes than the one before. A part that its vendor has just refused is sourced again without the customer.
    pub fn is_news(&self, state: State, part: Option<u8>, instead: &[Substitute]) -> bool {
        let told = self.of(part).filter(|shortage| shortage.offer.is_some());
        state == State::Routing && told.is_none_or(|told| !instead.is_empty() && told.instead != instead)
    }

    /// A search was in vain.
    pub(super) fn search_failed(&mut self, part: Option<u8>, short: &[Sku], instead: &[Substitute], offer: Option<u64>, at: Timestamp) {
        let before = self.of(part);
        let searches = before.map_or(0, |before| before.searches).saturating_add(1);
        let answer = before.and_then(|before| before.answer).filter(|answer| offer.is_none() && *answer == Answer::Wait);
        let offer = offer.or_else(|| before.and_then(|before| before.offer));
        let shortage = Shortage { part, short: short.to_vec(), instead: instead.to_vec(), searches, at, rests: true, offer, answer };
        self.forget(part);
        self.0.push(shortage);
        self.0.sort_by_key(|shortage| shortage.part);
    }

    /// The next search is due.
    pub(super) fn resume(&mut self, part: Option<u8>) {
        self.0.iter_mut().filter(|shortage| shortage.part == part).for_each(Shortage::goes_on);
    }

    /// The customer has answered. Who takes the substitutes waits no longer.
    pub(super) fn answered(&mut self, answer: Answer) {
        for shortage in self.0.iter_mut().filter(|shortage| shortage.offer.is_some()) {
            shortage.answer = Some(answer);
            if answer == Answer::Substitute {
                shortage.goes_on();
            }
        }
    }

    /// What was short is replaced.
    pub(super) fn replaced(&mut self) {
        for shortage in self.0.iter_mut().filter(|shortage| shortage.part.is_none()) {
            (shortage.instead, shortage.answer) = (Vec::new(), None);
            shortage.goes_on();
        }
    }

    /// This part has moved.
    pub(super) fn forget(&mut self, part: Option<u8>) {
        self.0.retain(|shortage| shortage.part != part);
    }

    /// The whole order has moved.
    pub(super) fn clear(&mut self) {
        self.0.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sku(id: &str) -> Sku {
        Sku::parse(id).unwrap()
    }

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(minute * 60).unwrap()
    }

    fn instead(of: &str, by: &str) -> Substitute {
        Substitute { ordered: sku(of), instead: sku(by) }
    }

    #[test]
    fn searches_are_repeated_after_ever_longer_rests_of_an_hour_at_most() {
        let mut shortages = Shortages::default();
        let rests = (0..9).map(|minute| {
            shortages.search_failed(None, &[sku("A")], &[], None, at(minute));
            shortages.of(None).unwrap().rest().as_mins()
        });
        assert_eq!(rests.collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn the_customer_is_asked_while_the_order_is_routed_and_again_only_where_there_is_something_new_to_choose() {
        let [b, c] = [instead("A", "B"), instead("A", "C")].map(|one| vec![one]);
        for (state, offered, found, news) in [
            (State::VendorRejected, None, &vec![], false),
            (State::VendorRejected, None, &b, false),
            (State::Routing, None, &vec![], true),
            (State::Routing, None, &b, true),
            (State::Routing, Some(&vec![]), &vec![], false),
            (State::Routing, Some(&vec![]), &b, true),
            (State::Routing, Some(&b), &b, false),
            (State::Routing, Some(&b), &c, true),
            (State::Routing, Some(&b), &vec![], false),
        ] {
            let mut shortages = Shortages::default();
            if let Some(offered) = offered {
                shortages.search_failed(None, &[sku("A")], offered, Some(7), at(0));
            }
            assert_eq!(shortages.is_news(state, None, found), news, "{state}: {offered:?}, then {found:?}");
        }
    }

    #[test]
    fn who_waits_goes_on_waiting_and_who_takes_a_substitute_does_not_rest() {
        for (answer, rests) in [(Answer::Wait, true), (Answer::Substitute, false)] {
            let mut shortages = Shortages::default();
            shortages.search_failed(None, &[sku("A")], &[instead("A", "B")], Some(7), at(0));
            shortages.answered(answer);
            assert_eq!(shortages.rests(None), rests, "{answer}");
            // In vain once more: a substitute that is gone has to be chosen anew.
            shortages.search_failed(None, &[sku("A")], &[], None, at(1));
            assert_eq!(shortages.of(None).unwrap().answer, Some(answer).filter(|answer| *answer == Answer::Wait), "{answer}");
            assert_eq!(shortages.of(None).unwrap().offer, Some(7));
        }
    }

    #[test]
    fn a_part_of_which_the_customer_knows_nothing_is_not_theirs_to_choose_about() {
        let mut shortages = Shortages::default();
        shortages.search_failed(Some(1), &[sku("A")], &[], None, at(0));
        shortages.search_failed(Some(2), &[sku("B")], &[], Some(9), at(0));
        shortages.answered(Answer::Wait);
        let answers: Vec<_> = shortages.iter().map(|shortage| (shortage.part, shortage.answer)).collect();
        assert_eq!(answers, [(Some(1), None), (Some(2), Some(Answer::Wait))]);
        shortages.forget(Some(2));
        assert_eq!((shortages.iter().count(), shortages.offered().count()), (1, 0));
    }
}
