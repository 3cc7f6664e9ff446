//! Which carrier carries a parcel: a weighted sum of four terms, each kept with the decision, so that anybody can see why.
//!
//! Each term lies between 0 (best) and 1: cost and time as shares of the dearest and the slowest bid, what the carrier lacks in reliability, and
//! whether it is another than the customer prefers. The lowest sum wins; of equal ones the cheaper, then the faster, then the first by code.

use rust_decimal::Decimal;
use serde::{Deserialize, Serialize};

use crate::document::Speed;

/// Digits of a term, rounded half to even: ten thousand times finer than any bid's own figures.
const DIGITS: u32 = 12;

/// How much each term counts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChoiceWeights {
    /// Of the cost.
    pub cost: Decimal,
    /// Of the time.
    pub speed: Decimal,
    /// Of the reliability.
    pub reliability: Decimal,
    /// Of the customer's preference.
    pub preference: Decimal,
}

impl Default for ChoiceWeights {
    /// Cost 0.4, speed 0.3, reliability 0.2, preference 0.1.
    fn default() -> Self {
        let tenths = |n| Decimal::new(n, 1);
        Self { cost: tenths(4), speed: tenths(3), reliability: tenths(2), preference: tenths(1) }
    }
}

/// What the customer would like.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Preference {
    /// By whom; anybody where absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// How fast.
    pub speed: Speed,
}

/// What one carrier's service would cost and take.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bid {
    /// By whom.
    pub carrier: String,
    /// By which service.
    pub service: Speed,
    /// Minor units, of one currency for all bids.
    pub cost: i64,
    /// Hours to the door.
    pub hours: u32,
    /// Share of shipments that is expected to be on time, 0 to 1.
    pub reliability: Decimal,
    /// What that is expected from; decisions from before deliveries were counted have the rate card's word alone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub record: Option<TrackRecord>,
}

/// What a service's reliability is expected from: its rate card, and what it delivered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TrackRecord {
    /// Share on time by the rate card.
    pub prior: Decimal,
    /// Deliveries that this weighs as much as.
    pub prior_weight: u32,
    /// Deliveries counted in the last 90 days.
    pub deliveries: u32,
    /// The late ones among them.
    pub late: u32,
}

/// The terms of a bid, each weighted, and their sum.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Score {
    /// Of the cost.
    pub cost: Decimal,
    /// Of the time.
    pub speed: Decimal,
    /// Of what the carrier lacks in reliability.
    pub reliability: Decimal,
    /// Of not being what the customer prefers.
    pub preference: Decimal,
    /// Their sum; the lowest is the best.
    pub total: Decimal,
}

/// A bid and what it scored.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Scored {
    /// The bid.
    #[serde(flatten)]
    pub bid: Bid,
    /// Its terms.
    pub score: Score,
}

/// All bids with their scores, the best first.
pub fn rank(bids: Vec<Bid>, weights: &ChoiceWeights, preference: &Preference) -> Vec<Scored> {
    let dearest = bids.iter().map(|bid| bid.cost).max().unwrap_or(0);
    let slowest = bids.iter().map(|bid| bid.hours).max().unwrap_or(0);
    let mut scored: Vec<Scored> =
        bids.into_iter().map(|bid| Scored { score: score(&bid, weights, preference, (dearest, slowest)), bid }).collect();
    scored.sort_by(|a, b| key(a).cmp(&key(b)));
    scored
}

fn key(scored: &Scored) -> (Decimal, i64, u32, &str, bool) {
    let Scored { bid, score } = scored;
    (score.total, bid.cost, bid.hours, bid.carrier.as_str(), bid.service == Speed::Express)
}

fn score(bid: &Bid, weights: &ChoiceWeights, preference: &Preference, (dearest, slowest): (i64, u32)) -> Score {
    let preferred = bid.service == preference.speed && preference.carrier.as_ref().is_none_or(|carrier| *carrier == bid.carrier);
    let lacks = Decimal::ONE - bid.reliability.clamp(Decimal::ZERO, Decimal::ONE);
    let cost = weighted(weights.cost, share(Decimal::from(bid.cost), Decimal::from(dearest)));
    let speed = weighted(weights.speed, share(Decimal::from(bid.hours), Decimal::from(slowest)));
    let reliability = weighted(weights.reliability, lacks);
    let preference = weighted(weights.preference, if preferred { Decimal::ZERO } else { Decimal::ONE });
    Score { cost, speed, reliability, preference, total: cost + speed + reliability + preference }
}

/// Nothing where nobody costs, or takes, anything.
fn share(part: Decimal, most: Decimal) -> Decimal {
    if most > Decimal::ZERO { (part.max(Decimal::ZERO) / most).min(Decimal::ONE) } else { Decimal::ZERO }
}

fn weighted(weight: Decimal, term: Decimal) -> Decimal {
    (weight.clamp(Decimal::ZERO, Decimal::ONE) * term).round_dp(DIGITS).normalize()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn bid(carrier: &str, service: Speed, cost: i64, hours: u32, reliability: &str) -> Bid {
        Bid { carrier: carrier.to_owned(), service, cost, hours, reliability: reliability.parse().unwrap(), record: None }
    }

    fn some_bids() -> Vec<Bid> {
        vec![
            bid("ups", Speed::Standard, 800, 48, "0.98"),
            bid("dhl", Speed::Standard, 500, 60, "0.95"),
            bid("dhl", Speed::Express, 2_000, 24, "0.99"),
        ]
    }

    fn order(ranked: &[Scored]) -> Vec<String> {
        ranked.iter().map(|scored| format!("{} {}", scored.bid.carrier, scored.bid.service)).collect()
    }

    #[test]
    fn every_term_stands_with_its_weight() {
        let ranked = rank(some_bids(), &ChoiceWeights::default(), &Preference::default());
        assert_eq!(order(&ranked), ["ups standard", "dhl standard", "dhl express"]);
        let shown =
            |score: &Score| [score.cost, score.speed, score.reliability, score.preference, score.total].map(|term| term.to_string());
        assert_eq!(shown(&ranked[0].score), ["0.16", "0.24", "0.004", "0", "0.404"]);
        assert_eq!(shown(&ranked[1].score), ["0.1", "0.3", "0.01", "0", "0.41"]);
        assert_eq!(shown(&ranked[2].score), ["0.4", "0.12", "0.002", "0.1", "0.622"]);
    }

    #[test]
    fn weights_and_preference_turn_the_choice() {
        let only = |cost: i64, speed: i64, reliability: i64, preference: i64| ChoiceWeights {
            cost: cost.into(),
            speed: speed.into(),
            reliability: reliability.into(),
            preference: preference.into(),
        };
        let express = Preference { carrier: None, speed: Speed::Express };
        let brown = Preference { carrier: Some("ups".to_owned()), speed: Speed::Standard };
        for (weights, preference, first) in [
            (only(1, 0, 0, 0), &express, "dhl standard"),
            (only(0, 1, 0, 0), &brown, "dhl express"),
            (only(0, 0, 1, 0), &brown, "dhl express"),
            (only(0, 0, 0, 1), &brown, "ups standard"),
            (only(0, 0, 0, 1), &express, "dhl express"),
        ] {
            assert_eq!(order(&rank(some_bids(), &weights, preference))[0], first, "{weights:?}");
        }
    }

    #[test]
    fn equal_scores_go_to_the_cheaper_the_faster_the_first() {
        let nothing = ChoiceWeights { cost: 0.into(), speed: 0.into(), reliability: 0.into(), preference: 0.into() };
        let bids = vec![
            bid("b", Speed::Standard, 5, 9, "1"),
            bid("a", Speed::Express, 5, 9, "1"),
            bid("a", Speed::Standard, 5, 9, "1"),
            bid("c", Speed::Standard, 5, 8, "1"),
            bid("d", Speed::Standard, 4, 99, "1"),
        ];
        let ranked = rank(bids, &nothing, &Preference::default());
        assert_eq!(order(&ranked), ["d standard", "c standard", "a standard", "a express", "b standard"]);
    }

    #[test]
    fn nothing_to_compare_scores_nothing() {
        assert!(rank(Vec::new(), &ChoiceWeights::default(), &Preference::default()).is_empty());
        let free = rank(vec![bid("a", Speed::Standard, 0, 0, "1")], &ChoiceWeights::default(), &Preference::default());
        assert_eq!(free[0].score.total, Decimal::ZERO);
    }

    proptest! {
        #[test]
        fn the_order_of_the_bids_does_not_matter(costs in prop::collection::vec((0_i64..9, 0_u32..9), 1..8), turn in 0_usize..8) {
            let bids: Vec<Bid> = costs.iter().enumerate().map(|(i, (cost, hours))| bid(&format!("c{i}"), Speed::Standard, *cost, *hours, "0.9")).collect();
            let mut turned = bids.clone();
            turned.rotate_left(turn % bids.len());
            let ranked = rank(bids, &ChoiceWeights::default(), &Preference::default());
            prop_assert_eq!(&ranked, &rank(turned, &ChoiceWeights::default(), &Preference::default()));
            prop_assert!(ranked.iter().all(|scored| scored.score.total <= Decimal::ONE));
        }
    }
}
