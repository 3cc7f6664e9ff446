//! A customer's answer where nobody can deliver the goods.

use oms_contract::api::command::{AnswerOffer, OfferChoice};
use oms_contract::problem::Problem;
use oms_domain::change::{By, Changed};
use oms_domain::history::Fact;
use oms_domain::order::Answer;
use oms_domain::reason::OFFER_DECLINED;
use oms_domain::transition;

/// Answers all that is offered at present. What was answered before is answered the same again by a click more.
pub(crate) fn answer(change: Changed, by: By, body: AnswerOffer) -> Result<Changed, Problem> {
    if was_done(&change, body.choice) {
        return Ok(change);
    }
    if change.order.shortages.offered().next().is_none() {
        return Err(Problem::conflict("Nothing is offered for this order: there is nothing to choose."));
    }
    match body.choice {
        OfferChoice::Wait => Ok(change.learn(Fact::OfferAnswered { answer: Answer::Wait }, &by)?),
        OfferChoice::Substitute if change.order.shortages.offered().all(|shortage| shortage.instead.is_empty()) => {
            Err(Problem::conflict("There is nothing at present that could be sent instead: wait, or cancel."))
        }
        OfferChoice::Substitute => Ok(change.learn(Fact::OfferAnswered { answer: Answer::Substitute }, &by)?),
        OfferChoice::Cancel => cancel(change, &by.because(OFFER_DECLINED)),
    }
}

/// Whether a click before has done it.
fn was_done(change: &Changed, choice: OfferChoice) -> bool {
    let order = &change.order;
    let answered = |answer| order.shortages.offered().next().is_some() && order.shortages.offered().all(|of| of.answer == Some(answer));
    match choice {
        OfferChoice::Wait => answered(Answer::Wait),
        OfferChoice::Substitute => {
            answered(Answer::Substitute) || order.substituted.is_some() && order.shortages.offered().all(|of| of.instead.is_empty())
        }
        OfferChoice::Cancel => order.reason.as_deref() == Some(OFFER_DECLINED) && order.shortages.offered().next().is_none(),
    }
}

/// Cancels the order, or the parts that nobody can deliver; others live on.
fn cancel(change: Changed, by: &By) -> Result<Changed, Problem> {
    let parts: Vec<Option<u8>> = change.order.shortages.offered().map(|shortage| shortage.part).collect();
    let cancelled = parts.into_iter().try_fold(change, |change, part| {
        let state = part.and_then(|no| change.order.part(no)).map_or(change.order.state, |part| part.state);
        let trigger = transition::cancelling(state).unwrap_or(transition::Trigger::Cancelled);
        match part {
            Some(no) => change.go_part(no, trigger, by),
            None => change.go(trigger, by),
        }
    })?;
    Ok(cancelled)
}
